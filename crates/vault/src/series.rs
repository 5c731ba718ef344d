//! A vault and the series in it: plain bytes go in and come out, ciphertext
//! rests in the store.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{
    envelope::{self, KeyId, Outside, Revision},
    key::{Key, Label},
    store::{BlindId, Replace, SealedBatch, SealedRow, Store, StoreError},
};

/// Seals that one data key may make (SR-04): with random 96-bit nonces the
/// chance of a repeated one stays below 2^-56.
pub const SEALS_PER_KEY_MAX: u64 = 1 << 20;

/// Names a series, for example `meetings/<account>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub String);

/// Names a record within its series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub String);

/// Why a vault could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key from the keyring does not open this store.
    #[error("The key in the keyring does not open the store; it is set aside and fetched again")]
    WrongKey,
}

/// What one commit changes.
#[derive(Debug, Default)]
pub struct Batch {
    /// New and changed records.
    pub put: Vec<(RecordId, Vec<u8>)>,
    /// Records that go.
    pub delete: Vec<RecordId>,
    /// What stands with the records, for example the sync cursor.
    pub head: Vec<u8>,
    /// True when `put` is everything: older records go.
    pub replace: bool,
}

/// Whether what was loaded is what was committed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// The records are those of the manifest.
    Whole,
    /// Records are missing, older than they should be, or did not open: use
    /// what is there, and fetch everything again.
    Broken,
}

/// A series in plain bytes.
#[derive(Debug)]
pub struct Loaded {
    /// Records in the order of their ids.
    pub records: Vec<(RecordId, Vec<u8>)>,
    /// The head; `None` when there is none or it did not open.
    pub head: Option<Vec<u8>>,
    /// How many records did not open.
    pub quarantined: usize,
    /// Whether all is as it was committed.
    pub integrity: Integrity,
}

/// The data keys as they stand in the key box.
#[derive(Serialize, Deserialize)]
struct KeyBox {
    keys: Vec<DataKey>,
}

#[derive(Serialize, Deserialize)]
struct DataKey {
    id: u32,
    bytes: [u8; 32],
    seals: u64,
}

impl Drop for DataKey {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.bytes.zeroize();
    }
}

struct Keys {
    wrap: Key,
    blind: Key,
    data: BTreeMap<KeyId, (Key, u64)>,
}

/// The head's plain form: the manifest and the caller's bytes.
struct Head {
    revision: u64,
    rows_hash: [u8; 32],
    bytes: Vec<u8>,
}

impl Head {
    fn encode(&self) -> Vec<u8> {
        let mut plain = self.revision.to_be_bytes().to_vec();
        plain.extend_from_slice(&self.rows_hash);
        plain.extend_from_slice(&self.bytes);
        plain
    }

    fn decode(plain: &[u8]) -> Option<Self> {
        let (revision, rest) = plain.split_first_chunk::<8>()?;
        let (rows_hash, bytes) = rest.split_first_chunk::<32>()?;
        Some(Self {
            revision: u64::from_be_bytes(*revision),
            rows_hash: *rows_hash,
            bytes: bytes.to_vec(),
        })
    }
}

/// An opened store.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn Store>,
    keys: Arc<Mutex<Keys>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

const KEY_BOX_PLACE: &[u8] = b"joinbell vault 1 key box";

impl Vault {
    /// Opens a store with the key-encryption key. A fresh store takes any key.
    pub async fn open(store: Arc<dyn Store>, kek: &Key) -> Result<Self, VaultError> {
        let wrap = kek.derive(Label::Wrap);
        let mut data = BTreeMap::new();
        if let Some(sealed) = store.keys().await? {
            let (_, plain) = envelope::open(|_| Some(&wrap), KEY_BOX_PLACE, &sealed)
                .map_err(|_| VaultError::WrongKey)?;
            let plain = zeroize::Zeroizing::new(plain);
            let key_box: KeyBox =
                serde_json::from_slice(&plain).map_err(|_| VaultError::WrongKey)?;
            for key in &key_box.keys {
                if let Some(opened) = Key::from_bytes(&key.bytes) {
                    data.insert(KeyId(key.id), (opened, key.seals));
                }
            }
        }
        let keys = Keys {
            blind: kek.derive(Label::BlindIndex),
            wrap,
            data,
        };
        Ok(Self {
            store,
            keys: Arc::new(Mutex::new(keys)),
        })
    }

