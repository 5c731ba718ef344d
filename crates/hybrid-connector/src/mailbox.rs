//! One mailbox: its keys, its engine, its presence.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use engine::{
    Engine, Handle, Health, Oof,
    exchange::ExchangeBackend,
    remote::{MEETINGS, PRESENCE, presence},
};
use tokio::sync::watch;
use vault::{
    SeriesId, Vault,
    opaque::OpaqueId,
    remote::{RemoteError, RemoteStore},
};

use crate::run::Shared;

/// How long after a failure the next attempt is.
const AGAIN: Duration = Duration::seconds(30);
/// How often the keys are asked for anew: the next week's come in time, and a
/// mailbox that was taken away is noticed.
const KEYS_EVERY: Duration = Duration::hours(1);

/// A mailbox that is watched.
pub(crate) struct Watched {
    shared: Arc<Shared>,
    backend: ExchangeBackend,
    id: OpaqueId,
}

impl Watched {
    pub(crate) fn new(shared: Arc<Shared>, address: &str) -> Self {
        Self {
            backend: shared.backend.acting_for(address),
            id: shared.identity.mailbox(address),
            shared,
        }
    }

    /// Watches until the connector ends.
    pub(crate) async fn run(self, mut ending: watch::Receiver<bool>) {
        let vault = loop {
            match self.open().await {
                Ok(vault) => break vault,
                // Without a key nothing is read, so that nothing waits in the
                // clear for one.
                Err(error) => tracing::warn!(%error, "a mailbox is not watched yet"),
            }
            let next = self.shared.clock.now() + AGAIN;
            tokio::select! {
                () = self.until(next) => {}
                _ = ending.wait_for(|end| *end) => return,
            }
        };
        let handle = Engine::start(
            Arc::new(self.backend.clone()),
            Some(vault.series(SeriesId(MEETINGS.to_owned()))),
            Arc::clone(&self.shared.clock),
            self.shared.zone,
            u64::from_be_bytes(std::array::from_fn(|at| self.id.0[at])),
        );
        self.follow(&handle, &vault, ending).await;
        handle.stop().await;
    }

    async fn until(&self, moment: DateTime<Utc>) {
        while self.shared.clock.now() < moment {
            self.shared.clock.wait_until(moment).await;
        }
    }

    async fn open(&self) -> Result<Vault, RemoteError> {
        let shared = &self.shared;
        shared.keys.put_mailbox(self.id).await?;
        shared.answers.put_mailbox(self.id).await?;
        let keys = shared.keys.release(self.id, shared.identity.open()).await?;
        let store = RemoteStore::new(shared.service.clone(), self.id);
        Ok(Vault::of_mailbox(Arc::new(store), keys))
    }

    /// Stores the presence as it changes, and takes new keys.
    async fn follow(&self, handle: &Handle, vault: &Vault, mut ending: watch::Receiver<bool>) {
        let series = vault.series(SeriesId(PRESENCE.to_owned()));
        let mut snapshots = handle.snapshots();
        let mut stored: Option<Option<Oof>> = None;
        let mut keys_at = self.shared.clock.now() + KEYS_EVERY;
        loop {
            let (oof, in_step) = {
                let snapshot = snapshots.borrow_and_update();
                (snapshot.oof, snapshot.health == Health::UpToDate)
            };
            if in_step && stored != Some(oof) {
                match presence::keep(&series, oof).await {
                    Ok(()) => stored = Some(oof),
                    Err(error) => tracing::warn!(%error, "presence is not stored yet"),
                }
            }
            if self.shared.clock.now() >= keys_at {
                match self
                    .shared
                    .keys
                    .release(self.id, self.shared.identity.open())
                    .await
                {
                    Ok(keys) => {
                        vault.take_keys(keys);
                        keys_at = self.shared.clock.now() + KEYS_EVERY;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the keys are not asked for anew yet");
                        keys_at = self.shared.clock.now() + AGAIN;
                    }
                }
            }
            tokio::select! {
                changed = snapshots.changed() => if changed.is_err() { return },
                () = self.until(keys_at) => {}
                _ = ending.wait_for(|end| *end) => return,
            }
        }
    }
}
