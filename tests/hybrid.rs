//! The whole hybrid system over real sockets: the simulated Exchange, the
//! connector, the service, the key service, and clients that read from there.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test ends where a step fails"
)]

#[path = "../crates/cloud/tests/stage/mod.rs"]
mod stage;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use cloud::{directory, server::Running};
use engine::{
    Clock as _, Engine, Handle, Health, Oof, SystemClock,
    remote::{RemoteBackend, device::Device, enrol::Enrolling},
};
use exchange_sim::{
    Options, Simulator, World,
    world::{
        details::Details,
        mailbox::{OofState, Scope},
    },
};
use hybrid_connector::{Connector, StartError, config::Config, identity::Identity};
use scenarios::stage::{ANNA, PASSWORD, ZONE, titles, until, up_to_date};
use stage::Place;
use vault::{
    Store as _,
    hybrid::{
        enrolment::{Code, Refusal},
        passport::{Audience, Holder},
        wire::Bytes,
    },
    keyring::OsKeyRing,
    opaque::OpaqueId,
    remote::{Caller, KeyService, Membership, Now, RemoteStore, Stranger},
};

const BEN: &str = "ben@example.org";
const OUTSIDE: &str = "chief@example.org";
const SERVICE_ACCOUNT: &str = "joinbell@example.org";

fn now() -> DateTime<Utc> {
    SystemClock.now()
}

fn seconds() -> Now {
    Arc::new(|| u64::try_from(now().timestamp()).unwrap_or(0))
}

fn meeting(title: &str, minutes: i64) -> Details {
    let start = now() + Duration::minutes(minutes);
    Details::new(title, start, start + Duration::minutes(30), ZONE).at("canary-room-17")
}

/// An Exchange server with two users, and one that the account may not reach.
async fn exchange(scope: &[&str]) -> Simulator {
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
    Simulator::start(world, Options::default())
        .await
        .expect("a simulator")
}

struct Scene {
    exchange: Simulator,
    place: Place,
    service: Running,
    keys: Running,
    organization: OpaqueId,
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

impl Scene {
    async fn with_scope(scope: &[&str]) -> Self {
        let exchange = exchange(scope).await;
        let place = Place::new();
        let (clock, config) = (cloud::clock::system(), place.service_config());
        let service = cloud::service::start(&config, clock.clone()).await.unwrap();
        let keys = cloud::keys::start(&place.keys_config(), &OsKeyRing, clock)
            .await
            .unwrap();
        write(&place.file("password"), PASSWORD);
        write(
            &place.file("mailboxes"),
            &format!("# Users\n{ANNA}\n\n{BEN}\n"),
        );
        let organization = OpaqueId::random();
        let identity = Identity::read_or_make(&place.file("connector")).unwrap();
        let databases = [
            (place.service_config().database, cloud::service::tables()),
            (place.keys_config().database, cloud::keys::tables()),
        ];
        for (database, tables) in databases {
            let database = cloud::server::open(&database, &tables).await.unwrap();
            directory::put_organization(&database, organization, identity.public())
                .await
                .unwrap();
            database.close().await;
        }
        Self {
            exchange,
            place,
            service,
            keys,
            organization,
        }
    }

    async fn new() -> Self {
        Self::with_scope(&[ANNA, BEN]).await
    }

    fn config(&self) -> Config {
        let at = |name: &str| self.place.file(name);
        Config {
            organization: self.organization,
            identity: at("connector"),
            mailboxes: at("mailboxes"),
            zone: ZONE,
            exchange: hybrid_connector::config::Exchange {
                server: self.exchange.ews_url(),
                user: SERVICE_ACCOUNT.to_owned(),
                password_file: at("password"),
                ca_file: None,
                outside: OUTSIDE.to_owned(),
            },
            service: hybrid_connector::config::Place {
                url: format!("https://{}", self.service.address),
                ca_file: Some(at("ca.pem")),
            },
            keys: hybrid_connector::config::KeyPlace {
                url: format!("https://{}", self.keys.address),
                ca_file: Some(at("ca.pem")),
                public: Bytes(self.place.key_service.to_vec()),
            },
        }
    }

