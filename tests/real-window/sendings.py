"""What the user sends about meetings, as those hear of it who were asked; and
what the user is told where the server refuses it, or its answer is lost."""

import json
import os
import signal
import urllib.request
from datetime import datetime, timedelta, timezone

from desk import Desk, until
from mailbox import answers_to, calendar_of
from quiet import plasma_of
from schedule import ANNA, BO, GRETA, PASSWORD, SCHEDULE, add_account, ask, open_schedule, shot
from steps import AGENDA, agenda_of
from webdriver import start_app

SCENARIOS = []

FULL = "The mailbox is full, so nothing was sent"
NO_RIGHT = "You have no right to change this calendar, so nothing was sent"
LINK = "https://acme.webex.com/meet/bo.ekman"


def scenario(function):
    SCENARIOS.append(function)
    return function


def item(subject, minutes, *people, location=""):
    """A meeting so many minutes from now, far enough away not to ring."""
    return f"""
[[mailbox.item]]
subject = "{subject}"
starts_in = {minutes}
minutes = 45
location = "{location}"
attendees = {json.dumps(people)}
"""


AWAY = """
[[mailbox.item]]
subject = "In the mountains"
starts_in = -60
minutes = 7200
show_as = "out-of-office"
"""


def person(address, name, *items):
    return f"""
[[mailbox]]
address = "{address}"
name = "{name}"
password = "{PASSWORD}"
{"".join(items)}"""


def serve(desk, *mailboxes):
    """Starts the server, with its switches, and gives the first mailbox to Joinbell."""
    world = desk.home / "world.toml"
    world.write_text("".join(mailboxes))
    url = desk.simulator("--world", str(world), "--basic", "--control", "127.0.0.1:0")
    add_account(desk, url)
    return url


