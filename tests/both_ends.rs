//! The same days over both back ends: the user's session reads Exchange
//! itself, or what the connector has sealed, and everything that a person
//! sees is the same.

#![expect(clippy::expect_used, reason = "a scenario ends where a step fails")]

#[path = "both_ends/details.rs"]
mod details;
#[path = "both_ends/office.rs"]
mod office;
#[path = "both_ends/planning.rs"]
mod planning;
#[path = "both_ends/ringing.rs"]
mod ringing;

use std::sync::Arc;

use chrono::Duration;
use desktop::view::{
    AgendaView, AnswerChoice, OutcomeKind, Part, PresenceKind, ScheduleChange, SchedulePurpose,
    ScheduleView, SpanKind,
};
use exchange_sim::world::{
    details::{Person, Reminder, Response},
    mailbox::OofState,
};
use office::{End, Office, add_bo, add_daily, meeting, now, soon};
use rstest::rstest;
use scenarios::stage::{ANNA, PASSWORD, ZONE};

const BO: &str = "bo@example.org";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_agenda_is_there_and_follows_what_others_do(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, |world| {
        for (title, minutes) in [("Standup", 60), ("Review", 120), ("Lunch", 180)] {
            world.add(ANNA, meeting(title, minutes)).expect("an item");
        }
    })
    .await;
    let session = office.signed_in().await;
    office
        .until_titles(&session, &["Standup", "Review", "Lunch"])
        .await;

    office.world(|world| {
        world.add(ANNA, meeting("Added", 90)).expect("an item");
        let lunch = world.find(ANNA, "Lunch").expect("it is there");
        world.delete(ANNA, lunch).expect("it goes");
        let review = world.find(ANNA, "Review").expect("it is there");
        let changed = world.change(ANNA, review, |item| {
            item.details.subject = "Moved".to_owned();
            item.details.start += Duration::hours(1);
            item.details.end += Duration::hours(1);
        });
        changed.expect("it changes");
    });
    office
        .until_titles(&session, &["Standup", "Added", "Moved"])
        .await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_series_has_its_changed_and_its_missing_occurrence(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, add_daily).await;
    let session = office.signed_in().await;
    office.until_titles(&session, &["Daily"; 4]).await;
    office.change_daily(|details| {
        details.subject = "Daily, longer".to_owned();
        details.end += Duration::minutes(30);
    });
    office
        .until_titles(&session, &["Daily", "Daily, longer", "Daily"])
        .await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_is_called_off_is_struck_and_does_not_ring(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, |world| {
        world.add(ANNA, meeting("Off", 60)).expect("an item");
    })
    .await;
    let session = office.signed_in().await;
    office.until_titles(&session, &["Off"]).await;
    office.world(|world| {
        let number = world.find(ANNA, "Off").expect("it is there");
        let changed = world.change(ANNA, number, |item| item.details.cancelled = true);
        changed.expect("it changes");
    });
    let is_struck = |agenda: &Arc<AgendaView>| {
        let mut rows = agenda.days.iter().flat_map(|day| &day.rows);
        rows.any(|row| row.title == "Off" && row.struck)
    };
    soon(session.agenda(), is_struck).await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_rings_with_a_way_to_join_and_once_alone(#[values(End::Direct, End::Hybrid)] end: End) {
    let office = Office::new(end, |_| {}).await;
    let session = office.signed_in().await;
    office.until_titles(&session, &[]).await;
    office.world(|world| {
        let soon = meeting("Now", 1).at("https://acme.webex.com/meet/anna");
        world.add(ANNA, soon).expect("an item");
    });
    let ring = soon(session.ring(), |ring| !ring.rings.is_empty()).await;
    assert_eq!(ring.rings[0].title, "Now");
    assert_eq!(ring.rings[0].joins.len(), 1, "{:?}", ring.rings[0]);
    let id = ring.rings[0].id.clone();
    session.dismiss(&id).await.expect("it is dismissed");
    session.stop().await;

    // The next run knows that it has rung.
    let session = office.session();
    office.until_titles(&session, &["Now"]).await;
    assert!(session.ring().borrow().rings.is_empty());
    assert_eq!(office.rang(), ["Now"]);
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ring_goes_when_its_reminder_is_dismissed_in_outlook(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, |_| {}).await;
    let session = office.signed_in().await;
    office.until_titles(&session, &[]).await;
    office.world(|world| {
        let soon = meeting("Now", 1).at("https://acme.webex.com/meet/anna");
        world.add(ANNA, soon).expect("an item");
    });
    soon(session.ring(), |ring| !ring.rings.is_empty()).await;
    // Outlook takes the reminder from a meeting when it is dismissed.
    office.world(|world| {
        let number = world.find(ANNA, "Now").expect("it is there");
        let changed = world.change(ANNA, number, |item| item.details.reminder = Reminder::Off);
        changed.expect("it changes");
    });
    soon(session.ring(), |ring| ring.rings.is_empty()).await;
    office.until_titles(&session, &["Now"]).await;
    session.stop().await;
    assert_eq!(office.rang(), ["Now"]);
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_the_last_agenda_stays_also_over_a_restart(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let mut office = Office::new(end, |world| {
        world.add(ANNA, meeting("Kept", 60)).expect("an item");
    })
    .await;
    let session = office.signed_in().await;
    office.until_titles(&session, &["Kept"]).await;
    office.until_in_step(&session).await;
    office.network(false).await;
    session.stop().await;

    let session = office.session();
    office.until_offline(&session).await;
    office.until_titles(&session, &["Kept"]).await;
    office.network(true).await;
    office.world(|world| world.add(ANNA, meeting("Meanwhile", 90)).expect("an item"));
    session.refresh();
    office.until_titles(&session, &["Kept", "Meanwhile"]).await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn out_of_office_is_the_users_presence(#[values(End::Direct, End::Hybrid)] end: End) {
    let office = Office::new(end, |world| {
        let anna = world.mailbox_mut(ANNA).expect("a mailbox");
        anna.oof.state = OofState::Enabled;
    })
    .await;
    let session = office.signed_in().await;
    let is_away = |agenda: &Arc<AgendaView>| {
        let presence = agenda.presence.as_ref();
        presence.is_some_and(|presence| presence.kind == PresenceKind::OutOfOffice)
    };
    soon(session.agenda(), is_away).await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_who_goes_out_of_office_is_shown_as_away_in_the_details_of_a_meeting(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let mut office = Office::of(end, &[ANNA, BO], |world| {
        add_bo(world);
        let review =
            meeting("Review", 240).with(Person::new("Bo Ekman", BO), Response::NoResponseReceived);
        world.add(ANNA, review).expect("an item");
    })
    .await;
    let session = office.signed_in().await;
    let review = office.until_has(&session, "Review").await;
    office.until_bo_is(&session, &review, "Free").await;
    office.goes_away(BO).await;
    office
        .until_bo_is(&session, &review, "Out of office then")
        .await;

    // Nor is there a time for a meeting with him tomorrow.
    let open = session.open_schedule(SchedulePurpose::New {}).await;
    open.expect("it opens");
    let change = async |change| session.change_schedule(change).await.expect("it is taken");
    let tomorrow = (now() + Duration::days(1)).with_timezone(&ZONE);
    let tomorrow = tomorrow.date_naive().to_string();
    change(ScheduleChange::Between {
        first: tomorrow.clone(),
        last: tomorrow,
    })
    .await;
    change(ScheduleChange::Invite {
        who: BO.to_owned(),
        part: Part::Required,
    })
    .await;
    let away = |view: &Arc<ScheduleView>| {
        let mut spans = view.grid.lines.iter().flat_map(|line| &line.spans);
        !view.asking && spans.any(|span| span.kind == SpanKind::OutOfOffice)
    };
    soon(session.schedule(), away).await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_calendar_rests_in_the_clear(#[values(End::Direct, End::Hybrid)] end: End) {
    let office = Office::new(end, |world| {
        let told = meeting("canary-title", 60)
            .at("canary-room")
            .text("canary-text");
        world.add(ANNA, told).expect("an item");
    })
    .await;
    let session = office.signed_in().await;
    office.until_titles(&session, &["canary-title"]).await;
    office.until_in_step(&session).await;
    session.stop().await;
    let bytes = office.at_rest();
    assert!(bytes.len() > 4_000, "{} bytes at rest", bytes.len());
    for word in ["canary", "Anna Berg", PASSWORD] {
        let found = bytes.windows(word.len()).any(|one| one == word.as_bytes());
        assert!(!found, "{word} rests in the clear at {}", now());
    }
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_makes_changes_answers_and_calls_off_is_done_at_exchange_once(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, |world| {
        add_bo(world);
        let asked = meeting("Asked", 240)
            .called_by(Person::new("Bo Ekman", BO), Response::NoResponseReceived)
            .with(Person::new("Anna Berg", ANNA), Response::NoResponseReceived);
        world.add(ANNA, asked).expect("an item");
    })
    .await;
    let session = office.signed_in().await;
    let asked = office.until_has(&session, "Asked").await;
    let answered = session.answer_meeting(&asked, AnswerChoice::Accept).await;
    answered.expect("it is answered");
    let of = |address: &str, title: &str| office.titled(address, title);
    assert_eq!(of(ANNA, "Asked")[0].my_response, Response::Accept);

    let change = async |change| session.change_schedule(change).await.expect("it is taken");
    let open = session.open_schedule(SchedulePurpose::New {}).await;
    open.expect("it opens");
    change(ScheduleChange::Title {
        text: "Planning".to_owned(),
    })
    .await;
    change(ScheduleChange::Invite {
        who: BO.to_owned(),
        part: Part::Required,
    })
    .await;
    let is_ready = |view: &Arc<ScheduleView>| {
        !view.asking && view.send.ready && view.invitees.iter().any(|one| one.address == BO)
    };
    let view = soon(session.schedule(), is_ready).await;
    assert!(!view.suggestions.is_empty(), "nobody's time is known");
    session.send_schedule().await.expect("it is on its way");
    let is_sent = |view: &Arc<ScheduleView>| {
        let outcome = view.outcome.as_ref();
        outcome.is_some_and(|outcome| outcome.kind == OutcomeKind::Sent)
    };
    soon(session.schedule(), is_sent).await;
    assert_eq!(
        (of(ANNA, "Planning").len(), of(BO, "Planning").len()),
        (1, 1)
    );

    // The title and the time are changed, for everybody, and by the same item.
    let planning = office.until_has(&session, "Planning").await;
    let before = of(BO, "Planning").remove(0);
    let edit = SchedulePurpose::Edit { meeting: planning };
    session.open_schedule(edit).await.expect("it opens");
    change(ScheduleChange::Title {
        text: "Planning, moved".to_owned(),
    })
    .await;
    change(ScheduleChange::Move { quarters: 2 }).await;
    let is_changed = |view: &Arc<ScheduleView>| view.title == "Planning, moved" && is_ready(view);
    soon(session.schedule(), is_changed).await;
    session.send_schedule().await.expect("it is on its way");
    soon(session.schedule(), is_sent).await;
    for whose in [ANNA, BO] {
        assert!(of(whose, "Planning").is_empty(), "{whose}: not beside it");
        let moved = of(whose, "Planning, moved");
        assert_eq!(moved.len(), 1, "{whose}");
        let half_an_hour = Duration::minutes(30);
        assert_eq!(moved[0].start - before.start, half_an_hour, "{whose}");
    }

    let planning = office.until_has(&session, "Planning, moved").await;
    let off = session.cancel_meeting(&planning, "Another time.").await;
    off.expect("it is called off");
    office.until_titles(&session, &["Asked"]).await;
    let called_off = of(BO, "Planning, moved");
    assert!(called_off.iter().all(|one| one.cancelled));
    session.stop().await;
    office.close().await;
}
