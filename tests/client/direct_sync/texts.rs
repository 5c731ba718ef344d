//! The texts of invitations, which rest beside their meetings.

use calendar::{
    Meeting,
    meeting::{MeetingId, Notes},
};
use chrono::Duration;
use engine::Snapshot;
use scenarios::stage::{ANNA, Stage, until, up_to_date};
use vault::Batch;

use super::{MORNING, review, with_review};

/// The only meeting's id, and whether its text is with it.
fn only(snapshot: &Snapshot) -> (MeetingId, &Notes) {
    let meeting = snapshot.agenda.iter().next().expect("a meeting");
    (meeting.id.clone(), &meeting.notes)
}

#[tokio::test(start_paused = true)]
async fn the_text_of_an_invitation_is_opened_when_asked_for_and_fetched_again_when_lost() {
    let stage = Stage::at(MORNING, |world| {
        let review = review().html("<p>Bring the figures.</p>");
        world.add(ANNA, review).expect("an item");
    })
    .await;
    let text = Some("Bring the figures.".to_owned());
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    let (id, notes) = only(&snapshot);
    assert_eq!(notes, &Notes::Aside);
    assert_eq!(engine.text(&id).await, text);
    engine.stop().await;

    stage.network(false);
    let engine = stage.engine();
    until(&engine, |s| s.as_of.is_some()).await;
    assert_eq!(engine.text(&id).await, text, "from the store");

    // Records that are put again without their texts lose them.
    let series = stage.series();
    let loaded = series.load().await.expect("the store");
    let again = Batch {
        put: loaded.records,
        head: loaded.head.expect("a head"),
        ..Batch::default()
    };
    series.commit(again).await.expect("the store");
    assert_eq!(engine.text(&id).await, None);
    stage.network(true);
    until(&engine, up_to_date).await;
    stage.pass(Duration::minutes(1)).await;
    assert_eq!(engine.text(&id).await, text);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_record_with_its_text_in_it_is_read_and_written_anew() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    let (id, _) = only(&snapshot);
    engine.stop().await;
    // As earlier versions wrote it.
    let series = stage.series();
    let loaded = series.load().await.expect("the store");
    let (record, bytes) = loaded.records.into_iter().next().expect("a record");
    let (_format, fields) = bytes.split_last().expect("bytes");
    let (mut meeting, item, change_key): (Meeting, String, String) =
        postcard::from_bytes(fields).expect("the fields in their order");
    meeting.notes = "As it was.".into();
    let old = serde_json::json!({ "meeting": meeting, "item": item, "change_key": change_key });
    let batch = Batch {
        put: vec![(record.clone(), old.to_string().into_bytes())],
        head: loaded.head.expect("a head"),
        ..Batch::default()
    };
    series.commit(batch).await.expect("the store");

    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(only(&snapshot).1, &Notes::Aside);
    assert_eq!(engine.text(&id).await.as_deref(), Some("As it was."));
    engine.stop().await;
    let series = stage.series();
    let beside = series.beside(&record).await.expect("the store");
    assert_eq!(beside.as_deref(), Some(b"As it was.".as_slice()));
}
