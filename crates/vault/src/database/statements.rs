//! The statements, on a connection whose transaction the caller holds.

use sqlx::{Any, AnyConnection, Error, Row};

use super::Begin;
use crate::{
    opaque::{OpaqueId, Space},
    store::{BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, SealedSeries, Tag},
};

pub(super) async fn begin_in_sqlite(
    connection: &mut AnyConnection,
    begin: Begin,
) -> Result<(), Error> {
    let begin = match begin {
        Begin::ToRead => "BEGIN",
        Begin::ToWrite => "BEGIN IMMEDIATE",
    };
    sqlx::query(begin).execute(connection).await.map(|_| ())
}

/// How a transaction begins in PostgreSQL. It says as well, until the
/// transaction ends, whose rows are to be seen: both in one way to the server.
pub(super) fn beginning(begin: Begin, organization: Option<OpaqueId>) -> String {
    let begin = match begin {
        Begin::ToRead => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY",
        Begin::ToWrite => "BEGIN ISOLATION LEVEL SERIALIZABLE",
    };
    match organization {
        // An id is written in hexadecimal digits alone.
        Some(organization) => {
            format!("{begin}; SELECT set_config('joinbell.organization', '{organization}', true)")
        }
        None => begin.to_owned(),
    }
}

pub(super) async fn begin_in_postgres(
    connection: &mut AnyConnection,
    begin: Begin,
    organization: Option<OpaqueId>,
) -> Result<(), Error> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(beginning(begin, organization)))
        .execute(connection)
        .await
        .map(|_| ())
}

/// Goes on as another organization within a transaction; SQLite knows no such
/// difference.
pub async fn go_on_as(connection: &mut AnyConnection, organization: OpaqueId) -> Result<(), Error> {
    if connection.backend_name() != "PostgreSQL" {
        return Ok(());
    }
    sqlx::query("SELECT set_config('joinbell.organization', $1, true)")
        .bind(organization.to_string())
        .execute(connection)
        .await
        .map(|_| ())
}

pub(super) async fn keys(
    connection: &mut AnyConnection,
    space: Space,
) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar::<Any, Vec<u8>>(
        "SELECT sealed FROM key_box WHERE organization = $1 AND mailbox = $2",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .fetch_optional(connection)
    .await
}

