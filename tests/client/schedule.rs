//! What the user sends, against the simulated Exchange with its faults: a
//! meeting exists once, everybody is asked once, and what the user is told is
//! so, whenever the program dies.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario ends where a step fails"
)]

use std::sync::Arc;

use calendar::{availability::Taken, meeting::MeetingId};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use engine::{
    Courier, Scheduler,
    outbox::{Outcome, Progress},
    scheduler::{
        Answer, Attempt, Changed, Intent, NewMeeting, People, PersonTime, Refusal, RequestId,
        Standing,
    },
};
use exchange_sim::{
    World,
    server::faults::{Effect, Fault},
    world::{
        details::{Details, Person as SimPerson, Response},
        mailbox::MailboxKind,
    },
};
use rstest::rstest;
use scenarios::{
    deadly::{Deadly, Death},
    stage::{ANNA, PASSWORD, Stage, ZONE},
};

mod conflicts;
#[path = "schedule/meanwhile.rs"]
mod meanwhile;
#[path = "schedule/standing.rs"]
mod standing;

const BO: &str = "bo@example.org";
const GRETA: &str = "greta@example.org";
const ROOM: &str = "room2@example.org";
const MORNING: &str = "2026-11-23T07:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn people(world: &mut World) {
    world.add_mailbox(BO, "Bo Ekman", ZONE, PASSWORD);
    world.add_mailbox(GRETA, "Greta Lind", Tz::Asia__Ho_Chi_Minh, PASSWORD);
    world.add_mailbox(ROOM, "Room 2", ZONE, PASSWORD).kind = MailboxKind::Room;
}

async fn office() -> Stage {
    Stage::at(MORNING, people).await
}

fn planning() -> NewMeeting {
    NewMeeting {
        title: "Planning".to_owned(),
        message: "Three things.".to_owned(),
        start: at("2026-11-24T09:00:00Z"),
        end: at("2026-11-24T10:00:00Z"),
        zone: ZONE,
        location: "Room 2".to_owned(),
        people: People {
            required: vec![BO.to_owned()],
            optional: vec![GRETA.to_owned()],
            rooms: vec![ROOM.to_owned()],
        },
        join: Some(
            "https://acme.webex.com/meet/anna"
                .parse()
                .expect("an address"),
        ),
        reminder_minutes: 15,
    }
}

fn make() -> Intent {
    Intent::Make(Box::new(planning()))
}

fn name(text: &str) -> RequestId {
    RequestId(text.to_owned())
}

fn courier(stage: &Stage) -> Courier {
    courier_over(stage, Arc::new(stage.backend(PASSWORD)))
}

fn courier_over(stage: &Stage, scheduler: Arc<dyn Scheduler>) -> Courier {
    Courier::start(scheduler, Some(stage.journal()), stage.clock.clone(), None)
}

/// Waits until it is certain what came of a request; time passes meanwhile.
async fn outcome(courier: &Courier, request: &str) -> Outcome {
    let mut posted = courier.posted();
    let certain = posted.wait_for(|all| {
        let one = all.find(&name(request));
        one.is_some_and(|one| matches!(one.state, Progress::Settled(_)))
    });
    let hours = std::time::Duration::from_hours(3);
    let all = tokio::time::timeout(hours, certain).await;
    let all = all.expect("it becomes certain").expect("it runs").clone();
    match &all.find(&name(request)).expect("it is there").state {
        Progress::Settled(settled) => settled.outcome.clone(),
        other => panic!("{other:?}"),
    }
}

async fn until_unsure(courier: &Courier) {
    let mut posted = courier.posted();
    let unsure = posted.wait_for(|all| {
        let mut states = all.all.iter().map(|one| &one.state);
        states.any(|state| matches!(state, Progress::Unsure { .. }))
    });
    drop(unsure.await.expect("it runs"));
}

