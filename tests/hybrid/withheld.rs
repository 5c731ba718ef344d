//! What a client makes of a service that holds back what is new, shows what
//! was before, or gives an answer twice.

use std::sync::Arc;

use chrono::Duration;
use engine::{
    Backend as _, Clock as _, Oof, Snapshot, SystemClock,
    remote::{colleagues::Board, device::Device},
};
use exchange_sim::world::mailbox::OofState;
use scenarios::stage::{ANNA, ZONE, titles, until, up_to_date};
use vault::{
    hybrid::{
        passport::Holder,
        sealing::{self, From},
        wire::{ReleaseMessage, ReleasedMessage, release_context},
    },
    opaque::OpaqueId,
    remote::{Asked, KeyService, RemoteError},
    store::SealedSeries,
};

use crate::{
    deceived::{
        Ahead, Reached, STALE, UNTRUE, asked_again, caller, has_failed, in_ten_seconds, kind,
        own_disk, with_keys_by,
    },
    hostile::{Hostile, Trick},
    scene::{BEN, Scene, meeting, now},
};

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
async fn sr_57_a_presence_that_is_held_back_is_found_out_after_two_hours() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let mut device = scene.enrolled(ANNA).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let node = with_keys_by(&scene, &mut device, &reached.clock).await;
    let (whose, held_back) = hostile.head_of(device.mailbox).await;
    let anna = reached.backend(&device);
    assert_eq!(anna.oof().await, Ok(None));
    hostile.plays(Arc::new(move |id, honest| {
        if id == whose {
            held_back.clone()
        } else {
            honest
        }
    }));
    connector.stop().await;
    scene.exchange.world(|world| {
        world.mailbox_mut(ANNA).unwrap().oof.state = OofState::Enabled;
    });
    let connector = scene.connector().await;
    let honest = scene.backend(&device);
    while honest.oof().await != Ok(Some(Oof::On)) {
        let soon = now() + Duration::milliseconds(50);
        SystemClock.wait_until(soon).await;
    }
    reached.clock.by(Duration::minutes(118));
    assert_eq!(anna.oof().await, Ok(None), "nothing need be new yet");
    reached.clock.by(Duration::minutes(121));
    assert_eq!(anna.oof().await.unwrap_err().kind, STALE);
    reached.clock.by(Duration::zero());
    hostile.repents();
    assert_eq!(anna.oof().await, Ok(Some(Oof::On)));
    connector.stop().await;
    node.stop().await;
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
