//! A store that lives as long as the program: without a keyring there is no
//! other, and nothing of it reaches a disk.

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;

use crate::store::{
    BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, SealedSeries, Store, StoreError, Tag,
};

#[derive(Debug, Clone, Default)]
struct HeldSeries {
    rows: BTreeMap<BlindId, (Vec<u8>, Option<Day>)>,
    beside: BTreeMap<BlindId, Vec<u8>>,
    head: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
struct Held {
    keys: Option<Vec<u8>>,
    series: BTreeMap<BlindId, HeldSeries>,
}

/// Keeps sealed records in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    held: Mutex<Held>,
}

impl MemoryStore {
    /// The same content in a store of its own, as a backup has it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            held: Mutex::new(self.with(|held| held.clone())),
        }
    }

    /// Shows every blob at rest to `change`, records, what is beside them, and
    /// heads alike, in a fixed order.
    #[cfg(feature = "testing")]
    pub fn tamper(&self, mut change: impl FnMut(&mut Vec<u8>)) {
        self.with(|held| {
            for series in held.series.values_mut() {
                series.rows.values_mut().for_each(|(blob, _)| change(blob));
                series.beside.values_mut().for_each(&mut change);
                change(&mut series.head);
            }
        });
    }

    /// Shows the key box at rest to `change`; false when there is none yet.
    #[cfg(feature = "testing")]
    pub fn tamper_with_keys(&self, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        self.with(|held| held.keys.as_mut().map(change).is_some())
    }

    /// How many are kept beside records that are not there.
    #[cfg(feature = "testing")]
    pub fn beside_nothing(&self) -> usize {
        self.with(|held| {
            let alone = |series: &HeldSeries| {
                let records = series.beside.keys();
                records.filter(|id| !series.rows.contains_key(*id)).count()
            };
            held.series.values().map(alone).sum()
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Held) -> T) -> T {
        // Each closure below leaves whole values even when it panics.
        f(&mut self
            .held
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.with(|held| held.keys.clone()))
    }

    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        Ok(self.with(|held| {
            if held.keys.as_deref().map(Tag::of) != before {
                return Outcome::Overtaken;
            }
            held.keys = Some(sealed);
            Outcome::Done
        }))
    }

    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        Ok(self.with(|held| held.series.keys().copied().collect()))
    }

    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        Ok(self.with(|held| {
            held.series
                .get(&series)
                .map(|HeldSeries { rows, head, .. }| SealedSeries {
                    rows: rows
                        .iter()
                        .map(|(record, (blob, expires))| SealedRow {
                            record: *record,
                            expires: *expires,
                            blob: blob.clone(),
                        })
                        .collect(),
                    head: Some(head.clone()),
                })
                .unwrap_or_default()
        }))
    }

    async fn beside(
        &self,
        series: BlindId,
        record: BlindId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let of_series = |held: &mut Held| held.series.get(&series)?.beside.get(&record).cloned();
        Ok(self.with(of_series))
    }

    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        Ok(self.with(|held| {
            let head = held.series.get(&batch.series).map(|held| &held.head);
            if held.keys.as_deref().map(Tag::of) != batch.keys
                || head.map(|head| Tag::of(head)) != batch.after
            {
                return Outcome::Overtaken;
            }
            let HeldSeries { rows, beside, head } = held.series.entry(batch.series).or_default();
            if batch.replace == Replace::Everything {
                rows.clear();
                beside.clear();
            }
            for record in batch.delete {
                rows.remove(&record);
                beside.remove(&record);
            }
            for row in batch.put {
                beside.remove(&row.record);
                rows.insert(row.record, (row.blob, row.expires));
            }
            beside.extend(batch.beside);
            *head = batch.head;
            Outcome::Done
        }))
    }

    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        self.with(|held| held.series.remove(&series));
        Ok(())
    }

    async fn compact(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
