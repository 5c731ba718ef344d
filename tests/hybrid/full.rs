//! The service's disk is full while meetings change.

use std::{fs, os::unix::fs::symlink, path::Path};

use chrono::Duration;
use engine::{Clock as _, SystemClock};
use scenarios::stage::{ANNA, titles, until};

use crate::{
    scene::{Scene, meeting, now},
    small_disk::SmallDisk,
};

/// Moves the service's database to a disk of its own.
async fn on_a_small_disk(scene: &mut Scene, folder: &Path) -> Option<SmallDisk> {
    let disk = SmallDisk::mount(&folder.join("disk"))?;
    scene.everything_stops().await;
    let file = scene.folder().join("service.db");
    let there = folder.join("disk/service.db");
    fs::copy(&file, &there).unwrap();
    fs::remove_file(&file).unwrap();
    symlink(there, &file).unwrap();
    scene.everything_starts().await;
    Some(disk)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_found_no_room_at_the_service_is_there_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::new().await;
    let Some(disk) = on_a_small_disk(&mut scene, folder.path()).await else {
        return;
    };
    let connector = scene.connector().await;
    let anna = scene.client(&scene.enrolled(ANNA).await);
    let has =
        |title: &'static str| move |snapshot: &engine::Snapshot| titles(snapshot).contains(&title);
    until(&anna, has("canary-title of Anna")).await;

    disk.fill();
    let text = "canary-text that takes some room ".repeat(2_000);
    scene.exchange.world(|world| {
        let number = world.find(ANNA, "canary-title of Anna").unwrap();
        world.delete(ANNA, number).unwrap();
        for minutes in [90, 150, 210] {
            let title = format!("canary-full {minutes}");
            let long = meeting(&title, minutes).text(text.clone());
            world.add(ANNA, long).unwrap();
        }
    });
    let end = now() + Duration::seconds(60);
    // Of both programs, until it is no zero at one of them.
    while scene
        .measures()
        .await
        .matches("\njoinbell_no_room_total 0\n")
        .count()
        == 2
    {
        assert!(now() < end, "the disk never fills");
        let soon = now() + Duration::milliseconds(200);
        SystemClock.wait_until(soon).await;
    }
    let kept = anna.snapshots().borrow().clone();
    assert!(has("canary-title of Anna")(&kept), "the last one stays");

    disk.make_room();
    let all = until(&anna, has("canary-full 210")).await;
    assert!(has("canary-full 90")(&all) && has("canary-full 150")(&all));
    assert!(!has("canary-title of Anna")(&all));
    connector.stop().await;
    anna.stop().await;
    scene.stop().await;
}
