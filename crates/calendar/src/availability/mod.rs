//! When people and rooms have time, and the times to suggest for a meeting.
//!
//! What a calendar tells others is a row of stretches in which its owner is
//! not simply free. [`Stretches`] makes them a row without overlaps, in which
//! the strongest counts; [`suggest`] walks over it.

mod stretches;
mod suggest;
#[cfg(test)]
mod tests;

use std::ops::Range;

use chrono::{DateTime, Duration, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use stretches::{Stretch, Stretches};
pub use suggest::suggest;

use crate::recurrence::Weekdays;

/// How a stretch of somebody's time is taken, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Working elsewhere: there, and not at the desk.
    Elsewhere,
    /// Perhaps.
    Tentative,
    /// The server does not say.
    Unknown,
    /// Busy.
    Busy,
    /// Out of office.
    OutOfOffice,
}

impl Taken {
    /// Whether a meeting at that time would miss them.
    pub fn is_away(self) -> bool {
        matches!(self, Self::Busy | Self::OutOfOffice)
    }
}

/// When somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hours {
    /// On these days.
    pub days: Weekdays,
    /// From this time of day.
    pub from: NaiveTime,
    /// Until this time of day; not beyond midnight.
    pub to: NaiveTime,
    /// In this zone.
    pub zone: Tz,
}

impl Hours {
    /// Whether all of a stretch is within them.
    pub fn hold(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        let (start, end) = (
            start.with_timezone(&self.zone),
            end.with_timezone(&self.zone),
        );
        let same_day = start.date_naive() == end.date_naive();
        let to_midnight = end.time() == NaiveTime::MIN
            && self.to == NaiveTime::MIN
            && start.date_naive().succ_opt() == Some(end.date_naive());
        self.days
            .contains(chrono::Datelike::weekday(&start.date_naive()))
            && self.from <= start.time()
            && (to_midnight || same_day && end.time() <= self.to)
    }
}

/// As what somebody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Has to be there; also whoever asks.
    Required,
    /// May be there.
    Optional,
    /// A room: one of several will do.
    Room,
}

/// Somebody, or a room, with what is known of their time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// As what they are asked.
    pub part: Part,
    /// How their time is taken; `None` when nothing is known of it.
    pub time: Option<Stretches>,
    /// When they work; `None` when that is not known, and then any hour is as
    /// good.
    pub hours: Option<Hours>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// How long the meeting lasts.
    pub length: Duration,
    /// Between when and when it is to be.
    pub within: Range<DateTime<Utc>>,
    /// At which distances it may begin, counted from full hours.
    pub step: Duration,
    /// How much free time people would like before and after.
    pub buffer: Duration,
    /// How many suggestions at most.
    pub most: usize,
}

/// One thing to know about a suggested time. Numbers are places in the list
/// of parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Everybody is free, so many people.
    AllFree(usize),
    /// All who have to be there are free, so many.
    RequiredFree(usize),
    /// These would miss it.
    Away(Vec<usize>),
    /// These are perhaps taken.
    Tentative(Vec<usize>),
    /// Of these nothing is known.
    Unknown(Vec<usize>),
    /// For these it is outside of their working hours.
    OutsideHours(Vec<usize>),
    /// These have something right before or after it.
    BackToBack(Vec<usize>),
    /// These rooms are free.
    RoomsFree(Vec<usize>),
    /// Rooms were asked, and none is free.
    NoRoomFree,
}

/// A time for the meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Begin.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
    /// What is to know about it, the most important first.
    pub reasons: Vec<Reason>,
}
