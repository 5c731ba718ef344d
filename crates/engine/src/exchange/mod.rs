//! Exchange as a back end, over EWS.

mod account;
mod availability;
pub mod checkup;
mod failure;
pub mod group;
pub mod impersonation;
mod listing;
mod meeting;
mod note;
mod proof;
mod scheduling;
mod series;
mod standing;
mod watch;
mod write_back;

use std::sync::Arc;

use async_trait::async_trait;
use calendar::{Meeting, Window, join::Services, keyword::rooms::Rooms, meeting::Person};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ews::{
    Client,
    item::Smtp,
    operation::{Change, GetUserOofSettings, OofState, Subscribe, SyncFolderItems, SyncState},
};

pub use write_back::{Enriched, Mode, Outcome, Reach, Told, WriteBack};

pub use account::{Account, find_server, issuer, probe};
pub use ews::{
    Basic,
    autodiscover::{BadAddress, NotFound},
    oauth::{Issuer, Registration, TokenStore, Tokens},
    transport::{Dial, Dialing, Io, TICKETS, Tcp},
};
pub use group::{GroupStream, News, WatchGroup};
pub use impersonation::{Access, Place, ServiceAccount};
pub use note::Note;
pub use proof::Proof;

use crate::{
    backend::{Backend, Cursor, Failure, Known, Listing, Pull, Version, Watch, WrittenBack},
    scheduler::{Attempt, Found, Intent, PersonTime, RequestId, Scheduler},
    snapshot::Oof,
};

/// A mailbox on an Exchange server.
#[derive(Debug, Clone)]
pub struct ExchangeBackend {
    client: Client,
    /// The user's address, where the user name is one: out-of-office settings
    /// are asked for by address.
    address: Option<Smtp>,
    services: Services,
    rooms: Option<Rooms>,
    write_back: Option<WriteBack>,
    server: Arc<listing::Server>,
}

/// Stands before a sync state which is older than the list that was taken
/// last. No state has a space in it: they are Base64.
const BEHIND: &str = "behind ";

fn behind(cursor: &Cursor) -> Cursor {
    Cursor(format!("{BEHIND}{}", state_of(cursor).0))
}

fn is_behind(cursor: &Cursor) -> bool {
    cursor.0.starts_with(BEHIND)
}

fn state_of(cursor: &Cursor) -> SyncState {
    let state = cursor.0.strip_prefix(BEHIND).unwrap_or(&cursor.0);
    SyncState(state.to_owned())
}

/// Pages in one pull: 512 changes each, far beyond any calendar.
const PAGES_MAX: usize = 200;

impl ExchangeBackend {
    /// Prepares; nothing is sent yet.
    pub fn new(account: &Account, services: Services) -> Result<Self, Failure> {
        Ok(Self {
            client: account.client()?,
            address: account.address(),
            services,
            rooms: None,
            write_back: None,
            server: Arc::default(),
        })
    }

    /// Shows the fixed room that a keyword in the user's own meetings stands
    /// for as a way to join, without writing anything.
    #[must_use]
    pub fn showing(mut self, rooms: Rooms) -> Self {
        self.rooms = Some(rooms);
        self
    }

    /// Writes join details into the user's own meetings that ask for them by
    /// a keyword, as they are pulled.
    #[must_use]
    pub fn writing(mut self, how: WriteBack) -> Self {
        self.write_back = Some(how);
        self
    }

    /// Looks at all meetings of `window` with a keyword in their location, at
    /// `now`, and writes join details where they are asked for.
    pub async fn enrich(
        &self,
        how: &WriteBack,
        window: Window,
        zone: Tz,
        now: DateTime<Utc>,
        mode: Mode,
    ) -> Result<Vec<Enriched>, Failure> {
        let view = (zone, now);
        let writer = write_back::Writer::new(&self.client, &self.services, how, view);
        writer.enrich(window, &self.server, mode).await
    }

