//! What a day leaves on the disk.

use calendar::{
    Meeting,
    meeting::{Attendee, Person, Response, Role},
};

use super::stage::*;
use crate::view::{
    AnswerChoice, OutcomeKind, ScheduleChange, SchedulePurpose, SnoozeChoice, SyncState,
};

const TITLE: &str = "canary-title-81aa";
const DRAFT: &str = "canary-draft-2c09";
const MESSAGE: &str = "canary-message-b5d1";

fn review() -> Meeting {
    let person = |name: &str| Person {
        name: format!("Canary {name}"),
        address: Some(format!("canary-{name}@example.org")),
    };
    let guest = Attendee {
        person: person("guest"),
        role: Role::Required,
        response: Response::NotAnswered,
    };
    Meeting {
        location: "canary-place-0d4e".to_owned(),
        notes: "canary-text-77b2".into(),
        organizer: Some(person("organizer")),
        attendees: vec![guest],
        ..meeting(TITLE, "10:00", "10:45")
    }
}

#[tokio::test]
async fn sr_06_a_day_with_a_ring_a_draft_and_an_answer_rests_sealed_in_every_form() {
    let stage = Stage::new("09:55");
    stage.servers.hides([DRAFT, MESSAGE].map(str::to_owned));
    let session = stage.start_with_account().await;
    stage.servers.tell(&[review()]);
    let ring = until(session.ring(), |ring| !ring.rings.is_empty()).await;
    let (meeting, reminder) = (&ring.rings[0].meeting, &ring.rings[0].id);
    session
        .snooze(reminder, SnoozeChoice::AtStart)
        .await
        .unwrap();
    session
        .answer_meeting(meeting, AnswerChoice::Accept)
        .await
        .unwrap();
    session
        .open_schedule(SchedulePurpose::New {})
        .await
        .unwrap();
    let text = DRAFT.to_owned();
    session
        .change_schedule(ScheduleChange::Title { text })
        .await
        .unwrap();
    let text = MESSAGE.to_owned();
    session
        .change_schedule(ScheduleChange::Message { text })
        .await
        .unwrap();
    until(session.schedule(), |view| view.saved == "Draft saved").await;
    assert_eq!(stage.leak(), None, "while the store is open");
    session.send_schedule().await.unwrap();
    until(session.schedule(), |view| {
        let sent = view.outcome.as_ref().map(|one| one.kind);
        sent == Some(OutcomeKind::Sent)
    })
    .await;
    until(session.agenda(), |a| a.sync.state == SyncState::UpToDate).await;
    session.stop().await;
    assert_eq!(stage.leak(), None, "after the end");
}

#[tokio::test]
async fn sr_06_a_title_that_is_left_in_a_file_is_found() {
    let stage = Stage::new("09:00");
    stage.servers.tell(&[review()]);
    let log = stage.folder().join("log");
    let utf16 = TITLE.encode_utf16().flat_map(u16::to_le_bytes);
    std::fs::write(&log, utf16.collect::<Vec<u8>>()).unwrap();
    let (path, _) = stage.leak().expect("it is found");
    assert_eq!(path, log);
    std::fs::remove_file(log).unwrap();
}
