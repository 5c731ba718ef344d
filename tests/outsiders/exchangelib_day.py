"""A day with Python's exchangelib against the simulated Exchange.

Every step asserts something; the last line counts them.
"""

import datetime as dt
import sys
import threading
import urllib.parse

import dns.resolver
import exchangelib
import urllib3.util.connection
from exchangelib import (
    DELEGATE,
    IMPERSONATION,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDateTime,
    EWSTimeZone,
    Mailbox,
    OofSettings,
)
from exchangelib.autodiscover.discovery import Autodiscovery
from exchangelib.folders import Calendar
from exchangelib.items import SEND_TO_ALL_AND_SAVE_COPY, SEND_TO_NONE
from exchangelib.properties import Attendee
from exchangelib.recurrence import Recurrence, WeeklyPattern
from exchangelib.protocol import BaseProtocol
from exchangelib.version import EXCHANGE_2016, Version

URL, PASSWORD, AUTHENTICATION = sys.argv[1:4]
ZONE = EWSTimeZone("Europe/Stockholm")
BaseProtocol.TIMEOUT = 20

passed, failed = 0, 0
kept = {}


def step(sentence):
    """Runs a step; its failure is counted and told, the others go on."""

    def run(function):
        global passed, failed
        try:
            function()
        except Exception as error:  # noqa: BLE001
            failed += 1
            print(f"FAILED {sentence}: {type(error).__name__}: {error}")
        else:
            passed += 1
            print(f"ok     {sentence}")

    return run


def account(address, user=None, access=DELEGATE):
    credentials = Credentials(user or address, PASSWORD)
    configuration = Configuration(
        service_endpoint=URL, credentials=credentials, auth_type=AUTHENTICATION, version=Version(build=EXCHANGE_2016)
    )
    return Account(address, config=configuration, autodiscover=False, access_type=access, default_timezone=ZONE)


def at(days, hour, minute=0):
    day = dt.date.today() + dt.timedelta(days=days)
    return EWSDateTime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def autodiscovered():
    """Anna's account with nothing known but her address and password.

    exchangelib asks fixed names at port 443. In place of DNS, the one name that
    the simulator's certificate has for it leads to the simulator; all others
    are unknown.
    """
    here = urllib.parse.urlsplit(URL)
    name = "autodiscover.example.org"

    class Names:
        def resolve(self, asked, kind, **_):
            if asked.rstrip(".").split(":")[0] in (name, here.netloc.split(":")[0]) and kind == "A":
                return ["127.0.0.1"]
            raise dns.resolver.NXDOMAIN

    connect = urllib3.util.connection.create_connection

    def led(address, *rest, **named):
        return connect((here.hostname, here.port) if address[0] == name else address, *rest, **named)

    Autodiscovery.resolver = Names()
    urllib3.util.connection.create_connection = led
    try:
        return Account(
            "anna@example.org",
            credentials=Credentials("anna@example.org", PASSWORD),
            autodiscover=True,
            default_timezone=ZONE,
        )
    finally:
        urllib3.util.connection.create_connection = connect


print(f"exchangelib {exchangelib.__version__}, {AUTHENTICATION}")

if URL.startswith("https:"):

    @step("finds the server by autodiscover")
    def _():
        found = autodiscovered()
        assert found.protocol.service_endpoint == URL, found.protocol.service_endpoint
        assert found.protocol.auth_type == "NTLM", found.protocol.auth_type
        assert found.calendar.name == "Calendar"


anna = account("anna@example.org")


@step("finds the calendar")
def _():
    assert anna.calendar.name == "Calendar", anna.calendar.name
    assert anna.calendar.total_count > 10


@step("lists a window with occurrences of series")
def _():
    items = list(anna.calendar.view(start=at(-7, 0), end=at(8, 0)))
    stand_ups = [item for item in items if item.subject == "Stand-up"]
    assert len(stand_ups) > 5, len(stand_ups)
    assert {item.type for item in stand_ups} >= {"Occurrence", "Exception"}
    release = [item for item in items if item.subject == "Release planning"]
    assert len(release) == 1 and release[0].organizer.email_address == "bo@example.org"
    assert "webex" in release[0].body
    assert [person.mailbox.name for person in release[0].required_attendees][0] == "Anna Berg"


@step("syncs the whole calendar, and then only what changed")
def _():
    first = list(anna.calendar.sync_items())
    assert {change for change, _ in first} == {"create"}
    assert len(first) == anna.calendar.total_count
    assert list(anna.calendar.sync_items(sync_state=anna.calendar.item_sync_state)) == []