    /// Pages through what changed. `true` when there was anything.
    async fn changes(&self, cursor: Option<&Cursor>) -> Result<(Cursor, bool), Failure> {
        let mut state = cursor.map(state_of);
        let mut changed = false;
        for _ in 0..PAGES_MAX {
            let operation = SyncFolderItems {
                state: state.clone(),
            };
            let page = self.client.call(&operation).await?;
            changed |= page.changes.iter().any(|change| match change {
                Change::Created(_) | Change::Updated(_) | Change::Deleted(_) => true,
            });
            // A server that gives the same state again would page for ever.
            let stuck = page.state == state;
            state = page.state.or(state);
            if page.complete || stuck {
                break;
            }
        }
        let state = state.ok_or_else(|| failure::garbled(&self.client.host()))?;
        Ok((Cursor(state.0), changed))
    }
}

#[async_trait]
impl Backend for ExchangeBackend {
    async fn pull(&self, window: Window, zone: Tz, known: Known<'_>) -> Result<Pull, Failure> {
        let reading = listing::Reading {
            services: &self.services,
            // Where it is written, what is not written yet is no link.
            rooms: self.rooms.as_ref().filter(|_| self.write_back.is_none()),
            zone,
        };
        let (client, server) = (&self.client, self.server.as_ref());
        let heard = server.take_heard();
        let at_once = heard.is_some() && known.same_window && server.expands();
        let heard = heard.unwrap_or_default();
        if let Some(cursor) = known.cursor.filter(|_| at_once) {
            // That something changed is known, and a list says what: one way to
            // the server in the place of three. The cursor stays behind, as it
            // must not pass what this list may have missed.
            let listing = listing::list(client, reading, window, known, server, heard).await?;
            let cursor = behind(cursor);
            return Ok(Pull { cursor, listing });
        }
        let (cursor, changed) = self.changes(known.cursor).await?;
        // What came and went since a cursor that stayed behind is no change to
        // it, and may be in what is known.
        let changed = changed || known.cursor.is_some_and(is_behind);
        // A changed occurrence is no change for a server that does not expand
        // its series.
        let told = !series::are_expanded_here(known);
        if !changed && told && known.cursor.is_some() && known.same_window {
            return Ok(Pull {
                cursor,
                listing: Listing::Unchanged,
            });
        }
        let listing = listing::list(client, reading, window, known, server, heard).await?;
        Ok(Pull { cursor, listing })
    }

    async fn watch(&self) -> Result<Box<dyn Watch>, Failure> {
        let id = self.client.call(&Subscribe).await?;
        Ok(Box::new(
            watch::Stream::open(&self.client, id, Arc::clone(&self.server)).await?,
        ))
    }

    fn writes_back(&self) -> bool {
        self.write_back.is_some()
    }

    async fn write_back(
        &self,
        asking: Vec<(Meeting, Version)>,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<WrittenBack, Failure> {
        match &self.write_back {
            Some(how) => {
                let view = (zone, now);
                let writer = write_back::Writer::new(&self.client, &self.services, how, view);
                writer.write(asking).await
            }
            None => Ok(WrittenBack::default()),
        }
    }

    fn server_time(&self) -> Option<DateTime<Utc>> {
        self.client.server_time()
    }

    fn try_again(&self) {
        self.client.try_again();
    }

    async fn oof(&self) -> Result<Option<Oof>, Failure> {
        let Some(mailbox) = self.address.clone() else {
            return Ok(None);
        };
        let settings = self.client.call(&GetUserOofSettings { mailbox }).await?;
        Ok(match settings.state {
            OofState::Disabled => None,
            OofState::Enabled => Some(Oof::On),
            OofState::Scheduled { start, end } => Some(Oof::Planned { start, end }),
        })
    }
}

#[async_trait]
impl Scheduler for ExchangeBackend {
    async fn attempt(&self, request: &RequestId, intent: &Intent) -> Attempt {
        self.attempt_once(request, intent).await
    }

    async fn look(&self, request: &RequestId, intent: &Intent) -> Result<Found, Failure> {
        self.look_for(request, intent).await
    }

    async fn people(&self, text: &str) -> Result<Vec<Person>, Failure> {
        self.people_named(text).await
    }

    async fn rooms(&self) -> Result<Vec<Person>, Failure> {
        self.listed_rooms().await
    }

    async fn time_of(
        &self,
        mailboxes: &[String],
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Vec<PersonTime>, Failure> {
        self.times(mailboxes, start, end, zone).await
    }
}
