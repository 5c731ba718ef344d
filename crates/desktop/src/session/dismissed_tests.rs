//! Reminders that are dismissed on another screen, on a stage.

use calendar::{JoinLinks, Meeting};
use rstest::rstest;

use super::stage::*;
use crate::view::{ProblemCode, SyncState};

fn without_link(meeting: Meeting) -> Meeting {
    Meeting {
        join: JoinLinks(Vec::new()),
        ..meeting
    }
}

/// As Outlook leaves a meeting whose reminder is dismissed.
fn dismissed(meeting: Meeting) -> Meeting {
    Meeting {
        reminder_is_set: false,
        ..meeting
    }
}

#[rstest]
#[case::with_a_link(meeting("Review", "10:00", "10:45"))]
#[case::without_a_link(without_link(meeting("Review", "10:00", "10:45")))]
#[tokio::test]
async fn a_ring_goes_when_its_reminder_is_dismissed_in_outlook(#[case] review: Meeting) {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(std::slice::from_ref(&review));
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    stage.servers.tell(&[dismissed(review)]);
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["ring Review", "withdraw", "hide"]);
}

#[tokio::test]
async fn what_was_dismissed_in_outlook_does_not_wait_in_the_tray_of_the_next_run() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    let review = meeting("Review", "10:00", "10:45");
    stage.servers.tell(std::slice::from_ref(&review));
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    stage.servers.tell(&[dismissed(review.clone())]);
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    session.stop().await;
    stage.shell.taken();

    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(&[review]);
    until(session.agenda(), |a| a.sync.state == SyncState::UpToDate).await;
    // What waits in the tray would come up now.
    let refused = session.show_ring().await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Gone);
    let ring = session.ring();
    session.stop().await;
    assert!(ring.borrow().rings.is_empty());
    assert_eq!(stage.shell.taken(), [""; 0]);
}

#[tokio::test]
async fn a_reminder_that_is_dismissed_early_in_outlook_leaves_the_ring_with_its_join_button() {
    let stage = Stage::new("09:45");
    let session = stage.start_with_account().await;
    let review = meeting("Review", "10:00", "10:45");
    stage.servers.tell(std::slice::from_ref(&review));
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    stage.servers.tell(&[dismissed(review)]);
    until(session.report(), |report| {
        let mut entries = report.board.entries.iter();
        entries.all(|entry| !entry.meeting.reminder_is_set)
    })
    .await;
    stage.clock.set("09:55");
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
}
