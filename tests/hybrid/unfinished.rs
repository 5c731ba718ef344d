//! Enrolments that do not come to their end, and what they leave: no device
//! stays that nobody uses, and no entry in a calendar.

use std::{fs, sync::Arc};

use chrono::Duration;
use engine::{Clock as _, SystemClock, remote::device::Device};
use scenarios::stage::ANNA;
use sqlx::Row as _;
use vault::{
    hybrid::{
        enrolment::{Applicant, Application, Opening, PublicKeys, Refusal},
        passport::{Audience, SignKey},
        sealing::OpenKey,
    },
    opaque::OpaqueId,
    remote::{Caller, Stranger},
};

use crate::{
    deceived::Ahead,
    scene::{BEN, Scene, now, seconds},
};

/// What one of the databases answers.
async fn asked(scene: &Scene, file: &str, question: &'static str) -> Vec<sqlx::sqlite::SqliteRow> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(scene.folder().join(file));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let rows = sqlx::query(question).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_device_that_only_the_key_service_took_in_is_revoked_there() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let taken_in = scene.enrolled(ANNA).await;
    let enrolling = scene.enrolling(ANNA).await;
    // The service forgets who Anna is, as an older copy of it would.
    asked(&scene, "service.db", "DELETE FROM mailbox").await;
    let code = scene.code_of(ANNA).unwrap();
    let refused = enrolling.finish(&code).await;
    assert_eq!(refused.unwrap_err(), Refusal::NotTaken.into());

    let devices = asked(&scene, "keys.db", "SELECT device, revoked FROM device").await;
    assert_eq!(
        devices.len(),
        2,
        "it was taken in, and the other one is there"
    );
    for device in devices {
        let (id, revoked): (String, Option<i64>) = (device.get(0), device.get(1));
        let stays = id == taken_in.device.to_string();
        assert_eq!(revoked.is_none(), stays, "{id}");
    }
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_code_is_of_no_use_once_its_mailbox_has_left_the_list() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let before = scene.enrolled(ANNA).await;
    let enrolling = scene.enrolling(ANNA).await;
    let code = scene.code_of(ANNA).unwrap();
    fs::write(scene.folder().join("mailboxes"), BEN).unwrap();
    connector.reload().await;
    let end = now() + Duration::seconds(60);
    let gone = async || {
        let rows = asked(&scene, "keys.db", "SELECT mailbox FROM mailbox").await;
        let id = before.mailbox.to_string();
        rows.iter().all(|row| row.get::<String, _>(0) != id)
    };
    while !gone().await {
        assert!(now() < end, "the list is not read again");
        let soon = now() + Duration::milliseconds(100);
        SystemClock.wait_until(soon).await;
    }
    let refused = enrolling.finish(&code).await;
    assert_eq!(refused.unwrap_err(), Refusal::NoCode.into());
    let devices = asked(&scene, "keys.db", "SELECT device FROM device").await;
    assert!(devices.is_empty());
    connector.stop().await;
    scene.stop().await;
}

/// Waits until something holds.
async fn eventually(what: &str, is: impl AsyncFn() -> bool) {
    let end = now() + Duration::seconds(60);
    while !is().await {
        assert!(now() < end, "{what}");
        let soon = now() + Duration::milliseconds(100);
        SystemClock.wait_until(soon).await;
    }
}

