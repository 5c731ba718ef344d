//! Organizations, mailboxes and devices, as both programs know them: public
//! keys and opaque ids.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Any, AnyConnection, AssertSqlSafe, Error, Row as _, any::AnyRow};
use vault::{
    StoreError,
    database::{
        Begin, Database, Said, Statement, Value, Work,
        schema::{Rows, Table},
    },
    hybrid::{
        enrolment::{Attestation, PublicKeys},
        passport::Holder,
    },
    opaque::{OpaqueId, Space},
};

/// The tables of the directory.
pub const TABLES: [Table; 4] = [
    Table {
        name: "tenant",
        rows: Rows::OfAll,
        columns: "organization TEXT PRIMARY KEY NOT NULL",
    },
    Table {
        name: "connector",
        rows: Rows::OfOrganization,
        columns: "organization TEXT PRIMARY KEY NOT NULL,
                  signing <blob> NOT NULL, sealing <blob> NOT NULL",
    },
    Table {
        name: "mailbox",
        rows: Rows::OfOrganization,
        columns: "organization TEXT NOT NULL, mailbox TEXT NOT NULL,
                  revision <number> NOT NULL, PRIMARY KEY (organization, mailbox)",
    },
    Table {
        name: "device",
        rows: Rows::OfOrganization,
        columns: "organization TEXT NOT NULL, device TEXT NOT NULL, mailbox TEXT NOT NULL,
                  signing <blob> NOT NULL, sealing <blob> NOT NULL, revoked <number>,
                  PRIMARY KEY (organization, device)",
    },
];

/// Somebody who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Their keys.
    pub keys: PublicKeys,
    /// A device's mailbox.
    pub mailbox: Option<OpaqueId>,
}

/// What became of a device that was to be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is there now.
    Done,
    /// It was there before.
    Before,
    /// Another one is there by its id.
    Differs,
    /// There is no such mailbox.
    NoMailbox,
}

/// What an organization's connector is after it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introduced {
    /// The one that was known, or the first.
    Known,
    /// Another one: what the one before had put there is gone.
    Replaced,
}

/// Tables of which a former connector's rows stay: the keys are written over,
/// and what was done was done.
const STAY: [&str; 2] = ["connector", "audit"];

/// Makes an organization with its connector's keys, or changes those. Another
/// key is another connector: it knows none of the devices that the one before
/// has attested, so that it could list and revoke none of them, and its
/// mailboxes have other ids. What is there of the one before, in any of
/// `tables`, goes with its key.
pub async fn put_organization(
    database: &Database,
    tables: &[Table],
    organization: OpaqueId,
    keys: PublicKeys,
) -> Result<Introduced, StoreError> {
    let of_one = tables
        .iter()
        .filter(|table| table.rows == Rows::OfOrganization && !STAY.contains(&table.name));
    let emptied: Vec<String> = of_one
        .map(|table| format!("DELETE FROM {} WHERE organization = $1", table.name))
        .collect();
    let introduced = database
        .transact(organization, Begin::ToWrite, move |connection| {
            let emptied = emptied.clone();
            Box::pin(async move {
                let id = organization.to_string();
                sqlx::query("INSERT INTO tenant (organization) VALUES ($1) ON CONFLICT DO NOTHING")
                    .bind(&id)
                    .execute(&mut *connection)
                    .await?;
                let before: Option<Vec<u8>> = sqlx::query_scalar::<Any, Vec<u8>>(
                    "SELECT signing FROM connector WHERE organization = $1",
                )
                .bind(&id)
                .fetch_optional(&mut *connection)
                .await?;
                let replaced = before.is_some_and(|before| before != keys.signing);
                if replaced {
                    for statement in emptied {
                        // The names are this program's own.
                        sqlx::query(AssertSqlSafe(statement))
                            .bind(&id)
                            .execute(&mut *connection)
                            .await?;
                    }
                }
                sqlx::query(
                    "INSERT INTO connector (organization, signing, sealing) VALUES ($1, $2, $3)
                     ON CONFLICT (organization)
                     DO UPDATE SET signing = excluded.signing, sealing = excluded.sealing",
                )
                .bind(&id)
                .bind(keys.signing.to_vec())
                .bind(keys.sealing.to_vec())
                .execute(connection)
                .await?;
                Ok(if replaced {
                    Introduced::Replaced
                } else {
                    Introduced::Known
                })
            })
        })
        .await?;
    if introduced == Introduced::Replaced {
        // Keys are not to stay in the file's free pages.
        database.compact().await?;
    }
    Ok(introduced)
}

