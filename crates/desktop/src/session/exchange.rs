//! The way to the servers that the program takes: `engine`, for Exchange
//! servers and for hybrid services.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use calendar::{Window, join::Services, keyword::rooms::Rooms, meeting::MeetingId};
use chrono_tz::Tz;
use engine::{
    Clock, Engine, Failure, FailureKind, Handle, Health, Scheduler, Snapshot,
    exchange::{self, Dial, Enriched, ExchangeBackend, Mode, NotFound, Tcp, WriteBack},
    remote::enrol::NotAdded,
};
use tokio::sync::watch;
use url::Url;
use vault::{Series, VaultError};

use super::{
    Course, Enrolment, Face, Feed, Running, Search, SearchAs, Secret, Servers, absence,
    enrich::write_back, service,
};
use crate::{
    account::{Account, Source},
    problem::ServerTrouble,
    settings::Settings,
};

/// Exchange servers over EWS, and hybrid services.
pub struct Exchange {
    clock: Arc<dyn Clock>,
    dial: Arc<dyn Dial>,
    spread: u64,
    proxy: Option<Url>,
    terms: Mutex<Terms>,
}

/// What the settings say about meetings of accounts that start.
#[derive(Debug, Clone)]
struct Terms {
    services: Services,
    keywords: Keywords,
}

/// What a running engine does about keywords in locations.
#[derive(Debug, Clone, Default)]
pub(super) enum Keywords {
    /// Nothing.
    #[default]
    Ignored,
    /// The fixed rooms that they stand for are shown as ways to join.
    Shown(Rooms),
    /// Join details are written for them.
    Written(WriteBack),
}

impl Keywords {
    /// What the settings say. One program writes; the terminal has a command
    /// for it.
    pub(super) fn by(settings: &Settings, locale: &str, face: Face) -> Self {
        if settings.keywords.write && face == Face::Desktop {
            Self::Written(write_back(settings, locale))
        } else {
            Self::Shown(settings.keywords.rooms.clone())
        }
    }
}

impl Exchange {
    /// Servers over TCP, whose meetings' links are recognised by `services`.
    pub fn new(clock: Arc<dyn Clock>, services: Services) -> Self {
        let (_, spread) = uuid::Uuid::new_v4().as_u64_pair();
        Self::over(Arc::new(Tcp), clock, services, spread)
    }

    /// Servers over connections that `dial` opens. `spread` is any number that
    /// differs between clients, so that they do not all come back in the same
    /// second.
    pub fn over(
        dial: Arc<dyn Dial>,
        clock: Arc<dyn Clock>,
        services: Services,
        spread: u64,
    ) -> Self {
        Self {
            clock,
            dial,
            spread,
            proxy: None,
            terms: Mutex::new(Terms {
                services,
                keywords: Keywords::default(),
            }),
        }
    }

    /// The same with an HTTP proxy for searches without a sign-in, in place of
    /// those that the environment names.
    #[must_use]
    pub fn searching_through(mut self, proxy: Url) -> Self {
        self.proxy = Some(proxy);
        self
    }

    pub(super) fn minding(self, keywords: Keywords) -> Self {
        self.terms().keywords = keywords;
        self
    }

    fn terms(&self) -> MutexGuard<'_, Terms> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reach(&self, account: &Account, secret: &Secret) -> exchange::Account {
        let mut reached = exchange::Account::proven(
            account.server.as_str(),
            account.user.as_str(),
            secret.proof(&account.sign_in),
            account.ca_file.clone(),
        );
        reached.dial = Arc::clone(&self.dial);
        reached
    }
}

#[async_trait]
impl Servers for Exchange {
    async fn find(&self, search: &Search, sign_in: Option<&SearchAs>) -> Result<Url, NotFound> {
        let proof = sign_in.map(|one| (one.user.as_str(), one.secret.proof(&one.sign_in)));
        let sign_in = proof.as_ref().map(|(user, proof)| (*user, proof));
        let ca_file = search.ca_file.clone();
        let proxy = self.proxy.as_ref();
        exchange::find_server(&search.address, ca_file, &search.confirmed, proxy, sign_in).await
    }

