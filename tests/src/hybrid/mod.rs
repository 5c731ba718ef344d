//! The whole hybrid system over real sockets: the simulated Exchange, the
//! service, the key service, the connector, and devices.

#![expect(clippy::expect_used, reason = "a scenario ends where a step fails")]

mod beside;
#[path = "../../../crates/cloud/tests/service/stage/mod.rs"]
mod place;
pub mod programs;
mod reach;
mod running;
pub mod typing;

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
};

use cloud::{
    config::{DatabaseConfig, Limits},
    directory,
    server::Running,
};
use engine::{
    Clock, Handle, SystemClock,
    remote::{RemoteBackend, device::Device, enrol::Enrolling},
};
use exchange_sim::{Options, Recording, SignIn, Simulator, World, world::mailbox::Scope};
use url::Url;
use vault::{
    hybrid::enrolment::{Code, PublicKeys},
    keyring::OsKeyRing,
    opaque::OpaqueId,
};

pub use beside::Beside;
use place::Place;

use crate::stage::{PASSWORD, ZONE};

/// The account that may act for the users.
pub const SERVICE_ACCOUNT: &str = "joinbell@example.org";
/// A mailbox that it may not act for.
pub const OUTSIDE: &str = "chief@example.org";

/// One of the two programs, which can be stopped and started again where it
/// was.
struct Program {
    running: Option<Running>,
    address: SocketAddr,
}

/// Exchange, the service and the key service, with one organization.
pub struct Hybrid {
    /// The server with the mailboxes.
    pub exchange: Simulator,
    /// Whose mailboxes the connector watches.
    pub users: Vec<String>,
    organization: OpaqueId,
    place: Place,
    service: Program,
    keys: Program,
    clock: Arc<dyn Clock>,
    pace: Pace,
}

/// How often the two programs may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// As the settings that administrators are given have it.
    Shipped,
    /// As often as a test does in a minute what a day has.
    Generous,
}

/// A world of these users, an account that may act for them, and somebody
/// whom it may not act for.
pub async fn exchange(world: World, users: &[String]) -> Simulator {
    exchange_with(world, users, Recording::On).await
}

/// The same, which keeps what it was asked or not: thousands of mailboxes ask
/// for much.
pub async fn exchange_with(mut world: World, users: &[String], recording: Recording) -> Simulator {
    world.add_mailbox(OUTSIDE, "The Chief", ZONE, PASSWORD);
    let account = world.add_mailbox(SERVICE_ACCOUNT, "Joinbell", ZONE, PASSWORD);
    account.impersonates = Scope::These(users.iter().cloned().collect());
    let options = Options {
        // To the machine itself a client guesses Basic; several at once guess
        // it before the first one is refused.
        sign_in: SignIn::Basic,
        recording,
        ..Options::default()
    };
    Simulator::start(world, options).await.expect("a simulator")
}

fn generous() -> Limits {
    let many = NonZeroU32::new(1_000_000).unwrap_or(NonZeroU32::MIN);
    Limits {
        requests_a_minute: many,
        connector_requests_a_minute: many,
        strangers_a_minute: many,
        strangers_a_minute_per_address: many,
        unproven_a_minute: many,
        ..Limits::default()
    }
}

impl Hybrid {
    /// Starts the two programs beside `exchange`.
    pub async fn beside(exchange: Simulator, users: Vec<String>) -> Self {
        Self::at_pace(exchange, users, Pace::Generous).await
    }

    /// The same, with the limits that the programs are shipped with.
    pub async fn as_shipped(exchange: Simulator, users: Vec<String>) -> Self {
        Self::at_pace(exchange, users, Pace::Shipped).await
    }

    async fn at_pace(exchange: Simulator, users: Vec<String>, pace: Pace) -> Self {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let resting = || Program {
            running: None,
            address: anywhere,
        };
        let mut hybrid = Self {
            exchange,
            users,
            organization: OpaqueId::random(),
            place: Place::new(),
            service: resting(),
            keys: resting(),
            clock: Arc::new(SystemClock),
            pace,
        };
        hybrid.start_service().await;
        hybrid.start_keys().await;
        hybrid.take_in().await;
        hybrid
    }

    /// Whatever starts from now on has this time.
    pub fn go_by(&mut self, clock: Arc<dyn Clock>) {
        self.clock = clock;
    }

