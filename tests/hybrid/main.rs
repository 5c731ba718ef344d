//! The whole hybrid system over real sockets: the simulated Exchange, the
//! connector, the service, the key service, and clients that read from there.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test ends where a step fails"
)]

mod asks;
mod clocks;
mod crowd;
mod deceived;
mod full;
mod heads;
mod heavy;
mod hostile;
mod leaving;
mod operator;
mod polled;
mod restored;
mod revoked;
mod rotated;
mod scene;
mod shipped;
mod size;
#[path = "../../crates/cloud/tests/service/small_disk.rs"]
mod small_disk;
mod tricks;
mod unfinished;
mod weeks;
mod wire;
mod withheld;

use std::fs;

use chrono::Duration;
use connector::program::Trouble;
use engine::{Backend as _, FailureKind, Health, Oof, ServiceFailure, remote::presence::Presence};
use exchange_sim::world::mailbox::OofState;
use scenarios::{
    hybrid::OUTSIDE,
    stage::{ANNA, PASSWORD, titles, until, up_to_date},
};
use scene::{BEN, Scene, holds, meeting, now};
use vault::{
    Store as _,
    hybrid::enrolment::{Code, Refusal},
    remote::RemoteStore,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_walks_from_exchange_through_the_blind_service_to_its_user_alone() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let anna = scene.client(&scene.enrolled(ANNA).await);
    let ben = scene.client(&scene.enrolled(BEN).await);
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
    let anna = scene.client(&scene.enrolled(ANNA).await);
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
    let anna = scene.client(&device);
    until(&anna, |snapshot| snapshot.oof == Some(Oof::On)).await;
    connector.stop().await;
    anna.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_device_sees_which_colleagues_are_away_and_the_service_does_not() {
    let scene = Scene::new().await;
    let until = now() + Duration::days(3);
    scene.exchange.world(|world| {
        let oof = &mut world.mailbox_mut(BEN).unwrap().oof;
        oof.state = OofState::Scheduled;
        oof.duration = (now() - Duration::days(1), until);
        oof.internal = "canary-reply".to_owned();
    });
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let anna = scene.colleagues(&device);
    let board = scene.board_of(&anna).await;
    let away: Vec<&str> = board.away.keys().map(String::as_str).collect();
    assert_eq!(away, [BEN], "Anna is in office");
    let Some(Presence::Planned { end, .. }) = board.away.get(BEN) else {
        panic!("{board:?}");
    };
    assert_eq!(end.timestamp(), until.timestamp());

    // Who was revoked learns nothing any more, also nothing that comes.
    scene
        .program()
        .await
        .revoke(device.device, None)
        .await
        .unwrap();
    let refused = anna.read().await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Credentials, "{refused}");
    let refused = scene.colleagues(&device).read().await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Credentials, "no key is released");
    connector.stop().await;
    let bytes = scene.at_rest();
    for canary in ["canary", BEN, "planned"] {
        assert!(!holds(&bytes, canary), "{canary} rests in a database");
    }
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
    let ended = scene.connector().await.ended().await;
    assert!(matches!(ended, Err(Trouble::Scope(_))), "{ended:?}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_connector_with_the_same_folder_does_not_start_until_the_first_has_ended() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let (_signals, heard) = tokio::sync::mpsc::channel(1);
    let second = scene.program().await.run(heard, |_| ()).await;
    let Err(trouble @ Trouble::Running(_)) = second else {
        panic!("{second:?}");
    };
    assert!(trouble.to_string().contains("stop that one first"));
    connector.stop().await;
    scene.connector().await.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_a_service_that_goes_back_in_time_is_found_out_and_the_last_agenda_stays() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let anna = scene.client(&scene.enrolled(ANNA).await);
    until(&anna, |snapshot| {
        titles(snapshot).contains(&"canary-title of Anna")
    })
    .await;
    let copy = |from: &str, to: &str| {
        fs::copy(scene.folder().join(from), scene.folder().join(to)).unwrap();
    };
    let database = cloud::server::open(&scene.service_database(), &[])
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
    let older = scene.folder().join("older").display().to_string();
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

#[tokio::test(flavor = "multi_thread")]
async fn the_connectors_check_looks_at_the_service_and_at_the_key_service() {
    let mut scene = Scene::new().await;
    let findings = scene.program().await.check().await;
    assert!(findings.faults.is_empty(), "{findings}");
    let let_in = |sentence: &String| sentence.contains("the key service let the connector in");
    assert!(findings.good.iter().any(let_in), "{findings}");

    scene.without_keys().await;
    let findings = scene.program().await.check().await;
    let names = |sentence: &String| sentence.contains("hybrid service");
    assert!(findings.faults.iter().any(names), "{findings}");
    assert!(!findings.good.iter().any(let_in), "{findings}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_a_presence_that_goes_back_in_time_or_away_is_found_out() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let anna = scene.backend(&device);
    let until_it_says = async |wanted: Option<Oof>| {
        let (service, _) = scene.ends(&device);
        let mut feed = RemoteStore::new(service, device.mailbox)
            .changes()
            .await
            .unwrap();
        while anna.oof().await.ok() != Some(wanted) {
            feed.next().await.unwrap().expect("the feed goes on");
        }
    };
    until_it_says(None).await;
    let database = cloud::server::open(&scene.service_database(), &[])
        .await
        .unwrap();
    database.compact().await.unwrap();
    let older = scene.folder().join("older");
    fs::copy(scene.folder().join("service.db"), &older).unwrap();
    connector.stop().await;
    scene.exchange.world(|world| {
        world.mailbox_mut(ANNA).unwrap().oof.state = OofState::Enabled;
    });
    // It asks when it starts.
    let connector = scene.connector().await;
    until_it_says(Some(Oof::On)).await;
    connector.stop().await;

    roll_back(&scene, "ATTACH $1 AS older", older.display().to_string()).await;
    let older = anna.oof().await.unwrap_err();
    assert_eq!(older.kind, FailureKind::Service(ServiceFailure::Untrue));
    assert!(older.sentence.contains("older"), "{}", older.sentence);
    let pool = beneath(&scene).await;
    let emptied = sqlx::query("DELETE FROM head").execute(&pool).await;
    assert!(emptied.is_ok(), "{emptied:?}");
    pool.close().await;
    let gone = anna.oof().await.unwrap_err();
    assert_eq!(gone.kind, FailureKind::Service(ServiceFailure::Untrue));
    // A device that has just begun knows that it knows nothing.
    let new = scene.backend(&device).oof().await.unwrap_err();
    assert_eq!(new.kind, FailureKind::Service(ServiceFailure::Empty));
    database.close().await;
    scene.stop().await;
}

/// The service's database, as its operator has it.
async fn beneath(scene: &Scene) -> sqlx::SqlitePool {
    let path = scene.folder().join("service.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    sqlx::SqlitePool::connect_with(options).await.unwrap()
}

async fn roll_back(scene: &Scene, attach: &'static str, older: String) {
    let pool = beneath(scene).await;
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