    async fn connector(&self) -> Connector {
        Connector::start(&self.config(), Arc::new(SystemClock))
            .await
            .expect("a connector")
    }

    /// Begins to add a device, as a client does.
    async fn enrolling(&self, address: &str) -> Enrolling {
        let url = format!("https://{}", self.service.address);
        let ca = self.place.file("ca.pem");
        let caller = Caller::new(&url, Some(&ca), Audience::Service, None, seconds()).unwrap();
        let stranger = Stranger::new(caller, self.organization);
        Enrolling::begin(stranger, self.organization, address, Arc::new(SystemClock))
            .await
            .expect("a code is asked for")
    }

    /// The code that a user reads in their own calendar.
    fn code_of(&self, address: &str) -> Option<Code> {
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

    async fn enrolled(&self, address: &str) -> Device {
        let enrolling = self.enrolling(address).await;
        let code = self.code_of(address).expect("a code is in the calendar");
        enrolling.finish(&code).await.expect("a device")
    }

    /// How a device asks the service and the key service.
    fn ends(&self, device: &Device) -> (Caller, Caller) {
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

    fn client(&self, device: Device) -> Handle {
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

    /// Everything that the two programs have written.
    fn at_rest(&self) -> Vec<u8> {
        let files = fs::read_dir(self.place.folder.path()).unwrap();
        let databases = files
            .flatten()
            .filter(|file| file.file_name().to_string_lossy().contains(".db"));
        databases
            .flat_map(|file| fs::read(file.path()).unwrap())
            .collect()
    }

    async fn stop(self) {
        self.keys.stop().await;
        self.service.stop().await;
    }
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_walks_from_exchange_through_the_blind_service_to_its_user_alone() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let anna = scene.client(scene.enrolled(ANNA).await);
    let ben = scene.client(scene.enrolled(BEN).await);
    let has =
        |title: &'static str| move |snapshot: &engine::Snapshot| titles(snapshot).contains(&title);
    until(&anna, has("canary-title of Anna")).await;
    until(&ben, has("canary-title of Ben")).await;

    // A new one is there without being asked for.
    scene
        .exchange
        .world(|world| world.add(ANNA, meeting("canary-title, new", 120)))
        .unwrap();
    let snapshot = until(&anna, has("canary-title, new")).await;
    assert!(up_to_date(&snapshot) || snapshot.health == Health::Updating);
    let foreign = |title: &&str| title.contains("of Ben");
    assert!(!titles(&snapshot).iter().any(foreign));
    assert!(
        !titles(&ben.snapshots().borrow())
            .iter()
            .any(|title| title.contains("of Anna"))
    );

    // What is deleted goes.
    scene.exchange.world(|world| {
        let number = world.find(ANNA, "canary-title, new").unwrap();
        world.delete(ANNA, number).unwrap();
    });
    until(&anna, |snapshot| !has("canary-title, new")(snapshot)).await;

    connector.stop().await;
    let bytes = scene.at_rest();
    assert!(bytes.len() > 10_000);
    for canary in ["canary", "Anna Berg", ANNA, BEN, PASSWORD, "example.org"] {
        assert!(
            !holds(&bytes, canary),
            "sr_52: {canary} rests in a database"
        );
    }
    anna.stop().await;
    ben.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_comes_back_catches_up_and_loses_nothing() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let anna = scene.client(scene.enrolled(ANNA).await);
    until(&anna, |snapshot| {
        titles(snapshot).contains(&"canary-title of Anna")
    })
    .await;
    connector.stop().await;

    scene.exchange.world(|world| {
        world.add(ANNA, meeting("Made meanwhile", 90)).unwrap();
        let number = world.find(ANNA, "canary-title of Anna").unwrap();
        world.delete(ANNA, number).unwrap();
    });
    let connector = scene.connector().await;
    let snapshot = until(&anna, |s| titles(s).contains(&"Made meanwhile")).await;
    assert!(!titles(&snapshot).contains(&"canary-title of Anna"));
    connector.stop().await;
    anna.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_office_is_seen_by_the_client() {
    let scene = Scene::new().await;
    scene.exchange.world(|world| {
        world.mailbox_mut(ANNA).unwrap().oof.state = OofState::Enabled;
    });
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let (service, _) = scene.ends(&device);
    let store = RemoteStore::new(service, device.mailbox);
    // Each commit is told, and the second series is the presence.
    let mut feed = store.changes().await.unwrap();
    while store.series().await.unwrap().len() < 2 {
        feed.next().await.unwrap().expect("the feed goes on");
    }
    let anna = scene.client(device);
    until(&anna, |snapshot| snapshot.oof == Some(Oof::On)).await;
    connector.stop().await;
    anna.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_code_of_the_calendar_no_device_is_added() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let enrolling = scene.enrolling(ANNA).await;
    assert!(scene.code_of(BEN).is_none(), "nobody else hears of it");
    let wrong = enrolling.finish(&Code::generate()).await;
    assert_eq!(wrong.unwrap_err(), Refusal::WrongCode.into());
    let code = scene.code_of(ANNA).unwrap();
    assert!(
        enrolling.finish(&code).await.is_ok(),
        "the right one still works"
    );

    // Whether a mailbox is there is not told to strangers.
    let unknown = scene.enrolling("nobody@example.org").await;
    let refused = unknown.finish(&code).await;
    assert_eq!(refused.unwrap_err(), Refusal::NoCode.into());
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_with_an_account_that_may_do_too_much_the_connector_does_not_start() {
    let scene = Scene::with_scope(&[ANNA, BEN, OUTSIDE]).await;
    let started = Connector::start(&scene.config(), Arc::new(SystemClock)).await;
    assert!(
        matches!(started, Err(StartError::ScopeTooWide)),
        "{started:?}"
    );
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_a_service_that_goes_back_in_time_is_found_out_and_the_last_agenda_stays() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let anna = scene.client(scene.enrolled(ANNA).await);
    until(&anna, |snapshot| {
        titles(snapshot).contains(&"canary-title of Anna")
    })
    .await;
    let copy = |from: &str, to: &str| {
        fs::copy(scene.place.file(from), scene.place.file(to)).unwrap();
    };
    let database = cloud::server::open(&scene.place.service_config().database, &[])
        .await
        .unwrap();
    database.compact().await.unwrap();
    copy("service.db", "older");
    scene
        .exchange
        .world(|world| world.add(ANNA, meeting("Newer", 90)))
        .unwrap();
    until(&anna, |snapshot| titles(snapshot).contains(&"Newer")).await;
    connector.stop().await;

    // The operator puts the older rows back, beneath the running service.
    let older = scene.place.file("older").display().to_string();
    roll_back(&scene, "ATTACH $1 AS older", older).await;
    anna.refresh();
    let snapshot = until(&anna, |s| matches!(s.health, Health::Failing { .. })).await;
    let Health::Failing { sentence, .. } = &snapshot.health else {
        unreachable!("it was waited for");
    };
    assert!(sentence.contains("older agenda"), "{sentence}");
    assert!(
        titles(&snapshot).contains(&"Newer"),
        "the last good agenda stays"
    );
    database.close().await;
    anna.stop().await;
    scene.stop().await;
}

async fn roll_back(scene: &Scene, attach: &'static str, older: String) {
    let path = scene.place.file("service.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::query(attach)
        .bind(older)
        .execute(&mut *connection)
        .await
        .unwrap();
    for statement in [
        "DELETE FROM main.record",
        "DELETE FROM main.head",
        "INSERT INTO main.record SELECT * FROM older.record",
        "INSERT INTO main.head SELECT * FROM older.head",
    ] {
        sqlx::query(statement)
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    drop(connection);
    pool.close().await;
}
