//! What the user answers: dismissed, here or elsewhere, snoozed, joined.

use rstest::rstest;

use super::{Desk, at, id, planned};
use crate::{
    reminders::{Answered, Input, Planned, Why},
    view::SnoozeChoice,
};

/// The same meeting after its own reminder was dismissed in Outlook.
fn dismissed_elsewhere(planned: Planned) -> Planned {
    Planned {
        reminded: false,
        ..planned
    }
}

#[test]
fn a_ring_goes_when_its_reminder_is_dismissed_on_another_screen_and_stays_away() {
    let one = planned("a", "10:00", "10:30");
    let other = planned("b", "10:00", "10:30");
    let mut desk = Desk::start(&[one.clone(), other.clone()], "09:55");
    assert_eq!(desk.open(), ["a@10:00", "b@10:00"]);
    let plan = [dismissed_elsewhere(one.clone()), other.clone()];
    desk.tell(Input::Planned(plan.to_vec()), "09:56");
    assert_eq!(desk.withdrawn, ["a@10:00"]);
    assert_eq!(desk.open(), ["b@10:00"]);
    desk.restart(&plan, "09:57");
    // Whoever sets the reminder again is not rung at again.
    desk.tell(Input::Planned(vec![one, other]), "09:58");
    desk.tell(Input::Show, "09:58");
    assert_eq!(desk.open(), ["b@10:00"]);
    assert_eq!(desk.rung, ["a@10:00", "b@10:00"]);
}

#[test]
fn a_dismissal_on_another_screen_takes_no_ring_that_is_still_to_come() {
    let one = planned("a", "10:00", "10:30");
    let mut desk = Desk::start(std::slice::from_ref(&one), "09:45");
    let dismissed = dismissed_elsewhere(one.clone());
    desk.tell(Input::Planned(vec![dismissed.clone()]), "09:46");
    desk.look("09:55");
    assert_eq!(desk.rung, ["a@10:00"], "there is something to join");

    // What was snoozed here comes back.
    let mut desk = Desk::start(std::slice::from_ref(&one), "09:55");
    desk.tell(Input::Snooze(one.id, SnoozeChoice::AtStart), "09:56");
    desk.tell(Input::Planned(vec![dismissed]), "09:57");
    desk.look("10:00");
    assert_eq!(desk.rung, ["a@10:00", "a@10:00"]);
}

#[test]
fn another_accounts_view_without_a_reminder_is_no_dismissal() {
    let one = planned("a", "10:00", "10:30");
    let mut desk = Desk::start(std::slice::from_ref(&one), "09:55");
    let view = Planned {
        meeting: "a in the other account".to_owned(),
        ..dismissed_elsewhere(one)
    };
    desk.tell(Input::Planned(vec![view]), "09:56");
    assert_eq!(desk.open(), ["a@10:00"]);
}

#[test]
fn a_dismissed_reminder_stays_silent_across_restarts() {
    let plan = [planned("a", "10:00", "10:30")];
    let mut desk = Desk::start(&plan, "09:55");
    assert_eq!(
        desk.tell(Input::Dismiss(id("a@10:00")), "09:56"),
        Answered::Found
    );
    assert!(desk.open().is_empty());
    assert_eq!(desk.withdrawn, ["a@10:00"]);
    desk.restart(&plan, "09:57");
    desk.look("10:05");
    assert_eq!(desk.rung.len(), 1);
    assert!(!desk.machine.is_waiting(at("10:05")));
}

#[rstest]
#[case(SnoozeChoice::MinuteBefore, "09:59")]
#[case(SnoozeChoice::AtStart, "10:00")]
#[case(SnoozeChoice::FiveMinutes, "10:01")]
#[case(SnoozeChoice::TenMinutes, "10:06")]
fn a_snoozed_reminder_comes_back_when_it_was_asked_to(
    #[case] choice: SnoozeChoice,
    #[case] back: &str,
) {
    let plan = [planned("a", "10:00", "10:30")];
    let mut desk = Desk::start(&plan, "09:55");
    assert_eq!(
        desk.tell(Input::Snooze(id("a@10:00"), choice), "09:56"),
        Answered::Found
    );
    assert!(desk.open().is_empty());
    assert_eq!(
        desk.machine.poll_timeout(),
        Some((at(back), Why::SnoozeOver))
    );
    desk.restart(&plan, "09:57");
    assert_eq!(desk.rung.len(), 1);
    desk.look(back);
    desk.look(back);
    assert_eq!(desk.rung.len(), 2);
    assert_eq!(desk.open(), ["a@10:00"]);
}

