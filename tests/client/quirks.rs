//! What servers do that other clients stumbled over, by number, seen from the
//! agenda. Time is simulated.

#![expect(clippy::expect_used, reason = "a scenario ends where a step fails")]

use chrono::{DateTime, Duration, Utc};
use engine::Health;
use exchange_sim::{
    World,
    server::faults::{Effect, Fault, Lasts},
    world::details::Details,
};
use scenarios::stage::{ANNA, Stage, ZONE, titles, until, up_to_date};

const MORNING: &str = "2026-11-24T07:00:00Z";

fn meeting(title: &str, minutes: i64) -> Details {
    let nine: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().expect("a moment");
    let start = nine + Duration::minutes(minutes);
    Details::new(title, start, start + Duration::minutes(30), ZONE)
}

fn three(world: &mut World) {
    for (number, title) in ["One", "Two", "Three"].into_iter().enumerate() {
        let minutes = 60 * i64::try_from(number).expect("a small number");
        world.add(ANNA, meeting(title, minutes)).expect("a mailbox");
    }
}

fn fault(operation: &str, lasts: Lasts, effect: Effect) -> Fault {
    Fault {
        operation: Some(operation.to_owned()),
        mailbox: None,
        lasts,
        effect,
    }
}

fn count(stage: &Stage, operation: &str) -> usize {
    let all = stage.operations();
    all.iter().filter(|one| *one == operation).count()
}

#[tokio::test(start_paused = true)]
async fn quirk_06_refused_subscriptions_are_asked_for_ever_less_often() {
    let stage = Stage::at(MORNING, three).await;
    let refused = Effect::Refused("ErrorAccessDenied".to_owned());
    let faults = stage.simulator.faults();
    faults.set(fault("Subscribe", Lasts::Always, refused));
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.pass(Duration::hours(1)).await;
    let asked = count(&stage, "Subscribe");
    assert!((2..=60).contains(&asked), "{asked} times in an hour");
    // Without a stream changes are asked for at intervals.
    let pulled = count(&stage, "SyncFolderItems");
    assert!((30..=130).contains(&pulled), "{pulled} times in an hour");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn quirk_15_and_16_what_happens_between_two_streams_is_not_missed() {
    let stage = Stage::at(MORNING, three).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.pass(Duration::minutes(1)).await;
    for round in 0..5_i64 {
        stage.simulator.forget_subscriptions();
        let title = format!("Late {round}");
        stage.simulator.world(|world| {
            let late = meeting(&title, 200 + round);
            world.add(ANNA, late).expect("a mailbox");
        });
        let begun = stage.clock_now();
        until(&engine, |snapshot| {
            titles(snapshot).contains(&title.as_str())
        })
        .await;
        assert!(stage.clock_now() - begun <= Duration::seconds(90));
    }
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn quirk_21_a_sync_state_that_comes_again_ends_the_paging() {
    let stage = Stage::at(MORNING, three).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    let faults = stage.simulator.faults();
    faults.set(fault("SyncFolderItems", Lasts::Always, Effect::Repeat));
    stage.simulator.forget_requests();
    engine.refresh();
    stage.pass(Duration::seconds(10)).await;
    let asked = count(&stage, "SyncFolderItems");
    assert!((1..=4).contains(&asked), "{asked} pages");
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["One", "Two", "Three"]);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn quirk_23_an_item_that_is_named_and_then_not_found_is_no_failure() {
    let stage = Stage::at(MORNING, three).await;
    let gone = Effect::Refused("ErrorItemNotFound".to_owned());
    let faults = stage.simulator.faults();
    faults.set(fault("GetItem", Lasts::Times(1), gone));
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(snapshot.health, Health::UpToDate);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn quirk_24_the_rest_of_a_stopped_batch_is_asked_for_again() {
    let stage = Stage::at(MORNING, three).await;
    let faults = stage.simulator.faults();
    faults.set(fault("GetItem", Lasts::Times(2), Effect::BatchStops(1)));
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["One", "Two", "Three"]);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn quirk_44_one_broken_series_does_not_hide_the_rest_of_the_window() {
    let stage = Stage::at(MORNING, three).await;
    let broken = Effect::Refused("ErrorRecurrenceHasNoOccurrence".to_owned());
    let faults = stage.simulator.faults();
    faults.set(fault("FindItem", Lasts::Times(3), broken));
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["One", "Two", "Three"]);
    assert!(count(&stage, "FindItem") > 3);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn sr_27_one_monstrous_invitation_does_not_hide_the_others() {
    let stage = Stage::at(MORNING, |world| {
        three(world);
        // A text beyond the limit of the reader.
        let monster = meeting("Monster", 300).html("x".repeat(9 * 1024 * 1024));
        world.add(ANNA, monster).expect("a mailbox");
    })
    .await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["One", "Two", "Three", "Monster"]);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn quirk_34_a_zone_that_nobody_knows_is_followed_by_the_rules_that_come_with_it() {
    // Midnight at UTC+13 looks like the one at UTC-11, which is a day earlier.
    let stage = Stage::at(MORNING, |world| {
        let start: DateTime<Utc> = "2026-11-24T11:00:00Z".parse().expect("a moment");
        let end = start + Duration::days(1);
        let mut day = Details::new("Far away", start, end, chrono_tz::Tz::Pacific__Tongatapu);
        day.all_day = true;
        day.zone_id = Some("tzone://Microsoft/Custom".to_owned());
        world.add(ANNA, day).expect("a mailbox");
    })
    .await;
    let engine = stage.engine();
    let snapshot = until(&engine, up_to_date).await;
    let meetings = snapshot.agenda.in_order(ZONE);
    let date = |day| chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
    assert_eq!(
        meetings[0].span,
        calendar::Span::AllDay {
            first: date(25),
            end: date(26)
        }
    );
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whatever_a_server_of_tomorrow_adds_the_meetings_are_read() {
    for seed in 0..20 {
        let stage = Stage::at(MORNING, three).await;
        let faults = stage.simulator.faults();
        for operation in ["FindItem", "GetItem", "SyncFolderItems", "GetFolder"] {
            faults.set(fault(operation, Lasts::Always, Effect::Extras(seed)));
        }
        let engine = stage.engine();
        let snapshot = until(&engine, up_to_date).await;
        assert_eq!(titles(&snapshot), ["One", "Two", "Three"], "seed {seed}");
        engine.stop().await;
    }
}
