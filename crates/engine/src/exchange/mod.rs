//! Exchange as a back end, over EWS.

mod account;
pub mod checkup;
mod failure;
mod listing;
mod meeting;
mod watch;

use async_trait::async_trait;
use calendar::{Window, join::Services};
use chrono_tz::Tz;
use ews::{
    Client,
    item::Smtp,
    operation::{Change, GetUserOofSettings, OofState, Subscribe, SyncFolderItems, SyncState},
};

pub use account::{Account, find_server, probe};
pub use ews::{
    Basic,
    autodiscover::{BadAddress, NotFound},
    transport::{Dial, Dialing, Io, Tcp},
};

use crate::{
    backend::{Backend, Cursor, Failure, Known, Listing, Pull, Watch},
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
        })
    }

    /// Pages through what changed. `true` when there was anything.
    async fn changes(&self, cursor: Option<&Cursor>) -> Result<(Cursor, bool), Failure> {
        let mut state = cursor.map(|c| SyncState(c.0.clone()));
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
        let (cursor, changed) = self.changes(known.cursor).await?;
        if !changed && known.cursor.is_some() && known.same_window {
            return Ok(Pull {
                cursor,
                listing: Listing::Unchanged,
            });
        }
        let listing = listing::list(&self.client, &self.services, window, zone, known).await?;
        Ok(Pull { cursor, listing })
    }

    async fn watch(&self) -> Result<Box<dyn Watch>, Failure> {
        let id = self.client.call(&Subscribe).await?;
        Ok(Box::new(watch::Stream::open(&self.client, id).await?))
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
