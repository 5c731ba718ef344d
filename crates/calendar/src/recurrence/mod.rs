//! Series: how a meeting repeats, and the occurrences that come of it.
//!
//! Servers expand series themselves as a rule; some do not (grommunio), and
//! then the client does. The pattern counts days in the zone of the item, and
//! only the days found become instants: a stand-up at nine stays at nine when
//! clocks change.
//!
//! The patterns are those of EWS (`RecurrencePatternTypes`). Regenerating
//! ones, which tasks have, name no days and are not taken here: the one that
//! is known stands as [`crate::meeting::Series::Unfollowed`].

mod days;
mod expand;
#[cfg(test)]
mod tests;

pub use expand::{Occurrence, Series};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// Some days of the week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Monday to Friday.
    pub const WORKING: Self = Self(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0b110_0000);
    /// All seven.
    pub const ALL: Self = Self(0b111_1111);

    /// Whether this day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// Whether it is none at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |all, day| all | bit(day)))
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

/// Which of the days that fit within a month (`DayOfWeekIndexType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last.
    Last,
}

/// How a series repeats. An interval of 0 counts as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Pattern {
    /// Every so many days.
    Daily {
        /// Days from one to the next.
        every: u32,
    },
    /// On days of every so many weeks.
    Weekly {
        /// Weeks from one to the next.
        every: u32,
        /// The days.
        days: Weekdays,
        /// The day with which weeks begin; matters for every second week and
        /// more.
        week_begins: Weekday,
    },
    /// On a day of every so many months; on the last one where a month is too
    /// short, as Exchange does ([MS-OXOCAL] 2.2.1.44.1).
    MonthlyOn {
        /// Months from one to the next.
        every: u32,
        /// 1 to 31.
        day: u32,
    },
    /// On the first, … or last of some days of every so many months.
    MonthlyThe {
        /// Months from one to the next.
        every: u32,
        /// Which of them.
        which: Which,
        /// The days that count.
        days: Weekdays,
    },
    /// On a day of the year; on 28 February where there is no 29th.
    YearlyOn {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
    /// On the first, … or last of some days in a month of the year.
    YearlyThe {
        /// 1 to 12.
        month: u32,
        /// Which of them.
        which: Which,
        /// The days that count.
        days: Weekdays,
    },
}

/// How far a series goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Range {
    /// Without end.
    Endless,
    /// Up to and including this day.
    Until(NaiveDate),
    /// So many occurrences, deleted ones counted.
    Count(u32),
}

/// The days of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recurrence {
    /// How it repeats.
    pub pattern: Pattern,
    /// The day the range begins, in the zone of the item. It is an occurrence
    /// only where the pattern says so.
    pub first: NaiveDate,
    /// How far it goes.
    pub range: Range,
}

impl Recurrence {
    /// The days within `[from, until)`, in order. The work is bounded by the
    /// length of the stretch, and for a counted series by the time since its
    /// begin, whatever the pattern says.
    pub fn days(&self, from: NaiveDate, until: NaiveDate) -> Vec<NaiveDate> {
        days::within(self, from, until)
    }
}

/// Months since year 0.
fn month_number(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}