/// Entries with a code in Anna's calendar.
fn entries(scene: &Scene) -> usize {
    scene.exchange.world(|world| {
        let items = world.mailbox(ANNA).unwrap().calendar.items();
        let codes = items.filter(|item| item.details.subject.starts_with("Joinbell code "));
        codes.count()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entry_with_a_code_goes_when_that_is_used_or_replaced_or_over() {
    let mut scene = Scene::new().await;
    let clock = Ahead::default();
    scene.go_by(Arc::new(clock.clone())).await;
    let connector = scene.connector().await;
    scene.enrolled(ANNA).await;
    eventually("a used one goes", async || entries(&scene) == 0).await;

    let code_of_another = async || {
        scene.enrolling(ANNA).await;
        scene.code_of(ANNA).unwrap().shown().as_str().to_owned()
    };
    let replaced = code_of_another().await;
    let present = code_of_another().await;
    assert_ne!(replaced, present);
    eventually("a replaced one goes", async || entries(&scene) == 1).await;
    let stays = scene
        .code_of(ANNA)
        .map(|code| code.shown().as_str().to_owned());
    assert_eq!(stays, Some(present));
    // Also where the connector did not run when it was over.
    connector.stop().await;
    clock.by(Duration::minutes(11));
    let connector = scene.connector().await;
    eventually("one that is over goes", async || entries(&scene) == 0).await;
    connector.stop().await;
    scene.stop().await;
}

/// A client that proves the code, after something else, and never asks what
/// came of it.
async fn proven_and_gone(scene: &Scene, organization: OpaqueId, first: impl AsyncFnOnce()) {
    let ca = scene.ca_file();
    let service = Audience::Service;
    let way = Caller::new(scene.url().as_str(), Some(&ca), service, None, seconds());
    let stranger = Stranger::new(way.unwrap(), organization);
    let applicant = Applicant {
        organization,
        enrolment: OpaqueId::random(),
        address: ANNA.to_owned(),
        connector: stranger.connector().await.unwrap().keys,
        device: PublicKeys {
            signing: SignKey::generate().public(),
            sealing: OpenKey::generate().public(),
        },
    };
    let send = async |application: Application| {
        let sealed = application.seal(&applicant.connector).unwrap();
        let letter = OpaqueId::random();
        stranger.write(letter, sealed).await.unwrap();
        letter
    };
    let opening = send(Application::Open(Opening {
        enrolment: applicant.enrolment,
        address: ANNA.to_owned(),
    }))
    .await;
    let told = async || stranger.answer(opening).await.unwrap().is_some();
    eventually("a code", told).await;
    let code = scene.code_of(ANNA).unwrap();
    first().await;
    send(Application::Prove(applicant.prove(&code))).await;
}

/// The devices that the key service knows and these are not: whether each is
/// revoked there.
async fn others(scene: &Scene, known: &[&Device]) -> Vec<bool> {
    let rows = asked(scene, "keys.db", "SELECT device, revoked FROM device").await;
    let is_known = |id: &str| known.iter().any(|one| one.device.to_string() == id);
    let others = rows.iter().filter(|row| !is_known(row.get(0)));
    others
        .map(|row| row.get::<Option<i64>, _>(1).is_some())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_device_whose_answer_nobody_collects_is_revoked() {
    let mut scene = Scene::new().await;
    let clock = Ahead::default();
    scene.go_by(Arc::new(clock.clone())).await;
    let connector = scene.connector().await;
    let collected = scene.enrolled(ANNA).await;
    proven_and_gone(&scene, collected.organization, async || {}).await;
    let devices = async || {
        let rows = asked(&scene, "keys.db", "SELECT device, revoked FROM device").await;
        let mut devices: Vec<(String, bool)> = rows
            .iter()
            .map(|row| (row.get(0), row.get::<Option<i64>, _>(1).is_some()))
            .collect();
        devices.sort_by_key(|(id, _)| *id != collected.device.to_string());
        devices
    };
    eventually("it is taken in", async || devices().await.len() == 2).await;
    assert!(devices().await.iter().all(|(_, revoked)| !revoked));
    clock.by(Duration::minutes(4));
    let is_revoked = async || devices().await[1].1;
    eventually("it is revoked", is_revoked).await;
    assert!(!devices().await[0].1, "who has collected it stays");
    let listed = scene.program().await.devices().await.unwrap();
    assert_eq!(listed.matches("revoked").count(), 1, "{listed}");
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_device_whose_answer_nobody_can_collect_any_more_is_revoked_at_once() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let collected = scene.enrolled(ANNA).await;
    proven_and_gone(&scene, collected.organization, async || {
        let late = "CREATE TRIGGER late BEFORE UPDATE OF answer ON letter
                    BEGIN SELECT RAISE(IGNORE); END";
        asked(&scene, "service.db", late).await;
    })
    .await;
    let known = [&collected];
    let taken_in = async || others(&scene, &known).await.len() == 1;
    eventually("it is taken in", taken_in).await;
    // As when the letter's time is over before it has its answer.
    asked(&scene, "service.db", "DELETE FROM letter").await;
    let revoked = async || others(&scene, &known).await == [true];
    eventually("it is revoked", revoked).await;
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_device_that_nobody_has_is_revoked_also_where_that_cannot_be_written_at_first() {
    const OWN: &str = "connector/connector.sqlite";
    let mut scene = Scene::new().await;
    let clock = Ahead::default();
    scene.go_by(Arc::new(clock.clone())).await;
    let connector = scene.connector().await;
    let (collected, other) = (scene.enrolled(ANNA).await, scene.enrolled(ANNA).await);
    connector.stop().await;
    // What a revocation changes is the register.
    asked(
        &scene,
        OWN,
        "CREATE TABLE earlier AS SELECT series, sealed FROM head",
    )
    .await;
    let program = scene.program().await;
    program.revoke(other.device, None).await.unwrap();
    asked(
        &scene,
        OWN,
        "CREATE TABLE register AS SELECT head.series FROM head JOIN earlier USING (series)
         WHERE head.sealed <> earlier.sealed",
    )
    .await;
    assert_eq!(asked(&scene, OWN, "SELECT * FROM register").await.len(), 1);

    let connector = scene.connector().await;
    proven_and_gone(&scene, collected.organization, async || {}).await;
    let letters = async |which| asked(&scene, "service.db", which).await.len();
    eventually("its answer waits", async || {
        letters("SELECT 1 FROM letter WHERE answer IS NOT NULL").await == 1
    })
    .await;
    asked(
        &scene,
        OWN,
        "CREATE TRIGGER full BEFORE INSERT ON head
         WHEN NEW.series IN (SELECT series FROM register)
         BEGIN SELECT RAISE(ABORT, 'full'); END",
    )
    .await;
    clock.by(Duration::minutes(4));
    eventually("it is taken back", async || {
        letters("SELECT 1 FROM letter").await == 0
    })
    .await;
    // What was begun is done before it ends.
    connector.stop().await;
    let known = [&collected, &other];
    assert_eq!(others(&scene, &known).await, [false]);
    asked(&scene, OWN, "DROP TRIGGER full").await;
    let connector = scene.connector().await;
    let revoked = async || others(&scene, &known).await == [true];
    eventually("it is revoked", revoked).await;
    connector.stop().await;
    scene.stop().await;
}