def strike(desk, operation, effect):
    """The next request of this kind goes wrong."""
    fault = {"operation": operation, "times": 1, "effect": effect}
    request = urllib.request.Request(desk.switches() + "/faults", data=json.dumps(fault).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 201, answer.status


def of(url, address, subject):
    """The meetings that an owner has under this subject."""
    start = datetime.now(timezone.utc) - timedelta(days=1)
    days = [(start + timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (0, 30)]
    return [one for one in calendar_of(url, address, PASSWORD, *days) if one["Subject"] == subject]


def open_row(app, title):
    """Searches for a meeting and opens it; the row is `.row.open`, and has all
    that moves its buttons once its people are there."""
    app.type("input[type=search]", title)
    until(f"the row of {title}", lambda: app.run(
        """
        const rows = [...document.querySelectorAll('[data-meeting]')];
        const row = rows.find((row) => row.innerText.includes(arguments[0]));
        if (row && !row.matches('.open')) row.querySelector('[data-row]').click();
        return row?.matches('.open') && row.querySelector('.people') !== null;
        """,
        title,
    ))


def begin_planning(desk, app, title):
    """A new meeting with Bo, ready to be sent."""
    open_schedule(desk, app)
    app.type(".question input", title)
    ask(app, 0, "Bo Ekman")
    until("Bo", lambda: "Send to 1 person" in app.text())
    until("the button", lambda: app.run(
        "return document.querySelector('footer .primary').getAttribute('aria-disabled')"
    ) == "false")


def close_by_esc(app):
    """Afterwards, as the window takes the answer of its own script with it."""
    app.run(
        "setTimeout(() => window.dispatchEvent("
        "new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })), 50)"
    )
    until("the window to go", lambda: not app.to_window(SCHEDULE))
    app.to_window(AGENDA)


def told(app, kind):
    return app.run(f"return document.querySelector('.told.{kind}')?.innerText") or ""


@scenario
def what_is_moved_and_what_is_called_off_is_so_in_the_mailboxes_of_those_who_were_asked():
    with Desk("changes") as desk:
        url = serve(
            desk,
            person(
                ANNA, "Anna Berg",
                item("Field visit", 1500, BO, GRETA), item("Budget round", 1600, BO),
            ),
            person(BO, "Bo Ekman"),
            person(GRETA, "Greta Lind"),
        )
        (before,) = of(url, ANNA, "Field visit")
        app = start_app(desk)
        agenda_of(app)
        open_row(app, "Field visit")
        app.click_button("Change", ".row.open")
        until("the schedule window", lambda: app.to_window(SCHEDULE))
        slider = "document.querySelector('[role=slider]')"
        until("the time", lambda: app.run(f"return {slider} !== null"))
        stood = app.run(f"return {slider}.ariaValueText")
        app.run(f"""
            {slider}.focus();
            {slider}.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'ArrowRight', bubbles: true }}));
        """)
        until("the later time", lambda: app.run(f"return {slider}.ariaValueText") != stood)
        until("the button", lambda: app.run(
            "return document.querySelector('footer .primary').getAttribute('aria-disabled')"
        ) == "false")
        app.click_button("Send change to 2 people")
        sentence = until("the outcome", lambda: told(app, "sent"))
        assert sentence.startswith("The change was sent at "), sentence
        shot(desk, "moved")
        (after,) = of(url, ANNA, "Field visit")
        assert after["Start"] > before["Start"], (before, after)
        for address in (BO, GRETA):
            (copy,) = of(url, address, "Field visit")
            assert (copy["Start"], copy["End"]) == (after["Start"], after["End"]), (address, copy)

        close_by_esc(app)
        open_row(app, "Budget round")
        app.click_button("Cancel meeting", ".row.open")
        until("the question", lambda: app.run("return document.querySelector('.cancel textarea') !== null"))
        app.type(".cancel textarea", "The figures are late.")
        desk.paint()
        desk.shot("calling-off")
        app.click_button("Cancel and tell everybody", ".row.open")
        until("the sentence", lambda: "everybody invited is told" in app.text())
        assert of(url, ANNA, "Budget round") == []
        assert of(url, BO, "Budget round") == []
        assert len(of(url, BO, "Canceled: Budget round")) == 1
        desk.paint()
        desk.shot("called-off")
        app.close()


@scenario
def each_answer_to_an_invitation_reaches_who_has_called_the_meeting():
    with Desk("answers") as desk:
        url = serve(
            desk,
            person(ANNA, "Anna Berg"),
            person(
                BO, "Bo Ekman",
                item("Field visit", 1500, ANNA, location=LINK),
                item("Budget round", 1600, ANNA),
                item("Design critique", 1700, ANNA),
                AWAY,
            ),
        )
        app = start_app(desk)
        agenda_of(app)
        for title, button, word in (
            ("Field visit", "Accept", "Accept"),
            ("Budget round", "Tentative", "Tentative"),
            ("Design critique", "Decline", "Decline"),
        ):
            (theirs,) = of(url, BO, title)
            assert answers_to(url, BO, PASSWORD, theirs)[ANNA] == "NoResponseReceived", title
            open_row(app, title)
            app.click_button(button, ".row.open")
            until(f"the answer to {title}", lambda: (
                answers_to(url, BO, PASSWORD, theirs)[ANNA] == word
            ))
            until("the sentence", lambda: "The organizer has your answer." in app.text())
        assert of(url, ANNA, "Design critique") == []

        # Who has called it is away by then, as their calendar says.
        open_row(app, "Field visit")
        until("the answer in the row", lambda: app.run(
            "return document.querySelector('.row.open [aria-pressed=true]')?.innerText"
        ) == "Accept")
        app.run("document.querySelector('.row.open details').open = true")
        people = "return document.querySelector('.row.open .people ul').innerText"
        until("who is away", lambda: "Out of office" in app.run(people))
        app.click_button("Copy link", ".row.open")
        until("the link on the clipboard", lambda: desk.clipboard() == LINK)
        desk.paint()
        desk.shot("accepted")
        app.close()


@scenario
def what_the_server_refuses_is_told_in_its_window_or_by_a_notification_where_that_has_gone():
    with Desk("refused", notifications=False) as desk:
        plasma = plasma_of(desk)
        url = serve(
            desk,
            person(ANNA, "Anna Berg", item("Budget round", 1600, BO)),
            person(BO, "Bo Ekman"),
        )
        app = start_app(desk)
        begin_planning(desk, app, "Field visit")
        strike(desk, "CreateItem", {"refused": "ErrorQuotaExceeded"})
        app.click_button("Send to 1 person")
        until("the sentence", lambda: told(app, "refused").startswith(FULL))
        shot(desk, "full")
        assert plasma.told == []

        # Once more, and the window is closed before the server has answered.
        strike(desk, "CreateItem", {"refused": "ErrorQuotaExceeded"})
        server = next(one.pid for one in desk.children if "exchange-sim" in str(one.args[0]))
        os.kill(server, signal.SIGSTOP)
        try:
            app.click_button("Send to 1 person")
            until("what is on its way", lambda: told(app, "sending"))
            close_by_esc(app)
        finally:
            os.kill(server, signal.SIGCONT)
        late = f"“Field visit”: {FULL}"
        until("the notification", lambda: any(text.startswith(late) for _, text, _ in plasma.told))
        until("the sentence in the agenda", lambda: late in app.text())
        assert of(url, ANNA, "Field visit") == [] and of(url, BO, "Field visit") == []
        desk.paint()
        desk.shot("late")

        # What was written to those invited is there for another attempt.
        open_row(app, "Budget round")
        app.click_button("Cancel meeting", ".row.open")
        app.type(".cancel textarea", "The figures are late.")
        strike(desk, "CreateItem", {"refused": "ErrorAccessDenied"})
        app.click_button("Cancel and tell everybody", ".row.open")
        until("the other sentence", lambda: NO_RIGHT in app.text())
        words = app.run("return document.querySelector('.cancel textarea').value")
        assert words == "The figures are late.", words
        assert len(of(url, BO, "Budget round")) == 1
        desk.paint()
        desk.shot("no-right")

        # And what was refused is a draft, which now goes through.
        open_schedule(desk, app)
        until("why it was refused", lambda: told(app, "refused").startswith(FULL))
        app.click_button("Send to 1 person")
        until("the outcome", lambda: told(app, "sent"))
        assert len(of(url, BO, "Field visit")) == 1
        app.close()


@scenario
def what_was_sent_and_whose_answer_was_lost_is_there_once_and_told_when_that_is_certain():
    with Desk("lost", notifications=False) as desk:
        plasma = plasma_of(desk)
        url = serve(desk, person(ANNA, "Anna Berg"), person(BO, "Bo Ekman"))
        app = start_app(desk)
        begin_planning(desk, app, "Field visit")
        strike(desk, "CreateItem", "truncate")
        app.click_button("Send to 1 person")
        until("the sentence", lambda: told(app, "unsure").startswith("The answer was lost."))
        shot(desk, "unsure")
        close_by_esc(app)

        def news():
            # The meeting itself may ring meanwhile, under its own title.
            return [text for title, text, _ in plasma.told if title == "Joinbell"]

        # The server is left to finish for two minutes before it is looked at.
        until("the notification", news, 180)
        came = "“Field visit”: It came through after all, and is in your calendar."
        assert news() == [came], plasma.told
        for address in (ANNA, BO):
            assert len(of(url, address, "Field visit")) == 1, address
        until("the meeting in the agenda", lambda: "Field visit" in app.text())
        desk.paint()
        desk.shot("certain")
        app.close()
