//! What a client makes of a service that deceives it or holds back the news,
//! through the engine and over real sockets.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Duration, Utc};
use engine::{
    Backend as _, Clock, Engine, FailureKind, Handle, Health, Oof, ServiceFailure, Snapshot,
    SystemClock,
    remote::{
        MEETINGS, RemoteBackend,
        colleagues::{Board, Colleagues},
        device::Device,
    },
};
use exchange_sim::world::mailbox::OofState;
use scenarios::stage::{ANNA, ZONE, titles, until, up_to_date};
use url::Url;
use vault::{
    Batch, Integrity, Series, SeriesId, Store as _, Vault,
    hybrid::{
        passport::{Audience, Holder, SignKey},
        sealing::{self, From},
        wire::{ReleaseMessage, ReleasedMessage, release_context},
    },
    key::Key,
    mailbox::{EPOCH_DAYS, Epoch, MailboxKeys},
    memory::MemoryStore,
    opaque::OpaqueId,
    remote::{Asked, Caller, KeyService, Membership, RemoteError},
    store::{Day, SealedSeries},
};

use crate::{
    hostile::{Hostile, Trick},
    scene::{BEN, Scene, meeting, now},
};

const UNTRUE: FailureKind = FailureKind::Service(ServiceFailure::Untrue);
const STALE: FailureKind = FailureKind::Service(ServiceFailure::Stale);

/// The time of a machine on which it passes when a test says so.
#[derive(Clone, Default)]
struct Ahead(Arc<AtomicI64>);

impl Ahead {
    fn by(&self, length: Duration) {
        self.0.store(length.num_seconds(), Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        now() + Duration::seconds(self.0.load(Ordering::SeqCst))
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        let ahead = Duration::seconds(self.0.load(Ordering::SeqCst));
        SystemClock.wait_until(moment - ahead).await;
    }
}

/// Where a device finds a service, and whom it trusts.
struct Reached {
    service: Url,
    ca: PathBuf,
    clock: Ahead,
}

impl Reached {
    fn through(scene: &Scene, hostile: &Hostile) -> Self {
        Self {
            service: format!("https://{}", hostile.address).parse().unwrap(),
            ca: scene.ca_file(),
            clock: Ahead::default(),
        }
    }

    fn backend(&self, device: &Device) -> RemoteBackend {
        let clock = Arc::new(self.clock.clone());
        RemoteBackend::of_device(&self.service, Some(&self.ca), device, clock).unwrap()
    }

    fn client(&self, device: &Device, kept: &Series) -> Handle {
        let (backend, kept) = (Arc::new(self.backend(device)), Some(kept.clone()));
        Engine::start(backend, kept, Arc::new(SystemClock), ZONE, 7)
    }

