//! What passes by itself needs nobody who presses "Try again".

use rstest::rstest;
use simulation::{
    keyring::Temper,
    net::Weather,
    plan::Plan,
    run::play,
    step::{Illness, Step},
    truth::{Homes, Kind},
};

/// A meeting is made while something is wrong, from minute 20 to 30, and comes
/// due at minute 55.
#[rstest]
#[case::busy(&[(1200, Step::Ill(Illness::Busy(300), 600))])]
#[case::failing(&[(1200, Step::Ill(Illness::Failing, 600))])]
#[case::slow(&[(1200, Step::Ill(Illness::Slow(60), 600))])]
#[case::hanging(&[(1200, Step::Ill(Illness::Hanging, 600))])]
#[case::crowded(&[(1200, Step::Ill(Illness::Crowded, 600))])]
#[case::offline(&[(1200, Step::Net(Weather::Down, 600))])]
#[case::no_keyring(&[(1200, Step::KeyRing(Temper::Absent, 600)), (1210, Step::Restart(5))])]
#[case::a_silent_keyring(&[(1200, Step::KeyRing(Temper::Hangs, 600)), (1210, Step::Restart(5))])]
fn a_meeting_rings_after(#[case] trouble: &[(u32, Step)]) {
    let meeting = [(1400, Step::Add(60, Kind::Call, Homes::One))];
    let outcome = play(&Plan {
        writes: false,
        month: false,
        story: None,
        steps: [trouble, &meeting].concat(),
        ..Plan::of(0)
    });
    assert_eq!((outcome.broken, outcome.rung), (None, 1));
    assert_eq!(outcome.required, 1);
}
