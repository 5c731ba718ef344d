//! Another master key in the place of the present one: all keys are wrapped
//! anew, in one transaction. What they seal stays as it is.

use std::sync::Arc;

use sqlx::{AnyConnection, Error, Row as _};
use vault::{
    StoreError,
    database::{Begin, Database, go_on_as},
    opaque::{OpaqueId, Space},
};

use super::{ledger::place, master::Master};
use crate::{directory, server::StartError};

/// What came of an exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exchanged {
    /// Keys that are wrapped by the new master key now.
    pub wrapped: u64,
    /// Keys that were so already: an exchange was made before.
    pub already: u64,
}

/// Wraps all keys of all organizations by `new`: all of them or, where one
/// opens under neither master key, none. Done again it finds what a running
/// service has wrapped by the old one meanwhile.
pub async fn exchange(
    database: &Database,
    old: &Master,
    new: &Master,
) -> Result<Exchanged, StoreError> {
    let organizations = directory::organizations(database).await?;
    let known = Arc::new((organizations, old.copy(), new.copy()));
    let exchanged = database
        .transact_unbound(Begin::ToWrite, move |connection| {
            let known = Arc::clone(&known);
            Box::pin(async move {
                let (organizations, old, new) = known.as_ref();
                let mut found = Vec::new();
                for organization in organizations {
                    go_on_as(&mut *connection, *organization).await?;
                    found.extend(wrapped_of(&mut *connection, *organization).await?);
                }
                let mut done = Exchanged::default();
                let mut anew = Vec::new();
                for one in found {
                    let place = place(one.space, one.epoch);
                    if let Some(key) = old.unwrap(&place, &one.sealed) {
                        let sealed = new.wrap(&place, &key);
                        anew.push(Wrapped { sealed, ..one });
                    } else if new.unwrap(&place, &one.sealed).is_some() {
                        done.already += 1;
                    } else {
                        return Ok(None);
                    }
                }
                for one in anew {
                    go_on_as(&mut *connection, one.space.organization).await?;
                    put(&mut *connection, one).await?;
                    done.wrapped += 1;
                }
                Ok(Some(done))
            })
        })
        .await?;
    exchanged.ok_or_else(|| {
        let why = "neither the present nor the new master key opens all of them; nothing is \
                   changed";
        StoreError::Failed("The wrapped keys".to_owned(), why.to_owned())
    })
}

/// Looks whether a master key is that of the keys in the database. One which
/// opens none of them is another's, and is refused before it wraps any more;
/// single ones are those which a node has wrapped during an exchange.
pub(super) async fn fits(database: &Database, master: &Master) -> Result<(), StartError> {
    let (mut open, mut closed) = (0_u64, 0_u64);
    for organization in directory::organizations(database).await? {
        let all = database
            .transact(organization, Begin::ToRead, move |connection| {
                Box::pin(wrapped_of(connection, organization))
            })
            .await?;
        for one in all {
            match master.unwrap(&place(one.space, one.epoch), &one.sealed) {
                Some(_) => open += 1,
                None => closed += 1,
            }
        }
    }
    if open == 0 && closed > 0 {
        return Err(StartError::Master(format!(
            "it opens none of the {closed} keys in the database; put the right one back, nothing \
             was changed"
        )));
    }
    if closed > 0 {
        tracing::error!(
            closed,
            open,
            "keys that the master key does not open; put the right one back, or exchange it once more"
        );
    }
    Ok(())
}

/// A wrapped key and where it is.
struct Wrapped {
    space: Space,
    epoch: i64,
    sealed: Vec<u8>,
}

async fn wrapped_of(
    connection: &mut AnyConnection,
    organization: OpaqueId,
) -> Result<Vec<Wrapped>, Error> {
    let rows =
        sqlx::query("SELECT mailbox, epoch, wrapped FROM mailbox_key WHERE organization = $1")
            .bind(organization.to_string())
            .fetch_all(connection)
            .await?;
    let read = |row: &sqlx::any::AnyRow| -> Result<Wrapped, Error> {
        let mailbox: String = row.try_get(0)?;
        let mailbox = mailbox
            .parse()
            .map_err(|_| Error::Decode("this is no id of a mailbox".into()))?;
        Ok(Wrapped {
            space: Space {
                organization,
                mailbox,
            },
            epoch: row.try_get(1)?,
            sealed: row.try_get(2)?,
        })
    };
    rows.iter().map(read).collect()
}

async fn put(connection: &mut AnyConnection, one: Wrapped) -> Result<(), Error> {
    sqlx::query(
        "UPDATE mailbox_key SET wrapped = $4
         WHERE organization = $1 AND mailbox = $2 AND epoch = $3",
    )
    .bind(one.space.organization.to_string())
    .bind(one.space.mailbox.to_string())
    .bind(one.epoch)
    .bind(one.sealed)
    .execute(connection)
    .await
    .map(|_| ())
}
