//! What the session knows about one account: its meetings and how its engine
//! fares.

use std::sync::Arc;

use calendar::{Agenda, presence::Away};
use chrono::{DateTime, Duration, Utc};
use engine::ServiceFailure;

use crate::{
    account::Account,
    board::Freshness,
    problem::{KeyringTrouble, Seat, ServerTrouble, Trouble},
    view::SyncState,
};

/// One account as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// Its meetings.
    pub agenda: Arc<Agenda>,
    /// How its engine fares.
    pub course: Course,
    /// When the meetings were last in step with the server.
    pub as_of: Option<DateTime<Utc>>,
    /// When the user is out of office, by this account.
    pub away: Option<Away>,
    /// By how much the server's clock is ahead, where the clocks differ by
    /// minutes.
    pub ahead: Option<Duration>,
}

/// How an account's engine fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// It has not begun: the keyring has not answered yet.
    Waiting,
    /// The first pull of this run is under way.
    Starting,
    /// Nobody asks the server: this is what the store holds.
    Stored,
    /// In step.
    UpToDate,
    /// Pulling again.
    Updating,
    /// The server, or the way to it, is in trouble.
    Trouble(ServerTrouble),
    /// It cannot begin: the keyring does not give the password.
    NoKeyring(KeyringTrouble),
    /// It cannot begin: the keyring has no password.
    NoPassword,
}

impl Feed {
    /// An account whose engine has not begun.
    pub(super) fn waiting() -> Self {
        Self {
            agenda: Arc::new(Agenda::new()),
            course: Course::Waiting,
            as_of: None,
            away: None,
            ahead: None,
        }
    }

    /// How fresh the list is.
    pub(super) fn state(&self) -> SyncState {
        match self.course {
            Course::Waiting | Course::Starting | Course::Updating => SyncState::Updating,
            Course::UpToDate => SyncState::UpToDate,
            Course::Stored
            | Course::Trouble(
                ServerTrouble::Unreachable
                | ServerTrouble::Throttled
                | ServerTrouble::Service(
                    ServiceFailure::Stale
                    | ServiceFailure::Empty
                    | ServiceFailure::KeysAway
                    | ServiceFailure::Clock,
                ),
            ) => SyncState::Offline,
            Course::Trouble(ServerTrouble::Credentials | ServerTrouble::NoTicket)
            | Course::NoPassword => SyncState::NeedsSignIn,
            Course::Trouble(
                ServerTrouble::NoCommonScheme
                | ServerTrouble::Certificate
                | ServerTrouble::Authority
                | ServerTrouble::NotEws
                | ServerTrouble::Unsupported
                | ServerTrouble::Failing
                | ServerTrouble::Elsewhere
                | ServerTrouble::Refused
                | ServerTrouble::Service(ServiceFailure::Untrue),
            )
            | Course::NoKeyring(_) => SyncState::Failed,
        }
    }

    /// Whether there is nothing to show yet, and may be soon.
    fn is_loading(&self) -> bool {
        matches!(self.course, Course::Waiting | Course::Starting) && self.as_of.is_none()
    }

    /// Whether nothing is under way.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(
            self.course,
            Course::Waiting | Course::Starting | Course::Updating
        )
    }

    /// What is wrong, if anything is.
    pub(super) fn trouble(&self, account: &Account) -> Option<Trouble> {
        match self.course {
            Course::Trouble(trouble) => Some(Trouble::Server(Seat::from(account), trouble)),
            Course::NoKeyring(trouble) => Some(Trouble::Keyring(trouble)),
            Course::NoPassword => Some(Trouble::PasswordMissing(Seat::from(account))),
            Course::Waiting
            | Course::Starting
            | Course::Stored
            | Course::UpToDate
            | Course::Updating => None,
        }
    }
}

impl Feed {
    /// What is to be told about clocks.
    pub(super) fn clocks(&self, account: &Account) -> Option<Trouble> {
        let minutes = self.ahead?.num_minutes().unsigned_abs();
        Some(Trouble::ClocksDiffer {
            seat: Seat::from(account),
            minutes,
        })
    }
}

/// The worst of the accounts counts, and the oldest.
pub(super) fn freshness(feeds: &[&Feed]) -> Freshness {
    let rank = |state: &SyncState| match state {
        SyncState::UpToDate => 0,
        SyncState::Updating => 1,
        SyncState::Offline => 2,
        SyncState::Failed => 3,
        SyncState::NeedsSignIn => 4,
    };
    let worst = feeds.iter().map(|feed| feed.state()).max_by_key(rank);
    Freshness {
        state: worst.unwrap_or(SyncState::UpToDate),
        // An account that never was in step makes no other account older.
        as_of: feeds.iter().filter_map(|feed| feed.as_of).min(),
        loading: !feeds.is_empty() && feeds.iter().all(|feed| feed.is_loading()),
    }
}
