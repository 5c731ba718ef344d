//! Keywords in locations become join details in the user's own meetings: the
//! engine against the simulated Exchange, over real sockets.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario ends where a step fails"
)]

use std::{sync::Arc, time::Duration as StdDuration};

use calendar::{
    Window,
    join::Services,
    keyword::{Nothing, block::Language, rooms::Rooms},
};
use chrono::{DateTime, Duration, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use engine::{
    Engine, SystemClock,
    exchange::{Account, Enriched, ExchangeBackend, Mode, Outcome, Reach, Told, WriteBack},
};
use exchange_sim::{
    Options, Personality, Simulator, World,
    server::faults::{Effect, Fault},
    world::{
        details::{Body, Details, Person, Response},
        property::{PropertyKey, PropertyValue},
        series::{Pattern, Range, Series},
    },
};
use vault::sensitive::Sensitive;

const ANNA: &str = "anna@example.org";
const BO: &str = "bo@example.org";
const PASSWORD: &str = "canary-password-1";
const ZONE: Tz = Tz::Europe__Stockholm;
const NOW: &str = "2026-11-23T07:00:00Z";
const MARK: &str = "---- Joinbell ----";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

async fn office(fill: impl FnOnce(&mut World)) -> Simulator {
    office_of(Personality::ExchangeSe, fill).await
}

async fn office_of(personality: Personality, fill: impl FnOnce(&mut World)) -> Simulator {
    let mut world = World::empty(at(NOW));
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    world.add_mailbox(BO, "Bo Ekman", ZONE, PASSWORD);
    fill(&mut world);
    let options = Options {
        clock: Arc::new(|| at(NOW)),
        personality,
        ..Options::default()
    };
    Simulator::start(world, options).await.expect("a simulator")
}

fn backend(simulator: &Simulator) -> ExchangeBackend {
    let password = Sensitive::new(PASSWORD.to_owned());
    let account = Account::new(simulator.ews_url(), ANNA, password, None);
    ExchangeBackend::new(&account, Services::built_in().clone()).expect("a back end")
}

fn how(told: Told) -> WriteBack {
    WriteBack {
        rooms: Rooms {
            personal: "https://acme.webex.com/meet/anna".to_owned(),
            one_time: "https://meet.jit.si/{id}".to_owned(),
            ..Rooms::default()
        },
        told,
        language: Language::ENGLISH,
        token: || "aB3dE5".to_owned(),
    }
}

async fn enrich(simulator: &Simulator, mode: Mode) -> Vec<Enriched> {
    let window = Window {
        start: at(NOW),
        ..Window::around(at(NOW), ZONE)
    };
    backend(simulator)
        .enrich(&how(Told::Nobody), window, ZONE, at(NOW), mode)
        .await
        .expect("an answer")
}

fn meeting(subject: &str, start: &str) -> Details {
    let start = at(start);
    let details = Details::new(subject, start, start + Duration::hours(1), ZONE);
    details.called_by(Person::new("Anna Berg", ANNA), Response::Organizer)
}

fn writes(simulator: &Simulator) -> usize {
    let requests = simulator.requests();
    requests
        .iter()
        .filter(|r| r.operation == "UpdateItem")
        .count()
}

/// What stands in a mailbox now: the body, and our own property.
fn stored(simulator: &Simulator, mailbox: &str, subject: &str) -> (String, Option<String>) {
    simulator.world(|world| {
        let number = world.find(mailbox, subject).expect(subject);
        let item = world
            .mailbox(mailbox)
            .expect("a mailbox")
            .calendar
            .item(number);
        said(&item.expect("an item").details)
    })
}

fn said(details: &Details) -> (String, Option<String>) {
    let body = match &details.body {
        Body::Text(text) | Body::Html(text) => text.clone(),
    };
    let key = PropertyKey::named(ews::item::Property::OWN_SET, "JoinUrl");
    let own = details.extended.get(&key).map(|value| match value {
        PropertyValue::One(value) => value.clone(),
        PropertyValue::Many(values) => panic!("one link and not {values:?}"),
    });
    (body, own)
}

fn link(one: &Enriched) -> &str {
    match &one.outcome {
        Outcome::Written(link) | Outcome::WouldWrite(link) => link.url.as_str(),
        other => panic!("no link: {other:?}"),
    }
}

#[tokio::test]
async fn a_keyword_becomes_join_details_once_and_nobody_is_mailed() {
    let simulator = office(|world| {
        let planning = meeting("Planning", "2026-11-24T09:00:00Z")
            .at("Room 2; @meet")
            .text("Agenda")
            .with(Person::new("Bo Ekman", BO), Response::NoResponseReceived);
        world.add(ANNA, planning).expect("an item");
    })
    .await;

    let shown = enrich(&simulator, Mode::Show).await;
    assert_eq!(link(&shown[0]), "https://meet.jit.si/aB3dE5");
    assert_eq!(
        (shown.len(), writes(&simulator)),
        (1, 0),
        "nothing is written"
    );

    let written = enrich(&simulator, Mode::Write).await;
    assert!(matches!(written[0].outcome, Outcome::Written(_)));
    let (body, own) = stored(&simulator, ANNA, "Planning");
    assert_eq!(own.as_deref(), Some("https://meet.jit.si/aB3dE5"));
    assert!(body.starts_with("Agenda"), "{body}");
    assert_eq!(body.matches(MARK).count(), 1);
    assert!(body.contains("Join the meeting (Jitsi):\r\nhttps://meet.jit.si/aB3dE5"));
    let sent = simulator.world(|world| world.find(BO, "Planning"));
    assert_eq!(sent, None, "no invitation went out");

    let again = enrich(&simulator, Mode::Write).await;
    assert_eq!(again[0].outcome, Outcome::Nothing(Nothing::HasDetails));
    assert_eq!(writes(&simulator), 1);
}

#[tokio::test]
async fn attendees_are_mailed_where_the_user_chose_it() {
    let simulator = office(|world| {
        let planning = meeting("Planning", "2026-11-24T09:00:00Z")
            .at("@webex")
            .with(Person::new("Bo Ekman", BO), Response::Accept);
        world.add(ANNA, planning).expect("an item");
    })
    .await;
    let window = Window::around(at(NOW), ZONE);
    let written = backend(&simulator)
        .enrich(&how(Told::Attendees), window, ZONE, at(NOW), Mode::Write)
        .await
        .expect("an answer");
    assert_eq!(link(&written[0]), "https://acme.webex.com/meet/anna");
    let (body, _) = stored(&simulator, BO, "Planning");
    assert!(body.contains("https://acme.webex.com/meet/anna"), "{body}");
}

#[tokio::test]
async fn the_details_are_html_and_in_the_language_of_the_invitation() {
    let simulator = office(|world| {
        let mut planning = meeting("Planering", "2026-11-24T09:00:00Z")
            .at("@webex:myroom")
            .html("<html><body><p>Dagordning</p></body></html>");
        planning.culture = Some("sv-SE".into());
        world.add(ANNA, planning).expect("an item");
    })
    .await;
    enrich(&simulator, Mode::Write).await;
    let (body, _) = stored(&simulator, ANNA, "Planering");
    assert!(
        body.starts_with("<html><body><p>Dagordning</p><div>"),
        "{body}"
    );
    assert!(body.contains("Anslut till mötet (Webex)"), "{body}");
    assert!(body.ends_with("</div></body></html>"), "{body}");
}

fn mondays(first: &str) -> Series {
    let pattern = Pattern::Weekly {
        every: 1,
        days: vec![Weekday::Mon],
        week_begins: Weekday::Mon,
    };
    Series::new(pattern, day(first), Range::Endless)
}

#[tokio::test]
async fn a_keyword_in_one_occurrence_of_a_series_is_written_there_alone() {
    let simulator = office(|world| {
        let review = meeting("Review", "2026-11-02T09:00:00Z").text("Agenda");
        let number = world
            .add_series(ANNA, review, mondays("2026-11-02"))
            .expect("a series");
        let changed = world.change_occurrence(ANNA, number, day("2026-11-30"), |one| {
            one.location = "@webex".to_owned();
        });
        changed.expect("an occurrence");
    })
    .await;
    let written = enrich(&simulator, Mode::Write).await;
    assert_eq!((written.len(), written[0].reach), (1, Reach::One));
    simulator.world(|world| {
        let number = world.find(ANNA, "Review").expect("the series");
        let item = world
            .mailbox(ANNA)
            .expect("a mailbox")
            .calendar
            .item(number);
        let item = item.expect("an item");
        let of = |text| said(&item.occurrence_details(day(text)).expect("an occurrence"));
        assert!(of("2026-11-30").0.contains(MARK));
        assert_eq!(of("2026-12-07"), ("Agenda".to_owned(), None));
    });
    let again = enrich(&simulator, Mode::Write).await;
    assert_eq!(again[0].outcome, Outcome::Nothing(Nothing::HasDetails));
    assert_eq!(writes(&simulator), 1);
}

#[tokio::test]
async fn a_keyword_in_a_series_is_written_into_the_series_once() {
    let simulator = office(|world| {
        let review = meeting("Review", "2026-11-02T09:00:00Z").at("@meet");
        world
            .add_series(ANNA, review, mondays("2026-11-02"))
            .expect("a series");
    })
    .await;
    let written = enrich(&simulator, Mode::Write).await;
    assert_eq!((written.len(), written[0].reach), (1, Reach::Series));
    assert_eq!(writes(&simulator), 1);
    let (body, own) = stored(&simulator, ANNA, "Review");
    assert!(body.contains(MARK) && own.is_some());
    simulator.world(|world| {
        let number = world.find(ANNA, "Review").expect("the series");
        let item = world
            .mailbox(ANNA)
            .expect("a mailbox")
            .calendar
            .item(number);
        let series = item
            .and_then(|item| item.series.as_ref())
            .expect("a series");
        assert!(series.changed.is_empty(), "no occurrence was split off");
    });
    let again = enrich(&simulator, Mode::Write).await;
    assert_eq!(again[0].outcome, Outcome::Nothing(Nothing::HasDetails));
}

#[tokio::test]
async fn a_keyword_in_a_series_is_written_once_on_grommunio_as_well() {
    let simulator = office_of(Personality::Grommunio, |world| {
        let review = meeting("Review", "2026-11-02T09:00:00Z").at("@meet");
        world
            .add_series(ANNA, review, mondays("2026-11-02"))
            .expect("a series");
    })
    .await;
    let written = enrich(&simulator, Mode::Write).await;
    assert_eq!((written.len(), written[0].reach), (1, Reach::Series));
    assert!(stored(&simulator, ANNA, "Review").0.contains(MARK));
    let again = enrich(&simulator, Mode::Write).await;
    assert_eq!(again[0].outcome, Outcome::Nothing(Nothing::HasDetails));
    assert_eq!(writes(&simulator), 1);
}

#[tokio::test]
async fn nothing_is_written_where_there_is_nothing_to_write() {
    let simulator = office(|world| {
        let bos = meeting("Called by Bo", "2026-11-24T09:00:00Z")
            .at("@meet")
            .called_by(Person::new("Bo Ekman", BO), Response::Accept);
        let linked = meeting("With a link", "2026-11-24T10:00:00Z")
            .at("@meet")
            .text("Join: https://zoom.us/j/1");
        let mut off = meeting("Called off", "2026-11-24T11:00:00Z").at("@meet");
        off.cancelled = true;
        let no_room = meeting("Without a room", "2026-11-24T12:00:00Z").at("@meet:space");
        let plain = meeting("In a room", "2026-11-24T13:00:00Z").at("Room 2");
        for one in [bos, linked, off, no_room, plain] {
            world.add(ANNA, one).expect("an item");
        }
    })
    .await;
    let outcomes: Vec<_> = enrich(&simulator, Mode::Write)
        .await
        .into_iter()
        .map(|one| (one.meeting.title, one.outcome))
        .collect();
    let expected = [
        ("Called by Bo", Outcome::Nothing(Nothing::NotOurs)),
        ("With a link", Outcome::Nothing(Nothing::HasDetails)),
        ("Called off", Outcome::Nothing(Nothing::Cancelled)),
        ("Without a room", Outcome::NoRoom),
    ];
    assert_eq!(
        outcomes,
        expected.map(|(title, outcome)| (title.to_owned(), outcome))
    );
    assert_eq!(writes(&simulator), 0);
}

#[tokio::test]
async fn a_meeting_that_is_over_is_left_alone() {
    let simulator = office(|world| {
        let over = meeting("Yesterday", "2026-11-22T09:00:00Z").at("@meet");
        world.add(ANNA, over).expect("an item");
    })
    .await;
    let window = Window::around(at(NOW), ZONE);
    let found = backend(&simulator)
        .enrich(&how(Told::Nobody), window, ZONE, at(NOW), Mode::Write)
        .await
        .expect("an answer");
    assert_eq!(found[0].outcome, Outcome::Nothing(Nothing::Over));
    assert_eq!(writes(&simulator), 0);
}

#[tokio::test]
async fn what_somebody_changed_at_the_same_moment_is_not_written_over() {
    let simulator = office(|world| {
        let planning = meeting("Planning", "2026-11-24T09:00:00Z").at("@meet");
        world.add(ANNA, planning).expect("an item");
    })
    .await;
    for (code, is_changed) in [
        ("ErrorIrresolvableConflict", true),
        ("ErrorAccessDenied", false),
    ] {
        let refused = Effect::Refused(code.to_owned());
        simulator.faults().set(Fault::once("UpdateItem", refused));
        let found = enrich(&simulator, Mode::Write).await;
        let outcome = &found[0].outcome;
        assert_eq!(*outcome == Outcome::Changed, is_changed, "{outcome:?}");
        assert_eq!(matches!(outcome, Outcome::Refused(_)), !is_changed);
    }
    let found = enrich(&simulator, Mode::Write).await;
    assert!(matches!(found[0].outcome, Outcome::Written(_)));
}

#[tokio::test]
async fn a_running_engine_writes_once_and_its_own_change_is_no_news() {
    let now = (Options::default().clock)();
    let mut world = World::empty(now);
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    let simulator = Simulator::start(world, Options::default())
        .await
        .expect("a simulator");
    let backend = backend(&simulator).writing(how(Told::Nobody));
    let clock = Arc::new(SystemClock);
    let engine = Engine::start(Arc::new(backend), None, clock, ZONE, 1);
    let mut snapshots = engine.snapshots();
    let mut until = async |what: &str, is: &dyn Fn(&engine::Snapshot) -> bool| {
        let wait = snapshots.wait_for(|snapshot| is(snapshot));
        let found = tokio::time::timeout(StdDuration::from_mins(1), wait).await;
        let found = found.expect(what).expect("the engine runs");
        Arc::clone(&found)
    };
    until("in step", &|s| s.health == engine::Health::UpToDate).await;

    let start = now + Duration::hours(2);
    let planning = Details::new("Planning", start, start + Duration::hours(1), ZONE)
        .at("@meet")
        .called_by(Person::new("Anna Berg", ANNA), Response::Organizer);
    let number = simulator.world(|world| world.add(ANNA, planning));
    let number = number.expect("an item");
    let has_link = |s: &engine::Snapshot| {
        let mut meetings = s.agenda.iter();
        meetings.any(|m| m.title == "Planning" && m.join.best().is_some())
    };
    let snapshot = until("the link", &has_link).await;
    let written = snapshot.agenda.iter().next().expect("a meeting");
    assert_eq!(
        written.join.best().map(|link| link.url.as_str()),
        Some("https://meet.jit.si/aB3dE5")
    );
    let text = engine.text(&written.id).await.expect("a text");
    assert!(text.contains("https://meet.jit.si/aB3dE5"));

    // A second meeting comes after the news of the engine's own change: when
    // it is there, that news has been dealt with.
    let reads = |simulator: &Simulator| {
        let asked = simulator.requests();
        asked.iter().filter(|r| r.operation == "GetItem").count()
    };
    let before = reads(&simulator);
    let review = Details::new("Review", start, start + Duration::hours(1), ZONE);
    simulator
        .world(|world| world.add(ANNA, review))
        .expect("an item");
    until("the second meeting", &|s| s.agenda.len() == 2).await;
    assert_eq!(writes(&simulator), 1);
    assert_eq!(
        reads(&simulator),
        before + 1,
        "only the second meeting is read"
    );
    let kept = simulator.world(|world| {
        let item = world.mailbox(ANNA).and_then(|m| m.calendar.item(number));
        item.map(|item| said(&item.details).0.matches(MARK).count())
    });
    assert_eq!(kept, Some(1));
    engine.stop().await;
}

#[tokio::test]
async fn f36_a_write_that_lost_to_somebody_elses_is_made_after_a_later_pull() {
    let now = (Options::default().clock)();
    let start = now + Duration::hours(2);
    let mut world = World::empty(now);
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    let planning = Details::new("Planning", start, start + Duration::hours(1), ZONE)
        .at("@meet")
        .called_by(Person::new("Anna Berg", ANNA), Response::Organizer);
    world.add(ANNA, planning).expect("an item");
    let simulator = Simulator::start(world, Options::default())
        .await
        .expect("a simulator");
    let conflict = Effect::Refused("ErrorIrresolvableConflict".to_owned());
    simulator.faults().set(Fault::once("UpdateItem", conflict));
    let backend = backend(&simulator).writing(how(Told::Nobody));
    let engine = Engine::start(Arc::new(backend), None, Arc::new(SystemClock), ZONE, 1);
    let mut snapshots = engine.snapshots();
    let written = async {
        let has_link = |s: &engine::Snapshot| s.agenda.iter().any(|m| m.join.best().is_some());
        while !has_link(&snapshots.borrow_and_update()) {
            engine.refresh();
            snapshots.changed().await.expect("the engine runs");
        }
    };
    let patience = StdDuration::from_mins(1);
    let written = tokio::time::timeout(patience, written).await;
    written.expect("the item has not changed, and is looked at again all the same");
    assert_eq!(writes(&simulator), 2);
    engine.stop().await;
}
