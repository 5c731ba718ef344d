"""The schedule window for real: from a title to a meeting in the mailboxes of
those who were asked."""

import subprocess
from datetime import datetime, timedelta, timezone

from desk import TOP, Desk, until
from mailbox import calendar_of
from webdriver import start_app

AGENDA, SCHEDULE = "Meetings", "Schedule meeting"
PASSWORD = "correct horse battery staple"
ANNA, BO, GRETA, ROOM = (f"{name}@example.org" for name in ("anna", "bo", "greta", "room2"))
ENTER = "\ue007"

# A screen with letters has more colours than one with an empty window.
PAINTED = 900

WORLD = "".join(
    f"""
[[mailbox]]
address = "{address}"
name = "{name}"
password = "{PASSWORD}"
room = {"true" if address == ROOM else "false"}
"""
    for address, name in (
        (ANNA, "Anna Berg"),
        (BO, "Bo Ekman"),
        (GRETA, "Greta Lind"),
        (ROOM, "Room 2"),
    )
)

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def add_account(desk, url, user=ANNA, password=PASSWORD):
    subprocess.run(
        [
            TOP / "target/debug/joinbell-cli",
            *("account", "add", "--server", url, "--user", user, "--password-stdin"),
        ],
        env=desk.environment,
        input=password,
        text=True,
        check=True,
        timeout=60,
        capture_output=True,
    )


def open_schedule(desk, app):
    """Waits for the agenda and goes on into the schedule window."""
    until("the agenda window", lambda: app.to_window(AGENDA))
    until("the first list", lambda: "Up to date" in app.text())
    app.click("button.schedule")
    until("the schedule window", lambda: app.to_window(SCHEDULE))
    until("the form", lambda: app.run("return document.querySelectorAll('[role=combobox]').length") == 3)


def ask(app, place, who):
    """Writes somebody into the required, optional or room field and waits until they are known."""
    fields = app.run("return [...document.querySelectorAll('[role=combobox]')].map((f) => f.id)")
    app.type(f"[id='{fields[place]}']", who + ENTER)


def shot(desk, name):
    """A picture of the screen once the window, which is large, has been painted."""
    colours = ("import", "-window", "root", "-format", "%k", "info:")
    until("the paint", lambda: int(desk.ask(*colours)) > PAINTED)
    desk.paint()
    desk.shot(name)


def title(app):
    return app.run("return document.querySelector('.question input')?.value")


@scenario
def a_meeting_with_two_people_and_a_room_stands_in_their_mailboxes():
    with Desk("schedule") as desk:
        world = desk.home / "world.toml"
        world.write_text(WORLD)
        url = desk.simulator("--world", str(world), "--basic")
        add_account(desk, url)
        app = start_app(desk)
        open_schedule(desk, app)
        app.type(".question input", "Field visit: findings")
        ask(app, 0, "Bo Ekman")
        until("Bo", lambda: "Bo Ekman" in app.text() and "Send to 1 person" in app.text())
        ask(app, 1, GRETA)
        until("Greta", lambda: "Send to 2 people" in app.text())
        ask(app, 2, "Room 2")
        rows = "return document.querySelectorAll('[role=row]').length"
        until("everybody's line", lambda: app.run(rows) == 5)
        until("a suggestion", lambda: app.run("return document.querySelectorAll('.cards input').length"))
        until("the button", lambda: app.run(
            "return document.querySelector('footer .primary').getAttribute('aria-disabled')"
        ) == "false")
        shot(desk, "filled")
        # A quarter later by the keyboard, which the server must hear of.
        before = app.run("return document.querySelector('[role=slider]').ariaValueText")
        app.run("document.querySelector('[role=slider]').focus()")
        app.run("""
            document.querySelector('[role=slider]').dispatchEvent(
              new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
        """)
        later = until("the later time", lambda: (
            now := app.run("return document.querySelector('[role=slider]').ariaValueText")
        ) != before and now)
        app.click_button("Send to 2 people")
        sentence = until("the outcome", lambda: app.run(
            "return document.querySelector('.told.sent')?.innerText"
        ))
        assert sentence.startswith("Sent. In your calendar since"), sentence
        shot(desk, "sent")

        start = datetime.now(timezone.utc) - timedelta(days=1)
        days = [(start + timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in (0, 30)]

        def held_by(address):
            found = calendar_of(url, address, PASSWORD, *days)
            return [one for one in found if one["Subject"] == "Field visit: findings"]

        (own,) = held_by(ANNA)
        for address in (BO, GRETA, ROOM):
            (copy,) = until(f"the meeting at {address}", lambda: held_by(address))
            assert (copy["Start"], copy["End"]) == (own["Start"], own["End"]), (address, copy, own)
        # The clock in the window is the meeting's: minutes are the same in every whole-hour zone.
        assert later.split(",")[-1].split("–")[0].strip()[-2:] == own["Start"][14:16], (later, own)
        (room,) = held_by(ROOM)
        assert room["MyResponseType"] == "Accept", room
        until("the meeting in the agenda", lambda: (
            app.to_window(AGENDA) and "Field visit: findings" in app.text()
        ))
        app.close()


@scenario
def a_draft_is_there_again_after_the_window_was_closed_and_the_program_was_killed():
    with Desk("draft") as desk:
        world = desk.home / "world.toml"
        world.write_text(WORLD)
        url = desk.simulator("--world", str(world), "--basic")
        add_account(desk, url)
        app = start_app(desk)
        open_schedule(desk, app)
        app.type(".question input", "Field visit: findings")
        ask(app, 0, "Bo Ekman")
        until("Bo", lambda: "Send to 1 person" in app.text())
        until("the draft on the disk", lambda: "Draft saved" in app.text())
        # Afterwards, as the window takes the answer of its own script with it.
        app.run(
            "setTimeout(() => window.dispatchEvent("
            "new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })), 50)"
        )
        until("the window to go", lambda: not app.to_window(SCHEDULE))
        app.to_window(AGENDA)
        app.crash()

        app = start_app(desk)
        open_schedule(desk, app)
        until("the title", lambda: title(app) == "Field visit: findings")
        until("Bo", lambda: "Bo Ekman" in app.text())
        on_disk = b"".join(p.read_bytes() for p in desk.data.rglob("*") if p.is_file())
        assert b"Field visit" not in on_disk, "the draft rests on the disk in the clear"
        app.close()
