//! The days that a pattern names, period by period.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::{Pattern, Range, Recurrence, Weekdays, Which, month_number};

/// One stretch of the calendar in which a pattern is looked for.
#[derive(Debug, Clone, Copy)]
enum Period {
    Day,
    /// With the day on which weeks begin.
    Week(Weekday),
    Month,
}

pub(super) fn within(recurrence: &Recurrence, from: NaiveDate, until: NaiveDate) -> Vec<NaiveDate> {
    let Recurrence {
        pattern,
        first,
        range,
    } = *recurrence;
    let last = match range {
        Range::Until(day) => day.succ_opt().map_or(until, |after| after.min(until)),
        Range::Endless | Range::Count(_) => until,
    };
    let (period, every) = step(&pattern);
    // A counted series is counted from its begin; the others are entered where
    // they are looked at.
    let skipped = match range {
        Range::Count(_) => 0,
        Range::Endless | Range::Until(_) => (distance(period, first, from) / every - 1).max(0),
    };
    let mut left = match range {
        Range::Count(count) => count,
        Range::Endless | Range::Until(_) => u32::MAX,
    };
    let mut found = Vec::new();
    let mut number = skipped;
    // The calendar ends where dates do.
    while let Some(begin) = begin_of(period, first, number.saturating_mul(every)) {
        if begin >= last {
            return found;
        }
        for day in named(&pattern, begin) {
            if day < first {
                continue;
            }
            if day >= last || left == 0 {
                return found;
            }
            left -= 1;
            if day >= from {
                found.push(day);
            }
        }
        number += 1;
    }
    found
}

fn step(pattern: &Pattern) -> (Period, i64) {
    match *pattern {
        Pattern::Daily { every } => (Period::Day, i64::from(every.max(1))),
        Pattern::Weekly {
            every, week_begins, ..
        } => (Period::Week(week_begins), i64::from(every.max(1))),
        Pattern::MonthlyOn { every, .. } | Pattern::MonthlyThe { every, .. } => {
            (Period::Month, i64::from(every.max(1)))
        }
        // Years begin in the pattern's own month.
        Pattern::YearlyOn { .. } | Pattern::YearlyThe { .. } => (Period::Month, 1),
    }
}

/// Whole periods from the one of `first` to the one of `day`.
fn distance(period: Period, first: NaiveDate, day: NaiveDate) -> i64 {
    match period {
        Period::Day => (day - first).num_days(),
        Period::Week(begins) => {
            (week_of(day, begins).unwrap_or(day) - week_of(first, begins).unwrap_or(first))
                .num_days()
                / 7
        }
        Period::Month => month_number(day) - month_number(first),
    }
}

/// The first day of the period that comes so many after the one of `first`.
fn begin_of(period: Period, first: NaiveDate, number: i64) -> Option<NaiveDate> {
    let number = u64::try_from(number).ok()?;
    match period {
        Period::Day => first.checked_add_days(Days::new(number)),
        Period::Week(begins) => {
            week_of(first, begins)?.checked_add_days(Days::new(number.checked_mul(7)?))
        }
        Period::Month => first
            .with_day(1)?
            .checked_add_months(chrono::Months::new(u32::try_from(number).ok()?)),
    }
}

fn week_of(day: NaiveDate, begins: Weekday) -> Option<NaiveDate> {
    day.checked_sub_days(Days::new(u64::from(day.weekday().days_since(begins))))
}

/// The days of the pattern in the period that begins here.
fn named(pattern: &Pattern, begin: NaiveDate) -> Vec<NaiveDate> {
    match *pattern {
        Pattern::Daily { .. } => vec![begin],
        Pattern::Weekly { days, .. } => begin
            .iter_days()
            .take(7)
            .filter(|day| days.contains(day.weekday()))
            .collect(),
        Pattern::MonthlyOn { day, .. } => on_day(begin, day).into_iter().collect(),
        Pattern::MonthlyThe { which, days, .. } => the(begin, which, days).into_iter().collect(),
        Pattern::YearlyOn { month, day } if begin.month() == month => {
            on_day(begin, day).into_iter().collect()
        }
        Pattern::YearlyThe { month, which, days } if begin.month() == month => {
            the(begin, which, days).into_iter().collect()
        }
        Pattern::YearlyOn { .. } | Pattern::YearlyThe { .. } => Vec::new(),
    }
}

fn on_day(month: NaiveDate, day: u32) -> Option<NaiveDate> {
    month.with_day(day.clamp(1, length_of(month)))
}

fn the(month: NaiveDate, which: Which, days: Weekdays) -> Option<NaiveDate> {
    let mut fit = month
        .iter_days()
        .take_while(|day| day.month() == month.month())
        .filter(|day| days.contains(day.weekday()));
    match which {
        Which::First => fit.next(),
        Which::Second => fit.nth(1),
        Which::Third => fit.nth(2),
        Which::Fourth => fit.nth(3),
        Which::Last => fit.last(),
    }
}

/// How many days a month has, by its first one.
fn length_of(month: NaiveDate) -> u32 {
    let last = (28..=31).rev().find_map(|day| month.with_day(day));
    last.map_or(28, |last| last.day())
}
