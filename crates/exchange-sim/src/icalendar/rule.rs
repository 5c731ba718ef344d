//! Recurrence rules (RFC 5545 section 3.3.10), as far as Exchange has patterns for them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use chrono_tz::Tz;

use crate::wire::text::resolve;
use crate::world::details::Details;
use crate::world::series::{Pattern, Range, Series};

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

pub(super) fn word(day: Weekday) -> &'static str {
    DAYS.iter()
        .find(|(known, _)| *known == day)
        .map_or("MO", |(_, word)| *word)
}

fn words(days: &[Weekday]) -> String {
    days.iter()
        .map(|day| word(*day))
        .collect::<Vec<_>>()
        .join(",")
}

/// The rule of a series.
pub(super) fn write(series: &Series, master: &Details) -> String {
    let place = |week: u32| {
        if week >= 5 {
            "-1".to_owned()
        } else {
            week.to_string()
        }
    };
    // A single weekday carries its place, a set of days has it beside.
    let the = |week: u32, days: &[Weekday]| match days {
        [day] => format!("BYDAY={}{}", place(week), word(*day)),
        days => format!("BYDAY={};BYSETPOS={}", words(days), place(week)),
    };
    let pattern = match &series.pattern {
        Pattern::Daily { every } => format!("FREQ=DAILY;INTERVAL={every}"),
        Pattern::Weekly {
            every,
            days,
            week_begins,
        } => format!(
            "FREQ=WEEKLY;INTERVAL={every};BYDAY={};WKST={}",
            words(days),
            word(*week_begins)
        ),
        Pattern::MonthlyOn { every, day } => {
            format!("FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY={day}")
        }
        Pattern::MonthlyThe { every, week, days } => {
            format!("FREQ=MONTHLY;INTERVAL={every};{}", the(*week, days))
        }
        Pattern::YearlyOn { month, day } => {
            format!("FREQ=YEARLY;BYMONTHDAY={day};BYMONTH={month}")
        }
        Pattern::YearlyThe { month, week, days } => {
            format!("FREQ=YEARLY;{};BYMONTH={month}", the(*week, days))
        }
    };
    match series.range {
        Range::Endless => pattern,
        Range::Count(count) => format!("{pattern};COUNT={count}"),
        Range::Until(last) => {
            let start = master.start.with_timezone(&master.zone).time();
            let until = resolve(last.and_time(start), master.zone);
            format!("{pattern};UNTIL={}", until.format("%Y%m%dT%H%M%SZ"))
        }
    }
}

