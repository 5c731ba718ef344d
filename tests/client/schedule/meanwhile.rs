//! What has become of a meeting between the look at it and the press.

use super::*;

const NEW_TIME: &str = "2026-11-25T15:00:00Z";

/// An appointment of Anna's own, at nine.
async fn with_appointment() -> (Stage, Standing) {
    let stage = Stage::at(MORNING, |world| {
        people(world);
        let (start, end) = (at("2026-11-23T09:00:00Z"), at("2026-11-23T10:00:00Z"));
        let own = Details::new("Planning", start, end, ZONE);
        world.add(ANNA, own).expect("an item");
    })
    .await;
    let standing = standing(&stage).await;
    (stage, standing)
}

/// Changes Anna's planning at the server, as another client does.
fn elsewhere(stage: &Stage, change: impl FnOnce(&mut Details)) {
    stage.simulator.world(|world| {
        let number = world.find(ANNA, "Planning").expect("the meeting");
        let changed = world.change(ANNA, number, |item| change(&mut item.details));
        changed.expect("an item");
    });
}

#[tokio::test(start_paused = true)]
async fn who_deletes_what_others_are_asked_to_meanwhile_tells_and_removes_nothing() {
    let (stage, meeting) = with_appointment().await;
    elsewhere(&stage, |details| {
        let bo = SimPerson::new("Bo Ekman", BO);
        *details = details.clone().with(bo, Response::Unknown);
    });
    let before = copies(&stage);
    let asked = sent(&stage, "DeleteItem") + sent(&stage, "CreateItem");
    let courier = courier(&stage);
    let remove = Intent::Remove { meeting };
    courier.send(name("r"), remove).expect("room");
    let refusal = Refusal::OthersAsked;
    let ended = outcome(&courier, "r").await;
    assert_eq!(ended, Outcome::Refused { refusal });
    assert_eq!(copies(&stage), before);
    let now_asked = sent(&stage, "DeleteItem") + sent(&stage, "CreateItem");
    assert_eq!(now_asked, asked, "the server was asked for nothing");
    assert!(!planned(&stage, ANNA).cancelled);
    courier.stop().await;
}

/// Far away, and so near that both times meet.
#[rstest]
#[case::far(NEW_TIME)]
#[case::near("2026-11-23T09:30:00Z")]
#[tokio::test(start_paused = true)]
async fn what_was_moved_meanwhile_is_not_deleted_and_not_said_to_be(#[case] new_time: &str) {
    let (stage, meeting) = with_appointment().await;
    elsewhere(&stage, |details| {
        details.start = at(new_time);
        details.end = at(new_time) + Duration::hours(1);
    });
    let courier = courier(&stage);
    let remove = Intent::Remove { meeting };
    courier.send(name("r"), remove).expect("room");
    let ended = outcome(&courier, "r").await;
    let refusal = Refusal::Moved;
    assert_eq!(ended, Outcome::Refused { refusal });
    assert_eq!(planned(&stage, ANNA).start, at(new_time));
    courier.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_moved_meanwhile_is_not_called_off() {
    let (stage, meeting) = office_with_planning().await;
    elsewhere(&stage, |details| {
        details.start = at(NEW_TIME);
        details.end = at(NEW_TIME) + Duration::hours(1);
    });
    let backend = stage.backend(PASSWORD);
    let cancel = Intent::Cancel {
        meeting: meeting.clone(),
        message: String::new(),
    };
    let moved = Attempt::Refused(Refusal::Moved);
    assert_eq!(backend.attempt(&name("c"), &cancel).await, moved);
    let change = later(meeting);
    assert_eq!(backend.attempt(&name("d"), &change).await, moved);
    assert!(!planned(&stage, BO).cancelled);
}

#[rstest]
#[case(Answer::Accept)]
#[case(Answer::Decline)]
#[tokio::test(start_paused = true)]
async fn an_answer_is_not_given_for_a_time_that_was_not_shown(#[case] answer: Answer) {
    let stage = Stage::at(MORNING, with_invitation).await;
    let meeting = standing(&stage).await;
    elsewhere(&stage, |details| {
        details.start = at(NEW_TIME);
        details.end = at(NEW_TIME) + Duration::hours(1);
    });
    let backend = stage.backend(PASSWORD);
    let attempt = backend
        .attempt(&name("a"), &Intent::Answer { meeting, answer })
        .await;
    assert_eq!(attempt, Attempt::Refused(Refusal::Moved));
    let theirs = planned(&stage, BO).required[0].response;
    assert_eq!(theirs, Response::NoResponseReceived);
}
