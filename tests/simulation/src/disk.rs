//! The machine's disk: what is committed on it outlives the process, and it
//! has bad days.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use coset::{CborSerializable, CoseEncrypt0};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::{
    Shelf, Store, StoreError,
    memory::MemoryStore,
    store::{BlindId, Outcome, Replace, SealedBatch, SealedSeries, Tag},
};

use crate::{host::Life, leak::Leak};

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mood {
    /// It is on disk.
    Works,
    /// There is no room (F58).
    Full,
    /// The folder may not be written (F59).
    ReadOnly,
}

/// At which side of a commit the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Nothing of it is on disk.
    Before,
    /// All of it is, and the process never learns.
    After,
    /// A part of it is, and ends in the middle of a record: a torn page.
    Torn,
    /// Nothing of it is, nor of the commit before, which the disk had
    /// acknowledged and not written.
    Lost,
}

/// What has become of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum File {
    Whole,
    /// It is no store any more (F60).
    Damaged,
    /// A later version has written it (F61).
    Newer,
}

/// What waits for a commit.
#[derive(Debug)]
struct Trap {
    side: Side,
    /// Commits that pass before it springs.
    left: u32,
    /// What the disk has really written, where it lies.
    written: Option<Arc<MemoryStore>>,
}

type Digest = [u8; 32];

fn digest(blob: &[u8]) -> Digest {
    Sha256::digest(blob).into()
}

struct State {
    store: Arc<MemoryStore>,
    mood: Mood,
    file: File,
    backup: Option<Arc<MemoryStore>>,
    trap: Option<Trap>,
    met: Met,
    nonces: BTreeSet<(Vec<u8>, Vec<u8>)>,
    /// Blobs by the order in which they were written. The store's own order
    /// is that of names drawn by lot.
    written: BTreeMap<Digest, usize>,
    doubled_nonces: usize,
    unreadable: usize,
}

/// What a process ran into since the last question.
#[derive(Debug, Default)]
pub struct Met {
    /// Moods in which a write was refused.
    pub refused: Vec<Mood>,
    /// The trap that sprang.
    pub sprung: Option<Side>,
}

/// The disk.
pub struct Disk {
    state: Mutex<State>,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                store: Arc::default(),
                mood: Mood::Works,
                file: File::Whole,
                backup: None,
                trap: None,
                met: Met::default(),
                nonces: BTreeSet::new(),
                written: BTreeMap::new(),
                doubled_nonces: 0,
                unreadable: 0,
            }),
        }
    }
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what becomes of writes.
    pub fn set_mood(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Makes a copy of the store that can be put back.
    pub fn back_up(&self) {
        let copy = Arc::new(self.state().store.copy());
        self.state().backup = Some(copy);
    }

    /// Puts the copy in the store's place (SR-08); false when there is none.
    pub fn put_back(&self) -> bool {
        let mut state = self.state();
        let Some(backup) = state.backup.take() else {
            return false;
        };
        state.store = backup;
        state.write_out();
        true
    }

    /// Flips one bit of one blob (F60); false when there is no blob. The same
    /// number chooses the same one when the same day is lived again.
    pub fn flip(&self, chosen: usize) -> bool {
        let mut state = self.state();
        let store = Arc::clone(&state.store);
        let mut resting = Vec::new();
        store.tamper(|blob| resting.push(digest(blob)));
        resting.sort_by_key(|blob| state.written.get(blob).copied());
        let Some(place) = chosen.checked_rem(resting.len()) else {
            return false;
        };
        let target = resting[place];
        store.tamper(|blob| {
            if digest(blob) == target
                && let Some(place) = chosen.checked_rem(blob.len())
            {
                blob[place] ^= 1 << (chosen % 8);
                if let Some(number) = state.written.get(&target).copied() {
                    state.written.insert(digest(blob), number);
                }
            }
        });
        true
    }

    /// Flips one bit of the key box (F60); false when there is none.
    pub fn flip_keys(&self, chosen: usize) -> bool {
        let store = Arc::clone(&self.state().store);
        store.tamper_with_keys(|sealed| {
            if let Some(place) = chosen.checked_rem(sealed.len()) {
                sealed[place] ^= 1 << (chosen % 8);
            }
        })
    }

    /// Makes the file no store any more.
    pub fn damage(&self) {
        self.state().file = File::Damaged;
    }

    /// Makes the file one that a later version has written.
    pub fn make_newer(&self) {
        self.state().file = File::Newer;
    }

    /// Kills the process at its next commit, or, where the disk lies, at the
    /// one after; `later` of them pass before.
    pub fn set_trap(&self, side: Side, later: u32) {
        let mut state = self.state();
        let written = (side == Side::Lost).then(|| Arc::new(state.store.copy()));
        state.trap = Some(Trap {
            side,
            left: later + u32::from(side == Side::Lost),
            written,
        });
    }

    /// Nothing waits for a commit any more.
    pub fn clear_trap(&self) {
        self.state().trap = None;
    }

    /// What processes ran into since the last call.
    pub fn take_met(&self) -> Met {
        std::mem::take(&mut self.state().met)
    }

    /// Nonces that were used twice with one key, and blobs that are none
    /// (I9).
    pub fn crypto_faults(&self) -> usize {
        let state = self.state();
        state.doubled_nonces + state.unreadable
    }

    /// How many blobs rest here.
    pub fn blobs(&self) -> usize {
        let store = Arc::clone(&self.state().store);
        let mut count = 0;
        store.tamper(|_| count += 1);
        count
    }

    /// How many texts rest here of meetings that do not (I11).
    pub fn texts_alone(&self) -> usize {
        let store = Arc::clone(&self.state().store);
        store.beside_nothing()
    }

    /// The keys with which something that rests here is sealed (SR-05).
    pub fn keys_in_use(&self) -> BTreeSet<Vec<u8>> {
        let store = Arc::clone(&self.state().store);
        let mut keys = BTreeSet::new();
        store.tamper(|blob| {
            if let Ok(sealed) = CoseEncrypt0::from_slice(blob) {
                keys.insert(sealed.protected.header.key_id);
            }
        });
        keys
    }

    /// Whether a word rests here anywhere in the clear (I8).
    pub fn holds(&self, leak: &Leak) -> bool {
        let store = Arc::clone(&self.state().store);
        let mut found = false;
        store.tamper(|blob| found |= leak.is_in(blob));
        store.tamper_with_keys(|sealed| found |= leak.is_in(sealed));
        found
    }
}

