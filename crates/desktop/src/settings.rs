//! The user's settings: a TOML file with a version, read with defaults for
//! what it does not say.

pub mod change;
mod check;
mod migration;
mod work;

use std::{collections::BTreeSet, path::PathBuf};

use calendar::keyword::rooms::Rooms;
use serde::{Deserialize, Serialize};
use specta::Type;
use thiserror::Error;

pub use check::{BadSetting, check};
use migration::migrate;
pub(crate) use work::text_of;
pub use work::{WEEK, WorkSettings};

use crate::{formats::HourCycle, words::Language};

/// Everything the user can set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Layout of the file; see [`Settings::VERSION`].
    pub version: u32,
    /// When and how reminders ring.
    pub reminders: ReminderSettings,
    /// When the user works.
    pub work: WorkSettings,
    /// What others may see on the screen.
    pub privacy: PrivacySettings,
    /// What the agenda lists.
    pub agenda: AgendaSettings,
    /// How links are known and opened.
    pub join: JoinSettings,
    /// What keywords in locations stand for.
    pub keywords: KeywordSettings,
    /// Language and formats.
    pub appearance: AppearanceSettings,
    /// Keys that work while other programs have the focus.
    pub shortcuts: ShortcutSettings,
    /// What happens when the user signs in to the computer.
    pub startup: StartupSettings,
}

/// When and how reminders ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReminderSettings {
    /// How long before the start a meeting rings, in minutes.
    pub minutes_before: u16,
    /// How long before the start it rings once more, in minutes.
    pub again_before: BTreeSet<u16>,
    /// What does not ring, although it is in the agenda.
    pub silent: BTreeSet<Silent>,
    /// After how many minutes an unanswered ring collapses to the tray,
    /// counted from the start of the meeting or the ring, whichever is later.
    pub collapse_after_minutes: u16,
    /// Whether a ring is heard: the system's sound for reminders.
    pub sound: bool,
    /// Whether a ring fills the screen.
    pub full_screen: bool,
    /// On which screen the ring stands.
    pub screen: RingScreen,
    /// Whether a ring keeps to the tray while the system says not to disturb,
    /// or that the screen is shared.
    pub quiet: bool,
}

/// What a meeting may be that the user wants no ring for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silent {
    /// Accepted with reservation.
    Tentative,
    /// Not answered yet.
    NotAnswered,
    /// Shown as free.
    Free,
}

impl Silent {
    /// All of them, as they are offered.
    pub const ALL: [Self; 3] = [Self::Tentative, Self::NotAnswered, Self::Free];

    /// As the file has it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Tentative => "tentative",
            Self::NotAnswered => "not_answered",
            Self::Free => "free",
        }
    }
}

/// On which screen a ring stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingScreen {
    /// The one that has the pointer: where the user most likely looks.
    #[default]
    Pointer,
    /// The system's primary one, wherever the pointer is.
    Primary,
}

/// What others may see on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PrivacySettings {
    /// Titles become "Meeting" in tray, ring and notification.
    pub hide_titles: bool,
}

/// What the agenda lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgendaSettings {
    /// Lists meetings the user has declined.
    pub show_declined: bool,
}

/// How links are known and opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JoinSettings {
    /// A file of video services beside or in place of the built-in ones;
    /// `services.toml` in the data folder where this is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services_file: Option<PathBuf>,
    /// Services whose links open in their own program and not in the browser,
    /// by name, for example `Zoom`.
    pub in_app: BTreeSet<String>,
    /// Schemes beside `https` that are never opened, for example `tel`.
    pub never: BTreeSet<String>,
}

/// What keywords in locations (`@webex`, `@meet`) stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeywordSettings {
    /// The rooms, and which of them each word means by itself.
    #[serde(flatten)]
    pub rooms: Rooms,
    /// Whether the desktop program writes join details into the user's own
    /// meetings by itself.
    pub write: bool,
    /// Whether attendees are mailed when join details are written.
    pub tell_attendees: bool,
}

/// Language and formats; what is not set follows the system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppearanceSettings {
    /// Language of the texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Twelve or twenty-four hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<HourCycle>,
    /// Light or dark windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
}

/// Colours of the windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// Keys that work while other programs have the focus; see
/// [`crate::shortcut::Shortcut`] for how they are written. Empty is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShortcutSettings {
    /// Joins the meeting of now, or the next one.
    pub join_next: String,
    /// Opens the agenda window.
    pub open_agenda: String,
    /// Brings what rings back, and the keyboard to it.
    pub show_ring: String,
    /// Mutes for an hour, and ends that.
    pub mute: String,
}

