"""What the tray was asked for and could not do, or did without a trace on the
screen."""

from desk import Desk, until
from gate import set_up
from quiet import plasma_of
from steps import AGENDA, agenda_of, labels, tray_of
from tray_watcher import TrayWatcher
from webdriver import start_app

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


@scenario
def what_the_tray_cannot_do_is_told_in_a_window_and_what_nobody_sees_in_a_notification():
    with Desk("told", notifications=False) as desk:
        plasma = plasma_of(desk)
        # Far enough away to be joined and not to ring.
        set_up(desk, ("Budget round", 12))
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = start_app(desk)
        agenda_of(app)
        item = tray_of(desk, watcher)
        until("the meeting", lambda: any(label.startswith("Join ") for label in labels(item)))
        item.click("Copy link")
        until("what was done", lambda: ("Joinbell", "Link copied", []) in plasma.told)

        # In the window that is there, and in one that has to come up.
        (desk.home / "opener").unlink()
        failed = "could not open the link to acme.webex.com"
        item.click("Join ")
        until("the sentence", lambda: failed in app.text())
        assert app.run("return document.querySelector('[role=alert]').innerText")
        (window,) = desk.windows("^Joinbell$")

        # A room that is missing is named where it is written.
        item.click("Meet now")
        until("the settings", lambda: app.to_window("Settings"))
        until("the sentence", lambda: "no room of your own" in app.text())
        until("the field", lambda: app.run("return document.activeElement?.id") == "set-personal_room")
        desk.paint()
        desk.shot("no-room")

        desk.ask("xdotool", "windowclose", window)
        until("the agenda to go", lambda: not app.to_window(AGENDA))
        item.click("Join ")
        until("the agenda again", lambda: app.to_window(AGENDA))
        until("the sentence again", lambda: failed in app.text())
        desk.paint()
        desk.shot("failed")
        app.close()
