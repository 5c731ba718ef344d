//! One mailbox, one engine, simulated time: the simulated Exchange over its
//! in-process link, a clock which is tokio's paused one, and a switch for the
//! network.

#![expect(clippy::expect_used, reason = "a scenario ends where a step fails")]

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::canary;
use async_trait::async_trait;
use calendar::join::Services;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use engine::{
    Clock, Engine, Handle, Health, Snapshot,
    exchange::{Account, ExchangeBackend},
};
use ews::transport::{Dial, Dialing};
use exchange_sim::{Options, SignIn, Simulator, World};
use tokio::time::Instant;
use vault::{Series, SeriesId, Vault, key::Key, memory::MemoryStore, sensitive::Sensitive};

/// The mailbox of every scenario.
pub const ANNA: &str = "anna@example.org";
/// Its password.
pub const PASSWORD: &str = "canary-password-1";
/// Its zone.
pub const ZONE: Tz = Tz::Europe__Stockholm;

/// Wall time which runs with tokio's clock.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedClock {
    base: DateTime<Utc>,
    since: Instant,
}

impl SimulatedClock {
    fn starting(base: DateTime<Utc>) -> Self {
        Self {
            base,
            since: Instant::now(),
        }
    }
}

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> DateTime<Utc> {
        self.base + Duration::from_std(self.since.elapsed()).unwrap_or_default()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        let left = (moment - self.now()).min(Duration::seconds(30));
        let left = left.to_std().unwrap_or_default();
        // A wait is a time-out of what never comes.
        let _over = tokio::time::timeout(left, std::future::pending::<()>()).await;
    }
}

/// The link to the simulator, which can be cut for new connections.
struct Link {
    simulator: Arc<Simulator>,
    cut: Arc<AtomicBool>,
}

impl Dial for Link {
    fn dial<'a>(&'a self, _host: &'a str, _port: u16) -> Dialing<'a> {
        Box::pin(async move {
            if self.cut.load(Ordering::SeqCst) {
                return Err(io::Error::from(io::ErrorKind::NetworkUnreachable));
            }
            Ok(Box::new(self.simulator.duplex()) as Box<dyn ews::transport::Io>)
        })
    }
}

/// A server, a clock and a store that outlive engines.
pub struct Stage {
    /// The server.
    pub simulator: Arc<Simulator>,
    /// The time.
    pub clock: Arc<SimulatedClock>,
    vault: Vault,
    store: Arc<MemoryStore>,
    cut: Arc<AtomicBool>,
}

impl Stage {
    /// Starts at a moment, with what `fill` puts into Anna's mailbox.
    pub async fn at(moment: &str, fill: impl FnOnce(&mut World)) -> Self {
        let now: DateTime<Utc> = moment.parse().expect("a moment");
        let clock = Arc::new(SimulatedClock::starting(now));
        let mut world = World::empty(now);
        world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
        fill(&mut world);
        let time = clock.clone();
        let options = Options {
            clock: Arc::new(move || time.now()),
            // The requests of a handshake would be counted too.
            sign_in: SignIn::Basic,
            ..Options::default()
        };
        let simulator = Simulator::start(world, options).await.expect("a simulator");
        let store = Arc::new(MemoryStore::default());
        let vault = Vault::open(store.clone(), &Key::generate())
            .await
            .expect("a vault");
        Self {
            simulator: Arc::new(simulator),
            clock,
            vault,
            store,
            cut: Arc::default(),
        }
    }

    /// Cuts or restores the network for new connections.
    pub fn network(&self, up: bool) {
        self.cut.store(!up, Ordering::SeqCst);
    }

    /// The series that engines keep their meetings in.
    pub fn series(&self) -> Series {
        self.vault.series(SeriesId("meetings/anna".to_owned()))
    }

    /// Starts an engine with the right password.
    pub fn engine(&self) -> Handle {
        self.engine_with(PASSWORD)
    }

    /// Starts an engine with any password.
    pub fn engine_with(&self, password: &str) -> Handle {
        Engine::start(
            Arc::new(self.backend(password)),
            Some(self.series()),
            self.clock.clone(),
            ZONE,
            7,
        )
    }

    /// Anna's mailbox, reached with any password.
    pub fn backend(&self, password: &str) -> ExchangeBackend {
        let mut account = Account::new(
            "http://127.0.0.1/EWS/Exchange.asmx",
            ANNA,
            Sensitive::new(password.to_owned()),
            None,
        );
        account.dial = Arc::new(Link {
            simulator: self.simulator.clone(),
            cut: self.cut.clone(),
        });
        ExchangeBackend::new(&account, Services::built_in().clone()).expect("a back end")
    }

    /// The series that what is sent is written down in.
    pub fn journal(&self) -> Series {
        self.vault.series(SeriesId("outbox/anna".to_owned()))
    }

    /// Shows every blob at rest to `change`.
    pub fn tamper(&self, change: impl FnMut(&mut Vec<u8>)) {
        self.store.tamper(change);
    }

    /// Names of the operations that the server was asked for so far.
    pub fn operations(&self) -> Vec<String> {
        let recorded = self.simulator.requests();
        recorded.into_iter().map(|r| r.operation).collect()
    }

    /// The moment.
    pub fn clock_now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets time pass.
    pub async fn pass(&self, length: Duration) {
        let length = length.to_std().expect("a length of time");
        let _over = tokio::time::timeout(length, std::future::pending::<()>()).await;
    }
}

/// SR-06, at the end of every scenario: nothing that the mailboxes hold, nor
/// the password, rests in the store in the clear.
impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let words = self.simulator.world(|world| canary::words_of(world));
        let words = words.into_iter().chain([PASSWORD.to_owned()]);
        let search = canary::Search::new(words);
        self.store.tamper(|blob| {
            assert_eq!(
                search.found(blob),
                None,
                "it rests in the store in the clear"
            );
        });
    }
}

/// The first snapshot, now or later, of which `is` holds. Time passes
/// meanwhile, at most an hour of it.
pub async fn until(handle: &Handle, is: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let mut snapshots = handle.snapshots();
    let wait = snapshots.wait_for(|snapshot| is(snapshot));
    let hour = std::time::Duration::from_hours(1);
    let found = tokio::time::timeout(hour, wait).await;
    let found = found.expect("within an hour").expect("the engine runs");
    Arc::clone(&found)
}

/// In step with the server.
pub fn up_to_date(snapshot: &Snapshot) -> bool {
    snapshot.health == Health::UpToDate
}

/// Titles in the order of the day.
pub fn titles(snapshot: &Snapshot) -> Vec<&str> {
    let meetings = snapshot.agenda.in_order(ZONE);
    meetings.into_iter().map(|m| m.title.as_str()).collect()
}