    /// The series of this name; it need not exist yet.
    pub fn series(&self, id: SeriesId) -> Series {
        Series {
            vault: self.clone(),
            known: Arc::new(tokio::sync::Mutex::new(None)),
            id,
        }
    }

    /// Gives deleted bytes back to the disk.
    pub async fn compact(&self) -> Result<(), VaultError> {
        Ok(self.store.compact().await?)
    }

    fn with_keys<T>(&self, f: impl FnOnce(&mut Keys) -> T) -> T {
        // The closures change one counter or one entry at a time.
        f(&mut self
            .keys
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Keys {
    fn blind_id(&self, parts: &[&str]) -> BlindId {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.blind.expose()) else {
            // HMAC takes keys of every length.
            return BlindId([0; 16]);
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let hash = mac.finalize().into_bytes();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        BlindId(id)
    }

    /// The key for `seals` more seals: the newest one, or a fresh one when
    /// that has made its share.
    fn for_seals(&mut self, seals: u64) -> KeyId {
        if let Some((id, (_, made))) = self.data.iter_mut().next_back()
            && *made + seals <= SEALS_PER_KEY_MAX
        {
            *made += seals;
            return *id;
        }
        let id = KeyId(self.data.keys().next_back().map_or(1, |last| last.0 + 1));
        self.data.insert(id, (Key::generate(), seals));
        id
    }

    fn sealed_box(&self) -> Vec<u8> {
        let key_box = KeyBox {
            keys: self
                .data
                .iter()
                .map(|(id, (key, seals))| DataKey {
                    id: id.0,
                    bytes: *key.expose(),
                    seals: *seals,
                })
                .collect(),
        };
        // Numbers and bytes always have a JSON form.
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&key_box).unwrap_or_default());
        let outside = Outside {
            key: KeyId(0),
            revision: Revision(0),
        };
        envelope::seal(&self.wrap, outside, KEY_BOX_PLACE, &plain)
    }

    fn seal(&self, key: KeyId, revision: Revision, place: &[u8], plain: &[u8]) -> Vec<u8> {
        self.data.get(&key).map_or_else(Vec::new, |(data, _)| {
            envelope::seal(data, Outside { key, revision }, place, plain)
        })
    }

    fn open(&self, place: &[u8], blob: &[u8]) -> Option<(Revision, Vec<u8>)> {
        envelope::open(|id| self.data.get(&id).map(|(key, _)| key), place, blob)
            .ok()
            .map(|(outside, plain)| (outside.revision, plain))
    }
}

/// Where a blob belongs, as additional authenticated data. Lengths go in
/// front, so that no two places share their bytes.
fn place(kind: &str, series: BlindId, record: Option<BlindId>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for part in [
        b"joinbell vault 1".as_slice(),
        kind.as_bytes(),
        &series.0,
        record.as_ref().map_or(&[], |id| &id.0),
    ] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Blind ids with the revision of their blob: what the manifest hashes.
type Rows = BTreeMap<BlindId, Revision>;

fn hash_rows(rows: &Rows) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (id, revision) in rows {
        hash.update(id.0);
        hash.update(revision.0.to_be_bytes());
    }
    hash.finalize().into()
}

/// What the last load or commit left: the revision and the rows.
struct Known {
    revision: u64,
    rows: Rows,
}

/// One run of records with their head. Clones are the same series.
#[derive(Clone)]
pub struct Series {
    vault: Vault,
    id: SeriesId,
    known: Arc<tokio::sync::Mutex<Option<Known>>>,
}

impl std::fmt::Debug for Series {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Series")
    }
}

impl Series {
    fn blind(&self) -> BlindId {
        self.vault.with_keys(|keys| keys.blind_id(&[&self.id.0]))
    }

    /// Reads and opens everything. Records that do not open are left out and
    /// counted; the rest is used.
    pub async fn load(&self) -> Result<Loaded, VaultError> {
        let mut known = self.known.lock().await;
        let (loaded, found) = self.read().await?;
        *known = Some(found);
        Ok(loaded)
    }

