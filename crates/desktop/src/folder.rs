//! The data folder: settings, the list of accounts, and where the sealed
//! store rests. Nothing secret is written here in the clear; passwords and
//! keys are in the keyring.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use calendar::join::{BadTable, Services};
use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::{
    accounts::{Accounts, AccountsTrouble},
    settings::{JoinSettings, Settings, SettingsTrouble},
};

/// Names the data folder in place of the system's; for tests and for several
/// installations beside each other.
pub const VARIABLE: &str = "JOINBELL_DATA_DIR";

/// Where this installation keeps its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
}

/// Held while one process writes the folder.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// The data folder cannot be used.
#[derive(Debug, Error)]
pub enum FolderTrouble {
    /// The system names no home folder.
    #[error(
        "No home folder is known to this system; set {VARIABLE} to a folder for Joinbell's data."
    )]
    Homeless,
    /// The folder or a file in it cannot be made, read or written.
    #[error(
        "{path} cannot be used ({source}); check its permissions and the free space, or set {VARIABLE} to another folder."
    )]
    Unusable {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The list of accounts is there and cannot be read.
    #[error("{path}: {source}")]
    Accounts {
        /// The file.
        path: PathBuf,
        /// Why.
        source: AccountsTrouble,
    },
}

/// A file of video services cannot be used.
#[derive(Debug, Error)]
pub enum ServicesTrouble {
    /// It cannot be read.
    #[error(
        "{path} cannot be read ({source}); make it readable or take it out of the settings, the built-in video services are used until then."
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error(
        "{path}, {source}; correct the file or delete it, the built-in video services are used until then."
    )]
    Bad {
        /// The file.
        path: PathBuf,
        /// The line and the reason.
        source: BadTable,
    },
}

impl DataFolder {
    /// The folder at `path`, or the one [`VARIABLE`] names, or the system's
    /// place for the user's application data. Makes it when it is missing, for
    /// this user only.
    pub fn open(path: Option<PathBuf>) -> Result<Self, FolderTrouble> {
        let named = path.or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
        let path = match named.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => path,
            None => directories::ProjectDirs::from("org", "joinbell", "joinbell")
                .ok_or(FolderTrouble::Homeless)?
                .data_local_dir()
                .to_owned(),
        };
        let folder = Self { path };
        folder
            .make()
            .map_err(|source| folder.unusable("", source))?;
        Ok(folder)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The sealed store's file.
    pub fn store(&self) -> PathBuf {
        self.path.join("store.sqlite3")
    }

    /// The file with passwords and keys, where the user has chosen a passphrase
    /// for want of a keyring.
    pub fn secrets(&self) -> PathBuf {
        self.path.join("secrets.sealed")
    }

