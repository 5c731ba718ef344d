//! A series of a world file.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

use super::item::{ItemRow, Repeats};
use super::{Moment, WorldFileError, later};
use crate::world::details::Details;
use crate::world::series::{Pattern, Range, Series};

/// An occurrence that differs from its series.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedRow {
    /// The day that the pattern gives.
    day: Moment,
    start: Option<Moment>,
    minutes: Option<i64>,
    subject: Option<String>,
    location: Option<String>,
}

impl ItemRow {
    /// What makes it a series; nothing for a single item.
    pub(super) fn series(&self, details: &Details) -> Result<Option<Series>, WorldFileError> {
        let wrong = |what| WorldFileError::Series(self.subject.clone(), what);
        let Some(repeats) = self.repeats else {
            let alone = self.every.is_none()
                && self.on.is_empty()
                && self.until.is_none()
                && self.times.is_none()
                && self.deleted.is_empty()
                && self.changed.is_empty();
            return if alone {
                Ok(None)
            } else {
                Err(wrong("`repeats`: daily, weekly, monthly or yearly"))
            };
        };
        let first = details.start.with_timezone(&details.zone).date_naive();
        let every = self.every.unwrap_or(1);
        if !(1..=999).contains(&every) {
            return Err(wrong("`every` from 1 to 999"));
        }
        let pattern = match repeats {
            Repeats::Daily => Pattern::Daily { every },
            Repeats::Weekly => Pattern::Weekly {
                every,
                days: self.weekdays(first)?,
                week_begins: Weekday::Mon,
            },
            Repeats::Monthly => Pattern::MonthlyOn {
                every,
                day: first.day(),
            },
            Repeats::Yearly if every == 1 => Pattern::YearlyOn {
                month: first.month(),
                day: first.day(),
            },
            Repeats::Yearly => {
                return Err(wrong("no `every`, because Exchange has none for years"));
            }
        };
        let range = match (&self.until, self.times) {
            (None, None) => Range::Endless,
            (None, Some(times)) if times > 0 => Range::Count(times),
            (Some(until), None) => {
                let last = day(until).filter(|last| first <= *last);
                Range::Until(last.ok_or_else(|| wrong("`until` as a day not before its start"))?)
            }
            _ => return Err(wrong("either `until` or `times` above 0")),
        };
        let mut series = Series::new(pattern, first, range);
        let known = |moment: &Moment| {
            day(moment)
                .filter(|day| {
                    series
                        .days()
                        .take_while(|one| one <= day)
                        .any(|one| one == *day)
                })
                .ok_or_else(|| wrong("days of its own pattern in `deleted` and `changed`"))
        };
        let deleted: Result<Vec<NaiveDate>, _> = self.deleted.iter().map(known).collect();
        let changed: Result<Vec<NaiveDate>, _> =
            self.changed.iter().map(|row| known(&row.day)).collect();
        series.deleted = deleted?.into_iter().collect();
        for (day, row) in changed?.into_iter().zip(&self.changed) {
            let other = row.details(day, first, details);
            let other = other.ok_or_else(|| wrong("times in `changed` that make sense"))?;
            series.changed.insert(day, other);
        }
        Ok(Some(series))
    }

    fn weekdays(&self, first: NaiveDate) -> Result<Vec<Weekday>, WorldFileError> {
        if self.on.is_empty() {
            return Ok(vec![first.weekday()]);
        }
        let days: Option<Vec<Weekday>> = self.on.iter().map(|day| day.parse().ok()).collect();
        days.ok_or_else(|| {
            WorldFileError::Series(self.subject.clone(), "weekdays such as \"Mon\" in `on`")
        })
    }
}

impl ChangedRow {
    /// The occurrence of `day`, changed.
    fn details(&self, day: NaiveDate, first: NaiveDate, series: &Details) -> Option<Details> {
        let mut details = series.clone();
        // The wall time stays what it is in the series.
        let wall = series.start.with_timezone(&series.zone).naive_local() + (day - first);
        let length = (series.end - series.start).num_minutes();
        details.start = match &self.start {
            Some(start) => start.instant(series.zone)?,
            None => crate::wire::text::resolve(wall, series.zone),
        };
        details.end = later(details.start, self.minutes.unwrap_or(length))
            .filter(|end| details.start <= *end)?;
        if let Some(subject) = &self.subject {
            details.subject.clone_from(subject);
        }
        if let Some(location) = &self.location {
            details.location.clone_from(location);
        }
        Some(details)
    }
}

fn day(moment: &Moment) -> Option<NaiveDate> {
    moment.text().parse().ok()
}
