//! The file's bytes: a header that says how to come to the key, the secrets
//! in one COSE_Encrypt0 bound to the header, and a checksum.
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `joinbell secrets` |
//! | 1 | the layout's version, 1 |
//! | 3 × 4 | Argon2id: memory in KiB, passes, lanes; big-endian |
//! | 16 | salt |
//! | … | COSE_Encrypt0; the header above is its external data |
//! | 32 | SHA-256 of all before |
//!
//! The checksum proves nothing about whoever wrote the file, which the seal
//! does. It tells a damaged file from a wrong passphrase.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    NotOpened,
    stretch::{Cost, SALT_BYTES},
};
use crate::{
    envelope::{self, KeyId, Outside, Revision},
    key::Key,
    sensitive::Sensitive,
};

const MAGIC: &[u8; 16] = b"joinbell secrets";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 16 + 1 + 3 * 4 + SALT_BYTES;
const CHECKSUM_BYTES: usize = 32;

/// No file of ours is longer: some passwords and refresh tokens.
pub(super) const LONGEST: u64 = 1024 * 1024;

/// Secrets are filled up to a multiple of it, so that the file's length does
/// not tell that of a password.
const CLASS: usize = 1024;

/// The key that a passphrase gives is the only one.
const KEY_ID: KeyId = KeyId(0);

/// Secrets by name.
pub(super) type Secrets = BTreeMap<String, Sensitive<Vec<u8>>>;

/// What stands readable at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) cost: Cost,
    pub(super) salt: [u8; SALT_BYTES],
}

impl Header {
    fn bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let parts: [&[u8]; 6] = [
            MAGIC,
            &[VERSION],
            &self.cost.memory.to_be_bytes(),
            &self.cost.passes.to_be_bytes(),
            &self.cost.lanes.to_be_bytes(),
            &self.salt,
        ];
        for (to, from) in bytes.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        bytes
    }
}

/// A file that is whole, still sealed.
pub(super) struct Sealed<'b> {
    pub(super) header: Header,
    blob: &'b [u8],
}

/// Takes a file apart. Nothing secret is needed for it, and nothing of it is
/// to be trusted before it has opened.
pub(super) fn read(bytes: &[u8]) -> Result<Sealed<'_>, NotOpened> {
    let (header, rest) = bytes
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or(NotOpened::Damaged)?;
    let (blob, checksum) = rest
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(NotOpened::Damaged)?;
    let mut fields = Reader(header);
    if fields.take(MAGIC.len()) != Some(MAGIC) {
        return Err(NotOpened::Damaged);
    }
    if fields.take(1) != Some(&[VERSION]) {
        return Err(NotOpened::Newer);
    }
    let whole: [u8; CHECKSUM_BYTES] = Sha256::new()
        .chain_update(header)
        .chain_update(blob)
        .finalize()
        .into();
    if whole != *checksum {
        return Err(NotOpened::Damaged);
    }
    let mut number = || fields.number().ok_or(NotOpened::Damaged);
    let cost = Cost {
        memory: number()?,
        passes: number()?,
        lanes: number()?,
    };
    let salt = *fields.0.first_chunk().ok_or(NotOpened::Damaged)?;
    if !cost.is_fair() {
        return Err(NotOpened::Cost);
    }
    let header = Header { cost, salt };
    Ok(Sealed { header, blob })
}

impl Sealed<'_> {
    /// Opens it. A file that is whole and does not open has another
    /// passphrase.
    pub(super) fn open(&self, key: &Key) -> Result<(Revision, Secrets), NotOpened> {
        let find = |id| (id == KEY_ID).then_some(key);
        let (outside, plain) = envelope::open(find, &self.header.bytes(), self.blob)
            .map_err(|_| NotOpened::WrongPassphrase)?;
        let plain = Zeroizing::new(plain);
        let secrets = unpack(&plain).ok_or(NotOpened::Damaged)?;
        Ok((outside.revision, secrets))
    }
}

/// The file with these secrets.
pub(super) fn write(header: &Header, key: &Key, revision: Revision, secrets: &Secrets) -> Vec<u8> {
    let outside = Outside {
        key: KEY_ID,
        revision,
    };
    let mut bytes = header.bytes().to_vec();
    bytes.extend(envelope::seal(
        key,
        outside,
        &header.bytes(),
        &pack(secrets),
    ));
    let checksum = Sha256::digest(&bytes);
    bytes.extend(checksum);
    bytes
}

/// How many there are, and each with its name and their lengths.
fn pack(secrets: &Secrets) -> Zeroizing<Vec<u8>> {
    let lengths = secrets
        .iter()
        .map(|(name, secret)| 8 + name.len() + secret.expose().len());
    let length = 4 + lengths.sum::<usize>();
    // In one piece from the start: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(CLASS)));
    put(&mut bytes, secrets.len());
    for (name, secret) in secrets {
        put(&mut bytes, name.len());
        bytes.extend_from_slice(name.as_bytes());
        put(&mut bytes, secret.expose().len());
        bytes.extend_from_slice(secret.expose());
    }
    bytes.resize(length.next_multiple_of(CLASS), 0);
    bytes
}

fn put(bytes: &mut Vec<u8>, count: usize) {
    // What is longer than `LONGEST` is refused before it is written.
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&count.to_be_bytes());
}