    /// Takes the folder for this process; `None` while another one has it.
    pub fn lock(&self) -> Result<Option<FolderLock>, FolderTrouble> {
        let name = "lock";
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path.join(name))
            .map_err(|source| self.unusable(name, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(FolderLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(self.unusable(name, source)),
        }
    }

    /// The user's settings; the defaults where there is no file. With a file
    /// that cannot be used come the defaults and the reason.
    pub fn settings(&self) -> (Settings, Option<SettingsTrouble>) {
        match fs::read_to_string(self.path.join(SETTINGS)) {
            Ok(text) => match Settings::read(&text) {
                Ok(settings) => (settings, None),
                Err(trouble) => (Settings::default(), Some(trouble)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Settings::default(), None),
            Err(error) => (
                Settings::default(),
                Some(SettingsTrouble::Unreadable(error.to_string())),
            ),
        }
    }

    /// The video services: the built-in ones, and what the user's or an
    /// administrator's file says. With a file that cannot be used come the
    /// built-in ones and the reason.
    pub fn services(&self, settings: &JoinSettings) -> (Services, Option<ServicesTrouble>) {
        let named = settings.services_file.clone();
        let is_named = named.is_some();
        let path = named.unwrap_or_else(|| self.path.join(SERVICES));
        let built_in = || Services::built_in().clone();
        match fs::read_to_string(&path) {
            Ok(text) => match Services::with_house(&text) {
                Ok(services) => (services, None),
                Err(source) => (built_in(), Some(ServicesTrouble::Bad { path, source })),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => {
                (built_in(), None)
            }
            Err(source) => (
                built_in(),
                Some(ServicesTrouble::Unreadable { path, source }),
            ),
        }
    }

    /// The accounts that are set up; none where there is no file.
    pub fn accounts(&self) -> Result<Accounts, FolderTrouble> {
        match fs::read_to_string(self.path.join(ACCOUNTS)) {
            Ok(text) => Accounts::read(&text).map_err(|source| FolderTrouble::Accounts {
                path: self.path.join(ACCOUNTS),
                source,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Accounts::new()),
            Err(source) => Err(self.unusable(ACCOUNTS, source)),
        }
    }

    /// Writes the list of accounts. Either the old or the new list is on
    /// disk, whatever happens meanwhile.
    pub fn save_accounts(&self, accounts: &Accounts) -> Result<(), FolderTrouble> {
        let text = accounts.write();
        self.replace(ACCOUNTS, text.as_bytes())
            .map_err(|source| self.unusable(ACCOUNTS, source))
    }

    /// Writes the settings. Either the old or the new ones are on disk,
    /// whatever happens meanwhile. A file that could not be read is kept beside
    /// the new one, as `settings.toml.unread`.
    pub fn save_settings(&self, settings: &Settings) -> Result<(), FolderTrouble> {
        let text = settings
            .write()
            .map_err(|error| self.unusable(SETTINGS, io::Error::other(error)))?;
        if matches!(self.settings(), (_, Some(_))) {
            let file = self.path.join(SETTINGS);
            let aside = self.path.join(format!("{SETTINGS}.unread"));
            fs::copy(file, aside).map_err(|source| self.unusable(SETTINGS, source))?;
        }
        self.replace(SETTINGS, text.as_bytes())
            .map_err(|source| self.unusable(SETTINGS, source))
    }

    /// Until when the user wants silence; `None` where that was never said, or
    /// the file cannot be read.
    pub fn muted_until(&self) -> Option<DateTime<Utc>> {
        let text = fs::read_to_string(self.path.join(MUTED)).ok()?;
        text.trim().parse().ok()
    }

    /// Keeps until when the user wants silence, for the next run.
    pub fn save_muted(&self, until: Option<DateTime<Utc>>) -> Result<(), FolderTrouble> {
        let kept = match until {
            Some(until) => self.replace(MUTED, until.to_rfc3339().as_bytes()),
            None => match fs::remove_file(self.path.join(MUTED)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        };
        kept.map_err(|source| self.unusable(MUTED, source))
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let fresh = self.path.join(format!("{name}.new"));
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, self.path.join(name))
    }

    fn unusable(&self, name: &str, source: io::Error) -> FolderTrouble {
        FolderTrouble::Unusable {
            path: self.path.join(name),
            source,
        }
    }
}

const SETTINGS: &str = "settings.toml";
const ACCOUNTS: &str = "accounts.toml";
const SERVICES: &str = "services.toml";
const MUTED: &str = "muted-until";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Account, AccountId, SignIn};

    fn folder() -> (tempfile::TempDir, DataFolder) {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(Some(place.path().join("deep/data"))).unwrap();
        (place, folder)
    }

    #[test]
    fn a_new_folder_has_the_default_settings_and_no_account() {
        let (_place, folder) = folder();
        assert_eq!(folder.settings().0, Settings::default());
        assert!(folder.settings().1.is_none());
        assert!(folder.accounts().unwrap().list.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let (_place, folder) = folder();
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn accounts_are_there_again_and_keep_the_name_of_the_installation() {
        let (_place, folder) = folder();
        let mut accounts = folder.accounts().unwrap();
        accounts.list.push(Account {
            source: crate::account::Source::Exchange,
            id: AccountId("one".into()),
            server: "https://mail.example.org/EWS/Exchange.asmx"
                .parse()
                .unwrap(),
            user: "anna".to_owned(),
            ca_file: None,
            sign_in: SignIn::default(),
            found: None,
        });
        folder.save_accounts(&accounts).unwrap();
        assert_eq!(folder.accounts().unwrap(), accounts);
    }

    #[test]
    fn settings_are_there_again_and_a_file_that_was_not_read_is_kept() {
        let (_place, folder) = folder();
        let mut settings = Settings::default();
        settings.reminders.minutes_before = 3;
        folder.save_settings(&settings).unwrap();
        assert_eq!(folder.settings().0, settings);
        assert!(!folder.path().join("settings.toml.unread").exists());
        fs::write(folder.path().join(SETTINGS), "version = 99").unwrap();
        folder.save_settings(&settings).unwrap();
        assert_eq!(folder.settings().0, settings);
        let kept = fs::read_to_string(folder.path().join("settings.toml.unread")).unwrap();
        assert_eq!(kept, "version = 99");
    }

    #[test]
    fn silence_is_there_again_and_ends() {
        let (_place, folder) = folder();
        let until = "2026-11-23T10:00:00Z".parse().unwrap();
        folder.save_muted(None).unwrap();
        folder.save_muted(Some(until)).unwrap();
        assert_eq!(folder.muted_until(), Some(until));
        folder.save_muted(None).unwrap();
        assert_eq!(folder.muted_until(), None);
        fs::write(folder.path().join(MUTED), "soon").unwrap();
        assert_eq!(folder.muted_until(), None);
    }

    #[test]
    fn a_broken_settings_file_costs_the_settings_and_nothing_else() {
        let (_place, folder) = folder();
        fs::write(folder.path().join(SETTINGS), "reminders = 5").unwrap();
        let (settings, trouble) = folder.settings();
        assert_eq!(settings, Settings::default());
        assert!(trouble.is_some());
    }

    #[test]
    fn a_file_of_services_in_the_folder_or_where_the_settings_say_adds_to_the_built_in_ones() {
        let (place, folder) = folder();
        let jitsi = "https://meet.example.org/a".parse().unwrap();
        let ours = "[own_hosts]\nJitsi = [\"meet.example.org\"]\n";
        let mut settings = JoinSettings::default();
        assert_eq!(folder.services(&settings).0.recognize(&jitsi), None);
        fs::write(folder.path().join(SERVICES), ours).unwrap();
        let (services, trouble) = folder.services(&settings);
        assert_eq!(services.recognize(&jitsi), Some("Jitsi"));
        assert!(trouble.is_none());
        let elsewhere = place.path().join("house.toml");
        fs::write(&elsewhere, "").unwrap();
        settings.services_file = Some(elsewhere);
        assert_eq!(folder.services(&settings).0.recognize(&jitsi), None);
    }

    #[test]
    fn a_file_of_services_that_is_wrong_is_refused_in_a_sentence_with_its_line() {
        let (_place, folder) = folder();
        let file = folder.path().join(SERVICES);
        fs::write(&file, "[[service]]\nname = \"A\"\nhosts = [\"*.org\"]\n").unwrap();
        let (services, trouble) = folder.services(&JoinSettings::default());
        assert_eq!(&services, Services::built_in());
        let sentence = trouble.unwrap().to_string();
        assert!(sentence.contains("services.toml, line 3: "), "{sentence}");
        assert!(
            sentence.contains("`*.org`") && !sentence.contains('\n'),
            "{sentence}"
        );
    }

    #[test]
    fn a_broken_list_of_accounts_is_named_and_left_alone() {
        let (_place, folder) = folder();
        fs::write(folder.path().join(ACCOUNTS), "version = 'x'").unwrap();
        let refused = folder.accounts().unwrap_err();
        assert!(refused.to_string().contains("accounts.toml"), "{refused}");
        assert_eq!(
            fs::read_to_string(folder.path().join(ACCOUNTS)).unwrap(),
            "version = 'x'"
        );
    }

    #[test]
    fn f62_only_one_holder_at_a_time_has_the_folder() {
        let (_place, folder) = folder();
        let first = folder.lock().unwrap();
        assert!(first.is_some());
        assert!(folder.lock().unwrap().is_none());
        drop(first);
        assert!(folder.lock().unwrap().is_some());
    }
}
