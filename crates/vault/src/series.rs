//! One series of a vault: plain bytes go in and come out, ciphertext rests in
//! the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use crate::{
    envelope::{KeyId, Revision},
    manifest::{Dating, Head, Row, Rows},
    parallel,
    store::{BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, StoreError, Tag},
    vault::{ATTEMPTS, Place, Spent, Vault, VaultError},
};

/// How often a busy store is tried to be read at once.
const READS: usize = 3;

/// Names a series, for example `meetings/<account>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub String);

/// Names a record within its series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub String);

/// What one commit changes. `Debug` prints counts, never content.
#[derive(Default)]
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

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("put", &self.put.len())
            .field("delete", &self.delete.len())
            .field("replace", &self.replace)
            .finish_non_exhaustive()
    }
}

/// What goes with the records of a [`Batch`]. `Debug` prints counts, never
/// content.
#[derive(Default)]
pub struct Beside {
    /// The last days of records: a service may forget them after it. A vault
    /// on the own disk keeps no such days.
    pub expires: BTreeMap<RecordId, Day>,
    /// What is sealed by itself beside a record that is put, and opened by
    /// [`Series::beside`] alone. Only where [`Series::keeps_beside`].
    pub long: Vec<(RecordId, Vec<u8>)>,
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside")
            .field("expires", &self.expires.len())
            .field("long", &self.long.len())
            .finish()
    }
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

/// A series in plain bytes, or in what a caller has made of them. `Debug`
/// prints counts, never content.
pub struct Loaded<T = Vec<u8>> {
    /// Records in the order of their ids.
    pub records: Vec<(RecordId, T)>,
    /// The head; `None` when there is none or it did not open.
    pub head: Option<Vec<u8>>,
    /// How many records did not open.
    pub quarantined: usize,
    /// Whether all is as it was committed.
    pub integrity: Integrity,
    /// Counts the commits. It only grows, so a smaller one than was seen
    /// before is of a store that was rolled back.
    pub revision: u64,
    /// Records whose key is destroyed before they expire, where a later one is
    /// here: put again they are sealed by that.
    pub aging: BTreeSet<RecordId>,
}

impl<T> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("records", &self.records.len())
            .field("quarantined", &self.quarantined)
            .field("integrity", &self.integrity)
            .field("revision", &self.revision)
            .field("aging", &self.aging.len())
            .finish_non_exhaustive()
    }
}

/// What the last load or commit left.
struct Known {
    revision: Revision,
    rows: Rows,
    /// Rows that did not open. Nobody can read them any more, so the next
    /// commit takes them out: what is over must not stay for them.
    strays: Vec<BlindId>,
    /// The head in the store.
    tag: Option<Tag>,
}

/// What is remembered of a series between loads and commits.
#[derive(Default)]
struct Memory {
    /// Empty after a commit that failed: nobody knows what it has done.
    known: Option<Known>,
    /// The greatest that was ever seen.
    seen: Revision,
}

impl Memory {
    fn keep(&mut self, known: Known) {
        self.seen = self.seen.max(known.revision);
        self.known = Some(known);
    }
}

/// What a commit may go on top of, where the series has to be read again for
/// it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Upon {
    /// Whatever is there.
    Anything,
    /// All that was committed before.
    Whole,
}

/// One run of records with their head. Clones are the same series.
#[derive(Clone)]
pub struct Series {
    vault: Vault,
    id: SeriesId,
    memory: Arc<tokio::sync::Mutex<Memory>>,
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Series")
    }
}

impl Series {
    pub(crate) fn new(vault: Vault, id: SeriesId) -> Self {
        Self {
            vault,
            id,
            memory: Arc::default(),
        }
    }

    fn blind(&self) -> BlindId {
        self.vault.blind_id(&[&self.id.0])
    }

    /// Reads and opens everything, from a busy store at the third attempt at the
    /// latest. Records that do not open are left out and
    /// counted; the rest is used.
    pub async fn load(&self) -> Result<Loaded, VaultError> {
        self.load_on(Day(0)).await
    }

    /// The same, where records whose last day is before `today` may be
    /// missing: a service forgets them.
    pub async fn load_on(&self, today: Day) -> Result<Loaded, VaultError> {
        self.load_each(today, |bytes| bytes).await
    }

