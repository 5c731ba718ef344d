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
//! hours = { days = ["Mon", "Tue"], from = "08:00", to = "16:30" }
//! oof = { state = "scheduled", from = "2026-12-23T00:00:00", to = "2027-01-07T00:00:00", internal = "Away" }
//!
//! [[mailbox.item]]
//! subject = "Planning"
//! start = "2026-11-23T09:00:00"   # local time of the mailbox, or with an offset,
//! minutes = 30                    # or starts_in = 10 (minutes from now)
//! location = "@webex"
//! organizer = "bo@example.org"    # the owner when absent and somebody is invited
//! response = "tentative"          # the owner's own answer
//! attendees = ["clara@example.org", { name = "A guest" }]
//! show_as = "busy"                # free, tentative, busy, out-of-office, elsewhere
//!
//! [[mailbox.item]]
//! subject = "Stand-up"
//! start = "2026-11-02T09:00:00"
//! minutes = 15
//! repeats = "weekly"              # daily, weekly, monthly, yearly
//! every = 1                       # of these
//! on = ["Mon", "Wed"]             # of a week; the day of the start when absent
//! until = "2027-06-30"            # or times = 20; without end when both are absent
//! deleted = ["2026-12-23"]        # days of the pattern that are left out
//! changed = [{ day = "2026-12-02", start = "2026-12-02T10:00:00", subject = "Late stand-up" }]
//! ```
//!
//! An item which its mailbox's owner calls is sent to those attendees who
//! have a mailbox in the file: they get a copy, and rooms answer it. Items
//! called by somebody else stay where they are written.

mod item;
mod repeats;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::wire::text::read_instant;
use crate::world::mailbox::{
    FreeBusyRights, Mailbox, MailboxKind, Oof, OofState, Scope, WorkingHours,
};
use crate::world::{World, WorldError, meetings};
use item::ItemRow;

/// Why a world file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorldFileError {
    /// It is no such TOML.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// An address is none, or stands there twice.
    #[error("the mailbox {0:?} needs an address of its own, such as anna@example.org")]
    Address(String),
    /// A time is wrong.
    #[error(
        "the item {0:?} needs `start` as a date and time, or `starts_in` as minutes from now, \
         and `minutes` that lead to a later end"
    )]
    Time(String),
    /// A whole day begins or ends within a day.
    #[error(
        "the item {0:?} takes whole days; it needs a start at midnight and `minutes` of whole days (1440)"
    )]
    WholeDays(String),
    /// A series cannot be understood.
    #[error("the series {0:?} needs {1}")]
    Series(String, &'static str),
    /// Settings of a mailbox cannot be understood.
    #[error("the mailbox {0:?} needs {1}")]
    Settings(String, &'static str),
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
    oof: Option<OofRow>,
    hours: Option<HoursRow>,
    #[serde(default)]
    item: Vec<ItemRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OofRow {
    state: OofState,
    from: Option<Moment>,
    to: Option<Moment>,
    #[serde(default = "all")]
    audience: Audience,
    #[serde(default)]
    internal: String,
    #[serde(default)]
    external: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Audience {
    None,
    Known,
    All,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursRow {
    days: Vec<String>,
    from: String,
    to: String,
}

/// A time or day, written as a text or as TOML's own.
#[derive(Deserialize)]
#[serde(untagged)]
enum Moment {
    Text(String),
    Own(toml::value::Datetime),
}

impl Moment {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Own(time) => time.to_string(),
        }
    }

    /// A day alone begins at midnight in `zone`.
    fn instant(&self, zone: Tz) -> Option<DateTime<Utc>> {
        let text = self.text();
        read_instant(&text, zone).or_else(|| read_instant(&format!("{text}T00:00:00"), zone))
    }
}

fn stockholm() -> Tz {
    Tz::Europe__Stockholm
}

fn all() -> Audience {
    Audience::All
}

/// Reads a world; times relative to now are counted from `now`.
///
/// # Errors
/// When the file is no TOML of this form, or something in it makes no sense.
pub fn read(content: &str, now: DateTime<Utc>) -> Result<World, WorldFileError> {
    let file: File = toml::from_str(content)?;
    let mut world = World::empty(now);
    for row in &file.mailbox {
        let wrong = || WorldFileError::Address(row.address.clone());
        let parts = row.address.split_once('@');
        let blank = row.address.contains(char::is_whitespace);
        if blank || parts.is_none_or(|(name, domain)| name.is_empty() || domain.is_empty()) {
            return Err(wrong());
        }
        if world.mailbox(&row.address).is_some() {
            return Err(wrong());
        }
        let mailbox = world.add_mailbox(&row.address, &row.name, row.zone, &row.password);
        settle(mailbox, row)?;
    }
    for row in &file.mailbox {
        for item in &row.item {
            let (details, series) = item.details(row, now, &file)?;
            let own = details.is_called_by(&row.address);
            let number = world.insert(&row.address, details, series, None)?;
            if own {
                meetings::invite(&mut world, &row.address.to_ascii_lowercase(), number);
            }
        }
    }
    Ok(world)
}

/// What a mailbox is set to, beside its items.
fn settle(mailbox: &mut Mailbox, row: &MailboxRow) -> Result<(), WorldFileError> {
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
    let wrong = |what| WorldFileError::Settings(row.address.clone(), what);
    if let Some(oof) = &row.oof {
        let begin = oof.from.as_ref().map(|from| from.instant(row.zone));
        let end = oof.to.as_ref().map(|to| to.instant(row.zone));
        let duration = match (oof.state, begin, end) {
            (_, Some(Some(begin)), Some(Some(end))) if begin < end => (begin, end),
            (OofState::Disabled | OofState::Enabled, None, None) => mailbox.oof.duration,
            _ => return Err(wrong("`from` and a later `to` of its `oof`")),
        };
        mailbox.oof = Oof {
            state: oof.state,
            duration,
            audience: format!("{:?}", oof.audience),
            internal: oof.internal.clone(),
            external: oof.external.clone(),
        };
    }
    if let Some(hours) = &row.hours {
        let days: Option<Vec<Weekday>> = hours.days.iter().map(|day| day.parse().ok()).collect();
        let minute = |text: &str| {
            let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
            Some(time.num_seconds_from_midnight() / 60)
        };
        mailbox.hours = match (days, minute(&hours.from), minute(&hours.to)) {
            (Some(days), Some(from), Some(to)) if from < to => WorkingHours { days, from, to },
            _ => {
                return Err(wrong(
                    "`hours` with days such as \"Mon\", and times such as \"08:00\" and a later one",
                ));
            }
        };
    }
    Ok(())
}

/// So many minutes later, where there is such a moment.
fn later(start: DateTime<Utc>, minutes: i64) -> Option<DateTime<Utc>> {
    let end = start.checked_add_signed(Duration::try_minutes(minutes)?)?;
    // What goes over the wire as xs:dateTime.
    (1..=9999)
        .contains(&chrono::Datelike::year(&end))
        .then_some(end)
}

/// Addresses as the world compares them.
fn lower(addresses: &BTreeSet<String>) -> BTreeSet<String> {
    addresses
        .iter()
        .map(|address| address.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests;
