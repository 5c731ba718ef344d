//! The rooms that the servers' lists name.

use std::collections::BTreeMap;

use calendar::meeting::Person;
use chrono::{DateTime, Duration, Utc};

use crate::account::AccountId;

/// Lists of rooms change by the month; a server that was restarted, or has
/// been reached at last, is asked again within the hour.
const HOLDS_FOR: Duration = Duration::hours(1);

/// What was told, by account.
#[derive(Debug, Default)]
pub(super) struct Rooms(BTreeMap<AccountId, (DateTime<Utc>, Vec<Person>)>);

impl Rooms {
    /// Whether an account's server is to be asked now; it counts as asked
    /// afterwards.
    pub(super) fn ask(&mut self, account: &AccountId, now: DateTime<Utc>) -> bool {
        let holds = |at: DateTime<Utc>| at <= now && now < at + HOLDS_FOR;
        let asked = self.0.entry(account.clone()).or_default();
        if holds(asked.0) {
            return false;
        }
        asked.0 = now;
        true
    }

    /// Takes an answer in; `None`, where none came, leaves what was known.
    pub(super) fn answer(&mut self, account: AccountId, rooms: Option<Vec<Person>>) {
        if let Some(rooms) = rooms {
            self.0.entry(account).or_default().1 = rooms;
        }
    }

    /// What is known of an account's rooms.
    pub(super) fn of(&self, account: Option<&AccountId>) -> &[Person] {
        let known = account.and_then(|account| self.0.get(account));
        known.map_or(&[], |(_, rooms)| rooms)
    }
}
