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

mod code;
mod desk;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use code::Code;
pub use desk::{Attester, CODE_GOOD_FOR, Desk};

use super::{
    joined,
    passport::{SignKey, is_signed},
    sealing::{self, From, NotForUs, OpenKey},
    wire::Bytes,
};
use crate::opaque::OpaqueId;

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

/// What a client writes to the connector, sealed to its public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Application {
    /// Asks for a code.
    Open(Opening),
    /// Proves it.
    Prove(Proof),
}

const TO_CONNECTOR: &[u8] = b"joinbell enrolment 1 application";

impl Application {
    /// Seals it to the connector.
    pub fn seal(&self, connector: &PublicKeys) -> Result<Vec<u8>, NotForUs> {
        let plain = serde_json::to_vec(self).map_err(|_| NotForUs)?;
        sealing::seal(&connector.sealing, None, TO_CONNECTOR, &plain)
    }

    /// Opens what anybody has sealed.
    pub fn open(own: &OpenKey, sealed: &[u8]) -> Result<Self, NotForUs> {
        let plain = sealing::open(own, From::Anybody, TO_CONNECTOR, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| NotForUs)
    }
}

/// What the connector answers. Nothing of it is secret, and what matters is
/// proven by the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Where there is such a mailbox, a code is in its calendar.
    Sent,
    /// The device is taken in.
    Welcome(Box<Welcome>),
    /// It is not.
    Refused {
        /// Why.
        why: Refusal,
    },
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
    /// Address of the key service.
    pub keys_url: String,
    /// By the code, over everything: the client knows whose answer it is.
    pub mac: Bytes,
}

/// Why an enrolment does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// The calendar did not take the code.
    #[error("The code could not be put into your calendar; try again later")]
    Calendar,
    /// The service or the key service did not take the device.
    #[error("The service does not take the device at present; try again later")]
    NotTaken,
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

    fn welcome(
        &self,
        attestation: &Attestation,
        (key_service, keys_url): (&[u8; 32], &str),
    ) -> Vec<u8> {
        joined(&[
            &self.bytes(),
            &attestation.message(),
            key_service,
            keys_url.as_bytes(),
        ])
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
        let keys = (&welcome.key_service, welcome.keys_url.as_str());
        let bytes = self.transcript().welcome(said, keys);
        let ours = said.organization == self.organization && said.keys == self.device;
        let proven = code.is_proven(CONNECTOR, &bytes, &welcome.mac);
        if ours && proven && said.is_by(&self.connector.signing) {
            Ok(())
        } else {
            Err(Refusal::Impostor)
        }
    }
}
