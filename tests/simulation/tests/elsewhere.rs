//! What the user does on another screen, and what a later version has left.

use rstest::rstest;
use simulation::{
    disk::Side,
    plan::Plan,
    run::{Outcome, play},
    step::Step,
    truth::{Homes, Kind},
};

fn day(steps: &[(u32, Step)]) -> Outcome {
    // Of this seed only where and when it is counts.
    play(&Plan {
        writes: false,
        month: false,
        story: None,
        steps: steps.to_vec(),
        ..Plan::of(0)
    })
}

/// The model looks at what is shown as ringing every five seconds.
#[rstest]
#[case::before_it_rings(1200, 0)]
#[case::while_it_rings(2280, 1)]
fn what_is_dismissed_on_another_screen_does_not_ring(#[case] at: u32, #[case] rings: u64) {
    let steps = [
        (60, Step::Add(40, Kind::Reminded, Homes::One)),
        (at, Step::DismissElsewhere(0)),
    ];
    let outcome = day(&steps);
    assert_eq!((outcome.broken, outcome.rung), (None, rings));
}

/// The second of them has a reminder of its own. What is dismissed before it
/// rings here rings all the same, and stays.
#[rstest]
#[case::before_it_rings(1200, 2, 0)]
#[case::while_it_rings(2280, 2, 1)]
fn a_ring_with_a_link_goes_when_it_is_dismissed_on_another_screen(
    #[case] at: u32,
    #[case] rings: u64,
    #[case] gone: u64,
) {
    let steps = [
        (60, Step::Add(40, Kind::Call, Homes::One)),
        (60, Step::Add(40, Kind::Call, Homes::One)),
        (at, Step::DismissElsewhere(0)),
    ];
    let outcome = day(&steps);
    assert_eq!((outcome.broken, outcome.rung), (None, rings));
    assert_eq!((outcome.required, outcome.gone_elsewhere), (2, gone));
}

#[test]
fn a_snooze_ends_with_a_dismissal_on_another_screen() {
    let steps = [
        (60, Step::Add(40, Kind::Reminded, Homes::One)),
        (2160, Step::Snooze),
        (2200, Step::DismissElsewhere(0)),
    ];
    let outcome = day(&steps);
    assert_eq!((outcome.broken, outcome.rung), (None, 1));
}

#[test]
fn an_occurrence_that_is_declined_on_another_screen_does_not_ring() {
    let steps = [
        (60, Step::AddSeries(40, 3, Homes::One)),
        (600, Step::Decline(0)),
    ];
    let outcome = day(&steps);
    assert_eq!((outcome.broken, outcome.rung), (None, 0));
    assert_eq!(outcome.faults.get(&34), Some(&1));
}

/// What the store has lost is fetched again, and what has rung may ring once
/// more at most.
#[rstest]
#[case::a_file_of_a_later_version(Step::Outdate, 61)]
#[case::a_torn_commit(Step::KillAtCommit(Side::Torn, 20), 57)]
#[case::two_lost_commits(Step::KillAtCommit(Side::Lost, 20), 57)]
fn what_has_happened_to_the_store_is_noticed(#[case] trouble: Step, #[case] fault: u8) {
    let steps = [
        (60, Step::Add(25, Kind::Call, Homes::One)),
        (1500, trouble),
        (1600, Step::Add(60, Kind::Call, Homes::One)),
        (1700, Step::Add(70, Kind::Call, Homes::One)),
    ];
    let outcome = day(&steps);
    assert_eq!(outcome.broken, None);
    assert!((3..=4).contains(&outcome.rung), "{} rings", outcome.rung);
    assert_eq!(outcome.faults.get(&fault), Some(&1));
}

#[test]
fn a_key_box_with_a_flipped_bit_is_noticed_at_the_next_start() {
    let steps = [
        (60, Step::Add(60, Kind::Call, Homes::One)),
        (1500, Step::FlipKeys(77)),
        (1600, Step::Add(70, Kind::Call, Homes::One)),
        (1700, Step::Restart(20)),
    ];
    let outcome = day(&steps);
    assert_eq!((outcome.broken, outcome.rung), (None, 2));
    assert_eq!(outcome.faults.get(&60), Some(&1));
}
