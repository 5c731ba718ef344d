//! Opens the vault of an installation: the key from the keyring, the store,
//! and what to do when one of them is lost. It always gives a vault, at worst
//! one in memory, and says which.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    Freshness, Generation, StoreError, Vault, VaultError,
    key::Key,
    keyring::{KeyRing, KeyRingError},
    memory::MemoryStore,
    sensitive::Sensitive,
    shelf::Shelf,
    store::Store,
};

/// How often a file is tried to be set aside, and with how much time between.
const MOVES: u32 = 5;
const BETWEEN_MOVES: Duration = Duration::from_millis(50);

/// Which vault.
#[derive(Debug, Clone)]
pub struct Place {
    /// The SQLite file.
    pub file: PathBuf,
    /// Names this installation in the keyring.
    pub install: String,
}

impl Place {
    /// The keyring's name for the key-encryption key.
    pub fn key_name(&self) -> String {
        format!("joinbell/{}/kek", self.install)
    }

    /// The keyring's name for the generation.
    pub fn generation_name(&self) -> String {
        format!("joinbell/{}/generation", self.install)
    }
}

/// What the vault is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look once, also beside somebody who keeps it. What cannot be opened
    /// is left as it is: no key is made, nothing is set aside, and nothing is
    /// noted in the keyring or the file.
    Look,
    /// To keep an agenda: begins a generation, so that an older copy of the
    /// file is noticed at the next opening.
    Keep,
}

/// Where the records rest. Shown to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resting {
    /// In the file.
    OnDisk,
    /// In memory only, because the keyring does not give the key. No key and
    /// no record is written anywhere (SR-09).
    WithoutKeyRing(KeyRingError),
    /// In memory only, because the file cannot be used.
    WithoutFile(VaultError),
}

/// What was found. All but `Continued` need everything fetched again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The vault of the last time, or none yet.
    Continued,
    /// A file that could not be used any more; it rests beside the new one
    /// until the next opening.
    SetAside(VaultError),
    /// An older copy of the file: all its series load as broken.
    RolledBack,
}

/// An opened vault.
#[derive(Debug)]
pub struct Opened {
    /// The vault.
    pub vault: Vault,
    /// Where its records rest.
    pub resting: Resting,
    /// What was found.
    pub found: Found,
}

/// Opens the vault at `place`. Waits for the keyring, so it runs beside the
/// start and not before it (SR-10).
pub async fn open(
    place: &Place,
    keyring: &dyn KeyRing,
    shelf: &dyn Shelf,
    purpose: Purpose,
) -> Opened {
    match purpose {
        Purpose::Look => look(place, keyring, shelf).await,
        Purpose::Keep => keep(place, keyring, shelf).await,
    }
}

async fn look(place: &Place, keyring: &dyn KeyRing, shelf: &dyn Shelf) -> Opened {
    let name = place.key_name();
    // A file that is only looked at was there before, and nothing is written
    // to it: it is opened while the keyring thinks.
    let (key, noted, store) = tokio::join!(
        Key::kept(keyring, &name),
        noted(place, keyring),
        shelf.open(&place.file),
    );
    let key = match key {
        // One that nobody has opens an empty store, and no other.
        Ok(key) => key.unwrap_or_else(Key::generate),
        Err(error) => {
            if let Ok(store) = store {
                store.close().await;
            }
            return in_memory(Resting::WithoutKeyRing(error));
        }
    };
    let vault = match unseal(store, &key).await {
        Ok(vault) => vault,
        Err(error) => return in_memory(Resting::WithoutFile(error)),
    };
    let freshness = noted.map(|noted| vault.compare_generation(noted));
    on_disk(vault, Found::Continued, freshness)
}

