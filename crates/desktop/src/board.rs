//! The meetings of all accounts side by side, as the screens need them.

use std::sync::Arc;

use calendar::{
    Agenda, Meeting,
    meeting::{MeetingId, Response},
    presence::Away,
    views,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{account::AccountId, view::SyncState};

/// What the screens are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// By start; of one meeting in two accounts the copy that takes the user's
    /// time, else the first account's.
    pub entries: Vec<Entry>,
    /// How fresh the list is.
    pub freshness: Freshness,
    /// Whether any account is set up.
    pub has_account: bool,
    /// The user's out-of-office times, of all accounts.
    pub away: Vec<Away>,
}

/// How fresh the list is, over all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The worst of the accounts.
    pub state: SyncState,
    /// When the oldest of the accounts was last in step.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether no list has come yet, neither from the store nor from a server.
    pub loading: bool,
}

/// A meeting's name among those of all accounts.
pub type Key<'a> = (&'a AccountId, &'a MeetingId);

/// One meeting of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Whose calendar.
    pub account: AccountId,
    /// The meeting.
    pub meeting: Arc<Meeting>,
}

impl Entry {
    /// A meeting of an account.
    pub fn new(account: AccountId, meeting: impl Into<Arc<Meeting>>) -> Self {
        let meeting = meeting.into();
        Self { account, meeting }
    }

    /// The meeting's name across all accounts; what the windows and the
    /// terminal send back.
    pub fn id(&self) -> String {
        meeting_name(&self.account, &self.meeting.id)
    }

    /// Whether this is its [`Entry::id`].
    pub fn is_called(&self, id: &str) -> bool {
        id.strip_prefix(&*self.account.0)
            .and_then(|rest| rest.strip_prefix('/'))
            == Some(&*self.meeting.id.0)
    }

    /// The same name for comparisons within the program.
    pub fn key(&self) -> Key<'_> {
        (&self.account, &self.meeting.id)
    }

    /// Whether it takes the user's time: not cancelled and not declined.
    pub fn stands(&self) -> bool {
        !self.meeting.cancelled && self.meeting.response != Response::Declined
    }
}

/// A meeting's name across all accounts.
pub fn meeting_name(account: &AccountId, meeting: &MeetingId) -> String {
    format!("{account}/{meeting}")
}

impl Board {
    /// A board without accounts.
    pub fn empty() -> Self {
        Self {
            entries: Vec::new(),
            freshness: Freshness {
                state: SyncState::UpToDate,
                as_of: None,
                loading: false,
            },
            has_account: false,
            away: Vec::new(),
        }
    }

    /// Puts the accounts' agendas side by side, each meeting once.
    pub fn entries_of<'a>(
        agendas: impl IntoIterator<Item = (&'a AccountId, &'a Agenda)>,
        zone: Tz,
    ) -> Vec<Entry> {
        let all = agendas.into_iter().flat_map(|(account, agenda)| {
            let meetings = agenda.iter();
            meetings.map(move |meeting| Entry::new(account.clone(), Arc::clone(meeting)))
        });
        let mut entries = views::one_of_each(all, |entry: &Entry| entry.meeting.as_ref());
        entries.shrink_to_fit();
        // What is the same in all of these stays in the order of the accounts
        // and of the ids.
        entries.sort_by_cached_key(|entry| {
            (
                entry.meeting.span.start(zone),
                !entry.meeting.span.is_all_day(),
                std::cmp::Reverse(entry.meeting.span.end(zone)),
            )
        });
        entries
    }

    /// The meeting with this name.
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.is_called(id))
    }
}
