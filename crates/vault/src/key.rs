//! Keys: the key-encryption key from the keyring, the data keys it wraps,
//! and the labels which keep their uses apart.

use std::sync::OnceLock;

use aes_gcm::{Aes256Gcm, KeyInit, aead::Generate};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    keyring::{KeyRing, KeyRingError},
    sensitive::Sensitive,
};

/// Bytes of every key here.
pub const KEY_BYTES: usize = 32;

/// A symmetric key of 256 bits. Its bytes lie in one place on the heap, which
/// is wiped when it is dropped; moving the value copies nothing of them.
pub struct Key {
    bytes: Box<Zeroizing<[u8; KEY_BYTES]>>,
    cipher: OnceLock<Box<Aes256Gcm>>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(‹redacted›)")
    }
}

impl Key {
    fn zero() -> Self {
        Self {
            bytes: Box::new(Zeroizing::new([0; KEY_BYTES])),
            cipher: OnceLock::new(),
        }
    }

    /// A fresh key from the operating system's generator.
    pub fn generate() -> Self {
        let made = Zeroizing::new(<[u8; KEY_BYTES]>::from(
            aes_gcm::Key::<Aes256Gcm>::generate(),
        ));
        let mut key = Self::zero();
        key.bytes.copy_from_slice(made.as_slice());
        key
    }

    /// A key from its bytes; `None` when there are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut key = Self::zero();
        (bytes.len() == KEY_BYTES).then(|| {
            key.bytes.copy_from_slice(bytes);
            key
        })
    }

    /// Its bytes.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// The cipher of this key, with its round keys made once.
    pub(crate) fn cipher(&self) -> &Aes256Gcm {
        self.cipher
            .get_or_init(|| Box::new(Aes256Gcm::new(self.expose().into())))
    }

    /// Another key for another use, by HKDF-SHA-256 (RFC 5869).
    #[must_use]
    pub fn derive(&self, label: Label) -> Self {
        let mut key = Self::zero();
        // Expand fails for outputs above 255 hashes; this one is a single hash.
        let expanded = Hkdf::<Sha256>::new(None, self.expose())
            .expand(label.bytes(), key.bytes.as_mut_slice());
        debug_assert!(expanded.is_ok());
        key
    }

    /// The key-encryption key kept under `name`, made when there is none yet.
    pub async fn from_keyring(keyring: &dyn KeyRing, name: &str) -> Result<Self, KeyRingError> {
        if let Some(key) = Self::kept(keyring, name).await? {
            return Ok(key);
        }
        let made = Self::generate();
        keyring
            .set(name, &Sensitive::new(made.expose().to_vec()))
            .await?;
        // A second program may have made one at the same moment: the one that
        // is kept counts.
        Ok(Self::kept(keyring, name).await?.unwrap_or(made))
    }

    /// The key that is kept under `name`; none is made.
    pub(crate) async fn kept(
        keyring: &dyn KeyRing,
        name: &str,
    ) -> Result<Option<Self>, KeyRingError> {
        let secret = keyring.get(name).await?;
        Ok(secret.and_then(|secret| Self::from_bytes(secret.expose())))
    }
}

/// What a derived key is for (SR-03). The text is part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// Wraps the data keys.
    Wrap,
    /// Makes blind ids.
    BlindIndex,
}

impl Label {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Wrap => b"joinbell vault 1 wrap",
            Self::BlindIndex => b"joinbell vault 1 blind index",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_03_each_label_gives_another_key() {
        let key = Key::from_bytes(&[7; 32]).unwrap();
        let wrap = key.derive(Label::Wrap);
        let blind = key.derive(Label::BlindIndex);
        assert_ne!(wrap.expose(), blind.expose());
        assert_ne!(wrap.expose(), key.expose());
        assert_eq!(wrap.expose(), key.derive(Label::Wrap).expose());
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        for length in [0, 16, 31, 33, 64] {
            assert!(Key::from_bytes(&vec![7; length]).is_none(), "{length}");
        }
    }
}
