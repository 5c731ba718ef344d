"""The hybrid service for real: the set-up window, the connector, the service
and the key service as programs of their own, TLS with an own authority."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

from desk import TOP, Desk, until
from mailbox import calendar_of, put_meeting
from webdriver import start_app

AGENDA, RING, SETUP = "Meetings", "Reminder", "Connect your calendar"
ANNA, PASSWORD = "anna@example.org", "correct horse battery staple"
TITLE, PLACE = "Called at short notice", "https://acme.webex.com/meet/anna.berg"

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


class Service:
    """All of it on loopback, without a client."""

    def __init__(self, desk):
        self.desk = desk
        desk.start("hybrid-day", [str(TOP / "target/debug/hybrid-day"), "--serve"])
        self.authority = self._told(r"Authority: (\S+)")
        self.exchange = self._told(r"Exchange \(simulated\): (\S+)")
        self.address = self._told(r"joinbell-cloud service: (\S+)")

    def _told(self, pattern):
        found = until(pattern, lambda: re.search(pattern, self.desk.log("hybrid-day")), 60)
        return found.group(1)

    def calendar(self):
        """What stands in Anna's calendar, as she sees it at Exchange."""
        now = datetime.now(timezone.utc)
        days = [f"{now + timedelta(days=by):%Y-%m-%dT%H:%M:%SZ}" for by in (-1, 2)]
        return [one["Subject"] for one in calendar_of(self.exchange, ANNA, PASSWORD, *days)]

    def code(self):
        codes = [one for one in self.calendar() if one.startswith("Joinbell code ")]
        return codes[-1].removeprefix("Joinbell code ") if codes else None


@scenario
def a_device_is_added_by_the_code_of_the_calendar_and_a_change_comes_and_rings():
    with Desk("hybrid") as desk:
        service = Service(desk)
        app = start_app(desk)
        until("the set-up window", lambda: app.to_window(SETUP))
        until("the two ways", lambda: "Hybrid service" in app.text())
        app.run("document.querySelector('#kind-service').click()")
        app.type("#service", service.address)
        app.type("#address", ANNA)
        app.run("document.querySelector('details').open = true")
        app.type("#ca-file", service.authority)
        desk.paint()
        desk.shot("service")
        app.click("button[type=submit]")
        until("the field for the code", lambda: app.run("return !!document.querySelector('#code')"))
        app.type("#code", until("the code in the calendar", service.code).lower())
        desk.shot("code")
        app.click("button[type=submit]")
        until("the end of the set-up", lambda: "Connected" in app.text())
        app.click("#open-agenda")
        until("the agenda window", lambda: app.to_window(AGENDA))
        until("today's meetings", lambda: app.run("return document.querySelectorAll('[data-row]').length"))
        until("to be in step", lambda: "Up to date" in app.text())

        # Somebody writes into the calendar at Exchange; nobody clicks.
        start = datetime.now(timezone.utc).replace(second=0, microsecond=0) + timedelta(minutes=4)
        put_meeting(service.exchange, ANNA, PASSWORD, TITLE, PLACE, start)
        until("the new meeting", lambda: TITLE in app.text())
        until("its ring", lambda: app.to_window(RING) and TITLE in app.text())
        app.run(
            """
            const rings = [...document.querySelectorAll('article.ring')];
            rings.find((ring) => ring.innerText.includes(arguments[0])).id = 'it';
            """,
            TITLE,
        )
        desk.paint()
        desk.shot("agenda-and-ring")
        app.press_button("Join", "#it")
        assert until("the opener", desk.opened_addresses) == [PLACE]
        app.close()
        look_for_plaintext(service)


def look_for_plaintext(service):
    """What the two blind programs have written holds nothing of the calendar."""
    folder = Path(service.authority).parent
    databases = [path for path in folder.iterdir() if ".db" in path.name]
    assert databases, list(folder.iterdir())
    for path in databases:
        held = path.read_bytes()
        for word in (TITLE, "acme.webex.com", ANNA, "Anna Berg"):
            assert word.encode() not in held, f"{word!r} is in {path.name}"
