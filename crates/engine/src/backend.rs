//! What the engine asks of a server, in terms of meetings.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use calendar::{Meeting, Window, meeting::MeetingId};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::snapshot::Oof;

/// Where the last pull ended, in the server's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// The server's name for a version of a meeting. Two equal ones are the same
/// content.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The server's id of the item.
    pub item: Box<str>,
    /// Its change key.
    pub change_key: Box<str>,
}

/// What the engine has already.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Where the last pull ended; `None` asks for everything.
    pub cursor: Option<&'a Cursor>,
    /// The version of each meeting.
    pub versions: &'a BTreeMap<MeetingId, Version>,
    /// Whether the stretch of time is the one of the last pull. When it is
    /// and nothing changed, there is no need to list it again.
    pub same_window: bool,
}

/// What a pull brought.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Where the next one begins.
    pub cursor: Cursor,
    /// What the window holds.
    pub listing: Listing,
}

/// Whether everything that a pull found could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Yes.
    All,
    /// Some of it is broken on the server, for now or for good: what was known
    /// of it stays, and it is asked for again.
    Partly,
}

/// What the window holds.
#[derive(Debug, Clone)]
pub enum Listing {
    /// The same as before.
    Unchanged,
    /// Everything there is; what is not in it is gone. This is the positive
    /// evidence which a deletion needs.
    Complete {
        /// Meetings that stay as they are known.
        kept: Vec<MeetingId>,
        /// New and changed ones.
        put: Vec<(Meeting, Version)>,
        /// Whether all of it could be read.
        read: Read,
    },
}

/// What the caller can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Ask the user to sign in again.
    Credentials,
    /// There is no ticket for the server now: try again, ever later. Nothing
    /// was sent that counts towards a locked account.
    NoTicket,
    /// The server offers no way to sign in that the account allows.
    NoCommonScheme,
    /// The certificate is not trusted.
    Untrusted,
    /// The account's own CA file cannot be used.
    CaFile,
    /// The network or the server is away: try again, ever later.
    Unreachable,
    /// What answers is no Exchange server.
    NotEws,
    /// What answers is an Exchange that is not served.
    Unsupported,
    /// Send nothing for so long.
    Throttled(Duration),
    /// The cursor is of no use any more: pull everything.
    CursorLost,
    /// The mailbox is not at this server, or is moving: ask where it is, and
    /// try again, ever later.
    Elsewhere,
    /// The server failed, or its answer made no sense: try again, ever later.
    Failing,
    /// The server refused for another reason: try again, ever later.
    Refused,
    /// What only a hybrid service can be: try again, ever later.
    Service(ServiceFailure),
}

/// What is wrong with a hybrid service that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceFailure {
    /// What it has is not what the connector put there, or older than what was
    /// seen before.
    Untrue,
    /// The connector has brought nothing new for too long.
    Stale,
    /// The connector has brought nothing yet.
    Empty,
    /// The key service is away.
    KeysAway,
    /// The clock here is not the service's, so that it believes nobody.
    Clock,
}

/// A pull, a watch or a question failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{sentence}")]
pub struct Failure {
    /// What can be done about it.
    pub kind: FailureKind,
    /// What failed, where, what to do.
    pub sentence: String,
}

/// What a watch tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// Something changed; what, a pull will say. More of it may follow at once.
    Changed,
    /// A change is there as a whole; what, a pull will say.
    Committed,
    /// Nothing, but the server is there.
    Alive,
}

/// An open line to the server over which it says that something changed.
#[async_trait]
pub trait Watch: Send {
    /// The next word; `None` when the line has ended as lines do.
    async fn next(&mut self) -> Result<Option<Wake>, Failure>;
}

/// What came of writing join details.
#[derive(Debug, Default)]
pub struct WrittenBack {
    /// The meetings that are known in their new version.
    pub known: Vec<(Meeting, Version)>,
    /// What somebody else was changing at the same moment: it is looked at
    /// again after the next pull, also when that brings nothing new (F36).
    pub contested: Vec<Version>,
}

/// A server with one mailbox.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Brings what changed since `known` within `window`.
    async fn pull(&self, window: Window, zone: Tz, known: Known<'_>) -> Result<Pull, Failure>;
    /// Opens a watch.
    async fn watch(&self) -> Result<Box<dyn Watch>, Failure>;
    /// Whether join details are written where a keyword asks for them.
    fn writes_back(&self) -> bool {
        false
    }
    /// Writes join details into these meetings, each as it was pulled. One that
    /// was changed meanwhile is left alone.
    async fn write_back(
        &self,
        _asking: Vec<(Meeting, Version)>,
        _zone: Tz,
        _now: DateTime<Utc>,
    ) -> Result<WrittenBack, Failure> {
        Ok(WrittenBack::default())
    }
    /// What the server's clock showed in its last good answer, where it tells.
    fn server_time(&self) -> Option<DateTime<Utc>> {
        None
    }
    /// The user wants to try again: refusals so far are forgotten.
    fn try_again(&self) {}
    /// Whether the user is out of office; `None` when not, or when the server
    /// does not tell.
    async fn oof(&self) -> Result<Option<Oof>, Failure>;
}
