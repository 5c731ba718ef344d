//! An item as iCalendar text.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use super::line::{escape, put};
use super::rule;
use crate::wire::text::plain;
use crate::world::details::{
    Attendee, Body, Busy, Details, Person, Reminder, Response, Sensitivity,
};
use crate::world::mailbox::{Item, Mailbox};
use crate::world::zone::{self, Change};

/// The calendar of an item: a single one, one occurrence, or a series with
/// its exceptions.
pub(crate) fn write(mailbox: &Mailbox, item: &Item, day: Option<NaiveDate>) -> String {
    let mut out = String::with_capacity(2048);
    let occurrence = day.and_then(|day| item.occurrence_details(day));
    let shown = occurrence.as_ref().unwrap_or(&item.details);
    for line in [
        "BEGIN:VCALENDAR",
        "METHOD:PUBLISH",
        "PRODID:Microsoft Exchange Server 2010",
        "VERSION:2.0",
    ] {
        put(&mut out, line);
    }
    zone_component(
        &mut out,
        shown.zone,
        shown.start.with_timezone(&shown.zone).year(),
    );
    event(&mut out, mailbox, item, shown, day);
    if let (None, Some(series)) = (day, &item.series) {
        for (day, details) in &series.changed {
            event(&mut out, mailbox, item, details, Some(*day));
        }
    }
    put(&mut out, "END:VCALENDAR");
    out
}

fn event(
    out: &mut String,
    mailbox: &Mailbox,
    item: &Item,
    details: &Details,
    day: Option<NaiveDate>,
) {
    put(out, "BEGIN:VEVENT");
    people(out, mailbox, details);
    let content = match &details.body {
        Body::Text(content) => content.clone(),
        Body::Html(content) => plain(content),
    };
    if !content.is_empty() {
        put(
            out,
            &format!("DESCRIPTION;LANGUAGE=en-US:{}", escape(&content)),
        );
    }
    if let (None, Some(series)) = (day, &item.series) {
        put(out, &format!("RRULE:{}", rule::write(series, details)));
        for day in &series.deleted {
            let start = series.occurrence(details, *day).original_start;
            put(out, &moment("EXDATE", start, details));
        }
    }
    put(out, &format!("UID:{}", item.uid));
    if let (Some(day), Some(series)) = (day, &item.series) {
        let start = series.occurrence(&item.details, day).original_start;
        put(out, &moment("RECURRENCE-ID", start, &item.details));
    }
    put(
        out,
        &format!("SUMMARY;LANGUAGE=en-US:{}", escape(&details.subject)),
    );
    put(out, &moment("DTSTART", details.start, details));
    put(out, &moment("DTEND", details.end, details));
    let class = match details.sensitivity {
        Sensitivity::Normal => "PUBLIC",
        Sensitivity::Personal | Sensitivity::Private => "PRIVATE",
        Sensitivity::Confidential => "CONFIDENTIAL",
    };
    put(out, &format!("CLASS:{class}"));
    put(out, "PRIORITY:5");
    put(out, &format!("DTSTAMP:{}", utc(item.modified)));
    let free = details.busy == Busy::Free;
    put(
        out,
        if free {
            "TRANSP:TRANSPARENT"
        } else {
            "TRANSP:OPAQUE"
        },
    );
    put(
        out,
        if details.cancelled {
            "STATUS:CANCELLED"
        } else {
            "STATUS:CONFIRMED"
        },
    );
    put(out, &format!("SEQUENCE:{}", details.sequence));
    if !details.location.is_empty() {
        put(
            out,
            &format!("LOCATION;LANGUAGE=en-US:{}", escape(&details.location)),
        );
    }
    if !details.categories.is_empty() {
        let all: Vec<_> = details.categories.iter().map(|one| escape(one)).collect();
        put(out, &format!("CATEGORIES:{}", all.join(",")));
    }
    let busy = match details.busy {
        Busy::OutOfOffice => "OOF",
        Busy::WorkingElsewhere => "WORKINGELSEWHERE",
        Busy::Free => "FREE",
        Busy::Tentative => "TENTATIVE",
        Busy::Busy => "BUSY",
    };
    put(
        out,
        &format!("X-MICROSOFT-CDO-APPT-SEQUENCE:{}", details.sequence),
    );
    put(out, &format!("X-MICROSOFT-CDO-BUSYSTATUS:{busy}"));
    let all_day = if details.all_day { "TRUE" } else { "FALSE" };
    put(out, &format!("X-MICROSOFT-CDO-ALLDAYEVENT:{all_day}"));
    if let Reminder::Minutes(minutes) = details.reminder {
        for line in ["BEGIN:VALARM", "DESCRIPTION:REMINDER"] {
            put(out, line);
        }
        put(out, &format!("TRIGGER;RELATED=START:-PT{minutes}M"));
        for line in ["ACTION:DISPLAY", "END:VALARM"] {
            put(out, line);
        }
    }
    put(out, "END:VEVENT");
}

