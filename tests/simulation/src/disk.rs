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
use sha2::{Digest as _, Sha256};
use vault::{
    Shelf, Store, StoreError,
    memory::MemoryStore,
    store::{BlindId, Outcome, SealedBatch, SealedSeries, Tag},
};

use crate::host::Life;

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It is on disk.
    Works,
    /// There is no room (F58).
    Full,
    /// The folder may not be written (F59).
    ReadOnly,
}

/// At which side of a commit the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Nothing of it is on disk.
    Before,
    /// All of it is, and the process never learns.
    After,
}

type Digest = [u8; 32];

fn digest(blob: &[u8]) -> Digest {
    Sha256::digest(blob).into()
}

struct State {
    store: Arc<MemoryStore>,
    mood: Mood,
    damaged: bool,
    backup: Option<Arc<MemoryStore>>,
    /// Kill the process at its next commit.
    trap: Option<Side>,
    nonces: BTreeSet<(Vec<u8>, Vec<u8>)>,
    /// Blobs by the order in which they were written. The store's own order
    /// is that of names drawn by lot.
    written: BTreeMap<Digest, usize>,
    doubled_nonces: usize,
    unreadable: usize,
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
                damaged: false,
                backup: None,
                trap: None,
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

    /// Makes the file no store any more.
    pub fn damage(&self) {
        self.state().damaged = true;
    }

    /// Kills the process at its next commit.
    pub fn set_trap(&self, side: Side) {
        self.state().trap = Some(side);
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

    /// Whether these bytes rest here anywhere in the clear (I8).
    pub fn holds(&self, canary: &[u8]) -> bool {
        let store = Arc::clone(&self.state().store);
        let mut found = false;
        store.tamper(|blob| {
            found |= blob
                .windows(canary.len())
                .any(|window| window.eq_ignore_ascii_case(canary));
        });
        found
    }
}

impl State {
    fn write(&self) -> Result<(), StoreError> {
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
        let state = self.disk.state();
        if state.damaged {
            return Err(StoreError::Damaged("the simulated disk".to_owned()));
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
        state.damaged = false;
        state.store = Arc::default();
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
        self.disk.state().write()?;
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
            state.trap.take()
        };
        if trap == Some(Side::Before) {
            self.life.end();
            self.life.still().await;
        }
        let outcome = store.commit(batch).await;
        if trap == Some(Side::After) {
            self.life.end();
            self.life.still().await;
        }
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
