//! Time passes while both programs run, by a clock that the test sets: what is
//! past its time goes by itself, from the files as well (SR-55, SR-61).

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc},
    time::Duration,
};

use cloud::server::Running;
use sqlx::Row as _;
use vault::{
    Batch, Integrity, RecordId, Series, SeriesId, Store, Vault,
    database::{Begin, Database},
    hybrid::passport::Audience,
    keyring::OsKeyRing,
    mailbox::{Epoch, MailboxKeys},
    memory::MemoryStore,
    opaque::OpaqueId,
    remote::{Answers, KeyService, Stranger},
    store::Day,
};

use crate::stage::{Organization, Place, SetClock, real_now, store};

const DAY: u64 = 86_400;

/// Noon of the present day.
fn noon() -> SetClock {
    SetClock::at(real_now() / DAY * DAY + DAY / 2)
}

/// Tokio's clock, by which the programs wait, stands still. It would run ahead
/// whenever nobody has anything to do, but for a thread that does something.
struct StandingStill {
    _held: mpsc::Sender<()>,
}

impl StandingStill {
    fn begin() -> Self {
        tokio::time::pause();
        let (held, until) = mpsc::channel();
        let _busy = tokio::task::spawn_blocking(move || until.recv());
        Self { _held: held }
    }
}

/// How often a program's retention has got through.
async fn looks(running: &Running) -> u64 {
    let url = format!("http://{}/metrics", running.observing.unwrap());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let mut lines = text.lines();
    let number = lines.find_map(|line| line.strip_prefix("joinbell_retention_total "));
    number.unwrap().parse().unwrap()
}

async fn until_looked(running: &Running, times: u64) {
    for _ in 0..5_000 {
        if looks(running).await >= times {
            return;
        }
    }
    panic!("it does not look for what is past its time");
}

/// Lets as much time pass as there is between two looks of a program.
async fn next_look(running: &Running, every: Duration) {
    let before = looks(running).await;
    // Tokio's timers are late by up to a millisecond.
    tokio::time::advance(every + Duration::from_millis(1)).await;
    until_looked(running, before + 1).await;
}

/// Whether bytes rest in any file of the programs' folder.
fn rests(place: &Place, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(place.folder.path()).unwrap().flatten();
    let mut all = files.map(|file| std::fs::read(file.path()).unwrap());
    all.any(|file| file.windows(bytes.len()).any(|window| window == bytes))
}