    /// The same, where each record's bytes become something else as soon as
    /// they are opened: never are all of them in memory. `each` runs on several
    /// threads where there are many records.
    pub async fn load_each<T: Send + 'static>(
        &self,
        today: Day,
        each: impl Fn(Vec<u8>) -> T + Copy + Send + Sync + 'static,
    ) -> Result<Loaded<T>, VaultError> {
        let mut memory = self.memory.lock().await;
        let mut read = self.read(today, each).await;
        for _ in 1..READS {
            // A store that is busy for a moment is not an empty one.
            if let Err(VaultError::Store(StoreError::Busy(_))) = read {
                read = self.read(today, each).await;
            }
        }
        let (mut loaded, found) = read?;
        if found.revision < memory.seen {
            loaded.integrity = Integrity::Broken;
        }
        // It is told: from here on this one counts.
        memory.seen = found.revision;
        memory.keep(found);
        Ok(loaded)
    }

    async fn read<T: Send + 'static>(
        &self,
        today: Day,
        each: impl Fn(Vec<u8>) -> T + Copy + Send + Sync + 'static,
    ) -> Result<(Loaded<T>, Known), VaultError> {
        let mut turn = self.vault.turn();
        let mut read = self.read_with_present_keys(today, each).await?;
        // Another program may have taken another key since this one looked,
        // and this one while it read.
        for _ in 0..ATTEMPTS {
            if read.0.integrity == Integrity::Whole {
                break;
            }
            self.vault.read_keys().await?;
            let before = std::mem::replace(&mut turn, self.vault.turn());
            if before == turn {
                break;
            }
            read = self.read_with_present_keys(today, each).await?;
        }
        Ok(read)
    }

    async fn read_with_present_keys<T: Send + 'static>(
        &self,
        today: Day,
        each: impl Fn(Vec<u8>) -> T + Copy + Send + Sync + 'static,
    ) -> Result<(Loaded<T>, Known), VaultError> {
        let series = self.blind();
        let vault = self.vault.clone();
        let mut line = parallel::Line::new(move |row| open(&vault, series, row, each));
        let (mut before, mut found) = (None, Vec::new());
        // Each record once, in the order of the ids.
        let mut in_order = true;
        let sealed_head = self
            .vault
            .store
            .read_in_parts(series, &mut |part| {
                for row in &part {
                    in_order = in_order && before.is_none_or(|before| before < row.record);
                    before = Some(row.record);
                    found.push(row.record);
                }
                line.take(part);
            })
            .await?;
        let nothing = sealed_head.is_none() && before.is_none();
        let opened = line.finish();
        let (mut rows, mut quarantined) = (Rows::new(), 0);
        let (mut aging, newest_key) = (BTreeSet::new(), self.vault.newest_released());
        let mut records = Vec::with_capacity(opened.len());
        for opened in opened {
            match opened {
                Ok(found) => {
                    let key = found.key;
                    if newest_key.is_some_and(|newest| key < newest) && found.row.outlives(key) {
                        aging.insert(found.record.0.clone());
                    }
                    if rows.insert(found.blind, found.row).is_none() {
                        records.push(found.record);
                    }
                }
                // Nobody opens what a service has still to forget, once its
                // week's key is no more.
                Err(last_day) => {
                    quarantined += usize::from(last_day.is_none_or(|day| day >= today));
                }
            }
        }
        records.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let head = sealed_head.as_ref().and_then(|blob| {
            let (outside, plain) = self.vault.open_blob(&Place::head(series), blob)?;
            Some((outside.revision, Head::decode(&plain, self.vault.dating())?))
        });
        let as_committed = head.as_ref().is_some_and(|(_, head)| {
            quarantined == 0
                && in_order
                && head.generation >= self.vault.floor()
                && head.agrees(&rows, today)
        });
        let newest_row = rows.values().map(|row| row.revision).max();
        let newest_row = newest_row.unwrap_or(Revision(0));
        // A head that is lost must not make the series count from 1 again.
        let revision = head
            .as_ref()
            .map_or(newest_row, |(revision, _)| newest_row.max(*revision));
        let loaded = Loaded {
            records,
            quarantined,
            integrity: if nothing || as_committed {
                Integrity::Whole
            } else {
                Integrity::Broken
            },
            head: head.map(|(_, head)| head.bytes),
            revision: revision.0,
            aging,
        };
        // A service sees what its readers leave out, and is told by nobody.
        let strays = match self.vault.dating() {
            Dating::Undated if quarantined > 0 => {
                found.retain(|record| !rows.contains_key(record));
                found
            }
            Dating::Undated | Dating::Dated => Vec::new(),
        };
        let known = Known {
            revision,
            rows,
            strays,
            tag: sealed_head.as_deref().map(Tag::of),
        };
        Ok((loaded, known))
    }

    /// How many commits there were at the last load or commit, where the store
    /// is still as it was then. `None` where another program has changed the
    /// series since, or nothing was loaded.
    pub async fn revision_in_store(&self) -> Result<Option<u64>, VaultError> {
        let memory = self.memory.lock().await;
        let Some(known) = memory.known.as_ref() else {
            return Ok(None);
        };
        let head = self.vault.store.head(self.blind()).await?;
        let is_same = head.as_deref().map(Tag::of) == known.tag;
        Ok(is_same.then_some(known.revision.0))
    }

    /// Seals and commits a batch, all of it or nothing. When another program
    /// has changed the series since, the batch goes on top of that.
    pub async fn commit(&self, batch: Batch) -> Result<(), VaultError> {
        let nothing = Beside::default();
        self.commit_upon(batch, nothing, Upon::Anything).await
    }

    /// The same, where records have a last day.
    pub async fn commit_until(
        &self,
        batch: Batch,
        expires: &BTreeMap<RecordId, Day>,
    ) -> Result<(), VaultError> {
        let beside = Beside {
            expires: expires.clone(),
            long: Vec::new(),
        };
        self.commit_with(batch, beside).await
    }

    /// The same, with what goes with the records. Putting a record again
    /// without it takes away what was beside the record.
    ///
    /// What is lost on the own disk since the last load is lost to the head of
    /// the batch as well: a cursor has passed it. Only a batch of everything
    /// goes on top of that. What another writer has sealed over meanwhile is not
    /// noticed.
    ///
    /// # Errors
    /// [`VaultError::Incomplete`] then, and whatever the store says.
    pub async fn commit_with(&self, batch: Batch, beside: Beside) -> Result<(), VaultError> {
        let upon = if self.keeps_beside() && !batch.replace {
            Upon::Whole
        } else {
            Upon::Anything
        };
        self.commit_upon(batch, beside, upon).await
    }

    async fn commit_upon(
        &self,
        batch: Batch,
        beside: Beside,
        upon: Upon,
    ) -> Result<(), VaultError> {
        let mut memory = self.memory.lock().await;
        for _ in 0..ATTEMPTS {
            // On failure nothing is known, and the next commit reads again.
            let before = if let Some(before) = memory.known.take() {
                before
            } else {
                let (loaded, found) = self.read(Day(0), drop).await?;
                let is_less = loaded.integrity == Integrity::Broken || found.revision < memory.seen;
                if is_less && upon == Upon::Whole {
                    return Err(VaultError::Incomplete);
                }
                found
            };
            let seals = batch.put.len() + beside.long.len() + 1;
            let spent = self.vault.spend(seals as u64).await?;
            if let Some((sealed, after)) = self.seal(&batch, &beside, before, spent)
                && self.vault.store.commit(sealed).await? == Outcome::Done
            {
                memory.keep(after);
                return Ok(());
            }
            self.vault.read_keys().await?;
        }
        Err(VaultError::Contended)
    }

    /// The batch as the store takes it, and what is known once it has.
    fn seal(
        &self,
        batch: &Batch,
        beside: &Beside,
        before: Known,
        spent: Spent,
    ) -> Option<(SealedBatch, Known)> {
        let dating = self.vault.dating();
        let series = self.blind();
        let revision = Revision(before.revision.0 + 1);
        let mut rows = before.rows;
        if batch.replace {
            rows.clear();
        }
        let blind = |id: &RecordId| self.vault.blind_id(&[&self.id.0, &id.0]);
        let mut delete: Vec<BlindId> = batch.delete.iter().map(blind).collect();
        for record in &delete {
            rows.remove(record);
        }
        // What is put in the place of one of them comes after this.
        delete.extend(before.strays);
        let mut put = Vec::with_capacity(batch.put.len());
        for (id, bytes) in &batch.put {
            let record = blind(id);
            let expires = match dating {
                Dating::Undated => None,
                Dating::Dated => beside.expires.get(id).copied(),
            };
            rows.insert(record, Row { revision, expires });
            let place = Place::record(series, record, expires);
            let plain = join_record(id, bytes);
            put.push(SealedRow {
                record,
                expires,
                blob: self.vault.seal(spent.key, revision, &place, &plain)?,
            });
        }
        let mut long = Vec::with_capacity(beside.long.len());
        for (id, bytes) in &beside.long {
            let record = blind(id);
            let place = Place::beside(series, record);
            long.push((record, self.vault.seal(spent.key, revision, &place, bytes)?));
        }
        let head = Head::over(&rows, spent.generation, batch.head.clone());
        let head = self.vault.seal(
            spent.key,
            revision,
            &Place::head(series),
            &head.encode(dating),
        )?;
        let after = Known {
            revision,
            rows,
            strays: Vec::new(),
            tag: Some(Tag::of(&head)),
        };
        let sealed = SealedBatch {
            series,
            keys: spent.keys,
            after: before.tag,
            replace: if batch.replace {
                Replace::Everything
            } else {
                Replace::Nothing
            },
            put,
            beside: long,
            delete,
            head,
        };
        Some((sealed, after))
    }

    /// Whether something can be kept beside a record. Of what leaves the
    /// machine a service would learn when somebody looks.
    pub fn keeps_beside(&self) -> bool {
        self.vault.keeps_beside()
    }

    /// Opens what is kept beside a record. `None` when there is nothing, or it
    /// is not what was committed with the record: fetch it again.
    pub async fn beside(&self, id: &RecordId) -> Result<Option<Vec<u8>>, VaultError> {
        let memory = self.memory.lock().await;
        let known = match &memory.known {
            Some(known) => known,
            // A commit still has to see for itself whether all is there.
            None => &self.read(Day(0), drop).await?.1,
        };
        let series = self.blind();
        let record = self.vault.blind_id(&[&self.id.0, &id.0]);
        let place = Place::beside(series, record);
        let mut opened = None;
        for _ in 0..2 {
            let Some(blob) = self.vault.store.beside(series, record).await? else {
                return Ok(None);
            };
            opened = self.vault.open_blob(&place, &blob);
            if opened.is_some() {
                break;
            }
            // Another program may have taken another key since this one
            // looked, or this one has sealed it again since it was read.
            self.vault.read_keys().await?;
        }
        let row = known.rows.get(&record);
        let of_row = |revision| row.is_some_and(|row| row.revision == revision);
        Ok(opened.and_then(|(outside, plain)| of_row(outside.revision).then_some(plain)))
    }

    /// Forgets the series.
    pub async fn forget(&self) -> Result<(), VaultError> {
        *self.memory.lock().await = Memory::default();
        Ok(self.vault.store.forget(self.blind()).await?)
    }
}

