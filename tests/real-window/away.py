"""Out of office for real: in the agenda's header, in the tray's picture and
in its tooltip, each with its end."""

import subprocess
from datetime import datetime, timedelta, timezone

from desk import TOP, Desk, until
from schedule import ANNA, PASSWORD, add_account
from tray_watcher import TrayItem, TrayWatcher
from webdriver import start_app

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def world(now):
    """Away from an hour ago until five days from now."""
    first, last = (f"{now + by:%Y-%m-%dT%H:%M:%SZ}" for by in (-timedelta(hours=1), timedelta(days=5)))
    return f"""
[[mailbox]]
address = "{ANNA}"
name = "Anna Berg"
password = "{PASSWORD}"
oof = {{ state = "scheduled", from = "{first}", to = "{last}" }}
"""


def picture(name):
    """One of the tray's pictures as a panel gets it: alpha, red, green, blue."""
    file = TOP / "icons" / "tray" / f"{name}-16.png"
    pixels = subprocess.run(
        ["convert", file, "-depth", "8", "rgba:-"], check=True, capture_output=True, timeout=20
    ).stdout
    return b"".join(pixels[at + 3 : at + 4] + pixels[at : at + 3] for at in range(0, len(pixels), 4))


@scenario
def out_of_office_is_in_the_header_and_in_the_tray_with_its_end():
    with Desk("away") as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        file = desk.home / "world.toml"
        now = datetime.now(timezone.utc)
        file.write_text(world(now))
        add_account(desk, desk.simulator("--world", str(file), "--basic"))
        app = start_app(desk)
        until("the agenda window", lambda: app.to_window("Meetings"))
        chip = "return document.querySelector('.presence')?.innerText ?? ''"
        until("out of office in the header", lambda: "Out of office" in app.run(chip))
        until_when = app.run(chip).split("until", 1)[1].strip()
        assert (now + timedelta(days=5)).strftime("%A") in until_when, until_when
        until("the tray item", lambda: watcher.items)
        item = TrayItem(watcher.address, *watcher.items[-1])
        until("its tooltip", lambda: "Out of office" in str(item.property("ToolTip")))
        assert until_when in str(item.property("ToolTip")), item.property("ToolTip")
        smallest = min(item.property("IconPixmap"))
        assert bytes(smallest[2]) == picture("out_of_office")
        assert bytes(smallest[2]) != picture("idle")
        desk.paint()
        desk.shot("agenda")
        app.close()
