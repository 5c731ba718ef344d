"""When a ring keeps to the tray, and what the notification daemon hears."""

import time

import schedule
from desk import Desk, until
from plasma import NOTIFICATIONS, Plasma
from steps import RING, agenda_of, dismissed, labels, tray_of
from tray_watcher import TrayWatcher
from webdriver import start_app

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def plasma_of(desk):
    daemon = Plasma(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
    until("the notification daemon", lambda: desk.owner(NOTIFICATIONS))
    return daemon


@scenario
def while_plasma_is_inhibited_the_notification_is_handed_over_and_the_ring_waits_in_the_tray():
    with Desk("inhibited", notifications=False) as desk:
        plasma = plasma_of(desk)
        plasma.inhibited = True
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = start_app(desk, "--demo")
        agenda_of(app)
        until("the notification", lambda: plasma.told, 180)
        item = tray_of(desk, watcher)
        until("the bell in the menu", lambda: "Show what rings" in labels(item))
        # Longer than the ring waits for the start.
        time.sleep(3)
        assert not app.to_window(RING), "the ring has come up"
        # Whoever asks for it gets it.
        item.click("Show what rings")
        until("the ring that was asked for", lambda: app.to_window(RING))
        until("what rings to go", lambda: dismissed(app))
        heard = len(plasma.told)
        until("the next notification", lambda: len(plasma.told) > heard, 180)
        assert not app.to_window(RING), "the ring has come up"
        plasma.inhibited = False
        until("the ring when the quiet is over", lambda: app.to_window(RING))
        app.close()


SECRET = f"""
[[mailbox]]
address = "{schedule.ANNA}"
name = "Anna Berg"
password = "{schedule.PASSWORD}"

[[mailbox.item]]
subject = "Takeover of Quux"
starts_in = 4
minutes = 45
location = "https://quux-bank.webex.com/meet/board"
organizer = "{schedule.BO}"
"""


@scenario
def sr_35_with_hidden_titles_no_daemon_hears_more_than_when_and_whose_service_join_opens():
    with Desk("hidden-titles", notifications=False) as desk:
        plasma = plasma_of(desk)
        world = desk.home / "world.toml"
        world.write_text(SECRET)
        (desk.data / "settings.toml").write_text(
            "version = 2\n[privacy]\nhide_titles = true\n"
        )
        schedule.add_account(desk, desk.simulator("--world", str(world), "--basic"))
        app = start_app(desk)
        agenda_of(app)
        assert "Takeover of Quux" in app.text(), "the agenda is the user's own"
        (told,) = until("the notification", lambda: plasma.told, 180)
        title, text, buttons = told
        assert (title, buttons) == ("Meeting", ["Join"]), told
        assert text.startswith("In ") and text.endswith(" · webex.com"), told
        assert "quux" not in str(told).lower(), told
        app.close()
