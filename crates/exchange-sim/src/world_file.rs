//! A world described in a TOML file.
//!
//! ```toml
//! [[mailbox]]
//! address = "anna@example.org"
//! name = "Anna Berg"
//! zone = "Europe/Stockholm"
//! password = "secret"
//! delegates = ["bo@example.org"]      # who may open the calendar
//! default_rights = "times"            # what all others see: none, times, details
//! impersonates = ["clara@example.org"] # or impersonates_everybody = true
//!
//! [[mailbox.item]]
//! subject = "Planning"
//! start = "2026-11-23T09:00:00"   # local time of the mailbox, or with an offset,
//! minutes = 30                    # or starts_in = 10 (minutes from now)
//! location = "@webex"
//! ```

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::wire::text::read_instant;
use crate::world::details::{Details, Person, Response, Sensitivity};
use crate::world::mailbox::{FreeBusyRights, MailboxKind, Scope};
use crate::world::{World, WorldError};

/// Why a world file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorldFileError {
    /// It is no such TOML.
    #[error("the world file cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A time is wrong.
    #[error("the item {0:?} needs `start` as a date and time, or `starts_in` as minutes from now")]
    Time(String),
    /// The world refused it.
    #[error(transparent)]
    World(#[from] WorldError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mailbox: Vec<MailboxRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailboxRow {
    address: String,
    name: String,
    #[serde(default = "stockholm")]
    zone: Tz,
    password: String,
    #[serde(default)]
    room: bool,
    #[serde(default)]
    impersonates_everybody: bool,
    #[serde(default)]
    impersonates: BTreeSet<String>,
    #[serde(default)]
    delegates: BTreeSet<String>,
    #[serde(default)]
    default_rights: FreeBusyRights,
    #[serde(default)]
    item: Vec<ItemRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    subject: String,
    start: Option<String>,
    starts_in: Option<i64>,
    minutes: i64,
    #[serde(default)]
    location: String,
    #[serde(default)]
    body: String,
    organizer: Option<String>,
    #[serde(default)]
    attendees: Vec<String>,
    #[serde(default)]
    all_day: bool,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    cancelled: bool,
}

fn stockholm() -> Tz {
    Tz::Europe__Stockholm
}

/// Reads a world; times relative to now are counted from `now`.
///
/// # Errors
/// When the file is no TOML of this form, or a time in it is wrong.
pub fn read(content: &str, now: DateTime<Utc>) -> Result<World, WorldFileError> {
    let file: File = toml::from_str(content)?;
    let mut world = World::empty(now);
    for row in &file.mailbox {
        let mailbox = world.add_mailbox(&row.address, &row.name, row.zone, &row.password);
        if row.room {
            mailbox.kind = MailboxKind::Room;
        }
        if row.impersonates_everybody {
            mailbox.impersonates = Scope::Everybody;
        } else if !row.impersonates.is_empty() {
            mailbox.impersonates = Scope::These(lower(&row.impersonates));
        }
        mailbox.delegates = lower(&row.delegates);
        mailbox.default_rights = row.default_rights;
    }
    for row in &file.mailbox {
        for item in &row.item {
            world.add(&row.address, details(item, row.zone, now, &file)?)?;
        }
    }
    Ok(world)
}

/// Addresses as the world compares them.
fn lower(addresses: &BTreeSet<String>) -> BTreeSet<String> {
    addresses
        .iter()
        .map(|address| address.to_ascii_lowercase())
        .collect()
}

fn details(
    row: &ItemRow,
    zone: Tz,
    now: DateTime<Utc>,
    file: &File,
) -> Result<Details, WorldFileError> {
    let start = match (&row.start, row.starts_in) {
        (Some(text), None) => read_instant(text, zone),
        (None, Some(minutes)) => Some(now + Duration::minutes(minutes)),
        _ => None,
    };
    let start = start.ok_or_else(|| WorldFileError::Time(row.subject.clone()))?;
    let person = |address: &String| {
        let known = file
            .mailbox
            .iter()
            .find(|mailbox| mailbox.address == *address);
        Person::new(
            known.map_or(address, |mailbox| &mailbox.name).clone(),
            address.clone(),
        )
    };
    let mut details = Details::new(
        row.subject.clone(),
        start,
        start + Duration::minutes(row.minutes),
        zone,
    )
    .at(row.location.clone())
    .text(row.body.clone());
    details.all_day = row.all_day;
    details.cancelled = row.cancelled;
    if row.private {
        details.sensitivity = Sensitivity::Private;
    }
    if let Some(organizer) = &row.organizer {
        details = details.called_by(person(organizer), Response::Accept);
    }
    for attendee in &row.attendees {
        details = details.with(person(attendee), Response::NoResponseReceived);
    }
    Ok(details)
}
