"""First sync of 1,000 events over 20 ms, Joinbell beside exchangelib.

usage: first_sync.py JOINBELL_CLI EXCHANGE_SIM [PAIRS]

Both ask the same simulated server, which holds every answer back for 20 ms.
Joinbell is the whole `joinbell-cli agenda` with an empty store: start,
keyring, requests, sealing and printing. Of exchangelib only the listing with
the same fields is measured, in a process that has been started and imported
already. They take turns; the medians and their ratio are printed.
Needs a session bus with a Secret Service (bench/first_sync starts one).
"""

import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ADDRESS, PASSWORD = "anna@example.org", "a password for the bench"
EVENTS, DELAY = 1000, 20


def world(now):
    first = (now - datetime.timedelta(days=6)).replace(hour=7, minute=0, second=0, microsecond=0)
    lines = [f'[[mailbox]]\naddress = "{ADDRESS}"\nname = "Anna Berg"\nzone = "Europe/Stockholm"\npassword = "{PASSWORD}"\n']
    for number in range(EVENTS):
        start = first + datetime.timedelta(days=number % 35, minutes=30 * (number // 35))
        lines.append(
            f'[[mailbox.item]]\nsubject = "Meeting {number}"\nstart = "{start:%Y-%m-%dT%H:%M:%S}"\nminutes = 25\n'
            f'location = "https://acme.webex.com/meet/anna"\nbody = "{"A few words for each point. " * 40}"\n'
            'organizer = "bo@example.org"\n'
            'attendees = ["clara@example.org", "dora@example.org", "erik@example.org"]\n'
        )
    return "\n".join(lines)


def exchangelib_listing(url, start, end):
    from exchangelib import Account, Configuration, Credentials, DELEGATE, EWSDateTime, EWSTimeZone
    from exchangelib.version import EXCHANGE_2016, Version

    config = Configuration(
        service_endpoint=url, credentials=Credentials(ADDRESS, PASSWORD), auth_type="NTLM",
        version=Version(EXCHANGE_2016),
    )
    account = Account(ADDRESS, config=config, autodiscover=False, access_type=DELEGATE,
                      default_timezone=EWSTimeZone("UTC"))
    begun = time.perf_counter()
    view = account.calendar.view(EWSDateTime.from_datetime(start), EWSDateTime.from_datetime(end))
    items = list(view.only(
        "subject", "sensitivity", "body", "last_modified_time", "reminder_is_set", "uid", "start", "end",
        "is_all_day", "legacy_free_busy_status", "location", "is_cancelled", "type", "my_response_type",
        "organizer", "required_attendees", "optional_attendees", "resources",
    ))
    took = time.perf_counter() - begun
    assert len(items) == EVENTS, f"{len(items)} items"
    assert items[0].body and len(items[0].required_attendees) >= 3
    return took


def main(joinbell, simulator, pairs):
    # The zone of the world file's times is two hours from UTC at most.
    now = datetime.datetime.now(datetime.timezone.utc)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "world.toml").write_text(world(now))
        server = subprocess.Popen(
            [simulator, "--world", scratch / "world.toml", "--control", "127.0.0.1:0", "--for", "900"],
            stdout=subprocess.PIPE, text=True,
        )
        try:
            url, control = server.stdout.readline().strip(), server.stdout.readline().strip()
            slow = json.dumps({"effect": {"delay": DELAY}}).encode()
            urllib.request.urlopen(urllib.request.Request(f"{control}/faults", slow, method="POST")).close()
            data = scratch / "data"
            environment = {**os.environ, "JOINBELL_DATA_DIR": str(data)}
            subprocess.run([joinbell, "account", "add", "--server", url, "--user", ADDRESS],
                           input=PASSWORD, text=True, env=environment, check=True, stdout=subprocess.DEVNULL)
            ours, theirs = [], []
            start, end = now - datetime.timedelta(days=7), now + datetime.timedelta(days=31)
            for _ in range(pairs):
                for file in data.glob("store.sqlite3*"):
                    file.unlink()
                begun = time.perf_counter()
                done = subprocess.run([joinbell, "agenda", "--json", "--days", "31"],
                                      env=environment, capture_output=True, text=True)
                ours.append(time.perf_counter() - begun)
                # An older copy of the store is asked after, and there is none.
                assert done.returncode == 0, done.stderr
                assert len(json.loads(done.stdout)["meetings"]) > EVENTS * 0.7
                theirs.append(exchangelib_listing(url, start, end))
            show = lambda times: f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})"
            print(f"first sync of {EVENTS} events, {DELAY} ms each way and back, {pairs} pairs")
            print(f"  joinbell-cli agenda, whole process  {show(ours)}")
            print(f"  exchangelib, listing alone          {show(theirs)}")
            print(f"  times exchangelib's speed           {statistics.median(theirs) / statistics.median(ours):.1f}")
        finally:
            server.kill()


main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 7)