impl State {
    fn write(&mut self) -> Result<(), StoreError> {
        if self.mood != Mood::Works && !self.met.refused.contains(&self.mood) {
            self.met.refused.push(self.mood);
        }
        match self.mood {
            Mood::Works => Ok(()),
            Mood::Full => Err(StoreError::Full("the simulated disk".to_owned())),
            Mood::ReadOnly => Err(StoreError::ReadOnly("the simulated disk".to_owned())),
        }
    }

    fn note(&mut self, blob: &[u8]) {
        let number = self.written.len();
        self.written.insert(digest(blob), number);
        match CoseEncrypt0::from_slice(blob) {
            Ok(sealed) => {
                let key = sealed.protected.header.key_id.clone();
                if !self.nonces.insert((key, sealed.unprotected.iv)) {
                    self.doubled_nonces += 1;
                }
            }
            Err(_) => self.unreadable += 1,
        }
    }

    /// Another file lies there now, and nothing of it is unwritten.
    fn write_out(&mut self) {
        self.trap = self.trap.take().filter(|trap| trap.written.is_none());
    }

    /// The trap that a commit springs.
    fn spring(&mut self) -> Option<Side> {
        let trap = self.trap.as_mut()?;
        if trap.left > 0 {
            trap.left -= 1;
            return None;
        }
        let trap = self.trap.take()?;
        if let Some(written) = trap.written {
            self.store = written;
        }
        self.met.sprung = Some(trap.side);
        Some(trap.side)
    }
}

/// A part of a batch that nobody would commit.
async fn tear(store: &MemoryStore, batch: SealedBatch) -> Result<Outcome, StoreError> {
    let cut = |blob: &[u8]| blob.iter().take(blob.len() / 2).copied().collect();
    let head = store.read(batch.series).await?.head;
    let mut put = batch.put;
    put.truncate(put.len().div_ceil(2));
    if let Some(last) = put.last_mut() {
        last.blob = cut(&last.blob);
    }
    let head = match head {
        Some(head) if !put.is_empty() => head,
        _ => cut(&batch.head),
    };
    let torn = SealedBatch {
        put,
        head,
        replace: Replace::Nothing,
        beside: Vec::new(),
        delete: Vec::new(),
        ..batch
    };
    store.commit(torn).await
}

/// The disk as one process uses it.
pub struct Grip {
    /// The disk.
    pub disk: Arc<Disk>,
    /// The process.
    pub life: Life,
}

#[async_trait]
impl Shelf for Grip {
    async fn open(&self, _: &Path) -> Result<Arc<dyn Store>, StoreError> {
        self.life.still().await;
        let name = || "the simulated disk".to_owned();
        match self.disk.state().file {
            File::Whole => {}
            File::Damaged => return Err(StoreError::Damaged(name())),
            File::Newer => return Err(StoreError::Newer(name())),
        }
        Ok(Arc::new(Self {
            disk: Arc::clone(&self.disk),
            life: self.life.clone(),
        }))
    }

    fn is_damaged(&self, _: &Path) -> bool {
        false
    }

    fn set_aside(&self, _: &Path) -> io::Result<()> {
        let mut state = self.disk.state();
        if state.mood != Mood::Works {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        state.file = File::Whole;
        state.store = Arc::default();
        state.write_out();
        Ok(())
    }

    fn remove_set_aside(&self, _: &Path) {}
}

impl Grip {
    async fn store(&self) -> Arc<MemoryStore> {
        self.life.still().await;
        Arc::clone(&self.disk.state().store)
    }
}

#[async_trait]
impl Store for Grip {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.store().await.keys().await
    }

    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        let store = self.store().await;
        {
            let mut state = self.disk.state();
            state.write()?;
            state.note(&sealed);
        }
        store.replace_keys(before, sealed).await
    }

    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        self.store().await.series().await
    }

    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        self.store().await.read(series).await
    }

    async fn beside(
        &self,
        series: BlindId,
        record: BlindId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.store().await.beside(series, record).await
    }

    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        let store = self.store().await;
        let trap = {
            let mut state = self.disk.state();
            state.write()?;
            for row in &batch.put {
                state.note(&row.blob);
            }
            for (_, blob) in &batch.beside {
                state.note(blob);
            }
            state.note(&batch.head);
            state.spring()
        };
        let outcome = match trap {
            None => return store.commit(batch).await,
            Some(Side::Before | Side::Lost) => Ok(Outcome::Done),
            Some(Side::After) => store.commit(batch).await,
            Some(Side::Torn) => tear(&store, batch).await,
        };
        self.life.end();
        self.life.still().await;
        outcome
    }

    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        let store = self.store().await;
        self.disk.state().write()?;
        store.forget(series).await
    }

    async fn compact(&self) -> Result<(), StoreError> {
        self.store().await.compact().await
    }
}
