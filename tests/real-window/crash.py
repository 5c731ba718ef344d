"""F69: the web process of a window ends, and the program does not mind."""

import os
import signal

from desk import Desk, until
from steps import notifications, tray_of
from tray_watcher import TrayWatcher
from webdriver import binary

AGENDA, RING = "^Joinbell$", "^Joinbell: Reminder$"
# A window with letters has more colours than an empty one.
LETTERS = 100

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def is_painted(desk, pattern):
    (window,) = desk.windows(pattern)
    return int(desk.ask("import", "-window", window, "-format", "%k", "info:")) > LETTERS


def kill_pages(desk):
    """Ends every web process as the kernel does that needs their memory."""
    ended = set(desk.web_processes())
    assert ended
    for process in ended:
        os.kill(process, signal.SIGKILL)
    until("the processes to end", lambda: not ended & set(desk.web_processes()))
    return len(ended)


@scenario
def f69_pages_that_crash_come_back_and_the_program_goes_on_ringing():
    with Desk("crash") as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = desk.start("joinbell", [binary(), "--demo"])
        until("the ring", lambda: is_painted(desk, RING), 180)
        until("the agenda", lambda: is_painted(desk, AGENDA))
        item = tray_of(desk, watcher)

        # The windows stay and load their pages anew.
        windows = desk.windows(AGENDA) + desk.windows(RING)
        count = kill_pages(desk)
        until("as many web processes", lambda: len(desk.web_processes()) == count)
        until("the ring's page", lambda: is_painted(desk, RING))
        until("the agenda's page", lambda: is_painted(desk, AGENDA))
        assert desk.windows(AGENDA) + desk.windows(RING) == windows
        desk.shot("loaded-anew")

        # What crashes again at once is closed; notifications and the tray stay.
        kill_pages(desk)
        until("no window", lambda: desk.windows("^Joinbell") == [])
        assert app.poll() is None and notifications(desk) > 0
        item.click("Show what rings")
        until("the ring again", lambda: is_painted(desk, RING))
        desk.press_key(RING, "Return")
        until("the opener", lambda: len(desk.opened_addresses()) == 1)
        item.click("Open agenda")
        until("the agenda again", lambda: is_painted(desk, AGENDA))
        # Its page is whole: keys reach the program.
        desk.press_key(AGENDA, "n")
        until("the schedule window", lambda: is_painted(desk, "^Joinbell: Schedule"))
        desk.shot("opened-again")

        def is_gone():
            if desk.windows(RING):
                desk.press_key(RING, "Escape")
            return not desk.windows(RING)

        until("what rings to go", is_gone)
        kill_pages(desk)
        until("the next ring", lambda: is_painted(desk, RING), 180)
