//! The hybrid service as a back end: what the connector sealed, opened with
//! the mailbox's keys.
//!
//! The service is not trusted. What is not as the connector sealed it, or
//! older than what was seen before, is a failure like any other: the last good
//! agenda stays, and the sentence is shown (SR-57).

pub mod asks;
pub mod checkup;
pub mod colleagues;
pub mod device;
pub mod enrol;
mod failure;
pub mod presence;
mod watch;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use calendar::Window;
use chrono::Duration;
use chrono_tz::Tz;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use url::Url;
use vault::{
    Integrity, Loaded, Series, SeriesId, Vault, VaultError,
    hybrid::{
        passport::{Audience, Holder, SignKey},
        sealing::OpenKey,
    },
    mailbox::{Epoch, MailboxKeys},
    opaque::OpaqueId,
    remote::{Caller, KeyService, Membership, Now, RemoteStore},
    store::Day,
};

use self::device::Device;

use crate::{
    backend::{Backend, Cursor, Failure, Known, Listing, Pull, Read, Watch},
    clock::Clock,
    keep,
    snapshot::Oof,
};

/// The name of the series with a mailbox's meetings.
pub const MEETINGS: &str = "meetings";
/// The name of the series with its owner's presence.
pub const PRESENCE: &str = "presence";

/// The connector stores the time with every pull, at least each quarter hour.
/// An hour without one means that it is away, or that the service holds back
/// what it was given.
const STALE: Duration = Duration::hours(1);
/// It seals the presence anew at each third question, at least each hour and a
/// half.
const STALE_PRESENCE: Duration = Duration::hours(2);

/// A mailbox behind the hybrid service.
pub struct RemoteBackend {
    store: RemoteStore,
    host: String,
    keys: KeyService,
    own: OpenKey,
    mailbox: OpaqueId,
    clock: Arc<dyn Clock>,
    opened: Mutex<Option<Opened>>,
    /// The newest revision of the meetings that was seen.
    seen: AtomicU64,
    /// The same of the presence; both go into the cursor.
    seen_presence: AtomicU64,
}

/// What was seen of a mailbox, as a client keeps it with its agenda: nothing
/// older is believed, also after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    meetings: u64,
    presence: u64,
}

impl Seen {
    fn cursor(self) -> Cursor {
        Cursor(format!("{} {}", self.meetings, self.presence))
    }

    /// A cursor of before presence was counted has one number. Nothing is
    /// known from what is none.
    fn of(cursor: Option<&Cursor>) -> Self {
        let text = cursor.map_or("", |cursor| &cursor.0);
        let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Self {
            meetings: next(),
            presence: next(),
        }
    }
}

/// A vault with the keys of some weeks.
struct Opened {
    vault: Vault,
    meetings: Series,
    newest: Option<Epoch>,
}

impl std::fmt::Debug for RemoteBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RemoteBackend")
    }
}

fn newest(keys: &MailboxKeys) -> Option<Epoch> {
    keys.epochs().max()
}

/// The time as requests are signed with it, in seconds since 1970.
fn seconds(clock: &Arc<dyn Clock>) -> Now {
    let clock = Arc::clone(clock);
    Arc::new(move || u64::try_from(clock.now().timestamp()).unwrap_or(0))
}

type Reading = ((RemoteStore, String), KeyService, OpenKey);

/// How a device reaches the two programs.
pub(crate) struct Reached<'a> {
    ca_file: Option<&'a Path>,
    device: &'a Device,
    clock: &'a Arc<dyn Clock>,
}