/// How often "Planning" stands in each calendar.
fn copies(stage: &Stage) -> Vec<(&'static str, usize)> {
    stage.simulator.world(|world| {
        let of = |who: &'static str| {
            let items = world.mailbox(who).expect(who).calendar.items();
            let named = items.filter(|item| item.details.subject.contains("Planning"));
            (who, named.count())
        };
        [ANNA, BO, GRETA, ROOM].map(of).to_vec()
    })
}

fn one_each() -> Vec<(&'static str, usize)> {
    [ANNA, BO, GRETA, ROOM].map(|who| (who, 1)).to_vec()
}

fn sent(stage: &Stage, operation: &str) -> usize {
    let operations = stage.operations();
    operations.iter().filter(|one| *one == operation).count()
}

/// "Planning" as it stands in a calendar.
fn planned(stage: &Stage, who: &str) -> Details {
    stage.simulator.world(|world| {
        let mailbox = world.mailbox(who).expect(who);
        let mut items = mailbox.calendar.items();
        let item = items.find(|item| item.details.subject.contains("Planning"));
        item.expect("the meeting").details.clone()
    })
}

#[tokio::test(start_paused = true)]
async fn a_meeting_stands_in_the_mailboxes_of_all_who_are_asked() {
    let stage = office().await;
    let courier = courier(&stage);
    courier.send(name("a"), make()).expect("room");
    assert_eq!(outcome(&courier, "a").await, Outcome::Done);
    assert_eq!(copies(&stage), one_each());
    let details = planned(&stage, ANNA);
    assert_eq!(
        details.resources[0].response,
        Response::Accept,
        "the room has accepted"
    );
    assert_eq!(details.location, "Room 2");
    courier.stop().await;
}

#[rstest]
#[case::the_answer_breaks_off(Effect::Truncate)]
#[case::the_connection_is_cut_before(Effect::Close)]
#[case::there_is_no_answer(Effect::Hang)]
#[case::a_proxy_fails(Effect::Status { status: 502, retry_after: None })]
#[case::the_server_is_busy(Effect::HiddenBusy(90_000))]
#[case::the_server_fails_for_a_moment(Effect::Refused("ErrorMailboxStoreUnavailable".to_owned()))]
#[case::what_comes_makes_no_sense(Effect::Body("<html>Welcome</html>".to_owned()))]
#[tokio::test(start_paused = true)]
async fn i7_whatever_becomes_of_the_answer_there_is_one_meeting(#[case] effect: Effect) {
    let stage = office().await;
    let faults = stage.simulator.faults();
    faults.set(Fault::once("CreateItem", effect));
    let courier = courier(&stage);
    courier.send(name("a"), make()).expect("room");
    until_unsure(&courier).await;
    let unsure_since = stage.clock_now();
    assert_eq!(outcome(&courier, "a").await, Outcome::Done);
    let waited = stage.clock_now() - unsure_since;
    assert!(waited >= Duration::seconds(119), "{waited}");
    assert_eq!(copies(&stage), one_each());
    courier.stop().await;
}