    async fn read(&self) -> Result<(Loaded, Known), VaultError> {
        let series = self.blind();
        let sealed = self.vault.store.read(series).await?;
        let (mut rows, mut records, mut quarantined) = (Rows::new(), Vec::new(), 0);
        let head: Option<Head> = self.vault.with_keys(|keys| {
            for row in &sealed.rows {
                let opened = keys
                    .open(&place("record", series, Some(row.record)), &row.blob)
                    .and_then(|(revision, plain)| {
                        let (id, bytes) = split_record(&plain)?;
                        (keys.blind_id(&[&self.id.0, &id.0]) == row.record)
                            .then_some((revision, id, bytes))
                    });
                match opened {
                    Some((revision, id, bytes)) => {
                        rows.insert(row.record, revision);
                        records.push((id, bytes));
                    }
                    None => quarantined += 1,
                }
            }
            let blob = sealed.head.as_ref()?;
            let (_, plain) = keys.open(&place("head", series, None), blob)?;
            Head::decode(&plain)
        });
        records.sort_by(|a, b| a.0.cmp(&b.0));
        let nothing = sealed.head.is_none() && sealed.rows.is_empty();
        let whole = nothing
            || (quarantined == 0
                && head
                    .as_ref()
                    .is_some_and(|head| head.rows_hash == hash_rows(&rows)));
        let loaded = Loaded {
            records,
            quarantined,
            integrity: if whole {
                Integrity::Whole
            } else {
                Integrity::Broken
            },
            head: head.as_ref().map(|head| head.bytes.clone()),
        };
        let revision = head.map_or(0, |head| head.revision);
        Ok((loaded, Known { revision, rows }))
    }

    /// Seals and commits a batch, all of it or nothing.
    pub async fn commit(&self, batch: Batch) -> Result<(), VaultError> {
        let mut known = self.known.lock().await;
        let before = match known.take() {
            Some(before) => before,
            None => self.read().await?.1,
        };
        let series = self.blind();
        let revision = Revision(before.revision + 1);
        let mut rows = if batch.replace {
            Rows::new()
        } else {
            before.rows.clone()
        };
        let sealed = self.vault.with_keys(|keys| {
            let key = keys.for_seals(batch.put.len() as u64 + 1);
            let blind = |id: &RecordId| keys.blind_id(&[&self.id.0, &id.0]);
            let delete: Vec<BlindId> = batch.delete.iter().map(blind).collect();
            for record in &delete {
                rows.remove(record);
            }
            let put: Vec<SealedRow> = batch
                .put
                .iter()
                .map(|(id, bytes)| {
                    let record = blind(id);
                    rows.insert(record, revision);
                    let place = place("record", series, Some(record));
                    let plain = join_record(id, bytes);
                    SealedRow {
                        record,
                        blob: keys.seal(key, revision, &place, &plain),
                    }
                })
                .collect();
            let head = Head {
                revision: revision.0,
                rows_hash: hash_rows(&rows),
                bytes: batch.head,
            };
            SealedBatch {
                series,
                replace: if batch.replace {
                    Replace::Everything
                } else {
                    Replace::Nothing
                },
                put,
                delete,
                head: keys.seal(key, revision, &place("head", series, None), &head.encode()),
                keys: keys.sealed_box(),
            }
        });
        // On failure `known` stays empty, and the next commit reads again.
        self.vault.store.commit(sealed).await?;
        *known = Some(Known {
            revision: revision.0,
            rows,
        });
        Ok(())
    }

    /// Forgets the series.
    pub async fn forget(&self) -> Result<(), VaultError> {
        let mut known = self.known.lock().await;
        *known = None;
        Ok(self.vault.store.forget(self.blind()).await?)
    }
}

/// The id stands inside the sealed bytes: the blind one cannot be turned back.
fn join_record(id: &RecordId, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(4 + id.0.len() + bytes.len());
    // Ids are far shorter than 4 GiB.
    plain.extend_from_slice(&u32::try_from(id.0.len()).unwrap_or(0).to_be_bytes());
    plain.extend_from_slice(id.0.as_bytes());
    plain.extend_from_slice(bytes);
    plain
}

fn split_record(plain: &[u8]) -> Option<(RecordId, Vec<u8>)> {
    let (length, rest) = plain.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let (id, bytes) = rest.split_at_checked(length)?;
    let id = String::from_utf8(id.to_vec()).ok()?;
    Some((RecordId(id), bytes.to_vec()))
}
