//! The statements, on a connection whose transaction the caller holds.

use sqlx::{Any, AnyConnection, Error, Row, any::AnyRow};

use super::{Begin, Said, Statement, Unit, Value};
use crate::{
    opaque::{OpaqueId, Space},
    store::{BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, SealedSeries, Tag},
};

pub(super) fn beginning_in_sqlite(begin: Begin) -> &'static str {
    match begin {
        Begin::ToRead => "BEGIN",
        Begin::ToWrite => "BEGIN IMMEDIATE",
    }
}

/// How a transaction begins in PostgreSQL, and what says, until it ends, whose
/// rows are to be seen.
pub(super) fn beginning(begin: Begin, organization: Option<OpaqueId>) -> Vec<String> {
    let begin = match begin {
        Begin::ToRead => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY",
        Begin::ToWrite => "BEGIN ISOLATION LEVEL SERIALIZABLE",
    };
    let mut said = vec![begin.to_owned()];
    // An id is written in hexadecimal digits alone.
    said.extend(organization.map(|id| format!("SET LOCAL joinbell.organization = '{id}'")));
    said
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

const KEYS: Statement =
    Statement("SELECT sealed FROM key_box WHERE organization = $1 AND mailbox = $2");
const HEAD: Statement =
    Statement("SELECT sealed FROM head WHERE organization = $1 AND mailbox = $2 AND series = $3");
const DELETE_ALL: Statement =
    Statement("DELETE FROM record WHERE organization = $1 AND mailbox = $2 AND series = $3");
const DELETE: Statement = Statement(
    "DELETE FROM record WHERE organization = $1 AND mailbox = $2 AND series = $3 AND record = $4",
);
const PUT: Statement = Statement(
    "INSERT INTO record (organization, mailbox, series, record, sealed, expires)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (organization, mailbox, series, record)
     DO UPDATE SET sealed = excluded.sealed, expires = excluded.expires",
);
const PUT_HEAD: Statement = Statement(
    "INSERT INTO head (organization, mailbox, series, sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT (organization, mailbox, series) DO UPDATE SET sealed = excluded.sealed",
);

pub(super) async fn keys(
    connection: &mut AnyConnection,
    space: Space,
) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar::<Any, Vec<u8>>(KEYS.0)
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

/// What somebody has to say in the same transaction as a series is read or
/// written in.
#[derive(Debug, Clone, Default)]
pub struct Alongside {
    /// Nothing is done where this finds no row.
    pub only_if: Option<Said<'static>>,
    /// Done where records are written.
    pub and: Option<Said<'static>>,
}

type Answers = Vec<Vec<AnyRow>>;

/// The first column of the first row of the next answer.
fn bytes(answers: &mut Answers) -> Result<Option<Vec<u8>>, Error> {
    let rows = answers.pop().unwrap_or_default();
    rows.first().map(|row| row.try_get(0)).transpose()
}

/// All of a series; `None` where what is said alongside finds nothing.
pub async fn read(
    unit: &mut Unit,
    space: Space,
    series: BlindId,
    alongside: &Alongside,
) -> Result<Option<SealedSeries>, Error> {
    let (organization, mailbox) = (Value::Id(space.organization), Value::Id(space.mailbox));
    let mut asked = vec![HEAD.about([organization, mailbox, Value::Bytes(&series.0)])];
    asked.extend(alongside.only_if.clone());
    let mut answers = unit.say(&asked).await?;
    if alongside.only_if.is_some() && answers.pop().is_none_or(|rows| rows.is_empty()) {
        return Ok(None);
    }
    let head = bytes(&mut answers)?;
    // Many rows come in binary form and not in digits.
    let found = sqlx::query(
        "SELECT record, sealed, expires FROM record
         WHERE organization = $1 AND mailbox = $2 AND series = $3 ORDER BY record",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .bind(series.0.to_vec())
    .fetch_all(unit.connection().await?)
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
    Ok(Some(SealedSeries { rows, head }))
}

/// Bytes of statements that go to the server together.
const TOGETHER: usize = 64 << 10;

/// All of a batch or nothing of it; `None` where what is said alongside finds
/// nothing.
pub async fn commit(
    unit: &mut Unit,
    space: Space,
    batch: &SealedBatch,
    alongside: &Alongside,
) -> Result<Option<Outcome>, Error> {
    let (organization, mailbox) = (Value::Id(space.organization), Value::Id(space.mailbox));
    let series = Value::Bytes(&batch.series.0);
    let mut asked = vec![
        KEYS.about([organization, mailbox]),
        HEAD.about([organization, mailbox, series]),
    ];
    asked.extend(alongside.only_if.clone());
    let mut answers = unit.say(&asked).await?;
    if alongside.only_if.is_some() && answers.pop().is_none_or(|rows| rows.is_empty()) {
        return Ok(None);
    }
    let (after, keys) = (bytes(&mut answers)?, bytes(&mut answers)?);
    if keys.as_deref().map(Tag::of) != batch.keys || after.as_deref().map(Tag::of) != batch.after {
        return Ok(Some(Outcome::Overtaken));
    }
    let all = (batch.replace == Replace::Everything)
        .then(|| DELETE_ALL.about([organization, mailbox, series]));
    let gone = batch.delete.iter().map(|record| {
        let record = Value::Bytes(&record.0);
        DELETE.about([organization, mailbox, series, record])
    });
    let put = batch.put.iter().map(|row| {
        let expires = Value::Number(row.expires.map(|day| i64::from(day.0)));
        let (record, sealed) = (Value::Bytes(&row.record.0), Value::Bytes(&row.blob));
        PUT.about([organization, mailbox, series, record, sealed, expires])
    });
    let head = PUT_HEAD.about([organization, mailbox, series, Value::Bytes(&batch.head)]);
    let last = std::iter::once(head).chain(alongside.and.clone());
    let mut together = Vec::new();
    let mut length = 0;
    for said in all.into_iter().chain(gone).chain(put).chain(last) {
        length += said.length();
        together.push(said);
        if length > TOGETHER {
            unit.say(&together).await?;
            (together, length) = (Vec::new(), 0);
        }
    }
    unit.end(&together).await?;
    Ok(Some(Outcome::Done))
}

pub(super) async fn forget(
    connection: &mut AnyConnection,
    space: Space,
    series: BlindId,
) -> Result<(), Error> {
    for statement in [
        DELETE_ALL.0,
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
