//! A store with somebody in between, for tests: who refuses, counts, does
//! something meanwhile, or shows what the store has not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;

use crate::store::{BlindId, Outcome, SealedBatch, SealedSeries, Store, StoreError, Tag};

/// What is asked of a store.
#[derive(Debug, Clone, Copy)]
pub enum Deed<'a> {
    /// [`Store::keys`]
    Keys,
    /// [`Store::replace_keys`]
    ReplaceKeys,
    /// [`Store::series`]
    Series,
    /// [`Store::read`], also in parts.
    Read,
    /// [`Store::head`]
    Head,
    /// [`Store::beside`]
    Beside,
    /// [`Store::commit`]
    Commit(&'a SealedBatch),
    /// [`Store::forget`]
    Forget,
    /// [`Store::compact`]
    Compact,
}

/// Who stands in between.
#[async_trait]
pub trait Hand: Send + Sync + 'static {
    /// Called first. An error is answered, and the store is not asked.
    fn before(&self, deed: Deed<'_>) -> Result<(), StoreError> {
        let _ = deed;
        Ok(())
    }

    /// What is shown of a series that was read.
    fn shows(&self, series: SealedSeries) -> SealedSeries {
        series
    }

    /// Called when the text beside a record was read and before it is handed
    /// on.
    async fn after_beside(&self) {}
}

/// A store and who stands before it.
pub struct Between<H> {
    store: Arc<dyn Store>,
    /// Who stands before it.
    pub hand: H,
}

impl<H: Hand> Between<H> {
    /// Puts `hand` before `store`.
    pub fn new(store: Arc<dyn Store>, hand: H) -> Arc<Self> {
        Arc::new(Self { store, hand })
    }
}

#[async_trait]
impl<H: Hand> Store for Between<H> {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.hand.before(Deed::Keys)?;
        self.store.keys().await
    }

    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        self.hand.before(Deed::ReplaceKeys)?;
        self.store.replace_keys(before, sealed).await
    }

    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        self.hand.before(Deed::Series)?;
        self.store.series().await
    }

    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        self.hand.before(Deed::Read)?;
        Ok(self.hand.shows(self.store.read(series).await?))
    }

    async fn head(&self, series: BlindId) -> Result<Option<Vec<u8>>, StoreError> {
        self.hand.before(Deed::Head)?;
        self.store.head(series).await
    }

    async fn beside(
        &self,
        series: BlindId,
        record: BlindId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.hand.before(Deed::Beside)?;
        let read = self.store.beside(series, record).await;
        self.hand.after_beside().await;
        read
    }

    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        self.hand.before(Deed::Commit(&batch))?;
        self.store.commit(batch).await
    }

    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        self.hand.before(Deed::Forget)?;
        self.store.forget(series).await
    }

    async fn compact(&self) -> Result<(), StoreError> {
        self.hand.before(Deed::Compact)?;
        self.store.compact().await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

/// Takes one away where there is one.
///
/// # Errors
/// There was none.
pub fn take_one(left: &AtomicUsize) -> Result<(), usize> {
    let (order, fewer) = (Ordering::SeqCst, |left: usize| left.checked_sub(1));
    left.fetch_update(order, order, fewer).map(|_| ())
}

/// Fails so many of the next reads as busy, and takes nothing while it is full.
#[derive(Debug, Clone, Default)]
pub struct Moody {
    failures: Arc<AtomicUsize>,
    is_full: Arc<AtomicBool>,
}

impl Moody {
    /// So many of the next reads fail.
    pub fn fail(&self, reads: usize) {
        self.failures.store(reads, Ordering::SeqCst);
    }

    /// How many are still to fail.
    pub fn left(&self) -> usize {
        self.failures.load(Ordering::SeqCst)
    }

    /// Whether it takes what is committed.
    pub fn be_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }
}

impl Hand for Moody {
    fn before(&self, deed: Deed<'_>) -> Result<(), StoreError> {
        match deed {
            Deed::Read if take_one(&self.failures).is_ok() => {
                Err(StoreError::Busy("the store".to_owned()))
            }
            Deed::Commit(_) if self.is_full.load(Ordering::SeqCst) => {
                Err(StoreError::Full("the store".to_owned()))
            }
            _ => Ok(()),
        }
    }
}
