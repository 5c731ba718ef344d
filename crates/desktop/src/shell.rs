//! What the session asks of the window system, and nothing more.

use thiserror::Error;
use url::Url;

use crate::view::{NotificationView, Problem};

/// The window system's side of a session. Implemented with Tauri in the
/// shell, by the terminal, and by a recorder in the tests.
///
/// Every method returns at once: the session's loop calls it between two
/// decisions. What lasts, the implementation does elsewhere. What the windows
/// and the tray show is not pushed through here; it is watched with
/// [`Session::agenda`], [`Session::ring`] and [`Session::tray`].
///
/// [`Session::agenda`]: crate::Session::agenda
/// [`Session::ring`]: crate::Session::ring
/// [`Session::tray`]: crate::Session::tray
pub trait Shell: Send + Sync + 'static {
    /// A reminder has come due: bring the ring window up without taking the
    /// focus, and tell it by a notification. Called once per reminder, and
    /// once more when a snooze is over.
    fn ring(&self, notification: &NotificationView);

    /// The user asked for what rings: its window comes up, also where they want
    /// to be left alone. [`Session::ring`](crate::Session::ring) has something in it by then.
    fn show_ring(&self);

    /// A silence is over, and what waited in it is to be seen again, unless the
    /// user wants to be left alone. [`Session::ring`](crate::Session::ring) has something in it by
    /// then.
    fn bring_ring_back(&self);

    /// Nothing rings any more, what rings has collapsed to the tray, or the
    /// user wants silence: nothing comes up until it is asked for again.
    fn hide_ring(&self);

    /// The notification of this reminder is of no use any more.
    fn withdraw(&self, reminder: &str);

    /// Opens an address with the system's handler. The session has validated
    /// it; the shell passes it as one argument and never through a command
    /// line.
    fn open(&self, address: &Url) -> Result<(), ShellRefused>;

    /// Puts a text on the clipboard.
    fn copy(&self, text: &str) -> Result<(), ShellRefused>;

    /// Something that was sent is not done, and nobody waits for it any more.
    /// With `in_schedule` the schedule window shows it, where that is there.
    /// Whoever sends nothing has nothing to tell.
    fn failed_late(&self, problem: &Problem, in_schedule: bool) {
        let _ = (problem, in_schedule);
    }

    /// Something that was sent is done, after whoever sent it was told that it
    /// was not certain. `in_schedule` as above.
    fn done_late(&self, sentence: &str, in_schedule: bool) {
        let _ = (sentence, in_schedule);
    }
}

/// The window system could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ShellRefused(
    /// Why, as the system says it; for the log.
    pub String,
);
