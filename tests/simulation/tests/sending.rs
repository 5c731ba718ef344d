//! What the user sends is done once, whatever is lost on the way.

use exchange_sim::Personality;
use rstest::rstest;
use simulation::{
    disk::{Mood, Side},
    net::Weather,
    plan::Plan,
    run::{Outcome, play},
    step::{Illness, Step},
    truth::{Homes, Kind},
};

fn day(steps: &[(u32, Step)]) -> Outcome {
    // Of this seed only where and when it is counts.
    play(&Plan {
        personality: Personality::ExchangeSe,
        writes: false,
        month: false,
        story: None,
        steps: steps.to_vec(),
        ..Plan::of(0)
    })
}

/// Composes a meeting at 10 minutes and sends it five seconds later, in the
/// midst of what `trouble` says.
fn sent(trouble: &[(u32, Step)]) -> Outcome {
    let mut steps = vec![(600, Step::Compose(8))];
    steps.extend_from_slice(trouble);
    steps.push((605, Step::Send));
    steps.sort_by_key(|(at, _)| *at);
    day(&steps)
}

#[rstest]
#[case::nothing(&[])]
#[case::a_lost_answer(&[(604, Step::Ill(Illness::Truncating, 60))])]
#[case::no_answer(&[(604, Step::Ill(Illness::Hanging, 60))])]
#[case::a_late_answer(&[(604, Step::Ill(Illness::Slow(110), 60))])]
#[case::a_kill_and_a_lost_answer(
    &[(604, Step::Ill(Illness::Truncating, 60)), (620, Step::Kill(20))]
)]
#[case::a_kill_before_the_attempt(&[(604, Step::KillAfterCommits(1, Side::After, 20))])]
#[case::a_kill_after_the_attempt(&[(604, Step::KillAfterCommits(3, Side::Before, 20))])]
fn a_meeting_that_was_sent_is_made_once_whatever_comes_of_the_answer(
    #[case] trouble: &[(u32, Step)],
) {
    let outcome = sent(trouble);
    assert_eq!((outcome.broken, outcome.sent), (None, 1));
}

/// The user is told, and the draft stands.
#[rstest]
#[case::no_network(&[(604, Step::Net(Weather::Down, 60))])]
#[case::a_full_disk(&[(604, Step::Disk(Mood::Full, 60))])]
fn what_was_not_sent_is_a_draft_again_and_goes_at_the_second_press(
    #[case] trouble: &[(u32, Step)],
) {
    let outcome = sent(trouble);
    assert_eq!((outcome.broken, outcome.sent), (None, 0));
    let again = [(900, Step::Compose(8)), (905, Step::Send)];
    let outcome = sent(&[trouble, &again].concat());
    assert_eq!((outcome.broken, outcome.sent), (None, 1));
}

/// Whoever finds the draft after a crash and presses again sends no second one.
#[rstest]
fn a_kill_at_any_commit_and_a_second_press_make_one_meeting(
    #[values(0, 1, 2, 3, 4)] commits: u32,
    #[values(Side::Before, Side::After)] side: Side,
) {
    let outcome = sent(&[
        (604, Step::KillAfterCommits(commits, side, 20)),
        (900, Step::Compose(8)),
        (905, Step::Send),
    ]);
    assert_eq!(outcome.broken, None);
    assert!(
        (1..=2).contains(&outcome.sent),
        "{} were made",
        outcome.sent
    );
}

#[rstest]
#[case::declined(true, 0)]
#[case::perhaps(false, 1)]
fn an_invitation_is_answered(#[case] declines: bool, #[case] rings: u64) {
    let outcome = day(&[
        (60, Step::Add(60, Kind::Call, Homes::One)),
        (600, Step::Answer(0, declines)),
    ]);
    assert_eq!((outcome.broken, outcome.rung), (None, rings));
    assert_eq!(outcome.answered, 1);
}
