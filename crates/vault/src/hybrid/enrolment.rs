//! How a device is taken in without a password to the service: values and
//! functions of values, for both ends.
//!
//! 1. The client seals an [`Opening`], which names an address, to the
//!    connector's public key.
//! 2. The connector makes a [`Code`] and puts it into that user's own calendar.
//! 3. The user reads the code there and types it in. The client proves it with
//!    a [`Proof`]: a MAC over both ends' public keys.
//! 4. The connector's [`Desk`] takes each code once, within ten minutes, and
//!    answers with a [`Welcome`]: the device's key, attested, and a MAC by the
//!    same code, so that the client knows whose answer it is.
//! 5. The key service believes the [`Attestation`], and nobody else.
//!
//! The service between them sees sealed bytes, public keys and MACs. Without
//! the code, of 80 random bits, it can neither take in a device nor put
//! another connector in the place of the real one.

use std::collections::BTreeMap;

use aes_gcm::aead::Generate as _;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    joined,
    passport::{SignKey, is_signed},
    wire::Bytes,
};
use crate::opaque::OpaqueId;

/// Seconds that a code is good for.
pub const CODE_GOOD_FOR: u64 = 600;
/// Wrong proofs that a code survives.
const TRIES: u8 = 3;
/// Enrolments under way at one connector.
const PENDING_MAX: usize = 1000;

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

    fn prove(&self, side: &[u8], transcript: &[u8]) -> Bytes {
        let mac = self.mac(side, transcript);
        // HMAC takes keys of every length.
        Bytes(
            mac.map(|mac| mac.finalize().into_bytes().to_vec())
                .unwrap_or_default(),
        )
    }

    fn is_proven(&self, side: &[u8], transcript: &[u8], proof: &Bytes) -> bool {
        self.mac(side, transcript)
            .is_some_and(|mac| mac.verify_slice(&proof.0).is_ok())
    }
}

const CLIENT: &[u8] = b"client";
const CONNECTOR: &[u8] = b"connector";

/// The public keys of one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKeys {
    /// Ed25519: proves who asks.
    #[serde(with = "super::wire::thirty_two")]
    pub signing: [u8; 32],
    /// X25519: opens what is sealed to it.
    #[serde(with = "super::wire::thirty_two")]
    pub sealing: [u8; 32],
}

/// What a client asks first; sealed to the connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The client's name for this enrolment.
    pub enrolment: OpaqueId,
    /// Whose mailbox.
    pub address: String,
}

/// What a client sends once the user has typed the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Which enrolment.
    pub enrolment: OpaqueId,
    /// The device's keys.
    pub device: PublicKeys,
    /// By the code, over everything.
    pub mac: Bytes,
}

/// The connector's word that a device belongs to a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The organization.
    pub organization: OpaqueId,
    /// The mailbox.
    pub mailbox: OpaqueId,
    /// The device's id.
    pub device: OpaqueId,
    /// The device's keys.
    pub keys: PublicKeys,
    /// When, in seconds since 1970.
    pub issued: u64,
    /// The connector's.
    pub signature: Bytes,
}

impl Attestation {
    fn message(&self) -> Vec<u8> {
        joined(&[
            b"joinbell attestation 1",
            &self.organization.0,
            &self.mailbox.0,
            &self.device.0,
            &self.keys.signing,
            &self.keys.sealing,
            &self.issued.to_be_bytes(),
        ])
    }

    fn signed(mut self, connector: &SignKey) -> Self {
        self.signature = Bytes(connector.sign(&self.message()).to_vec());
        self
    }

    /// Whether the connector with this public key says so.
    pub fn is_by(&self, connector: &[u8; 32]) -> bool {
        <[u8; 64]>::try_from(self.signature.0.as_slice())
            .is_ok_and(|signature| is_signed(connector, &self.message(), &signature))
    }
}

/// What the connector answers to a right proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// The device, attested.
    pub attestation: Attestation,
    /// The public key by which the key service's answers are known.
    #[serde(with = "super::wire::thirty_two")]
    pub key_service: [u8; 32],
    /// By the code, over everything: the client knows whose answer it is.
    pub mac: Bytes,
}

/// Why an enrolment does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No code waits for this, or not any more.
    #[error("The code is not valid any more; ask for another one")]
    NoCode,
    /// Another code was typed.
    #[error("The code is not the one in the calendar; look at it again")]
    WrongCode,
    /// Too many at once.
    #[error("Too many devices are being added at once; try again in ten minutes")]
    TooMany,
    /// The answer is not by whom the code was made.
    #[error("The answer does not come from your organization's connector; nothing was set up")]
    Impostor,
}

/// What both ends must have seen alike.
struct Transcript<'a> {
    organization: OpaqueId,
    enrolment: OpaqueId,
    address: &'a str,
    connector: PublicKeys,
    device: PublicKeys,
}

