//! The sealed store of this installation, opened.

use std::{fs, path::Path, sync::Arc};

use vault::{
    Batch, RecordId, Series, SeriesId, StoreError, Vault, VaultError, key::Key, sqlite::SqliteStore,
};

use crate::{
    account::AccountId,
    reminders::{Record, ReminderId},
};

/// The opened store. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Cabinet {
    vault: Vault,
    store: SqliteStore,
}

impl Cabinet {
    /// Opens the store at `path`. One that another key has sealed, or that is
    /// damaged, is of no use to anybody any more: it is set aside, and the
    /// servers fill a fresh one.
    pub(super) async fn open(path: &Path, key: &Key) -> Result<Self, VaultError> {
        match Self::open_as_it_is(path, key).await {
            Err(error @ (VaultError::WrongKey | VaultError::Store(StoreError::Damaged(_)))) => {
                tracing::warn!(%error, "the store is set aside");
                set_aside(path);
                Self::open_as_it_is(path, key).await
            }
            other => other,
        }
    }

    async fn open_as_it_is(path: &Path, key: &Key) -> Result<Self, VaultError> {
        let store = SqliteStore::open(path).await?;
        match Vault::open(Arc::new(store.clone()), key).await {
            Ok(vault) => Ok(Self { vault, store }),
            Err(error) => {
                // Some systems move no file that is open.
                store.close().await;
                Err(error)
            }
        }
    }

    /// The series with the meetings of an account.
    pub(super) fn meetings(&self, id: &AccountId) -> Series {
        self.vault.series(SeriesId(format!("meetings/{id}")))
    }

    /// The series with the records of reminders.
    pub(super) fn reminders(&self) -> Series {
        self.vault.series(SeriesId("reminders".to_owned()))
    }

    /// Writes everything out and closes the file.
    pub(super) async fn close(&self) {
        self.store.close().await;
    }
}

fn set_aside(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut from = path.as_os_str().to_owned();
        from.push(suffix);
        let mut to = path.as_os_str().to_owned();
        to.push(".set-aside");
        to.push(suffix);
        // A file that is not there needs no setting aside; one that cannot be
        // moved makes the next attempt to open fail, which is reported.
        let _moved = fs::rename(&from, &to);
    }
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
