//! The hourly work on bad days, and what happens beside it.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures_util::{FutureExt as _, future::BoxFuture};
use vault::{
    Batch, Beside, KEY_AGE_MAX, RecordId, Series, SeriesId, Store as _, StoreError, Vault,
    VaultError,
    between::{Between, Deed, Hand},
    key::Key,
    memory::MemoryStore,
};

/// Before a store that may be full, and in which something else may happen
/// just after a text was read.
#[derive(Default)]
struct Crowded {
    is_full: AtomicBool,
    compacted: AtomicUsize,
    after_a_text: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl Crowded {
    fn store() -> Arc<Between<Self>> {
        Between::new(Arc::new(MemoryStore::default()), Self::default())
    }
}

#[async_trait]
impl Hand for Crowded {
    fn before(&self, deed: Deed<'_>) -> Result<(), StoreError> {
        match deed {
            Deed::Commit(_) if self.is_full.load(Ordering::SeqCst) => {
                return Err(StoreError::Full("memory".to_owned()));
            }
            Deed::Compact => drop(self.compacted.fetch_add(1, Ordering::SeqCst)),
            _ => {}
        }
        Ok(())
    }

    async fn after_beside(&self) {
        let meanwhile = self.after_a_text.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
    }
}

const START: Duration = Duration::from_hours(24 * 20_000);

fn id() -> RecordId {
    RecordId("a".to_owned())
}

/// A vault with one record and the text beside it, whose key is known since
/// [`START`].
async fn filled(store: &Arc<Between<Crowded>>) -> (Vault, Series) {
    let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
    let series = vault.series(SeriesId("meetings/anna".to_owned()));
    let batch = Batch {
        put: vec![(id(), b"short".to_vec())],
        ..Batch::default()
    };
    let beside = Beside {
        long: vec![(id(), b"a long text".to_vec())],
        ..Beside::default()
    };
    series.commit_with(batch, beside).await.unwrap();
    vault.tend(SystemTime::UNIX_EPOCH + START).await.unwrap();
    (vault, series)
}

#[tokio::test]
async fn sr_61_a_key_that_cannot_be_changed_keeps_no_deleted_byte_on_the_disk() {
    let store = Crowded::store();
    let (vault, _) = filled(&store).await;
    let before = store.hand.compacted.load(Ordering::SeqCst);
    store.hand.is_full.store(true, Ordering::SeqCst);
    let tended = vault
        .tend(SystemTime::UNIX_EPOCH + START + KEY_AGE_MAX)
        .await;
    let full = StoreError::Full("memory".to_owned());
    assert_eq!(tended, Err(VaultError::Store(full)));
    assert_eq!(store.hand.compacted.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn a_series_that_is_begun_while_it_is_asked_whose_they_are_stays() {
    let store = Crowded::store();
    let (vault, _) = filled(&store).await;
    let kept = || {
        let batch = Batch {
            put: vec![(id(), b"just begun".to_vec())],
            ..Batch::default()
        };
        let begun = vault.series(SeriesId("meetings/bo".to_owned()));
        // Nothing waits for anything in memory.
        begun.commit(batch).now_or_never().unwrap().unwrap();
        Some(Vec::new())
    };
    vault.forget_others(kept).await.unwrap();
    assert_eq!(store.series().await.unwrap().len(), 1);
    vault.forget_others(|| None).await.unwrap();
    assert_eq!(store.series().await.unwrap().len(), 1, "nobody knows whose");
    vault.forget_others(|| Some(Vec::new())).await.unwrap();
    assert_eq!(store.series().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_text_that_is_sealed_again_while_it_is_read_is_read() {
    let store = Crowded::store();
    let (vault, series) = filled(&store).await;
    let tend = async move {
        let after_a_month = SystemTime::UNIX_EPOCH + START + KEY_AGE_MAX;
        vault.tend(after_a_month).await.unwrap();
    };
    *store.hand.after_a_text.lock().unwrap() = Some(tend.boxed());
    let text = series.beside(&id()).await.unwrap();
    assert!(store.hand.after_a_text.lock().unwrap().is_none());
    assert_eq!(text.as_deref(), Some(&b"a long text"[..]));
}
