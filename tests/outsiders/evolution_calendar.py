"""evolution-data-server with evolution-ews against the simulated Exchange.

Usage: evolution_calendar.py EWS_URL PASSWORD SCRATCH_FOLDER

Needs a D-Bus session of its own (dbus-run-session) and Debian's python3-gi.
The account is set up as Evolution stores it, by a source file; the calendar
sources below it are the ones that evolution-ews finds on the server by itself.
"""

import datetime as dt
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

URL, PASSWORD, SCRATCH = sys.argv[1], sys.argv[2], Path(sys.argv[3])
USER = "anna@example.org"
ACCOUNT = "outsiders-ews"

home = SCRATCH / "evolution"
for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "HOME"):
    folder = home / name.lower()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    os.environ[name] = str(folder)
os.environ["GSETTINGS_BACKEND"] = "keyfile"
# The services that D-Bus starts must see the same folders.
subprocess.run(["dbus-update-activation-environment", "--all"], check=True)

config = Path(os.environ["XDG_CONFIG_HOME"])
settings = config / "glib-2.0/settings/keyfile"
settings.parent.mkdir(parents=True)
settings.write_text("[org/gnome/evolution-data-server]\nnetwork-monitor-gio-name='always-online'\n")
host = urllib.parse.urlsplit(URL)
sources = config / "evolution/sources"
sources.mkdir(parents=True)
(sources / f"{ACCOUNT}.source").write_text(
    f"""[Data Source]
DisplayName=Outsider
Enabled=true

[Collection]
BackendName=ews
CalendarEnabled=true
ContactsEnabled=false
MailEnabled=false
Identity={USER}

[Authentication]
Host={host.hostname}
Method=PLAIN
Port={host.port}
User={USER}
RememberPassword=false

[Ews Backend]
Hosturl={URL}
Email={USER}
"""
)

import gi  # noqa: E402

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
from gi.repository import ECal, EDataServer, GLib  # noqa: E402

passed, failed = 0, 0
kept = {}


def step(sentence):
    """Runs a step; its failure is counted and told, the others go on."""

    def run(function):
        global passed, failed
        try:
            function()
        except Exception as error:  # noqa: BLE001
            failed += 1
            print(f"FAILED {sentence}: {type(error).__name__}: {error}")
        else:
            passed += 1
            print(f"ok     {sentence}")

    return run


def wait(condition, seconds, what):
    """Turns the main loop until something holds."""
    loop = GLib.MainContext.default()
    late = []
    timer = GLib.timeout_add(int(seconds * 1000), lambda: late.append(True))
    try:
        while not late:
            found = condition()
            if found:
                return found
            loop.iteration(True)
    finally:
        if not late:
            GLib.source_remove(timer)
    raise AssertionError(f"{what} did not come within {seconds} s")


def credentials():
    named = EDataServer.NamedParameters.new()
    named.set("username", USER)
    named.set("password", PASSWORD)
    return named


def at(days, hour=0):
    day = dt.datetime.now(dt.timezone.utc).replace(hour=hour, minute=0, second=0, microsecond=0)
    return day + dt.timedelta(days=days)


def listed(first, last):
    """Each instance in a window as (summary, start, end)."""
    found = []

    def take(component, start, end, *_):
        found.append((component.get_summary(), start.as_timet(), end.as_timet()))
        return True

    kept["client"].generate_instances_sync(
        int(at(first).timestamp()), int(at(last).timestamp()), None, take, None
    )
    return found


version = subprocess.run(
    ["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "evolution-data-server", "evolution-ews"],
    capture_output=True,
    text=True,
)
print(version.stdout.rstrip(", ") or "evolution-data-server (version unknown)")


@step("evolution-ews signs in and finds the calendar folder")
def _():
    registry = kept["registry"] = EDataServer.SourceRegistry.new_sync(None)
    account = registry.ref_source(ACCOUNT)
    assert account, "the account's source is not there"

    def offer(source, *_):
        source.invoke_authenticate_sync(credentials(), None)

    account.connect("credentials-required", offer)
    offer(account)
    # The folder's source says which server folder it stands for.
    kept["source"] = wait(
        lambda: next(
            (
                source
                for source in registry.list_sources(EDataServer.SOURCE_EXTENSION_CALENDAR)
                if source.get_parent() == ACCOUNT and source.get_display_name() == "Calendar"
            ),
            None,
        ),
        30,
        "the calendar's source",
    )


@step("the calendar opens")
def _():
    source = kept["source"]

    def offer(source, *_):
        source.invoke_authenticate_sync(credentials(), None)

    source.connect("credentials-required", offer)
    kept["client"] = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, 30, None)
    assert kept["client"].is_online() or wait(kept["client"].is_online, 20, "the connection")
    # The first synchronisation runs in the background after the opening.
    wait(lambda: kept["client"].get_object_list_as_comps_sync("#t", None)[1], 30, "the first item")


@step("it lists the window, with every occurrence of the series")
def _():
    wait(lambda: any(name == "Release planning" for name, *_ in listed(-7, 8)), 20, "the window")
    found = listed(-7, 8)
    stand_ups = [start for name, start, _ in found if name == "Stand-up"]
    assert len(stand_ups) > 5, found
    assert len(set(stand_ups)) == len(stand_ups), stand_ups
    assert all(end > start for _, start, end in found), found


@step("it shows who called the meeting and who was invited")
def _():
    _, items = kept["client"].get_object_list_as_comps_sync('(contains? "summary" "Release planning")', None)
    [item] = items
    assert "bo@example.org" in item.get_organizer().get_value(), item.get_as_string()
    assert any("anna@example.org" in one.get_value() for one in item.get_attendees())


@step("it creates an event which the server keeps")
def _():
    gi.require_version("ICalGLib", "3.0")
    from gi.repository import ICalGLib

    start = at(3, 18)
    event = ICalGLib.Component.new_from_string(
        "BEGIN:VEVENT\r\nUID:outsiders-evolution\r\nSUMMARY:Made by Evolution\r\n"
        f"DTSTART:{start:%Y%m%dT%H%M%S}Z\r\nDTEND:{start + dt.timedelta(hours=1):%Y%m%dT%H%M%S}Z\r\nEND:VEVENT\r\n"
    )
    made, uid = kept["client"].create_object_sync(event, ECal.OperationFlags.NONE, None)
    assert made and uid
    kept["uid"] = uid
    assert ("Made by Evolution", int(start.timestamp()), int(start.timestamp()) + 3600) in listed(2, 5)


@step("it deletes the event")
def _():
    kept["client"].remove_object_sync(kept["uid"], None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    assert not [name for name, *_ in listed(2, 5) if name == "Made by Evolution"]


print(f"{passed} passed, {failed} failed")
# The services end with their bus.
sys.exit(1 if failed else 0)