    fn seconds(&self) -> cloud::clock::Clock {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || u64::try_from(clock.now().timestamp()).unwrap_or(0))
    }

    /// Makes the connector's keys and takes its organization in.
    async fn take_in(&self) {
        let urls = [self.service.address, self.keys.address].map(|at| format!("https://{at}"));
        let named = beside::Named {
            folder: self.folder(),
            server: &self.exchange.ews_url(),
            organization: self.organization,
            urls: urls.each_ref().map(String::as_str),
            key_service: self.place.key_service,
        };
        beside::prepare(&named, &self.users);
        let keys = beside::program(self.folder()).await.keys().await;
        let public: PublicKeys =
            serde_json::from_str(&keys.expect("the keys")).expect("their form");
        let databases = [
            (
                self.place.service_config().database,
                cloud::service::tables(),
            ),
            (self.place.keys_config().database, cloud::keys::tables()),
        ];
        for (database, tables) in databases {
            let database = cloud::server::open(&database, &tables).await;
            let database = database.expect("a database");
            directory::put_organization(&database, &tables, self.organization, public)
                .await
                .expect("an organization");
            database.close().await;
        }
    }

    /// Where everything is.
    pub fn folder(&self) -> &Path {
        self.place.folder.path()
    }

    /// The service's database.
    pub fn service_database(&self) -> DatabaseConfig {
        self.place.service_config().database
    }

    /// Starts the service, where it was when it was started before.
    pub async fn start_service(&mut self) {
        let mut config = self.place.service_config();
        config.listen.address = self.service.address;
        if self.pace == Pace::Generous {
            config.limits = generous();
        }
        let running = cloud::service::start(&config, self.seconds()).await;
        let running = running.expect("the service");
        self.service.address = running.address;
        self.service.running = Some(running);
    }

    /// Starts the key service, where it was when it was started before.
    pub async fn start_keys(&mut self) {
        let mut config = self.place.keys_config();
        config.listen.address = self.keys.address;
        if self.pace == Pace::Generous {
            config.releases_a_minute = generous().requests_a_minute;
            config.limits = generous();
        }
        let running = cloud::keys::start(&config, &OsKeyRing, self.seconds()).await;
        let running = running.expect("the key service");
        self.keys.address = running.address;
        self.keys.running = Some(running);
    }

    /// One more node of the key service, by a clock of its own.
    pub async fn keys_by(&self, clock: cloud::clock::Clock) -> Running {
        let mut config = self.place.keys_config();
        config.releases_a_minute = generous().requests_a_minute;
        config.limits = generous();
        let running = cloud::keys::start(&config, &OsKeyRing, clock).await;
        running.expect("the key service")
    }

    /// Stops the service; what it has stays.
    pub async fn stop_service(&mut self) {
        if let Some(running) = self.service.running.take() {
            running.stop().await;
        }
    }

    /// Stops the key service; what it has stays.
    pub async fn stop_keys(&mut self) {
        if let Some(running) = self.keys.running.take() {
            running.stop().await;
        }
    }

    /// Addresses of the service and of the key service.
    pub fn addresses(&self) -> [SocketAddr; 2] {
        [self.service.address, self.keys.address]
    }

    /// What the two programs count, as far as they run.
    pub async fn measures(&self) -> String {
        let mut all = String::new();
        for program in [&self.service, &self.keys] {
            if let Some(at) = program.running.as_ref().and_then(|one| one.observing) {
                all += &beside::ask(at).await.expect("measures");
            }
        }
        all
    }

    /// Address of the service.
    pub fn url(&self) -> Url {
        let url = format!("https://{}", self.service.address);
        url.parse().expect("an address")
    }

    /// The file with the own authority.
    pub fn ca_file(&self) -> PathBuf {
        self.place.file("ca.pem")
    }

    /// Everything that the two programs have written.
    pub fn at_rest(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.place.folder.path()).expect("a folder");
        let databases = files
            .flatten()
            .filter(|file| file.file_name().to_string_lossy().contains(".db"));
        databases
            .flat_map(|file| std::fs::read(file.path()).expect("a file"))
            .collect()
    }

    /// The code that a user reads in the own calendar, the newest.
    pub fn code_of(&self, address: &str) -> Option<Code> {
        code_in(&self.exchange, address)
    }

    /// Begins to add a device, as a client does it.
    pub async fn enrolling(&self, address: &str) -> Enrolling {
        reach::enrolling(&self.url(), &self.ca_file(), address).await
    }

    /// Adds a device as a client does it.
    pub async fn enrolled(&self, address: &str) -> Device {
        reach::enrolled(&self.exchange, &self.url(), &self.ca_file(), address).await
    }

    /// What a device reads.
    pub fn backend(&self, device: &Device) -> RemoteBackend {
        reach::backend(&self.url(), &self.ca_file(), device)
    }

    /// An engine over it.
    pub fn client(&self, device: &Device) -> Handle {
        reach::client(&self.url(), &self.ca_file(), device)
    }

    /// Ends the two programs.
    pub async fn stop(mut self) {
        self.stop_keys().await;
        self.stop_service().await;
    }
}

/// The newest code in a user's calendar.
pub fn code_in(exchange: &Simulator, address: &str) -> Option<Code> {
    exchange.world(|world| {
        let calendar = &world.mailbox(address)?.calendar;
        let codes = calendar.items().filter_map(|item| {
            let code = item.details.subject.strip_prefix("Joinbell code ")?;
            Some(code.to_owned())
        });
        Code::read(&codes.last()?)
    })
}