@step("creates a meeting that reaches an attendee and a room")
def _():
    item = CalendarItem(
        account=anna,
        folder=anna.calendar,
        subject="Outsiders' meeting",
        start=at(4, 20),
        end=at(4, 21),
        body="https://example.webex.com/meet/outsiders",
        location="@webex",
        required_attendees=[Attendee(mailbox=Mailbox(email_address="bo@example.org"))],
        resources=[Attendee(mailbox=Mailbox(email_address="room-oak@example.org"))],
    )
    item.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    kept["meeting"] = item
    bo = account("bo@example.org")
    [copy] = [one for one in bo.calendar.view(start=at(4, 19), end=at(4, 22)) if one.subject == item.subject]
    assert copy.my_response_type == "NoResponseReceived" and copy.organizer.email_address == "anna@example.org"
    kept["copy"] = copy


@step("shows the attendee's answer and the room's to the organizer")
def _():
    kept["copy"].accept()
    item = kept["meeting"]
    item.refresh()
    assert item.required_attendees[0].response_type == "Accept"
    assert item.resources[0].response_type == "Accept"


@step("changes the meeting")
def _():
    item = kept["meeting"]
    before = item.changekey
    item.location = "Aula"
    item.save(update_fields=["location"], send_meeting_invitations=SEND_TO_NONE)
    assert item.changekey != before
    item.refresh()
    assert item.location == "Aula" and item.start == at(4, 20), item.start


