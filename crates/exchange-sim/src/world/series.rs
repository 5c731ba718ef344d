//! Recurring meetings: pattern, range, changed and deleted occurrences.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc, Weekday};

use super::details::Details;
use crate::wire::text::resolve;

/// How a series repeats (`RecurrencePatternTypes`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Every so many days.
    Daily {
        /// Days from one to the next.
        every: u32,
    },
    /// On weekdays of every so many weeks.
    Weekly {
        /// Weeks from one to the next.
        every: u32,
        /// The days, in any order.
        days: Vec<Weekday>,
        /// The day a week begins with; it matters when `every` is above 1.
        week_begins: Weekday,
    },
    /// On a day of every so many months; the last day when a month is shorter.
    MonthlyOn {
        /// Months from one to the next.
        every: u32,
        /// Day of the month.
        day: u32,
    },
    /// On the n-th of some weekdays of every so many months.
    MonthlyThe {
        /// Months from one to the next.
        every: u32,
        /// 1 to 4, or 5 for the last.
        week: u32,
        /// The weekdays that count.
        days: Vec<Weekday>,
    },
    /// On a day of the year.
    YearlyOn {
        /// 1 to 12.
        month: u32,
        /// Day of the month.
        day: u32,
    },
    /// On the n-th of some weekdays in a month of the year.
    YearlyThe {
        /// 1 to 12.
        month: u32,
        /// 1 to 4, or 5 for the last.
        week: u32,
        /// The weekdays that count.
        days: Vec<Weekday>,
    },
}

/// How far a series goes (`RecurrenceRangeTypes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Without end.
    Endless,
    /// Up to this day, included.
    Until(NaiveDate),
    /// So many occurrences, deleted ones counted.
    Count(u32),
}

/// What makes an item a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// How it repeats.
    pub pattern: Pattern,
    /// The day its range begins, in the item's zone.
    pub first: NaiveDate,
    /// How far it goes.
    pub range: Range,
    /// Occurrences that differ, by the day the pattern gives.
    pub changed: BTreeMap<NaiveDate, Details>,
    /// Occurrences taken out, by the day the pattern gives.
    pub deleted: BTreeSet<NaiveDate>,
}

/// One occurrence of a series.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence<'a> {
    /// The day the pattern gives.
    pub(crate) day: NaiveDate,
    /// When the pattern has it begin.
    pub(crate) original_start: DateTime<Utc>,
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
    /// Its own details when it was changed.
    pub(crate) changed: Option<&'a Details>,
}

/// No series is followed further than this many occurrences.
const LONGEST: usize = 20_000;

impl Series {
    /// A series that begins on a day.
    pub fn new(pattern: Pattern, first: NaiveDate, range: Range) -> Self {
        Self {
            pattern,
            first,
            range,
            changed: BTreeMap::new(),
            deleted: BTreeSet::new(),
        }
    }

    /// The days of the pattern within the range, deleted ones included.
    pub(crate) fn days(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        let most = match self.range {
            Range::Count(count) => count as usize,
            Range::Endless | Range::Until(_) => LONGEST,
        };
        (0..)
            .map_while(|round| self.round(round))
            .flatten()
            .filter(|day| *day >= self.first)
            .take_while(|day| match self.range {
                Range::Until(last) => *day <= last,
                Range::Endless | Range::Count(_) => true,
            })
            .take(most.min(LONGEST))
    }

    /// The days of the n-th day, week, month or year of the pattern.
    fn round(&self, round: u32) -> Option<Vec<NaiveDate>> {
        let month = |every: u32| {
            let begin = self.first.with_day(1)?;
            begin.checked_add_months(Months::new(every.max(1).checked_mul(round)?))
        };
        Some(match &self.pattern {
            Pattern::Daily { every } => {
                vec![self.first.checked_add_signed(Duration::days(
                    i64::from(*every).max(1) * i64::from(round),
                ))?]
            }
            Pattern::Weekly {
                every,
                days,
                week_begins,
            } => {
                let begin = self.first.week(*week_begins).checked_first_day()?;
                let week = begin.checked_add_signed(Duration::weeks(
                    i64::from(*every).max(1) * i64::from(round),
                ))?;
                (0..7)
                    .filter_map(|offset| week.checked_add_signed(Duration::days(offset)))
                    .filter(|day| days.contains(&day.weekday()))
                    .collect()
            }
            Pattern::MonthlyOn { every, day } => on_day(month(*every)?, *day).into_iter().collect(),
            Pattern::MonthlyThe { every, week, days } => {
                nth(month(*every)?, *week, days).into_iter().collect()
            }
            Pattern::YearlyOn { month, day } => on_day(self.year(round, *month)?, *day)
                .into_iter()
                .collect(),
            Pattern::YearlyThe { month, week, days } => nth(self.year(round, *month)?, *week, days)
                .into_iter()
                .collect(),
        })
    }

    fn year(&self, round: u32, month: u32) -> Option<NaiveDate> {
        let year = self.first.year().checked_add(i32::try_from(round).ok()?)?;
        if year > 4500 {
            return None;
        }
        NaiveDate::from_ymd_opt(year, month, 1)
    }

