//! The two secrets of a connector: the key that its folder is sealed with, and
//! the password of the account that impersonates (SR-45). Both come from a
//! file that only its owner may read, or from systemd; nothing shows them.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use thiserror::Error;
use vault::{Batch, RecordId, Series, VaultError, key::Key, sensitive::Sensitive};
use zeroize::Zeroizing;

/// Names of systemd's credentials (`LoadCredentialEncrypted=`).
pub const KEY_CREDENTIAL: &str = "connector-key";
/// The account's password.
pub const SECRET_CREDENTIAL: &str = "exchange-secret";

/// The sealed password's record.
const RECORD: &str = "exchange";
/// Bytes of a secret's file.
const LONGEST: u64 = 4096;

/// Why a secret cannot be used. No text holds any part of one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadSecret {
    /// Others than the owner may read it.
    #[error(
        "Others than its owner may read {0}; give it to the connector's user and chmod it to 600"
    )]
    Open(String),
    /// It cannot be read.
    #[error("{0} cannot be read ({1}); check its path and rights")]
    Unreadable(String, String),
    /// It cannot be written.
    #[error("{0} cannot be written ({1}); check the folder's rights")]
    Unwritable(String, String),
    /// It is no key.
    #[error("{0} holds no key; it has to be 32 bytes in base64, as the connector makes it")]
    NoKey(String),
    /// It is empty.
    #[error("{0} is empty; write the account's password into it")]
    Empty(String),
    /// No key is named.
    #[error(
        "There is no key; name [store] key in the settings, or give systemd's credential \
         connector-key, as the command in docs/HYBRID-CONNECTOR.md does"
    )]
    NoKeyNamed,
    /// It is not there, and something is sealed with it.
    #[error(
        "The key {0} is not there, and {1} is sealed with it; put the key in its place again. \
         docs/HYBRID-CONNECTOR.md, \"Rotate\", tells how to begin with another one"
    )]
    Lost(String, String),
    /// No password is known.
    #[error(
        "The account's password is not known; name its file as [exchange] secret, or give \
         systemd's credential exchange-secret"
    )]
    NoSecretNamed,
    /// The sealed copy cannot be read or written.
    #[error("The sealed password cannot be used: {0}")]
    Vault(#[from] VaultError),
}

/// Where systemd puts a service's credentials.
#[derive(Debug, Clone, Default)]
pub struct Credentials(Option<PathBuf>);

impl Credentials {
    /// By systemd's variable, `CREDENTIALS_DIRECTORY`.
    pub fn of_environment(variable: Option<OsString>) -> Self {
        Self(variable.map(PathBuf::from))
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        let file = self.0.as_ref()?.join(name);
        file.exists().then_some(file)
    }
}

/// Whether there is a key, or a place where one can be made.
pub fn is_key_named(credentials: &Credentials, file: Option<&Path>) -> Result<(), BadSecret> {
    let is_named = file.is_some() || credentials.file(KEY_CREDENTIAL).is_some();
    is_named.then_some(()).ok_or(BadSecret::NoKeyNamed)
}

/// The key of the connector's folder: systemd's, else that of `file`.
pub fn key(credentials: &Credentials, file: Option<&Path>) -> Result<Key, BadSecret> {
    if let Some(given) = credentials.file(KEY_CREDENTIAL) {
        return parse_key(&read(&given)?, &given);
    }
    let file = file.ok_or(BadSecret::NoKeyNamed)?;
    owner_only(file)?;
    parse_key(&read(file)?, file)
}

/// The same, where the file is made when it is not there, and `store` is not
/// there either: what that holds opens with the lost one alone.
pub fn key_or_new(
    credentials: &Credentials,
    file: Option<&Path>,
    store: &Path,
) -> Result<Key, BadSecret> {
    match file {
        Some(file) if credentials.file(KEY_CREDENTIAL).is_none() && !file.exists() => {
            if store.exists() {
                let [file, store] = [file, store].map(|path| path.display().to_string());
                return Err(BadSecret::Lost(file, store));
            }
            make_key(file)
        }
        _ => key(credentials, file),
    }
}

fn parse_key(text: &Zeroizing<String>, file: &Path) -> Result<Key, BadSecret> {
    let bytes = BASE64_STANDARD.decode(text.trim()).map(Zeroizing::new);
    bytes
        .ok()
        .and_then(|bytes| Key::from_bytes(&bytes))
        .ok_or_else(|| BadSecret::NoKey(file.display().to_string()))
}

