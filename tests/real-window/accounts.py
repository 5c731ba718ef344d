"""Several accounts: which one the set-up window is for."""

import schedule
from desk import Desk, until
from steps import AGENDA, SETUP, agenda_of
from webdriver import start_app

SCENARIOS = []
OMAR, OMARS = "omar@example.org", "a second horse entirely"
WORLD = f"""
[[mailbox]]
address = "{schedule.ANNA}"
name = "Anna Berg"
password = "{schedule.PASSWORD}"

[[mailbox.item]]
subject = "Budget round"
starts_in = 120
minutes = 45

[[mailbox]]
address = "{OMAR}"
name = "Omar Haddad"
password = "{OMARS}"
"""


def scenario(function):
    SCENARIOS.append(function)
    return function


@scenario
def an_open_set_up_window_turns_to_the_account_that_is_asked_for():
    with Desk("accounts") as desk:
        world = desk.home / "world.toml"
        world.write_text(WORLD)
        url = desk.simulator("--world", str(world), "--basic")
        schedule.add_account(desk, url)
        schedule.add_account(desk, url, OMAR, OMARS)
        app = start_app(desk)
        agenda_of(app)
        app.run("window.dispatchEvent(new KeyboardEvent('keydown', { key: ',' }))")

        def press(name):
            until("the settings", lambda: app.to_window("Settings"))
            until("the accounts", lambda: OMAR in app.text())
            app.click_button(name)
            until("the set-up window", lambda: app.to_window(SETUP))

        press(f"Sign in again: {schedule.ANNA}")
        until("the first account", lambda: f"{schedule.ANNA} at 127.0.0.1" in app.text())
        app.type("#password", "of the first")
        press(f"Sign in again: {OMAR}")
        until("the second account", lambda: f"{OMAR} at 127.0.0.1" in app.text())
        assert app.run("return document.getElementById('password').value") == ""
        desk.paint()
        desk.shot("second")
        app.type("#password", OMARS)
        app.click("button[type=submit]")
        until("the end", lambda: "Connected" in app.text())
        press("Add account")
        until("a new account", lambda: "E-mail address" in app.text())
        assert app.run("return document.getElementById('address').value") == ""
        assert app.to_window(AGENDA)
        app.close()
