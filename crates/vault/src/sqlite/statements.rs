//! The statements, on a connection whose transaction the caller holds.

use futures_util::TryStreamExt as _;
use sqlx::{Error, Row, SqliteConnection};
use tokio::sync::mpsc::Sender;

use crate::{
    parallel::PART,
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow, Tag},
};

/// Version of the tables, in `PRAGMA user_version`.
/// 2 has what is kept beside records.
pub(super) const SCHEMA: i64 = 2;

const TABLES: [&str; 5] = [
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
    // Long ones: with row ids, several share a page.
    "CREATE TABLE IF NOT EXISTS beside (
       series BLOB NOT NULL,
       record BLOB NOT NULL,
       sealed BLOB NOT NULL,
       PRIMARY KEY (series, record)
     ) STRICT",
    // SCHEMA, written out because PRAGMA takes no parameter.
    "PRAGMA user_version = 2",
];

pub(super) async fn version(connection: &mut SqliteConnection) -> Result<i64, Error> {
    sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(connection)
        .await
}

pub(super) async fn make_tables(connection: &mut SqliteConnection) -> Result<(), Error> {
    for table in TABLES {
        sqlx::query(table).execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn keys(connection: &mut SqliteConnection) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("SELECT sealed FROM key_box WHERE only_one = 1")
        .fetch_optional(connection)
        .await
}

async fn key_tag(connection: &mut SqliteConnection) -> Result<Option<Tag>, Error> {
    Ok(keys(connection).await?.as_deref().map(Tag::of))
}

pub(super) async fn replace_keys(
    connection: &mut SqliteConnection,
    before: Option<Tag>,
    sealed: &[u8],
) -> Result<Outcome, Error> {
    if key_tag(connection).await? != before {
        return Ok(Outcome::Overtaken);
    }
    sqlx::query("INSERT OR REPLACE INTO key_box (only_one, sealed) VALUES (1, ?)")
        .bind(sealed)
        .execute(connection)
        .await?;
    Ok(Outcome::Done)
}

fn blind(bytes: &[u8]) -> Result<BlindId, Error> {
    let id = bytes
        .try_into()
        .map_err(|_| Error::Decode("a blind id of another length".into()))?;
    Ok(BlindId(id))
}

pub(super) async fn all_series(connection: &mut SqliteConnection) -> Result<Vec<BlindId>, Error> {
    let found: Vec<Vec<u8>> = sqlx::query_scalar("SELECT series FROM head ORDER BY series")
        .fetch_all(connection)
        .await?;
    found.iter().map(|id| blind(id)).collect()
}

pub(super) async fn head(
    connection: &mut SqliteConnection,
    series: BlindId,
) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("SELECT sealed FROM head WHERE series = ?")
        .bind(series.0.as_slice())
        .fetch_optional(connection)
        .await
}

/// Hands the rows over in parts, and answers with the head. Ends early when
/// nobody takes them any more.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    series: BlindId,
    parts: Sender<Vec<SealedRow>>,
) -> Result<Option<Vec<u8>>, Error> {
    let head = head(connection, series).await?;
    let mut found =
        sqlx::query("SELECT record, sealed FROM record WHERE series = ? ORDER BY record")
            .bind(series.0.as_slice())
            .fetch(connection);
    let mut part = Vec::new();
    while let Some(row) = found.try_next().await? {
        part.push(SealedRow {
            record: blind(row.try_get(0)?)?,
            expires: None,
            blob: row.try_get(1)?,
        });
        if part.len() == PART && parts.send(std::mem::take(&mut part)).await.is_err() {
            return Ok(None);
        }
    }
    if !part.is_empty() {
        let _nobody = parts.send(part).await;
    }
    Ok(head)
}

pub(super) async fn beside(
    connection: &mut SqliteConnection,
    series: BlindId,
    record: BlindId,
) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("SELECT sealed FROM beside WHERE series = ? AND record = ?")
        .bind(series.0.as_slice())
        .bind(record.0.as_slice())
        .fetch_optional(connection)
        .await
}

pub(super) async fn commit(
    connection: &mut SqliteConnection,
    batch: &SealedBatch,
) -> Result<Outcome, Error> {
    let series = batch.series.0.as_slice();
    let keys = key_tag(connection).await?;
    let after = head(connection, batch.series).await?;
    if keys != batch.keys || after.as_deref().map(Tag::of) != batch.after {
        return Ok(Outcome::Overtaken);
    }
    if batch.replace == Replace::Everything {
        for statement in [
            "DELETE FROM record WHERE series = ?",
            "DELETE FROM beside WHERE series = ?",
        ] {
            sqlx::query(statement)
                .bind(series)
                .execute(&mut *connection)
                .await?;
        }
    }
    for record in &batch.delete {
        sqlx::query("DELETE FROM record WHERE series = ? AND record = ?")
            .bind(series)
            .bind(record.0.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    let renewed = batch.put.iter().map(|row| &row.record);
    for record in batch.delete.iter().chain(renewed) {
        sqlx::query("DELETE FROM beside WHERE series = ? AND record = ?")
            .bind(series)
            .bind(record.0.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    for row in &batch.put {
        sqlx::query("INSERT OR REPLACE INTO record (series, record, sealed) VALUES (?, ?, ?)")
            .bind(series)
            .bind(row.record.0.as_slice())
            .bind(row.blob.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    for (record, sealed) in &batch.beside {
        sqlx::query("INSERT OR REPLACE INTO beside (series, record, sealed) VALUES (?, ?, ?)")
            .bind(series)
            .bind(record.0.as_slice())
            .bind(sealed.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("INSERT OR REPLACE INTO head (series, sealed) VALUES (?, ?)")
        .bind(series)
        .bind(batch.head.as_slice())
        .execute(connection)
        .await?;
    Ok(Outcome::Done)
}

pub(super) async fn forget(
    connection: &mut SqliteConnection,
    series: BlindId,
) -> Result<(), Error> {
    for statement in [
        "DELETE FROM record WHERE series = ?",
        "DELETE FROM beside WHERE series = ?",
        "DELETE FROM head WHERE series = ?",
    ] {
        sqlx::query(statement)
            .bind(series.0.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// False when a reader kept the log from being emptied.
pub(super) async fn compact(connection: &mut SqliteConnection) -> Result<bool, Error> {
    // Without a limit it gives one page back with each step, so all rows of
    // its answer are fetched.
    sqlx::query("PRAGMA incremental_vacuum")
        .fetch_all(&mut *connection)
        .await?;
    let busy: i64 = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(connection)
        .await?
        .try_get(0)?;
    Ok(busy == 0)
}