/// What a column of a table has, beneath the running program.
async fn column(place: &Place, file: &str, sql: &'static str) -> Vec<Vec<u8>> {
    let database = Database::sqlite(&place.file(file), &[]).await.unwrap();
    let rows = database.transact_unbound(Begin::ToRead, move |connection| {
        Box::pin(async move {
            let rows = sqlx::query(sql).fetch_all(connection).await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    });
    let rows = rows.await.unwrap();
    database.close().await;
    rows
}

fn records(names: &[(&str, Day)]) -> (Batch, BTreeMap<RecordId, Day>) {
    let id = |name: &str| RecordId(name.to_owned());
    let batch = Batch {
        put: names
            .iter()
            .map(|(name, _)| (id(name), name.as_bytes().to_vec()))
            .collect(),
        ..Batch::default()
    };
    let days = names.iter().map(|(name, day)| (id(name), *day));
    (batch, days.collect())
}

fn meetings(store: Arc<dyn Store>, keys: MailboxKeys) -> Series {
    Vault::of_mailbox(store, keys).series(SeriesId("meetings".to_owned()))
}

#[tokio::test]
async fn sr_61_a_running_service_forgets_each_record_and_letter_within_the_hour() {
    let place = Place::new();
    let clock = noon();
    let still = StandingStill::begin();
    let service = cloud::service::start(&place.service_config(), clock.clock())
        .await
        .unwrap();
    let ours = Organization::new();
    ours.add_with(&place, "service");
    let url = format!("https://{}", service.address);
    let caller = ours.caller(&place, &url, Audience::Service, &clock);
    let mailbox = OpaqueId::random();
    Answers::new(caller.clone())
        .put_mailbox(mailbox)
        .await
        .unwrap();
    let today = Day::of_seconds(clock.now());
    let tomorrow = Day(today.0 + 1);
    let (batch, days) = records(&[("today", today), ("tomorrow", tomorrow)]);
    let keys = MailboxKeys::new(
        vault::key::Key::generate(),
        BTreeMap::from([(Epoch::of(today), vault::key::Key::generate())]),
    );
    let sealing = meetings(Arc::new(store(caller, mailbox)), keys);
    sealing.commit_until(batch, &days).await.unwrap();
    let ca = place.file("ca.pem");
    let audience = Audience::Service;
    let anybody = vault::remote::Caller::new(&url, Some(&ca), audience, None, clock.clock());
    let letter = b"sealed-letter-of-a-stranger".to_vec();
    Stranger::new(anybody.unwrap(), ours.id)
        .write(OpaqueId::random(), letter.clone())
        .await
        .unwrap();

    // Four looks are an hour.
    const { assert!(cloud::service::EVERY.as_secs() * 4 <= 3_600) };
    let by_day = "SELECT sealed FROM record ORDER BY expires";
    let sealed = column(&place, "service.db", by_day).await;
    assert_eq!(sealed.len(), 2);
    assert!(rests(&place, &sealed[0]) && rests(&place, &letter));

    until_looked(&service, 1).await;
    let end_of_today = u64::from(tomorrow.0) * DAY;
    clock.pass(end_of_today - 1 - clock.now());
    next_look(&service, cloud::service::EVERY).await;
    let left = column(&place, "service.db", by_day).await;
    assert_eq!(left, sealed, "the day is not over");

    clock.pass(1);
    next_look(&service, cloud::service::EVERY).await;
    let left = column(&place, "service.db", by_day).await;
    assert_eq!(left, sealed[1..]);
    assert!(!rests(&place, &sealed[0]), "nor is it in a file");

    clock.pass(DAY);
    next_look(&service, cloud::service::EVERY).await;
    assert_eq!(column(&place, "service.db", by_day).await.len(), 0);
    assert!(!rests(&place, &letter) && !rests(&place, &sealed[1]));
    drop(still);
    service.stop().await;
}

/// A running key service, its connector, and a mailbox.
struct Scene {
    place: Place,
    clock: SetClock,
    keys: Running,
    ours: Organization,
    mailbox: OpaqueId,
}

impl Scene {
    async fn new() -> Self {
        let place = Place::new();
        let clock = noon();
        let keys = cloud::keys::start(&place.keys_config(), &OsKeyRing, clock.clock())
            .await
            .unwrap();
        let ours = Organization::new();
        ours.add_with(&place, "keys");
        let scene = Self {
            place,
            clock,
            keys,
            ours,
            mailbox: OpaqueId::random(),
        };
        scene.service().put_mailbox(scene.mailbox).await.unwrap();
        scene
    }

    fn service(&self) -> KeyService {
        let url = format!("https://{}", self.keys.address);
        let audience = Audience::Keys;
        let caller = self.ours.caller(&self.place, &url, audience, &self.clock);
        KeyService::new(caller, self.place.key_service)
    }

    async fn released(&self) -> MailboxKeys {
        let service = self.service();
        let released = service.release(self.mailbox, &self.ours.connector.open);
        released.await.unwrap()
    }

    async fn wrapped(&self) -> Vec<Vec<u8>> {
        let sql = "SELECT wrapped FROM mailbox_key WHERE epoch >= 0 ORDER BY epoch";
        column(&self.place, "keys.db", sql).await
    }
}

/// What these keys make of records that rest somewhere.
async fn opened(store: &Arc<MemoryStore>, keys: MailboxKeys, on: Day) -> (usize, Integrity) {
    let series = meetings(store.clone(), keys);
    let loaded = series.load_on(on).await.unwrap();
    (loaded.records.len(), loaded.integrity)
}

#[tokio::test]
async fn sr_55_a_running_key_service_destroys_each_key_38_days_after_its_week() {
    let still = StandingStill::begin();
    let scene = Scene::new().await;
    let today = Day::of_seconds(scene.clock.now());
    let first = Epoch::of(today);
    let before = scene.released().await.encode();
    let decoded = || MailboxKeys::decode(&before).unwrap();
    // A copy of the service's records, which somebody has kept.
    let kept = Arc::new(MemoryStore::default());
    let (batch, days) = records(&[("one", today), ("other", Day(today.0 + 31))]);
    let sealing = meetings(kept.clone(), decoded());
    sealing.commit_until(batch, &days).await.unwrap();
    let whole = (2, Integrity::Whole);
    assert_eq!(opened(&kept, decoded(), today).await, whole);

    until_looked(&scene.keys, 1).await;
    let wrapped = scene.wrapped().await;
    assert_eq!(wrapped.len(), 1);
    assert!(rests(&scene.place, &wrapped[0]), "where it is looked for");
    let end = u64::from(first.destroyed_on().0) * DAY;
    assert_eq!(end, u64::from(first.first_day().0 + 7 + 38) * DAY);
    scene.clock.pass(end - 1 - scene.clock.now());
    next_look(&scene.keys, cloud::keys::EVERY).await;
    assert!(scene.released().await.epochs().any(|one| one == first));

    scene.clock.pass(1);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(scene.place.file("keys.db"));
    let outside = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let mut reading = outside.begin().await.unwrap();
    let all = sqlx::query("SELECT wrapped FROM mailbox_key");
    let seen = all.fetch_all(&mut *reading).await.unwrap();
    assert!(seen.len() > 1);
    next_look(&scene.keys, cloud::keys::EVERY).await;
    assert!(!scene.wrapped().await.contains(&wrapped[0]));
    let until_read = "who has begun to read, as a backup does, can go on";
    assert!(rests(&scene.place, &wrapped[0]), "{until_read}");
    drop(reading);
    outside.close().await;
    next_look(&scene.keys, cloud::keys::EVERY).await;
    assert!(!rests(&scene.place, &wrapped[0]), "nor is it in a file");
    let after = scene.released().await;
    assert!(after.epochs().all(|one| one > first));
    let broken = (0, Integrity::Broken);
    assert_eq!(opened(&kept, after, today).await, broken);
    drop(still);
    scene.keys.stop().await;
}

#[tokio::test]
async fn the_audit_log_is_kept_for_its_time_and_no_longer() {
    let still = StandingStill::begin();
    let scene = Scene::new().await;
    scene.released().await;
    let deeds = async || {
        let database = Database::sqlite(&scene.place.file("keys.db"), &[]).await;
        let database = database.unwrap();
        let log = cloud::keys::read_audit(&database, scene.ours.id).await;
        database.close().await;
        log.unwrap().len()
    };
    until_looked(&scene.keys, 1).await;
    assert_eq!(deeds().await, 1);
    scene.clock.pass(400 * DAY);
    next_look(&scene.keys, cloud::keys::EVERY).await;
    assert_eq!(deeds().await, 1);
    scene.clock.pass(1);
    next_look(&scene.keys, cloud::keys::EVERY).await;
    assert_eq!(deeds().await, 0);
    drop(still);
    scene.keys.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_what_was_sealed_for_a_user_who_left_does_not_open_when_they_are_back() {
    let scene = Scene::new().await;
    let today = Day::of_seconds(scene.clock.now());
    let before = scene.released().await.encode();
    let decoded = || MailboxKeys::decode(&before).unwrap();
    let kept = Arc::new(MemoryStore::default());
    let (batch, days) = records(&[("one", today)]);
    let sealing = meetings(kept.clone(), decoded());
    sealing.commit_until(batch, &days).await.unwrap();
    let wrapped = scene.wrapped().await;
    assert!(rests(&scene.place, &wrapped[0]), "where it is looked for");

    scene.service().remove_mailbox(scene.mailbox).await.unwrap();
    assert!(!rests(&scene.place, &wrapped[0]), "in no file, at once");
    scene.service().put_mailbox(scene.mailbox).await.unwrap();
    let after = scene.released().await.encode();
    assert_eq!(after.len(), before.len(), "of the same week");
    assert_ne!(&after[..32], &before[..32], "other blind ids");

    // With the blind ids of before the records are found, and are of no use.
    let mixed = [&before[..32], &after[32..]].concat();
    let mixed = MailboxKeys::decode(&mixed).unwrap();
    let broken = (0, Integrity::Broken);
    assert_eq!(opened(&kept, mixed, today).await, broken);
    let whole = (1, Integrity::Whole);
    assert_eq!(opened(&kept, decoded(), today).await, whole);
    scene.keys.stop().await;
}