fn people(out: &mut String, mailbox: &Mailbox, details: &Details) {
    if !details.is_meeting() {
        return;
    }
    let owner = Person::new(mailbox.name.clone(), mailbox.address.clone());
    let organizer = details.organizer.as_ref().unwrap_or(&owner);
    let address = |person: &Person| person.address.clone().unwrap_or_default();
    // A quote cannot be written inside a parameter.
    let name = |person: &Person| person.name.replace('"', "'");
    put(
        out,
        &format!(
            "ORGANIZER;CN=\"{}\":mailto:{}",
            name(organizer),
            address(organizer)
        ),
    );
    let lists = [
        ("REQ-PARTICIPANT", "INDIVIDUAL", &details.required),
        ("OPT-PARTICIPANT", "INDIVIDUAL", &details.optional),
        ("NON-PARTICIPANT", "RESOURCE", &details.resources),
    ];
    for (role, kind, list) in lists {
        for Attendee {
            person, response, ..
        } in list
        {
            let answer = match response {
                Response::Accept | Response::Organizer => "ACCEPTED",
                Response::Tentative => "TENTATIVE",
                Response::Decline => "DECLINED",
                Response::Unknown | Response::NoResponseReceived => "NEEDS-ACTION",
            };
            put(
                out,
                &format!(
                    "ATTENDEE;ROLE={role};CUTYPE={kind};PARTSTAT={answer};RSVP=TRUE;CN=\"{}\":mailto:{}",
                    name(person),
                    address(person)
                ),
            );
        }
    }
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// A time of an item: a date for whole days, else the wall time of its zone.
fn moment(name: &str, at: DateTime<Utc>, details: &Details) -> String {
    let local = at.with_timezone(&details.zone).naive_local();
    if details.all_day {
        return format!("{name};VALUE=DATE:{}", local.format("%Y%m%d"));
    }
    if details.zone == Tz::UTC {
        return format!("{name}:{}", utc(at));
    }
    let id = zone::to_windows(details.zone);
    format!("{name};TZID={id}:{}", local.format("%Y%m%dT%H%M%S"))
}

/// `VTIMEZONE` with the rules of a year, told from 1601 on as Exchange does.
fn zone_component(out: &mut String, zone: Tz, year: i32) {
    let rules = zone::rules(zone, year);
    put(out, "BEGIN:VTIMEZONE");
    put(out, &format!("TZID:{}", zone::to_windows(zone)));
    match rules.daylight {
        None => {
            observance(out, "STANDARD", (rules.standard, rules.standard), None);
            observance(out, "DAYLIGHT", (rules.standard, rules.standard), None);
        }
        Some((to_daylight, to_standard)) => {
            let (summer, winter) = (to_daylight.offset, rules.standard);
            observance(out, "STANDARD", (summer, winter), Some(to_standard));
            observance(out, "DAYLIGHT", (winter, summer), Some(to_daylight));
        }
    }
    put(out, "END:VTIMEZONE");
}

/// One half of a zone, with its offsets in minutes before and after.
fn observance(out: &mut String, name: &str, (from, to): (i32, i32), change: Option<Change>) {
    let offset = |minutes: i32| {
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
    };
    let minute = change.map_or(0, |change| change.minute);
    put(out, &format!("BEGIN:{name}"));
    put(
        out,
        &format!("DTSTART:16010101T{:02}{:02}00", minute / 60, minute % 60),
    );
    put(out, &format!("TZOFFSETFROM:{}", offset(from)));
    put(out, &format!("TZOFFSETTO:{}", offset(to)));
    if let Some(change) = change {
        let week = if change.week >= 5 {
            -1
        } else {
            i64::from(change.week)
        };
        let day = rule::word(change.weekday);
        put(
            out,
            &format!(
                "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY={week}{day};BYMONTH={}",
                change.month
            ),
        );
    }
    put(out, &format!("END:{name}"));
}
