//! The tray as data: icon, texts and menu.

use serde::Serialize;
use specta::Type;

/// The tray as data; the window system draws it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TrayView {
    /// Picks the picture.
    pub icon: TrayIcon,
    /// What the pointer finds, for example "In 4 min · Supplier review".
    pub tooltip: String,
    /// Text beside the icon where the platform shows one, for example
    /// "4 min"; mostly empty.
    pub title: String,
    /// The menu from top to bottom.
    pub menu: Vec<TrayEntry>,
    /// What a middle click does: joins the meeting of now, when there is one.
    pub middle_click: Option<TrayAction>,
}

/// Pictures of the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TrayIcon {
    /// Nothing soon.
    Idle,
    /// A meeting begins within the reminder's lead.
    Soon,
    /// A meeting is on.
    Now,
    /// The user is out of office.
    OutOfOffice,
    /// The server cannot be reached.
    Offline,
    /// The server or the keyring waits for the user.
    NeedsSignIn,
    /// The user wants silence.
    Muted,
}

/// One line of the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrayEntry {
    /// A line that can be clicked.
    Item {
        /// Text.
        text: String,
        /// What a click does.
        action: TrayAction,
    },
    /// A line that only says something.
    Note {
        /// Text.
        text: String,
    },
    /// A rule between groups.
    Separator,
}

/// What a click in the tray does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrayAction {
    /// Opens a meeting's link: `Session::join`.
    Join {
        /// Meeting id.
        meeting: String,
        /// Place in the meeting's list of links.
        index: u32,
        /// Where it led when the menu was drawn.
        host: String,
    },
    /// Puts a meeting's link on the clipboard: `Session::copy_link`.
    CopyLink {
        /// Meeting id.
        meeting: String,
        /// Place in the meeting's list of links.
        index: u32,
        /// Where it led when the menu was drawn.
        host: String,
    },
    /// Opens the agenda window.
    OpenAgenda,
    /// Opens the agenda window at one meeting.
    ShowMeeting {
        /// Meeting id.
        meeting: String,
    },
    /// Brings the ring window back: `Session::show_ring`.
    ShowRing,
    /// Opens the account window.
    AddAccount,
    /// Opens the settings window.
    OpenSettings,
    /// Opens the window in which a meeting is called.
    NewMeeting,
    /// Opens the user's own room: `Session::meet_now`.
    MeetNow,
    /// Lets nothing ring for an hour: `Session::silence`.
    Mute,
    /// Lets reminders ring again: `Session::silence`.
    Unmute,
    /// Pulls again now: `Session::refresh`.
    Refresh,
    /// Ends the program.
    Quit,
}
