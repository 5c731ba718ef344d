//! What the disk knows of rings, and how long.

use chrono::Duration;

use super::{Desk, at, id, planned};
use crate::{
    reminders::{Action, Input, Record, Reminders, State, Why},
    view::SnoozeChoice,
};

#[test]
fn an_answer_that_comes_while_a_save_is_under_way_is_owed_when_the_run_ends() {
    let one = planned("a", "10:00", "10:30");
    let mut machine = Reminders::new(Duration::minutes(10));
    assert_eq!(machine.last_save(), None);
    machine.handle(Input::Restored(Vec::new()), at("09:55"));
    machine.handle(Input::Planned(vec![one.clone()]), at("09:55"));
    machine.handle(Input::Dismiss(one.id.clone()), at("09:56"));
    let saves = std::iter::from_fn(|| machine.poll_action())
        .filter(|action| matches!(action, Action::Save { .. }));
    assert_eq!(saves.count(), 1, "of the ring, and nobody has answered it");
    let put = vec![Record {
        id: one.id,
        state: State::Answered,
        end: one.end,
    }];
    let forget = Vec::new();
    assert_eq!(machine.last_save(), Some(Action::Save { put, forget }));
}

#[test]
fn f56_after_a_restart_it_does_not_ring_again_and_waits_in_the_tray() {
    let plan = [planned("a", "10:00", "10:30")];
    let mut desk = Desk::start(&plan, "09:55");
    desk.restart(&plan, "09:57");
    assert_eq!(desk.rung.len(), 1);
    assert!(desk.open().is_empty());
    assert!(desk.machine.is_waiting(at("09:57")));
    desk.tell(Input::Show, "09:58");
    assert_eq!(desk.open(), ["a@10:00"]);
    assert_eq!(desk.rung.len(), 1);
}

#[test]
fn what_could_not_be_stored_is_stored_later_and_rings_once_all_the_same() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:00");
    desk.disk_works = false;
    desk.look("09:55");
    assert_eq!(desk.rung.len(), 1);
    assert!(desk.disk.is_empty());
    assert_eq!(
        desk.machine.poll_timeout(),
        Some((at("09:55:30"), Why::Save))
    );
    desk.disk_works = true;
    desk.look("09:55:29");
    assert!(desk.disk.is_empty());
    desk.look("09:55:30");
    assert_eq!(desk.disk.len(), 1);
    assert_eq!(desk.rung.len(), 1);
}

#[test]
fn a_record_is_forgotten_when_its_meeting_is_long_over_for_an_hour() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:55");
    desk.tell(Input::Planned(Vec::new()), "10:31");
    let over = at("10:30") + Record::KEPT_AFTER_END + Duration::seconds(1);
    for half_minutes in 0..120 {
        desk.machine
            .handle_timeout(over + Duration::seconds(30 * half_minutes));
        desk.act(over);
        assert_eq!(desk.disk.len(), 1, "after {half_minutes} half minutes");
    }
    desk.machine.handle_timeout(over + Record::OVER_FOR);
    desk.act(over);
    assert!(desk.disk.is_empty());
}

#[test]
fn f04_a_clock_that_is_weeks_ahead_for_a_while_makes_nothing_ring_again() {
    let plan = [planned("a", "10:00", "10:30")];
    let mut desk = Desk::start(&plan, "09:55");
    desk.tell(Input::Dismiss(id("a@10:00")), "10:00");
    let ahead = at("10:00") + Duration::days(20);
    desk.machine.handle(Input::Planned(Vec::new()), ahead);
    for half_minutes in 0..60 {
        desk.machine
            .handle_timeout(ahead + Duration::seconds(30 * half_minutes));
        desk.act(ahead);
    }
    desk.tell(Input::Planned(plan.to_vec()), "10:05");
    assert_eq!(desk.rung, ["a@10:00"]);
}

#[test]
fn a_store_that_opens_late_silences_what_had_rung_and_learns_what_has() {
    let plan = [
        planned("a", "10:00", "10:30"),
        planned("b", "10:00", "10:30"),
    ];
    let mut desk = Desk::start(&plan[..1], "09:55");
    desk.disk_works = false;
    desk.restart(&[], "09:56");
    let stored = desk.disk.values().cloned().collect();
    desk.disk.clear();
    desk.tell(Input::Planned(plan[1..].to_vec()), "09:57");
    desk.disk_works = true;
    desk.tell(Input::Restored(stored), "09:58");
    desk.tell(Input::Planned(plan.to_vec()), "09:58");
    assert_eq!(desk.rung, ["a@10:00", "b@10:00"]);
    assert!(desk.disk.contains_key(&id("b@10:00")));
}

#[test]
fn what_is_withheld_is_not_on_disk_and_rings_when_it_may() {
    let plan = [planned("review", "10:00", "11:30")];
    let mut desk = Desk::start(&plan, "09:00");
    desk.tell(Input::Muted, "09:50");
    desk.tell(Input::Planned(plan.to_vec()), "09:55");
    assert!(desk.machine.is_waiting(at("09:55")));
    assert!(desk.rung.is_empty() && desk.disk.is_empty());
    desk.tell(Input::Unmuted, "10:50");
    desk.tell(Input::Unmuted, "10:51");
    assert_eq!((desk.rung.len(), desk.disk.len()), (1, 1));
}

#[test]
fn a_snooze_that_the_disk_has_not_taken_rings_in_the_next_run_when_it_ends_in_silence() {
    let plan = [planned("review", "10:00", "11:30")];
    let review = plan[0].id.clone();
    let mut desk = Desk::start(&plan, "09:55");
    desk.disk_works = false;
    desk.tell(Input::Snooze(review, SnoozeChoice::FiveMinutes), "09:56");
    desk.tell(Input::Muted, "09:57");
    desk.disk_works = true;
    desk.tell(Input::Planned(plan.to_vec()), "10:02");
    desk.restart(&plan, "10:03");
    assert_eq!(desk.rung.len(), 2);
}
