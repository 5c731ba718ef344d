"""On which screen the ring stands, and how much of it it takes."""

from unittest import SkipTest

import monitors
import schedule
from desk import Desk, until
from steps import RING as SHOWN
from steps import notifications, ring_of
from webdriver import binary, start_app

SCENARIOS = []
RING = "^Joinbell: Reminder$"


def scenario(function):
    SCENARIOS.append(function)
    return function


def set_up(desk, settings):
    """An account with the demo's day, and these settings of reminders."""
    (desk.data / "settings.toml").write_text(f"version = 2\n[reminders]\n{settings}\n")
    schedule.add_account(desk, desk.simulator("--demo"))


def stands_at_the_right(desk, ring, right, height):
    """Whether the ring stands at the right edge of the screen which ends there,
    a third down, or as far down as it has room."""
    x, y, width, tall = desk.place(ring)
    wanted = max(min(height // 3, height - 16 - tall), 16)
    return x + width == right - 16 and abs(y - wanted) < 2


def apart(one, other):
    """Whether two places share no spot."""
    (left, top, width, height), (x, y, wide, high) = one, other
    return left + width <= x or x + wide <= left or top + height <= y or y + high <= top


@scenario
def the_ring_and_the_notifications_beside_it_do_not_cover_each_other():
    with Desk("beside") as desk:
        set_up(desk, "sound = false")
        app = start_app(desk)
        ring_of(app)
        until("its notification", lambda: notifications(desk) > 0)
        (ring,) = desk.windows(RING)
        popups = until("the popup", lambda: desk.windows("^Dunst$") or desk.windows("[Dd]unst"))
        until("the ring's place", lambda: stands_at_the_right(desk, ring, 1280, 1000))
        desk.paint()
        desk.shot("both")
        for popup in popups:
            assert apart(desk.place(ring), desk.place(popup)), (desk.place(ring), desk.place(popup))
        # What is at the top right of the ring is within reach of the pointer.
        title = app.run("return document.querySelector('h2').innerText")
        app.press(".close")
        until("that ring to go", lambda: not app.to_window(SHOWN) or title not in app.text())
        app.close()


@scenario
def a_ring_whose_screen_goes_away_or_changes_its_size_comes_to_where_it_is_seen():
    with Desk("screens") as desk:
        # The only screen lies within what the server can show.
        desk.ask("xrandr", "--setmonitor", "far", "640/160x1000/250+320+0", "screen")
        desk.start("joinbell", [binary(), "--demo"])
        (ring,) = until("the ring", lambda: desk.windows("^Joinbell: "), 180)

        def stands(right, height=1000):
            return stands_at_the_right(desk, ring, right, height)

        until("the ring on the far screen", lambda: stands(960))
        # It is unplugged; a smaller one stands elsewhere.
        desk.ask("xrandr", "--delmonitor", "far")
        small = "30 800 820 840 860 600 610 620 630".split()
        desk.ask("xrandr", "--newmode", "small", *small)
        desk.ask("xrandr", "--addmode", "screen", "small")
        desk.ask("xrandr", "--output", "screen", "--mode", "small")
        until("the ring on the small screen", lambda: stands(800, 600))
        desk.shot("small")
        desk.ask("xrandr", "--output", "screen", "--mode", "1280x1000")
        until("the ring on the large screen", lambda: stands(1280))

        def is_gone():
            # At nine and at three more than one meeting rings.
            if desk.windows("^Joinbell: "):
                desk.press_key("^Joinbell: ", "Escape")
            return not desk.windows("^Joinbell: ")

        until("the ring to go", is_gone)


LEFT, RIGHT = 0, 1
BOTH = {LEFT: (0, 0, 640, 1000), RIGHT: (640, 0, 640, 1000)}


@scenario
def of_two_screens_the_ring_stands_on_the_chosen_one_and_goes_to_the_other_when_that_is_pulled_out():
    if not monitors.are_here():
        raise SkipTest(f"{monitors.SERVER} is not installed, which has a second monitor")
    # The left one is the primary one, and the pointer is on the other.
    for choice, chosen, edge, other in (("pointer", RIGHT, 1280, 640), ("primary", LEFT, 640, 1280)):
        with Desk(f"two-screens-{choice}", monitors=BOTH) as desk:
            desk.ask("xdotool", "mousemove", "900", "500")
            set_up(desk, f'screen = "{choice}"')
            desk.start("joinbell", [binary(), "--hidden"])
            (ring,) = until("the ring", lambda: desk.windows(RING), 180)
            until("the ring on the chosen screen", lambda: stands_at_the_right(desk, ring, edge, 1000))
            desk.paint()
            desk.shot("chosen")
            desk.monitors.are({number: place for number, place in BOTH.items() if number != chosen})
            until("the ring on the other one", lambda: stands_at_the_right(desk, ring, other, 1000))
            desk.shot("other")


@scenario
def a_ring_that_fills_the_screen_covers_it_and_has_the_same_keys():
    with Desk("whole-screen") as desk:
        set_up(desk, "full_screen = true")
        desk.start("joinbell", [binary()])
        until("the agenda", lambda: desk.windows("^Joinbell$"))
        (ring,) = until("the ring", lambda: desk.windows(RING), 180)
        until("the whole screen", lambda: desk.place(ring) == [0, 0, 1280, 1000])
        state = desk.ask("xprop", "-id", ring, "_NET_WM_STATE")
        for wanted in ("_NET_WM_STATE_FULLSCREEN", "_NET_WM_STATE_ABOVE"):
            assert wanted in state, state
        stacked = desk.ask("xprop", "-root", "_NET_CLIENT_LIST_STACKING")
        assert int(stacked.split()[-1], 16) == int(ring), (stacked, ring)
        desk.paint()
        desk.shot("rings")
        desk.press_key(RING, "Return")
        (opened,) = until("the opener", desk.opened_addresses)
        assert opened.startswith("https://"), opened

        def is_gone():
            # At nine and at three more than one meeting rings.
            if desk.windows(RING):
                desk.press_key(RING, "Escape")
            return not desk.windows(RING)

        until("the others to go", is_gone)
        (ring,) = until("the next ring", lambda: desk.windows(RING), 180)
        until("the whole screen again", lambda: desk.place(ring) == [0, 0, 1280, 1000])
        until("it to go", is_gone)
        assert desk.opened_addresses() == [opened]
