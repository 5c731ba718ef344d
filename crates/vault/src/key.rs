//! Keys: the key-encryption key from the keyring, the data keys it wraps,
//! and the labels which keep their uses apart.

use aes_gcm::{Aes256Gcm, KeyInit, aead::Generate};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::{
    keyring::{KeyRing, KeyRingError},
    sensitive::Sensitive,
};

/// Bytes of every key here.
pub const KEY_BYTES: usize = 32;

/// A symmetric key of 256 bits.
pub struct Key(Sensitive<[u8; KEY_BYTES]>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(‹redacted›)")
    }
}

impl Key {
    /// A fresh key from the operating system's generator.
    pub fn generate() -> Self {
        let key = aes_gcm::Key::<Aes256Gcm>::generate();
        Self(Sensitive::new(key.into()))
    }

    /// A key from its bytes; `None` when there are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Sensitive::new(bytes.try_into().ok()?)))
    }

    /// Its bytes.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose()
    }

    /// The cipher of this key.
    pub(crate) fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&aes_gcm::Key::<Aes256Gcm>::from(*self.expose()))
    }

    /// Another key for another use, by HKDF-SHA-256 (RFC 5869).
    #[must_use]
    pub fn derive(&self, label: Label) -> Self {
        let mut out = [0_u8; KEY_BYTES];
        // Expand fails for outputs above 255 hashes; this one is a single hash.
        let expanded = Hkdf::<Sha256>::new(None, self.expose()).expand(label.bytes(), &mut out);
        debug_assert!(expanded.is_ok());
        Self(Sensitive::new(out))
    }

    /// The key-encryption key kept under `name`, made when there is none yet.
    pub async fn from_keyring(keyring: &dyn KeyRing, name: &str) -> Result<Self, KeyRingError> {
        if let Some(secret) = keyring.get(name).await?
            && let Some(key) = Self::from_bytes(secret.expose())
        {
            return Ok(key);
        }
        let key = Self::generate();
        let secret = Sensitive::new(key.expose().to_vec());
        keyring.set(name, &secret).await?;
        Ok(key)
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
}
