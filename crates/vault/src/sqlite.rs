//! A store in one SQLite file.
//!
//! Tables are STRICT and hold blobs alone. `secure_delete` overwrites what
//! goes; [`Store::compact`] empties the log and gives the pages back, so that
//! what falls out of the window is gone from the disk. The file is its
//! owner's alone.

use std::{fs::OpenOptions, io::ErrorKind, path::Path, time::Duration};

use async_trait::async_trait;
use sqlx::{
    Row, Sqlite, SqlitePool, Transaction,
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use crate::store::{
    BlindId, Outcome, Replace, SealedBatch, SealedRow, SealedSeries, Store, StoreError, Tag,
};

/// Version of the tables, in `PRAGMA user_version`.
const SCHEMA: i64 = 1;

const KEYS: &str = "SELECT sealed FROM key_box WHERE only_one = 1";
const HEAD: &str = "SELECT sealed FROM head WHERE series = ?";

const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS key_box (
       only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
       sealed BLOB NOT NULL
     ) STRICT",
    "CREATE TABLE IF NOT EXISTS head (
       series BLOB PRIMARY KEY,
       sealed BLOB NOT NULL
     ) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS record (
       series BLOB NOT NULL,
       record BLOB NOT NULL,
       sealed BLOB NOT NULL,
       PRIMARY KEY (series, record)
     ) STRICT, WITHOUT ROWID",
];

/// Keeps sealed records in a SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    path: String,
}

impl SqliteStore {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        own(path).map_err(|error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full(name.clone()),
            _ => StoreError::ReadOnly(name.clone()),
        })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // Counts only before the first table is made.
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit that was told must survive a power cut: the fired
            // reminders are in here.
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(|e| failure(&name, &e))?;
        let store = Self { pool, path: name };
        store.prepare().await?;
        Ok(store)
    }

    async fn prepare(&self) -> Result<(), StoreError> {
        let found: i64 = sqlx::query("PRAGMA user_version")
            .fetch_one(&self.pool)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(|e| self.failure(&e))?;
        if found > SCHEMA {
            return Err(StoreError::Newer(self.path.clone()));
        }
        if found == SCHEMA {
            return Ok(());
        }
        let mut transaction = self.begin_to_write().await?;
        for table in TABLES {
            sqlx::query(*table)
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.failure(&e))?;
        }
        // SCHEMA, written out because PRAGMA takes no parameter.
        sqlx::query("PRAGMA user_version = 1")
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.failure(&e))?;
        transaction.commit().await.map_err(|e| self.failure(&e))
    }

    /// Writes everything out and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Takes the right to write at once: what is compared then still holds
    /// when it is written.
    async fn begin_to_write(&self) -> Result<Transaction<'_, Sqlite>, StoreError> {
        self.pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|e| self.failure(&e))
    }

    async fn key_tag(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
    ) -> Result<Option<Tag>, StoreError> {
        let sealed: Option<Vec<u8>> = sqlx::query_scalar(KEYS)
            .fetch_optional(&mut **transaction)
            .await
            .map_err(|e| self.failure(&e))?;
        Ok(sealed.as_deref().map(Tag::of))
    }

    fn failure(&self, error: &sqlx::Error) -> StoreError {
        failure(&self.path, error)
    }
}

/// Makes the file for its owner alone; SQLite gives its log the same rights.
fn own(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut rights = file.metadata()?.permissions();
        if rights.mode() & 0o077 != 0 {
            rights.set_mode(0o600);
            file.set_permissions(rights)?;
        }
    }
    drop(file);
    Ok(())
}

/// Primary result codes of SQLite (sqlite.org/rescode.html); the extended
/// ones hold them in their low byte.
fn failure(path: &str, error: &sqlx::Error) -> StoreError {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const READ_ONLY: i32 = 8;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANNOT_OPEN: i32 = 14;
    const NOT_A_DATABASE: i32 = 26;
    let path = path.to_owned();
    let code = match error {
        sqlx::Error::Database(database) => database.code().and_then(|c| c.parse::<i32>().ok()),
        _ => None,
    };
    match code.map(|c| c & 0xff) {
        Some(BUSY | LOCKED) => StoreError::Busy(path),
        Some(FULL) => StoreError::Full(path),
        Some(READ_ONLY | CANNOT_OPEN) => StoreError::ReadOnly(path),
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Damaged(path),
        _ => StoreError::Failed(path, error.to_string()),
    }
}

