//! What a series' head says about its records, so that one that is missing,
//! old or foreign is noticed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{envelope::Revision, key_box::Generation, store::BlindId};

/// Blind ids with the revision of their blob.
pub(crate) type Rows = BTreeMap<BlindId, Revision>;

/// SHA-256 over the rows. It needs no key: it rests sealed in the head.
pub(crate) fn hash(rows: &Rows) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (id, revision) in rows {
        hash.update(id.0);
        hash.update(revision.0.to_be_bytes());
    }
    hash.finalize().into()
}

/// The head's plain form: the manifest and the caller's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) generation: Generation,
    pub(crate) rows_hash: [u8; 32],
    pub(crate) bytes: Vec<u8>,
}

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut plain = Vec::with_capacity(40 + self.bytes.len());
        plain.extend_from_slice(&self.generation.0.to_be_bytes());
        plain.extend_from_slice(&self.rows_hash);
        plain.extend_from_slice(&self.bytes);
        plain
    }

    pub(crate) fn decode(plain: &[u8]) -> Option<Self> {
        let (generation, rest) = plain.split_first_chunk()?;
        let (rows_hash, bytes) = rest.split_first_chunk()?;
        Some(Self {
            generation: Generation(u64::from_be_bytes(*generation)),
            rows_hash: *rows_hash,
            bytes: bytes.to_vec(),
        })
    }
}