/// What happens when the user signs in to the computer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartupSettings {
    /// Starts Joinbell in the tray.
    pub at_login: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            reminders: ReminderSettings::default(),
            work: WorkSettings::default(),
            privacy: PrivacySettings::default(),
            agenda: AgendaSettings::default(),
            join: JoinSettings::default(),
            keywords: KeywordSettings::default(),
            appearance: AppearanceSettings::default(),
            shortcuts: ShortcutSettings::default(),
            startup: StartupSettings::default(),
        }
    }
}

impl Default for ReminderSettings {
    fn default() -> Self {
        Self {
            minutes_before: 5,
            again_before: BTreeSet::new(),
            silent: BTreeSet::new(),
            collapse_after_minutes: 10,
            sound: false,
            full_screen: false,
            screen: RingScreen::default(),
            quiet: true,
        }
    }
}

/// The settings file cannot be used.
#[derive(Debug, Error)]
pub enum SettingsTrouble {
    /// It is no TOML, or a value has the wrong kind.
    #[error(
        "The settings file cannot be read ({0}); correct it or delete it, the defaults are used until then."
    )]
    Unreadable(String),
    /// A newer program wrote it.
    #[error(
        "The settings file has version {0}, which is newer than this program; update the program, the defaults are used until then."
    )]
    Newer(u32),
    /// A value cannot be used.
    #[error(
        "The settings file cannot be used ({0}); correct it or delete it, the defaults are used until then."
    )]
    Bad(BadSetting),
}

/// Longest lead of a reminder and longest wait before a ring collapses.
pub const MINUTES_MAX: u16 = 24 * 60;

impl Settings {
    /// The layout this program writes.
    pub const VERSION: u32 = 2;

    /// Reads a settings file. What it does not say has its default; what this
    /// version does not know is passed over.
    pub fn read(text: &str) -> Result<Self, SettingsTrouble> {
        let unreadable =
            |error: toml::de::Error| SettingsTrouble::Unreadable(error.message().to_owned());
        let mut table: toml::Table = toml::from_str(text).map_err(unreadable)?;
        migrate(&mut table)?;
        let settings: Self = table.try_into().map_err(unreadable)?;
        check(&settings).map_err(SettingsTrouble::Bad)?;
        Ok(settings)
    }

    /// The file's text.
    pub fn write(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_means_the_defaults() {
        let settings = Settings::read("").unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.reminders.minutes_before, 5);
        assert!(!settings.privacy.hide_titles);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut settings = Settings::default();
        settings.reminders.minutes_before = 2;
        settings.reminders.again_before = [0, 15].into();
        settings.reminders.silent = Silent::ALL.into();
        settings.privacy.hide_titles = true;
        settings.appearance.language = Some(Language::SWEDISH);
        settings.appearance.hours = Some(HourCycle::Twelve);
        assert_eq!(
            Settings::read(&settings.write().unwrap()).unwrap(),
            settings
        );
    }

    #[test]
    fn what_is_silent_is_called_alike_in_the_file_and_in_the_windows() {
        let mut settings = Settings::default();
        settings.reminders.silent = Silent::ALL.into();
        let written = settings.write().unwrap();
        for one in Silent::ALL {
            assert!(
                written.contains(&format!("\"{}\"", one.code())),
                "{written}"
            );
        }
    }

    #[test]
    fn rooms_stand_beside_the_choice_who_hears_of_them() {
        let text = "[keywords]\nwrite = true\npersonal = \"https://acme.webex.com/meet/anna\"\n\
                    meet = \"personal\"\n[join]\nin_app = [\"Zoom\"]\n";
        let settings = Settings::read(text).unwrap();
        assert!(settings.keywords.write && !settings.keywords.tell_attendees);
        assert!(settings.keywords.rooms.personal.ends_with("/anna"));
        assert!(settings.join.in_app.contains("Zoom"));
        assert_eq!(
            Settings::read(&settings.write().unwrap()).unwrap(),
            settings
        );
    }

    #[test]
    fn a_setting_this_version_does_not_know_is_passed_over() {
        let settings = Settings::read("version = 1\n[reminders]\nminutes_before = 3\nsong = 'x'\n");
        assert_eq!(settings.unwrap().reminders.minutes_before, 3);
    }

    #[test]
    fn a_file_of_a_newer_program_is_refused_by_name() {
        let refused = Settings::read("version = 9").unwrap_err();
        assert!(refused.to_string().contains("version 9"), "{refused}");
    }

    #[test]
    fn a_broken_file_is_refused_in_one_sentence() {
        let refused = Settings::read("[reminders]\nminutes_before = 'soon'").unwrap_err();
        assert!(!refused.to_string().contains('\n'), "{refused}");
    }
}
