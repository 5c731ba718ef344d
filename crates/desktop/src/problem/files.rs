//! Files that cannot be used, in words.

use std::path::PathBuf;

use super::{Trouble, setting_text};
use crate::{
    accounts::AccountsTrouble,
    folder::{FolderTrouble, ServicesTrouble, VARIABLE},
    settings::{BadSetting, SettingsTrouble},
    words::Words,
};

/// A file of the data folder, or one that the settings name, cannot be used.
/// Reasons are the system's and the readers' own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileTrouble {
    /// The system names no home folder.
    Homeless,
    /// A file or the folder cannot be made, read or written.
    Unusable {
        /// Which one.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The list of accounts cannot be read.
    Accounts {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A newer program wrote the list of accounts.
    NewerAccounts {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The settings cannot be read.
    Settings {
        /// Why.
        reason: String,
    },
    /// A newer program wrote the settings.
    NewerSettings {
        /// Their version.
        version: u32,
    },
    /// A value of the settings cannot be used.
    BadSetting(BadSetting),
    /// A file of video services cannot be read.
    Services {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Something in a file of video services is wrong.
    BadServices {
        /// The file.
        path: PathBuf,
        /// In which line, counted from 1.
        line: usize,
        /// What.
        reason: String,
    },
}

impl FileTrouble {
    pub(super) fn text(&self, words: &Words) -> String {
        let named = |key, path: &PathBuf, reason: &str| {
            let path = path.to_string_lossy();
            words.with(
                key,
                [
                    ("path", path.into()),
                    ("reason", reason.into()),
                    ("variable", VARIABLE.into()),
                ],
            )
        };
        match self {
            Self::Homeless => words.with("problem-homeless", [("variable", VARIABLE.into())]),
            Self::Unusable { path, reason } => named("problem-file-unusable", path, reason),
            Self::Accounts { path, reason } => named("problem-accounts-file", path, reason),
            Self::NewerAccounts { path, version } => words.with(
                "problem-accounts-newer",
                [
                    ("path", path.to_string_lossy().into()),
                    ("version", (*version).into()),
                ],
            ),
            Self::Settings { reason } => words.with(
                "problem-settings-file",
                [("reason", reason.as_str().into())],
            ),
            Self::NewerSettings { version } => {
                words.with("problem-settings-newer", [("version", (*version).into())])
            }
            Self::BadSetting(bad) => words.with(
                "problem-settings-value",
                [("why", setting_text(bad, words).into())],
            ),
            Self::Services { path, reason } => named("problem-services-file", path, reason),
            Self::BadServices { path, line, reason } => words.with(
                "problem-services-line",
                [
                    ("path", path.to_string_lossy().into()),
                    ("line", line.to_string().into()),
                    ("reason", reason.as_str().into()),
                ],
            ),
        }
    }
}

impl From<FolderTrouble> for Trouble {
    fn from(trouble: FolderTrouble) -> Self {
        Self::File(match trouble {
            FolderTrouble::Homeless => FileTrouble::Homeless,
            FolderTrouble::Unusable { path, source } => FileTrouble::Unusable {
                path,
                reason: source.to_string(),
            },
            FolderTrouble::Accounts { path, source } => match source {
                AccountsTrouble::Unreadable(reason) => FileTrouble::Accounts { path, reason },
                AccountsTrouble::Newer(version) => FileTrouble::NewerAccounts { path, version },
            },
        })
    }
}

impl From<SettingsTrouble> for Trouble {
    fn from(trouble: SettingsTrouble) -> Self {
        Self::File(match trouble {
            SettingsTrouble::Unreadable(reason) => FileTrouble::Settings { reason },
            SettingsTrouble::Newer(version) => FileTrouble::NewerSettings { version },
            SettingsTrouble::Bad(bad) => FileTrouble::BadSetting(bad),
        })
    }
}

impl From<ServicesTrouble> for Trouble {
    fn from(trouble: ServicesTrouble) -> Self {
        Self::File(match trouble {
            ServicesTrouble::Unreadable { path, source } => FileTrouble::Services {
                path,
                reason: source.to_string(),
            },
            ServicesTrouble::Bad { path, source } => FileTrouble::BadServices {
                path,
                line: source.line,
                reason: source.reason,
            },
        })
    }
}
