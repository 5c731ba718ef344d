"""What many scenarios begin with, and ask the app for."""

from desk import until
from tray_watcher import TrayItem
from webdriver import Refused

AGENDA, RING, SETUP = "Meetings", "Reminder", "Connect your calendar"

# Of the simulated Exchange's demo mailbox.
USER, PASSWORD = "anna@example.org", "correct horse battery staple"


def agenda_of(app):
    """Waits for the agenda window and for its first meetings."""
    until("the agenda window", lambda: app.to_window(AGENDA))
    until("today's meetings", lambda: app.run("return document.querySelectorAll('[data-row]').length"))


def ring_of(app):
    """Waits until something rings."""
    until("the ring", lambda: app.to_window(RING), 180)
    until("the Join button", lambda: "Join" in app.text())


def notifications(desk):
    return int(desk.ask("dunstctl", "count", "displayed"))


def name_server(app, server):
    """Writes the server in, as who has no Autodiscover does."""
    until("the first step", lambda: "E-mail address" in app.text())
    app.type("#address", USER)
    app.run("document.querySelector('details').open = true")
    app.type("#server", server)
    app.click("button[type=submit]")
    until("the sign-in", lambda: "Password" in app.text())


def sign_in(app, password):
    app.type("#password", password)
    app.click("button[type=submit]")


def set_up(app, server):
    """A first run that goes well, as far as the agenda."""
    until("the set-up window", lambda: app.to_window(SETUP))
    name_server(app, server)
    sign_in(app, PASSWORD)
    until("the end of the set-up", lambda: "Connected" in app.text())
    open_agenda(app)


def open_agenda(app):
    """The last click of a set-up closes its own window, maybe in mid-click."""
    try:
        app.click("#open-agenda")
    except Refused:
        pass
    agenda_of(app)


def tray_of(desk, watcher):
    until("the tray item", lambda: watcher.items)
    return TrayItem(watcher.address, *watcher.items[-1])


def labels(item):
    return [label for _, label in item.menu()]


def rings_alone(app):
    """Dismisses what rings beside the first meeting with one link, as the day's
    fixed meetings do at nine and at three; true when that one rings alone."""
    return app.run(
        """
        const rings = [...document.querySelectorAll('article.ring')];
        const kept = rings.find((ring) => ring.querySelector('.hint'));
        rings.find((ring) => ring !== kept)?.querySelector('.close').click();
        return rings.length === 1 && kept !== undefined;
        """
    )


def dismissed(app):
    """Dismisses one ring; true when there is none any more."""
    if not app.to_window(RING):
        return True
    try:
        app.click_button("Dismiss")
    except Refused:
        pass  # It has gone meanwhile.
    return False
