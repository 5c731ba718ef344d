//! One sealed blob: COSE_Encrypt0 (RFC 9052, section 5.2) with AES-256-GCM
//! and a random 96-bit nonce.
//!
//! The protected header carries the algorithm, the key id and the revision;
//! the place (what the blob is and where it belongs) is external additional
//! data, so a blob that is moved elsewhere does not open (SR-02).

use aes_gcm::{
    Nonce,
    aead::{Aead, Generate, Payload},
};
use coset::{
    CborSerializable, CoseEncrypt0, CoseEncrypt0Builder, HeaderBuilder, Label, cbor::value::Value,
    iana,
};
use thiserror::Error;

use crate::key::Key;

const REVISION: &str = "rev";
const NONCE_BYTES: usize = 12;

/// Names a data key within one vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub u32);

/// Counts the changes of a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// A blob did not open. Why is not said: the caller can only drop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("A sealed record cannot be opened; it is set aside and fetched again")]
pub struct CannotOpen;

/// What stands readable on the outside of a blob, authenticated by opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// Which key opens it.
    pub key: KeyId,
    /// When in the series' life it was sealed.
    pub revision: Revision,
}

/// Seals `plaintext` at `place`.
pub fn seal(key: &Key, outside: Outside, place: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let nonce = Nonce::<aes_gcm::aead::consts::U12>::generate();
    let protected = HeaderBuilder::new()
        .algorithm(iana::Algorithm::A256GCM)
        .key_id(outside.key.0.to_be_bytes().to_vec())
        .text_value(REVISION.to_owned(), Value::from(outside.revision.0))
        .build();
    let unprotected = HeaderBuilder::new().iv(nonce.to_vec()).build();
    let sealed = CoseEncrypt0Builder::new()
        .protected(protected)
        .unprotected(unprotected)
        .create_ciphertext(plaintext, place, |plaintext, aad| {
            let payload = Payload {
                msg: plaintext,
                aad,
            };
            // AES-GCM fails for messages above 64 GiB only.
            key.cipher().encrypt(&nonce, payload).unwrap_or_default()
        })
        .build();
    // Encoding fails for values that do not fit CBOR; bytes and integers do.
    sealed.to_vec().unwrap_or_default()
}

/// Reads the outside without opening. Nothing of it is to be trusted before
/// [`open`] has said yes.
pub fn outside(blob: &[u8]) -> Result<Outside, CannotOpen> {
    let sealed = CoseEncrypt0::from_slice(blob).map_err(|_| CannotOpen)?;
    read_outside(&sealed)
}

fn read_outside(sealed: &CoseEncrypt0) -> Result<Outside, CannotOpen> {
    let header = &sealed.protected.header;
    let algorithm = coset::RegisteredLabelWithPrivate::Assigned(iana::Algorithm::A256GCM);
    if header.alg.as_ref() != Some(&algorithm) {
        return Err(CannotOpen);
    }
    let key = header
        .key_id
        .as_slice()
        .try_into()
        .map_err(|_| CannotOpen)?;
    let revision = header
        .rest
        .iter()
        .find(|(label, _)| *label == Label::Text(REVISION.to_owned()))
        .and_then(|(_, value)| value.as_integer())
        .and_then(|number| u64::try_from(number).ok())
        .ok_or(CannotOpen)?;
    Ok(Outside {
        key: KeyId(u32::from_be_bytes(key)),
        revision: Revision(revision),
    })
}

/// Opens a blob that was sealed at `place` with the key that `find` gives for
/// its key id.
pub fn open<'k>(
    find: impl FnOnce(KeyId) -> Option<&'k Key>,
    place: &[u8],
    blob: &[u8],
) -> Result<(Outside, Vec<u8>), CannotOpen> {
    let sealed = CoseEncrypt0::from_slice(blob).map_err(|_| CannotOpen)?;
    let outside = read_outside(&sealed)?;
    let key = find(outside.key).ok_or(CannotOpen)?;
    let nonce: [u8; NONCE_BYTES] = sealed
        .unprotected
        .iv
        .as_slice()
        .try_into()
        .map_err(|_| CannotOpen)?;
    let plaintext = sealed.decrypt_ciphertext(
        place,
        || CannotOpen,
        |ciphertext, aad| {
            let payload = Payload {
                msg: ciphertext,
                aad,
            };
            key.cipher()
                .decrypt(&Nonce::from(nonce), payload)
                .map_err(|_| CannotOpen)
        },
    )?;
    Ok((outside, plaintext))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTSIDE: Outside = Outside {
        key: KeyId(9),
        revision: Revision(3),
    };

    fn sealed() -> (Key, Vec<u8>) {
        let key = Key::generate();
        let blob = seal(&key, OUTSIDE, b"place", b"Budget follow-up");
        (key, blob)
    }

    #[test]
    fn what_is_sealed_opens_at_its_place() {
        let (key, blob) = sealed();
        let (outside, text) = open(|_| Some(&key), b"place", &blob).unwrap();
        assert_eq!(
            (outside, text.as_slice()),
            (OUTSIDE, &b"Budget follow-up"[..])
        );
    }

    #[test]
    fn sr_02_a_blob_opens_at_no_other_place_and_with_no_other_key() {
        let (key, blob) = sealed();
        assert!(open(|_| Some(&key), b"other", &blob).is_err());
        let foreign = Key::generate();
        assert!(open(|_| Some(&foreign), b"place", &blob).is_err());
        assert!(open(|_| None, b"place", &blob).is_err());
    }

    #[test]
    fn sr_12_a_flipped_bit_anywhere_is_noticed() {
        let (key, blob) = sealed();
        for position in 0..blob.len() {
            for bit in 0..8 {
                let mut bad = blob.clone();
                bad[position] ^= 1 << bit;
                // A flip in CBOR's framing may read as the same header; what
                // opens must then be the same text at the same revision.
                if let Ok(opened) = open(|_| Some(&key), b"place", &bad) {
                    assert_eq!(opened, (OUTSIDE, b"Budget follow-up".to_vec()));
                }
            }
        }
    }

    #[test]
    fn sr_01_the_tag_is_full_and_two_seals_share_no_nonce() {
        let (key, first) = sealed();
        let second = seal(&key, OUTSIDE, b"place", b"Budget follow-up");
        assert_ne!(first, second);
        let cose = CoseEncrypt0::from_slice(&first).unwrap();
        assert_eq!(
            cose.ciphertext.unwrap().len(),
            b"Budget follow-up".len() + 16
        );
        assert_eq!(cose.unprotected.iv.len(), NONCE_BYTES);
    }
}
