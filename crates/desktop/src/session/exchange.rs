//! The servers of the running program: Exchange, by way of the engine.

use std::sync::Arc;

use async_trait::async_trait;
use calendar::join::Services;
use chrono_tz::Tz;
use engine::{
    Backend, Engine, Failure, FailureKind, Health, Oof, Snapshot,
    clock::Clock,
    exchange::{self, ExchangeBackend},
};
use tokio::{sync::watch, task::JoinHandle};
use vault::{Series, sensitive::Sensitive};

use super::{
    feed::{Course, Feed},
    servers::{Refusal, Running, Servers},
};
use crate::{account::Account, board::Away, problem::ServerTrouble};

/// Exchange servers.
pub struct ExchangeServers {
    clock: Arc<dyn Clock>,
}

impl ExchangeServers {
    /// Servers whose engines go by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

fn engine_account(account: &Account, password: &Sensitive<String>) -> exchange::Account {
    exchange::Account::new(
        account.server.as_str(),
        account.user.clone(),
        Sensitive::new(password.expose().clone()),
        account.ca_file.clone(),
    )
}

fn trouble(kind: FailureKind) -> ServerTrouble {
    match kind {
        FailureKind::Credentials => ServerTrouble::Credentials,
        FailureKind::Untrusted => ServerTrouble::Certificate,
        FailureKind::Unreachable => ServerTrouble::Unreachable,
        FailureKind::NotEws => ServerTrouble::NotEws,
        FailureKind::Throttled(_) => ServerTrouble::Throttled,
        FailureKind::CaFile | FailureKind::CursorLost | FailureKind::Refused => {
            ServerTrouble::Refused
        }
    }
}

#[async_trait]
impl Servers for ExchangeServers {
    async fn probe(&self, account: &Account, password: &Sensitive<String>) -> Result<(), Refusal> {
        let outcome = exchange::probe(&engine_account(account, password)).await;
        outcome.map_err(|failure| match (failure.kind, &account.ca_file) {
            (FailureKind::CaFile, Some(path)) => Refusal::CaFile(path.clone()),
            (kind, _) => Refusal::Server(trouble(kind)),
        })
    }

    fn start(
        &self,
        account: &Account,
        password: &Sensitive<String>,
        series: Option<Series>,
        zone: Tz,
    ) -> Box<dyn Running> {
        let account = engine_account(account, password);
        let backend = match ExchangeBackend::new(&account, Services::built_in().clone()) {
            Ok(backend) => Arc::new(backend) as Arc<dyn Backend>,
            Err(failure) => return Box::new(Stillborn::new(&failure)),
        };
        let handle = Engine::start(backend, series, Arc::clone(&self.clock), zone);
        let snapshots = handle.snapshots();
        let (feed, watched) = watch::channel(feed(&snapshots.borrow()));
        Box::new(Live {
            handle: tokio::sync::Mutex::new(Some(handle)),
            feed: watched,
            translation: tokio::spawn(translate(snapshots, feed)),
        })
    }
}

/// Passes snapshots on as feeds until the engine ends.
async fn translate(mut snapshots: watch::Receiver<Arc<Snapshot>>, outlet: watch::Sender<Feed>) {
    while snapshots.changed().await.is_ok() {
        let newest = feed(&snapshots.borrow_and_update());
        outlet.send_replace(newest);
    }
}

fn feed(snapshot: &Snapshot) -> Feed {
    Feed {
        agenda: Arc::clone(&snapshot.agenda),
        course: match &snapshot.health {
            Health::Starting => Course::Starting,
            Health::Updating => Course::Updating,
            Health::UpToDate => Course::UpToDate,
            Health::Failing { kind, .. } => Course::Trouble(trouble(*kind)),
        },
        as_of: snapshot.as_of,
        away: snapshot.oof.map(|oof| match oof {
            Oof::On => Away { until: None },
            Oof::Planned { end, .. } => Away { until: Some(end) },
        }),
    }
}

/// An engine that runs.
struct Live {
    /// Taken out when it is stopped.
    handle: tokio::sync::Mutex<Option<engine::Handle>>,
    feed: watch::Receiver<Feed>,
    translation: JoinHandle<()>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.translation.abort();
    }
}

#[async_trait]
impl Running for Live {
    fn feed(&self) -> watch::Receiver<Feed> {
        self.feed.clone()
    }

    fn refresh(&self) {
        // Only a stop holds the lock, and then there is nothing to refresh.
        if let Ok(handle) = self.handle.try_lock()
            && let Some(handle) = handle.as_ref()
        {
            handle.refresh();
        }
    }

    async fn stop(&self) {
        if let Some(handle) = self.handle.lock().await.take() {
            handle.stop().await;
        }
    }
}

/// An account whose engine cannot even begin: its address or its CA file is
/// of no use.
struct Stillborn {
    feed: watch::Receiver<Feed>,
    _outlet: watch::Sender<Feed>,
}

impl Stillborn {
    fn new(failure: &Failure) -> Self {
        let (outlet, feed) = watch::channel(Feed {
            course: Course::Trouble(trouble(failure.kind)),
            ..Feed::waiting()
        });
        Self {
            feed,
            _outlet: outlet,
        }
    }
}

#[async_trait]
impl Running for Stillborn {
    fn feed(&self) -> watch::Receiver<Feed> {
        self.feed.clone()
    }

    fn refresh(&self) {}

    async fn stop(&self) {}
}
