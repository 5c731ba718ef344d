//! One mailbox of a database as a store.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Alongside, Begin, Database, statements};
use crate::opaque::Space;
use crate::store::{BlindId, Outcome, SealedBatch, SealedSeries, Store, StoreError, Tag};

/// The sealed records of one mailbox.
#[derive(Debug, Clone)]
pub struct MailboxStore {
    database: Database,
    space: Space,
}

impl MailboxStore {
    pub(super) fn new(database: Database, space: Space) -> Self {
        Self { database, space }
    }

    /// Forgets all that is kept of the mailbox.
    pub async fn forget_all(&self) -> Result<(), StoreError> {
        let space = self.space;
        self.database
            .transact(space.organization, Begin::ToWrite, move |connection| {
                Box::pin(statements::forget_all(connection, space))
            })
            .await
    }
}

#[async_trait]
impl Store for MailboxStore {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let space = self.space;
        self.database
            .transact(space.organization, Begin::ToRead, move |connection| {
                Box::pin(statements::keys(connection, space))
            })
            .await
    }

    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        let (space, sealed) = (self.space, Arc::new(sealed));
        self.database
            .transact(space.organization, Begin::ToWrite, move |connection| {
                let sealed = Arc::clone(&sealed);
                Box::pin(async move {
                    statements::replace_keys(connection, space, before, &sealed).await
                })
            })
            .await
    }

    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        let space = self.space;
        self.database
            .transact(space.organization, Begin::ToRead, move |connection| {
                Box::pin(statements::all_series(connection, space))
            })
            .await
    }

    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        let space = self.space;
        let read = self
            .database
            .unite(space.organization, Begin::ToRead, move |unit| {
                Box::pin(async move {
                    statements::read(unit, space, series, &Alongside::default()).await
                })
            })
            .await?;
        Ok(read.unwrap_or_default())
    }

    async fn beside(&self, _: BlindId, _: BlindId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        let (space, batch) = (self.space, Arc::new(batch));
        let committed = self
            .database
            .unite(space.organization, Begin::ToWrite, move |unit| {
                let batch = Arc::clone(&batch);
                Box::pin(async move {
                    statements::commit(unit, space, &batch, &Alongside::default()).await
                })
            })
            .await?;
        // Nothing was asked that could have been absent.
        Ok(committed.unwrap_or(Outcome::Overtaken))
    }

    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        let space = self.space;
        self.database
            .transact(space.organization, Begin::ToWrite, move |connection| {
                Box::pin(statements::forget(connection, space, series))
            })
            .await
    }

    async fn compact(&self) -> Result<(), StoreError> {
        self.database.compact().await
    }
}
