"""What rang before the program ended, and what does after its next start."""

import time

import schedule
from desk import Desk, until
from steps import RING, agenda_of, notifications
from webdriver import start_app

SCENARIOS = []
STARTS_IN = 3  # minutes
WORLD = f"""
[[mailbox]]
address = "{schedule.ANNA}"
name = "Anna Berg"
password = "{schedule.PASSWORD}"
""" + "".join(
    f"""
[[mailbox.item]]
subject = "{subject}"
starts_in = {STARTS_IN}
minutes = 45
location = "https://acme.webex.com/meet/{place}"
"""
    for subject, place in (("Budget round", "budget"), ("Design critique", "design"))
)


def scenario(function):
    SCENARIOS.append(function)
    return function


def press(app, title, *names):
    """Clicks buttons of a meeting's ring, one after the other."""
    app.run(
        """
        const rings = [...document.querySelectorAll('article.ring')];
        rings.forEach((ring) => ring.removeAttribute('id'));
        rings.find((ring) => ring.querySelector('h2').innerText === arguments[0]).id = 'it';
        """,
        title,
    )
    for name in names:
        app.click_button(name, "#it")


def rings(app):
    if not app.to_window(RING):
        return []
    return app.run("return [...document.querySelectorAll('article.ring h2')].map((h) => h.innerText)")


@scenario
def after_a_kill_what_was_dismissed_stays_away_and_what_was_snoozed_comes_back_in_time():
    with Desk("again") as desk:
        world = desk.home / "world.toml"
        world.write_text(WORLD)
        url = desk.simulator("--world", str(world), "--basic")
        started = time.time()
        schedule.add_account(desk, url)
        app = start_app(desk)
        agenda_of(app)
        until("both rings", lambda: sorted(rings(app)) == ["Budget round", "Design critique"])
        press(app, "Budget round", "Dismiss")
        until("one ring", lambda: rings(app) == ["Design critique"])
        press(app, "Design critique", "Snooze", "1 min before")
        until("no ring", lambda: not app.to_window(RING))
        # The ring goes when it rests on the disk that it has to.
        app.crash()

        app = start_app(desk)
        agenda_of(app)
        until("the list in step", lambda: "Up to date" in app.text())
        back = until("what comes back", lambda: rings(app), 60 * STARTS_IN)
        # A minute before the start, but for the moments in which the program
        # of this test has looked.
        assert time.time() - started > 60 * (STARTS_IN - 1) - 5, "it came too soon"
        assert back == ["Design critique"], back
        until("its notification alone", lambda: notifications(desk) == 1)
        desk.paint()
        desk.shot("back")
        press(app, "Design critique", "Dismiss")
        until("no ring", lambda: not app.to_window(RING))
        app.close()

        # After a regular end both stay away.
        app = start_app(desk)
        agenda_of(app)
        until("the list in step", lambda: "Up to date" in app.text())
        time.sleep(3)
        assert not app.to_window(RING) and notifications(desk) == 0
        app.close()
