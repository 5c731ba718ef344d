//! What the engine publishes.

use std::sync::Arc;

use calendar::Agenda;
use chrono::{DateTime, Duration, Utc};

use crate::backend::FailureKind;

/// The state of one account at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Meetings of the window.
    pub agenda: Arc<Agenda>,
    /// How the engine fares.
    pub health: Health,
    /// When the agenda was last in step with the server; `None` before the
    /// first time.
    pub as_of: Option<DateTime<Utc>>,
    /// Out of office, where the server tells.
    pub oof: Option<Oof>,
    /// By how much the server's clock is ahead of this one, where they differ
    /// ([`crate::skew`]); negative where it is behind.
    pub ahead: Option<Duration>,
}

/// How the engine fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// The first pull of this run is under way.
    Starting,
    /// A later pull is under way.
    Updating,
    /// In step.
    UpToDate,
    /// The last attempt failed; the agenda is as old as `as_of` says.
    Failing {
        /// What can be done about it.
        kind: FailureKind,
        /// One sentence for the user.
        sentence: String,
    },
}

/// Out-of-office settings as far as presence needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oof {
    /// Until switched off.
    On,
    /// Within `[start, end)`.
    Planned {
        /// From.
        start: DateTime<Utc>,
        /// Until.
        end: DateTime<Utc>,
    },
}
