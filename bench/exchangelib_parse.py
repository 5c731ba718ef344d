"""Reads a GetItem answer with exchangelib and prints its median time in seconds.

usage: exchangelib_parse.py ANSWER ROUNDS
"""

import statistics
import sys
import time
from types import SimpleNamespace

from exchangelib import EWSTimeZone
from exchangelib.items import CalendarItem
from exchangelib.services import GetItem
from exchangelib.version import EXCHANGE_2016, Version


def main():
    path, rounds = sys.argv[1], int(sys.argv[2])
    with open(path, "rb") as file:
        answer = file.read()
    version = Version(EXCHANGE_2016)
    # What reading needs of an account; nothing is sent.
    protocol = SimpleNamespace(version=version, server="bench", config=SimpleNamespace(version=version))
    account = SimpleNamespace(
        protocol=protocol,
        version=version,
        default_timezone=EWSTimeZone("UTC"),
        primary_smtp_address="anna@example.org",
    )
    times = []
    for _ in range(rounds):
        service = GetItem(account=account)
        begun = time.perf_counter()
        items = list(service.parse(answer))
        times.append(time.perf_counter() - begun)
        assert len(items) == 1000, f"{len(items)} items"
        assert all(isinstance(item, CalendarItem) for item in items)
        assert len(items[999].required_attendees) == 8
        assert len(items[999].body) > 2000
    print(statistics.median(times))


main()
