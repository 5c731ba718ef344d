//! The master key, which wraps all others.
//!
//! It is in a file that is its owner's alone, or in the system's keyring. A
//! hardware module (PKCS#11) would wrap and unwrap itself and give no bytes
//! out: [`Master`] is where it takes the place of the key in memory.

use vault::{
    envelope::{self, KeyId, Outside, Revision},
    key::{Key, Label},
    keyring::KeyRing,
};

use crate::{
    config::{MasterConfig, secret},
    server::StartError,
};

/// Wraps and unwraps.
#[derive(Debug)]
pub struct Master(Key);

/// Reads the master key. In a keyring it is made when there is none.
pub async fn read(config: &MasterConfig, keyring: &dyn KeyRing) -> Result<Master, StartError> {
    let key = match config {
        MasterConfig::File { path } => {
            let bytes = vault::sensitive::Sensitive::new(secret(path)?);
            Key::from_bytes(bytes.expose()).ok_or_else(|| {
                StartError::Master(format!("{} is no key of 32 bytes", path.display()))
            })?
        }
        MasterConfig::Keyring { name } => Key::from_keyring(keyring, name)
            .await
            .map_err(|error| StartError::Master(error.to_string()))?,
    };
    Ok(Master(key.derive(Label::Wrap)))
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
