//! What is remembered about a reminder.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::view::SnoozeChoice;

/// Names one reminder of one start of one meeting, across restarts. A meeting
/// that is moved gets another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReminderId(pub String);

impl fmt::Display for ReminderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What has happened to a reminder. One that nothing has happened to has no
/// record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which reminder.
    pub id: ReminderId,
    /// What happened last.
    pub state: State,
    /// When its meeting ends; long after that the record is forgotten.
    pub end: DateTime<Utc>,
}

/// What happened last to a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum State {
    /// It has rung and waits for an answer.
    Rung {
        /// When.
        at: DateTime<Utc>,
    },
    /// The user wants it again later.
    Snoozed {
        /// What the user chose.
        choice: SnoozeChoice,
        /// When the user chose it.
        asked_at: DateTime<Utc>,
        /// When it rings again.
        until: DateTime<Utc>,
    },
    /// Dismissed or joined.
    Answered,
}

impl State {
    /// "In five minutes" means five minutes, also when the clock is set back
    /// meanwhile. A choice that names the meeting's start stays with it.
    pub(super) fn after_clock_step(self, now: DateTime<Utc>) -> Self {
        match self {
            Self::Snoozed {
                choice: choice @ (SnoozeChoice::FiveMinutes | SnoozeChoice::TenMinutes),
                asked_at,
                until,
            } if now < asked_at => Self::Snoozed {
                choice,
                asked_at: now,
                until: until - (asked_at - now),
            },
            other => other,
        }
    }
}

impl Record {
    /// How long after the end of its meeting a record counts as over: an hour
    /// before the meeting leaves the window of days that is kept.
    pub const KEPT_AFTER_END: Duration = Duration::hours(7 * 24 - 1);
    /// So long it has to be over while the program is awake, so that a clock
    /// that was set wrong for a while makes nothing ring twice.
    pub const OVER_FOR: Duration = Duration::hours(1);
}
