//! What enrolments leave behind until it is taken away: the entry with a code
//! in the user's calendar, and the answer with which a device was taken in, as
//! long as nobody has collected it. It rests in the connector's own vault, so
//! that the next run goes on with it.

use std::collections::BTreeMap;

use engine::exchange::Note;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use vault::{Batch, RecordId, Series, SeriesId, Vault, VaultError, opaque::OpaqueId};

const SERIES: &str = "connector/leftovers";

/// What cannot be taken away is tried again for so many seconds.
const TRIED_FOR: u64 = 86_400;

/// Something that was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Left {
    /// The entry with a code, in the calendar of this address.
    Entry { address: String, note: Note },
    /// The answer to a letter, by which this device was taken in.
    Welcome { letter: OpaqueId, device: OpaqueId },
    /// A device that was taken in, and nobody has the answer.
    Unclaimed { device: OpaqueId },
}

/// It is to be taken away then, in seconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Due {
    at: u64,
    left: Left,
}

pub(crate) struct Leftovers {
    series: Series,
    known: Mutex<Option<BTreeMap<String, Due>>>,
}

impl Leftovers {
    pub(crate) fn new(own: &Vault) -> Self {
        Self {
            series: own.series(SeriesId(SERIES.to_owned())),
            known: Mutex::default(),
        }
    }

    /// Something was left, and is to be taken away at a moment.
    pub(super) async fn note(&self, left: Left, at: u64) -> Result<(), VaultError> {
        let due = Due { at, left };
        let put = vec![(OpaqueId::random().to_string(), due)];
        self.change(put, Vec::new()).await
    }

    /// The codes for an address are over: their entries are due now.
    pub(super) async fn over(&self, address: &str, now: u64) -> Result<(), VaultError> {
        let is_of =
            |due: &Due| matches!(&due.left, Left::Entry { address: of, .. } if of == address);
        let put = self
            .known()
            .await?
            .into_iter()
            .filter(|(_, due)| is_of(due));
        let put = put.filter(|(_, due)| due.at > now);
        let put = put.map(|(id, due)| (id, Due { at: now, ..due }));
        self.change(put.collect(), Vec::new()).await
    }

    /// Nobody has, or gets, the answer to this letter: the device that was taken
    /// in by it is due now. In this run that holds also where it cannot be
    /// written down, since nobody can be asked again.
    pub(super) async fn unclaimed(&self, letter: OpaqueId, now: u64) -> Result<(), VaultError> {
        self.known().await?;
        let mut put = Vec::new();
        if let Some(known) = self.known.lock().await.as_mut() {
            for (name, due) in known {
                if let Left::Welcome { letter: of, device } = due.left
                    && of == letter
                {
                    let left = Left::Unclaimed { device };
                    *due = Due { at: now, left };
                    put.push((name.clone(), due.clone()));
                }
            }
        }
        self.change(put, Vec::new()).await
    }

    /// What is due, by the names under which it is noted.
    pub(super) async fn due(&self, now: u64) -> Result<Vec<(String, Left)>, VaultError> {
        let known = self.known().await?.into_iter();
        let due = known.filter(|(_, due)| due.at <= now);
        Ok(due.map(|(id, due)| (id, due.left)).collect())
    }

    /// These were taken away; and what could not be for a day is left.
    pub(super) async fn taken(&self, done: Vec<String>, now: u64) -> Result<(), VaultError> {
        let known = self.known().await?;
        let over = known.iter().filter(|(_, due)| due.at + TRIED_FOR < now);
        let over: Vec<String> = over.map(|(id, _)| id.clone()).collect();
        self.change(Vec::new(), [done, over].concat()).await
    }

    async fn known(&self) -> Result<BTreeMap<String, Due>, VaultError> {
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref() {
            return Ok(known.clone());
        }
        let loaded = self.series.load().await?;
        let each = loaded.records.iter().filter_map(|(id, bytes)| {
            let due: Due = serde_json::from_slice(bytes).ok()?;
            Some((id.0.clone(), due))
        });
        Ok(known.insert(each.collect()).clone())
    }

