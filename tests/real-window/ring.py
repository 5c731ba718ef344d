"""The ring for real: who may make it open something, and where it stands."""

import time

from desk import Desk, until
from steps import AGENDA, RING, agenda_of, labels, ring_of, tray_of
from tray_watcher import TrayWatcher
from webdriver import binary, start_app

SCENARIOS = []
BY_NOBODY = "nobody pressed"


def scenario(function):
    SCENARIOS.append(function)
    return function


def ask_to_join(app, meeting="x"):
    """What a script in the page can ask for; answers with the sentence."""
    return app.run(
        """
        const request = { meeting: arguments[0], index: 0 };
        return window.__TAURI_INTERNALS__
          .invoke('join', { request })
          .then(() => 'opened', (problem) => problem.text ?? String(problem));
        """,
        meeting,
    )


@scenario
def sr_34_no_script_of_a_page_opens_a_link_and_a_press_of_a_hand_opens_one():
    with Desk("by-hand") as desk:
        app = start_app(desk, "--demo")
        agenda_of(app)
        until("a meeting to join", lambda: app.run("return !!document.querySelector('.hero .go')"))
        meeting = app.run("return document.querySelector('.hero').dataset.meeting")
        assert BY_NOBODY in ask_to_join(app, meeting)
        ring_of(app)
        assert BY_NOBODY in ask_to_join(app, meeting)
        # A click that was made within WebKit: the page believes it, Rust does not.
        app.click_button("Join")
        until("the refusal", lambda: BY_NOBODY in app.text())
        assert desk.opened_addresses() == []

        # A press is good for one wish, and not for long.
        app.press(".hint")
        used = until("the press", lambda: (told := ask_to_join(app)) and BY_NOBODY not in told and told)
        assert used != "opened" and BY_NOBODY in ask_to_join(app), used
        app.press(".hint")
        time.sleep(2.5)
        assert BY_NOBODY in ask_to_join(app)
        assert desk.opened_addresses() == []

        # Join by Enter in the ring, by Space in the agenda.
        desk.press_key("^Joinbell: ", "Return")
        until("the opener", lambda: len(desk.opened_addresses()) == 1)
        until("the agenda again", lambda: app.to_window(AGENDA))
        app.focus_button("Join", ".hero")
        desk.press_key("^Joinbell$", "space")
        until("the opener again", lambda: len(desk.opened_addresses()) == 2)
        app.close()


@scenario
def where_nothing_shows_notifications_the_ring_and_the_tray_do_and_lead_to_the_meeting():
    with Desk("no-daemon", notifications=False) as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        app = start_app(desk, "--demo")
        ring_of(app)
        assert not desk.owner("org.freedesktop.Notifications")
        item = tray_of(desk, watcher)
        until("the bell in the menu", lambda: "Show what rings" in labels(item))
        title = app.run("return document.querySelector('h2').innerText")
        app.click("h2 button")
        agenda_of(app)
        opened = until("the opened row", lambda: app.run(
            "return document.querySelector('.row.open .title')?.innerText"
        ))
        assert opened.startswith(title), (opened, title)
        desk.paint()
        desk.shot("agenda")
        until("the ring", lambda: app.to_window(RING))
        app.press_button("Join")
        (address,) = until("the opener", desk.opened_addresses)
        assert address.startswith("https://"), address
        until("its ring to go", lambda: not app.to_window(RING) or title not in app.text())
        app.close()


@scenario
def a_ring_whose_screen_goes_away_or_changes_its_size_comes_to_where_it_is_seen():
    with Desk("screens") as desk:
        # The only screen lies within what the server can show.
        desk.ask("xrandr", "--setmonitor", "far", "640/160x1000/250+320+0", "screen")
        desk.start("joinbell", [binary(), "--demo"])
        (ring,) = until("the ring", lambda: desk.windows("^Joinbell: "), 180)

        def is_in_the_corner(right):
            x, y, width, _ = desk.place(ring)
            return (x + width, y) == (right - 16, 16)

        until("the ring on the far screen", lambda: is_in_the_corner(960))
        # It is unplugged; a smaller one stands elsewhere.
        desk.ask("xrandr", "--delmonitor", "far")
        small = "30 800 820 840 860 600 610 620 630".split()
        desk.ask("xrandr", "--newmode", "small", *small)
        desk.ask("xrandr", "--addmode", "screen", "small")
        desk.ask("xrandr", "--output", "screen", "--mode", "small")
        until("the ring on the small screen", lambda: is_in_the_corner(800))
        desk.shot("small")
        desk.ask("xrandr", "--output", "screen", "--mode", "1280x1000")
        until("the ring on the large screen", lambda: is_in_the_corner(1280))

        def is_gone():
            # At nine and at three more than one meeting rings.
            if desk.windows("^Joinbell: "):
                desk.press_key("^Joinbell: ", "Escape")
            return not desk.windows("^Joinbell: ")

        until("the ring to go", is_gone)
