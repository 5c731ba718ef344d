//! A store in one SQLite file.
//!
//! Tables are STRICT and hold blobs alone. `secure_delete` overwrites what
//! goes; [`Store::compact`] empties the log and gives the pages back, so that
//! what falls out of the window is gone from the disk. The file is its
//! owner's alone.

mod failure;
mod statements;

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
    pin::Pin,
    time::Duration,
};

use async_trait::async_trait;
use sqlx::{
    Error, SqliteConnection, SqlitePool,
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use tokio::sync::mpsc;

use crate::store::{
    BlindId, Outcome, SealedBatch, SealedRow, SealedSeries, Store, StoreError, Tag,
};

/// Keeps sealed records in a SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    path: String,
}

/// How a transaction begins.
#[derive(Clone, Copy)]
enum Begin {
    /// Sees one moment of the file.
    ToRead,
    /// Takes the right to write at once: what is compared then still holds
    /// when it is written.
    ToWrite,
}

type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'c>>;

impl SqliteStore {
    /// Opens the file, or makes it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let age = own(path).map_err(|error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full(name.clone()),
            _ => StoreError::ReadOnly(name.clone()),
        })?;
        if age == Age::Old && is_of_no_known_form(path) {
            return Err(StoreError::Damaged(name));
        }
        let mut options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // A thread hands the rows over; each wait for it costs more than
            // a row.
            .row_buffer_size(ROWS_AT_HAND)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit that was told must survive a power cut: the fired
            // reminders are in here.
            .synchronous(SqliteSynchronous::Full)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .busy_timeout(Duration::from_secs(5));
        if age == Age::New {
            // Counts only before the first table is made, and is written to
            // the file, and synced, whenever it is said.
            options = options
                .auto_vacuum(SqliteAutoVacuum::Incremental)
                .page_size(PAGE);
        }
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await
            .map_err(|e| failure::classify(&name, &e))?;
        let store = Self { pool, path: name };
        if let Err(error) = store.prepare().await {
            // Some systems move no file that is open, and this one may be set
            // aside.
            store.pool.close().await;
            return Err(error);
        }
        Ok(store)
    }

    async fn prepare(&self) -> Result<(), StoreError> {
        let found = self
            .transact(Begin::ToRead, |connection| {
                Box::pin(statements::version(connection))
            })
            .await?;
        if found > statements::SCHEMA {
            return Err(StoreError::Newer(self.path.clone()));
        }
        if found == statements::SCHEMA {
            return Ok(());
        }
        self.transact(Begin::ToWrite, |connection| {
            Box::pin(statements::make_tables(connection))
        })
        .await
    }

    /// Does all of the work or nothing, on a task of its own: a caller that
    /// gives up waiting leaves no transaction open.
    async fn transact<T: Send + 'static>(
        &self,
        begin: Begin,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let whole = async move { store.transact_here(begin, work).await };
        tokio::spawn(whole)
            .await
            .unwrap_or_else(|error| Err(StoreError::Failed(self.path.clone(), error.to_string())))
    }

    /// The statements are written out here, because sqlx counts transactions
    /// on its own and does not learn that SQLite has ended one itself, as it
    /// does when the disk is full.
    async fn transact_here<T>(
        &self,
        begin: Begin,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send,
    ) -> Result<T, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(|e| self.failure(&e))?;
        let begin = match begin {
            Begin::ToRead => "BEGIN",
            Begin::ToWrite => "BEGIN IMMEDIATE",
        };
        if let Err(error) = sqlx::query(begin).execute(&mut *connection).await {
            connection.close_on_drop();
            return Err(self.failure(&error));
        }
        let mut worked = work(&mut connection).await;
        if worked.is_ok()
            && let Err(error) = sqlx::query("COMMIT").execute(&mut *connection).await
        {
            worked = Err(error);
        }
        if worked.is_err() {
            // It fails when SQLite has done it already.
            let _ended = sqlx::query("ROLLBACK").execute(&mut *connection).await;
        }
        worked.map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &Error) -> StoreError {
        let failure = failure::classify(&self.path, error);
        if matches!(failure, StoreError::Damaged(_)) {
            // Where it cannot be left, the next reader finds the damage again.
            let _left = std::fs::write(damage_mark(Path::new(&self.path)), b"");
        }
        failure
    }
}