impl Reached<'_> {
    fn caller(&self, url: &str, audience: Audience) -> Result<Caller, Failure> {
        let member = Membership {
            organization: self.device.organization,
            holder: Holder::Device(self.device.device),
            key: SignKey::from_bytes(self.device.sign.expose()),
        };
        let (member, now) = (Some(Arc::new(member)), seconds(self.clock));
        let caller = Caller::new(url, self.ca_file, audience, member, now);
        caller.map_err(|error| failure::of_remote(&error))
    }

    fn service(&self, service: &Url) -> Result<Caller, Failure> {
        let base = service.origin().ascii_serialization();
        self.caller(&base, Audience::Service)
    }

    /// What a space is read with: its store and the host of that, the key
    /// service, and what opens the keys that are released to this device.
    fn reading(&self, service: &Url, space: OpaqueId) -> Result<Reading, Failure> {
        let to_service = self.service(service)?;
        let to_keys = self.caller(&self.device.keys_url, Audience::Keys)?;
        let host = to_service.host();
        Ok((
            (RemoteStore::new(to_service, space), host),
            KeyService::new(to_keys, self.device.key_service),
            OpenKey::from_bytes(*self.device.open.expose()),
        ))
    }
}

impl RemoteBackend {
    /// What a device reads at the service, whose authority and that of the key
    /// service `ca_file` may name. Nothing is sent yet.
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
        let (store, keys, own) = reached.reading(service, device.mailbox)?;
        Ok(Self::new(store, keys, own, device.mailbox, clock))
    }

    /// Asks both programs whether they let the device in.
    pub async fn probe(&self) -> Result<(), Failure> {
        self.open(&mut None, false).await?;
        let standing = self.store.standing().await;
        standing.map_err(|error| failure::of_remote(&error))
    }

    /// Prepares; nothing is sent yet. `own` opens the keys that the key
    /// service releases to this device.
    pub fn new(
        (store, host): (RemoteStore, String),
        keys: KeyService,
        own: OpenKey,
        mailbox: OpaqueId,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            host,
            keys,
            own,
            mailbox,
            clock,
            opened: Mutex::default(),
            seen: AtomicU64::new(0),
            seen_presence: AtomicU64::new(0),
        }
    }

    fn today(&self) -> Day {
        keep::day_of_service(self.clock.now())
    }

    /// Opens the vault, with the keys of this week.
    async fn open<'a>(
        &self,
        opened: &'a mut Option<Opened>,
        again: bool,
    ) -> Result<&'a Opened, Failure> {
        let week = Epoch::of(self.today());
        let known = opened.as_ref().and_then(|opened| opened.newest);
        if opened.is_none() || again || known < Some(week) {
            let released = self.keys.release(self.mailbox, &self.own).await;
            let keys = released.map_err(|error| failure::of_keys(&error))?;
            let newest = newest(&keys);
            if let Some(opened) = opened {
                opened.vault.take_keys(keys);
                opened.newest = newest;
            } else {
                let vault = Vault::of_mailbox(Arc::new(self.store.clone()), keys);
                let meetings = vault.series(SeriesId(MEETINGS.to_owned()));
                *opened = Some(Opened {
                    vault,
                    meetings,
                    newest,
                });
            }
        }
        opened.as_ref().ok_or_else(|| failure::empty(&self.host))
    }

    /// Loads a series, if need be with keys asked for anew: the connector may
    /// have sealed with a week's key that came after ours.
    async fn whole<T>(
        &self,
        load: impl for<'a> Fn(&'a Opened) -> Loading<'a, T> + Send + Sync,
    ) -> Result<Loaded<T>, Failure> {
        let mut opened = self.opened.lock().await;
        let mut again = false;
        loop {
            let vault = self.open(&mut opened, again).await?;
            let loaded = match load(vault).await {
                Ok(loaded) => loaded,
                Err(error) => return Err(failure::of_vault(&self.store, &error).await),
            };
            if loaded.integrity == Integrity::Whole || again {
                return Ok(loaded);
            }
            again = true;
        }
    }

    async fn load(&self) -> Result<Loaded<keep::Found>, Failure> {
        let today = self.today();
        self.whole(|opened| Box::pin(keep::load_on(&opened.meetings, today)))
            .await
    }

    async fn load_presence(&self) -> Result<Loaded, Failure> {
        let today = self.today();
        self.whole(|opened| {
            let series = opened.vault.series(SeriesId(PRESENCE.to_owned()));
            Box::pin(async move { series.load_on(today).await })
        })
        .await
    }
}

