//! `TimeZoneDefinitionType` as a client writes it: a zone by its id, or, where
//! the id says nothing to this server, by the rules that stand with it.

use chrono::{Datelike, Duration, NaiveDate, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::zone_fields::day_name;
use crate::wire::tree::Node;
use crate::world::zone::{self, Change, Rules};

/// The zone of a definition, and the id to keep where it is not one of this
/// server's. `None` where neither the id nor the rules of that year belong to
/// a zone on earth.
pub(crate) fn read(definition: &Node, year: i32) -> Option<(Tz, Option<String>)> {
    let id = definition.attribute("Id").unwrap_or_default();
    if let Some(known) = zone::from_windows(id).or_else(|| id.trim().parse().ok()) {
        return Some((known, None));
    }
    let wanted = rules(definition, year)?;
    let named = zone::all().map(|(_, zone, _)| zone);
    let found = named
        .chain(TZ_VARIANTS)
        .find(|zone| zone::rules(*zone, year) == wanted)?;
    Some((found, Some(id.to_owned())))
}

/// The rules that a definition has in a year: those of the last group that
/// has begun by its end.
fn rules(definition: &Node, year: i32) -> Option<Rules> {
    let offset = |id: &str| {
        let periods = definition.child("Periods")?;
        let mut periods = periods.children.iter();
        let period = periods.find(|one| one.attribute("Id") == Some(id))?;
        // A bias is what is added to local time to get UTC.
        Some(-minutes(period.attribute("Bias")?)?)
    };
    let target = |transition: &Node| transition.text_of("To").map(str::to_owned);
    let begun = |transition: &&Node| {
        let since = transition.text_of("DateTime");
        let since = since.and_then(|text| text.get(..4)?.parse::<i32>().ok());
        since.is_none_or(|since| since <= year)
    };
    let transitions = definition.child("Transitions")?;
    let group = target(transitions.children.iter().rfind(begun)?)?;
    let mut groups = definition.child("TransitionsGroups")?.children.iter();
    let group = groups.find(|one| one.attribute("Id") == Some(&group))?;
    match group.children.as_slice() {
        [only] => Some(Rules {
            standard: offset(&target(only)?)?,
            daylight: None,
        }),
        [one, two] => {
            let one = change(one, offset(&target(one)?)?, year)?;
            let two = change(two, offset(&target(two)?)?, year)?;
            let (daylight, standard) = if one.offset > two.offset {
                (one, two)
            } else {
                (two, one)
            };
            Some(Rules {
                standard: standard.offset,
                daylight: Some((daylight, standard)),
            })
        }
        _ => None,
    }
}

fn change(transition: &Node, offset: i32, year: i32) -> Option<Change> {
    let number = |name: &str| transition.text_of(name)?.trim().parse::<i64>().ok();
    let month = u32::try_from(number("Month")?).ok()?;
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let date = if let Some(day) = number("Day") {
        first.with_day(u32::try_from(day).ok()?)?
    } else {
        let named = |day: &Weekday| Some(day_name(*day)) == transition.text_of("DayOfWeek");
        let weekday = (0..7)
            .filter_map(|day| Weekday::try_from(day).ok())
            .find(named)?;
        nth(first, weekday, number("Occurrence")?)?
    };
    Some(Change {
        offset,
        minute: u32::try_from(minutes(transition.text_of("TimeOffset")?)?).ok()?,
        month,
        weekday: date.weekday(),
        week: zone::week_of(date),
    })
}

/// The weekday of that number in a month; negative ones count from its end.
fn nth(first: NaiveDate, weekday: Weekday, occurrence: i64) -> Option<NaiveDate> {
    let mut days = first
        .iter_days()
        .take_while(|day| day.month() == first.month())
        .filter(|day| day.weekday() == weekday);
    match occurrence {
        -5..=-1 => {
            let days: Vec<NaiveDate> = days.collect();
            let place = usize::try_from(occurrence.unsigned_abs()).ok()?;
            days.len().checked_sub(place).map(|at| days[at])
        }
        1..=5 => days.nth(usize::try_from(occurrence - 1).ok()?),
        _ => None,
    }
}

/// Whole minutes of an `xs:duration` of hours, minutes and seconds.
fn minutes(text: &str) -> Option<i32> {
    let (sign, text) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim()),
    };
    let mut rest = text.strip_prefix("PT")?;
    let mut length = Duration::zero();
    while let Some(end) = rest.find(|one: char| one.is_ascii_alphabetic()) {
        let number = rest[..end].split('.').next()?.parse::<i64>().ok()?;
        length += match rest.as_bytes()[end] {
            b'H' => Duration::try_hours(number)?,
            b'M' => Duration::try_minutes(number)?,
            b'S' => Duration::try_seconds(number)?,
            _ => return None,
        };
        rest = &rest[end + 1..];
    }
    let minutes = i32::try_from(length.num_minutes()).ok()?;
    Some(sign * minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::zone_fields::define;

    fn written(zone: Tz, id: &str, year: i32) -> Node {
        let mut document = String::new();
        define("t:StartTimeZone", id, "", zone, year).write(&mut document);
        let named = document.replacen(
            "<t:StartTimeZone",
            "<t:StartTimeZone xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"",
            1,
        );
        crate::wire::tree::parse(&named).unwrap()
    }

    #[test]
    fn a_zone_of_another_name_is_known_by_its_rules() {
        for (_, zone, _) in zone::all() {
            let definition = written(zone, "tzone://Microsoft/Custom", 2026);
            let (found, kept) = read(&definition, 2026).unwrap();
            assert_eq!(zone::rules(found, 2026), zone::rules(zone, 2026), "{zone}");
            assert_eq!(kept.as_deref(), Some("tzone://Microsoft/Custom"));
        }
    }

    #[test]
    fn rules_of_nowhere_are_no_zone() {
        let mut definition = written(Tz::Europe__Berlin, "Mine", 2026);
        definition.children[0].children[0].attributes[0].1 = "-PT7M".to_owned();
        assert_eq!(read(&definition, 2026), None);
        definition.children.clear();
        assert_eq!(read(&definition, 2026), None);
    }
}
