//! The world behind the server: mailboxes and what is in them.

mod accounts;
pub mod details;
pub(crate) mod folders;
pub mod id;
pub mod mailbox;
pub(crate) mod meetings;
pub mod property;
pub mod series;
pub mod zone;

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use accounts::Token;
use details::Details;
use id::{ItemNumber, MailboxGuid};
pub(crate) use mailbox::Item;
use mailbox::{Calendar, Mailbox, MailboxKind, Oof, OofState, Scope, WorkingHours};
use series::Series;

/// All mailboxes of the server. Every change made through its methods gets a
/// new serial, a new change key and a place in the change log.
#[derive(Clone, Debug)]
pub struct World {
    mailboxes: BTreeMap<String, Mailbox>,
    by_guid: HashMap<MailboxGuid, String>,
    serial: u64,
    next_item: u64,
    now: DateTime<Utc>,
    occurrences: OccurrenceLog,
    epoch: u32,
    recent: VecDeque<(u64, String)>,
    redirects: BTreeMap<String, String>,
    tokens: BTreeMap<String, Token>,
    groups: BTreeMap<String, Vec<String>>,
}

/// So many changes are remembered by mailbox, for streams to catch up.
const RECENT: usize = 4096;

/// Whether a change to one occurrence counts as a change of its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OccurrenceLog {
    Counts,
    Silent,
}

/// Why a change to the world cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// There is no such mailbox.
    #[error("there is no mailbox {0} in the simulated world; add it first")]
    NoMailbox(String),
    /// There is no such item.
    #[error("there is no item {1} in the mailbox {0}; it may have been deleted")]
    NoItem(String, u64),
    /// The item is no series, or its pattern has no such day.
    #[error("the item {1} in the mailbox {0} has no occurrence on {2}")]
    NoOccurrence(String, u64, NaiveDate),
}

impl World {
    /// A world without mailboxes, at a moment.
    pub fn empty(now: DateTime<Utc>) -> Self {
        Self {
            mailboxes: BTreeMap::new(),
            by_guid: HashMap::new(),
            serial: 1,
            next_item: 0x0d18_5630,
            now,
            occurrences: OccurrenceLog::Counts,
            epoch: 0,
            recent: VecDeque::new(),
            redirects: BTreeMap::new(),
            tokens: BTreeMap::new(),
            groups: BTreeMap::new(),
        }
    }

    /// The moment changes are stamped with; a running simulator sets it from
    /// its clock before each change.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Moves the world to a moment.
    pub fn set_now(&mut self, now: DateTime<Utc>) {
        self.now = now;
    }

    /// Makes every sync state handed out so far invalid, as the move of a
    /// mailbox to another database does.
    pub fn lose_sync_states(&mut self) {
        self.epoch += 1;
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// From now on changes of occurrences leave no trace in the change log.
    pub(crate) fn keep_occurrences_out_of_the_log(&mut self) {
        self.occurrences = OccurrenceLog::Silent;
    }

    /// Adds a mailbox, or gives back the one that is there.
    pub fn add_mailbox(
        &mut self,
        address: &str,
        name: &str,
        zone: Tz,
        password: &str,
    ) -> &mut Mailbox {
        let address = address.to_ascii_lowercase();
        let guid = MailboxGuid::of(&address, 0);
        self.by_guid.insert(guid.clone(), address.clone());
        let now = self.now;
        self.mailboxes
            .entry(address.clone())
            .or_insert_with(|| Mailbox {
                address,
                name: name.to_owned(),
                zone,
                password: password.to_owned(),
                oof: Oof {
                    state: OofState::Disabled,
                    duration: (now, now + chrono::Duration::days(1)),
                    audience: "All".to_owned(),
                    internal: String::new(),
                    external: String::new(),
                },
                hours: WorkingHours::default(),
                kind: MailboxKind::Person,
                delegates: std::collections::BTreeSet::new(),
                default_rights: mailbox::FreeBusyRights::default(),
                impersonates: Scope::Nobody,
                site: "Default-First-Site-Name".to_owned(),
                calendar: Calendar::default(),
                trash: Calendar::default(),
                made: BTreeMap::new(),
                unmade: Vec::new(),
                guid,
                moves: 0,
                generation: 0,
            })
    }

    /// A mailbox by its address, in any case.
    pub fn mailbox(&self, address: &str) -> Option<&Mailbox> {
        self.mailboxes.get(&address.to_ascii_lowercase())
    }

    /// A mailbox to change settings of. Items change through the world's own
    /// methods, which keep the log.
    pub fn mailbox_mut(&mut self, address: &str) -> Option<&mut Mailbox> {
        self.mailboxes.get_mut(&address.to_ascii_lowercase())
    }

    /// All mailboxes by address.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Mailbox> {
        self.mailboxes.values()
    }