/// Stands beside a file in which damage was found after it was opened, so that
/// the next opening sets it aside.
pub(crate) fn damage_mark(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".damaged");
    path.into()
}

/// Rows that are read ahead.
const ROWS_AT_HAND: usize = 1024;

/// Parts of a series that wait to be taken.
const PARTS_AT_HAND: usize = 4;

/// A sealed meeting of one to four kilobytes lies within a page of this many
/// bytes; beyond a quarter of a page SQLite puts a row's rest into pages of
/// its own.
const PAGE: u32 = 16 * 1024;

/// What a file was before it was opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// It was not there, or nothing was in it.
    New,
    /// It has been written.
    Old,
}

/// Whether the file's head names a form that a later SQLite might write: one
/// that is only read ("write version", SQLite's file format 1.3.3), or a schema
/// in a form of its own (1.3.11). There is none, so it is damage, which no error
/// of SQLite's tells from others.
fn is_of_no_known_form(path: &Path) -> bool {
    let mut head = [0; 48];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    let [.., a, b, c, d] = head;
    let schema = u32::from_be_bytes([a, b, c, d]);
    read.is_ok() && head.starts_with(b"SQLite format 3\0") && (head[18] > 2 || schema > 4)
}

/// Makes the file for its owner alone; SQLite gives its log the same rights.
pub(crate) fn own(path: &Path) -> std::io::Result<Age> {
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
    Ok(match file.metadata()?.len() {
        0 => Age::New,
        _ => Age::Old,
    })
}

#[async_trait]
impl Store for SqliteStore {
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.transact(Begin::ToRead, |connection| {
            Box::pin(statements::keys(connection))
        })
        .await
    }

    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError> {
        self.transact(Begin::ToWrite, move |connection| {
            Box::pin(async move { statements::replace_keys(connection, before, &sealed).await })
        })
        .await
    }

    async fn series(&self) -> Result<Vec<BlindId>, StoreError> {
        self.transact(Begin::ToRead, |connection| {
            Box::pin(statements::all_series(connection))
        })
        .await
    }

    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError> {
        let mut rows = Vec::new();
        let head = self
            .read_in_parts(series, &mut |part| rows.extend(part))
            .await?;
        Ok(SealedSeries { rows, head })
    }

    async fn read_in_parts(
        &self,
        series: BlindId,
        take: &mut (dyn FnMut(Vec<SealedRow>) + Send),
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (sender, mut parts) = mpsc::channel(PARTS_AT_HAND);
        let read = self.transact(Begin::ToRead, move |connection| {
            Box::pin(statements::read(connection, series, sender))
        });
        let taken = async {
            while let Some(part) = parts.recv().await {
                take(part);
            }
        };
        let (head, ()) = tokio::join!(read, taken);
        head
    }

    async fn head(&self, series: BlindId) -> Result<Option<Vec<u8>>, StoreError> {
        self.transact(Begin::ToRead, move |connection| {
            Box::pin(statements::head(connection, series))
        })
        .await
    }

    async fn beside(
        &self,
        series: BlindId,
        record: BlindId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.transact(Begin::ToRead, move |connection| {
            Box::pin(statements::beside(connection, series, record))
        })
        .await
    }

    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError> {
        self.transact(Begin::ToWrite, move |connection| {
            Box::pin(async move { statements::commit(connection, &batch).await })
        })
        .await
    }

    async fn forget(&self, series: BlindId) -> Result<(), StoreError> {
        self.transact(Begin::ToWrite, move |connection| {
            Box::pin(statements::forget(connection, series))
        })
        .await
    }

    async fn compact(&self) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await.map_err(|e| self.failure(&e))?;
        // Neither statement runs inside of a transaction.
        match statements::compact(&mut connection).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::Busy(self.path.clone())),
            Err(error) => {
                connection.close_on_drop();
                Err(self.failure(&error))
            }
        }
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
