"""When the ring's window comes up and when it goes, and how the keyboard gets
into it."""

import subprocess
import time

import schedule
from desk import Desk, until
from quiet import plasma_of
from steps import AGENDA, RING, agenda_of, labels, tray_of
from tray_watcher import TrayWatcher
from webdriver import binary, start_app

SCENARIOS = []
WINDOW = "^Joinbell: Reminder$"


def scenario(function):
    SCENARIOS.append(function)
    return function


def world(*meetings):
    """A mailbox whose meetings begin in so many minutes."""
    items = "".join(
        f"""
[[mailbox.item]]
subject = "{subject}"
starts_in = {minutes}
minutes = 45
location = "https://acme.webex.com/meet/{minutes}"
"""
        for subject, minutes in meetings
    )
    return f"""
[[mailbox]]
address = "{schedule.ANNA}"
name = "Anna Berg"
password = "{schedule.PASSWORD}"
{items}"""


def set_up(desk, *meetings, settings="version = 2\n"):
    (desk.home / "world.toml").write_text(world(*meetings))
    (desk.data / "settings.toml").write_text(settings)
    url = desk.simulator("--world", str(desk.home / "world.toml"), "--basic")
    schedule.add_account(desk, url)


def active(desk):
    """The name of the window that has the keyboard."""
    return desk.ask("xdotool", "getactivewindow", "getwindowname").strip()


SHORTCUT = 'version = 2\n[shortcuts]\nshow_ring = "Ctrl+Alt+R"\n'


@scenario
def where_nothing_rings_no_empty_ring_comes_up_whoever_asks_for_it():
    with Desk("nothing-rings") as desk:
        set_up(desk, ("Budget round", 180), settings=SHORTCUT)
        app = start_app(desk)
        agenda_of(app)
        link = [binary(), "joinbell://join-next"]
        subprocess.run(link, env=desk.environment, timeout=30, check=True)
        desk.ask("xdotool", "key", "ctrl+alt+r")
        until("the sentence", lambda: "Nothing rings at the moment." in app.text())
        # Longer than a window takes to come up.
        time.sleep(2)
        assert desk.windows(WINDOW) == [] and not app.to_window(RING)
        app.close()


@scenario
def the_keyboard_gets_into_the_ring_by_a_shortcut_or_the_tray_and_out_of_it_by_esc():
    with Desk("by-keys") as desk:
        set_up(desk, ("Budget round", 3), ("Design critique", 4), settings=SHORTCUT)
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = start_app(desk)
        agenda_of(app)
        until("both rings", lambda: app.to_window(RING) and app.run(
            "return document.querySelectorAll('article.ring').length"
        ) == 2)
        assert active(desk) == "Joinbell", active(desk)

        desk.ask("xdotool", "key", "ctrl+alt+r")
        until("the keyboard in the ring", lambda: active(desk).endswith("Reminder"))
        desk.ask("xdotool", "key", "Return")
        until("the opener", lambda: desk.opened_addresses() == ["https://acme.webex.com/meet/3"])

        item = tray_of(desk, watcher)
        item.activate()
        until("the keyboard in the agenda", lambda: active(desk) == "Joinbell")
        item.click("Show what rings")
        until("the keyboard in the ring again", lambda: active(desk).endswith("Reminder"))
        desk.ask("xdotool", "key", "Escape")
        until("the ring to go", lambda: desk.windows(WINDOW) == [])
        until("nothing that waits", lambda: "Show what rings" not in labels(item))
        assert len(desk.opened_addresses()) == 1

        app.to_window(AGENDA)
        desk.ask("xdotool", "key", "ctrl+alt+r")
        until("the sentence", lambda: "Nothing rings at the moment." in app.text())
        app.close()


@scenario
def a_ring_that_waited_for_the_end_of_a_quiet_comes_to_the_keyboard_when_it_is_asked_for():
    with Desk("asked-in-quiet", notifications=False) as desk:
        plasma = plasma_of(desk)
        plasma.inhibited = True
        set_up(desk, ("Budget round", 3), settings=SHORTCUT)
        app = start_app(desk)
        agenda_of(app)
        until("the notification", lambda: plasma.told)
        time.sleep(2)
        assert desk.windows(WINDOW) == []
        desk.ask("xdotool", "key", "ctrl+alt+r")
        until("the ring", lambda: app.to_window(RING) and "Budget round" in app.text())
        until("the keyboard in the ring", lambda: active(desk).endswith("Reminder"))
        desk.ask("xdotool", "key", "Escape")
        until("the ring to go", lambda: desk.windows(WINDOW) == [])
        app.close()


@scenario
def a_ring_that_is_up_goes_when_a_quiet_begins_and_a_mute_holds_beyond_the_end_of_it():
    with Desk("quiet-begins", notifications=False) as desk:
        plasma = plasma_of(desk)
        set_up(desk, ("Budget round", 3))
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = start_app(desk)
        agenda_of(app)
        until("the ring", lambda: desk.windows(WINDOW))
        plasma.inhibited = True
        until("the ring to go", lambda: desk.windows(WINDOW) == [])
        item = tray_of(desk, watcher)
        assert "Show what rings" in labels(item), labels(item)
        item.click("Mute for an hour")
        until("the silence", lambda: "Ring again" in labels(item))
        plasma.inhibited = False
        # Longer than it takes to notice.
        time.sleep(20)
        assert desk.windows(WINDOW) == [], "it breaks through the mute"
        # The end of the silence is none of the quiet.
        plasma.inhibited = True
        item.click("Ring again")
        time.sleep(2)
        assert desk.windows(WINDOW) == [], "it breaks through the quiet"
        plasma.inhibited = False
        until("the ring again", lambda: desk.windows(WINDOW))
        app.close()
