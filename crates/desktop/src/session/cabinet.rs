//! The sealed store of this installation, opened.

use chrono::{DateTime, Utc};
use vault::{
    Batch, RecordId, Series, SeriesId, Shelf, Vault, VaultError,
    keyring::{KeyRing, KeyRingError},
    opening::{self, Place, Purpose, Resting},
};

use crate::{
    account::AccountId,
    reminders::{Record, ReminderId},
    schedule::Draft,
};

/// The opened store. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Cabinet {
    vault: Vault,
}

/// Why there is none.
pub(super) enum Closed {
    /// The keyring does not give the key.
    KeyRing(KeyRingError),
    /// The store itself cannot be used.
    Store(VaultError),
}

impl Cabinet {
    /// Opens the store at `place`. One that is of no use to anybody any more
    /// is set aside, and the servers fill a fresh one.
    pub(super) async fn open(
        shelf: &dyn Shelf,
        keyring: &dyn KeyRing,
        place: &Place,
        purpose: Purpose,
    ) -> Result<Self, Closed> {
        let opened = opening::open(place, keyring, shelf, purpose).await;
        match opened.resting {
            Resting::OnDisk => {
                tracing::info!(found = ?opened.found, "the store is open");
                let cabinet = Self {
                    vault: opened.vault,
                };
                // What has rung would ring again: a store that does not tell is
                // one that is opened later.
                if purpose == Purpose::Keep
                    && let Err(error) = cabinet.reminders().load().await
                {
                    cabinet.close().await;
                    return Err(Closed::Store(error));
                }
                Ok(cabinet)
            }
            // The session keeps what it knows in memory anyway, and asks again.
            Resting::WithoutKeyRing(error) => Err(Closed::KeyRing(error)),
            Resting::WithoutFile(error) => Err(Closed::Store(error)),
        }
    }

    /// The series with the meetings of an account.
    pub(super) fn meetings(&self, id: &AccountId) -> Series {
        self.vault.series(meetings(id))
    }

    /// The series with the records of reminders.
    pub(super) fn reminders(&self) -> Series {
        self.vault.series(reminders())
    }

    /// The series with what an account is about to send.
    pub(super) fn outbox(&self, id: &AccountId) -> Series {
        self.vault.series(outbox(id))
    }

    /// The series with the drafts of meetings.
    pub(super) fn drafts(&self) -> Series {
        self.vault.series(drafts())
    }

    /// Takes out what belongs to none of the accounts, where they are known: one
    /// was removed while the disk or the keyring failed.
    pub(super) async fn keep_accounts(
        &self,
        accounts: impl FnOnce() -> Option<Vec<AccountId>> + Send,
    ) -> Result<(), VaultError> {
        let kept = || {
            let accounts = accounts()?;
            let of_accounts = accounts.iter().flat_map(|id| [meetings(id), outbox(id)]);
            Some(of_accounts.chain([reminders(), drafts()]).collect())
        };
        self.vault.forget_others(kept).await
    }

    /// The work of every hour, see [`Vault::tend`].
    pub(super) async fn tend(&self, now: DateTime<Utc>) -> Result<(), VaultError> {
        self.vault.tend(now.into()).await
    }

    /// Writes everything out and closes the file.
    pub(super) async fn close(&self) {
        self.vault.close().await;
    }
}

fn meetings(id: &AccountId) -> SeriesId {
    SeriesId(format!("meetings/{id}"))
}

fn outbox(id: &AccountId) -> SeriesId {
    SeriesId(format!("outbox/{id}"))
}

fn reminders() -> SeriesId {
    SeriesId("reminders".to_owned())
}

fn drafts() -> SeriesId {
    SeriesId("drafts".to_owned())
}

/// The drafts that earlier runs have left.
pub(super) async fn load_drafts(series: &Series) -> Vec<Draft> {
    match series.load().await {
        Ok(loaded) => {
            let drafts = loaded.records.iter();
            // A draft of another layout is one that is begun again.
            drafts
                .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
                .collect()
        }
        Err(error) => {
            tracing::warn!(%error, "the drafts cannot be read");
            Vec::new()
        }
    }
}

/// Keeps the draft of a new meeting, or the one that is called `of`
/// ([`Draft::kept_as`]), or none any more.
pub(super) async fn store_draft(
    series: &Series,
    of: Option<&str>,
    draft: Option<&Draft>,
) -> Result<(), VaultError> {
    let id = RecordId(of.map_or_else(|| "new".to_owned(), |name| format!("edit/{name}")));
    let bytes = draft.and_then(|draft| serde_json::to_vec(draft).ok());
    let (put, delete) = match bytes {
        Some(bytes) => (vec![(id, bytes)], Vec::new()),
        None => (Vec::new(), vec![id]),
    };
    series
        .commit(Batch {
            put,
            delete,
            head: Vec::new(),
            replace: false,
        })
        .await
}

/// What earlier runs have stored about reminders.
pub(super) async fn load_records(series: &Series) -> Vec<Record> {
    match series.load().await {
        Ok(loaded) => loaded
            .records
            .iter()
            // A record of another layout costs at most one ring too many.
            .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
            .collect(),
        Err(error) => {
            tracing::warn!(%error, "the records of reminders cannot be read");
            Vec::new()
        }
    }
}

/// Stores records of reminders, all of them or none.
pub(super) async fn store_records(
    series: &Series,
    put: Vec<Record>,
    forget: Vec<ReminderId>,
) -> Result<(), VaultError> {
    let put = put
        .into_iter()
        .filter_map(|record| {
            let bytes = serde_json::to_vec(&record).ok()?;
            Some((RecordId(record.id.0), bytes))
        })
        .collect();
    let delete = forget.into_iter().map(|id| RecordId(id.0)).collect();
    series
        .commit(Batch {
            put,
            delete,
            head: Vec::new(),
            replace: false,
        })
        .await
}
