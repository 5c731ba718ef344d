//! The engine against the simulated Exchange, in simulated time: what happens
//! on the server is on the agenda, and bad days lose nothing.

#![expect(clippy::expect_used, reason = "a test ends where a step fails")]

mod bad_days;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use calendar::Span;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use engine::{FailureKind, Health, Oof};
use exchange_sim::{
    World,
    server::faults::{Effect, Fault, Lasts},
    world::{
        details::{Details, Person, Response},
        mailbox::OofState,
        series::{Pattern, Range, Series},
    },
};
use scenarios::stage::{ANNA, PASSWORD, Stage, ZONE, titles, until, up_to_date};

const MORNING: &str = "2026-11-23T07:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn review() -> Details {
    let (start, end) = (at("2026-11-23T09:00:00Z"), at("2026-11-23T09:45:00Z"));
    Details::new("Supplier review", start, end, ZONE).at("https://acme.webex.com/meet/ana")
}

fn with_review(world: &mut World) {
    world.add(ANNA, review()).expect("an item");
}

#[tokio::test(start_paused = true)]
async fn a_meeting_walks_from_the_mailbox_to_the_agenda() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    let meeting = snapshot.agenda.iter().next().expect("a meeting");
    let span = Span::Timed {
        start: at("2026-11-23T09:00:00Z"),
        end: at("2026-11-23T09:45:00Z"),
    };
    assert_eq!(meeting.span, span);
    assert_eq!(meeting.join.best().expect("a link").provider, "Webex");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_happens_on_the_server_is_on_the_agenda_within_seconds() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.pass(Duration::minutes(1)).await;
    let before = stage.clock_now();

    let added = stage.simulator.world(|world| {
        let start = at("2026-11-23T12:00:00Z");
        let new = Details::new("Lunch talk", start, start + Duration::hours(1), ZONE);
        world.add(ANNA, new)
    });
    let number = added.expect("an item");
    let snapshot = until(&engine, |s| s.agenda.len() == 2).await;
    assert_eq!(titles(&snapshot), ["Supplier review", "Lunch talk"]);
    assert!(stage.clock_now() - before < Duration::seconds(10));

    stage.simulator.world(|world| {
        let moved = world.change(ANNA, number, |item| {
            item.details.start -= Duration::hours(4);
            item.details.end -= Duration::hours(4);
        });
        moved.expect("a change");
    });
    let snapshot = until(&engine, |s| titles(s)[0] == "Lunch talk").await;
    assert_eq!(snapshot.agenda.len(), 2, "moved and not doubled");

    stage.simulator.world(|world| {
        let cancelled = world.change(ANNA, number, |item| item.details.cancelled = true);
        cancelled.expect("a change");
    });
    until(&engine, |s| s.agenda.iter().any(|m| m.cancelled)).await;

    stage.simulator.world(|world| {
        world.delete(ANNA, number).expect("a deletion");
    });
    let snapshot = until(&engine, |s| s.agenda.len() == 1).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_series_shows_its_occurrences_with_the_changed_and_without_the_deleted_one() {
    let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a day");
    let stage = Stage::at(MORNING, |world| {
        let start = at("2026-11-23T08:00:00Z");
        let standup = Details::new("Stand-up", start, start + Duration::minutes(15), ZONE);
        let series = Series {
            pattern: Pattern::Daily { every: 1 },
            first: day(23),
            range: Range::Count(5),
            changed: BTreeMap::new(),
            deleted: BTreeSet::new(),
        };
        let number = world.add_series(ANNA, standup, series).expect("a series");
        world
            .delete_occurrence(ANNA, number, day(24))
            .expect("a deletion");
        world
            .change_occurrence(ANNA, number, day(25), |d| {
                d.subject = "Stand-up, later".to_owned();
                d.start += Duration::hours(1);
                d.end += Duration::hours(1);
            })
            .expect("a change");
    })
    .await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    let rows: Vec<(String, String)> = snapshot
        .agenda
        .in_order(ZONE)
        .iter()
        .map(|m| (m.span.start(ZONE).to_rfc3339(), m.title.clone()))
        .collect();
    let expected = [
        ("2026-11-23T08:00:00+00:00", "Stand-up"),
        ("2026-11-25T09:00:00+00:00", "Stand-up, later"),
        ("2026-11-26T08:00:00+00:00", "Stand-up"),
        ("2026-11-27T08:00:00+00:00", "Stand-up"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    assert_eq!(rows, expected);
    assert!(snapshot.agenda.iter().all(|meeting| meeting.is_recurring()));
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_without_a_network_shows_the_last_agenda_with_its_age() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    let before = until(&engine, up_to_date).await;
    engine.stop().await;

    stage.network(false);
    stage.pass(Duration::hours(1)).await;
    let engine = stage.engine();
    let snapshot = until(&engine, |s| matches!(s.health, Health::Failing { .. })).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    assert_eq!(snapshot.as_of, before.as_of, "marked with its age");
    assert!(matches!(
        snapshot.health,
        Health::Failing {
            kind: FailureKind::Unreachable,
            ..
        }
    ));

    stage.network(true);
    let snapshot = until(&engine, up_to_date).await;
    assert!(snapshot.as_of > before.as_of);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn sr_61_what_has_left_the_window_is_forgotten_while_no_server_answers() {
    let stage = Stage::at(MORNING, |world| {
        let start = at("2026-11-17T09:00:00Z");
        let old = Details::new("Last week", start, start + Duration::hours(1), ZONE);
        world.add(ANNA, old).expect("an item");
        with_review(world);
    })
    .await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["Last week", "Supplier review"]);
    stage.network(false);
    stage.pass(Duration::days(2)).await;
    let snapshot = engine.snapshots().borrow().clone();
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    engine.stop().await;
    let loaded = stage.series().load().await.expect("the store");
    assert_eq!(loaded.records.len(), 1, "nor is it in the store");
}

#[tokio::test(start_paused = true)]
async fn f31_and_f32_a_crowded_calendar_is_listed_whole_and_a_huge_one_costs_its_window() {
    let stage = Stage::at(MORNING, |world| {
        let soon = at("2026-11-23T08:00:00Z");
        for number in 0..1100 {
            let start = soon + Duration::minutes(number * 30);
            let end = start + Duration::minutes(25);
            let details = Details::new(format!("Slot {number}"), start, end, ZONE);
            world.add(ANNA, details).expect("an item");
        }
        let long_ago = at("2020-01-01T08:00:00Z");
        for number in 0..5000 {
            let start = long_ago + Duration::minutes(number * 30);
            let end = start + Duration::minutes(25);
            let details = Details::new("Long ago", start, end, ZONE);
            world.add(ANNA, details).expect("an item");
        }
        let mut town_hall = review();
        town_hall.subject = "Town hall".to_owned();
        for number in 0..2000 {
            let guest = Person::new("A guest", format!("guest{number}@example.org"));
            town_hall = town_hall.with(guest, Response::NoResponseReceived);
        }
        world.add(ANNA, town_hall).expect("an item");
    })
    .await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(snapshot.agenda.len(), 1101, "a view gives at most 1000");
    let invited = snapshot.agenda.iter().map(|one| one.attendees.len());
    assert_eq!(invited.max(), Some(2000));
    let asked = stage.operations();
    let asked = asked.iter().filter(|one| *one == "GetItem").count();
    assert!(asked <= 1101_usize.div_ceil(20) + 3, "{asked} batches");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_prompt_server_is_asked_for_more_items_at_a_time_and_a_slow_one_for_fewer() {
    // Four requests leave before the first answer says how prompt it is.
    let first = 4 * 20;
    for (delay, then) in [(20, 50), (1_000, 20), (6_000, 10)] {
        let stage = Stage::at(MORNING, |world| {
            for number in 0..300 {
                let start = at("2026-11-23T08:00:00Z") + Duration::minutes(number * 30);
                let end = start + Duration::minutes(25);
                let details = Details::new(format!("Slot {number}"), start, end, ZONE);
                world.add(ANNA, details).expect("an item");
            }
        })
        .await;
        stage.simulator.faults().set(Fault {
            operation: Some("GetItem".to_owned()),
            ..Fault::always(Effect::Delay(delay))
        });
        let engine = stage.engine();
        let snapshot = until(&engine, up_to_date).await;
        assert_eq!(snapshot.agenda.len(), 300);
        let asked = stage.operations();
        let asked = asked.iter().filter(|one| *one == "GetItem").count();
        assert_eq!(asked, 4 + (300_usize - first).div_ceil(then), "{delay} ms");
        engine.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_with_nothing_new_asks_for_no_item_again() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    engine.stop().await;
    stage.simulator.forget_requests();
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    let asked = stage.operations();
    assert!(asked.contains(&"SyncFolderItems".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"GetItem".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"FindItem".to_owned()), "{asked:?}");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_exchange_without_any_series_is_not_asked_for_all_its_items() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    let lists = stage.operations();
    let lists = lists.iter().filter(|one| *one == "FindItem").count();
    assert_eq!(lists, 1, "the occurrences of the window");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_heard_of_takes_one_way_to_the_server_and_the_sweep_finds_nothing_new() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.pass(Duration::minutes(1)).await;
    stage.simulator.forget_requests();
    stage.simulator.world(|world| {
        let number = world.find(ANNA, "Supplier review").expect("the review");
        let renamed = |item: &mut exchange_sim::world::mailbox::Item| {
            item.details.subject = "Review of the supplier".to_owned();
        };
        world.change(ANNA, number, renamed).expect("it is there");
    });
    let snapshot = until(&engine, |s| titles(s) == ["Review of the supplier"]).await;
    assert_eq!(snapshot.agenda.len(), 1);
    let mut asked = stage.operations();
    asked.sort();
    assert_eq!(asked, ["FindItem", "GetItem"], "side by side");
    // The sweep asks what has changed since the cursor, which has stayed.
    stage.simulator.forget_requests();
    stage.pass(Duration::minutes(20)).await;
    let asked = stage.operations();
    assert!(asked.contains(&"SyncFolderItems".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"GetItem".to_owned()), "{asked:?}");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_heard_of_and_deleted_before_the_next_start_is_gone_then() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.pass(Duration::minutes(1)).await;
    let number = stage.simulator.world(|world| {
        let start = at("2026-11-23T12:00:00Z");
        let new = Details::new("Lunch talk", start, start + Duration::hours(1), ZONE);
        world.add(ANNA, new).expect("an item")
    });
    until(&engine, |s| s.agenda.len() == 2).await;
    engine.stop().await;
    // To the stored cursor it never was there.
    stage
        .simulator
        .world(|world| world.delete(ANNA, number).expect("a deletion"));
    let engine = stage.engine();
    let snapshot = until(&engine, |s| up_to_date(s) && s.as_of.is_some()).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_window_moves_at_midnight_and_what_falls_out_is_forgotten() {
    let stage = Stage::at("2026-11-23T21:00:00Z", |world| {
        for (subject, start) in [
            ("A week ago", "2026-11-16T09:00:00Z"),
            ("In 32 days", "2026-12-25T09:00:00Z"),
        ] {
            let start = at(start);
            let item = Details::new(subject, start, start + Duration::hours(1), ZONE);
            world.add(ANNA, item).expect("an item");
        }
    })
    .await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["A week ago"]);
    stage.pass(Duration::hours(2)).await;
    let snapshot = until(&engine, |s| titles(s) == ["In 32 days"]).await;
    let midnight = at("2026-11-23T23:00:00Z");
    assert!(snapshot.as_of >= Some(midnight), "{:?}", snapshot.as_of);
    engine.stop().await;
    let kept = stage.series().load().await.expect("a series");
    assert_eq!(kept.records.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_planned_absence_is_known_with_its_times() {
    let (start, end) = (at("2026-12-21T07:00:00Z"), at("2027-01-07T07:00:00Z"));
    let stage = Stage::at(MORNING, |world| {
        let anna = world.mailbox_mut(ANNA).expect("a mailbox");
        anna.oof.state = OofState::Scheduled;
        anna.oof.duration = (start, end);
    })
    .await;
    let engine = stage.engine();
    let snapshot = until(&engine, |s| s.oof.is_some()).await;
    assert_eq!(snapshot.oof, Some(Oof::Planned { start, end }));
    engine.stop().await;
}
