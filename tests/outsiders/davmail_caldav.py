"""DavMail in front of the simulated Exchange, used as a CalDAV client uses it.

Usage: davmail_caldav.py EWS_URL PASSWORD SCRATCH_FOLDER

Starts /usr/bin/davmail by itself. What arrives in the simulator is read back
past DavMail, by a plain FindItem.
"""

import atexit
import base64
import datetime as dt
import http.client
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

URL, PASSWORD, SCRATCH = sys.argv[1], sys.argv[2], Path(sys.argv[3])
USER = "anna@example.org"
CALENDAR = f"/users/{USER}/calendar/"
SIGN_IN = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}

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


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start_davmail(port):
    settings = SCRATCH / "davmail.properties"
    log = SCRATCH / "davmail.log"
    lines = {
        "davmail.server": "true",
        "davmail.mode": "EWS",
        "davmail.enableEws": "true",
        "davmail.url": URL,
        "davmail.caldavPort": port,
        "davmail.imapPort": "",
        "davmail.smtpPort": "",
        "davmail.popPort": "",
        "davmail.ldapPort": "",
        "davmail.allowRemote": "false",
        "davmail.bindAddress": "127.0.0.1",
        "davmail.disableUpdateCheck": "true",
        "davmail.caldavPastDelay": "30",
        "davmail.logFilePath": log,
    }
    settings.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    program = subprocess.Popen(
        ["davmail", "-server", str(settings)],
        cwd=SCRATCH,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while time.monotonic() < until and program.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return program
        except OSError:
            time.sleep(0.2)
    program.kill()
    raise SystemExit(f"FAILED DavMail does not listen: {log.read_text()[-2000:] if log.exists() else 'no log'}")


def dav(method, path, body="", **headers):
    """One CalDAV request: its status and text."""
    link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    link.request(method, path, body.encode(), SIGN_IN | named)
    answer = link.getresponse()
    text = answer.read().decode()
    link.close()
    return answer.status, text


def at(days, hour, minute=0):
    return (dt.date.today() + dt.timedelta(days=days)).strftime("%Y%m%d") + f"T{hour:02}{minute:02}00"


def listed(first, last):
    """The events of a window as DavMail gives them: UID → iCalendar."""
    status, text = dav(
        "REPORT",
        CALENDAR,
        '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f'<C:time-range start="{at(first, 0)}Z" end="{at(last, 0)}Z"/>'
        "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>",
        Depth="1",
        Content_Type="text/xml",
    )
    assert status == 207, (status, text[:300])
    return [event.replace("\r\n ", "") for event in re.findall(r"BEGIN:VCALENDAR.*?END:VCALENDAR", text, re.S)]


def ask(body):
    """One EWS request past DavMail."""
    request = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
        'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">'
        '<s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )
    call = urllib.request.Request(URL, request.encode(), SIGN_IN | {"Content-Type": "text/xml; charset=utf-8"})
    return urllib.request.urlopen(call, timeout=30).read().decode()


def window(first, last):
    day = lambda days: (dt.date.today() + dt.timedelta(days=days)).isoformat() + "T00:00:00Z"
    return ask(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="calendar:CalendarItemType"/></t:AdditionalProperties></m:ItemShape>'
        f'<m:CalendarView StartDate="{day(first)}" EndDate="{day(last)}"/>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>'
    )


def on_exchange(first, last):
    """Subject, type and start of what the simulator itself lists."""
    field = lambda item, name: re.search(f"<t:{name}>(.*?)</t:{name}>", item)[1]
    return [
        (field(item, "Subject"), field(item, "CalendarItemType"), field(item, "Start"))
        for item in re.findall(r"<t:CalendarItem>.*?</t:CalendarItem>", window(first, last), re.S)
    ]


def ical(uid, *lines):
    return "\r\n".join(
        (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//example//outsiders//EN",
            "BEGIN:VTIMEZONE",
            "TZID:Europe/Stockholm",
            "BEGIN:STANDARD",
            "DTSTART:19701025T030000",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "END:STANDARD",
            "BEGIN:DAYLIGHT",
            "DTSTART:19700329T020000",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "END:DAYLIGHT",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTAMP:{at(0, 0)}Z",
            *lines,
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        )
    )


version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "davmail"], capture_output=True, text=True)
print(f"DavMail {version.stdout or '(version unknown)'}")
PORT = free_port()
davmail = start_davmail(PORT)
# It must not outlive the script, however that ends.
atexit.register(davmail.kill)


