//! The settings window, and what it changes.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::AccountView;
use crate::settings::Theme;

/// What a window must know before it says its first word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentView {
    /// Tag of the language, for example "sv" or "pt-BR".
    pub language: String,
    /// The user's choice of colours; the system's where there is none.
    pub theme: Option<Theme>,
    /// The day with which weeks begin in a calendar; 0 is Sunday.
    pub week_begins: u8,
}

/// The settings window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// From top to bottom.
    pub sections: Vec<SectionView>,
    /// The accounts, for their section.
    pub accounts: Vec<AccountView>,
    /// What the button that takes the last change back says, for example
    /// "Undo: Language"; `None` when nothing was changed in this run.
    pub undo: Option<String>,
}

/// The problem report, before it is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// The whole text, as it is copied.
    pub text: String,
    /// How much was taken out of it, for example "12 places taken out".
    pub removed: String,
}

/// One section of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SectionView {
    /// Which one.
    pub section: Section,
    /// Its heading.
    pub title: String,
    /// Its settings; none in the sections of accounts and of diagnostics,
    /// which are made of something else.
    pub settings: Vec<SettingView>,
}

/// The sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Whose meetings are shown.
    Accounts,
    /// When and how reminders ring.
    Reminders,
    /// What keywords in locations stand for.
    Keywords,
    /// How links are opened.
    Join,
    /// What others may see.
    Privacy,
    /// Language, formats and colours.
    Appearance,
    /// Keys that work everywhere.
    Shortcuts,
    /// The problem report.
    Diagnostics,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingView {
    /// What a change names.
    pub name: SettingName,
    /// What it is called.
    pub title: String,
    /// What it does, in a sentence; may be empty.
    pub hint: String,
    /// How it is set, and what it is set to.
    pub control: ControlView,
}

/// How a setting is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ControlView {
    /// On or off.
    Switch {
        /// Whether it is on.
        on: bool,
    },
    /// One of several.
    Choice {
        /// All of them.
        options: Vec<OptionView>,
    },
    /// Any of several.
    Several {
        /// All of them.
        options: Vec<OptionView>,
    },
    /// A whole number of minutes.
    Minutes {
        /// The number.
        value: u16,
        /// The fewest.
        lowest: u16,
        /// The most.
        highest: u16,
    },
    /// A line of text.
    Text {
        /// The text.
        value: String,
        /// An example, shown while it is empty.
        example: String,
    },
}

/// One of the choices of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OptionView {
    /// What a change sends.
    pub value: String,
    /// What it is called.
    pub text: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Everything that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is a field of `settings::Settings`")]
pub enum SettingName {
    MinutesBefore,
    AgainBefore,
    Silent,
    CollapseAfterMinutes,
    OutsideHours,
    WorkDays,
    WorkFrom,
    WorkTo,
    Sound,
    FullScreen,
    RingScreen,
    Quiet,
    AtLogin,
    PersonalRoom,
    Space,
    OneTimeRoom,
    WebexMeans,
    MeetMeans,
    WriteDetails,
    TellAttendees,
    InApp,
    Never,
    ServicesFile,
    HideTitles,
    Language,
    Hours,
    Theme,
    ShowDeclined,
    JoinNext,
    OpenAgenda,
    ShowRing,
    Mute,
}

/// One change of one setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsChange {
    /// Which setting.
    pub name: SettingName,
    /// What it is to be.
    pub value: SettingValue,
}

/// What a setting is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SettingValue {
    /// Of a switch.
    Switch {
        /// Whether it is on.
        on: bool,
    },
    /// Of a choice, a number or a text.
    Text {
        /// The text.
        text: String,
    },
    /// One of several is put in or taken out.
    Part {
        /// Which one.
        value: String,
        /// Whether it is in.
        on: bool,
    },
}
