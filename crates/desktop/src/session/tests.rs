//! The session as a whole: it starts, rings, and rests.

use std::sync::Arc;

use engine::Clock;
use rstest::rstest;
use vault::keyring::KeyRingError;

use super::{Face, Report, stage::*};
use crate::view::{BannerAction, ProblemCode, SnoozeChoice};

#[tokio::test]
async fn a_new_installation_shows_the_first_run_and_leaves_the_keyring_alone() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let agenda = session.agenda().borrow().clone();
    assert!(!agenda.has_account && !agenda.loading);
    assert_eq!(agenda.banner, None);
    session.stop().await;
    assert_eq!(*stage.keyring.asked.lock().unwrap(), 0);
    assert_eq!(files(&stage), ["lock"]);
}

#[tokio::test]
async fn a_meeting_rings_and_join_opens_its_link_and_silences_it() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    stage.clock.set("09:55");
    let ring = until(session.ring(), |ring| !ring.rings.is_empty()).await;
    assert_eq!(ring.rings[0].when, "In 5 min");
    let ringing = &ring.rings[0];
    let host = &ringing.joins[0].host;
    session.join(&ringing.meeting, 0, host).await.unwrap();
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    session.stop().await;
    let done = stage.shell.taken();
    let wanted = [
        "ring Review",
        "open https://example.webex.com/meet/ana",
        "withdraw",
        "hide",
    ];
    assert_eq!(done, wanted);
}

#[tokio::test]
async fn what_rang_before_a_restart_does_not_ring_again() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["ring Review"]);

    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(&[
        meeting("Review", "10:00", "10:45"),
        meeting("Other", "10:00", "10:30"),
    ]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    assert_eq!(stage.shell.taken(), ["ring Other"]);
    // It waits in the tray, and comes back when it is asked for.
    session.show_ring().await.unwrap();
    until(session.ring(), |ring| ring.rings.len() == 2).await;
    session.stop().await;
}

#[tokio::test]
async fn a_snoozed_ring_comes_back() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    let ring = until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session
        .snooze(&ring.rings[0].id, SnoozeChoice::AtStart)
        .await
        .unwrap();
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    stage.clock.set("10:00");
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.dismiss(&ring.rings[0].id).await.unwrap();
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    session.stop().await;
    let rings = stage
        .shell
        .taken()
        .iter()
        .filter(|done| *done == "ring Review")
        .count();
    assert_eq!(rings, 2);
}

#[rstest]
#[case(KeyRingError::Absent, BannerAction::Protect)]
#[case(KeyRingError::Locked, BannerAction::Retry)]
#[case(KeyRingError::Silent, BannerAction::Retry)]
#[tokio::test]
async fn sr_10_a_keyring_in_trouble_is_named_above_the_list_and_asked_again_on_request(
    #[case] error: KeyRingError,
    #[case] action: BannerAction,
) {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Fails(error);
    let session = stage.start();
    let agenda = until(session.agenda(), |a| a.banner.is_some()).await;
    assert_eq!(agenda.banner.as_ref().unwrap().action, Some(action));
    assert!(!agenda.loading);
    *stage.keyring.mood.lock().unwrap() = Mood::Works;
    session.refresh();
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    let agenda = until(session.agenda(), |a| !a.heroes.is_empty()).await;
    assert_eq!(agenda.banner, None);
    session.stop().await;
}

#[tokio::test]
async fn sr_10_a_keyring_that_hangs_holds_up_neither_start_nor_end() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Hangs;
    let begun = tokio::time::Instant::now();
    let session = stage.start();
    let agenda = session.agenda().borrow().clone();
    assert!(agenda.has_account && agenda.loading);
    let within = begun.elapsed();
    assert!(within < std::time::Duration::from_secs(1), "{within:?}");
    let gone = session.dismiss("none").await.unwrap_err();
    assert_eq!(gone.code, ProblemCode::Gone);
    session.stop().await;
}

#[tokio::test]
async fn the_terminal_never_rings() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let session = stage.start_as(Face::Terminal);
    stage.until_started(2).await;
    let titled = |title: &str| meeting(title, "10:00", "10:45");
    stage.servers.tell(&[titled("Review")]);
    until(session.report(), |r| !r.board.entries.is_empty()).await;
    stage.clock.set("09:56");
    stage.servers.tell(&[titled("Review of the plan")]);
    let is_told = |r: &Arc<Report>| r.board.entries[0].meeting.title == "Review of the plan";
    until(session.report(), is_told).await;
    session.stop().await;
    assert!(stage.shell.taken().is_empty());
}

#[tokio::test]
async fn an_idle_session_wakes_at_most_three_times_a_minute() {
    let stage = Stage::new("09:00");
    let clock = Arc::new(LeapClock::new("09:00"));
    let session = stage.start_with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    session.add_account(form()).await.unwrap();
    stage.until_started(1).await;
    stage.servers.tell(&[meeting("Review", "18:00", "18:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    *clock.waits.lock().unwrap() = 0;
    clock.run_to("19:00").await;
    session.stop().await;
    let waits = *clock.waits.lock().unwrap();
    assert!(
        (600..=1_800).contains(&waits),
        "{waits} wake-ups in ten hours"
    );
    assert_eq!(stage.shell.taken(), ["ring Review", "hide", "withdraw"]);
}
