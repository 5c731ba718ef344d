"""Reads series, a JSON object a line, and writes the days that dateutil's
rrule finds for each, as a JSON list a line.

RFC 5545 leaves out months that are too short where Exchange takes their last
day: "on day 30" is asked as the last of the days 28 to 30."""

import datetime
import json
import sys

from dateutil import rrule

DAYS = [rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU]


def on_day(day):
    if day <= 28:
        return {"bymonthday": day}
    return {"bymonthday": list(range(28, day + 1)), "bysetpos": -1}


def rule(series):
    date = datetime.date.fromisoformat
    midnight = lambda text: datetime.datetime.combine(date(text), datetime.time())
    options = {"dtstart": midnight(series["first"]), "interval": series.get("every", 1)}
    if "count" in series:
        options["count"] = series["count"]
    elif "until" in series:
        options["until"] = midnight(series["until"])
    if "days" in series:
        options["byweekday"] = [DAYS[day] for day in series["days"]]
    if "which" in series:
        options["bysetpos"] = series["which"]
    if "month" in series:
        options["bymonth"] = series["month"]
    if "day" in series:
        options |= on_day(series["day"])
    if "week_begins" in series:
        options["wkst"] = DAYS[series["week_begins"]]
    kinds = {"daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY, "yearly": rrule.YEARLY}
    return rrule.rrule(kinds[series["kind"]], **options)


for line in sys.stdin:
    series = json.loads(line)
    begin = datetime.datetime.fromisoformat(series["from"])
    end = datetime.datetime.fromisoformat(series["before"])
    found = []
    for moment in rule(series).xafter(begin, inc=True):
        if moment >= end:
            break
        found.append(moment.date().isoformat())
    print(json.dumps(found))
