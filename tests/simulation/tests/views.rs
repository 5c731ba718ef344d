//! One meeting in several of the user's calendars: the organizer's copy in
//! one, an attendee's in the others. It is listed once, and rings once.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use exchange_sim::Personality;
use rstest::rstest;
use simulation::{
    disk::Mood,
    host::Timers,
    plan::Plan,
    run::play,
    step::Step,
    truth::{Homes, Kind},
};

fn day(accounts: usize, personality: Personality, steps: &[(u32, Step)]) -> Plan {
    Plan {
        seed: 0,
        base: "2026-11-23T07:00:00Z".parse().unwrap(),
        zone: chrono_tz::Tz::Europe__Stockholm,
        timers: Timers::Wall,
        skew: 0,
        drift: 0,
        accounts,
        throttled: false,
        personality,
        writes: false,
        month: false,
        story: None,
        steps: steps.to_vec(),
    }
}

/// At the end of a run the agenda is compared with the truth row by row, so
/// that a meeting that is listed twice fails it.
#[rstest]
#[case::one_account(1, Personality::ExchangeSe)]
#[case::two_accounts(2, Personality::ExchangeSe)]
#[case::three_accounts(3, Personality::ExchangeSe)]
#[case::two_on_grommunio(2, Personality::Grommunio)]
fn a_meeting_and_a_series_in_all_calendars_are_listed_and_ring_once(
    #[case] accounts: usize,
    #[case] personality: Personality,
) {
    let steps = [
        (60, Step::Add(40, Kind::Call, Homes::All)),
        (60, Step::AddSeries(70, 3, Homes::All)),
    ];
    let outcome = play(&day(accounts, personality, &steps));
    assert_eq!((outcome.broken, outcome.rung), (None, 2));
}

#[rstest]
#[case::moved(Step::Shift(0, 60), 2)]
#[case::renamed(Step::Rename(0), 1)]
#[case::called_off(Step::Cancel(0), 1)]
fn what_becomes_of_it_after_it_has_rung_does_so_in_all_calendars(
    #[case] change: Step,
    #[case] rings: u64,
) {
    let steps = [(60, Step::Add(20, Kind::Call, Homes::All)), (1800, change)];
    let outcome = play(&day(2, Personality::ExchangeSe, &steps));
    assert_eq!((outcome.broken, outcome.rung), (None, rings));
}

#[rstest]
#[case::after_a_restart(&[(1500, Step::Restart(30))])]
#[case::after_a_kill(&[(1500, Step::Kill(30))])]
#[case::with_a_full_disk(&[(1200, Step::Disk(Mood::Full, 1200))])]
fn it_does_not_ring_again(#[case] trouble: &[(u32, Step)]) {
    let mut steps = vec![(60, Step::Add(25, Kind::Call, Homes::All))];
    steps.extend_from_slice(trouble);
    let outcome = play(&day(2, Personality::ExchangeSe, &steps));
    assert_eq!((outcome.broken, outcome.rung), (None, 1));
}
