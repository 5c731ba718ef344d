//! The wrapped keys: one for each mailbox and epoch, and one for its blind ids.

use std::{collections::BTreeMap, sync::Arc};

use sqlx::{AnyConnection, Error, Row as _};
use vault::{
    StoreError,
    database::{
        Begin, Database,
        schema::{Rows, Table},
    },
    hybrid::passport::Holder,
    key::Key,
    mailbox::{Epoch, MailboxKeys},
    opaque::{OpaqueId, Space},
    store::Day,
};

use super::{audit, master::Master};
use crate::directory;

/// Wrapped keys. The epoch -1 stands for the key of blind ids.
pub(super) const TABLE: Table = Table {
    name: "mailbox_key",
    rows: Rows::OfOrganization,
    columns: "organization TEXT NOT NULL, mailbox TEXT NOT NULL, epoch <number> NOT NULL,
              wrapped <blob> NOT NULL, PRIMARY KEY (organization, mailbox, epoch)",
};

const INDEX: i64 = -1;

/// Gives out the keys of mailboxes.
pub(super) struct Ledger {
    database: Database,
    master: Arc<Master>,
}

/// Where a key is wrapped for.
pub(super) fn place(space: Space, epoch: i64) -> Vec<u8> {
    let mut place = b"joinbell keys 1 ".to_vec();
    place.extend_from_slice(&space.organization.0);
    place.extend_from_slice(&space.mailbox.0);
    place.extend_from_slice(&epoch.to_be_bytes());
    place
}

/// Whether it was put: another node may have been faster.
async fn put(
    connection: &mut AnyConnection,
    space: Space,
    epoch: i64,
    wrapped: &[u8],
) -> Result<bool, Error> {
    sqlx::query(
        "INSERT INTO mailbox_key (organization, mailbox, epoch, wrapped)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .bind(epoch)
    .bind(wrapped.to_vec())
    .execute(connection)
    .await
    .map(|done| done.rows_affected() > 0)
}

/// The wrapped keys of a mailbox, by their epochs.
async fn found(connection: &mut AnyConnection, space: Space) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let rows = sqlx::query(
        "SELECT epoch, wrapped FROM mailbox_key
         WHERE organization = $1 AND mailbox = $2 ORDER BY epoch",
    )
    .bind(space.organization.to_string())
    .bind(space.mailbox.to_string())
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| -> Result<(i64, Vec<u8>), Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    };
    rows.iter().map(read).collect()
}

/// What came of the question for a mailbox's keys.
enum Given {
    Keys(BTreeMap<i64, Key>),
    /// There is no such mailbox.
    Nobody,
    /// The master key does not open them.
    Closed,
}

/// All of them in the clear; `None` where the master key does not open one.
fn unwrapped(
    master: &Master,
    space: Space,
    found: &[(i64, Vec<u8>)],
) -> Option<BTreeMap<i64, Key>> {
    let each = found.iter().map(|(epoch, wrapped)| {
        let key = master.unwrap(&place(space, *epoch), wrapped)?;
        Some((*epoch, key))
    });
    each.collect()
}

impl Ledger {
    pub(super) fn new(database: Database, master: &Master) -> Self {
        Self {
            database,
            master: Arc::new(master.copy()),
        }
    }

    /// The keys of a mailbox at a moment: those of its epoch, made when there
    /// are none, and of all earlier ones that are not past their time. That
    /// `who` was given them is noted in the same transaction. `None` where there
    /// is no such mailbox: one that goes at this moment leaves no keys of
    /// nobody.
    pub(super) async fn give(
        &self,
        space: Space,
        who: Holder,
        now: u64,
    ) -> Result<Option<MailboxKeys>, StoreError> {
        let today = Day::of_seconds(now);
        let present = i64::from(Epoch::of(today).0);
        let master = Arc::clone(&self.master);
        let keys = self
            .database
            .transact(space.organization, Begin::ToWrite, move |connection| {
                let master = Arc::clone(&master);
                Box::pin(async move {
                    if !directory::has_mailbox(&mut *connection, space).await? {
                        return Ok(Given::Nobody);
                    }
                    let mut there = found(connection, space).await?;
                    let is_absent = |epoch: &i64| !there.iter().any(|(one, _)| one == epoch);
                    let absent: Vec<i64> = [INDEX, present].into_iter().filter(is_absent).collect();
                    // Before one is added: a wrong master key adds none, which
                    // the right one would not open.
                    if unwrapped(&master, space, &there).is_none() {
                        return Ok(Given::Closed);
                    }
                    let mut are_ours = true;
                    for epoch in absent {
                        let wrapped = master.wrap(&place(space, epoch), &Key::generate());
                        are_ours &= put(connection, space, epoch, &wrapped).await?;
                        there.push((epoch, wrapped));
                    }
                    if !are_ours {
                        there = found(connection, space).await?;
                    }
                    audit::given(connection, space, who, now).await?;
                    let keys = unwrapped(&master, space, &there);
                    Ok(keys.map_or(Given::Closed, Given::Keys))
                })
            })
            .await?;
        let keys = match keys {
            Given::Keys(keys) => keys,
            Given::Nobody => return Ok(None),
            Given::Closed => {
                let why = "the master key does not open them; put the right one back";
                let what = "The wrapped keys".to_owned();
                return Err(StoreError::Failed(what, why.to_owned()));
            }
        };
        let mut index = None;
        let mut epochs = BTreeMap::new();
        for (epoch, key) in keys {
            match u32::try_from(epoch) {
                Ok(number) if Epoch(number).destroyed_on() > today => {
                    epochs.insert(Epoch(number), key);
                }
                Ok(_) => {}
                Err(_) => index = Some(key),
            }
        }
        // It was put with the others.
        let index = index.unwrap_or_else(Key::generate);
        Ok(Some(MailboxKeys::new(index, epochs)))
    }
}

/// Destroys all keys of a mailbox, and says how many there were.
pub(super) async fn destroy_all(
    connection: &mut AnyConnection,
    space: Space,
) -> Result<u64, Error> {
    sqlx::query("DELETE FROM mailbox_key WHERE organization = $1 AND mailbox = $2")
        .bind(space.organization.to_string())
        .bind(space.mailbox.to_string())
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
}

/// Destroys the keys whose time is over on a day.
pub(super) async fn destroy(
    database: &Database,
    organization: OpaqueId,
    today: Day,
) -> Result<u64, StoreError> {
    // The first epoch whose key is still kept.
    let mut kept = Epoch::of(today);
    while kept.0 > 0 && Epoch(kept.0 - 1).destroyed_on() > today {
        kept = Epoch(kept.0 - 1);
    }
    database
        .transact(organization, Begin::ToWrite, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "DELETE FROM mailbox_key
                     WHERE organization = $1 AND epoch >= 0 AND epoch < $2",
                )
                .bind(organization.to_string())
                .bind(i64::from(kept.0))
                .execute(connection)
                .await
                .map(|done| done.rows_affected())
            })
        })
        .await
}
