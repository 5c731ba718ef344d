//! A meeting that stands: changed, called off, deleted, answered, each once.

use super::*;

#[rstest]
#[case::in_peace(None)]
#[case::the_answer_breaks_off(Some(Effect::Truncate))]
#[case::the_connection_is_cut_before(Some(Effect::Close))]
#[tokio::test(start_paused = true)]
async fn a_change_reaches_everybody_once(#[case] effect: Option<Effect>) {
    let (stage, meeting) = office_with_planning().await;
    if let Some(effect) = effect {
        let faults = stage.simulator.faults();
        faults.set(Fault::once("UpdateItem", effect));
    }
    let courier = courier(&stage);
    courier.send(name("b"), later(meeting)).expect("room");
    assert_eq!(outcome(&courier, "b").await, Outcome::Done);
    for who in [ANNA, BO, ROOM] {
        let details = planned(&stage, who);
        assert_eq!(details.start, at("2026-11-25T13:00:00Z"), "{who}");
        assert_eq!(details.sequence, 1, "{who} is told once");
    }
    assert!(planned(&stage, ANNA).optional.is_empty());
    courier.stop().await;
}

#[rstest]
#[case::in_peace(None)]
#[case::the_answer_breaks_off(Some(Effect::Truncate))]
#[case::the_connection_is_cut_before(Some(Effect::Close))]
#[tokio::test(start_paused = true)]
async fn a_meeting_is_called_off_once(#[case] effect: Option<Effect>) {
    let (stage, meeting) = office_with_planning().await;
    if let Some(effect) = effect {
        let faults = stage.simulator.faults();
        faults.set(Fault::once("CreateItem", effect));
    }
    let courier = courier(&stage);
    let cancel = Intent::Cancel {
        meeting,
        message: "Greta is ill.".to_owned(),
    };
    courier.send(name("c"), cancel).expect("room");
    assert_eq!(outcome(&courier, "c").await, Outcome::Done);
    assert_eq!(copies(&stage)[0], (ANNA, 0));
    let copy = planned(&stage, BO);
    assert!(copy.cancelled);
    assert_eq!(copy.sequence, 1, "he is told once");
    courier.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_appointment_of_one_s_own_is_taken_out_of_the_calendar() {
    let stage = Stage::at(MORNING, |world| {
        let (start, end) = (at("2026-11-23T09:00:00Z"), at("2026-11-23T10:00:00Z"));
        let own = Details::new("Planning", start, end, ZONE);
        world.add(ANNA, own).expect("an item");
    })
    .await;
    let remove = Intent::Remove {
        meeting: standing(&stage).await,
    };
    let backend = stage.backend(PASSWORD);
    assert_eq!(backend.attempt(&name("c"), &remove).await, Attempt::Done);
    stage.simulator.world(|world| {
        assert!(world.find(ANNA, "Planning").is_none());
    });
}

#[rstest]
#[case(Answer::Accept, Response::Accept, None)]
#[case(Answer::Tentative, Response::Tentative, Some(Effect::Truncate))]
#[case(Answer::Decline, Response::Decline, Some(Effect::Truncate))]
#[case(Answer::Decline, Response::Decline, Some(Effect::Close))]
#[tokio::test(start_paused = true)]
async fn an_answer_is_given_once(
    #[case] answer: Answer,
    #[case] expected: Response,
    #[case] effect: Option<Effect>,
) {
    let stage = Stage::at(MORNING, with_invitation).await;
    let meeting = standing(&stage).await;
    if let Some(effect) = effect {
        let faults = stage.simulator.faults();
        faults.set(Fault::once("CreateItem", effect));
    }
    let courier = courier(&stage);
    let intent = Intent::Answer { meeting, answer };
    courier.send(name("d"), intent.clone()).expect("room");
    assert_eq!(outcome(&courier, "d").await, Outcome::Done);
    assert_eq!(planned(&stage, BO).required[0].response, expected);
    // The same once more is nothing new.
    let before = sent(&stage, "CreateItem");
    courier.send(name("e"), intent).expect("room");
    assert_eq!(outcome(&courier, "e").await, Outcome::Done);
    assert_eq!(sent(&stage, "CreateItem"), before);
    courier.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_user_s_to_do_is_refused() {
    let stage = Stage::at(MORNING, with_invitation).await;
    let meeting = standing(&stage).await;
    let not_ours = Attempt::Refused(Refusal::NotOurs);
    let backend = stage.backend(PASSWORD);
    let cancel = Intent::Cancel {
        meeting: meeting.clone(),
        message: String::new(),
    };
    assert_eq!(backend.attempt(&name("a"), &cancel).await, not_ours);
    let change = later(meeting.clone());
    assert_eq!(backend.attempt(&name("b"), &change).await, not_ours);
    let gone = Intent::Answer {
        meeting: Standing {
            id: MeetingId("nobody-knows".into()),
            ..meeting
        },
        answer: Answer::Accept,
    };
    let refused = Attempt::Refused(Refusal::Gone);
    assert_eq!(backend.attempt(&name("c"), &gone).await, refused);
    let (stage, meeting) = office_with_planning().await;
    let own = Intent::Answer {
        meeting,
        answer: Answer::Accept,
    };
    let backend = stage.backend(PASSWORD);
    assert_eq!(backend.attempt(&name("d"), &own).await, not_ours);
}
