//! The data folder and its store: who has them, and what is read without them.

use std::sync::Arc;

use vault::keyring::KeyRing;

use super::{Face, Session, stage::*};
use crate::view::SyncState;

#[tokio::test]
async fn f62_a_second_session_on_the_same_folder_keeps_nothing_and_says_so() {
    let stage = Stage::new("09:00");
    let first = stage.start_with_account().await;
    let second = stage.start();
    let agenda = until(second.agenda(), |a| a.banner.is_some()).await;
    assert!(agenda.banner.as_ref().unwrap().text.contains("same data"));
    stage.until_started(2).await;
    let kept: Vec<bool> = stage
        .servers
        .started
        .lock()
        .unwrap()
        .iter()
        .map(|s| s.2)
        .collect();
    assert_eq!(kept, [true, false]);

    // As soon as the first one has gone the second one takes over.
    first.stop().await;
    stage.clock.set("09:01");
    until(second.agenda(), |a| a.banner.is_none()).await;
    stage.until_started(3).await;
    assert!(stage.servers.started.lock().unwrap()[2].2);
    second.stop().await;
}

#[tokio::test]
async fn an_onlooker_leaves_the_folder_to_the_desktop_program() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let onlooker = stage.start_as(Face::Onlooker);
    stage.until_started(2).await;
    let desktop = stage.start();
    stage.until_started(3).await;
    let kept: Vec<bool> = stage
        .servers
        .started
        .lock()
        .unwrap()
        .iter()
        .map(|s| s.2)
        .collect();
    assert_eq!(kept, [true, false, true]);
    assert_eq!(desktop.agenda().borrow().banner, None);
    desktop.stop().await;
    onlooker.stop().await;
}

#[tokio::test]
async fn sr_11_a_store_sealed_with_a_lost_key_is_set_aside_and_filled_again() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    let accounts = std::fs::read_to_string(stage.folder().join("accounts.toml")).unwrap();
    let install = accounts
        .split("install = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    stage
        .keyring
        .secrets
        .delete(&format!("joinbell/{install}/kek"))
        .await
        .unwrap();

    let session = stage.start();
    stage.until_started(2).await;
    assert!(
        stage.servers.started.lock().unwrap()[1].2,
        "the store works"
    );
    assert_eq!(session.agenda().borrow().banner, None);
    session.stop().await;
    assert!(files(&stage).contains(&"store.sqlite3.set-aside".to_owned()));
}

#[tokio::test]
async fn the_stored_list_is_there_without_a_server_and_without_a_session() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let report = Session::stored(stage.setup(Face::Terminal)).await;
    assert_eq!(report.board.freshness.state, SyncState::Offline);
    assert_eq!(report.board.freshness.as_of, Some(at("08:00")));
    assert_eq!(report.problem, None);
    assert_eq!(stage.servers.started.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn looking_at_a_store_that_is_not_there_makes_none() {
    let stage = Stage::new("09:00");
    let report = Session::stored(stage.setup(Face::Terminal)).await;
    assert!(!report.board.has_account);
    assert!(files(&stage).is_empty());
}

#[tokio::test]
async fn f62_while_another_holds_the_folder_nothing_rings_until_it_lets_go() {
    let stage = Stage::new("09:56");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    while stage.shell.taken().is_empty() {
        tokio::task::yield_now().await;
    }
    session.stop().await;

    let held = stage.setup(Face::Terminal).folder.lock().unwrap();
    let clock = Arc::new(LeapClock::new("09:57"));
    let session = stage.start_with_clock(clock.clone());
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    drop(held);
    clock.run_to("10:30").await;
    let again = stage.shell.taken();
    let rings = again.iter().filter(|what| what.starts_with("ring"));
    assert_eq!(rings.count(), 0, "it has rung before: {again:?}");
    session.stop().await;
}

#[tokio::test]
async fn f62_a_folder_that_is_never_let_go_keeps_nothing_silent() {
    let stage = Stage::new("09:56");
    let session = stage.start_with_account().await;
    session.stop().await;
    let held = stage.setup(Face::Terminal).folder.lock().unwrap();
    let clock = Arc::new(LeapClock::new("09:56"));
    let session = stage.start_with_clock(clock.clone());
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    clock.run_to("10:30").await;
    let rung = stage.shell.taken();
    assert!(rung.contains(&"ring Review".to_owned()), "{rung:?}");
    session.stop().await;
    drop(held);
}
