//! `Recurrence`, first, last, modified and deleted occurrences of a master.

use chrono::{NaiveDate, TimeZone, Weekday};
use chrono_tz::Tz;

use super::fields::item_id;
use super::target::Target;
use super::zone_fields::day_name;
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
use crate::wire::text::instant;
use crate::world::series::{Occurrence, Pattern, Range, Series};

/// One of the five fields; nothing when the target is no master.
pub(super) fn write(
    name: &str,
    target: Target<'_>,
    zone: Tz,
    personality: Personality,
) -> Option<Element> {
    let series = target
        .item
        .series
        .as_ref()
        .filter(|_| target.day.is_none())?;
    let master = &target.item.details;
    let info = |name: &'static str, one: &Occurrence<'_>| {
        element(name)
            .child(item_id(Target {
                day: Some(one.day),
                ..target
            }))
            .child(text("t:Start", instant(one.start, zone)))
            .child(text("t:End", instant(one.end, zone)))
            .child(text("t:OriginalStart", instant(one.original_start, zone)))
    };
    match name {
        "Recurrence" => Some(
            element("t:Recurrence")
                .child(pattern(&series.pattern))
                .child(range(series, master.zone, personality)),
        ),
        "FirstOccurrence" => series
            .occurrences(master)
            .next()
            .map(|one| info("t:FirstOccurrence", &one)),
        "LastOccurrence" if series.range == Range::Endless => None,
        "LastOccurrence" => series
            .occurrences(master)
            .last()
            .map(|one| info("t:LastOccurrence", &one)),
        "ModifiedOccurrences" if series.changed.is_empty() => None,
        "ModifiedOccurrences" => {
            let changed = series
                .changed
                .keys()
                .map(|day| info("t:Occurrence", &series.occurrence(master, *day)));
            Some(element("t:ModifiedOccurrences").children(changed))
        }
        "DeletedOccurrences" if series.deleted.is_empty() => None,
        "DeletedOccurrences" => {
            let deleted = series.deleted.iter().map(|day| {
                let start = series.occurrence(master, *day).original_start;
                element("t:DeletedOccurrence").child(text("t:Start", instant(start, zone)))
            });
            Some(element("t:DeletedOccurrences").children(deleted))
        }
        _ => None,
    }
}

fn pattern(pattern: &Pattern) -> Element {
    let interval = |every: &u32| text("t:Interval", every.to_string());
    let index = |week: u32| {
        let word = match week {
            1 => "First",
            2 => "Second",
            3 => "Third",
            4 => "Fourth",
            _ => "Last",
        };
        text("t:DayOfWeekIndex", word)
    };
    match pattern {
        Pattern::Daily { every } => element("t:DailyRecurrence").child(interval(every)),
        Pattern::Weekly {
            every,
            days,
            week_begins,
        } => element("t:WeeklyRecurrence")
            .child(interval(every))
            .child(text("t:DaysOfWeek", names(days)))
            .child(text("t:FirstDayOfWeek", day_name(*week_begins))),
        Pattern::MonthlyOn { every, day } => element("t:AbsoluteMonthlyRecurrence")
            .child(interval(every))
            .child(text("t:DayOfMonth", day.to_string())),
        Pattern::MonthlyThe { every, week, days } => element("t:RelativeMonthlyRecurrence")
            .child(interval(every))
            .child(text("t:DaysOfWeek", one_name(days)))
            .child(index(*week)),
        Pattern::YearlyOn { month, day } => element("t:AbsoluteYearlyRecurrence")
            .child(text("t:DayOfMonth", day.to_string()))
            .child(text("t:Month", month_name(*month))),
        Pattern::YearlyThe { month, week, days } => element("t:RelativeYearlyRecurrence")
            .child(text("t:DaysOfWeek", one_name(days)))
            .child(index(*week))
            .child(text("t:Month", month_name(*month))),
    }
}

fn range(series: &Series, zone: Tz, personality: Personality) -> Element {
    let first = match personality {
        Personality::ExchangeSe => date(series.first, zone),
        Personality::Grommunio => format!("{}T00:00:00.000000Z", series.first),
    };
    let start = text("t:StartDate", first);
    match series.range {
        Range::Endless => element("t:NoEndRecurrence").child(start),
        Range::Until(last) => element("t:EndDateRecurrence")
            .child(start)
            .child(text("t:EndDate", date(last, zone))),
        Range::Count(count) => element("t:NumberedRecurrence")
            .child(start)
            .child(text("t:NumberOfOccurrences", count.to_string())),
    }
}

/// An `xs:date` with the zone's offset, as Exchange writes it.
fn date(day: NaiveDate, zone: Tz) -> String {
    let offset = zone.offset_from_utc_date(&day);
    let offset = chrono::Offset::fix(&offset);
    if offset.local_minus_utc() == 0 {
        format!("{day}Z")
    } else {
        format!("{day}{offset}")
    }
}

fn names(days: &[Weekday]) -> String {
    days.iter()
        .map(|day| day_name(*day))
        .collect::<Vec<_>>()
        .join(" ")
}

/// `DayOfWeekType` has single words for sets of days.
fn one_name(days: &[Weekday]) -> &'static str {
    let weekend = days
        .iter()
        .filter(|day| matches!(day, Weekday::Sat | Weekday::Sun))
        .count();
    match (days.len(), weekend, days.first()) {
        (1, _, Some(day)) => day_name(*day),
        (2, 2, _) => "WeekendDay",
        (5, 0, _) => "Weekday",
        _ => "Day",
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month_name(month: u32) -> &'static str {
    month
        .checked_sub(1)
        .and_then(|at| MONTHS.get(at as usize))
        .copied()
        .unwrap_or("January")
}

/// The number of a month's name.
pub(crate) fn month_number(name: &str) -> Option<u32> {
    MONTHS
        .iter()
        .position(|month| *month == name)
        .and_then(|at| u32::try_from(at + 1).ok())
}
