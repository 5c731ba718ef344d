"""A mailbox with a thousand meetings in the days that are kept."""

from datetime import datetime, timedelta, timezone

MEETINGS = 1000
# Whole days behind and ahead of today that are within the window for sure.
BEHIND, AHEAD = 7, 30
# Nothing begins so close to now, so that nothing rings while it is measured.
SILENCE = timedelta(hours=3)

TITLES = ("Stand-up", "Design review: invoices", "Supplier call with the people of the yard",
          "One to one", "Release planning", "Budget", "Interview", "Sketches for the autumn fair")
PLACES = ("https://acme.webex.com/meet/anna.berg", "Room Oak", "", "https://meet.jit.si/Standup",
          "Room Birch, second floor", "https://teams.microsoft.com/l/meetup-join/19%3ameeting")
STATES = ("busy", "busy", "tentative", "busy", "free", "elsewhere", "busy", "out-of-office")
BODY = "What we talk about, and what was left the last time. " * 12


def world(address, password, now):
    """As TOML, for exchange-sim --world."""
    lines = ["[[mailbox]]", f'address = "{address}"', 'name = "Anna Berg"',
             'zone = "Europe/Stockholm"', f'password = "{password}"']
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = (today + timedelta(days=day, hours=5, minutes=20 * place)
              for place in range(48) for day in range(-BEHIND, AHEAD + 1))
    quiet = (start for start in starts if abs(start - now) > SILENCE)
    for number, start in zip(range(MEETINGS), quiet):
        lines += ["[[mailbox.item]]",
                  f'subject = "{TITLES[number % len(TITLES)]} {number}"',
                  f'start = "{start.isoformat()}"',
                  f"minutes = {20 + number % 3 * 20}",
                  f'location = "{PLACES[number % len(PLACES)]}"',
                  f'show_as = "{STATES[number % len(STATES)]}"',
                  'organizer = "bo@example.org"',
                  f'attendees = ["{address}", "greta@example.org", {{ name = "A guest" }}]',
                  f'body = "{BODY}"']
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(world("anna@example.org", "secret", datetime.now(timezone.utc)))
