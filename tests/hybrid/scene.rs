//! Everything that a hybrid day needs, on real sockets.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use cloud::{directory, server::Running};
use connector::{
    program::{Program, Signal, Trouble},
    secret::Credentials,
};
use engine::{
    Clock as _, Engine, Handle, SystemClock,
    remote::{
        RemoteBackend,
        asks::Asker,
        colleagues::{Board, Colleagues},
        enrol::{Enrolled, Enrolling},
    },
};
use exchange_sim::{
    Options, SignIn, Simulator, World,
    world::{details::Details, mailbox::Scope},
};
use scenarios::{
    canary,
    stage::{ANNA, PASSWORD, ZONE},
};
use tokio::{sync::mpsc, task::JoinHandle};
use vault::{
    hybrid::{
        enrolment::{Code, PublicKeys},
        passport::{Audience, Holder},
        sealing::OpenKey,
        wire::Bytes,
    },
    keyring::OsKeyRing,
    opaque::{OpaqueId, Space},
    remote::{Asks, Caller, KeyService, Membership, Now, RemoteStore, Stranger},
};

use crate::stage::Place;

pub(crate) const BEN: &str = "ben@example.org";
pub(crate) const OUTSIDE: &str = "chief@example.org";
pub(crate) const SERVICE_ACCOUNT: &str = "joinbell@example.org";

pub(crate) fn now() -> DateTime<Utc> {
    SystemClock.now()
}

pub(crate) fn seconds() -> Now {
    Arc::new(|| u64::try_from(now().timestamp()).unwrap_or(0))
}

pub(crate) fn meeting(title: &str, minutes: i64) -> Details {
    let start = now() + Duration::minutes(minutes);
    Details::new(title, start, start + Duration::minutes(30), ZONE).at("canary-room-17")
}

