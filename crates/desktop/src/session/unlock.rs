//! Keyring and store: the slow part of the start, run beside the loop.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use uuid::Uuid;
use vault::{
    Batch, RecordId, Series, SeriesId, StoreError, Vault, VaultError,
    key::Key,
    keyring::{KeyRing, KeyRingError},
    sensitive::Sensitive,
    sqlite::SqliteStore,
};

use crate::{
    account::AccountId,
    problem::{KeyringTrouble, Trouble},
    reminders::{Record, ReminderId},
};

/// What keyring and store have answered.
pub(super) struct Unlocked {
    /// The opened store; `None` when this run may not write it.
    pub(super) vault: Result<Option<Vault>, Trouble>,
    /// What earlier runs have stored about reminders.
    pub(super) records: Vec<Record>,
    /// The accounts' passwords.
    pub(super) passwords: Vec<(AccountId, Password)>,
}

/// What the keyring says about an account's password.
pub(super) type Password = Result<Option<Sensitive<String>>, KeyringTrouble>;

/// Opens the store at `store`, unless that is `None`, and fetches the
/// passwords. A keyring that is in trouble once is not asked again: each
/// question may last five seconds.
pub(super) async fn unlock(
    keyring: Arc<dyn KeyRing>,
    install: Uuid,
    store: Option<PathBuf>,
    accounts: Vec<AccountId>,
) -> Unlocked {
    let vault = vault(keyring.as_ref(), install, store).await;
    let mut trouble = match &vault {
        Err(Trouble::Keyring(trouble)) => Some(*trouble),
        _ => None,
    };
    let mut passwords = Vec::new();
    for id in accounts {
        let password = match trouble {
            Some(trouble) => Err(trouble),
            None => password(keyring.as_ref(), &id).await,
        };
        if let Err(found) = &password {
            trouble = Some(*found);
        }
        passwords.push((id, password));
    }
    let records = match &vault {
        Ok(Some(vault)) => load_records(&reminder_series(vault)).await,
        Ok(None) | Err(_) => Vec::new(),
    };
    Unlocked {
        vault,
        records,
        passwords,
    }
}

/// Opens the store at `store`, unless that is `None`.
pub(super) async fn vault(
    keyring: &dyn KeyRing,
    install: Uuid,
    store: Option<PathBuf>,
) -> Result<Option<Vault>, Trouble> {
    let Some(path) = store else {
        return Ok(None);
    };
    let key = Key::from_keyring(keyring, &key_name(install))
        .await
        .map_err(|error| Trouble::Keyring(keyring_trouble(&error)))?;
    match open(&path, &key).await {
        Ok(vault) => Ok(Some(vault)),
        Err(error) => {
            tracing::warn!(%error, "the store cannot be opened");
            Err(Trouble::Store { path })
        }
    }
}

/// The keyring's name for the key of this installation's store.
fn key_name(install: Uuid) -> String {
    format!("joinbell/{install}/kek")
}

/// The keyring's name for the password of an account.
pub(super) fn password_name(id: &AccountId) -> String {
    format!("joinbell/account/{id}")
}

async fn password(keyring: &dyn KeyRing, id: &AccountId) -> Password {
    let secret = keyring
        .get(&password_name(id))
        .await
        .map_err(|error| keyring_trouble(&error))?;
    Ok(secret.and_then(|secret| {
        String::from_utf8(secret.expose().clone())
            .ok()
            .map(Sensitive::new)
    }))
}

/// What a window can say about an error of the keyring.
pub(super) fn keyring_trouble(error: &KeyRingError) -> KeyringTrouble {
    match error {
        KeyRingError::Absent => KeyringTrouble::Absent,
        KeyRingError::Locked => KeyringTrouble::Locked,
        KeyRingError::Silent => KeyringTrouble::Silent,
        KeyRingError::Refused(reason) => {
            tracing::warn!(reason, "the keyring refuses");
            KeyringTrouble::Refused
        }
    }
}

/// Opens the store. One that another key has sealed, or that is damaged, is
/// of no use to anybody any more: it is set aside, and the servers fill a
/// fresh one.
async fn open(path: &Path, key: &Key) -> Result<Vault, VaultError> {
    match open_as_it_is(path, key).await {
        Err(error @ (VaultError::WrongKey | VaultError::Store(StoreError::Damaged(_)))) => {
            tracing::warn!(%error, "the store is set aside");
            set_aside(path);
            open_as_it_is(path, key).await
        }
        other => other,
    }
}

async fn open_as_it_is(path: &Path, key: &Key) -> Result<Vault, VaultError> {
    let store = SqliteStore::open(path).await?;
    let opened = Vault::open(Arc::new(store.clone()), key).await;
    if opened.is_err() {
        // Some systems move no file that is open.
        store.close().await;
    }
    opened
}

fn set_aside(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut from = path.as_os_str().to_owned();
        from.push(suffix);
        let mut to = path.as_os_str().to_owned();
        to.push(".set-aside");
        to.push(suffix);
        // A file that is not there needs no setting aside; one that cannot be
        // moved makes the next attempt to open fail, which is reported.
        let _moved = fs::rename(&from, &to);
    }
}

/// The series with the records of reminders.
pub(super) fn reminder_series(vault: &Vault) -> Series {
    vault.series(SeriesId("reminders".to_owned()))
}

/// The series with the meetings of an account.
pub(super) fn meeting_series(vault: &Vault, id: &AccountId) -> Series {
    vault.series(SeriesId(format!("meetings/{id}")))
}

async fn load_records(series: &Series) -> Vec<Record> {
    match series.load().await {
        Ok(loaded) => loaded
            .records
            .iter()
            // A record of another layout costs at most one ring too many.
            .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
            .collect(),
        Err(error) => {
            tracing::warn!(%error, "the records of reminders cannot be read");
            Vec::new()
        }
    }
}

/// Stores records of reminders, all of them or none.
pub(super) async fn store_records(
    series: &Series,
    put: Vec<Record>,
    forget: Vec<ReminderId>,
) -> Result<(), VaultError> {
    let put = put
        .into_iter()
        .filter_map(|record| {
            let bytes = serde_json::to_vec(&record).ok()?;
            Some((RecordId(record.id.0), bytes))
        })
        .collect();
    let delete = forget.into_iter().map(|id| RecordId(id.0)).collect();
    series
        .commit(Batch {
            put,
            delete,
            head: Vec::new(),
            replace: false,
        })
        .await
}
