//! What the notification daemon is given.

use serde::Serialize;
use specta::Type;

/// One desktop notification. It never carries the invitation's text, and with
/// hidden titles nothing of the meeting but when it is and whose service Join
/// opens. No field holds markup: a notification
/// daemon that reads markup must be given these texts escaped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NotificationView {
    /// Reminder id; `Shell::withdraw` names it again.
    pub reminder: String,
    /// Meeting id; what the buttons name.
    pub meeting: String,
    /// First line.
    pub title: String,
    /// Second line, for example "In 5 min · 10:00 – 10:45 · acme.webex.com";
    /// with hidden titles "In 5 min · 10:00 – 10:45 · webex.com".
    pub body: String,
    /// The Join button, when there is one obvious link.
    pub join: Option<NotificationButton>,
    /// Text of the button that dismisses.
    pub dismiss_text: String,
    /// Whether a sound is wanted.
    pub sound: bool,
}

/// A button of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NotificationButton {
    /// Text, for example "Join Webex"; with hidden titles "Join".
    pub text: String,
    /// Place in the meeting's list of links.
    pub index: u32,
    /// The whole host that it opens; not for the daemon.
    pub host: String,
}