    async fn change(&self, put: Vec<(String, Due)>, gone: Vec<String>) -> Result<(), VaultError> {
        if put.is_empty() && gone.is_empty() {
            return Ok(());
        }
        self.known().await?;
        let mut known = self.known.lock().await;
        let batch = Batch {
            put: put
                .iter()
                // Texts and numbers always have a JSON form.
                .map(|(id, due)| {
                    let bytes = serde_json::to_vec(due).unwrap_or_default();
                    (RecordId(id.clone()), bytes)
                })
                .collect(),
            delete: gone.iter().cloned().map(RecordId).collect(),
            ..Batch::default()
        };
        self.series.commit(batch).await?;
        if let Some(known) = known.as_mut() {
            known.extend(put);
            known.retain(|id, _| !gone.contains(id));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vault::{
        between::{Between, Moody},
        key::Key,
        memory::MemoryStore,
    };

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn welcome() -> Left {
        Left::Welcome {
            letter: OpaqueId([1; 16]),
            device: OpaqueId([2; 16]),
        }
    }

    #[tokio::test]
    async fn sr_55_that_nobody_has_an_answer_is_known_also_where_the_disk_is_full() {
        let store = Between::new(Arc::new(MemoryStore::default()), Moody::default());
        let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
        let run = || Leftovers::new(&vault);
        let (first, letter) = (run(), OpaqueId([1; 16]));
        first.note(welcome(), NOW + 180).await.unwrap();
        first.unclaimed(OpaqueId([9; 16]), NOW).await.unwrap();
        assert_eq!(first.due(NOW).await.unwrap(), [], "another letter");

        store.hand.be_full(true);
        assert!(first.unclaimed(letter, NOW).await.is_err());
        let due = async |of: &Leftovers| {
            let due = of.due(NOW).await.unwrap().into_iter();
            due.map(|(_, left)| left).collect::<Vec<_>>()
        };
        let device = OpaqueId([2; 16]);
        assert_eq!(due(&first).await, [Left::Unclaimed { device }]);
        assert_eq!(due(&run()).await, []);

        store.hand.be_full(false);
        let next = run();
        next.unclaimed(letter, NOW).await.unwrap();
        assert_eq!(due(&run()).await, [Left::Unclaimed { device }]);
    }

    #[tokio::test]
    async fn what_was_left_is_due_in_time_also_in_the_next_run_and_not_for_ever() {
        let store = Arc::new(MemoryStore::default());
        let vault = Vault::open(store, &Key::generate()).await.unwrap();
        let run = || Leftovers::new(&vault);
        let entry = |address: &str, id: &str| Left::Entry {
            address: address.to_owned(),
            note: serde_json::from_value(serde_json::json!({ "id": id })).unwrap(),
        };
        let (one, other) = (
            entry("one@example.org", "1"),
            entry("other@example.org", "2"),
        );
        let welcome = welcome();
        let first = run();
        first.note(one.clone(), NOW + 600).await.unwrap();
        first.note(other, NOW + 600).await.unwrap();
        first.note(welcome.clone(), NOW + 180).await.unwrap();
        assert_eq!(first.due(NOW + 179).await.unwrap(), []);

        let next = run();
        let due = next.due(NOW + 180).await.unwrap();
        let left = |due: &[(String, Left)]| -> Vec<Left> {
            due.iter().map(|(_, left)| left.clone()).collect()
        };
        assert_eq!(left(&due), [welcome]);
        let names = due.into_iter().map(|(id, _)| id).collect();
        next.taken(names, NOW + 180).await.unwrap();
        // A code that was used is over before its time.
        next.over("one@example.org", NOW + 200).await.unwrap();
        assert_eq!(left(&next.due(NOW + 200).await.unwrap()), [one]);
        assert_eq!(run().due(NOW + 600).await.unwrap().len(), 2);

        next.taken(Vec::new(), NOW + 600 + TRIED_FOR + 1)
            .await
            .unwrap();
        assert_eq!(run().due(u64::MAX).await.unwrap(), []);
    }
}
