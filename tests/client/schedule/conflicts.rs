//! Changes that meet those of others.

use super::*;

/// Somebody else writes at the same time: what is wanted is set anew in the
/// item as it is then, and not for ever.
#[rstest]
#[case(2, true)]
#[case(3, false)]
#[tokio::test(start_paused = true)]
async fn a_change_that_meets_others_is_set_anew_three_times_at_most(
    #[case] conflicts: u32,
    #[case] done: bool,
) {
    let (stage, meeting) = office_with_planning().await;
    let faults = stage.simulator.faults();
    let before = sent(&stage, "UpdateItem");
    for _ in 0..conflicts {
        let refusal = Effect::Refused("ErrorIrresolvableConflict".to_owned());
        faults.set(Fault::once("UpdateItem", refusal));
    }
    let courier = courier(&stage);
    courier.send(name("b"), later(meeting)).expect("room");
    let ended = outcome(&courier, "b").await;
    assert_eq!(ended == Outcome::Done, done, "{ended:?}");
    assert_eq!(sent(&stage, "UpdateItem"), before + 3);
    let moved = planned(&stage, BO).start == at("2026-11-25T13:00:00Z");
    assert_eq!(moved, done);
    courier.stop().await;
}