    /// The occurrence of a day the pattern gives.
    pub(crate) fn occurrence<'a>(&'a self, master: &Details, day: NaiveDate) -> Occurrence<'a> {
        let begins = master.start.with_timezone(&master.zone).naive_local();
        let original_start = resolve(day.and_time(begins.time()), master.zone);
        let original_end = if master.all_day {
            let ends = master.end.with_timezone(&master.zone).naive_local();
            resolve(
                (day + (ends.date() - begins.date())).and_time(ends.time()),
                master.zone,
            )
        } else {
            original_start + (master.end - master.start)
        };
        let changed = self.changed.get(&day);
        let (start, end) = changed.map_or((original_start, original_end), |details| {
            (details.start, details.end)
        });
        Occurrence {
            day,
            original_start,
            start,
            end,
            changed,
        }
    }

    /// All that take place, in the order of the pattern.
    pub(crate) fn occurrences<'a>(
        &'a self,
        master: &'a Details,
    ) -> impl Iterator<Item = Occurrence<'a>> + 'a {
        self.days()
            .filter(|day| !self.deleted.contains(day))
            .map(|day| self.occurrence(master, day))
    }

    /// Those that overlap the window.
    pub(crate) fn overlapping<'a>(
        &'a self,
        master: &'a Details,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<Occurrence<'a>> {
        // A changed occurrence may have moved into the window from a day
        // outside it, so those are looked at by themselves.
        let horizon = (to + Duration::days(1)).date_naive();
        let regular = self
            .days()
            .take_while(|day| *day <= horizon)
            .filter(|day| !self.deleted.contains(day) && !self.changed.contains_key(day));
        let changed = self
            .changed
            .keys()
            .copied()
            .filter(|day| !self.deleted.contains(day));
        let mut found: Vec<_> = regular
            .chain(changed)
            .map(|day| self.occurrence(master, day))
            .filter(|occurrence| overlaps(occurrence.start, occurrence.end, from, to))
            .collect();
        found.sort_by_key(|occurrence| occurrence.start);
        found
    }
}

/// Whether an item overlaps a window; one without length counts by its start.
pub(crate) fn overlaps(
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> bool {
    start < to && (end > from || start == end && start >= from)
}

fn on_day(month: NaiveDate, day: u32) -> Option<NaiveDate> {
    month.with_day(day.clamp(1, u32::from(month.num_days_in_month())))
}

fn nth(month: NaiveDate, week: u32, days: &[Weekday]) -> Option<NaiveDate> {
    let matching: Vec<NaiveDate> = (1..=u32::from(month.num_days_in_month()))
        .filter_map(|day| month.with_day(day))
        .filter(|day| days.contains(&day.weekday()))
        .collect();
    if week >= 5 {
        matching.last().copied()
    } else {
        matching.get(week.checked_sub(1)? as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(pattern: Pattern, first: &str, range: Range) -> Vec<String> {
        Series::new(pattern, day(first), range)
            .days()
            .take(4)
            .map(|day| day.to_string())
            .collect()
    }

    #[test]
    fn every_second_week_counts_from_the_first_day_of_the_week() {
        let pattern = Pattern::Weekly {
            every: 2,
            days: vec![Weekday::Mon, Weekday::Thu],
            week_begins: Weekday::Mon,
        };
        assert_eq!(
            days(pattern, "2026-11-24", Range::Endless),
            ["2026-11-26", "2026-12-07", "2026-12-10", "2026-12-21"]
        );
    }

    #[test]
    fn the_last_friday_of_each_month_is_found() {
        let pattern = Pattern::MonthlyThe {
            every: 1,
            week: 5,
            days: vec![Weekday::Fri],
        };
        assert_eq!(
            days(pattern, "2026-11-01", Range::Count(3)),
            ["2026-11-27", "2026-12-25", "2027-01-29"]
        );
    }

    #[test]
    fn the_thirty_first_becomes_the_last_day_of_a_shorter_month() {
        let pattern = Pattern::MonthlyOn { every: 1, day: 31 };
        assert_eq!(
            days(pattern, "2027-01-31", Range::Endless),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
        );
    }

    #[test]
    fn a_series_keeps_its_wall_clock_over_a_change_to_summer_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let master = Details::new(
            "Stand-up",
            at("2026-03-27T08:00:00Z"),
            at("2026-03-27T08:15:00Z"),
            Tz::Europe__Stockholm,
        );
        let series = Series::new(
            Pattern::Daily { every: 1 },
            day("2026-03-27"),
            Range::Count(3),
        );
        let starts: Vec<_> = series.occurrences(&master).map(|one| one.start).collect();
        assert_eq!(
            starts,
            [
                at("2026-03-27T08:00:00Z"),
                at("2026-03-28T08:00:00Z"),
                at("2026-03-29T07:00:00Z")
            ]
        );
    }

    #[test]
    fn an_occurrence_moved_into_the_window_is_found_there() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let master = Details::new(
            "Planning",
            at("2026-11-02T08:00:00Z"),
            at("2026-11-02T09:00:00Z"),
            Tz::UTC,
        );
        let mut series = Series::new(
            Pattern::Weekly {
                every: 1,
                days: vec![Weekday::Mon],
                week_begins: Weekday::Mon,
            },
            day("2026-11-02"),
            Range::Endless,
        );
        let moved = Details {
            start: at("2026-11-05T08:00:00Z"),
            end: at("2026-11-05T09:00:00Z"),
            ..master.clone()
        };
        series.changed.insert(day("2026-11-30"), moved);
        series.deleted.insert(day("2026-11-09"));
        let found = series.overlapping(
            &master,
            at("2026-11-03T00:00:00Z"),
            at("2026-11-10T00:00:00Z"),
        );
        assert_eq!(
            found.iter().map(|one| one.day).collect::<Vec<_>>(),
            [day("2026-11-30")]
        );
    }
}
