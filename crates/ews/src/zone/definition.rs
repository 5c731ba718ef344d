//! A zone by its own rules (`TimeZoneDefinitionType`): what stands with an
//! item whose zone id nobody knows.

use chrono::{
    DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeZone, Utc, Weekday,
};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::windows_id;
use crate::xml::reader::{Element, Reader, XmlError};

/// Periods, groups or transitions of one definition. Windows has at most two
/// changes a year and some ten eras.
const PARTS_MAX: usize = 64;

/// Offsets from UTC that clocks have, in seconds.
const OFFSET_MAX: i32 = 15 * 3600;

/// Rules of a zone, as they were written by whoever made an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// From when which rules hold, oldest first; the first ones hold from ever.
    eras: Vec<(Option<NaiveDateTime>, Rules)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rules {
    /// One offset the whole year.
    Fixed(FixedOffset),
    /// Changes that come back every year.
    Yearly(Vec<Change>),
}

/// A change of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    month: u32,
    day: Day,
    /// After midnight, on the clock before the change.
    time: Duration,
    /// East of UTC, from then on.
    offset: FixedOffset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    OfMonth(u32),
    /// The weekday of that number; negative ones count from the end.
    Of(Weekday, i32),
}

impl Definition {
    /// Reads the children of `StartTimeZone` or `EndTimeZone`. `None` where
    /// there are none, or they make no sense together.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, XmlError> {
        let (mut periods, mut groups, mut order) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(child) = reader.child()? {
            match child.name() {
                "Periods" => {
                    while let Some(period) = reader.child()? {
                        periods.extend(read_period(&period));
                        reader.skip()?;
                    }
                }
                "TransitionsGroups" => {
                    while let Some(group) = reader.child()? {
                        let id = group.attribute("Id").unwrap_or_default();
                        groups.push((id, transitions(reader)?));
                    }
                }
                "Transitions" => order = transitions(reader)?,
                _ => reader.skip()?,
            }
        }
        let few = [periods.len(), groups.len(), order.len()]
            .into_iter()
            .all(|count| count <= PARTS_MAX);
        Ok(few.then(|| assemble(&periods, &groups, &order)).flatten())
    }

    /// What the clock of the zone is ahead of UTC at a moment.
    pub fn offset(&self, moment: DateTime<Utc>) -> FixedOffset {
        let utc = moment.naive_utc();
        let held =
            |(since, _): &&(Option<NaiveDateTime>, Rules)| since.is_none_or(|since| since <= utc);
        let era = self.eras.iter().rfind(held).or_else(|| self.eras.first());
        match era {
            Some((_, Rules::Fixed(offset))) => *offset,
            Some((_, Rules::Yearly(changes))) => yearly(changes, utc),
            None => Utc.fix(),
        }
    }

    /// The clock of the zone at a moment.
    pub fn local(&self, moment: DateTime<Utc>) -> NaiveDateTime {
        moment.with_timezone(&self.offset(moment)).naive_local()
    }

    /// A zone with an id of Windows's whose clock goes the same in this year
    /// and the next.
    pub fn like(&self, year: i32) -> Option<Tz> {
        let mut moments = Vec::new();
        for year in [year, year.saturating_add(1)] {
            for month in 1..=12 {
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                moments.push(first.and_time(NaiveTime::MIN).and_utc());
            }
            for (_, rules) in &self.eras {
                let Rules::Yearly(changes) = rules else {
                    continue;
                };
                for change in changes {
                    // The offset before is not known here; a day around will do.
                    let at = change.wall(year)?.and_utc();
                    moments.extend((-26..=26).map(|hour| at + Duration::hours(hour)));
                }
            }
        }
        let same = |zone: &&Tz| {
            moments.iter().all(|moment| {
                let there = zone.offset_from_utc_datetime(&moment.naive_utc()).fix();
                there == self.offset(*moment)
            })
        };
        let named = |zone: &&Tz| windows_id(**zone).is_some();
        TZ_VARIANTS.iter().filter(named).find(same).copied()
    }
}

/// The last of the changes before a moment, of this year or the one before.
fn yearly(changes: &[Change], utc: NaiveDateTime) -> FixedOffset {
    let years = [utc.year() - 1, utc.year(), utc.year() + 1];
    let mut walls: Vec<(NaiveDateTime, FixedOffset)> = years
        .into_iter()
        .flat_map(|year| changes.iter().map(move |change| (change, year)))
        .filter_map(|(change, year)| Some((change.wall(year)?, change.offset)))
        .collect();
    walls.sort_by_key(|(wall, _)| *wall);
    // The years come in a circle: before the first change the last one holds.
    let mut current = walls
        .last()
        .map_or_else(|| Utc.fix(), |(_, offset)| *offset);
    for (wall, offset) in walls {
        if utc < wall - Duration::seconds(i64::from(current.local_minus_utc())) {
            break;
        }
        current = offset;
    }
    current
}

