//! Devices whose enrolment does not come to its end: none stays that nobody
//! uses.

use std::fs;

use chrono::Duration;
use engine::{Clock as _, SystemClock};
use scenarios::stage::ANNA;
use sqlx::Row as _;
use vault::hybrid::enrolment::Refusal;

use crate::scene::{BEN, Scene, now};

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
