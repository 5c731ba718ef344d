//! Who of the organization is out of office: sealed by the connector with the
//! organization's key, opened by each of its devices.
//!
//! All of it is one sealed value, so that the service does not see who comes
//! and goes, and nobody's record stays behind.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;
use vault::{
    Batch, Integrity, Series, SeriesId, Vault, VaultError,
    hybrid::sealing::OpenKey,
    mailbox::Epoch,
    opaque::{OpaqueId, Space},
    remote::{KeyService, RemoteStore},
    store::Day,
};

use super::{Reached, device::Device, failure, presence::Presence};
use crate::{
    backend::{Failure, Watch},
    clock::Clock,
    keep as records,
    remote::watch,
    snapshot::Oof,
};

/// The name of the series.
pub const COLLEAGUES: &str = "colleagues";

/// The connector tells at least each hour.
const STALE: Duration = Duration::hours(2);

/// Who is away, or will be. Whoever is not named is in office, or nobody whose
/// mailbox the connector looks after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// When the connector knew it.
    pub as_of: DateTime<Utc>,
    /// By SMTP address, in lower case.
    pub away: BTreeMap<String, Presence>,
}

impl Board {
    /// How somebody's automatic replies are; `None` for whoever is in office.
    pub fn oof_of(&self, address: &str) -> Option<Oof> {
        let presence = self.away.get(&address.to_lowercase())?;
        (*presence).into()
    }
}

/// Seals a board in the place of the one before; for the connector.
pub async fn keep(series: &Series, board: &Board) -> Result<(), VaultError> {
    let batch = Batch {
        // Names and times always have a JSON form.
        head: serde_json::to_vec(board).unwrap_or_default(),
        ..Batch::default()
    };
    series.commit(batch).await
}

/// A device's view of its colleagues.
pub struct Colleagues {
    store: RemoteStore,
    host: String,
    keys: KeyService,
    own: OpenKey,
    organization: OpaqueId,
    clock: Arc<dyn Clock>,
    opened: Mutex<Opened>,
}

#[derive(Default)]
struct Opened {
    series: Option<(Vault, Series, Option<Epoch>)>,
    /// The newest revision that was seen in this run.
    seen: u64,
    /// The last board that was as it should be.
    last: Option<Board>,
}

impl std::fmt::Debug for Colleagues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Colleagues")
    }
}

impl Colleagues {
    /// What a device reads of its colleagues at the service, whose authority
    /// and that of the key service `ca_file` may name. Nothing is sent yet.
    pub fn of_device(
        service: &Url,
        ca_file: Option<&Path>,
        device: &Device,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let reached = Reached {
            ca_file,
            device,
            clock: &clock,
        };
        let space = Space::of_all(device.organization);
        let (store, keys, own) = reached.reading(service, space.mailbox)?;
        Ok(Self::new(store, keys, own, device.organization, clock))
    }

    /// Prepares; nothing is sent yet. `store` is of the organization's own
    /// space ([`Space::of_all`]), `own` opens what the key service releases to
    /// this device.
    pub fn new(
        (store, host): (RemoteStore, String),
        keys: KeyService,
        own: OpenKey,
        organization: OpaqueId,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            host,
            keys,
            own,
            organization,
            clock,
            opened: Mutex::default(),
        }
    }

    fn today(&self) -> Day {
        records::day_of_service(self.clock.now())
    }

    /// Reads the board. What is not as the connector sealed it, older than
    /// what was seen before, or two hours old is a failure.
    pub async fn read(&self) -> Result<Board, Failure> {
        let mut opened = self.opened.lock().await;
        let mut again = false;
        loop {
            let series = self.open(&mut opened, again).await?;
            let loaded = match series.load_on(self.today()).await {
                Ok(loaded) => loaded,
                Err(error) => return Err(failure::of_vault(&self.store, &error).await),
            };
            if loaded.integrity == Integrity::Broken {
                // The connector may have sealed with a week's key that came
                // after ours.
                if again {
                    return Err(failure::tampered(&self.host));
                }
                again = true;
                continue;
            }
            if loaded.revision < opened.seen {
                return Err(failure::rolled_back(&self.host));
            }
            opened.seen = loaded.revision;
            let head = loaded.head.ok_or_else(|| failure::empty(&self.host))?;
            let board: Board =
                serde_json::from_slice(&head).map_err(|_| failure::tampered(&self.host))?;
            if self.clock.now() - board.as_of > STALE {
                return Err(failure::stale(&self.host));
            }
            opened.last = Some(board.clone());
            return Ok(board);
        }
    }

    /// The last good board, for as long as a board is good.
    pub async fn last(&self) -> Option<Board> {
        let opened = self.opened.lock().await;
        let last = opened.last.clone();
        last.filter(|board| self.clock.now() - board.as_of <= STALE)
    }

    /// Tells of each new board.
    pub async fn watch(&self) -> Result<Box<dyn Watch>, Failure> {
        let feed = self.store.changes().await;
        let feed = feed.map_err(|error| failure::of_remote(&error))?;
        Ok(Box::new(watch::Following(feed)))
    }

    async fn open(&self, opened: &mut Opened, again: bool) -> Result<Series, Failure> {
        let week = Epoch::of(self.today());
        if let Some((_, series, newest)) = &opened.series
            && !again
            && *newest >= Some(week)
        {
            return Ok(series.clone());
        }
        let space = Space::of_all(self.organization);
        let released = self.keys.release(space.mailbox, &self.own).await;
        let keys = released.map_err(|error| failure::of_keys(&error))?;
        let newest = keys.epochs().max();
        let (vault, series) = if let Some((vault, series, _)) = opened.series.take() {
            vault.take_keys(keys);
            (vault, series)
        } else {
            let vault = Vault::of_mailbox(Arc::new(self.store.clone()), keys);
            let series = vault.series(SeriesId(COLLEAGUES.to_owned()));
            (vault, series)
        };
        opened.series = Some((vault, series.clone(), newest));
        Ok(series)
    }
}
