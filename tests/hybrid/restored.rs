//! What docs/HYBRID.md ("Keep and lose") tells an administrator to do after a
//! loss, done as it says: the calendars are there again, and devices are added
//! again.

use std::{fs, path::Path};

use cloud::{config::DatabaseConfig, directory};
use scenarios::{
    hybrid::Beside,
    stage::{ANNA, titles, until},
};
use vault::{
    hybrid::enrolment::PublicKeys,
    opaque::OpaqueId,
    remote::{RemoteError, RemoteStore},
};

use crate::scene::{Scene, meeting};

/// Takes a database away, with its log.
fn lose(scene: &Scene, name: &str) {
    for end in ["", "-wal", "-shm"] {
        let _absent = fs::remove_file(scene.folder().join(format!("{name}.db{end}")));
    }
    assert!(!scene.folder().join(format!("{name}.db")).exists());
}

/// Gives a database to the connector's organization, with its id.
async fn take_in(scene: &Scene, name: &str, id: OpaqueId) {
    let printed = scene.program().await.keys().await.unwrap();
    let keys: PublicKeys = serde_json::from_str(&printed).unwrap();
    let path = scene.folder().join(format!("{name}.db"));
    let database = cloud::server::open(&DatabaseConfig::Sqlite { path }, &[]).await;
    let database = database.unwrap();
    directory::put_organization(&database, &[], id, keys)
        .await
        .unwrap();
    database.close().await;
}

/// A calendar that has been read by a device, and then everything is stopped.
async fn read_and_stopped() -> (Scene, OpaqueId, RemoteStore) {
    let mut scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let client = scene.client(&device);
    until(&client, |snapshot| {
        titles(snapshot).contains(&"canary-title of Anna")
    })
    .await;
    client.stop().await;
    connector.stop().await;
    let (service, _) = scene.ends(&device);
    scene.everything_stops().await;
    let store = RemoteStore::new(service, device.mailbox);
    (scene, device.organization, store)
}

/// The old device is not known any more, and a new one reads all that there
/// is.
async fn is_there_again(scene: &Scene, old: &RemoteStore) -> Beside {
    let refused = old.standing().await;
    assert!(
        matches!(refused, Err(RemoteError::Unknown(_))),
        "{refused:?}"
    );
    let connector = scene.connector().await;
    scene
        .exchange
        .world(|world| world.add(ANNA, meeting("canary-title, after the loss", 120)))
        .unwrap();
    let client = scene.client(&scene.enrolled(ANNA).await);
    until(&client, |snapshot| {
        let all = titles(snapshot);
        all.contains(&"canary-title of Anna") && all.contains(&"canary-title, after the loss")
    })
    .await;
    client.stop().await;
    connector
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_has_lost_its_database_is_filled_again() {
    let (mut scene, id, old) = read_and_stopped().await;
    lose(&scene, "service");
    scene.everything_starts().await;
    take_in(&scene, "service", id).await;
    let connector = is_there_again(&scene, &old).await;
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_master_key_costs_the_devices_and_no_meeting() {
    let (mut scene, id, old) = read_and_stopped().await;
    let master = scene.folder().join("master");
    fs::remove_file(&master).unwrap();
    cloud::config::keep_secret(&master, &[7; 32]).unwrap();
    for name in ["keys", "service"] {
        lose(&scene, name);
    }
    scene.everything_starts().await;
    for name in ["keys", "service"] {
        take_in(&scene, name, id).await;
    }
    let connector = is_there_again(&scene, &old).await;
    connector.stop().await;
    scene.stop().await;
}

/// A copy of the key service's database from before the key of the present
/// week has all but that.
#[tokio::test(flavor = "multi_thread")]
async fn with_an_older_copy_of_the_keys_the_services_database_goes_as_well() {
    let (mut scene, id, old) = read_and_stopped().await;
    without_the_weeks_key(&scene.folder().join("keys.db")).await;
    lose(&scene, "service");
    scene.everything_starts().await;
    take_in(&scene, "service", id).await;
    let connector = is_there_again(&scene, &old).await;
    connector.stop().await;
    scene.stop().await;
}

async fn without_the_weeks_key(database: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let gone = sqlx::query("DELETE FROM mailbox_key WHERE epoch >= 0");
    let gone = gone.execute(&pool).await.unwrap();
    assert!(gone.rows_affected() > 0);
    pool.close().await;
}