#[test]
fn a_snooze_that_would_come_back_after_the_end_or_in_the_past_is_refused() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "10:22");
    for choice in [SnoozeChoice::AtStart, SnoozeChoice::TenMinutes] {
        let asked = Input::Snooze(id("a@10:00"), choice);
        assert_eq!(desk.tell(asked, "10:22"), Answered::Gone);
    }
    assert_eq!(desk.open(), ["a@10:00"]);
}

#[test]
fn five_minutes_are_five_minutes_when_the_clock_is_set_back_meanwhile() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "10:05");
    desk.tell(
        Input::Snooze(id("a@10:00"), SnoozeChoice::FiveMinutes),
        "10:05",
    );
    desk.look("09:56");
    desk.look("10:00");
    assert_eq!(desk.rung.len(), 1);
    desk.look("10:01");
    assert_eq!(desk.rung.len(), 2);
}

#[test]
fn a_snooze_does_not_ring_before_its_meeting_is_due_after_the_clock_was_set_back() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:55");
    desk.tell(
        Input::Snooze(id("a@10:00"), SnoozeChoice::FiveMinutes),
        "09:55",
    );
    desk.look("07:55");
    desk.look("08:00");
    desk.look("09:54");
    assert_eq!(desk.rung.len(), 1);
    desk.look("09:55");
    assert_eq!(desk.rung.len(), 2);
}

#[test]
fn joining_answers_what_rings_for_the_meeting_and_nothing_of_another_start() {
    let again = planned("a", "11:00", "11:30");
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30"), again], "09:55");
    desk.tell(Input::Joined("a".to_owned()), "09:56");
    assert!(desk.open().is_empty());
    desk.look("10:55");
    assert_eq!(desk.rung, ["a@10:00", "a@11:00"]);
}

#[test]
fn an_answer_counts_also_where_the_ring_is_withheld() {
    let plan = [planned("review", "10:00", "11:30")];
    let review = plan[0].id.clone();
    let mut desk = Desk::start(&plan, "09:00");
    desk.tell(Input::Muted, "09:50");
    desk.tell(Input::Planned(plan.to_vec()), "09:55");
    desk.tell(Input::Dismiss(review.clone()), "09:56");
    desk.tell(Input::Unmuted, "10:50");
    assert!(desk.rung.is_empty());

    // It was answered in a run whose store opens late.
    let answered = desk.disk.into_values().collect();
    let mut desk = Desk::start(&plan, "09:00");
    desk.tell(Input::Muted, "09:50");
    desk.tell(Input::Planned(plan.to_vec()), "09:55");
    desk.tell(Input::Restored(answered), "09:56");
    desk.tell(Input::Unmuted, "10:50");
    assert!(desk.rung.is_empty());
}

#[test]
fn f03_a_meeting_that_is_over_when_the_machine_wakes_does_not_ring_and_is_noted() {
    let plan = [
        planned("a", "10:00", "10:30"),
        planned("b", "10:10", "11:30"),
        planned("c", "09:30", "10:30"),
    ];
    let mut desk = Desk::start(&plan, "09:45");
    let missed = |desk: &Desk| {
        let all = plan.iter();
        let missed = all.filter(|one| desk.machine.missed().has(&one.meeting, one.start));
        missed.map(|one| one.meeting.clone()).collect::<Vec<_>>()
    };
    desk.look("11:00");
    assert_eq!(desk.rung, ["c@09:30", "b@10:10"]);
    assert_eq!(missed(&desk), ["a"], "b is on, and c has rung before");
    // The calendar that says so may come first.
    let mut desk = Desk::start(&plan, "09:45");
    desk.tell(Input::Planned(plan[1..].to_vec()), "11:00");
    assert_eq!(missed(&desk), ["a"]);
    // A clock that was wrong has missed nothing.
    desk.tell(Input::Planned(plan.to_vec()), "09:50");
    assert_eq!(missed(&desk), [""; 0]);
    desk.look("09:55");
    desk.look("11:00");
    assert_eq!(missed(&desk), [""; 0], "it has rung");
}

#[test]
fn f03_in_a_silence_nothing_is_missed() {
    let plan = [planned("a", "10:00", "10:30")];
    let mut desk = Desk::start(&plan, "09:45");
    desk.tell(Input::Muted, "09:46");
    desk.look("11:00");
    assert!(!desk.machine.missed().has("a", plan[0].start));
}