async fn keep(place: &Place, keyring: &dyn KeyRing, shelf: &dyn Shelf) -> Opened {
    let key = match Key::from_keyring(keyring, &place.key_name()).await {
        Ok(key) => key,
        Err(error) => return in_memory(Resting::WithoutKeyRing(error)),
    };
    let noted = noted(place, keyring).await;
    let (vault, found) = match open_or_set_aside(shelf, &place.file, &key).await {
        Ok(opened) => opened,
        Err(error) => return in_memory(Resting::WithoutFile(error)),
    };
    let freshness = match noted {
        Some(noted) => Some(anchor(place, keyring, &vault, noted).await),
        None => None,
    };
    on_disk(vault, found, freshness)
}

fn on_disk(vault: Vault, found: Found, freshness: Option<Freshness>) -> Opened {
    let found = match freshness {
        Some(Freshness::RolledBack) => Found::RolledBack,
        Some(Freshness::Current) | None => found,
    };
    Opened {
        vault,
        resting: Resting::OnDisk,
        found,
    }
}

fn in_memory(resting: Resting) -> Opened {
    let store = Arc::new(MemoryStore::default());
    Opened {
        vault: Vault::fresh(store, &Key::generate()),
        resting,
        found: Found::Continued,
    }
}

async fn open_or_set_aside(
    shelf: &dyn Shelf,
    file: &Path,
    key: &Key,
) -> Result<(Vault, Found), VaultError> {
    let lost = match unseal(shelf.open(file).await, key).await {
        Ok(vault) if shelf.is_damaged(file) => {
            // Some systems move no file that is open.
            vault.close().await;
            VaultError::Store(StoreError::Damaged(file.display().to_string()))
        }
        Ok(vault) => {
            shelf.remove_set_aside(file);
            return Ok((vault, Found::Continued));
        }
        Err(error) => error,
    };
    match lost {
        VaultError::WrongKey | VaultError::Store(StoreError::Damaged(_) | StoreError::Newer(_)) => {
            set_aside(shelf, file).await.map_err(|_| lost.clone())?;
            let vault = unseal(shelf.open(file).await, key).await?;
            Ok((vault, Found::SetAside(lost)))
        }
        other => Err(other),
    }
}

/// A connection that could not be opened is closed by a thread of its own a
/// little later, and some systems move no file that is open.
#[expect(
    clippy::disallowed_methods,
    reason = "that thread is the system's, whatever clock the vault's owner has"
)]
async fn set_aside(shelf: &dyn Shelf, file: &Path) -> std::io::Result<()> {
    for _ in 1..MOVES {
        if shelf.set_aside(file).is_ok() {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_MOVES).await;
    }
    shelf.set_aside(file)
}

async fn unseal(store: Result<Arc<dyn Store>, StoreError>, key: &Key) -> Result<Vault, VaultError> {
    let store = store?;
    let opened = Vault::open(Arc::clone(&store), key).await;
    if opened.is_err() {
        store.close().await;
    }
    opened
}

/// The generation that the keyring knows; nothing when it fails.
async fn noted(place: &Place, keyring: &dyn KeyRing) -> Option<Generation> {
    let secret = keyring.get(&place.generation_name()).await.ok()?;
    let bytes = secret.and_then(|secret| <[u8; 8]>::try_from(secret.expose().as_slice()).ok());
    Some(bytes.map_or(Generation::default(), |bytes| {
        Generation(u64::from_be_bytes(bytes))
    }))
}

/// Compares the vault's generation with the keyring's. A keyring or a disk
/// that fails here weakens the check and nothing else.
async fn anchor(
    place: &Place,
    keyring: &dyn KeyRing,
    vault: &Vault,
    noted: Generation,
) -> Freshness {
    let freshness = vault
        .expect_generation(noted)
        .await
        .unwrap_or(Freshness::RolledBack);
    // The store first: a smaller number in the keyring is no false alarm.
    if let Ok(begun) = vault.begin_generation().await {
        let begun = Sensitive::new(begun.0.to_be_bytes().to_vec());
        let _noted = keyring.set(&place.generation_name(), &begun).await;
    }
    freshness
}