impl Change {
    /// The moment on the clock that ends with it.
    fn wall(&self, year: i32) -> Option<NaiveDateTime> {
        let first = NaiveDate::from_ymd_opt(year, self.month, 1)?;
        let date = match self.day {
            Day::OfMonth(day) => first.with_day(day)?,
            Day::Of(weekday, number @ 1..) => {
                let ahead = weekday.days_since(first.weekday());
                let weeks = i64::from(number) - 1;
                let day = first + Duration::days(i64::from(ahead) + 7 * weeks);
                // A fifth one that is not there is the last.
                if day.month() == first.month() {
                    day
                } else {
                    day - Duration::days(7)
                }
            }
            Day::Of(weekday, number) => {
                let last = first + chrono::Months::new(1) - Duration::days(1);
                let back = last.weekday().days_since(weekday);
                let weeks = i64::from(number.saturating_add(1));
                last - Duration::days(i64::from(back)) + Duration::days(7 * weeks)
            }
        };
        date.and_time(NaiveTime::MIN).checked_add_signed(self.time)
    }
}

/// Of a transition what was read, in the order of the schema.
#[derive(Debug, Default)]
struct Transition {
    to: String,
    since: Option<NaiveDateTime>,
    time: Option<Duration>,
    month: Option<u32>,
    day: Option<u32>,
    weekday: Option<Weekday>,
    number: Option<i32>,
}

fn read_period(period: &Element<'_>) -> Option<(String, FixedOffset)> {
    // A bias is what is added to local time to get UTC.
    let bias = length(&period.attribute("Bias")?)?;
    let east = i32::try_from(-bias.num_seconds()).ok()?;
    let offset = FixedOffset::east_opt(east).filter(|_| east.abs() <= OFFSET_MAX)?;
    Some((period.attribute("Id")?, offset))
}

fn transitions(reader: &mut Reader<'_>) -> Result<Vec<Transition>, XmlError> {
    let mut all = Vec::new();
    while reader.child()?.is_some() {
        let mut one = Transition::default();
        while let Some(part) = reader.child()? {
            let name = part.name().to_owned();
            let text = reader.text()?;
            let text = text.trim();
            match name.as_str() {
                "To" => text.clone_into(&mut one.to),
                "DateTime" => one.since = since(text),
                "TimeOffset" => one.time = length(text),
                "Month" => one.month = text.parse().ok(),
                "Day" => one.day = text.parse().ok(),
                "DayOfWeek" => one.weekday = weekday(text),
                "Occurrence" => one.number = text.parse().ok(),
                _ => {}
            }
        }
        all.push(one);
    }
    Ok(all)
}

fn assemble(
    periods: &[(String, FixedOffset)],
    groups: &[(String, Vec<Transition>)],
    order: &[Transition],
) -> Option<Definition> {
    let offset = |id: &str| {
        periods
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, o)| *o)
    };
    let rules = |to: &str| {
        let Some((_, group)) = groups.iter().find(|(id, _)| id == to) else {
            return offset(to).map(Rules::Fixed);
        };
        let changes = group.iter().map(|one| change(one, offset(&one.to)?));
        match group.as_slice() {
            [only] => offset(&only.to).map(Rules::Fixed),
            _ => changes.collect::<Option<Vec<_>>>().map(Rules::Yearly),
        }
    };
    let eras = order.iter().map(|one| Some((one.since, rules(&one.to)?)));
    let mut eras: Vec<_> = match (order, periods) {
        // Periods alone: the one there is.
        ([], [(_, only)]) => vec![(None, Rules::Fixed(*only))],
        _ => eras.collect::<Option<_>>()?,
    };
    eras.sort_by_key(|(since, _)| *since);
    (!eras.is_empty()).then_some(Definition { eras })
}

fn change(one: &Transition, offset: FixedOffset) -> Option<Change> {
    let day = match (one.day, one.weekday, one.number) {
        (Some(day @ 1..=31), ..) => Day::OfMonth(day),
        (None, Some(weekday), Some(number @ (-5..=-1 | 1..=5))) => Day::Of(weekday, number),
        _ => return None,
    };
    Some(Change {
        month: one.month.filter(|month| (1..=12).contains(month))?,
        day,
        time: one.time?,
        offset,
    })
}

/// `DateTime` of an era; whether it is meant by the clock or by UTC servers
/// do not agree, which matters for hours of one night.
fn since(text: &str) -> Option<NaiveDateTime> {
    crate::time::instant(text, Tz::UTC).map(|moment| moment.naive_utc())
}

fn weekday(text: &str) -> Option<Weekday> {
    // `DayOfWeekType` has the names in full.
    (text.len() > 3).then(|| text.parse().ok()).flatten()
}

/// An `xs:duration` of at most two days, as biases and times of day are.
fn length(text: &str) -> Option<Duration> {
    let (sign, text) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim()),
    };
    let mut rest = text.strip_prefix('P')?;
    let mut seconds = 0_i64;
    while let Some(end) = rest.find(|one: char| one.is_ascii_alphabetic()) {
        let (number, tail) = rest.split_at(end);
        let unit: i64 = match tail.as_bytes().first()? {
            b'T' => 0,
            b'D' => 86_400,
            b'H' => 3600,
            b'M' => 60,
            b'S' => 1,
            _ => return None,
        };
        // Fractions are of seconds, and nothing changes by a fraction.
        let number = number.split('.').next().unwrap_or_default();
        if !(number.is_empty() && unit == 0) {
            let number = number.parse::<u32>().ok()?;
            seconds = seconds.checked_add(unit.checked_mul(i64::from(number))?)?;
        }
        rest = tail.get(1..)?;
    }
    (rest.is_empty() && seconds <= 2 * 86_400).then(|| Duration::seconds(sign * seconds))
}

#[cfg(test)]
mod tests;
