//! iCalendar text as an item, as Exchange takes it from `MimeContent`.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::line::{Line, lines};
use super::rule;
use crate::wire::text::resolve;
use crate::world::details::{
    Attendee, Body, Busy, Details, Person, Reminder, Response, Sensitivity,
};
use crate::world::series::Series;
use crate::world::zone;

/// What an iCalendar text says.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) details: Details,
    pub(crate) series: Option<Series>,
    pub(crate) uid: Option<String>,
}

/// Reads the first `VEVENT` with its exceptions; times of no known zone are
/// in `fallback`. Nothing when there is no event, or one that Exchange has no
/// form for.
pub(crate) fn read(text: &str, fallback: Tz) -> Option<Event> {
    let all = lines(text);
    let mut events = Vec::new();
    let mut inner: Option<Vec<Line>> = None;
    for line in all {
        match (line.name.as_str(), line.value.as_str()) {
            ("BEGIN", "VEVENT") => inner = Some(Vec::new()),
            ("END", "VEVENT") => events.extend(inner.take()),
            _ => inner.iter_mut().for_each(|event| event.push(line.clone())),
        }
    }
    let has_own_day = |event: &Vec<Line>| event.iter().any(|line| line.name == "RECURRENCE-ID");
    let master = events.iter().find(|event| !has_own_day(event))?;
    let mut read = one(master, fallback)?;
    for changed in events.iter().filter(|event| has_own_day(event)) {
        let day = changed
            .iter()
            .find(|line| line.name == "RECURRENCE-ID")
            .and_then(|line| moment(line, fallback))?;
        let details = one(changed, fallback)?.details;
        let zone = read.details.zone;
        if let Some(series) = &mut read.series {
            let day = day.at.with_timezone(&zone).date_naive();
            series.changed.insert(day, details);
        }
    }
    Some(read)
}

/// A time in a text.
struct Moment {
    at: DateTime<Utc>,
    zone: Tz,
    whole_day: bool,
}

