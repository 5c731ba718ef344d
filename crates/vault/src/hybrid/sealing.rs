//! Sealing to somebody's public key: HPKE (RFC 9180) with
//! DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.

use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::AesGcm256,
    kdf::HkdfSha256, kem::X25519HkdfSha256, single_shot_open, single_shot_seal,
};
use thiserror::Error;
use zeroize::Zeroizing;

type Kem = X25519HkdfSha256;

/// Bytes of the encapsulated key in front of the ciphertext.
const ENCAPSULATED: usize = 32;

/// A private key that opens. `Debug` prints nothing of it.
pub struct OpenKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for OpenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenKey(‹redacted›)")
    }
}

/// A message could not be opened, or not sealed to that key. Why is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("A sealed message cannot be opened: it is for another key, or was changed")]
pub struct NotForUs;

impl OpenKey {
    /// A fresh key from the operating system's generator.
    pub fn generate() -> Self {
        let (private, _) = Kem::gen_keypair();
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&private.to_bytes());
        Self(bytes)
    }

    /// The key of these 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes, to be kept where keys are kept.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn pair(
        &self,
    ) -> Option<(
        <Kem as hpke::Kem>::PrivateKey,
        <Kem as hpke::Kem>::PublicKey,
    )> {
        let private = <Kem as hpke::Kem>::PrivateKey::from_bytes(self.0.as_slice()).ok()?;
        let public = Kem::sk_to_pk(&private);
        Some((private, public))
    }

    /// The public half, to which others seal.
    pub fn public(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // Every 32 bytes are a private key.
        if let Some((_, public)) = self.pair() {
            bytes.copy_from_slice(&public.to_bytes());
        }
        bytes
    }
}

/// Who a message must be from.
#[derive(Debug, Clone, Copy)]
pub enum From<'a> {
    /// Anybody.
    Anybody,
    /// The holder of this public key (HPKE's auth mode).
    Holder(&'a [u8; 32]),
}

/// Seals `plain` so that only the holder of `recipient` opens it, and only in
/// the context `info`. With a `sender` the recipient knows whom it is from.
pub fn seal(
    recipient: &[u8; 32],
    sender: Option<&OpenKey>,
    info: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, NotForUs> {
    let mode = match sender {
        None => OpModeS::Base,
        Some(sender) => OpModeS::Auth(sender.pair().ok_or(NotForUs)?),
    };
    let recipient = <Kem as hpke::Kem>::PublicKey::from_bytes(recipient).map_err(|_| NotForUs)?;
    let (encapsulated, ciphertext) =
        single_shot_seal::<AesGcm256, HkdfSha256, Kem>(&mode, &recipient, info, plain, b"")
            .map_err(|_| NotForUs)?;
    let mut sealed = Vec::with_capacity(ENCAPSULATED + ciphertext.len());
    sealed.extend_from_slice(&encapsulated.to_bytes());
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens what [`seal`] made in the same context.
pub fn open(
    recipient: &OpenKey,
    from: From<'_>,
    info: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotForUs> {
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED).ok_or(NotForUs)?;
    let encapsulated =
        <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| NotForUs)?;
    let mode = match from {
        From::Anybody => OpModeR::Base,
        From::Holder(public) => {
            OpModeR::Auth(<Kem as hpke::Kem>::PublicKey::from_bytes(public).map_err(|_| NotForUs)?)
        }
    };
    let (private, _) = recipient.pair().ok_or(NotForUs)?;
    single_shot_open::<AesGcm256, HkdfSha256, Kem>(
        &mode,
        &private,
        &encapsulated,
        info,
        ciphertext,
        b"",
    )
    .map(Zeroizing::new)
    .map_err(|_| NotForUs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_53_what_is_sealed_opens_for_its_recipient_in_its_context_from_its_sender() {
        let (recipient, sender, other) = (
            OpenKey::generate(),
            OpenKey::generate(),
            OpenKey::generate(),
        );
        let sealed = seal(&recipient.public(), Some(&sender), b"one", b"the keys").unwrap();
        let from = sender.public();
        let opened = open(&recipient, From::Holder(&from), b"one", &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"the keys");
        let refused = [
            open(&other, From::Holder(&from), b"one", &sealed),
            open(&recipient, From::Holder(&other.public()), b"one", &sealed),
            open(&recipient, From::Anybody, b"one", &sealed),
            open(&recipient, From::Holder(&from), b"two", &sealed),
            open(&recipient, From::Holder(&from), b"one", &sealed[..40]),
            open(&recipient, From::Holder(&from), b"one", b""),
        ];
        assert!(refused.iter().all(|opened| *opened == Err(NotForUs)));
        for position in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[position] ^= 1;
            assert!(open(&recipient, From::Holder(&from), b"one", &bad).is_err());
        }
    }

    #[test]
    fn what_anybody_may_seal_opens() {
        let recipient = OpenKey::generate();
        let sealed = seal(&recipient.public(), None, b"hello", b"an address").unwrap();
        let opened = open(&recipient, From::Anybody, b"hello", &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"an address");
    }
}
