//! A device that was revoked while a program of the service was away.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::Duration;
use connector::program::Trouble;
use engine::{Clock as _, SystemClock, remote::device::Device};
use scenarios::stage::ANNA;
use vault::{
    Store as _,
    opaque::OpaqueId,
    remote::{KeyService, RemoteError, RemoteStore},
};

use crate::{
    deceived::{Ahead, caller},
    scene::{BEN, Scene, now},
};

/// The keys and the records, as far as the device is given them.
async fn given(scene: &Scene, device: &Device) -> [Result<(), Told>; 2] {
    let (service, keys) = scene.ends(device);
    let keys = KeyService::new(keys, device.key_service);
    let store = RemoteStore::new(service, device.mailbox);
    let keys = keys.release(device.mailbox, &device.open).await;
    let keys = keys.map(drop).map_err(|error| match error {
        RemoteError::Unknown(_) | RemoteError::Absent(_) => Told::Refused,
        _ => Told::Away,
    });
    let records = store.series().await;
    [keys, records.map(drop).map_err(|_| Told::Refused)]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Refused,
    Away,
}

async fn until_refused(scene: &Scene, device: &Device) {
    let end = now() + Duration::seconds(60);
    while given(scene, device).await != [Err(Told::Refused); 2] {
        assert!(now() < end, "it is still given something after a minute");
        a_moment().await;
    }
}

/// A copy of the key service's database, made while it does not run.
async fn copy_keys(scene: &mut Scene) -> PathBuf {
    let older = scene.folder().join("older");
    scene.without_keys().await;
    fs::copy(scene.folder().join("keys.db"), &older).unwrap();
    scene.keys_are_back().await;
    older
}