@step("creates a series in the zone's wall time")
def _():
    start = at(1, 19)
    item = CalendarItem(
        account=anna,
        folder=anna.calendar,
        subject="Outsiders' series",
        start=start,
        end=start + dt.timedelta(minutes=30),
        recurrence=Recurrence(
            pattern=WeeklyPattern(interval=1, weekdays=["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
            start=start.date(),
            number=5,
        ),
    )
    item.save(send_meeting_invitations=SEND_TO_NONE)
    occurrences = [one for one in anna.calendar.view(start=at(0, 0), end=at(30, 0)) if one.subject == item.subject]
    assert len(occurrences) == 5, len(occurrences)
    assert {one.start.astimezone(ZONE).hour for one in occurrences} == {19}
    kept["series"] = item


@step("changes one occurrence and deletes another")
def _():
    master = kept["series"]
    second = master.occurrence(index=2)
    second.refresh()
    second.subject = "Outsiders' exception"
    second.save(update_fields=["subject"], send_meeting_invitations=SEND_TO_NONE)
    third = master.occurrence(index=3)
    third.refresh()
    third.delete(send_meeting_cancellations=SEND_TO_NONE)
    subjects = [one.subject for one in anna.calendar.view(start=at(0, 0), end=at(30, 0))]
    assert subjects.count("Outsiders' exception") == 1 and subjects.count("Outsiders' series") == 3
    master.refresh()
    assert len(master.modified_occurrences) == 1 and len(master.deleted_occurrences) == 1
    assert master.recurrence.boundary.number == 5


@step("hears of a change on a stream")
def _():
    heard = []
    opened = threading.Event()
    with anna.calendar.streaming_subscription() as subscription:

        def change():
            opened.wait(10)
            # exchangelib keeps one connection per account, and the stream has it.
            other = account("anna@example.org", user="svc-calendar@example.org", access=IMPERSONATION)
            item = CalendarItem(account=other, folder=other.calendar, subject="Heard", start=at(5, 7), end=at(5, 8))
            item.save(send_meeting_invitations=SEND_TO_NONE)

        writer = threading.Thread(target=change)
        writer.start()
        threading.Timer(1, opened.set).start()
        for notification in anna.calendar.get_streaming_events(
            subscription, connection_timeout=1, max_notifications_returned=1
        ):
            heard.extend(type(event).__name__ for event in notification.events)
        writer.join()
    assert "CreatedEvent" in heard, heard


@step("reads free and busy times of a colleague")
def _():
    people = [(anna, "Organizer", False), ("bo@example.org", "Required", False)]
    mine, theirs = list(anna.protocol.get_free_busy_info(accounts=people, start=at(0, 0), end=at(2, 0)))
    assert mine.view_type == "DetailedMerged" and theirs.view_type == "FreeBusyMerged", theirs.view_type
    assert any(event.details.subject == "Release planning" for event in mine.calendar_events if event.details)
    assert any(event.busy_type == "Busy" for event in theirs.calendar_events)
    focus = [event.start.astimezone(ZONE).hour for event in theirs.calendar_events]
    assert 11 in focus, focus
    assert theirs.working_hours[0].start == dt.time(8, 0)


@step("sets and reads out-of-office")
def _():
    anna.oof_settings = OofSettings(
        state=OofSettings.SCHEDULED,
        external_audience="Known",
        internal_reply="Away",
        external_reply="Away",
        start=at(10, 0),
        end=at(12, 0),
    )
    settings = anna.oof_settings
    assert settings.state == "Scheduled" and settings.start == at(10, 0), settings.start


@step("resolves a name")
def _():
    found = anna.protocol.resolve_names(["Nyman"], return_full_contact_data=False)
    assert [mailbox.email_address for mailbox in found] == ["clara@example.org"], found


@step("finds rooms in their list")
def _():
    [rooms] = list(anna.protocol.get_roomlists())
    found = [room.email_address for room in anna.protocol.get_rooms(rooms.email_address)]
    assert "room-oak@example.org" in found, found


@step("pulls events by watermark")
def _():
    with anna.calendar.pull_subscription() as (subscription, watermark):
        item = CalendarItem(account=anna, folder=anna.calendar, subject="Pulled", start=at(5, 6), end=at(5, 7))
        item.save(send_meeting_invitations=SEND_TO_NONE)
        heard = [
            type(event).__name__
            for notification in anna.calendar.get_events(subscription, watermark)
            for event in notification.events
        ]
    assert "CreatedEvent" in heard, heard
    kept["pulled"] = item


@step("filters by subject and by time")
def _():
    assert [item.subject for item in anna.calendar.filter(subject="Pulled")] == ["Pulled"]
    assert anna.calendar.filter(subject="Pulled", start__gte=at(5, 8)).count() == 0
    assert anna.calendar.filter(start__gte=at(5, 5), end__lte=at(5, 7)).count() == 1


@step("reads an item as iCalendar")
def _():
    item = anna.calendar.get(subject="Pulled")
    text = item.mime_content.decode()
    assert text.startswith("BEGIN:VCALENDAR") and "SUMMARY" in text, text
    item.delete(send_meeting_cancellations=SEND_TO_NONE)


@step("makes a folder, sees it in the hierarchy, deletes it")
def _():
    list(anna.root.sync_hierarchy())
    made = Calendar(parent=anna.calendar, name="Outsiders' plans")
    made.save()
    [(change, folder)] = list(anna.root.sync_hierarchy(sync_state=anna.root.folder_sync_state))
    assert change == "create" and folder.name == made.name, (change, folder)
    item = CalendarItem(account=anna, folder=made, subject="Apart", start=at(6, 6), end=at(6, 7))
    item.save(send_meeting_invitations=SEND_TO_NONE)
    assert [one.subject for one in made.view(start=at(6, 0), end=at(7, 0))] == ["Apart"]
    assert "Apart" not in [one.subject for one in anna.calendar.view(start=at(6, 0), end=at(7, 0))]
    made.delete()
    [(change, _)] = list(anna.root.sync_hierarchy(sync_state=anna.root.folder_sync_state))
    assert change == "delete", change


@step("moves an item to the trash")
def _():
    item = CalendarItem(account=anna, folder=anna.calendar, subject="Thrown", start=at(6, 6), end=at(6, 7))
    item.save(send_meeting_invitations=SEND_TO_NONE)
    item.move_to_trash(send_meeting_cancellations=SEND_TO_NONE)
    assert [one.subject for one in anna.trash.all()] == ["Thrown"]
    assert not anna.calendar.filter(subject="Thrown").exists()


@step("sorts on the server")
def _():
    starts = [item.start for item in anna.calendar.filter(is_all_day=False).order_by("-start").only("start")]
    assert len(starts) > 5 and starts == sorted(starts, reverse=True), starts


@step("impersonates with the service account")
def _():
    clara = account("clara@example.org", user="svc-calendar@example.org", access=IMPERSONATION)
    assert any(item.subject == "Focus time" for item in clara.calendar.view(start=at(0, 0), end=at(8, 0)))


@step("is refused a colleague's calendar without rights")
def _():
    from exchangelib.errors import ErrorAccessDenied

    greta = account("greta@example.org", user="bo@example.org")
    try:
        list(greta.calendar.view(start=at(0, 0), end=at(1, 0)))
    except ErrorAccessDenied:
        return
    raise AssertionError("no refusal")


@step("deletes the meeting, which stays cancelled with the attendee")
def _():
    kept["meeting"].delete(send_meeting_cancellations=SEND_TO_ALL_AND_SAVE_COPY)
    bo = account("bo@example.org")
    copies = [one for one in bo.calendar.view(start=at(4, 19), end=at(4, 22)) if "Outsiders" in one.subject]
    assert len(copies) == 1 and copies[0].is_cancelled and copies[0].subject.startswith("Canceled: ")


print(f"{AUTHENTICATION}: {passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