/// All organizations.
pub async fn organizations(database: &Database) -> Result<Vec<OpaqueId>, StoreError> {
    let found: Vec<String> = database
        .transact_unbound(Begin::ToRead, |connection| {
            Box::pin(async move {
                sqlx::query_scalar::<Any, String>("SELECT organization FROM tenant")
                    .fetch_all(connection)
                    .await
            })
        })
        .await?;
    Ok(found.iter().filter_map(|id| id.parse().ok()).collect())
}

/// The keys of a holder; `None` when it is unknown or revoked.
pub async fn holder(
    database: &Database,
    organization: OpaqueId,
    holder: Holder,
) -> Result<Option<Known>, StoreError> {
    let said = match holder {
        Holder::Connector => CONNECTOR.about([Value::Id(organization)]),
        Holder::Device(device) => DEVICE.about([Value::Id(organization), Value::Id(device)]),
    };
    let found = database.look_up(organization, said).await?;
    let known = found.map(|row| known(&row)).transpose();
    known.map_err(|error| database.failure(&error))
}

const CONNECTOR: Statement =
    Statement("SELECT signing, sealing, '' FROM connector WHERE organization = $1");
const DEVICE: Statement = Statement(
    "SELECT signing, sealing, mailbox FROM device
     WHERE organization = $1 AND device = $2 AND revoked IS NULL",
);
const REVISION: Statement =
    Statement("SELECT revision FROM mailbox WHERE organization = $1 AND mailbox = $2");
const REVISIONS: Statement =
    Statement("SELECT mailbox, revision FROM mailbox WHERE organization = $1");
const DEVICES: Statement = Statement(
    "SELECT device, coalesce(revoked, 0) FROM device
     WHERE organization = $1 AND revoked IS NULL",
);
const COUNT_CHANGE: Statement = Statement(
    "UPDATE mailbox SET revision = revision + 1 WHERE organization = $1 AND mailbox = $2",
);

fn known(row: &AnyRow) -> Result<Known, Error> {
    let key = |at: usize| -> Result<[u8; 32], Error> {
        let bytes: Vec<u8> = row.try_get(at)?;
        bytes
            .try_into()
            .map_err(|_| Error::Decode("a key of another length".into()))
    };
    let mailbox: String = row.try_get(2)?;
    Ok(Known {
        keys: PublicKeys {
            signing: key(0)?,
            sealing: key(1)?,
        },
        mailbox: mailbox.parse().ok(),
    })
}

/// Makes a mailbox; one that is there stays as it is.
pub async fn put_mailbox(database: &Database, space: Space) -> Result<(), StoreError> {
    database
        .transact(space.organization, Begin::ToWrite, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO mailbox (organization, mailbox, revision) VALUES ($1, $2, 0)
                     ON CONFLICT DO NOTHING",
                )
                .bind(space.organization.to_string())
                .bind(space.mailbox.to_string())
                .execute(connection)
                .await
                .map(|_| ())
            })
        })
        .await
}

/// Takes a mailbox and its devices away.
pub async fn remove_mailbox(database: &Database, space: Space) -> Result<(), StoreError> {
    database
        .transact(space.organization, Begin::ToWrite, move |connection| {
            Box::pin(async move { remove(connection, space).await.map(|_| ()) })
        })
        .await
}

/// The same on a connection whose transaction the caller holds; whether it was
/// there.
pub(crate) async fn remove(connection: &mut AnyConnection, space: Space) -> Result<bool, Error> {
    let mut was_there = false;
    for statement in [
        "DELETE FROM device WHERE organization = $1 AND mailbox = $2",
        "DELETE FROM mailbox WHERE organization = $1 AND mailbox = $2",
    ] {
        let done = sqlx::query(statement)
            .bind(space.organization.to_string())
            .bind(space.mailbox.to_string())
            .execute(&mut *connection)
            .await?;
        was_there = done.rows_affected() > 0;
    }
    Ok(was_there)
}

/// How often a mailbox has changed; `None` when there is none.
pub async fn revision(database: &Database, space: Space) -> Result<Option<u64>, StoreError> {
    let found = database
        .look_up(space.organization, is_there(space))
        .await?;
    let revision = found.map(|row| row.try_get::<i64, _>(0)).transpose();
    let revision = revision.map_err(|error| database.failure(&error))?;
    Ok(revision.map(i64::cast_unsigned))
}

/// How an organization stands at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How often each mailbox has changed.
    pub revisions: BTreeMap<OpaqueId, u64>,
    /// Its devices that are not revoked.
    pub devices: BTreeSet<OpaqueId>,
}