    fn colleagues(&self, device: &Device) -> Colleagues {
        let clock = Arc::new(self.clock.clone());
        Colleagues::of_device(&self.service, Some(&self.ca), device, clock).unwrap()
    }
}

/// The own disk of a client, which outlives its runs.
async fn own_disk() -> Series {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::open(store, &Key::generate()).await.unwrap();
    vault.series(SeriesId("meetings/anna".to_owned()))
}

/// How a client fares once `is` holds, or in ten seconds: what is deceived
/// waits for nothing.
async fn in_ten_seconds(client: &Handle, is: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let ten = std::time::Duration::from_secs(10);
    let found = tokio::time::timeout(ten, until(client, is)).await;
    found.unwrap_or_else(|_| Arc::clone(&client.snapshots().borrow()))
}

fn has_failed(snapshot: &Snapshot) -> bool {
    kind(snapshot).is_some()
}

/// How a client fares that asks now.
async fn asked_again(client: &Handle) -> Arc<Snapshot> {
    client.refresh();
    in_ten_seconds(client, has_failed).await
}

fn kind(snapshot: &Snapshot) -> Option<FailureKind> {
    match &snapshot.health {
        Health::Failing { kind, .. } => Some(*kind),
        _ => None,
    }
}

/// The service and its operator, who has seen the mailbox before a change.
struct Deceived {
    older: SealedSeries,
    foreign: SealedSeries,
    other_week: SealedSeries,
}

/// Every trick of SR-57, by name.
fn tricks(seen: Deceived) -> Vec<(&'static str, Arc<Trick>)> {
    let Deceived {
        older,
        foreign,
        other_week,
    } = seen;
    let (older_head, older_rows) = (older.head.clone(), older.rows.clone());
    let (foreign_head, foreign_blob) = (foreign.head.clone(), foreign.rows[0].blob.clone());
    let (week_head, week_blob) = (other_week.head.clone(), other_week.rows[0].blob.clone());
    let week_id = other_week.rows[0].record;
    let of = |trick: Box<dyn Fn(&mut SealedSeries) + Send + Sync>| -> Arc<Trick> {
        Arc::new(move |_, mut series| {
            // The presence has no records; it is left in peace.
            if !series.rows.is_empty() {
                trick(&mut series);
            }
            series
        })
    };
    vec![
        (
            "swaps two records",
            of(Box::new(|seen| {
                let first = seen.rows[0].blob.clone();
                seen.rows[0].blob = std::mem::replace(&mut seen.rows[1].blob, first);
            })),
        ),
        (
            "changes a byte",
            of(Box::new(|seen| {
                let last = seen.rows[0].blob.len() - 1;
                seen.rows[0].blob[last] ^= 1;
            })),
        ),
        (
            "shows an older state",
            of(Box::new(move |seen| *seen = older.clone())),
        ),
        (
            "shows an older head",
            of(Box::new(move |seen| seen.head = older_head.clone())),
        ),
        (
            "shows older records",
            of(Box::new(move |seen| seen.rows = older_rows.clone())),
        ),
        ("reorders", of(Box::new(|seen| seen.rows.reverse()))),
        (
            "cuts a record",
            of(Box::new(|seen| {
                let half = seen.rows[0].blob.len() / 2;
                seen.rows[0].blob.truncate(half);
            })),
        ),
        (
            "cuts the head",
            of(Box::new(|seen| {
                let half = seen.head.as_ref().map_or(0, Vec::len) / 2;
                seen.head.iter_mut().for_each(|head| head.truncate(half));
            })),
        ),
        (
            "shows a record twice",
            of(Box::new(|seen| seen.rows.insert(0, seen.rows[0].clone()))),
        ),
        (
            "shows a record under two ids",
            of(Box::new(|seen| {
                seen.rows[1].blob = seen.rows[0].blob.clone()
            })),
        ),
        (
            "drops a record",
            of(Box::new(|seen| {
                seen.rows.remove(1);
            })),
        ),
        ("drops all records", of(Box::new(|seen| seen.rows.clear()))),
        ("drops the head", of(Box::new(|seen| seen.head = None))),
        (
            "drops everything",
            of(Box::new(|seen| *seen = SealedSeries::default())),
        ),
        (
            "changes the day of a record",
            of(Box::new(|seen| seen.rows[0].expires = Some(Day(u32::MAX)))),
        ),
        (
            "takes the day from a record",
            of(Box::new(|seen| seen.rows[0].expires = None)),
        ),
        (
            "shows a record of another mailbox",
            of(Box::new(move |seen| {
                seen.rows[0].blob = foreign_blob.clone()
            })),
        ),
        (
            "shows the manifest of another mailbox",
            of(Box::new(move |seen| seen.head = foreign_head.clone())),
        ),
        (
            "shows another mailbox",
            of(Box::new(move |seen| *seen = foreign.clone())),
        ),
        (
            "shows a record of another week",
            of(Box::new(move |seen| {
                let same = seen.rows.iter_mut().find(|row| row.record == week_id);
                same.unwrap().blob = week_blob.clone();
            })),
        ),
        (
            "shows the manifest of another week",
            of(Box::new(move |seen| seen.head = week_head.clone())),
        ),
        (
            "shows another week",
            of(Box::new(move |seen| *seen = other_week.clone())),
        ),
    ]
}

fn caller(scene: &Scene, url: &str, device: &Device, clock: &Ahead) -> Caller {
    let member = Membership {
        organization: device.organization,
        holder: Holder::Device(device.device),
        key: SignKey::from_bytes(device.sign.expose()),
    };
    let (ca, clock) = (scene.ca_file(), clock.clone());
    let seconds = Arc::new(move || u64::try_from(clock.now().timestamp()).unwrap());
    let member = Some(Arc::new(member));
    Caller::new(url, Some(&ca), Audience::Keys, member, seconds).unwrap()
}

/// The keys of a mailbox as a node of the key service gives them whose clock
/// is the same as the asker's.
async fn keys_at(scene: &Scene, device: &Device, clock: &Ahead) -> MailboxKeys {
    let time = clock.clone();
    let seconds = Arc::new(move || u64::try_from(time.now().timestamp()).unwrap());
    let node = scene.keys_by(seconds).await;
    let caller = caller(scene, &format!("https://{}", node.address), device, clock);
    let keys = KeyService::new(caller, device.key_service);
    let keys = keys.release(device.mailbox, &device.open).await.unwrap();
    node.stop().await;
    keys
}

/// The present meetings, sealed anew with the key of the week before.
async fn of_another_week(
    scene: &Scene,
    device: &Device,
    present: Arc<dyn vault::Store>,
) -> SealedSeries {
    let ago = Ahead::default();
    ago.by(Duration::days(-i64::from(EPOCH_DAYS)));
    let last_week = Epoch::of(Day::of_seconds(
        u64::try_from(ago.now().timestamp()).unwrap(),
    ));
    keys_at(scene, device, &ago).await;
    let all = keys_at(scene, device, &Ahead::default()).await;
    assert!(all.epochs().any(|epoch| epoch == last_week));
    // The key of blind ids, and that of one week alone.
    let plain = all.encode();
    let (index, weeks) = plain.split_at(32);
    let mut one = index.to_vec();
    for week in weeks.chunks(36) {
        if week[..4] == last_week.0.to_be_bytes() {
            one.extend_from_slice(week);
        }
    }
    let meetings = SeriesId(MEETINGS.to_owned());
    let opened = Vault::of_mailbox(present, all).series(meetings.clone());
    let today = Day::of_seconds(u64::try_from(now().timestamp()).unwrap());
    let loaded = opened.load_on(today).await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    let store = Arc::new(MemoryStore::default());
    let sealing = Vault::of_mailbox(store.clone(), MailboxKeys::decode(&one).unwrap());
    let batch = Batch {
        put: loaded.records,
        head: loaded.head.unwrap(),
        ..Batch::default()
    };
    sealing.series(meetings).commit(batch).await.unwrap();
    let id = store.series().await.unwrap()[0];
    store.read(id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_every_trick_of_a_hostile_service_is_told_and_the_last_good_agenda_stays() {
    let scene = Scene::new().await;
    for (address, title) in [(ANNA, "Second"), (ANNA, "Third"), (BEN, "Foreign")] {
        let added = scene
            .exchange
            .world(|world| world.add(address, meeting(title, 200)));
        added.unwrap();
    }
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let bens = scene.enrolled(BEN).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let disk = own_disk().await;
    let three = ["canary-title of Anna", "Second", "Third"];
    let client = scene.client(&device);
    let has_three =
        |snapshot: &Snapshot| three.iter().all(|title| titles(snapshot).contains(title));
    until(&client, has_three).await;
    let older = hostile.meetings_of(device.mailbox).await;
    scene.exchange.world(|world| {
        for title in three {
            let number = world.find(ANNA, title).unwrap();
            let changed = world.change(ANNA, number, |item| {
                item.details.subject.push_str(", moved")
            });
            changed.unwrap();
        }
    });
    let moved = three.map(|title| format!("{title}, moved"));
    let is_good = |snapshot: &Snapshot| {
        let titles = titles(snapshot);
        let has_moved = moved.iter().all(|title| titles.contains(&title.as_str()));
        has_moved && !titles.contains(&"Foreign") && !three.iter().any(|old| titles.contains(old))
    };
    until(&client, is_good).await;
    let other = scene.client(&bens);
    until(&other, |snapshot| titles(snapshot).contains(&"Foreign")).await;
    client.stop().await;
    other.stop().await;
    connector.stop().await;

    let present = Arc::new(hostile.store(device.mailbox));
    let seen = Deceived {
        older,
        foreign: hostile.meetings_of(bens.mailbox).await,
        other_week: of_another_week(&scene, &device, present).await,
    };
    let mut running = reached.client(&device, &disk);
    let mut unnoticed = Vec::new();
    for (name, trick) in tricks(seen) {
        let honest = until(&running, up_to_date).await;
        assert!(is_good(&honest), "before it {name}");
        hostile.plays(trick);
        let deceived = asked_again(&running).await;
        if kind(&deceived) != Some(UNTRUE) || !is_good(&deceived) {
            unnoticed.push((name, "by one that runs", deceived.health.clone()));
        }
        // The next run begins with what this one has kept.
        running.stop().await;
        running = reached.client(&device, &disk);
        let is_over = |snapshot: &Snapshot| has_failed(snapshot) || up_to_date(snapshot);
        let deceived = in_ten_seconds(&running, is_over).await;
        if kind(&deceived) != Some(UNTRUE) || !is_good(&deceived) {
            unnoticed.push((name, "by one that starts", deceived.health.clone()));
        }
        hostile.repents();
        running.refresh();
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    until(&running, |snapshot| {
        up_to_date(snapshot) && is_good(snapshot)
    })
    .await;
    running.stop().await;
    scene.stop().await;
}

/// A device that asks a node of the key service with its own clock.
async fn with_keys_by(scene: &Scene, device: &mut Device, clock: &Ahead) -> cloud::server::Running {
    let time = clock.clone();
    let seconds = Arc::new(move || u64::try_from(time.now().timestamp()).unwrap());
    let node = scene.keys_by(seconds).await;
    device.keys_url = format!("https://{}", node.address);
    node
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_a_service_that_holds_back_new_meetings_is_found_out_after_an_hour() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let mut device = scene.enrolled(ANNA).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let node = with_keys_by(&scene, &mut device, &reached.clock).await;
    let honest = scene.client(&device);
    let has = |title: &'static str| move |s: &Snapshot| titles(s).contains(&title);
    until(&honest, has("canary-title of Anna")).await;
    let disk = own_disk().await;
    let client = reached.client(&device, &disk);
    until(&client, |s| up_to_date(s) && has("canary-title of Anna")(s)).await;

    hostile.plays(hostile.withholding(device.mailbox).await);
    let added = scene
        .exchange
        .world(|world| world.add(ANNA, meeting("Held back", 90)));
    added.unwrap();
    until(&honest, has("Held back")).await;
    let asked = reached.backend(&device);
    let window = calendar::Window::around(now(), ZONE);
    let versions = std::collections::BTreeMap::new();
    let pull = async || {
        let known = engine::backend::Known {
            cursor: None,
            versions: &versions,
            same_window: false,
        };
        asked.pull(window, ZONE, known).await.map(|_| ())
    };
    // Nothing can be said of it within the hour in which nothing need be new.
    assert_eq!(pull().await, Ok(()));
    reached.clock.by(Duration::minutes(55));
    assert_eq!(pull().await, Ok(()));
    reached.clock.by(Duration::minutes(61));
    assert_eq!(pull().await.unwrap_err().kind, STALE);
    let deceived = asked_again(&client).await;
    assert_eq!(kind(&deceived), Some(STALE));
    assert!(has("canary-title of Anna")(&deceived), "the last one stays");
    // So does one that starts with what it has kept.
    client.stop().await;
    let client = reached.client(&device, &disk);
    let deceived = until(&client, |s| kind(s).is_some() || up_to_date(s)).await;
    assert_eq!(kind(&deceived), Some(STALE));
    assert!(has("canary-title of Anna")(&deceived));

    hostile.repents();
    client.refresh();
    until(&client, |s| up_to_date(s) && has("Held back")(s)).await;
    for client in [client, honest] {
        client.stop().await;
    }
    connector.stop().await;
    node.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_a_board_of_colleagues_that_is_held_back_or_not_the_connectors_is_found_out() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let mut device = scene.enrolled(ANNA).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let node = with_keys_by(&scene, &mut device, &reached.clock).await;
    let board = scene.board_of(&scene.colleagues(&device)).await;
    assert!(board.away.is_empty(), "all are in office: {board:?}");
    let anna = reached.colleagues(&device);
    assert_eq!(anna.read().await, Ok(board));

    // Ben goes, and the service does not tell.
    let held_back = hostile.withholding(device.organization).await;
    hostile.plays(Arc::clone(&held_back));
    connector.stop().await;
    scene.exchange.world(|world| {
        world.mailbox_mut(BEN).unwrap().oof.state = OofState::Enabled;
    });
    let connector = scene.connector().await;
    let honest = scene.colleagues(&device);
    let ben_is_away = |board: &Board| board.oof_of(BEN) == Some(Oof::On);
    scene.board_where(&honest, ben_is_away).await;
    reached.clock.by(Duration::minutes(110));
    assert_eq!(
        anna.read().await.unwrap().oof_of(BEN),
        None,
        "not yet seen through"
    );
    reached.clock.by(Duration::minutes(121));
    assert_eq!(anna.read().await.unwrap_err().kind, STALE);

    // What it shows then has to be as new as what was seen, and whole.
    reached.clock.by(Duration::zero());
    hostile.repents();
    assert_eq!(anna.read().await.unwrap().oof_of(BEN), Some(Oof::On));
    let now_shown = hostile.meetings_of(device.mailbox).await;
    let tricks: [(&str, Arc<Trick>); 4] = [
        ("shows what was", held_back),
        (
            "cuts",
            Arc::new(|_, mut seen: SealedSeries| {
                seen.head.as_mut().unwrap().truncate(40);
                seen
            }),
        ),
        ("drops", Arc::new(|_, _| SealedSeries::default())),
        ("shows another's", Arc::new(move |_, _| now_shown.clone())),
    ];
    for (name, trick) in tricks {
        hostile.plays(trick);
        let told = anna.read().await;
        assert_eq!(told.map_err(|failure| failure.kind), Err(UNTRUE), "{name}");
    }
    connector.stop().await;
    node.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_a_presence_that_went_back_between_two_runs_is_found_out() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let disk = own_disk().await;
    let asked = reached.backend(&device);
    // A client asks seldom: what is told has to be sealed before.
    let until_sealed = async |oof: Option<Oof>| {
        while asked.oof().await != Ok(oof) {
            let soon = now() + Duration::milliseconds(50);
            SystemClock.wait_until(soon).await;
        }
    };
    until_sealed(None).await;
    let in_office = hostile.withholding(device.mailbox).await;
    connector.stop().await;
    scene.exchange.world(|world| {
        world.mailbox_mut(ANNA).unwrap().oof.state = OofState::Enabled;
    });
    let connector = scene.connector().await;
    until_sealed(Some(Oof::On)).await;
    let first = reached.client(&device, &disk);
    until(&first, |snapshot| snapshot.oof == Some(Oof::On)).await;
    // What was seen is kept with the next pull.
    let before = first.snapshots().borrow().as_of;
    first.refresh();
    until(&first, |snapshot| snapshot.as_of > before).await;
    first.stop().await;
    connector.stop().await;

    let meetings = hostile.meetings_of(device.mailbox).await;
    hostile.plays(Arc::new(move |id, seen| {
        // The meetings are shown as they are.
        if seen == meetings {
            seen
        } else {
            in_office(id, seen)
        }
    }));
    let second = reached.client(&device, &disk);
    let deceived = in_ten_seconds(&second, has_failed).await;
    assert_eq!(kind(&deceived), Some(UNTRUE));
    second.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_53_keys_that_were_given_once_are_of_no_use_for_another_question_or_device() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let [anna, tablet] = [scene.enrolled(ANNA).await, scene.enrolled(ANNA).await];
    let hostile = Hostile::beside(&scene, anna.organization).await;
    let clock = Ahead::default();
    // Whoever is in between sees an answer pass by.
    let nonce = OpaqueId::random();
    let path = format!("/v1/mailboxes/{}/release", anna.mailbox);
    let honest = caller(&scene, &anna.keys_url, &anna, &clock);
    let asked = Asked::post(&path, &ReleaseMessage { nonce });
    let passed = honest.ask(asked, 1 << 20).await.unwrap();
    let passed: ReleasedMessage = serde_json::from_slice(&passed).unwrap();
    let context = |device: &Device, nonce| {
        let holder = Holder::Device(device.device);
        release_context(device.organization, device.mailbox, holder, nonce)
    };
    let opens = |device: &Device, nonce| {
        let from = From::Holder(&anna.key_service);
        sealing::open(
            &device.open,
            from,
            &context(device, nonce),
            &passed.sealed.0,
        )
        .is_ok()
    };
    assert!(opens(&anna, nonce), "it is good for its own question");
    assert!(!opens(&anna, OpaqueId::random()));
    assert!(!opens(&tablet, nonce));

    hostile.answers(passed.clone());
    let url = format!("https://{}", hostile.address);
    for (who, device) in [("the same device", &anna), ("another device", &tablet)] {
        let keys = KeyService::new(caller(&scene, &url, device, &clock), device.key_service);
        let released = keys.release(device.mailbox, &device.open).await;
        assert!(
            matches!(released, Err(RemoteError::Impostor(_))),
            "{who}: {released:?}"
        );
    }
    connector.stop().await;
    scene.stop().await;
}
