//! Silence for an hour: what comes due in it rings after it, once.

use rstest::rstest;
use simulation::{
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

/// A meeting from minute 60 to 90 comes due at minute 55.
const MEETING: (u32, Step) = (60, Step::Add(60, Kind::Call, Homes::One));

#[rstest]
#[case::that_ends_by_itself(&[(1200, Step::Mute)])]
#[case::that_the_user_ends(&[(3000, Step::Mute), (3600, Step::Unmute)])]
#[case::over_a_restart(&[(1200, Step::Mute), (3000, Step::Restart(60))])]
#[case::over_a_restart_after_it_came_due(&[(1200, Step::Mute), (3400, Step::Restart(60))])]
#[case::over_a_kill(&[(1200, Step::Mute), (3400, Step::Kill(60))])]
#[case::that_ends_between_two_runs(&[(1200, Step::Mute), (3400, Step::Restart(1500))])]
#[case::that_a_clock_set_back_ends(&[(3000, Step::Mute), (3500, Step::SetClock(-600, 300))])]
fn what_comes_due_in_a_silence_rings_once_after_it(#[case] silence: &[(u32, Step)]) {
    let outcome = day(&[&[MEETING], silence].concat());
    assert_eq!((outcome.broken, outcome.rung), (None, 1));
    assert_eq!((outcome.required, outcome.held_back), (1, 1));
}

#[rstest]
#[case::it_was_over(&[(3000, Step::Mute)])]
#[case::it_was_answered(&[(1200, Step::Mute), (3400, Step::Dismiss)])]
#[case::it_was_joined(&[(1200, Step::Mute), (3400, Step::Join)])]
fn nothing_rings_after_a_silence_where(#[case] steps: &[(u32, Step)]) {
    let outcome = day(&[&[MEETING], steps].concat());
    assert_eq!((outcome.broken, outcome.rung), (None, 0));
}

/// The second of two has a reminder of its own.
#[test]
fn what_a_silence_holds_back_is_over_when_it_is_dismissed_on_another_screen() {
    let steps = [
        MEETING,
        MEETING,
        (1200, Step::Mute),
        (3400, Step::DismissElsewhere(0)),
    ];
    let outcome = day(&steps);
    assert_eq!((outcome.broken, outcome.rung), (None, 1));
}

#[test]
fn a_snooze_that_ends_in_a_silence_is_back_after_it() {
    let steps = [
        MEETING,
        (3400, Step::Snooze),
        (3450, Step::Mute),
        (4200, Step::Restart(20)),
        (4500, Step::Unmute),
    ];
    let outcome = day(&steps);
    assert_eq!((outcome.broken, outcome.rung), (None, 2));
    assert_eq!(outcome.returned, 1);
}
