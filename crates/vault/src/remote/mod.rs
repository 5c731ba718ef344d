//! A store behind the service, over HTTPS, and what else a client and a
//! connector say to the service and to the key service.

mod caller;
mod feed;
mod keys;
mod letters;
mod tls;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

pub use caller::{Asked, Caller, Membership, Now, RemoteError};
pub use feed::{Feed, Told};
pub use keys::{KeyService, Revoked};
pub use letters::{Answers, Asks, Stranger, only_organization};

use crate::{
    hybrid::{
        cbor,
        wire::{
            CommitMessage, KeyBoxMessage, KeysMessage, OutcomeMessage, SeriesListMessage,
            SeriesMessage,
        },
    },
    opaque::OpaqueId,
    store::{BlindId, Outcome, SealedBatch, SealedSeries, Store, StoreError, Tag},
};

/// Bytes of an answer that are read; what is longer is no series of meetings.
const ANSWER_MOST: usize = 64 << 20;

/// The sealed records of one mailbox at the service.
#[derive(Debug, Clone)]
pub struct RemoteStore {
    caller: Caller,
    mailbox: OpaqueId,
}

impl RemoteStore {
    /// A mailbox as `caller` sees it.
    pub fn new(caller: Caller, mailbox: OpaqueId) -> Self {
        Self { caller, mailbox }
    }

    /// Follows the changes of the mailbox.
    pub async fn changes(&self) -> Result<Feed, RemoteError> {
        Feed::open(&self.caller, self.mailbox).await
    }

    /// Asks whether the service is there and lets the asker in: what a failed
    /// question to the store does not say.
    pub async fn standing(&self) -> Result<(), RemoteError> {
        let path = format!("/v1/mailboxes/{}/keys", self.mailbox);
        let answer = self.caller.ask(Asked::get(&path), ANSWER_MOST).await;
        answer.map(|_| ())
    }

    fn series_path(&self, series: BlindId) -> String {
        let (mailbox, series) = (self.mailbox, OpaqueId(series.0));
        format!("/v1/mailboxes/{mailbox}/series/{series}")
    }

    async fn ask<T: DeserializeOwned>(&self, asked: Asked<'_>) -> Result<T, StoreError> {
        self.ask_for(asked, |bytes| serde_json::from_slice(bytes).ok())
            .await
    }

    /// The same, where sealed records pass.
    async fn ask_records<T: DeserializeOwned>(&self, asked: Asked<'_>) -> Result<T, StoreError> {
        self.ask_for(asked, cbor::decode).await
    }

    async fn ask_for<T>(
        &self,
        asked: Asked<'_>,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, StoreError> {
        let answer = self.caller.ask(asked, ANSWER_MOST).await;
        answer
            .and_then(|bytes| read(&bytes).ok_or_else(|| RemoteError::Garbled(self.caller.host())))
            .map_err(|error| self.failure(error))
    }

    fn failure(&self, error: RemoteError) -> StoreError {
        match error.into() {
            StoreError::Failed(_, text) => StoreError::Failed(self.caller.host(), text),
            other => other,
        }
    }
}

impl From<RemoteError> for StoreError {
    /// What it means for what rests there.
    fn from(error: RemoteError) -> Self {
        match error {
            RemoteError::TooLong(host) => Self::TooLong(host),
            RemoteError::Absent(host) => Self::Absent(host),
            RemoteError::Busy(host) => Self::TooOften(host),
            other => Self::Failed("The hybrid service".to_owned(), other.to_string()),
        }
    }
}

#[async_trait]
impl Store for RemoteStore {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let path = format!("/v1/mailboxes/{}/keys", self.mailbox);
        let message: KeysMessage = self.ask(Asked::get(&path)).await?;
        Ok(message.sealed.map(|sealed| sealed.0))
    }

    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        let path = format!("/v1/mailboxes/{}/keys", self.mailbox);
        let asked = Asked::put(&path, &KeyBoxMessage::after(before, sealed));
        let message: OutcomeMessage = self.ask(asked).await?;
        Ok(message.into())
    }

    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        let path = format!("/v1/mailboxes/{}/series", self.mailbox);
        let message: SeriesListMessage = self.ask(Asked::get(&path)).await?;
        Ok(message.series.into_iter().map(|id| BlindId(id.0)).collect())
    }

    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        let path = self.series_path(series);
        let message: SeriesMessage = self.ask_records(Asked::get_records(&path)).await?;
        Ok(message.into())
    }

    async fn beside(&self, _: BlindId, _: BlindId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        let path = self.series_path(batch.series);
        let asked = Asked::post_records(&path, &CommitMessage::from(batch));
        let message: OutcomeMessage = self.ask_records(asked).await?;
        Ok(message.into())
    }

    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        let path = self.series_path(series);
        let answer = self.caller.ask(Asked::delete(&path), ANSWER_MOST).await;
        answer.map(|_| ()).map_err(|error| self.failure(error))
    }

    /// The service does that by itself.
    async fn compact(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