fn unpack(bytes: &[u8]) -> Option<Secrets> {
    let mut reader = Reader(bytes);
    let mut secrets = Secrets::new();
    for _ in 0..reader.number()? {
        let length = usize::try_from(reader.number()?).ok()?;
        let name = String::from_utf8(reader.take(length)?.to_vec()).ok()?;
        let length = usize::try_from(reader.number()?).ok()?;
        secrets.insert(name, Sensitive::new(reader.take(length)?.to_vec()));
    }
    Some(secrets)
}

/// The bytes that are still to be read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.first_chunk()?;
        Some(u32::from_be_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        cost: Cost::USUAL,
        salt: [5; SALT_BYTES],
    };

    fn secrets() -> Secrets {
        let secret = |text: &str| Sensitive::new(text.as_bytes().to_vec());
        [
            ("joinbell/5e1f/kek".to_owned(), secret("CANARY-key")),
            (
                "joinbell/account/anna".to_owned(),
                secret("CANARY-password"),
            ),
        ]
        .into()
    }

    fn file() -> (Key, Vec<u8>) {
        let key = Key::generate();
        let bytes = write(&HEADER, &key, Revision(3), &secrets());
        (key, bytes)
    }

    fn with_checksum(bytes: &[u8]) -> Vec<u8> {
        let body = &bytes[..bytes.len() - CHECKSUM_BYTES];
        [body, Sha256::digest(body).as_slice()].concat()
    }

    fn opened(key: &Key, bytes: &[u8]) -> Result<(Revision, Secrets), NotOpened> {
        read(bytes)?.open(key)
    }

    fn assert_same(secrets: &Secrets, expected: &Secrets) {
        assert!(secrets.keys().eq(expected.keys()));
        for (name, secret) in expected {
            assert_eq!(secrets[name].expose(), secret.expose());
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (key, bytes) = file();
        let (revision, found) = opened(&key, &bytes).unwrap();
        assert_eq!(revision, Revision(3));
        assert_same(&found, &secrets());
    }

    #[test]
    fn sr_09_a_flipped_bit_anywhere_is_called_damage_and_never_a_wrong_passphrase() {
        let (key, bytes) = file();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[place] ^= 1 << bit;
                let expected = if place == MAGIC.len() {
                    NotOpened::Newer
                } else {
                    NotOpened::Damaged
                };
                assert_eq!(opened(&key, &bad).err(), Some(expected), "{place} {bit}");
            }
        }
    }

    #[test]
    fn sr_09_with_a_checksum_that_was_made_good_nothing_else_opens() {
        let (key, bytes) = file();
        for place in 0..bytes.len() - CHECKSUM_BYTES {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[place] ^= 1 << bit;
                // A flip in CBOR's framing may read as the same message; what
                // opens is then the same to the last byte.
                if let Ok((revision, found)) = opened(&key, &with_checksum(&bad)) {
                    assert!(place >= HEADER_BYTES, "the header is bound: {place}");
                    assert_eq!(revision, Revision(3));
                    assert_same(&found, &secrets());
                }
            }
        }
    }

    #[test]
    fn sr_09_a_file_that_was_cut_anywhere_is_damaged() {
        let (key, bytes) = file();
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            assert_eq!(
                opened(&key, cut).err(),
                Some(NotOpened::Damaged),
                "{length}"
            );
            if length > HEADER_BYTES + CHECKSUM_BYTES {
                assert!(opened(&key, &with_checksum(cut)).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn sr_09_another_key_is_a_wrong_passphrase() {
        let (_, bytes) = file();
        let refused = opened(&Key::generate(), &bytes).err();
        assert_eq!(refused, Some(NotOpened::WrongPassphrase));
    }

    #[test]
    fn sr_09_a_header_that_asks_too_much_is_refused_before_it_is_obeyed() {
        let (_, bytes) = file();
        for (at, number) in [
            (17, u32::MAX),
            (17, 8),
            (21, 1),
            (21, 1000),
            (25, 0),
            (25, 99),
        ] {
            let mut bad = bytes.clone();
            bad[at..at + 4].copy_from_slice(&number.to_be_bytes());
            let refused = read(&with_checksum(&bad)).err();
            assert_eq!(refused, Some(NotOpened::Cost), "{at} {number}");
        }
    }

    #[test]
    fn sr_09_the_file_tells_neither_names_nor_secrets_nor_their_lengths() {
        let (key, bytes) = file();
        for word in ["CANARY", "anna", "kek"] {
            let found = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{word}");
        }
        let mut longer = secrets();
        let long = "CANARY-password-that-is-longer".as_bytes().to_vec();
        longer.insert("joinbell/account/anna".to_owned(), Sensitive::new(long));
        let other = write(&HEADER, &key, Revision(3), &longer);
        assert_eq!(other.len(), bytes.len());
    }

    #[test]
    fn sr_09_a_body_that_lies_about_its_lengths_is_damaged() {
        let key = Key::generate();
        let outside = Outside {
            key: KEY_ID,
            revision: Revision(1),
        };
        for body in [
            &[][..],
            &[0, 0, 0],
            &[0, 0, 0, 1, 255, 255, 255, 255],
            &[255, 255, 255, 255],
            &[0, 0, 0, 1, 0, 0, 0, 1, 0xFF, 0, 0, 0, 0],
        ] {
            let mut bytes = HEADER.bytes().to_vec();
            bytes.extend(envelope::seal(&key, outside, &HEADER.bytes(), body));
            bytes.extend([0; CHECKSUM_BYTES]);
            let refused = opened(&key, &with_checksum(&bytes)).err();
            assert_eq!(refused, Some(NotOpened::Damaged), "{body:?}");
        }
    }
}
