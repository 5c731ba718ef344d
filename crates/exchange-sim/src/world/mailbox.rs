//! A mailbox and the calendar in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::{DateTime, Utc, Weekday};
use chrono_tz::Tz;

use super::details::Details;
use super::folders::MadeFolder;
use super::id::{ItemNumber, MailboxGuid};
use super::series::Series;

/// A mailbox of the simulated server.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Primary SMTP address, lower case.
    pub address: String,
    /// Display name.
    pub name: String,
    /// The owner's own zone.
    pub zone: Tz,
    /// The owner's password.
    pub password: String,
    /// Out-of-office settings.
    pub oof: Oof,
    /// When the owner works.
    pub hours: WorkingHours,
    /// A room, which answers invitations by itself.
    pub kind: MailboxKind,
    /// Addresses of those who may open the calendar.
    pub delegates: BTreeSet<String>,
    /// What everybody else sees of the owner's times.
    pub default_rights: FreeBusyRights,
    /// Addresses that this account may impersonate; none without the role.
    pub impersonates: Scope,
    /// Autodiscover's `GroupingInformation`: the site of its server.
    pub site: String,
    /// The calendar.
    pub calendar: Calendar,
    /// What lies in Deleted Items.
    pub(crate) trash: Calendar,
    /// Folders that clients made, by number.
    pub(crate) made: BTreeMap<u64, MadeFolder>,
    /// Serial of the deletion, number and serial of the making of folders
    /// that are gone.
    pub(crate) unmade: Vec<(u64, u64, u64)>,
    pub(crate) guid: MailboxGuid,
    /// How often it moved to another server.
    pub(crate) moves: usize,
    /// How often it was made anew.
    pub(crate) generation: u32,
}

/// What stands behind a mailbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailboxKind {
    /// A person.
    #[default]
    Person,
    /// A room that accepts when it is free and declines when it is taken.
    Room,
}

/// What those without rights to the calendar see (the `Default` permission).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FreeBusyRights {
    /// Nothing.
    None,
    /// When the owner is busy.
    #[default]
    Times,
    /// Subjects and places as well.
    Details,
}

/// Whom an account may impersonate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Nobody.
    #[default]
    Nobody,
    /// Everybody on the server.
    Everybody,
    /// These addresses.
    These(BTreeSet<String>),
}

/// Out-of-office settings (`UserOofSettings`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oof {
    /// The state.
    pub state: OofState,
    /// Start and end; present in every state, meaningful when scheduled.
    pub duration: (DateTime<Utc>, DateTime<Utc>),
    /// Who outside gets the external reply: `None`, `Known` or `All`.
    pub audience: String,
    /// HTML for colleagues.
    pub internal: String,
    /// HTML for others.
    pub external: String,
}

/// Whether replies go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OofState {
    /// No.
    Disabled,
    /// Always.
    Enabled,
    /// Within the duration.
    Scheduled,
}

/// Working hours in the owner's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingHours {
    /// Days of work.
    pub days: Vec<Weekday>,
    /// Minutes after midnight.
    pub from: u32,
    /// Minutes after midnight.
    pub to: u32,
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self {
            days: vec![
                Weekday::Mon,
                Weekday::Tue,
                Weekday::Wed,
                Weekday::Thu,
                Weekday::Fri,
            ],
            from: 480,
            to: 1020,
        }
    }
}

/// A calendar item: a single one or a series.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its number in the mailbox.
    pub number: ItemNumber,
    /// What it says.
    pub details: Details,
    /// What makes it a series.
    pub series: Option<Series>,
    /// `calendar:UID`, the same in every mailbox that has the meeting.
    pub uid: String,
    /// First saved.
    pub created: DateTime<Utc>,
    /// Last saved.
    pub modified: DateTime<Utc>,
    pub(crate) born: u64,
    pub(crate) serial: u64,
}

/// The items of a mailbox and the log of their changes.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    pub(crate) items: BTreeMap<ItemNumber, Item>,
    log: BTreeMap<u64, Entry>,
    pub(crate) deleted: u32,
    pub(crate) touched: Option<DateTime<Utc>>,
    /// The last change that is not in the log.
    pub(crate) stirred: u64,
}

/// A change in the log; an item stands there once, at its last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Saved(ItemNumber),
    Gone { number: ItemNumber, born: u64 },
}

impl Calendar {
    /// The items in the order of their numbers.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// One item.
    pub fn item(&self, number: ItemNumber) -> Option<&Item> {
        self.items.get(&number)
    }

    /// Puts an item in, or back after a change, at a new serial.
    pub(crate) fn save(&mut self, mut item: Item, serial: u64) {
        if let Some(old) = self.items.get(&item.number) {
            self.log.remove(&old.serial);
        }
        item.serial = serial;
        self.touched = Some(item.modified);
        self.log.insert(serial, Entry::Saved(item.number));
        self.items.insert(item.number, item);
    }

    /// Takes an item out.
    pub(crate) fn remove(
        &mut self,
        number: ItemNumber,
        serial: u64,
        now: DateTime<Utc>,
    ) -> Option<Item> {
        let item = self.items.remove(&number)?;
        self.log.remove(&item.serial);
        self.log.insert(
            serial,
            Entry::Gone {
                number,
                born: item.born,
            },
        );
        self.deleted += 1;
        self.touched = Some(now);
        Some(item)
    }

    /// The changes after a serial, oldest first.
    pub(crate) fn changes_after(&self, serial: u64) -> impl Iterator<Item = (u64, Entry)> + '_ {
        self.log
            .range((Bound::Excluded(serial), Bound::Unbounded))
            .map(|(at, entry)| (*at, *entry))
    }
}
