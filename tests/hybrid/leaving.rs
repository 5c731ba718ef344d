//! Who leaves the connector's list, and who asks for too many codes.

use std::fs;

use chrono::Duration;
use engine::{Clock as _, SystemClock};
use exchange_sim::world::details::{Details, Sensitivity};
use scenarios::stage::{ANNA, titles, until};
use sqlx::Row as _;
use vault::{
    Store as _,
    hybrid::enrolment::Refusal,
    remote::{KeyService, RemoteError, RemoteStore},
};

use crate::scene::{BEN, Scene, now};

/// How many rows of a mailbox a table of one of the databases has.
async fn rows(scene: &Scene, file: &str, table: &str, mailbox: &str) -> i64 {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(scene.folder().join(file));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let counted = format!("SELECT count(*) FROM {table} WHERE mailbox = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(counted))
        .bind(mailbox)
        .fetch_one(&pool)
        .await
        .unwrap();
    pool.close().await;
    row.get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_who_leaves_the_list_has_neither_keys_nor_records_nor_a_device() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let (device, ben) = (scene.enrolled(ANNA).await, scene.enrolled(BEN).await);
    let anna = scene.client(&device);
    until(&anna, |snapshot| {
        titles(snapshot).contains(&"canary-title of Anna")
    })
    .await;
    anna.stop().await;
    let mailbox = device.mailbox.to_string();
    for (file, table) in [("keys.db", "mailbox_key"), ("service.db", "record")] {
        assert!(rows(&scene, file, table, &mailbox).await > 0, "{table}");
    }

    fs::write(scene.folder().join("mailboxes"), BEN).unwrap();
    connector.reload().await;
    let (service, keys) = scene.ends(&device);
    let (keys, store) = (
        KeyService::new(keys, device.key_service),
        RemoteStore::new(service, device.mailbox),
    );
    let end = now() + Duration::seconds(60);
    let refused = loop {
        match keys.release(device.mailbox, &device.open).await {
            Err(refused) => break refused,
            Ok(_) => assert!(now() < end, "the key is still given after a minute"),
        }
        SystemClock
            .wait_until(now() + Duration::milliseconds(100))
            .await;
    };
    assert!(
        matches!(refused, RemoteError::Unknown(_) | RemoteError::Absent(_)),
        "{refused:?}"
    );
    while store.series().await.is_ok() {
        assert!(now() < end, "the records are still given after a minute");
        SystemClock
            .wait_until(now() + Duration::milliseconds(100))
            .await;
    }
    for (file, table) in [("keys.db", "mailbox_key"), ("service.db", "record")] {
        assert_eq!(rows(&scene, file, table, &mailbox).await, 0, "{table}");
    }

    // Whoever has stayed is served as before.
    let (_, keys) = scene.ends(&ben);
    let keys = KeyService::new(keys, ben.key_service);
    assert!(keys.release(ben.mailbox, &ben.open).await.is_ok());
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_a_calendar_gets_three_codes_in_ten_minutes_and_no_mail_is_sent() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    for _ in 0..3 {
        let enrolling = scene.enrolling(ANNA).await;
        drop(enrolling);
    }
    let fourth = scene.enrolling(ANNA).await;
    let code = scene.code_of(ANNA).unwrap();
    let refused = fourth.finish(&code).await;
    assert_eq!(refused.unwrap_err(), Refusal::NoCode.into());
    let codes: Vec<Details> = scene.exchange.world(|world| {
        let items = world.mailbox(ANNA).unwrap().calendar.items();
        let all = items.map(|item| item.details.clone());
        all.filter(|details| details.subject != "canary-title of Anna")
            .collect()
    });
    assert_eq!(codes.len(), 3);
    for code in &codes {
        let asked = code.required.len() + code.optional.len();
        assert_eq!(asked, 0, "nobody is asked to come");
        let seen = code.sensitivity;
        assert_eq!(seen, Sensitivity::Private, "colleagues do not read it");
    }
    let sent = scene.exchange.requests();
    let made: Vec<_> = sent
        .iter()
        .filter(|request| request.operation == "CreateItem")
        .collect();
    assert_eq!(made.len(), 3);
    for request in made {
        let silently = r#"SendMeetingInvitations="SendToNone""#;
        assert!(request.request.contains(silently), "{}", request.request);
    }
    connector.stop().await;
    scene.stop().await;
}