    async fn probe(&self, account: &Account, secret: &Secret) -> Result<(), ServerTrouble> {
        let let_in = match account.source {
            Source::Exchange => exchange::probe(&self.reach(account, secret)).await,
            Source::Service => match service::backend(account, secret, &self.clock) {
                Ok(backend) => backend.probe().await,
                Err(failure) => Err(failure),
            },
        };
        let_in.map_err(|failure| {
            tracing::info!(%failure, "the server does not let the account in");
            trouble(failure.kind)
        })
    }

    async fn enrol(&self, account: &Account) -> Result<Arc<dyn Enrolment>, NotAdded> {
        service::enrol(account, &self.clock).await
    }

    async fn enrich(
        &self,
        account: &Account,
        secret: &Secret,
        how: &WriteBack,
        within: (Window, Tz),
        mode: Mode,
    ) -> Result<Vec<Enriched>, ServerTrouble> {
        if account.source == Source::Service {
            // The connector looks after keywords, for all who are in its list.
            return Ok(Vec::new());
        }
        let account = self.reach(account, secret);
        let backend = ExchangeBackend::new(&account, self.terms().services.clone())
            .map_err(|failure| trouble(failure.kind))?;
        let (window, zone) = within;
        let now = self.clock.now();
        let outcome = backend.enrich(how, window, zone, now, mode).await;
        outcome.map_err(|failure| {
            tracing::info!(kind = ?failure.kind, "the keywords cannot be looked at");
            trouble(failure.kind)
        })
    }

    fn adopt(&self, settings: &Settings, locale: &str, services: Services, face: Face) {
        *self.terms() = Terms {
            services,
            keywords: Keywords::by(settings, locale, face),
        };
    }

    fn scheduler(
        &self,
        account: &Account,
        secret: &Secret,
    ) -> Result<Arc<dyn Scheduler>, ServerTrouble> {
        if account.source == Source::Service {
            let asker = service::scheduler(account, secret, &self.clock);
            return asker.map_err(|failure| trouble(failure.kind));
        }
        let account = self.reach(account, secret);
        match ExchangeBackend::new(&account, self.terms().services.clone()) {
            Ok(backend) => Ok(Arc::new(backend)),
            Err(failure) => Err(trouble(failure.kind)),
        }
    }

    async fn stored(&self, series: Series) -> Feed {
        let left = readable(Engine::stored(&series).await);
        left.map_or_else(
            || Feed {
                course: Course::Stored,
                ..Feed::waiting()
            },
            |left| as_stored(&left),
        )
    }

    async fn stored_within(&self, series: Series, window: Window, zone: Tz) -> Option<Feed> {
        let left = match Engine::stored_within(&series, window, zone).await {
            Ok(left) => Some(left),
            Err(error) => {
                tracing::warn!(%error, "what is over cannot be taken from the store");
                readable(Engine::stored(&series).await)
            }
        };
        left.map(|left| as_stored(&left))
    }

    fn start(
        &self,
        account: &Account,
        secret: &Secret,
        series: Option<Series>,
        zone: Tz,
    ) -> Box<dyn Running> {
        if account.source == Source::Service {
            let ends = service::backend(account, secret, &self.clock).and_then(|backend| {
                Ok((backend, service::scheduler(account, secret, &self.clock)?))
            });
            return match ends {
                Ok((backend, scheduler)) => {
                    let (clock, spread) = (Arc::clone(&self.clock), self.spread);
                    let handle = Engine::start(Arc::new(backend), series, clock, zone, spread);
                    Box::new(Engaged::new(handle, scheduler))
                }
                Err(failure) => Box::new(Stuck::new(&failure)),
            };
        }
        let Terms { services, keywords } = self.terms().clone();
        match ExchangeBackend::new(&self.reach(account, secret), services) {
            Ok(backend) => {
                let backend = match keywords {
                    Keywords::Ignored => backend,
                    Keywords::Shown(rooms) => backend.showing(rooms),
                    Keywords::Written(how) => backend.writing(how),
                };
                let clock = Arc::clone(&self.clock);
                let backend = Arc::new(backend);
                let scheduler = Arc::clone(&backend) as Arc<dyn Scheduler>;
                let handle = Engine::start(backend, series, clock, zone, self.spread);
                Box::new(Engaged::new(handle, scheduler))
            }
            Err(failure) => Box::new(Stuck::new(&failure)),
        }
    }
}