@step("DavMail signs in and shows the calendar's properties")
def _():
    status, text = dav(
        "PROPFIND",
        CALENDAR,
        '<D:propfind xmlns:D="DAV:" xmlns:S="http://calendarserver.org/ns/"><D:prop><D:displayname/>'
        "<D:resourcetype/><S:getctag/></D:prop></D:propfind>",
        Depth="0",
        Content_Type="text/xml",
    )
    assert status == 207, (status, text[:300])
    assert "calendar" in text and "getctag" in text, text


@step("DavMail finds no event under a name that none has")
def _():
    status, text = dav("GET", f"{CALENDAR}nobody-wrote-this.ics")
    assert status == 404, (status, text[:300])


@step("DavMail lists meetings of the window, with attendees and the series' rule")
def _():
    events = listed(-7, 20)
    named = {re.search(r"^SUMMARY[^:]*:(.*?)\r?$", event, re.M)[1]: event for event in events}
    assert "Release planning" in named, sorted(named)
    planning = named["Release planning"]
    assert "mailto:bo@example.org" in planning.lower() and "ORGANIZER" in planning, planning
    assert "CLASS:PRIVATE" in named["Dentist"], named["Dentist"]
    assert "DTSTART;VALUE=DATE:" in named["Greta on leave"], named["Greta on leave"]
    assert "FREQ=WEEKLY" in named["Stand-up"], named["Stand-up"]


@step("DavMail creates an event at a zone's wall time")
def _():
    kept["one"] = "outsiders-dav-one"
    status, text = dav(
        "PUT",
        f"{CALENDAR}{kept['one']}.ics",
        ical(
            kept["one"],
            "SUMMARY:Made by DavMail",
            "LOCATION:Aula",
            f"DTSTART;TZID=Europe/Stockholm:{at(3, 18)}",
            f"DTEND;TZID=Europe/Stockholm:{at(3, 19)}",
        ),
        Content_Type="text/calendar; charset=utf-8",
    )
    assert status == 201, (status, text[:300])
    [(_, kind, start)] = [one for one in on_exchange(2, 5) if one[0] == "Made by DavMail"]
    assert kind == "Single", kind
    local = dt.datetime.fromisoformat(start.replace("Z", "+00:00")).astimezone(ZoneInfo("Europe/Stockholm"))
    assert (local.hour, local.minute) == (18, 0), start


@step("DavMail creates a series")
def _():
    kept["series"] = "outsiders-dav-series"
    status, text = dav(
        "PUT",
        f"{CALENDAR}{kept['series']}.ics",
        ical(
            kept["series"],
            "SUMMARY:Daily by DavMail",
            f"DTSTART;TZID=Europe/Stockholm:{at(1, 7)}",
            f"DTEND;TZID=Europe/Stockholm:{at(1, 7, 30)}",
            "RRULE:FREQ=DAILY;COUNT=4",
        ),
        Content_Type="text/calendar; charset=utf-8",
    )
    assert status == 201, (status, text[:300])
    found = [one for one in on_exchange(0, 20) if one[0] == "Daily by DavMail"]
    assert [kind for _, kind, _ in found] == ["Occurrence"] * 4, found


@step("DavMail gives back what it created")
def _():
    status, text = dav("GET", f"{CALENDAR}{kept['one']}.ics")
    assert status == 200, (status, text[:300])
    assert re.search(r"^SUMMARY[^:]*:Made by DavMail\r?$", text, re.M), text
    assert re.search(r"^LOCATION[^:]*:Aula\r?$", text, re.M), text


@step("DavMail deletes an event")
def _():
    status, text = dav("DELETE", f"{CALENDAR}{kept['one']}.ics")
    assert status in (200, 204), (status, text[:300])
    assert not [one for one in on_exchange(2, 5) if one[0] == "Made by DavMail"]


davmail.terminate()
davmail.wait(20)
if failed:
    print((SCRATCH / "davmail.log").read_text()[-4000:])
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
