"""The straightforward way, as the peer of the bench "times for 20 people over
2 weeks": every slot against every meeting of everybody.

  python3 crates/calendar/benches/naive_suggest.py"""

import datetime
import random
import statistics
import time
import zoneinfo

random.seed(1)
UTC = datetime.timezone.utc
MONDAY = datetime.datetime(2026, 11, 23, tzinfo=UTC)
MINUTES = lambda n: datetime.timedelta(minutes=n)
ZONES = [zoneinfo.ZoneInfo(z) for z in ("Europe/Stockholm", "America/New_York", "Asia/Kolkata")]

people = []
for number in range(20):
    taken = []
    for _ in range(60):
        start = MONDAY + MINUTES(15 * random.randrange(1344))
        taken.append((start, start + MINUTES(30), random.choice(["busy", "tentative", "oof"])))
    people.append(("required" if number < 8 else "optional", taken, ZONES[number % 3]))


def outside_hours(start, end, zone):
    start, end = start.astimezone(zone), end.astimezone(zone)
    return start.weekday() > 4 or start.hour < 8 or end.date() != start.date() or end.time() > datetime.time(17)


def suggest():
    found = []
    slot = MONDAY
    while slot + MINUTES(60) <= MONDAY + datetime.timedelta(days=14):
        end, cost = slot + MINUTES(60), [0] * 5
        for part, taken, zone in people:
            inside = [how for start, stop, how in taken if start < end and slot < stop]
            near = [how for start, stop, how in taken if start < end + MINUTES(15) and slot - MINUTES(15) < stop]
            away = any(how in ("busy", "oof") for how in inside)
            offset = 0 if part == "required" else 2
            cost[offset] += away
            cost[offset + 1] += "tentative" in inside or outside_hours(slot, end, zone)
            cost[4] += not away and any(how != "tentative" for how in near)
        found.append((cost, slot))
        slot += MINUTES(15)
    return sorted(found)[:10]


times = []
for _ in range(7):
    began = time.perf_counter()
    suggest()
    times.append((time.perf_counter() - began) * 1000)
print(f"naive Python: median {statistics.median(times):.0f} ms of {len(times)} ({min(times):.0f} to {max(times):.0f})")