/// An Exchange server with two users, and one that the account may not reach.
pub(crate) async fn exchange(scope: &[&str]) -> Simulator {
    let mut world = World::empty(now());
    for (address, name) in [
        (ANNA, "Anna Berg"),
        (BEN, "Ben Carter"),
        (OUTSIDE, "The Chief"),
    ] {
        world.add_mailbox(address, name, ZONE, PASSWORD);
    }
    let account = world.add_mailbox(SERVICE_ACCOUNT, "Joinbell", ZONE, PASSWORD);
    account.impersonates = Scope::These(scope.iter().map(|one| (*one).to_owned()).collect());
    world
        .add(ANNA, meeting("canary-title of Anna", 60))
        .expect("an item");
    world
        .add(BEN, meeting("canary-title of Ben", 60))
        .expect("an item");
    let options = Options {
        // To the machine itself a client guesses Basic; several at once guess
        // it before the first one is refused.
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    Simulator::start(world, options).await.expect("a simulator")
}

/// A running connector.
pub(crate) struct Connector {
    pub(crate) signals: mpsc::Sender<Signal>,
    pub(crate) task: JoinHandle<Result<(), Trouble>>,
}

impl Connector {
    pub(crate) async fn stop(self) {
        self.signals.send(Signal::End).await.unwrap();
        self.task.await.unwrap().unwrap();
    }
}

pub(crate) struct Scene {
    pub(crate) exchange: Simulator,
    pub(crate) place: Place,
    pub(crate) service: Running,
    pub(crate) keys: Running,
    pub(crate) organization: OpaqueId,
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

impl Scene {
    pub(crate) async fn with_scope(scope: &[&str]) -> Self {
        let exchange = exchange(scope).await;
        let place = Place::new();
        let (clock, config) = (cloud::clock::system(), place.service_config());
        let service = cloud::service::start(&config, clock.clone()).await.unwrap();
        let keys = cloud::keys::start(&place.keys_config(), &OsKeyRing, clock)
            .await
            .unwrap();
        let organization = OpaqueId::random();
        let scene = Self {
            exchange,
            place,
            service,
            keys,
            organization,
        };
        scene.prepare().await;
        scene
    }

    /// Writes the connector's files and takes the organization in.
    pub(crate) async fn prepare(&self) {
        let place = &self.place;
        write(&place.file("password"), PASSWORD);
        write(
            &place.file("mailboxes"),
            &format!("# Users\n{ANNA}\n\n{BEN}\n"),
        );
        write(&place.file("connector.toml"), &self.settings());
        let keys = self.program().await.keys().await.unwrap();
        let public: PublicKeys = serde_json::from_str(&keys).unwrap();
        let databases = [
            (place.service_config().database, cloud::service::tables()),
            (place.keys_config().database, cloud::keys::tables()),
        ];
        for (database, tables) in databases {
            let database = cloud::server::open(&database, &tables).await.unwrap();
            directory::put_organization(&database, self.organization, public)
                .await
                .unwrap();
            database.close().await;
        }
    }

    pub(crate) async fn new() -> Self {
        Self::with_scope(&[ANNA, BEN]).await
    }

    pub(crate) fn settings(&self) -> String {
        let at = |name: &str| self.place.file(name).display().to_string();
        // Bytes always have a JSON form, which is one of TOML as well.
        let public = serde_json::to_string(&Bytes(self.place.key_service.to_vec())).unwrap();
        format!(
            r#"
            [exchange]
            account = "{SERVICE_ACCOUNT}"
            server = "{}"
            secret = "{}"

            [mailboxes]
            list = "{}"
            zone = "{ZONE}"
            outside = ["{OUTSIDE}"]

            [store]
            folder = "{}"
            key = "{}"

            [endpoint]
            listen = "127.0.0.1:0"

            [service]
            organization = "{}"
            url = "https://{}"
            keys_url = "https://{}"
            keys_public = {public}
            ca_file = "{}"
            "#,
            self.exchange.ews_url(),
            at("password"),
            at("mailboxes"),
            at("connector"),
            at("connector.key"),
            self.organization,
            self.service.address,
            self.keys.address,
            at("ca.pem"),
        )
    }

    pub(crate) async fn program(&self) -> Program {
        let file = self.place.file("connector.toml");
        Program::read(&file, Credentials::default()).await.unwrap()
    }

    pub(crate) async fn connector(&self) -> Connector {
        let program = self.program().await;
        let (signals, heard) = mpsc::channel(1);
        let task = tokio::spawn(program.run(heard, |_| {}));
        Connector { signals, task }
    }

    /// Begins to add a device, as a client does.
    pub(crate) async fn enrolling(&self, address: &str) -> Enrolling {
        let url = format!("https://{}", self.service.address);
        let ca = self.place.file("ca.pem");
        let caller = Caller::new(&url, Some(&ca), Audience::Service, None, seconds()).unwrap();
        let stranger = Stranger::new(caller, self.organization);
        Enrolling::begin(stranger, self.organization, address, Arc::new(SystemClock))
            .await
            .expect("a code is asked for")
    }

    /// The code that a user reads in their own calendar.
    pub(crate) fn code_of(&self, address: &str) -> Option<Code> {
        self.exchange.world(|world| {
            let mailbox = world.mailbox(address)?;
            let subjects = mailbox
                .calendar
                .items()
                .map(|item| item.details.subject.clone());
            let newest =
                subjects.filter_map(|s| Some(s.strip_prefix("Joinbell code ")?.to_owned()));
            Code::read(&newest.last()?)
        })
    }

    pub(crate) async fn enrolled(&self, address: &str) -> Enrolled {
        let enrolling = self.enrolling(address).await;
        let code = self.code_of(address).expect("a code is in the calendar");
        enrolling.finish(&code).await.expect("a device")
    }

    /// How a device asks the service and the key service.
    pub(crate) fn ends(&self, device: &Enrolled) -> (Caller, Caller) {
        let ca = self.place.file("ca.pem");
        let caller = |address: std::net::SocketAddr, audience| {
            let member = Membership {
                organization: device.organization,
                holder: Holder::Device(device.device),
                key: vault::hybrid::passport::SignKey::from_bytes(device.sign.expose()),
            };
            let url = format!("https://{address}");
            Caller::new(&url, Some(&ca), audience, Some(Arc::new(member)), seconds()).unwrap()
        };
        (
            caller(self.service.address, Audience::Service),
            caller(self.keys.address, Audience::Keys),
        )
    }

    pub(crate) fn client(&self, device: Enrolled) -> Handle {
        let (service, keys) = self.ends(&device);
        let keys = KeyService::new(keys, device.key_service);
        let host = service.host();
        let backend = RemoteBackend::new(
            (RemoteStore::new(service, device.mailbox), host),
            keys,
            device.open,
            device.mailbox,
            Arc::new(SystemClock),
        );
        Engine::start(Arc::new(backend), None, Arc::new(SystemClock), ZONE, 7)
    }

    pub(crate) fn asker(&self, device: &Enrolled, clock: impl engine::Clock) -> Asker {
        self.asker_to(device, device.connector.sealing, clock)
    }

    pub(crate) fn asker_to(
        &self,
        device: &Enrolled,
        end: [u8; 32],
        clock: impl engine::Clock,
    ) -> Asker {
        let (service, _) = self.ends(device);
        Asker::new(
            Asks::new(service, device.mailbox),
            (device.organization, device.mailbox, device.device),
            OpenKey::from_bytes(*device.open.expose()),
            end,
            Arc::new(clock),
        )
    }

    pub(crate) fn colleagues(&self, device: &Enrolled) -> Colleagues {
        let (service, keys) = self.ends(device);
        let (space, host) = (Space::of_all(device.organization), service.host());
        Colleagues::new(
            (RemoteStore::new(service, space.mailbox), host),
            KeyService::new(keys, device.key_service),
            OpenKey::from_bytes(*device.open.expose()),
            device.organization,
            Arc::new(SystemClock),
        )
    }

    /// The first board that the connector tells.
    pub(crate) async fn board_of(&self, colleagues: &Colleagues) -> Board {
        let end = now() + Duration::seconds(60);
        loop {
            match colleagues.read().await {
                Ok(board) => return board,
                Err(error) => assert!(now() < end, "no board within a minute: {error}"),
            }
            let soon = now() + Duration::milliseconds(200);
            SystemClock.wait_until(soon).await;
        }
    }

    /// The calendar's items of a title.
    pub(crate) fn meetings(&self, address: &str, title: &str) -> Vec<Details> {
        self.exchange.world(|world| {
            let items = world.mailbox(address).unwrap().calendar.items();
            let named = items.filter(|item| item.details.subject == title);
            named.map(|item| item.details.clone()).collect()
        })
    }

    /// Everything that the two programs have written.
    pub(crate) fn at_rest(&self) -> Vec<u8> {
        written(&self.place)
    }

    /// SR-06 and SR-52, at the end of every scenario: nothing that the
    /// calendars hold, nor the password, rests in a database.
    pub(crate) async fn stop(self) {
        let words = self.exchange.world(|world| canary::words_of(world));
        self.keys.stop().await;
        self.service.stop().await;
        let search = canary::Search::new(words.into_iter().chain([PASSWORD.to_owned()]));
        assert_eq!(search.found(&written(&self.place)), None);
    }
}

fn written(place: &Place) -> Vec<u8> {
    let files = fs::read_dir(place.folder.path()).unwrap();
    let databases = files
        .flatten()
        .filter(|file| file.file_name().to_string_lossy().contains(".db"));
    databases
        .flat_map(|file| fs::read(file.path()).unwrap())
        .collect()
}

pub(crate) fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}