pub(super) fn trouble(kind: FailureKind) -> ServerTrouble {
    match kind {
        FailureKind::Credentials => ServerTrouble::Credentials,
        FailureKind::NoTicket => ServerTrouble::NoTicket,
        FailureKind::NoCommonScheme => ServerTrouble::NoCommonScheme,
        FailureKind::Untrusted => ServerTrouble::Certificate,
        FailureKind::CaFile => ServerTrouble::Authority,
        FailureKind::Unreachable => ServerTrouble::Unreachable,
        FailureKind::NotEws => ServerTrouble::NotEws,
        FailureKind::Unsupported => ServerTrouble::Unsupported,
        FailureKind::Failing => ServerTrouble::Failing,
        FailureKind::Throttled(_) => ServerTrouble::Throttled,
        FailureKind::Elsewhere => ServerTrouble::Elsewhere,
        FailureKind::CursorLost | FailureKind::Refused => ServerTrouble::Refused,
        FailureKind::Service(what) => ServerTrouble::Service(what),
    }
}

fn readable(left: Result<Snapshot, VaultError>) -> Option<Snapshot> {
    left.inspect_err(|error| tracing::warn!(%error, "the stored meetings cannot be read"))
        .ok()
}

fn as_stored(left: &Snapshot) -> Feed {
    Feed {
        course: Course::Stored,
        ..feed(left)
    }
}

fn feed(snapshot: &Snapshot) -> Feed {
    Feed {
        agenda: Arc::clone(&snapshot.agenda),
        course: match &snapshot.health {
            Health::Starting => Course::Starting,
            Health::UpToDate => Course::UpToDate,
            // With the cursor lost the next pull starts afresh; that is no
            // news for anybody.
            Health::Updating
            | Health::Failing {
                kind: FailureKind::CursorLost,
                ..
            } => Course::Updating,
            Health::Failing { kind, .. } => Course::Trouble(trouble(*kind)),
        },
        as_of: snapshot.as_of,
        away: snapshot.oof.map(absence::away),
        ahead: snapshot.ahead,
    }
}

/// A running engine whose snapshots are passed on as feeds.
struct Engaged {
    handle: Handle,
    scheduler: Arc<dyn Scheduler>,
    feed: watch::Receiver<Feed>,
}

impl Engaged {
    fn new(handle: Handle, scheduler: Arc<dyn Scheduler>) -> Self {
        let mut snapshots = handle.snapshots();
        let (outlet, feed_watch) = watch::channel(feed(&snapshots.borrow_and_update()));
        tokio::spawn(async move {
            // Ends with the engine.
            while snapshots.changed().await.is_ok() {
                let next = feed(&snapshots.borrow_and_update());
                outlet.send_replace(next);
            }
        });
        Self {
            handle,
            scheduler,
            feed: feed_watch,
        }
    }
}

#[async_trait]
impl Running for Engaged {
    fn feed(&self) -> watch::Receiver<Feed> {
        self.feed.clone()
    }

    fn refresh(&self) {
        self.handle.refresh();
    }

    fn changed(&self) {
        self.handle.changed();
    }

    fn travel(&self, zone: Tz) {
        self.handle.set_zone(zone);
    }

    fn text(&self, meeting: &MeetingId) -> Pin<Box<dyn Future<Output = Option<String>> + Send>> {
        Box::pin(self.handle.text(meeting))
    }

    fn forgo_texts(&self) {
        self.handle.forgo_texts();
    }

    fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        Some(Arc::clone(&self.scheduler))
    }

    async fn stop(self: Box<Self>) {
        self.handle.stop().await;
    }
}

/// An account whose engine cannot be made, for example because the file with
/// its authority is gone.
struct Stuck {
    feed: watch::Receiver<Feed>,
}

impl Stuck {
    fn new(failure: &Failure) -> Self {
        let course = Course::Trouble(trouble(failure.kind));
        let (_, feed) = watch::channel(Feed {
            course,
            ..Feed::waiting()
        });
        Self { feed }
    }
}

#[async_trait]
impl Running for Stuck {
    fn feed(&self) -> watch::Receiver<Feed> {
        self.feed.clone()
    }

    fn refresh(&self) {}

    fn changed(&self) {}

    fn travel(&self, _: Tz) {}

    async fn stop(self: Box<Self>) {}
}