fn blind(bytes: &[u8], path: &str) -> Result<BlindId, StoreError> {
    let id = bytes
        .try_into()
        .map_err(|_| StoreError::Damaged(path.to_owned()))?;
    Ok(BlindId(id))
}

#[async_trait]
impl Store for SqliteStore {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar(KEYS)
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failure(&e))
    }

    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        let mut transaction = self.begin_to_write().await?;
        if self.key_tag(&mut transaction).await? != before {
            return Ok(Outcome::Overtaken);
        }
        sqlx::query("INSERT OR REPLACE INTO key_box (only_one, sealed) VALUES (1, ?)")
            .bind(sealed)
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.failure(&e))?;
        transaction.commit().await.map_err(|e| self.failure(&e))?;
        Ok(Outcome::Done)
    }

    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        let found: Vec<Vec<u8>> = sqlx::query_scalar("SELECT series FROM head ORDER BY series")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failure(&e))?;
        found.iter().map(|id| blind(id, &self.path)).collect()
    }

    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        // One transaction: another process may commit between two reads.
        let mut transaction = self.pool.begin().await.map_err(|e| self.failure(&e))?;
        let head = sqlx::query_scalar(HEAD)
            .bind(series.0.as_slice())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|e| self.failure(&e))?;
        let found =
            sqlx::query("SELECT record, sealed FROM record WHERE series = ? ORDER BY record")
                .bind(series.0.as_slice())
                .fetch_all(&mut *transaction)
                .await
                .map_err(|e| self.failure(&e))?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let record: Vec<u8> = row.try_get(0).map_err(|e| self.failure(&e))?;
            rows.push(SealedRow {
                record: blind(&record, &self.path)?,
                blob: row.try_get(1).map_err(|e| self.failure(&e))?,
            });
        }
        Ok(SealedSeries { rows, head })
    }

    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        let series = batch.series.0;
        let series = series.as_slice();
        let mut transaction = self.begin_to_write().await?;
        let keys = self.key_tag(&mut transaction).await?;
        let head: Option<Vec<u8>> = sqlx::query_scalar(HEAD)
            .bind(series)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|e| self.failure(&e))?;
        if keys != batch.keys || head.as_deref().map(Tag::of) != batch.after {
            return Ok(Outcome::Overtaken);
        }
        if batch.replace == Replace::Everything {
            sqlx::query("DELETE FROM record WHERE series = ?")
                .bind(series)
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.failure(&e))?;
        }
        for record in &batch.delete {
            sqlx::query("DELETE FROM record WHERE series = ? AND record = ?")
                .bind(series)
                .bind(record.0.as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.failure(&e))?;
        }
        for row in &batch.put {
            sqlx::query("INSERT OR REPLACE INTO record (series, record, sealed) VALUES (?, ?, ?)")
                .bind(series)
                .bind(row.record.0.as_slice())
                .bind(row.blob.as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.failure(&e))?;
        }
        sqlx::query("INSERT OR REPLACE INTO head (series, sealed) VALUES (?, ?)")
            .bind(series)
            .bind(batch.head.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.failure(&e))?;
        transaction.commit().await.map_err(|e| self.failure(&e))?;
        Ok(Outcome::Done)
    }

    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        let mut transaction = self.begin_to_write().await?;
        for statement in [
            "DELETE FROM record WHERE series = ?",
            "DELETE FROM head WHERE series = ?",
        ] {
            sqlx::query(statement)
                .bind(series.0.as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(|e| self.failure(&e))?;
        }
        transaction.commit().await.map_err(|e| self.failure(&e))
    }

    async fn compact(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA incremental_vacuum")
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failure(&e))?;
        let busy: i64 = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.pool)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(|e| self.failure(&e))?;
        if busy != 0 {
            return Err(StoreError::Busy(self.path.clone()));
        }
        Ok(())
    }
}