type Loading<'a, T> = BoxFuture<'a, Result<Loaded<T>, VaultError>>;

#[async_trait]
impl Backend for RemoteBackend {
    async fn pull(&self, window: Window, zone: Tz, known: Known<'_>) -> Result<Pull, Failure> {
        let loaded = self.load().await?;
        let kept = Seen::of(known.cursor);
        let seen = self.seen.load(Ordering::SeqCst).max(kept.meetings);
        let presence = self
            .seen_presence
            .fetch_max(kept.presence, Ordering::SeqCst)
            .max(kept.presence);
        let revision = loaded.revision;
        if loaded.integrity == Integrity::Broken {
            return Err(failure::tampered(&self.host));
        }
        if revision < seen {
            return Err(failure::rolled_back(&self.host));
        }
        let held = keep::read(loaded);
        let as_of = held.as_of.ok_or_else(|| failure::empty(&self.host))?;
        if revision == seen && self.clock.now() - as_of > STALE {
            return Err(failure::stale(&self.host));
        }
        self.seen.fetch_max(revision, Ordering::SeqCst);
        let pulled = Seen {
            meetings: revision,
            presence,
        }
        .cursor();
        if kept.meetings == revision && known.cursor.is_some() && known.same_window {
            return Ok(Pull {
                cursor: pulled,
                listing: Listing::Unchanged,
            });
        }
        let (mut kept, mut put) = (Vec::new(), Vec::new());
        for meeting in held.agenda.iter() {
            if !meeting.span.overlaps(window.start, window.end, zone) {
                continue;
            }
            let Some(version) = held.versions.get(&meeting.id) else {
                continue;
            };
            if known.versions.get(&meeting.id) == Some(version) {
                kept.push(meeting.id.clone());
            } else {
                put.push((held.whole(meeting), version.clone()));
            }
        }
        Ok(Pull {
            cursor: pulled,
            listing: Listing::Complete {
                kept,
                put,
                read: Read::All,
            },
        })
    }

    async fn watch(&self) -> Result<Box<dyn Watch>, Failure> {
        let feed = self.store.changes().await;
        let feed = feed.map_err(|error| failure::of_remote(&error))?;
        Ok(Box::new(watch::Following(feed)))
    }

    async fn oof(&self) -> Result<Option<Oof>, Failure> {
        let loaded = self.load_presence().await?;
        if loaded.integrity == Integrity::Broken {
            return Err(failure::tampered(&self.host));
        }
        // What was there does not go: the connector replaces it.
        if loaded.revision < self.seen_presence.load(Ordering::SeqCst) {
            return Err(failure::rolled_back(&self.host));
        }
        self.seen_presence
            .fetch_max(loaded.revision, Ordering::SeqCst);
        let sealed = presence::read(&loaded).ok_or_else(|| failure::empty(&self.host))?;
        let age = sealed.as_of.map(|as_of| self.clock.now() - as_of);
        if age.is_some_and(|age| age > STALE_PRESENCE) {
            return Err(failure::stale(&self.host));
        }
        Ok(sealed.presence.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_comes_back_from_its_cursor_and_from_an_older_one() {
        let seen = Seen {
            meetings: 12,
            presence: 3,
        };
        assert_eq!(Seen::of(Some(&seen.cursor())), seen);
        let of = |text: &str| Seen::of(Some(&Cursor(text.to_owned())));
        let older = Seen {
            meetings: 12,
            presence: 0,
        };
        assert_eq!(of("12"), older);
        let nothing = Seen {
            meetings: 0,
            presence: 0,
        };
        assert_eq!((Seen::of(None), of("of another kind")), (nothing, nothing));
    }
}
