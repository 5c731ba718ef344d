"""Takes the README's pictures: the real windows of the demo, light and dark.
Run by tests/real-window/run --pictures."""

import subprocess
import time

from desk import TOP, Desk, until
from webdriver import binary

PICTURES = TOP / "docs" / "pictures"
# A window with letters has more colours than an empty one.
LETTERS = 100


def settle(desk, window):
    """Waits until a window has letters in it and stays as it is."""
    colours = ("import", "-window", window, "-format", "%k", "info:")
    seen = []

    def is_settled():
        seen.append(int(desk.ask(*colours)))
        time.sleep(1)
        return len(seen) > 2 and min(seen[-3:]) == max(seen[-3:]) > LETTERS

    until("the paint", is_settled, 60)


def take(desk, window, name):
    settle(desk, window)
    path = str(PICTURES / f"{name}.png")
    desk.ask("import", "-window", window, path)
    subprocess.run(["convert", path, "-strip", "+dither", "-colors", "200", f"png8:{path}"], check=True)


def write_meeting(desk, window):
    """Fills the schedule window by keys: a title, two people, a room."""
    desk.ask("xdotool", "windowfocus", "--sync", window, "key", "Tab")
    type_slowly(desk, "Field visit: findings")
    desk.ask("xdotool", "key", "Tab")
    # The directory is asked while one types; Enter takes what was found.
    for who in ("Bo Ekman", "Elin Sandell"):
        type_slowly(desk, who)
        time.sleep(3)
        desk.ask("xdotool", "key", "Return")
        time.sleep(2)
    for _ in range(4):
        desk.ask("xdotool", "key", "Tab")
        time.sleep(0.3)
    type_slowly(desk, "Room Oak")
    time.sleep(3)
    desk.ask("xdotool", "key", "Return")
    time.sleep(6)


def type_slowly(desk, text):
    desk.ask("xdotool", "type", "--delay", "90", text)


def main():
    PICTURES.mkdir(parents=True, exist_ok=True)
    for look, theme in (("light", "Adwaita"), ("dark", "Adwaita:dark")):
        with Desk(look) as desk:
            desk.environment["GTK_THEME"] = theme
            desk.environment["TZ"] = "Europe/Stockholm"
            desk.start("joinbell", [binary(), "--demo"])
            (ring,) = until("the ring", lambda: desk.windows("^Joinbell: "), 60)
            (agenda,) = until("the agenda", lambda: desk.windows("^Joinbell$"))
            # What is on already rings first; the picture shows what comes next.
            time.sleep(4)
            desk.ask("xdotool", "windowfocus", "--sync", ring, "key", "Escape")
            until("the first ring to go", lambda: desk.windows("^Joinbell: ") == [])
            (ring,) = until("the next ring", lambda: desk.windows("^Joinbell: "), 150)
            desk.ask("dunstctl", "close-all")
            desk.ask("xdotool", "windowsize", agenda, "408", "760")
            time.sleep(6)
            take(desk, ring, f"ring-{look}")
            take(desk, agenda, f"agenda-{look}")
            # The ring stands above every window.
            desk.ask("xdotool", "windowfocus", "--sync", ring, "key", "Escape")
            until("the ring to go", lambda: desk.windows("^Joinbell: ") == [])
            for key, title, name in (("n", "Schedule", "schedule"), ("comma", "Settings", "settings")):
                desk.ask("xdotool", "windowfocus", "--sync", agenda, "key", key)
                (window,) = until(name, lambda: desk.windows(f"^Joinbell: {title}"))
                time.sleep(4)
                if name == "schedule":
                    write_meeting(desk, window)
                else:
                    # From the search by way of the accounts to the reminders.
                    desk.ask("xdotool", "windowfocus", "--sync", window)
                    desk.ask("xdotool", "key", "--delay", "300", "Tab", "Tab", "Tab", "Return")
                take(desk, window, f"{name}-{look}")
        with Desk(f"setup-{look}") as desk:
            desk.environment["GTK_THEME"] = theme
            desk.start("joinbell", [binary()])
            (setup,) = until("the set-up window", lambda: desk.windows("^Joinbell: "), 30)
            time.sleep(4)
            take(desk, setup, f"setup-{look}")


if __name__ == "__main__":
    main()
