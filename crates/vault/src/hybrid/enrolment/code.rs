//! The one-time code that a user reads in their own calendar.

use aes_gcm::aead::Generate as _;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::hybrid::{joined, wire::Bytes};

/// Crockford's alphabet: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS: usize = 16;

/// A one-time code: 16 letters of 5 bits each.
#[derive(PartialEq, Eq)]
pub struct Code(Zeroizing<String>);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(‹redacted›)")
    }
}

impl Code {
    /// A fresh code from the operating system's generator.
    pub fn generate() -> Self {
        let bytes = Zeroizing::new(<[u8; LETTERS]>::generate());
        let letters = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        Self(Zeroizing::new(letters.collect()))
    }

    /// The same once more: one is shown, one waits at the desk.
    pub(super) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    /// Reads what a person typed; spaces, hyphens and case do not count, and
    /// letters that look alike are the same.
    pub fn read(typed: &str) -> Option<Self> {
        let mut letters = Zeroizing::new(String::with_capacity(LETTERS));
        for letter in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                letter => letter,
            };
            if !letter.is_ascii() || !ALPHABET.contains(&u8::try_from(letter).ok()?) {
                return None;
            }
            letters.push(letter);
        }
        (letters.len() == LETTERS).then_some(Self(letters))
    }

    /// As it is shown: four groups of four.
    pub fn shown(&self) -> Zeroizing<String> {
        let groups: Vec<&str> = [0, 4, 8, 12]
            .iter()
            .filter_map(|from| self.0.get(*from..from + 4))
            .collect();
        Zeroizing::new(groups.join("-"))
    }

    fn mac(&self, side: &[u8], transcript: &[u8]) -> Option<Hmac<Sha256>> {
        let mut key = Zeroizing::new([0_u8; 32]);
        Hkdf::<Sha256>::new(None, self.0.as_bytes())
            .expand(
                &joined(&[b"joinbell enrolment 1", side]),
                key.as_mut_slice(),
            )
            .ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).ok()?;
        mac.update(transcript);
        Some(mac)
    }

    pub(super) fn prove(&self, side: &[u8], transcript: &[u8]) -> Bytes {
        let mac = self.mac(side, transcript);
        // HMAC takes keys of every length.
        Bytes(
            mac.map(|mac| mac.finalize().into_bytes().to_vec())
                .unwrap_or_default(),
        )
    }

    pub(super) fn is_proven(&self, side: &[u8], transcript: &[u8], proof: &Bytes) -> bool {
        self.mac(side, transcript)
            .is_some_and(|mac| mac.verify_slice(&proof.0).is_ok())
    }
}
