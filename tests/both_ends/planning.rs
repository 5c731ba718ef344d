//! A meeting of two people in a room, from the first question to their
//! mailboxes, and the answers to somebody else's.

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveTime, TimeZone as _, Utc};
use desktop::view::{
    AnswerChoice, OutcomeKind, Part, ScheduleChange, SchedulePurpose, ScheduleView,
};
use exchange_sim::{
    World,
    world::{
        details::{Details, Person, Response},
        mailbox::MailboxKind,
    },
};
use rstest::rstest;
use scenarios::stage::{ANNA, PASSWORD, ZONE};

use crate::{
    BO,
    office::{End, Office, add_bo, meeting, now, soon},
};

const ROOM: &str = "room2@example.org";
/// So many days from tomorrow on are looked at: some are no weekend.
const DAYS: i64 = 5;

fn hour(day: i64, hour: u32) -> DateTime<Utc> {
    let date = now().with_timezone(&ZONE).date_naive() + Duration::days(day);
    let time = NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour");
    let moment = ZONE.from_local_datetime(&date.and_time(time)).earliest();
    moment.expect("no clock is set by day").to_utc()
}

/// Bo has time from noon, and the room from three.
fn fill(world: &mut World) {
    add_bo(world);
    world.add_mailbox(ROOM, "Room 2", ZONE, PASSWORD).kind = MailboxKind::Room;
    for day in 1..=DAYS {
        let mut taken = |whose: &str, from: u32, to: u32| {
            let busy = Details::new("Taken", hour(day, from), hour(day, to), ZONE);
            world.add(whose, busy).expect("an item");
        };
        taken(BO, 6, 12);
        taken(ROOM, 12, 15);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_suggested_time_suits_two_people_and_a_room_and_stands_in_all_their_calendars(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, fill).await;
    let session = office.signed_in().await;
    let open = session.open_schedule(SchedulePurpose::New {}).await;
    open.expect("it opens");
    let day = |number| hour(number, 12).with_timezone(&ZONE).date_naive();
    let invite = |who: &str, part| ScheduleChange::Invite {
        who: who.to_owned(),
        part,
    };
    for change in [
        ScheduleChange::Title {
            text: "Planning".to_owned(),
        },
        ScheduleChange::Between {
            first: day(1).to_string(),
            last: day(DAYS).to_string(),
        },
        invite(BO, Part::Required),
        invite(ROOM, Part::Room),
    ] {
        session.change_schedule(change).await.expect("it is taken");
    }
    let all_known = |view: &Arc<ScheduleView>| {
        let known = view.invitees.len() == 2 && view.suggestions.len() > 1;
        // The organization's room is offered.
        !view.asking && view.send.ready && known && view.rooms.len() == 1
    };
    let view = soon(session.schedule(), all_known).await;
    let why = &view.suggestions[1].reasons;
    assert!(
        why.contains("All 2 free") && why.contains("Room 2"),
        "{why}"
    );
    let pick = ScheduleChange::Pick { index: 1 };
    session.change_schedule(pick).await.expect("it is taken");
    let is_picked = |view: &Arc<ScheduleView>| {
        !view.asking && view.send.ready && view.suggestions.get(1).is_some_and(|one| one.chosen)
    };
    soon(session.schedule(), is_picked).await;
    session.send_schedule().await.expect("it is on its way");
    let is_sent = |view: &Arc<ScheduleView>| {
        let outcome = view.outcome.as_ref();
        outcome.is_some_and(|outcome| outcome.kind == OutcomeKind::Sent)
    };
    soon(session.schedule(), is_sent).await;

    let of = |whose: &str| {
        let mut made = office.titled(whose, "Planning");
        assert_eq!(made.len(), 1, "{whose}");
        made.remove(0)
    };
    let (anna, bo, room) = (of(ANNA), of(BO), of(ROOM));
    assert_eq!([bo.start, room.start], [anna.start; 2]);
    let begins = anna.start.with_timezone(&ZONE).time();
    let three = NaiveTime::from_hms_opt(15, 0, 0).expect("an hour");
    assert!(begins >= three, "one of them has no time at {begins}");
    assert_eq!(room.my_response, Response::Accept, "it is free then");
    office.until_has(&session, "Planning").await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_declined_goes_and_one_that_is_left_open_stays(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, |world| {
        add_bo(world);
        for (title, minutes) in [("Declined", 180), ("Open", 240)] {
            let asked = meeting(title, minutes)
                .called_by(Person::new("Bo Ekman", BO), Response::NoResponseReceived)
                .with(Person::new("Anna Berg", ANNA), Response::NoResponseReceived);
            world.add(ANNA, asked).expect("an item");
        }
    })
    .await;
    let session = office.signed_in().await;
    for (title, choice) in [
        ("Declined", AnswerChoice::Decline),
        ("Open", AnswerChoice::Tentative),
    ] {
        let asked = office.until_has(&session, title).await;
        let answered = session.answer_meeting(&asked, choice).await;
        answered.expect("it is answered");
    }
    assert!(office.titled(ANNA, "Declined").is_empty());
    let open = office.titled(ANNA, "Open");
    let answers: Vec<Response> = open.iter().map(|one| one.my_response).collect();
    assert_eq!(answers, [Response::Tentative]);
    office.until_titles(&session, &["Open"]).await;
    session.stop().await;
    office.close().await;
}
