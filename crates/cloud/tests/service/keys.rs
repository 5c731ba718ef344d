//! Keys are released to whom the connector attested, and to nobody else; they
//! go when their time is over; what rests in the databases is of no use.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{collections::BTreeMap, num::NonZeroU32, ops::Deref, sync::Arc};

use vault::{
    Batch, Integrity, RecordId, SeriesId, Vault,
    hybrid::passport::Audience,
    keyring::OsKeyRing,
    mailbox::Epoch,
    opaque::OpaqueId,
    remote::{Asked, KeyService, RemoteError},
    store::Day,
};

use crate::{
    both::Both,
    stage::{Device, Organization, Place, SetClock, exchange_master, store},
};

const DAY: u64 = 86_400;

/// Both programs with a mailbox of an organization.
struct Scene {
    both: Both,
    ours: Organization,
    mailbox: OpaqueId,
}

impl Deref for Scene {
    type Target = Both;

    fn deref(&self) -> &Both {
        &self.both
    }
}

impl Scene {
    async fn new() -> Self {
        Self::of(Both::start().await).await
    }

    async fn of(both: Both) -> Self {
        let (ours, mailbox) = (both.organization(), OpaqueId::random());
        both.put_mailbox(&ours, mailbox).await;
        Self {
            both,
            ours,
            mailbox,
        }
    }

    fn connector(&self) -> (vault::remote::Answers, KeyService) {
        self.ends(&self.ours)
    }

    async fn enrolled(&self) -> Device {
        self.device(&self.ours, self.mailbox).await
    }

    async fn as_connector(&self) -> vault::mailbox::MailboxKeys {
        let (_, keys) = self.connector();
        keys.release(self.mailbox, &self.ours.connector.open)
            .await
            .unwrap()
    }

    async fn restart_keys(self) -> Self {
        let both = self.both.restart_keys().await;
        Self { both, ..self }
    }

    async fn stop(self) -> Place {
        self.both.stop().await
    }
}