fn make_key(file: &Path) -> Result<Key, BadSecret> {
    let key = Key::generate();
    let text = Zeroizing::new(BASE64_STANDARD.encode(key.expose()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let written = options.open(file).and_then(|mut made| {
        made.write_all(text.as_bytes())?;
        made.sync_all()
    });
    written.map_err(|error| {
        BadSecret::Unwritable(file.display().to_string(), error.kind().to_string())
    })?;
    Ok(key)
}

/// What became of the file that the password came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOfSecret {
    /// There was none.
    None,
    /// It was sealed and removed.
    Removed,
    /// It was sealed, and the system does not let it be removed.
    Stays,
}

/// The account's password: systemd's, else a file's, which is sealed into
/// `series` and removed, else the sealed one.
pub async fn password(
    credentials: &Credentials,
    file: Option<&Path>,
    series: &Series,
) -> Result<(Sensitive<String>, FileOfSecret), BadSecret> {
    if let Some(given) = credentials.file(SECRET_CREDENTIAL) {
        return Ok((trimmed(&read(&given)?, &given)?, FileOfSecret::None));
    }
    if let Some(file) = file.filter(|file| file.exists()) {
        owner_only(file)?;
        let secret = trimmed(&read(file)?, file)?;
        let batch = Batch {
            put: vec![(
                RecordId(RECORD.to_owned()),
                secret.expose().clone().into_bytes(),
            )],
            replace: true,
            ..Batch::default()
        };
        series.commit(batch).await?;
        let removed = match fs::remove_file(file) {
            Ok(()) => FileOfSecret::Removed,
            Err(_) => FileOfSecret::Stays,
        };
        return Ok((secret, removed));
    }
    let loaded = series.load().await?;
    let sealed = loaded.records.into_iter().find(|(id, _)| id.0 == RECORD);
    let (_, bytes) = sealed.ok_or(BadSecret::NoSecretNamed)?;
    let text = String::from_utf8(bytes).map_err(|_| BadSecret::NoSecretNamed)?;
    Ok((Sensitive::new(text), FileOfSecret::None))
}

fn trimmed(text: &Zeroizing<String>, file: &Path) -> Result<Sensitive<String>, BadSecret> {
    // Editors end a file with a line's end; a password may end with a space.
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(BadSecret::Empty(file.display().to_string()));
    }
    Ok(Sensitive::new(line.to_owned()))
}

fn read(file: &Path) -> Result<Zeroizing<String>, BadSecret> {
    let unreadable = |why: &str| BadSecret::Unreadable(file.display().to_string(), why.to_owned());
    let size = fs::metadata(file).map_err(|error| unreadable(&error.kind().to_string()))?;
    if size.len() > LONGEST {
        return Err(unreadable("it is longer than any secret"));
    }
    let text = fs::read_to_string(file);
    text.map(Zeroizing::new)
        .map_err(|error: io::Error| unreadable(&error.kind().to_string()))
}

#[cfg(unix)]
fn owner_only(file: &Path) -> Result<(), BadSecret> {
    use std::os::unix::fs::MetadataExt as _;
    let name = || file.display().to_string();
    let about = fs::metadata(file)
        .map_err(|error| BadSecret::Unreadable(name(), error.kind().to_string()))?;
    let ours = about.uid() == rustix::process::geteuid().as_raw();
    if ours && about.mode() % 0o100 == 0 {
        Ok(())
    } else {
        Err(BadSecret::Open(name()))
    }
}

/// Windows has lists of rights instead; the installer sets them.
#[cfg(not(unix))]
fn owner_only(_file: &Path) -> Result<(), BadSecret> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, sync::Arc};

    use vault::{SeriesId, Vault, memory::MemoryStore};

    use super::*;

    async fn series(key: &Key) -> Series {
        let vault = Vault::open(Arc::new(MemoryStore::default()), key).await;
        vault.unwrap().series(SeriesId("secret".to_owned()))
    }

    fn file(folder: &Path, content: &str, mode: u32) -> PathBuf {
        let file = folder.join("secret");
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[tokio::test]
    async fn sr_45_a_password_is_sealed_on_the_first_reading_and_its_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path(), "canary-secret-1\n", 0o600);
        let series = series(&Key::generate()).await;
        let none = Credentials::default();
        let (first, removed) = password(&none, Some(&file), &series).await.unwrap();
        assert_eq!(
            (first.expose().as_str(), removed),
            ("canary-secret-1", FileOfSecret::Removed)
        );
        assert!(!file.exists());
        let (again, _) = password(&none, Some(&file), &series).await.unwrap();
        assert_eq!(again.expose(), "canary-secret-1");
    }

    #[tokio::test]
    async fn sr_45_a_password_that_others_may_read_is_refused_and_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let series = series(&Key::generate()).await;
        for mode in [0o640, 0o604, 0o644] {
            let file = file(folder.path(), "canary-secret-1", mode);
            let outcome = password(&Credentials::default(), Some(&file), &series).await;
            let error = outcome.unwrap_err();
            assert!(matches!(error, BadSecret::Open(_)), "{error}");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[tokio::test]
    async fn a_credential_of_systemd_comes_before_a_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(SECRET_CREDENTIAL), "from systemd").unwrap();
        let given = Credentials::of_environment(Some(folder.path().into()));
        let series = series(&Key::generate()).await;
        let (secret, removed) = password(&given, None, &series).await.unwrap();
        assert_eq!(
            (secret.expose().as_str(), removed),
            ("from systemd", FileOfSecret::None)
        );
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_is_the_same_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let none = Credentials::default();
        let store = folder.path().join("store");
        let made = key_or_new(&none, Some(&file), &store).unwrap();
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(&store, "sealed").unwrap();
        let again = key_or_new(&none, Some(&file), &store).unwrap();
        assert_eq!(again.expose(), made.expose());
        fs::write(&file, "no key").unwrap();
        assert!(matches!(key(&none, Some(&file)), Err(BadSecret::NoKey(_))));
    }

    #[test]
    fn a_key_that_is_lost_is_not_made_anew_beside_what_it_has_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, store) = (folder.path().join("key"), folder.path().join("store"));
        fs::write(&store, "sealed").unwrap();
        let lost = key_or_new(&Credentials::default(), Some(&file), &store);
        assert!(matches!(lost, Err(BadSecret::Lost(_, _))));
        assert!(!file.exists());
    }
}
