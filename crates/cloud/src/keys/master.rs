//! The master key, which wraps all others.
//!
//! It is in a file that is its owner's alone, or in the system's keyring. A
//! hardware module (PKCS#11) would wrap and unwrap itself and give no bytes
//! out: [`Master`] is where it takes the place of the key in memory.

use vault::{
    envelope::{self, KeyId, Outside, Revision},
    key::{Key, Label},
    keyring::{KeyRing, KeyRingError},
};

use crate::{
    config::{MasterConfig, keep_secret, secret},
    server::StartError,
};

/// Wraps and unwraps.
#[derive(Debug)]
pub struct Master(Key);

fn unusable(error: &KeyRingError) -> StartError {
    StartError::Master(error.to_string())
}

/// Reads the master key. One that is absent is never made here: a fresh one
/// opens nothing of what there may be.
pub async fn read(config: &MasterConfig, keyring: &dyn KeyRing) -> Result<Master, StartError> {
    let (bytes, place) = match config {
        MasterConfig::File { path } => {
            let bytes = vault::sensitive::Sensitive::new(secret(path)?);
            (bytes, path.display().to_string())
        }
        MasterConfig::Keyring { name } => {
            let found = keyring.get(name).await.map_err(|error| unusable(&error))?;
            let bytes = found.ok_or_else(|| {
                StartError::Master(format!(
                    "the keyring has none by the name {name}; put it back, or make the first one \
                     with `initialize`"
                ))
            })?;
            (bytes, format!("{name} in the keyring"))
        }
    };
    let key = Key::from_bytes(bytes.expose())
        .ok_or_else(|| StartError::Master(format!("{place} is no key of 32 bytes")))?;
    Ok(Master(key.derive(Label::Wrap)))
}

/// Makes the master key where there is none.
pub async fn make(config: &MasterConfig, keyring: &dyn KeyRing) -> Result<(), StartError> {
    match config {
        MasterConfig::File { path } if !path.exists() => {
            keep_secret(path, Key::generate().expose())?;
        }
        MasterConfig::File { .. } => {}
        MasterConfig::Keyring { name } => {
            let found = keyring.get(name).await.map_err(|error| unusable(&error))?;
            if found.is_none() {
                let made = Key::from_keyring(keyring, name).await;
                made.map_err(|error| unusable(&error))?;
            }
        }
    }
    Ok(())
}

const OUTSIDE: Outside = Outside {
    key: KeyId(0),
    revision: Revision(0),
};

impl Master {
    pub(super) fn copy(&self) -> Self {
        // 32 bytes are a key.
        Self(Key::from_bytes(self.0.expose()).unwrap_or_else(Key::generate))
    }

    /// Wraps a key for its place.
    pub(super) fn wrap(&self, place: &[u8], key: &Key) -> Vec<u8> {
        envelope::seal(&self.0, OUTSIDE, place, key.expose())
    }

    /// Unwraps a key at its place; `None` under another master key.
    pub(super) fn unwrap(&self, place: &[u8], wrapped: &[u8]) -> Option<Key> {
        let (_, plain) = envelope::open(|_| Some(&self.0), place, wrapped).ok()?;
        let plain = vault::sensitive::Sensitive::new(plain);
        Key::from_bytes(plain.expose())
    }
}
