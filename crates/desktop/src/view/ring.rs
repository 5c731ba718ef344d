//! The ring window.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{JoinView, Stage};

/// The ring: every meeting that rings now, in one window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RingView {
    /// The one that starts first comes first.
    pub rings: Vec<RingItemView>,
    /// Whether the window fills the screen.
    pub full_screen: bool,
}

/// One ringing meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RingItemView {
    /// Reminder id; what snooze and dismiss name.
    pub id: String,
    /// Meeting id; what join names.
    pub meeting: String,
    /// For example "In 5 min".
    pub when: String,
    /// For example "10:00 – 10:45".
    pub times: String,
    /// Whether it has begun.
    pub stage: Stage,
    /// How much of the time between the ring and the start is over, 0 to 100.
    pub progress: u8,
    /// Title, or "Meeting" in privacy mode.
    pub title: String,
    /// For example "Ana Berg and 5 others · Room 2".
    pub subtitle: String,
    /// Ways to join, the best first.
    pub joins: Vec<JoinView>,
    /// Snooze choices that still make sense.
    pub snoozes: Vec<SnoozeView>,
    /// Whether there is somebody to tell that the user is running late.
    pub can_run_late: bool,
}

/// One snooze choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SnoozeView {
    /// What is sent back.
    pub choice: SnoozeChoice,
    /// For example "At start".
    pub text: String,
}

/// When a snoozed reminder comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SnoozeChoice {
    /// One minute before the start.
    MinuteBefore,
    /// At the start.
    AtStart,
    /// In five minutes.
    FiveMinutes,
    /// In ten minutes.
    TenMinutes,
}