#[tokio::test(start_paused = true)]
async fn i7_a_meeting_that_was_deleted_by_hand_meanwhile_is_not_made_again() {
    let stage = office().await;
    let faults = stage.simulator.faults();
    faults.set(Fault::once("CreateItem", Effect::Truncate));
    let courier = courier(&stage);
    courier.send(name("a"), make()).expect("room");
    until_unsure(&courier).await;
    let other = stage.backend(PASSWORD);
    let cancel = Intent::Cancel {
        meeting: standing(&stage).await,
        message: String::new(),
    };
    assert_eq!(other.attempt(&name("x"), &cancel).await, Attempt::Done);
    assert_eq!(outcome(&courier, "a").await, Outcome::Done);
    let organizer = copies(&stage)[0];
    assert_eq!(organizer, (ANNA, 0));
    courier.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_is_asked_once_and_nothing_is_made() {
    let stage = office().await;
    let refusal = Effect::Refused("ErrorQuotaExceeded".to_owned());
    let faults = stage.simulator.faults();
    faults.set(Fault::once("CreateItem", refusal));
    let courier = courier(&stage);
    courier.send(name("a"), make()).expect("room");
    let full = Outcome::Refused {
        refusal: Refusal::Full,
    };
    assert_eq!(outcome(&courier, "a").await, full);
    stage.pass(Duration::minutes(30)).await;
    assert_eq!(sent(&stage, "CreateItem"), 1);
    assert!(copies(&stage).iter().all(|(_, count)| *count == 0));
    courier.stop().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_network_nothing_is_sent_and_that_is_said_at_once() {
    let stage = office().await;
    stage.network(false);
    let courier = courier(&stage);
    courier.send(name("a"), make()).expect("room");
    let away = Outcome::Refused {
        refusal: Refusal::Unreachable,
    };
    assert_eq!(outcome(&courier, "a").await, away);
    stage.network(true);
    stage.pass(Duration::minutes(30)).await;
    assert_eq!(sent(&stage, "CreateItem"), 0);
    courier.stop().await;
}

#[tokio::test(start_paused = true)]
async fn sr_25_a_refused_password_is_not_tried_again_by_itself() {
    let stage = office().await;
    let courier = courier_over(&stage, Arc::new(stage.backend("wrong")));
    courier.send(name("a"), make()).expect("room");
    let refused = Outcome::Refused {
        refusal: Refusal::SignIn,
    };
    assert_eq!(outcome(&courier, "a").await, refused);
    courier.stop().await;
}

/// Sends something with a program that dies over it.
async fn die_over(stage: &Stage, death: Death, intent: Intent) {
    let deadly = Deadly::new(stage.backend(PASSWORD), death);
    let mut watch = deadly.died.subscribe();
    let courier = courier_over(stage, Arc::new(deadly));
    courier.send(name("a"), intent).expect("room");
    drop(watch.wait_for(|died| *died).await.expect("it dies"));
    // Without a word, as a killed program does.
    drop(courier);
}

#[rstest]
#[case(Death::BeforeSending)]
#[case(Death::BeforeTheAnswer)]
#[tokio::test(start_paused = true)]
async fn i7_a_program_that_is_killed_over_it_makes_one_meeting(#[case] death: Death) {
    let stage = office().await;
    die_over(&stage, death, make()).await;
    let next = courier(&stage);
    let killed = stage.clock_now();
    assert_eq!(outcome(&next, "a").await, Outcome::Done);
    let waited = stage.clock_now() - killed;
    assert!(waited >= Duration::seconds(119), "{waited}");
    assert_eq!(copies(&stage), one_each());
    // The outcome is kept until somebody has seen it, and not longer.
    next.stop().await;
    let third = courier(&stage);
    assert_eq!(outcome(&third, "a").await, Outcome::Done);
    third.forget(name("a"));
    third.stop().await;
    let journal = stage.journal().load().await.expect("the journal");
    assert!(journal.records.is_empty());
}

#[tokio::test(start_paused = true)]
async fn i7_a_weekend_without_network_after_a_lost_answer_makes_no_second_meeting() {
    let stage = office().await;
    die_over(&stage, Death::BeforeTheAnswer, make()).await;
    stage.network(false);
    let next = courier(&stage);
    stage.pass(Duration::hours(2)).await;
    // Somebody moves the meeting meanwhile.
    stage.simulator.world(|world| {
        let number = world.find(ANNA, "Planning").expect("the meeting");
        let moved = world.change(ANNA, number, |item| {
            item.details.start += Duration::days(7);
            item.details.end += Duration::days(7);
        });
        moved.expect("a change");
    });
    stage.network(true);
    assert_eq!(outcome(&next, "a").await, Outcome::Done);
    assert_eq!(copies(&stage), one_each());
    assert_eq!(sent(&stage, "CreateItem"), 1);
    next.stop().await;
}

/// "Planning" as the engine knows it.
async fn standing(stage: &Stage) -> Standing {
    let engine = stage.engine();
    let snapshot = scenarios::stage::until(&engine, |snapshot| {
        scenarios::stage::up_to_date(snapshot)
            && scenarios::stage::titles(snapshot).contains(&"Planning")
    })
    .await;
    let meeting = snapshot
        .agenda
        .iter()
        .find(|meeting| meeting.title == "Planning")
        .expect("the meeting");
    let standing = Standing {
        id: meeting.id.clone(),
        start: meeting.span.start(ZONE),
        end: meeting.span.end(ZONE),
    };
    engine.stop().await;
    standing
}

/// An office in which "Planning" has been made.
async fn office_with_planning() -> (Stage, Standing) {
    let stage = office().await;
    let made = stage
        .backend(PASSWORD)
        .attempt(&name("made"), &make())
        .await;
    assert_eq!(made, Attempt::Done);
    let standing = standing(&stage).await;
    (stage, standing)
}

fn later(meeting: Standing) -> Intent {
    Intent::Change {
        meeting,
        to: Box::new(Changed {
            title: Some("Planning, later".to_owned()),
            when: Some((at("2026-11-25T13:00:00Z"), at("2026-11-25T13:30:00Z"), ZONE)),
            people: Some(People {
                required: vec![BO.to_owned()],
                optional: Vec::new(),
                rooms: vec![ROOM.to_owned()],
            }),
            ..Changed::default()
        }),
    }
}

fn with_invitation(world: &mut World) {
    people(world);
    let (start, end) = (at("2026-11-24T09:00:00Z"), at("2026-11-24T10:00:00Z"));
    let bo = || SimPerson::new("Bo Ekman", BO);
    let anna = SimPerson::new("Anna Berg", ANNA);
    let theirs = Details::new("Planning", start, end, ZONE)
        .called_by(bo(), Response::Organizer)
        .with(anna.clone(), Response::NoResponseReceived);
    let mine = Details::new("Planning", start, end, ZONE)
        .called_by(bo(), Response::NoResponseReceived)
        .with(anna, Response::NoResponseReceived);
    let uid = Some("uid-planning".to_owned());
    world
        .insert(BO, theirs, None, uid.clone())
        .expect("an item");
    world.insert(ANNA, mine, None, uid).expect("an item");
}

#[tokio::test(start_paused = true)]
async fn people_are_found_and_when_they_have_time_is_told() {
    let (stage, _) = office_with_planning().await;
    let backend = stage.backend(PASSWORD);
    let found = backend.people("gre").await.expect("an answer");
    assert_eq!(found[0].address.as_deref(), Some(GRETA));
    assert!(
        backend
            .people("nobody")
            .await
            .expect("an answer")
            .is_empty()
    );
    let asked = [BO, "nobody@example.org", GRETA].map(str::to_owned);
    let (from, to) = (at("2026-11-23T23:00:00Z"), at("2026-11-25T23:00:00Z"));
    let times = backend.time_of(&asked, from, to, ZONE).await;
    let times = times.expect("an answer");
    let taken: Vec<_> = times[0].time.as_ref().expect("his time").iter().collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].start, at("2026-11-24T09:00:00Z"));
    assert_eq!(times[0].hours.expect("his hours").zone, ZONE);
    assert_eq!(times[1], PersonTime::default(), "nothing is known");
    let hers = times[2].time.as_ref().expect("her time").iter().next();
    assert_eq!(hers.expect("a stretch").taken, Taken::Tentative);
    let hours = times[2].hours.expect("her hours");
    assert_eq!(hours.zone, Tz::Etc__GMTMinus7, "seven hours ahead");
}

#[tokio::test(start_paused = true)]
async fn the_rooms_of_the_organisations_lists_are_told() {
    let stage = office().await;
    let rooms = stage.backend(PASSWORD).rooms().await.expect("the rooms");
    let told: Vec<_> = rooms
        .iter()
        .map(|one| (one.name.as_str(), one.address.as_deref()))
        .collect();
    assert_eq!(told, [("Room 2", Some(ROOM))]);
    // Where there are no lists there are no rooms, and that is no failure.
    let alone = Stage::at(MORNING, |_| ()).await;
    assert_eq!(alone.backend(PASSWORD).rooms().await.expect("none"), []);
}