/// Reads a rule of an event that begins at a wall time. Nothing when Exchange
/// has no pattern for it.
pub(super) fn read(rule: &str, begins: NaiveDateTime, zone: Tz) -> Option<Series> {
    let part = |name: &str| {
        rule.split(';').find_map(|part| {
            let (known, value) = part.split_once('=')?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    let number = |name: &str| part(name).and_then(|value| value.parse::<i32>().ok());
    let every =
        part("INTERVAL").map_or(Some(1), |value| value.parse().ok().filter(|one| *one > 0))?;
    let first = begins.date();
    let days = part("BYDAY").map(by_day);
    let days = match days {
        Some(None) => return None,
        Some(Some(days)) => Some(days),
        None => None,
    };
    let day_of_month = || match number("BYMONTHDAY") {
        None => Some(first.day()),
        Some(-1) => Some(31),
        Some(day) => u32::try_from(day).ok().filter(|day| (1..=31).contains(day)),
    };
    // «BYDAY=2TU» and «BYDAY=TU;BYSETPOS=2» say the same.
    let placed = |days: Vec<(i32, Weekday)>| {
        let place = days
            .first()
            .map(|(place, _)| *place)
            .filter(|place| *place != 0);
        let week = match place.or_else(|| number("BYSETPOS"))? {
            -1 => 5,
            week => u32::try_from(week)
                .ok()
                .filter(|week| (1..=4).contains(week))?,
        };
        Some((
            week,
            days.into_iter().map(|(_, day)| day).collect::<Vec<_>>(),
        ))
    };
    let month = number("BYMONTH")
        .and_then(|month| u32::try_from(month).ok())
        .unwrap_or(first.month());
    let pattern = match (part("FREQ")?, days) {
        ("DAILY", None) => Pattern::Daily { every },
        ("DAILY", Some(days)) if every == 1 => weekly(1, days, part("WKST")),
        ("WEEKLY", None) => weekly(every, vec![(0, first.weekday())], part("WKST")),
        ("WEEKLY", Some(days)) => weekly(every, days, part("WKST")),
        ("MONTHLY", None) => Pattern::MonthlyOn {
            every,
            day: day_of_month()?,
        },
        ("MONTHLY", Some(days)) => {
            let (week, days) = placed(days)?;
            Pattern::MonthlyThe { every, week, days }
        }
        ("YEARLY", None) if every == 1 => Pattern::YearlyOn {
            month,
            day: day_of_month()?,
        },
        ("YEARLY", Some(days)) if every == 1 => {
            let (week, days) = placed(days)?;
            Pattern::YearlyThe { month, week, days }
        }
        _ => return None,
    };
    let range = match (part("COUNT"), part("UNTIL")) {
        (Some(count), _) => Range::Count(count.parse().ok()?),
        (None, Some(until)) => Range::Until(until_day(until, zone)?),
        (None, None) => Range::Endless,
    };
    Some(Series::new(pattern, first, range))
}

fn weekly(every: u32, days: Vec<(i32, Weekday)>, begins: Option<&str>) -> Pattern {
    let week_begins = begins.and_then(day).unwrap_or(Weekday::Mon);
    Pattern::Weekly {
        every,
        days: days.into_iter().map(|(_, day)| day).collect(),
        week_begins,
    }
}

fn day(word: &str) -> Option<Weekday> {
    DAYS.iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(word))
        .map(|(day, _)| *day)
}

/// Days with their place, 0 for none.
fn by_day(value: &str) -> Option<Vec<(i32, Weekday)>> {
    value
        .split(',')
        .map(|one| {
            let (place, word) = one.split_at_checked(one.len().checked_sub(2)?)?;
            let place = if place.is_empty() {
                0
            } else {
                place.parse().ok()?
            };
            Some((place, day(word)?))
        })
        .collect()
}

fn until_day(value: &str, zone: Tz) -> Option<NaiveDate> {
    match NaiveDateTime::parse_from_str(value.trim_end_matches('Z'), "%Y%m%dT%H%M%S") {
        Ok(at) if value.ends_with('Z') => Some(at.and_utc().with_timezone(&zone).date_naive()),
        Ok(at) => Some(at.date()),
        Err(_) => NaiveDate::parse_from_str(value, "%Y%m%d").ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins() -> NaiveDateTime {
        "2026-11-24T09:00:00".parse().unwrap()
    }

    #[test]
    fn every_pattern_comes_back_from_its_rule() {
        let zone = Tz::Europe__Stockholm;
        let start = resolve(begins(), zone);
        let master = Details::new("", start, start, zone);
        let days = vec![Weekday::Tue];
        let week = vec![
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
        ];
        for (pattern, range) in [
            (Pattern::Daily { every: 3 }, Range::Endless),
            (
                Pattern::Weekly {
                    every: 2,
                    days: week.clone(),
                    week_begins: Weekday::Sun,
                },
                Range::Count(7),
            ),
            (
                Pattern::MonthlyOn { every: 1, day: 24 },
                Range::Until("2027-05-24".parse().unwrap()),
            ),
            (
                Pattern::MonthlyThe {
                    every: 2,
                    week: 5,
                    days: week,
                },
                Range::Endless,
            ),
            (Pattern::YearlyOn { month: 11, day: 24 }, Range::Count(2)),
            (
                Pattern::YearlyThe {
                    month: 11,
                    week: 4,
                    days,
                },
                Range::Endless,
            ),
        ] {
            let series = Series::new(pattern, begins().date(), range);
            let rule = write(&series, &master);
            assert_eq!(read(&rule, begins(), zone), Some(series), "{rule}");
        }
    }

    #[test]
    fn a_rule_without_an_exchange_pattern_is_refused() {
        for rule in [
            "FREQ=HOURLY",
            "FREQ=YEARLY;INTERVAL=2",
            "FREQ=MONTHLY;BYDAY=TU",
            "FREQ=WEEKLY;BYDAY=XX",
        ] {
            assert_eq!(read(rule, begins(), Tz::UTC), None, "{rule}");
        }
    }
}
