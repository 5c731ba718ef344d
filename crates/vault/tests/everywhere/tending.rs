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
    Batch, Beside, KEY_AGE_MAX, RecordId, Series, SeriesId, Store, StoreError, Vault, VaultError,
    key::Key,
    memory::MemoryStore,
    store::{BlindId, Outcome, SealedBatch, SealedSeries, Tag},
};

/// A store in memory that may be full, and in which something else may happen
/// just after a text was read.
#[derive(Default)]
struct Crowded {
    inner: MemoryStore,
    is_full: AtomicBool,
    compacted: AtomicUsize,
    after_a_text: Mutex<Option<BoxFuture<'static, ()>>>,
}

#[async_trait]
impl Store for Crowded {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.keys().await
    }
    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        self.inner.replace_keys(before, sealed).await
    }
    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        self.inner.series().await
    }
    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        self.inner.read(series).await
    }
    async fn beside(
        &self,
        series: BlindId,
        record: BlindId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.inner.beside(series, record).await;
        let meanwhile = self.after_a_text.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        read
    }
    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(StoreError::Full("memory".to_owned()));
        }
        self.inner.commit(batch).await
    }
    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        self.inner.forget(series).await
    }
    async fn compact(&self) -> Result<(), StoreError> {
        self.compacted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

const START: Duration = Duration::from_hours(24 * 20_000);

fn id() -> RecordId {
    RecordId("a".to_owned())
}

/// A vault with one record and the text beside it, whose key is known since
/// [`START`].
async fn filled(store: &Arc<Crowded>) -> (Vault, Series) {
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
    let store = Arc::new(Crowded::default());
    let (vault, _) = filled(&store).await;
    let before = store.compacted.load(Ordering::SeqCst);
    store.is_full.store(true, Ordering::SeqCst);
    let tended = vault
        .tend(SystemTime::UNIX_EPOCH + START + KEY_AGE_MAX)
        .await;
    let full = StoreError::Full("memory".to_owned());
    assert_eq!(tended, Err(VaultError::Store(full)));
    assert_eq!(store.compacted.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn a_series_that_is_begun_while_it_is_asked_whose_they_are_stays() {
    let store = Arc::new(Crowded::default());
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
    let store = Arc::new(Crowded::default());
    let (vault, series) = filled(&store).await;
    let tend = async move {
        let after_a_month = SystemTime::UNIX_EPOCH + START + KEY_AGE_MAX;
        vault.tend(after_a_month).await.unwrap();
    };
    *store.after_a_text.lock().unwrap() = Some(tend.boxed());
    let text = series.beside(&id()).await.unwrap();
    assert!(store.after_a_text.lock().unwrap().is_none());
    assert_eq!(text.as_deref(), Some(&b"a long text"[..]));
}
