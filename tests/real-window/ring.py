"""The ring for real: who may make it open something."""

import subprocess
import time

import schedule
from desk import Desk, until
from steps import AGENDA, RING, agenda_of, labels, ring_of, tray_of
from tray_watcher import TrayWatcher
from webdriver import binary, start_app

SCENARIOS = []
BY_NOBODY = "nobody pressed"


def scenario(function):
    SCENARIOS.append(function)
    return function


def ask_to_join(app, meeting="x", anyway=False, host="acme.webex.com"):
    """What a script in the page can ask for; answers with the sentence."""
    return app.run(
        """
        const [meeting, anyway, host] = arguments;
        const request = { meeting, index: 0, host, anyway };
        return window.__TAURI_INTERNALS__
          .invoke('join', { request })
          .then(() => 'opened', (problem) => problem.text ?? String(problem));
        """,
        meeting,
        anyway,
        host,
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


STRANGER = "https://meet-now.example.net/review"
ITEM = f"""
[[mailbox]]
address = "{schedule.ANNA}"
name = "Anna Berg"
password = "{schedule.PASSWORD}"

[[mailbox.item]]
subject = "Procurement briefing"
starts_in = 4
minutes = 45
location = "{STRANGER}"
"""


@scenario
def sr_32_an_unknown_host_is_opened_by_a_second_press_of_a_hand_and_not_before():
    with Desk("stranger") as desk:
        watcher = TrayWatcher(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
        world = desk.home / "world.toml"
        world.write_text(ITEM)
        (desk.data / "settings.toml").write_text(
            'version = 2\n[shortcuts]\njoin_next = "Ctrl+Alt+J"\n'
        )
        schedule.add_account(desk, desk.simulator("--world", str(world), "--basic"))
        app = start_app(desk)
        agenda_of(app)
        until("the ring", lambda: app.to_window(RING), 180)
        until("its host", lambda: "meet-now.example.net" in app.text())
        # What shows no host has no Join, and leads to where one is shown.
        item = tray_of(desk, watcher)
        assert not any(label.startswith(("Join ", "Copy ")) for label in labels(item)), labels(item)
        item.middle_click()
        desk.ask("xdotool", "key", "ctrl+alt+j")
        link = [binary(), "joinbell://join-next"]
        subprocess.run(link, env=desk.environment, timeout=30, check=True)
        desk.press_key("^Joinbell: Reminder", "Return")
        time.sleep(2)
        assert desk.opened_addresses() == []

        until("the ring again", lambda: app.to_window(RING))
        app.press_button("Link")
        until("the question", lambda: "Open anyway" in app.text())
        assert "press again" in app.text(), app.text()
        desk.paint()
        desk.shot("asked")
        # A script cannot give the second press.
        assert BY_NOBODY in ask_to_join(app, anyway=True)
        assert desk.opened_addresses() == []
        app.press_button("Open anyway")
        until("the opener", lambda: desk.opened_addresses() == [STRANGER])
        until("the ring to go", lambda: not app.to_window(RING))
        app.close()
