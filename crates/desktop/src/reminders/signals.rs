//! What the machine is told, and what it wants done.

use chrono::{DateTime, Utc};

use super::record::{Record, ReminderId};
use crate::view::SnoozeChoice;

/// A reminder as the calendar wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Which reminder.
    pub id: ReminderId,
    /// The meeting's name across all accounts.
    pub meeting: String,
    /// When it comes due.
    pub due: DateTime<Utc>,
    /// When the meeting begins.
    pub start: DateTime<Utc>,
    /// When the meeting ends; from then on it does not ring.
    pub end: DateTime<Utc>,
    /// Whether the meeting has a reminder of its own in the calendar.
    pub reminded: bool,
}

/// What the machine is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// What earlier runs have stored; empty when there is nothing, or nothing
    /// can be read. Until it has come nothing rings. It may come again when
    /// the store opens late.
    Restored(Vec<Record>),
    /// All reminders the calendar wants, in place of the earlier ones.
    Planned(Vec<Planned>),
    /// The user has answered a reminder.
    Dismiss(ReminderId),
    /// The user wants a reminder again later.
    Snooze(ReminderId, SnoozeChoice),
    /// The user has joined a meeting, from wherever.
    Joined(String),
    /// The user wants to see what waits in the tray.
    Show,
    /// Nothing may ring from now on.
    Muted,
    /// What came due meanwhile rings, and what else waits comes back.
    Unmuted,
    /// The last [`Action::Save`] is on disk.
    Saved,
    /// The last [`Action::Save`] is not on disk.
    NotSaved,
}

/// What the machine wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Ring, now.
    Ring(ReminderId),
    /// Its notification is of no use any more.
    Withdraw(ReminderId),
    /// Store these records and forget those of `forget`, in one step, and
    /// answer with [`Input::Saved`] or [`Input::NotSaved`].
    Save {
        /// Records, each in place of the earlier one with its id.
        put: Vec<Record>,
        /// Ids whose records are of no use any more.
        forget: Vec<ReminderId>,
    },
}

/// Whether an answer found its reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Yes.
    Found,
    /// The reminder is not planned any more, or the choice names a moment
    /// that is over.
    Gone,
}

/// Why the machine wants to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A reminder comes due.
    Due,
    /// A snooze is over.
    SnoozeOver,
    /// The meeting of a ringing reminder ends.
    MeetingOver,
    /// A ring has been without answer for long.
    Collapse,
    /// Records wait to be stored.
    Save,
}