/// How an organization stands, in one way to the server.
pub async fn standing(database: &Database, organization: OpaqueId) -> Result<Standing, StoreError> {
    let found = database
        .unite(organization, Begin::ToRead, move |unit| {
            Box::pin(async move {
                let all = [REVISIONS, DEVICES];
                let said = all.map(|one| one.about([Value::Id(organization)]));
                unit.end(&said).await
            })
        })
        .await?;
    let mut standing = Standing::default();
    for (number, row) in found
        .iter()
        .enumerate()
        .flat_map(|(number, rows)| rows.iter().map(move |row| (number, row)))
    {
        let read = || -> Result<(String, i64), Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
        let (id, count) = read().map_err(|error| database.failure(&error))?;
        let Ok(id) = id.parse() else { continue };
        if number == 0 {
            standing.revisions.insert(id, count.cast_unsigned());
        } else {
            standing.devices.insert(id);
        }
    }
    Ok(standing)
}

/// Finds a row where there is such a mailbox.
pub(crate) fn is_there(space: Space) -> Said<'static> {
    REVISION.about([Value::Id(space.organization), Value::Id(space.mailbox)])
}

/// Counts a change of a mailbox.
pub(crate) fn count_change(space: Space) -> Said<'static> {
    COUNT_CHANGE.about([Value::Id(space.organization), Value::Id(space.mailbox)])
}

/// Takes a device in, which the connector has attested, on a connection whose
/// transaction the caller holds. The same one again changes nothing, also not
/// that it was revoked.
pub(crate) async fn put_device(
    connection: &mut AnyConnection,
    said: &Attestation,
) -> Result<Put, Error> {
    let (organization, device) = (said.organization, said.device);
    let space = Space {
        organization,
        mailbox: said.mailbox,
    };
    if !has_mailbox(&mut *connection, space).await? {
        return Ok(Put::NoMailbox);
    }
    let put = sqlx::query(
        "INSERT INTO device (organization, device, mailbox, signing, sealing, revoked)
         VALUES ($1, $2, $3, $4, $5, NULL) ON CONFLICT DO NOTHING",
    )
    .bind(organization.to_string())
    .bind(device.to_string())
    .bind(said.mailbox.to_string())
    .bind(said.keys.signing.to_vec())
    .bind(said.keys.sealing.to_vec())
    .execute(&mut *connection)
    .await?;
    if put.rows_affected() > 0 {
        return Ok(Put::Done);
    }
    let there: Option<String> = sqlx::query_scalar::<Any, String>(
        "SELECT device FROM device WHERE organization = $1 AND device = $2
         AND mailbox = $3 AND signing = $4 AND sealing = $5",
    )
    .bind(organization.to_string())
    .bind(device.to_string())
    .bind(said.mailbox.to_string())
    .bind(said.keys.signing.to_vec())
    .bind(said.keys.sealing.to_vec())
    .fetch_optional(connection)
    .await?;
    Ok(there.map_or(Put::Differs, |_| Put::Before))
}

/// Whether there is such a mailbox, in the caller's transaction: it can not go
/// before that has ended.
pub(crate) async fn has_mailbox(
    connection: &mut AnyConnection,
    space: Space,
) -> Result<bool, Error> {
    let there = sqlx::query_scalar::<Any, i64>(REVISION.0)
        .bind(space.organization.to_string())
        .bind(space.mailbox.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(there.is_some())
}

/// What became of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It is revoked from now on.
    Now,
    /// It was revoked before, and stays so since then.
    Before,
    /// There is no such device of that mailbox.
    Absent,
}

/// Revokes a device at `now`.
pub async fn revoke_device(
    database: &Database,
    space: Space,
    device: OpaqueId,
    now: u64,
) -> Result<Revoked, StoreError> {
    database
        .transact(space.organization, Begin::ToWrite, move |connection| {
            revoke(connection, space, device, now)
        })
        .await
}

/// The same on a connection whose transaction the caller holds.
pub(crate) fn revoke(
    connection: &mut AnyConnection,
    space: Space,
    device: OpaqueId,
    now: u64,
) -> Work<'_, Revoked> {
    Box::pin(async move {
        let done = sqlx::query(
            "UPDATE device SET revoked = $4
             WHERE organization = $1 AND mailbox = $2 AND device = $3 AND revoked IS NULL",
        )
        .bind(space.organization.to_string())
        .bind(space.mailbox.to_string())
        .bind(device.to_string())
        .bind(now.cast_signed())
        .execute(&mut *connection)
        .await?;
        if done.rows_affected() > 0 {
            return Ok(Revoked::Now);
        }
        let there: Option<String> = sqlx::query_scalar::<Any, String>(
            "SELECT device FROM device WHERE organization = $1 AND mailbox = $2 AND device = $3",
        )
        .bind(space.organization.to_string())
        .bind(space.mailbox.to_string())
        .bind(device.to_string())
        .fetch_optional(connection)
        .await?;
        Ok(there.map_or(Revoked::Absent, |_| Revoked::Before))
    })
}