pub(super) async fn replace_keys(
    connection: &mut AnyConnection,
    space: Space,
    before: Option<Tag>,
    sealed: &[u8],
) -> Result<Outcome, Error> {
    if keys(connection, space).await?.as_deref().map(Tag::of) != before {
        return Ok(Outcome::Overtaken);
    }
    sqlx::query(
        "INSERT INTO key_box (organization, mailbox, sealed) VALUES ($1, $2, $3)
         ON CONFLICT (organization, mailbox) DO UPDATE SET sealed = excluded.sealed",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .bind(sealed.to_vec())
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

pub(super) async fn all_series(
    connection: &mut AnyConnection,
    space: Space,
) -> Result<Vec<BlindId>, Error> {
    let found: Vec<Vec<u8>> = sqlx::query_scalar::<Any, Vec<u8>>(
        "SELECT series FROM head WHERE organization = $1 AND mailbox = $2 ORDER BY series",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .fetch_all(connection)
    .await?;
    found.iter().map(|id| blind(id)).collect()
}

async fn head(
    connection: &mut AnyConnection,
    space: Space,
    series: BlindId,
) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar::<Any, Vec<u8>>(
        "SELECT sealed FROM head WHERE organization = $1 AND mailbox = $2 AND series = $3",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .bind(series.0.to_vec())
    .fetch_optional(connection)
    .await
}

/// All of a series, on a connection whose transaction the caller holds
/// ([`super::Database::transact`]).
pub async fn read(
    connection: &mut AnyConnection,
    space: Space,
    series: BlindId,
) -> Result<SealedSeries, Error> {
    let head = head(connection, space, series).await?;
    let found = sqlx::query(
        "SELECT record, sealed, expires FROM record
         WHERE organization = $1 AND mailbox = $2 AND series = $3 ORDER BY record",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .bind(series.0.to_vec())
    .fetch_all(connection)
    .await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let expires: Option<i64> = row.try_get(2)?;
        rows.push(SealedRow {
            record: blind(&row.try_get::<Vec<u8>, _>(0)?)?,
            expires: expires.and_then(|day| u32::try_from(day).ok()).map(Day),
            blob: row.try_get(1)?,
        });
    }
    Ok(SealedSeries { rows, head })
}

/// All of a batch or nothing of it, on a connection whose transaction the
/// caller holds ([`super::Database::transact`]).
pub async fn commit(
    connection: &mut AnyConnection,
    space: Space,
    batch: &SealedBatch,
) -> Result<Outcome, Error> {
    let keys = keys(connection, space).await?;
    let after = head(connection, space, batch.series).await?;
    if keys.as_deref().map(Tag::of) != batch.keys || after.as_deref().map(Tag::of) != batch.after {
        return Ok(Outcome::Overtaken);
    }
    let (organization, mailbox) = (space.organization.to_string(), space.mailbox.to_string());
    let series = batch.series.0.to_vec();
    if batch.replace == Replace::Everything {
        sqlx::query("DELETE FROM record WHERE organization = $1 AND mailbox = $2 AND series = $3")
            .bind(&organization)
            .bind(&mailbox)
            .bind(&series)
            .execute(&mut *connection)
            .await?;
    }
    for record in &batch.delete {
        sqlx::query(
            "DELETE FROM record
             WHERE organization = $1 AND mailbox = $2 AND series = $3 AND record = $4",
        )
        .bind(&organization)
        .bind(&mailbox)
        .bind(&series)
        .bind(record.0.to_vec())
        .execute(&mut *connection)
        .await?;
    }
    for row in &batch.put {
        sqlx::query(
            "INSERT INTO record (organization, mailbox, series, record, sealed, expires)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (organization, mailbox, series, record)
             DO UPDATE SET sealed = excluded.sealed, expires = excluded.expires",
        )
        .bind(&organization)
        .bind(&mailbox)
        .bind(&series)
        .bind(row.record.0.to_vec())
        .bind(row.blob.clone())
        .bind(row.expires.map(|day| i64::from(day.0)))
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query(
        "INSERT INTO head (organization, mailbox, series, sealed) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization, mailbox, series) DO UPDATE SET sealed = excluded.sealed",
    )
    .bind(&organization)
    .bind(&mailbox)
    .bind(&series)
    .bind(batch.head.clone())
    .execute(connection)
    .await?;
    Ok(Outcome::Done)
}

pub(super) async fn forget(
    connection: &mut AnyConnection,
    space: Space,
    series: BlindId,
) -> Result<(), Error> {
    for statement in [
        "DELETE FROM record WHERE organization = $1 AND mailbox = $2 AND series = $3",
        "DELETE FROM head WHERE organization = $1 AND mailbox = $2 AND series = $3",
    ] {
        sqlx::query(statement)
            .bind(space.organization.to_string())
            .bind(space.mailbox.to_string())
            .bind(series.0.to_vec())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// All of a mailbox.
pub(super) async fn forget_all(connection: &mut AnyConnection, space: Space) -> Result<(), Error> {
    for statement in [
        "DELETE FROM record WHERE organization = $1 AND mailbox = $2",
        "DELETE FROM head WHERE organization = $1 AND mailbox = $2",
        "DELETE FROM key_box WHERE organization = $1 AND mailbox = $2",
    ] {
        sqlx::query(statement)
            .bind(space.organization.to_string())
            .bind(space.mailbox.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn expire(
    connection: &mut AnyConnection,
    organization: OpaqueId,
    today: Day,
) -> Result<u64, Error> {
    let gone = sqlx::query("DELETE FROM record WHERE organization = $1 AND expires < $2")
        .bind(organization.to_string())
        .bind(i64::from(today.0))
        .execute(connection)
        .await?;
    Ok(gone.rows_affected())
}
