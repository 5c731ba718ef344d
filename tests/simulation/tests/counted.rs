//! A fault counts when the client has run into it, and not before.

use rstest::rstest;
use simulation::{
    disk::Mood,
    keyring::Temper,
    net::Weather,
    plan::Plan,
    run::play,
    step::{Illness, Step},
    truth::{Homes, Kind},
};

fn counted(fault: u8, steps: &[(u32, Step)]) -> u64 {
    let outcome = play(&Plan {
        writes: false,
        month: false,
        story: None,
        steps: steps.to_vec(),
        ..Plan::of(0)
    });
    assert_eq!(outcome.broken, None);
    outcome.faults.get(&fault).copied().unwrap_or_default()
}

#[rstest]
#[case::a_full_disk(58, Step::Disk(Mood::Full, 60), Step::Add(200, Kind::Call, Homes::One))]
#[case::no_keyring(63, Step::KeyRing(Temper::Absent, 60), Step::Restart(5))]
#[case::a_failing_server(
    43,
    Step::Ill(Illness::Failing, 60),
    Step::Add(200, Kind::Call, Homes::One)
)]
fn a_trouble_counts_when_something_is_asked_meanwhile(
    #[case] fault: u8,
    #[case] trouble: Step,
    #[case] asks: Step,
) {
    assert_eq!(counted(fault, &[(3100, trouble)]), 0);
    assert_eq!(counted(fault, &[(3100, trouble), (3120, asks)]), 1);
}

#[rstest]
#[case::the_network_away(52, Step::Net(Weather::Down, 60))]
#[case::a_set_clock(4, Step::SetClock(600, 60))]
#[case::a_kill(56, Step::Kill(20))]
#[case::subscriptions_gone(19, Step::LoseSubscriptions)]
fn what_happens_to_a_client_that_is_down_counts_for_nothing(
    #[case] fault: u8,
    #[case] trouble: Step,
) {
    assert_eq!(counted(fault, &[(3020, trouble)]), 1);
    assert_eq!(
        counted(fault, &[(3000, Step::Restart(200)), (3020, trouble)]),
        0
    );
}