async fn restore_keys(scene: &mut Scene, older: &Path) {
    scene.without_keys().await;
    for tail in ["-wal", "-shm"] {
        let _gone = fs::remove_file(scene.folder().join(format!("keys.db{tail}")));
    }
    fs::copy(older, scene.folder().join("keys.db")).unwrap();
    scene.keys_are_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_key_service_that_was_away_hears_of_a_revocation_when_it_is_back() {
    let mut scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let other = scene.enrolled(ANNA).await;
    assert_eq!(given(&scene, &device).await, [Ok(()); 2]);

    scene.without_keys().await;
    let revoked = scene.program().await.revoke(device.device, None).await;
    assert!(matches!(revoked, Err(Trouble::Unheard(_))), "{revoked:?}");
    let [keys, records] = given(&scene, &device).await;
    assert_eq!((keys, records), (Err(Told::Away), Err(Told::Refused)));
    scene.keys_are_back().await;
    until_refused(&scene, &device).await;
    assert_eq!(given(&scene, &other).await, [Ok(()); 2], "the other stays");
    connector.stop().await;
    scene.stop().await;
}

async fn a_moment() {
    let soon = now() + Duration::milliseconds(200);
    SystemClock.wait_until(soon).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_running_connector_tells_of_all_revocations_anew_each_hour() {
    let mut scene = Scene::new().await;
    let clock = Ahead::default();
    scene.go_by(Arc::new(clock.clone())).await;
    let connector = scene.connector().await;
    let (device, other) = (scene.enrolled(ANNA).await, scene.enrolled(ANNA).await);
    connector.stop().await;
    let older = copy_keys(&mut scene).await;
    let connector = scene.connector().await;
    scene.without_keys().await;
    let revoked = scene.program().await.revoke(device.device, None).await;
    assert!(matches!(revoked, Err(Trouble::Unheard(_))), "{revoked:?}");
    scene.keys_are_back().await;
    // From then on both have heard of it in this run.
    until_refused(&scene, &device).await;

    restore_keys(&mut scene, &older).await;
    let given = async |device: &Device| {
        let caller = caller(&scene, &device.keys_url, device, &clock);
        let keys = KeyService::new(caller, device.key_service);
        keys.release(device.mailbox, &device.open).await.map(drop)
    };
    clock.by(Duration::minutes(50));
    assert_eq!(given(&device).await, Ok(()), "it does not know better");
    clock.by(Duration::minutes(61));
    let end = now() + Duration::seconds(60);
    while given(&device).await.is_ok() {
        assert!(now() < end, "it is still given the keys");
        a_moment().await;
    }
    let refused = given(&device).await;
    assert!(
        matches!(refused, Err(RemoteError::Unknown(_))),
        "{refused:?}"
    );
    assert_eq!(given(&other).await, Ok(()), "the other one stays");
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_connector_that_starts_tells_of_revocations_that_nobody_has_heard_or_kept() {
    let mut scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    connector.stop().await;
    let older = copy_keys(&mut scene).await;

    // Both are away, and the connector does not run.
    scene.everything_stops().await;
    let revoked = scene.program().await.revoke(device.device, None).await;
    assert!(matches!(revoked, Err(Trouble::Unheard(_))), "{revoked:?}");
    scene.everything_starts().await;
    let connector = scene.connector().await;
    until_refused(&scene, &device).await;
    connector.stop().await;

    // Both had heard, and one of them is restored from a copy of before.
    restore_keys(&mut scene, &older).await;
    let [keys, records] = given(&scene, &device).await;
    assert_eq!((keys, records), (Ok(()), Err(Told::Refused)));
    let connector = scene.connector().await;
    until_refused(&scene, &device).await;
    connector.stop().await;
    scene.stop().await;
}

/// The files of the connector's folder in another one's place.
fn put(from: &Path, to: &Path) {
    let _absent = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap().flatten() {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Two devices of Anna, of which the connector's folder, as it was put back,
/// does not know the second one.
async fn one_is_forgotten(scene: &Scene) -> [Device; 2] {
    let connector = scene.connector().await;
    let other = scene.enrolled(ANNA).await;
    connector.stop().await;
    let (folder, older) = (scene.folder().join("connector"), scene.folder().join("old"));
    put(&folder, &older);
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    connector.stop().await;
    put(&older, &folder);
    [other, device]
}

/// The line of a device in the list of all.
async fn listed(scene: &Scene, device: OpaqueId) -> Option<String> {
    let listed = scene.program().await.devices().await.unwrap();
    let id = device.to_string();
    let mut lines = listed.lines();
    lines.find(|line| line.contains(&id)).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_device_that_no_copy_of_the_folder_knows_is_revoked_by_its_user() {
    let scene = Scene::new().await;
    let [other, device] = one_is_forgotten(&scene).await;
    let connector = scene.connector().await;
    let unknown = scene.program().await.revoke(device.device, None).await;
    assert!(matches!(unknown, Err(Trouble::NoDevice)), "{unknown:?}");
    assert_eq!(given(&scene, &device).await, [Ok(()); 2], "it is let in");
    let of_ben = scene.program().await;
    let nowhere = of_ben.revoke(device.device, Some(BEN)).await;
    assert!(matches!(nowhere, Err(Trouble::Nowhere)), "{nowhere:?}");
    assert_eq!(given(&scene, &device).await, [Ok(()); 2], "as before");
    assert_eq!(listed(&scene, device.device).await, None);
    let of_anna = scene.program().await;
    of_anna.revoke(device.device, Some(ANNA)).await.unwrap();
    assert_eq!(given(&scene, &device).await, [Err(Told::Refused); 2]);
    assert_eq!(given(&scene, &other).await, [Ok(()); 2], "the other stays");
    let line = listed(&scene, device.device).await.unwrap();
    assert!(line.contains("revoked"), "{line}");
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_wrong_address_while_a_program_is_away_gives_way_to_the_right_one() {
    let mut scene = Scene::new().await;
    let [other, device] = one_is_forgotten(&scene).await;
    let mistyped = OpaqueId::random();
    scene.without_keys().await;
    for id in [device.device, mistyped] {
        let unheard = scene.program().await.revoke(id, Some(BEN)).await;
        assert!(matches!(unheard, Err(Trouble::Unheard(_))), "{unheard:?}");
        assert!(listed(&scene, id).await.is_some(), "the keys may have it");
    }
    scene.keys_are_back().await;
    let of_anna = scene.program().await;
    of_anna.revoke(device.device, Some(ANNA)).await.unwrap();
    assert_eq!(given(&scene, &device).await, [Err(Told::Refused); 2]);

    // The right one is not lost by a wrong one after it, nor by the hour.
    let of_ben = scene.program().await;
    of_ben.revoke(device.device, Some(BEN)).await.unwrap();
    let connector = scene.connector().await;
    let end = now() + Duration::seconds(60);
    while listed(&scene, mistyped).await.is_some() {
        assert!(now() < end, "neither program has it");
        a_moment().await;
    }
    let line = listed(&scene, device.device).await.unwrap();
    assert!(line.contains(ANNA), "{line}");
    assert_eq!(given(&scene, &other).await, [Ok(()); 2], "the other stays");
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_who_left_the_list_gets_no_key_from_a_key_service_that_was_restored() {
    let mut scene = Scene::new().await;
    let connector = scene.connector().await;
    let (device, ben) = (scene.enrolled(ANNA).await, scene.enrolled(BEN).await);
    connector.stop().await;
    let older = copy_keys(&mut scene).await;
    let connector = scene.connector().await;
    fs::write(scene.folder().join("mailboxes"), BEN).unwrap();
    connector.reload().await;
    until_refused(&scene, &device).await;
    connector.stop().await;

    restore_keys(&mut scene, &older).await;
    let [keys, records] = given(&scene, &device).await;
    assert_eq!((keys, records), (Ok(()), Err(Told::Refused)), "the copy");
    let connector = scene.connector().await;
    until_refused(&scene, &device).await;
    assert_eq!(given(&scene, &ben).await, [Ok(()); 2], "who has stayed");
    connector.stop().await;
    scene.stop().await;
}