impl Transcript<'_> {
    fn bytes(&self) -> Vec<u8> {
        joined(&[
            b"joinbell enrolment 1",
            &self.organization.0,
            &self.enrolment.0,
            self.address.trim().to_lowercase().as_bytes(),
            &self.connector.signing,
            &self.connector.sealing,
            &self.device.signing,
            &self.device.sealing,
        ])
    }

    fn welcome(&self, attestation: &Attestation, key_service: &[u8; 32]) -> Vec<u8> {
        joined(&[&self.bytes(), &attestation.message(), key_service])
    }
}

/// The client's end.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// The organization.
    pub organization: OpaqueId,
    /// The client's name for this enrolment.
    pub enrolment: OpaqueId,
    /// The user's address.
    pub address: String,
    /// The connector's keys, as the service shows them: the code proves them.
    pub connector: PublicKeys,
    /// The device's own keys.
    pub device: PublicKeys,
}

impl Applicant {
    fn transcript(&self) -> Transcript<'_> {
        Transcript {
            organization: self.organization,
            enrolment: self.enrolment,
            address: &self.address,
            connector: self.connector,
            device: self.device,
        }
    }

    /// Proves the code.
    pub fn prove(&self, code: &Code) -> Proof {
        Proof {
            enrolment: self.enrolment,
            device: self.device,
            mac: code.prove(CLIENT, &self.transcript().bytes()),
        }
    }

    /// Whether the answer is by whom the code was made, for this device.
    pub fn accept(&self, code: &Code, welcome: &Welcome) -> Result<(), Refusal> {
        let said = &welcome.attestation;
        let bytes = self.transcript().welcome(said, &welcome.key_service);
        let ours = said.organization == self.organization && said.keys == self.device;
        let proven = code.is_proven(CONNECTOR, &bytes, &welcome.mac);
        if ours && proven && said.is_by(&self.connector.signing) {
            Ok(())
        } else {
            Err(Refusal::Impostor)
        }
    }
}

struct Pending {
    address: String,
    code: Code,
    until: u64,
    tries: u8,
}

/// The connector's end: the codes that wait to be proven.
#[derive(Default)]
pub struct Desk {
    pending: BTreeMap<OpaqueId, Pending>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("pending", &self.pending.len())
            .finish()
    }
}

/// What the connector signs and answers with.
#[derive(Debug, Clone, Copy)]
pub struct Attester<'a> {
    /// The organization.
    pub organization: OpaqueId,
    /// The connector's signing key.
    pub key: &'a SignKey,
    /// The connector's public keys.
    pub public: PublicKeys,
    /// The key service's public key.
    pub key_service: [u8; 32],
}

impl Desk {
    /// Makes a code for an address at `now`. An earlier one for the same
    /// address is of no use any more.
    pub fn open(&mut self, opening: &Opening, now: u64) -> Result<Code, Refusal> {
        let address = opening.address.trim().to_lowercase();
        self.pending
            .retain(|_, pending| pending.until > now && pending.address != address);
        if self.pending.len() >= PENDING_MAX || self.pending.contains_key(&opening.enrolment) {
            return Err(Refusal::TooMany);
        }
        let code = Code::generate();
        let pending = Pending {
            address,
            code: Code(code.0.clone()),
            until: now.saturating_add(CODE_GOOD_FOR),
            tries: TRIES,
        };
        self.pending.insert(opening.enrolment, pending);
        Ok(code)
    }

    /// Takes a proof at `now`. `mailbox` gives the id of an address's mailbox.
    pub fn prove(
        &mut self,
        proof: &Proof,
        attester: Attester<'_>,
        mailbox: impl FnOnce(&str) -> OpaqueId,
        now: u64,
    ) -> Result<Welcome, Refusal> {
        self.pending.retain(|_, pending| pending.until > now);
        let pending = self
            .pending
            .get_mut(&proof.enrolment)
            .ok_or(Refusal::NoCode)?;
        let transcript = Transcript {
            organization: attester.organization,
            enrolment: proof.enrolment,
            address: &pending.address,
            connector: attester.public,
            device: proof.device,
        };
        if !pending
            .code
            .is_proven(CLIENT, &transcript.bytes(), &proof.mac)
        {
            pending.tries -= 1;
            if pending.tries == 0 {
                self.pending.remove(&proof.enrolment);
            }
            return Err(Refusal::WrongCode);
        }
        let attestation = Attestation {
            organization: attester.organization,
            mailbox: mailbox(&pending.address),
            device: OpaqueId::random(),
            keys: proof.device,
            issued: now,
            signature: Bytes::default(),
        }
        .signed(attester.key);
        let bytes = transcript.welcome(&attestation, &attester.key_service);
        let mac = pending.code.prove(CONNECTOR, &bytes);
        self.pending.remove(&proof.enrolment);
        Ok(Welcome {
            attestation,
            key_service: attester.key_service,
            mac,
        })
    }
}
