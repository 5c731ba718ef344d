//! What a series' head says about its records, so that one that is missing,
//! old or foreign is noticed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{
    envelope::{KeyId, Revision},
    key_box::Generation,
    mailbox::Epoch,
    store::{BlindId, Day},
};

/// What is known of a row without opening it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) revision: Revision,
    pub(crate) expires: Option<Day>,
}

impl Row {
    /// Whether it is needed on days on which a week's key is no more.
    pub(crate) fn outlives(&self, key: KeyId) -> bool {
        let destroyed = Epoch(key.0).destroyed_on();
        self.expires.is_some_and(|last| last >= destroyed)
    }
}

/// Blind ids with what is known of their blob.
pub(crate) type Rows = BTreeMap<BlindId, Row>;

type Hash = [u8; 32];

/// Whether heads say on which day which rows expire. What rests on the own
/// disk has no such days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dating {
    Undated,
    Dated,
}

/// SHA-256 over the rows that expire on `day`. It needs no key: it rests
/// sealed in the head.
fn hash(rows: &Rows, day: Option<Day>) -> Hash {
    let mut hash = Sha256::new();
    for (id, row) in rows.iter().filter(|(_, row)| row.expires == day) {
        hash.update(id.0);
        hash.update(row.revision.0.to_be_bytes());
    }
    hash.finalize().into()
}

fn hash_of_days(rows: &Rows) -> BTreeMap<Day, Hash> {
    let mut days: BTreeMap<Day, Hash> = BTreeMap::new();
    for day in rows.values().filter_map(|row| row.expires) {
        days.entry(day).or_insert_with(|| hash(rows, Some(day)));
    }
    days
}

/// The head's plain form: the manifest and the caller's bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) generation: Generation,
    rows_hash: Hash,
    days: BTreeMap<Day, Hash>,
    pub(crate) bytes: Vec<u8>,
}

impl Head {
    pub(crate) fn over(rows: &Rows, generation: Generation, bytes: Vec<u8>) -> Self {
        Self {
            generation,
            rows_hash: hash(rows, None),
            days: hash_of_days(rows),
            bytes,
        }
    }

    /// Whether these are the rows that were committed. Those whose last day is
    /// before `today` may be missing: a service forgets them.
    pub(crate) fn agrees(&self, rows: &Rows, today: Day) -> bool {
        let mut found = hash_of_days(rows);
        found.retain(|day, _| *day >= today);
        let said = self.days.iter().filter(|(day, _)| **day >= today);
        self.rows_hash == hash(rows, None) && said.eq(found.iter())
    }

    pub(crate) fn encode(&self, dating: Dating) -> Vec<u8> {
        let mut plain = Vec::with_capacity(48 + 36 * self.days.len() + self.bytes.len());
        plain.extend_from_slice(&self.generation.0.to_be_bytes());
        plain.extend_from_slice(&self.rows_hash);
        if dating == Dating::Dated {
            // A window has some forty days.
            let days = u16::try_from(self.days.len()).unwrap_or(u16::MAX);
            plain.extend_from_slice(&days.to_be_bytes());
            for (day, hash) in &self.days {
                plain.extend_from_slice(&day.0.to_be_bytes());
                plain.extend_from_slice(hash);
            }
        }
        plain.extend_from_slice(&self.bytes);
        plain
    }

    pub(crate) fn decode(plain: &[u8], dating: Dating) -> Option<Self> {
        let (generation, rest) = plain.split_first_chunk()?;
        let (rows_hash, mut rest) = rest.split_first_chunk()?;
        let mut days = BTreeMap::new();
        if dating == Dating::Dated {
            let (count, mut after) = rest.split_first_chunk()?;
            for _ in 0..u16::from_be_bytes(*count) {
                let (day, behind) = after.split_first_chunk()?;
                let (hash, behind) = behind.split_first_chunk()?;
                days.insert(Day(u32::from_be_bytes(*day)), *hash);
                after = behind;
            }
            rest = after;
        }
        Some(Self {
            generation: Generation(u64::from_be_bytes(*generation)),
            rows_hash: *rows_hash,
            days,
            bytes: rest.to_vec(),
        })
    }
}