/// A record and what is known of its row.
struct Opened<T> {
    blind: BlindId,
    row: Row,
    key: KeyId,
    record: (RecordId, T),
}

/// The record of a row; the last day that stands on the
/// outside of one that does not open.
fn open<T>(
    vault: &Vault,
    series: BlindId,
    row: SealedRow,
    each: impl Fn(Vec<u8>) -> T,
) -> Result<Opened<T>, Option<Day>> {
    let place = Place::record(series, row.record, row.expires);
    let opened = vault.open_blob(&place, &row.blob);
    drop(row.blob);
    let (outside, plain) = opened.ok_or(row.expires)?;
    let (id, content) = split_record(plain).ok_or(row.expires)?;
    let known = Row {
        revision: outside.revision,
        expires: row.expires,
    };
    Ok(Opened {
        blind: row.record,
        row: known,
        key: outside.key,
        record: (id, each(content)),
    })
}

/// The id stands inside the sealed bytes, behind the content: the blind one
/// cannot be turned back.
fn join_record(id: &RecordId, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(4 + id.0.len() + bytes.len());
    plain.extend_from_slice(bytes);
    plain.extend_from_slice(id.0.as_bytes());
    // Ids are far shorter than 4 GiB.
    plain.extend_from_slice(&u32::try_from(id.0.len()).unwrap_or(0).to_be_bytes());
    plain
}

fn split_record(mut plain: Vec<u8>) -> Option<(RecordId, Vec<u8>)> {
    let (rest, length) = plain.split_last_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let content = rest.len().checked_sub(length)?;
    let id = String::from_utf8(rest.get(content..)?.to_vec()).ok()?;
    plain.truncate(content);
    Some((RecordId(id), plain))
}