/// All that rests of a database.
fn at_rest(place: &Place, name: &str) -> Vec<u8> {
    let files = ["", "-wal", "-shm"].map(|suffix| place.file(&format!("{name}.db{suffix}")));
    files
        .iter()
        .filter_map(|file| std::fs::read(file).ok())
        .flatten()
        .collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_reads_what_the_connector_sealed_and_neither_database_could() {
    let scene = Scene::new().await;
    let device = scene.enrolled().await;
    let [service, _] = scene.urls();
    let to_service = scene
        .ours
        .caller(&scene.place, &service, Audience::Service, &scene.clock);
    let sealing = Vault::of_mailbox(
        Arc::new(store(to_service, scene.mailbox)),
        scene.as_connector().await,
    );
    let expires = Day::of_seconds(scene.clock.now() + 3 * DAY);
    let id = RecordId("canary-meeting-id".to_owned());
    let batch = Batch {
        put: vec![(id.clone(), b"canary-title canary-address".to_vec())],
        head: b"canary-cursor".to_vec(),
        ..Batch::default()
    };
    let name = || SeriesId("meetings".to_owned());
    let days = BTreeMap::from([(id, expires)]);
    sealing
        .series(name())
        .commit_until(batch, &days)
        .await
        .unwrap();

    let keys = scene
        .keys_of(&device)
        .release(scene.mailbox, &device.keys.open)
        .await
        .unwrap();
    let plain_keys = keys.encode();
    let own = device.caller(&scene.place, &service, Audience::Service, &scene.clock);
    let reading = Vault::of_mailbox(Arc::new(store(own, scene.mailbox)), keys);
    let today = Day::of_seconds(scene.clock.now());
    let loaded = reading.series(name()).load_on(today).await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    assert_eq!(loaded.records[0].1, b"canary-title canary-address");

    let place = scene.stop().await;
    for name in ["service", "keys"] {
        let bytes = at_rest(&place, name);
        assert!(bytes.len() > 4096, "{name} was written");
        assert!(!holds(&bytes, b"canary"), "sr_52: {name} holds plain text");
        for key in plain_keys
            .chunks(36)
            .map(|chunk| &chunk[..16.min(chunk.len())])
        {
            assert!(!holds(&bytes, key), "sr_56: {name} holds a key");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_revoked_device_is_given_no_key_from_that_moment_on() {
    let scene = Scene::new().await;
    let device = scene.enrolled().await;
    let asking = scene.keys_of(&device);
    asking
        .release(scene.mailbox, &device.keys.open)
        .await
        .unwrap();
    let [_, keys] = scene.urls();
    let connector = scene
        .ours
        .caller(&scene.place, &keys, Audience::Keys, &scene.clock);
    let path = format!("/v1/mailboxes/{}/devices/{}", scene.mailbox, device.id);
    let at = scene.clock.now();
    connector.ask(Asked::delete(&path), 1000).await.unwrap();
    // Connectors tell of it each hour: it stays as it was done.
    scene.clock.pass(3600);
    connector.ask(Asked::delete(&path), 1000).await.unwrap();
    let refused = asking.release(scene.mailbox, &device.keys.open).await;
    assert!(
        matches!(refused, Err(RemoteError::Unknown(_))),
        "{refused:?}"
    );
    let absent = format!(
        "/v1/mailboxes/{}/devices/{}",
        scene.mailbox,
        OpaqueId::random()
    );
    let told = connector.ask(Asked::delete(&absent), 1000).await;
    assert!(matches!(told, Err(RemoteError::Absent(_))));
    let database = cloud::server::open(&scene.place.keys_config().database, &[]).await;
    let database = database.unwrap();
    let log = cloud::keys::read_audit(&database, scene.ours.id).await;
    let what = format!("revoked the device {}", device.id);
    let revoked = |deed: &cloud::keys::Deed| deed.what == what;
    let times: Vec<u64> = log
        .unwrap()
        .iter()
        .filter(|one| revoked(one))
        .map(|one| one.at)
        .collect();
    assert_eq!(times, [at]);
    database.close().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_a_device_is_given_keys_so_often_and_no_other_one_waits_for_it() {
    let both = Both::with(|_, keys| keys.releases_a_minute = NonZeroU32::new(3).unwrap()).await;
    let scene = Scene::of(both).await;
    let (hasty, other) = (scene.enrolled().await, scene.enrolled().await);
    let given = async |device: &Device| {
        let keys = scene.keys_of(device);
        keys.release(scene.mailbox, &device.keys.open)
            .await
            .map(drop)
    };
    for _ in 0..3 {
        assert_eq!(given(&hasty).await, Ok(()));
    }
    let refused = given(&hasty).await;
    assert!(matches!(refused, Err(RemoteError::Busy(_))), "{refused:?}");
    assert_eq!(given(&other).await, Ok(()));
    // The connector asks for each of its mailboxes.
    for _ in 0..10 {
        scene.as_connector().await;
    }
    // What was refused is not written down: nobody fills the audit log.
    let database = cloud::server::open(&scene.place.keys_config().database, &[]).await;
    let database = database.unwrap();
    let deeds = cloud::keys::read_audit(&database, scene.ours.id)
        .await
        .unwrap();
    let releases = deeds.iter().filter(|one| one.what == "was given the keys");
    assert_eq!(releases.count(), 3 + 1 + 1, "the connector's once a day");
    database.close().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_the_connector_did_not_attest_is_not_taken_in() {
    let scene = Scene::new().await;
    let (_, mut forged) = Organization::new().device(scene.mailbox, scene.clock.now());
    forged.attestation.organization = scene.ours.id;
    let (answers, keys) = scene.connector();
    assert!(keys.put_device(&forged).await.is_err());
    assert!(answers.put_device(&forged).await.is_err());
    let (_, mut changed) = scene.ours.device(scene.mailbox, scene.clock.now());
    changed.attestation.keys.sealing = [7; 32];
    assert!(keys.put_device(&changed).await.is_err());
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_53_an_answer_by_another_key_service_is_not_believed() {
    let scene = Scene::new().await;
    let [_, keys] = scene.urls();
    let caller = scene
        .ours
        .caller(&scene.place, &keys, Audience::Keys, &scene.clock);
    let other = KeyService::new(caller, Organization::new().connector.public().sealing);
    let refused = other
        .release(scene.mailbox, &scene.ours.connector.open)
        .await;
    assert!(
        matches!(refused, Err(RemoteError::Impostor(_))),
        "{refused:?}"
    );
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_keys_are_destroyed_when_their_last_record_is_past() {
    let mut scene = Scene::new().await;
    let first = Epoch::of(Day::of_seconds(scene.clock.now()));
    assert!(scene.as_connector().await.epochs().eq([first]));
    let kept = u64::from(first.destroyed_on().0) * DAY - scene.clock.now();
    scene.clock.pass(kept - 60);
    assert!(
        scene
            .as_connector()
            .await
            .epochs()
            .any(|epoch| epoch == first)
    );
    scene.clock.pass(60);
    scene = scene.restart_keys().await;
    assert!(
        scene
            .as_connector()
            .await
            .epochs()
            .all(|epoch| epoch != first)
    );
    let place = scene.stop().await;
    let database = vault::database::Database::sqlite(&place.file("keys.db"), &[])
        .await
        .unwrap();
    let left = database
        .transact_unbound(vault::database::Begin::ToRead, move |connection| {
            Box::pin(async move {
                sqlx::query_scalar::<sqlx::Any, i64>(
                    "SELECT count(*) FROM mailbox_key WHERE epoch = $1",
                )
                .bind(i64::from(first.0))
                .fetch_one(connection)
                .await
            })
        })
        .await;
    assert_eq!(left, Ok(0), "the wrapped key is gone, too");
}

/// Why the key service does not start.
async fn not_started(place: &Place, clock: &SetClock) -> String {
    let started = cloud::keys::start(&place.keys_config(), &OsKeyRing, clock.clock()).await;
    started.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_56_under_another_master_key_nothing_is_released_and_under_the_old_one_again() {
    let mut scene = Scene::new().await;
    let before = scene.as_connector().await.encode();
    let master = std::fs::read(scene.place.file("master")).unwrap();
    std::fs::write(scene.place.file("master"), [7; 32]).unwrap();
    let refused = not_started(&scene.place, &scene.clock).await;
    assert!(refused.contains("opens none of the 2 keys"), "{refused}");
    std::fs::write(scene.place.file("master"), master).unwrap();
    scene = scene.restart_keys().await;
    assert_eq!(scene.as_connector().await.encode(), before);
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_56_another_master_key_takes_the_place_of_the_present_one_and_everything_opens() {
    let mut scene = Scene::new().await;
    let before = scene.as_connector().await.encode();
    let released = async |scene: &Scene| {
        let (_, keys) = scene.connector();
        let released = keys.release(scene.mailbox, &scene.ours.connector.open);
        released.await.map(|keys| keys.encode())
    };
    let take = |scene: &Scene, master: &str| {
        let of = std::fs::read(scene.place.file(master)).unwrap();
        std::fs::write(scene.place.file("master"), of).unwrap();
    };
    let old = std::fs::read(scene.place.file("master")).unwrap();
    cloud::config::keep_secret(&scene.place.file("old"), &old).unwrap();
    cloud::config::keep_secret(&scene.place.file("new"), &[9; 32]).unwrap();
    cloud::config::keep_secret(&scene.place.file("other"), &[8; 32]).unwrap();

    // Not yet: the new one opens nothing.
    take(&scene, "new");
    let refused = not_started(&scene.place, &scene.clock).await;
    assert!(refused.contains("opens none of the 2 keys"), "{refused}");
    // Without the old one nothing is exchanged.
    let refused = exchange_master(&scene.place, "other").unwrap_err();
    assert!(refused.contains("nothing is changed"), "{refused}");

    take(&scene, "old");
    let said = exchange_master(&scene.place, "new").unwrap();
    assert!(said.starts_with("2 keys are wrapped by the new"), "{said}");
    // Once more is once: whoever was interrupted before the end does it again.
    let said = exchange_master(&scene.place, "new").unwrap();
    assert!(
        said.contains("0 keys are wrapped") && said.contains("2 were already"),
        "{said}"
    );
    take(&scene, "new");
    scene = scene.restart_keys().await;
    assert_eq!(
        released(&scene).await,
        Ok(before),
        "the same keys as before"
    );

    take(&scene, "old");
    let refused = not_started(&scene.place, &scene.clock).await;
    assert!(refused.contains("opens none of the 2 keys"), "{refused}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_says_who_was_given_keys() {
    let scene = Scene::new().await;
    let device = scene.enrolled().await;
    scene
        .keys_of(&device)
        .release(scene.mailbox, &device.keys.open)
        .await
        .unwrap();
    let organization = scene.ours.id;
    let place = scene.stop().await;
    let database = vault::database::Database::sqlite(&place.file("keys.db"), &[])
        .await
        .unwrap();
    let log = cloud::keys::read_audit(&database, organization)
        .await
        .unwrap();
    let mut said: Vec<(String, String)> =
        log.into_iter().map(|deed| (deed.who, deed.what)).collect();
    said.sort();
    let mut expected = vec![
        (
            "connector".to_owned(),
            format!("took the device {} in", device.id),
        ),
        (device.id.to_string(), "was given the keys".to_owned()),
    ];
    expected.sort();
    assert_eq!(said, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_has_what_was_done_and_nothing_else() {
    let scene = Scene::new().await;
    let (_, keys) = scene.connector();
    let (device, message) = scene.ours.device(scene.mailbox, scene.clock.now());
    // A device twice, one of nobody, and mailboxes that are not there.
    keys.put_device(&message).await.unwrap();
    keys.put_device(&message).await.unwrap();
    let (_, nowhere) = scene.ours.device(OpaqueId::random(), scene.clock.now());
    let refused = keys.put_device(&nowhere).await;
    assert!(
        matches!(refused, Err(RemoteError::Absent(_))),
        "{refused:?}"
    );
    keys.remove_mailbox(OpaqueId::random()).await.unwrap();
    keys.remove_mailbox(scene.mailbox).await.unwrap();
    keys.remove_mailbox(scene.mailbox).await.unwrap();
    let organization = scene.ours.id;
    let place = scene.stop().await;
    let file = place.file("keys.db");
    let database = vault::database::Database::sqlite(&file, &[]).await.unwrap();
    let log = cloud::keys::read_audit(&database, organization).await;
    let mut said: Vec<String> = log.unwrap().into_iter().map(|deed| deed.what).collect();
    said.sort();
    let taken_in = format!("took the device {} in", device.id);
    assert_eq!(said, ["destroyed".to_owned(), taken_in]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_61_records_are_gone_within_the_hour_after_their_last_day() {
    let scene = Scene::new().await;
    let [service, _] = scene.urls();
    let to_service = scene
        .ours
        .caller(&scene.place, &service, Audience::Service, &scene.clock);
    let sealing = Vault::of_mailbox(
        Arc::new(store(to_service, scene.mailbox)),
        scene.as_connector().await,
    );
    let series = sealing.series(SeriesId("meetings".to_owned()));
    let today = Day::of_seconds(scene.clock.now());
    let ids = ["today", "tomorrow"].map(|name| RecordId(name.to_owned()));
    let batch = Batch {
        put: ids.iter().map(|id| (id.clone(), b"x".to_vec())).collect(),
        ..Batch::default()
    };
    let days = ids.iter().cloned().zip([today, Day(today.0 + 1)]).collect();
    series.commit_until(batch, &days).await.unwrap();
    assert!(cloud::service::EVERY <= std::time::Duration::from_hours(1));

    // The first minute of tomorrow, and the next look.
    scene
        .clock
        .pass(u64::from(today.0 + 1) * DAY - scene.clock.now() + 1);
    let clock = scene.clock.clone();
    let place = scene.stop().await;
    let again = cloud::service::start(&place.service_config(), clock.clock())
        .await
        .unwrap();
    again.stop().await;
    let database = vault::database::Database::sqlite(&place.file("service.db"), &[])
        .await
        .unwrap();
    let left = database
        .transact_unbound(vault::database::Begin::ToRead, |connection| {
            Box::pin(async move {
                sqlx::query_scalar::<sqlx::Any, i64>("SELECT count(*) FROM record")
                    .fetch_one(connection)
                    .await
            })
        })
        .await;
    assert_eq!(left, Ok(1));
}

/// A connector asks many times an hour; the rows of devices are the ones that
/// somebody looks for.
#[tokio::test(flavor = "multi_thread")]
async fn sr_64_the_audit_log_has_the_connector_once_a_day_and_each_release_to_a_device() {
    let scene = Scene::new().await;
    let device = scene.enrolled().await;
    for days in [0, 1] {
        scene.clock.pass(days * DAY);
        for _ in 0..2 {
            drop(scene.as_connector().await);
            let keys = scene.keys_of(&device);
            let released = keys.release(scene.mailbox, &device.keys.open).await;
            released.unwrap();
        }
    }
    let database = cloud::server::open(&scene.place.keys_config().database, &[]).await;
    let database = database.unwrap();
    let log = cloud::keys::read_audit(&database, scene.ours.id).await;
    let log = log.unwrap();
    let given = |who: &str| {
        let given = log.iter().filter(|deed| deed.what == "was given the keys");
        given.filter(|deed| deed.who == who).count()
    };
    assert_eq!((given("connector"), given(&device.id.to_string())), (2, 4));
    database.close().await;
    scene.stop().await;
}
