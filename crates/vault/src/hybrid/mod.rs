//! What passes between a client, the connector, the service and the key
//! service, as values: who asks, how a device is taken in, how keys are handed
//! out, and the messages which carry sealed records.

pub mod cbor;
pub mod enrolment;
pub mod letter;
pub mod passport;
pub mod sealing;
pub mod wire;

use sha2::{Digest, Sha256};

/// The parts in a row, each with its length in front, so that no two rows of
/// parts share their bytes.
pub(crate) fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