    pub(crate) fn by_guid(&self, guid: &MailboxGuid) -> Option<&Mailbox> {
        self.mailboxes.get(self.by_guid.get(guid)?)
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Adds a single item.
    pub fn add(&mut self, address: &str, details: Details) -> Result<ItemNumber, WorldError> {
        self.insert(address, details, None, None)
    }

    /// Adds a series.
    pub fn add_series(
        &mut self,
        address: &str,
        details: Details,
        series: Series,
    ) -> Result<ItemNumber, WorldError> {
        self.insert(address, details, Some(series), None)
    }

    /// Adds an item or a series, with the UID of a meeting that other
    /// mailboxes have as well.
    pub fn insert(
        &mut self,
        address: &str,
        details: Details,
        series: Option<Series>,
        uid: Option<String>,
    ) -> Result<ItemNumber, WorldError> {
        self.insert_into(address, folders::CALENDAR, details, series, uid)
    }

    /// Adds an item or a series to any folder that holds items.
    pub(crate) fn insert_into(
        &mut self,
        address: &str,
        folder: u64,
        details: Details,
        series: Option<Series>,
        uid: Option<String>,
    ) -> Result<ItemNumber, WorldError> {
        let now = self.now;
        self.count(address);
        self.next_item += 1;
        let (serial, number) = (self.serial, ItemNumber(self.next_item));
        let occurrences = self.occurrences;
        let mailbox = self.open(address)?;
        let uid = uid.unwrap_or_else(|| match occurrences {
            OccurrenceLog::Counts => id::outlook_uid(&mailbox.guid, number),
            OccurrenceLog::Silent => id::random_uid(&mailbox.guid, number),
        });
        let item = Item {
            number,
            details,
            series,
            uid,
            created: now,
            modified: now,
            born: serial,
            serial,
        };
        mailbox
            .shelf_mut(folder)
            .ok_or_else(|| WorldError::NoItem(address.to_owned(), folder))?
            .save(item, serial);
        Ok(number)
    }

    /// Changes an item or a whole series.
    pub fn change(
        &mut self,
        address: &str,
        number: ItemNumber,
        change: impl FnOnce(&mut Item),
    ) -> Result<(), WorldError> {
        let now = self.now;
        self.count(address);
        let serial = self.serial;
        let mailbox = self.open(address)?;
        let missing = || WorldError::NoItem(address.to_owned(), number.0);
        let shelf = mailbox.shelf_of_mut(number).ok_or_else(missing)?;
        let mut item = shelf.item(number).cloned().ok_or_else(missing)?;
        change(&mut item);
        item.modified = now;
        shelf.save(item, serial);
        Ok(())
    }

    /// Changes one occurrence of a series, by the day its pattern gives.
    pub fn change_occurrence(
        &mut self,
        address: &str,
        number: ItemNumber,
        day: NaiveDate,
        change: impl FnOnce(&mut Details),
    ) -> Result<(), WorldError> {
        let details = self
            .mailbox(address)
            .and_then(|mailbox| mailbox.item(number))
            .and_then(|item| item.occurrence_details(day))
            .ok_or_else(|| WorldError::NoOccurrence(address.to_owned(), number.0, day))?;
        self.change_part(address, number, |item| {
            let mut details = details;
            change(&mut details);
            if let Some(series) = &mut item.series {
                series.changed.insert(day, details);
            }
        })
    }

    /// The mailboxes changed after a serial; nothing when that is too long
    /// ago to be remembered.
    pub(crate) fn changed_since(&self, serial: u64) -> Option<impl Iterator<Item = &str>> {
        let begin = self.recent.partition_point(|(at, _)| *at <= serial);
        let known = self.serial - serial <= (self.recent.len() - begin) as u64;
        known.then(|| {
            self.recent
                .range(begin..)
                .map(|(_, address)| address.as_str())
        })
    }

    /// Counts a change of a mailbox.
    fn count(&mut self, address: &str) {
        self.serial += 1;
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent
            .push_back((self.serial, address.to_ascii_lowercase()));
    }

    fn change_part(
        &mut self,
        address: &str,
        number: ItemNumber,
        change: impl FnOnce(&mut Item),
    ) -> Result<(), WorldError> {
        if self.occurrences == OccurrenceLog::Counts {
            return self.change(address, number, change);
        }
        // Streams still wake: the folder itself has changed.
        self.count(address);
        let (serial, now) = (self.serial, self.now);
        let missing = || WorldError::NoItem(address.to_owned(), number.0);
        let calendar = self
            .open(address)?
            .shelf_of_mut(number)
            .ok_or_else(missing)?;
        let item = calendar.items.get_mut(&number).ok_or_else(missing)?;
        change(item);
        calendar.touched = Some(now);
        calendar.stirred = serial;
        Ok(())
    }

    /// Takes one occurrence out of a series.
    pub fn delete_occurrence(
        &mut self,
        address: &str,
        number: ItemNumber,
        day: NaiveDate,
    ) -> Result<(), WorldError> {
        self.mailbox(address)
            .and_then(|mailbox| mailbox.item(number))
            .and_then(|item| item.occurrence_details(day))
            .ok_or_else(|| WorldError::NoOccurrence(address.to_owned(), number.0, day))?;
        self.change_part(address, number, |item| {
            if let Some(series) = &mut item.series {
                series.changed.remove(&day);
                series.deleted.insert(day);
            }
        })
    }

    /// Deletes an item or a whole series.
    pub fn delete(&mut self, address: &str, number: ItemNumber) -> Result<Item, WorldError> {
        let now = self.now;
        self.count(address);
        let serial = self.serial;
        let mailbox = self.open(address)?;
        mailbox
            .shelf_of_mut(number)
            .and_then(|shelf| shelf.remove(number, serial, now))
            .ok_or_else(|| WorldError::NoItem(address.to_owned(), number.0))
    }

    /// The first item with that subject in a mailbox.
    pub fn find(&self, address: &str, subject: &str) -> Option<ItemNumber> {
        self.mailbox(address)?
            .calendar
            .items()
            .find(|item| item.details.subject == subject)
            .map(|item| item.number)
    }

    fn open(&mut self, address: &str) -> Result<&mut Mailbox, WorldError> {
        self.mailboxes
            .get_mut(&address.to_ascii_lowercase())
            .ok_or_else(|| WorldError::NoMailbox(address.to_owned()))
    }
}

impl Item {
    /// What the occurrence of a day says: its own details when it was
    /// changed, else the series' at its own time. Nothing when the pattern
    /// has no such day or it was deleted.
    pub fn occurrence_details(&self, day: NaiveDate) -> Option<Details> {
        let series = self.series.as_ref()?;
        if series.deleted.contains(&day)
            || !series
                .days()
                .take_while(|one| *one <= day)
                .any(|one| one == day)
        {
            return None;
        }
        let occurrence = series.occurrence(&self.details, day);
        Some(match occurrence.changed {
            Some(details) => details.clone(),
            None => Details {
                start: occurrence.start,
                end: occurrence.end,
                ..self.details.clone()
            },
        })
    }
}
