//! The audit log: who did what with which mailbox's keys, and when.

use sqlx::{AnyConnection, Error, Row as _};
use vault::{
    StoreError,
    database::{
        Begin, Database,
        schema::{Rows, Table},
    },
    hybrid::passport::Holder,
    opaque::{OpaqueId, Space},
    store::Day,
};

/// The log. Rows are added, never changed, and go when their time is over.
pub(super) const TABLE: Table = Table {
    name: "audit",
    rows: Rows::OfOrganization,
    columns: "organization TEXT NOT NULL, entry TEXT NOT NULL, at <number> NOT NULL,
              who TEXT NOT NULL, what TEXT NOT NULL, mailbox TEXT NOT NULL,
              PRIMARY KEY (organization, entry)",
};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When, in seconds since 1970.
    pub at: u64,
    /// By whom.
    pub who: String,
    /// What, with the id of a device that was taken in or revoked.
    pub what: String,
    /// With which mailbox's keys.
    pub mailbox: String,
}

/// Notes a deed in the transaction in which it is done: what cannot be noted
/// is not done, and what is not done is not noted.
pub(super) async fn write(
    connection: &mut AnyConnection,
    space: Space,
    who: Holder,
    what: &str,
    now: u64,
) -> Result<(), Error> {
    enter(
        connection,
        OpaqueId::random().to_string(),
        (space, who, what, now),
    )
    .await
}

/// Notes that keys were given: to a device each time, to the connector once a
/// day for each mailbox. It asks for them many times an hour, and what somebody
/// looks for would be one row in thousands.
pub(super) async fn given(
    connection: &mut AnyConnection,
    space: Space,
    who: Holder,
    now: u64,
) -> Result<(), Error> {
    let entry = match who {
        Holder::Device(_) => OpaqueId::random().to_string(),
        Holder::Connector => format!("{}.{who}.{}", Day::of_seconds(now).0, space.mailbox),
    };
    enter(connection, entry, (space, who, "was given the keys", now)).await
}

async fn enter(
    connection: &mut AnyConnection,
    entry: String,
    (space, who, what, now): (Space, Holder, &str, u64),
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO audit (organization, entry, at, who, what, mailbox)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(space.organization.to_string())
    .bind(entry)
    .bind(now.cast_signed())
    .bind(who.to_string())
    .bind(what.to_owned())
    .bind(space.mailbox.to_string())
    .execute(connection)
    .await
    .map(|_| ())
}

/// Forgets what was done before a moment, and says how many deeds those were.
pub(super) async fn forget(
    database: &Database,
    organization: OpaqueId,
    before: u64,
) -> Result<u64, StoreError> {
    database
        .transact(organization, Begin::ToWrite, move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM audit WHERE organization = $1 AND at < $2")
                    .bind(organization.to_string())
                    .bind(before.cast_signed())
                    .execute(connection)
                    .await
                    .map(|done| done.rows_affected())
            })
        })
        .await
}

/// The log of an organization, oldest first.
pub async fn read(database: &Database, organization: OpaqueId) -> Result<Vec<Deed>, StoreError> {
    database
        .transact(organization, Begin::ToRead, move |connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "SELECT at, who, what, mailbox FROM audit
                     WHERE organization = $1 ORDER BY at, entry",
                )
                .bind(organization.to_string())
                .fetch_all(connection)
                .await?;
                let read = |row: &sqlx::any::AnyRow| -> Result<Deed, sqlx::Error> {
                    Ok(Deed {
                        at: row.try_get::<i64, _>(0)?.cast_unsigned(),
                        who: row.try_get(1)?,
                        what: row.try_get(2)?,
                        mailbox: row.try_get(3)?,
                    })
                };
                rows.iter().map(read).collect()
            })
        })
        .await
}