fn one(event: &[Line], fallback: Tz) -> Option<Event> {
    // What lies in a nested component, such as an alarm, is not the event's.
    let mut depth = 0;
    let mut own = Vec::new();
    let mut alarm = None;
    for line in event {
        match line.name.as_str() {
            "BEGIN" => depth += 1,
            "END" => depth -= 1,
            "TRIGGER" if depth > 0 => alarm = minutes_before(&line.value),
            _ if depth == 0 => own.push(line),
            _ => {}
        }
    }
    let find = |name: &str| own.iter().copied().find(|line| line.name == name);
    let begins = moment(find("DTSTART")?, fallback)?;
    let ends = match (find("DTEND"), find("DURATION")) {
        (Some(line), _) => moment(line, fallback)?.at,
        (None, Some(line)) => begins.at + duration(&line.value)?,
        (None, None) if begins.whole_day => begins.at + Duration::days(1),
        (None, None) => begins.at,
    };
    let text = |name: &str| find(name).map(Line::text).unwrap_or_default();
    let mut details = Details::new(text("SUMMARY"), begins.at, ends, begins.zone);
    details.all_day = begins.whole_day;
    details.location = text("LOCATION");
    details.body = Body::Text(text("DESCRIPTION"));
    details.reminder = alarm.map_or(Reminder::Off, Reminder::Minutes);
    details.sensitivity = match text("CLASS").as_str() {
        "PRIVATE" => Sensitivity::Private,
        "CONFIDENTIAL" => Sensitivity::Confidential,
        _ => Sensitivity::Normal,
    };
    details.busy = match (
        text("X-MICROSOFT-CDO-BUSYSTATUS").as_str(),
        text("TRANSP").as_str(),
    ) {
        ("OOF", _) => Busy::OutOfOffice,
        ("WORKINGELSEWHERE", _) => Busy::WorkingElsewhere,
        ("TENTATIVE", _) => Busy::Tentative,
        ("FREE", _) | ("", "TRANSPARENT") => Busy::Free,
        _ => Busy::Busy,
    };
    details.cancelled = text("STATUS") == "CANCELLED";
    details.sequence = text("SEQUENCE").parse().unwrap_or(0);
    details.organizer = find("ORGANIZER").map(person);
    details.categories = find("CATEGORIES")
        .map(|line| line.value.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    for line in own.iter().filter(|line| line.name == "ATTENDEE") {
        let attendee = Attendee::new(person(line), Response::Unknown);
        match (line.parameter("CUTYPE"), line.parameter("ROLE")) {
            (Some("RESOURCE" | "ROOM"), _) | (_, Some("NON-PARTICIPANT")) => {
                details.resources.push(attendee);
            }
            (_, Some("OPT-PARTICIPANT")) => details.optional.push(attendee),
            _ => details.required.push(attendee),
        }
    }
    let mut series = match find("RRULE") {
        Some(line) => {
            let local = begins.at.with_timezone(&begins.zone).naive_local();
            Some(rule::read(&line.value, local, begins.zone)?)
        }
        None => None,
    };
    if let Some(series) = &mut series {
        for line in own.iter().filter(|line| line.name == "EXDATE") {
            for value in line.value.split(',') {
                let day = Line {
                    value: value.to_owned(),
                    ..(*line).clone()
                };
                let day = moment(&day, begins.zone)?;
                series
                    .deleted
                    .insert(day.at.with_timezone(&begins.zone).date_naive());
            }
        }
    }
    Some(Event {
        details,
        series,
        uid: find("UID").map(|line| line.value.clone()),
    })
}

fn moment(line: &Line, fallback: Tz) -> Option<Moment> {
    let zone = line
        .parameter("TZID")
        .and_then(|id| zone::from_windows(id).or_else(|| id.trim().parse().ok()));
    let zone = zone.unwrap_or(fallback);
    let value = line.value.trim();
    if let Ok(day) = NaiveDate::parse_from_str(value, "%Y%m%d") {
        return Some(Moment {
            at: resolve(day.and_time(NaiveTime::MIN), zone),
            zone,
            whole_day: true,
        });
    }
    let local = NaiveDateTime::parse_from_str(value.trim_end_matches('Z'), "%Y%m%dT%H%M%S").ok()?;
    let (at, zone) = if value.ends_with('Z') {
        (local.and_utc(), Tz::UTC)
    } else {
        (resolve(local, zone), zone)
    };
    Some(Moment {
        at,
        zone,
        whole_day: false,
    })
}

fn person(line: &Line) -> Person {
    let value = line.value.trim();
    let address = match value.split_at_checked(7) {
        Some((scheme, address)) if scheme.eq_ignore_ascii_case("mailto:") => address,
        _ => value,
    };
    Person::new(line.parameter("CN").unwrap_or(address), address)
}

/// Minutes before the start; a trigger at a moment or after it is not taken.
fn minutes_before(value: &str) -> Option<u32> {
    let length = match value.strip_prefix('-') {
        Some(rest) => duration(rest)?,
        None => duration(value).filter(Duration::is_zero)?,
    };
    u32::try_from(length.num_minutes()).ok()
}

/// A length such as `P1DT2H30M` or `P2W` (RFC 5545 section 3.3.6).
fn duration(value: &str) -> Option<Duration> {
    let mut seconds = 0_i64;
    let mut number = 0_i64;
    for character in value.trim_start_matches('+').strip_prefix('P')?.chars() {
        let unit = match character {
            'T' => continue,
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            digit => {
                number = number
                    .checked_mul(10)?
                    .checked_add(i64::from(digit.to_digit(10)?))?;
                continue;
            }
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        number = 0;
    }
    Duration::try_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::icalendar::write;
    use crate::world::World;
    use crate::world::series::{Pattern, Range};

    const ZONE: Tz = Tz::Europe__Berlin;

    fn world() -> World {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let mut world = World::empty(now);
        world.add_mailbox("anna@example.org", "Anna Berg", ZONE, "");
        world
    }

    #[test]
    fn a_meeting_comes_back_from_its_text() {
        let mut world = world();
        let start = world.now();
        let mut details = Details::new(
            "Plan; part 1, «two»",
            start,
            start + Duration::hours(1),
            ZONE,
        )
        .at("Aula \\ north")
        .text("one\r\ntwo")
        .with(Person::new("Bo; Ek", "bo@example.org"), Response::Accept);
        details.organizer = Some(Person::new("Anna Berg", "anna@example.org"));
        details.sensitivity = Sensitivity::Private;
        let number = world.add("anna@example.org", details.clone()).unwrap();
        let mailbox = world.mailbox("anna@example.org").unwrap();
        let text = write(mailbox, mailbox.item(number).unwrap(), None);
        details.required[0].response = Response::Unknown;
        assert_eq!(read(&text, Tz::UTC).unwrap().details, details, "{text}");
    }

    #[test]
    fn a_series_keeps_its_exceptions_and_gaps() {
        let mut world = world();
        let first: NaiveDate = "2026-11-23".parse().unwrap();
        let start = world.now();
        let details = Details::new("Daily", start, start + Duration::minutes(15), ZONE);
        let series = Series::new(Pattern::Daily { every: 1 }, first, Range::Count(5));
        let number = world
            .add_series("anna@example.org", details, series)
            .unwrap();
        let day = |days| first + Duration::days(days);
        world
            .change_occurrence("anna@example.org", number, day(1), |one| {
                one.subject = "Moved".to_owned();
                one.start += Duration::hours(3);
                one.end += Duration::hours(3);
            })
            .unwrap();
        world
            .delete_occurrence("anna@example.org", number, day(2))
            .unwrap();
        let mailbox = world.mailbox("anna@example.org").unwrap();
        let item = mailbox.item(number).unwrap();
        let text = write(mailbox, item, None);
        let event = read(&text, Tz::UTC).unwrap();
        assert_eq!(event.series, item.series, "{text}");
        assert_eq!(event.uid.as_deref(), Some(item.uid.as_str()));
    }

    #[test]
    fn a_day_without_times_runs_from_midnight_to_midnight() {
        let text = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261212\r\nEND:VEVENT\r\n";
        let details = read(text, ZONE).unwrap().details;
        assert!(details.all_day);
        assert_eq!(details.start.to_rfc3339(), "2026-12-11T23:00:00+00:00");
        assert_eq!(details.end - details.start, Duration::days(1));
    }

    proptest! {
        #[test]
        fn no_event_makes_the_reader_fail(
            name in "(DTSTART|DTEND|DURATION|RRULE|EXDATE|RECURRENCE-ID|TRIGGER)",
            value in "[A-Z0-9=;:,+T-]{0,40}",
        ) {
            let text = format!("BEGIN:VEVENT\nDTSTART:20260101T080000\n{name}:{value}\nEND:VEVENT\n");
            read(&text, Tz::UTC);
        }
    }
}
