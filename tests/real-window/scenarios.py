"""The main paths of the real app. Each scenario has a desk of its own; its
name is the sentence that it shows."""

import sys
import time
import traceback

from desk import Desk, until
from webdriver import start_app

SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


@scenario
def the_demo_shows_the_day_rings_and_join_opens_the_link():
    with Desk("demo") as desk:
        app = start_app(desk, "--demo")
        until("the agenda window", lambda: app.to_window("Joinbell"))
        until("today's meetings", lambda: "Today" in app.text())
        desk.shot("agenda")
        until("the ring", lambda: app.to_window("Ring"), 180)
        until("the Join button", lambda: "Join" in app.text())
        desk.shot("ring")
        app.click_button("Join")
        opened = until("the opener", desk.opened_addresses)
        assert opened[0].startswith("https://"), opened
        app.close()


def main(words):
    chosen = [s for s in SCENARIOS if not words or any(w in s.__name__ for w in words)]
    failed = 0
    for run in chosen:
        name, started = run.__name__.replace("_", " "), time.monotonic()
        try:
            run()
            print(f"ok      {name} ({time.monotonic() - started:.0f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {name} ({time.monotonic() - started:.0f} s)", flush=True)
            traceback.print_exc(file=sys.stdout)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
