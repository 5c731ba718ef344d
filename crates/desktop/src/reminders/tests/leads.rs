//! Several reminders of one meeting, each a while before it.

use chrono::Duration;

use super::{Desk, id, planned};
use crate::reminders::{Input, Planned, ReminderId};

/// The reminder of a lead beside the usual one.
fn again(meeting: &str, start: &str, end: &str, minutes: i64) -> Planned {
    let usual = planned(meeting, start, end);
    Planned {
        id: ReminderId(format!("{}-{minutes}", usual.id)),
        due: usual.start - Duration::minutes(minutes),
        ..usual
    }
}

fn with_three_leads() -> [Planned; 3] {
    [
        again("a", "10:00", "10:30", 15),
        planned("a", "10:00", "10:30"),
        again("a", "10:00", "10:30", 0),
    ]
}

#[test]
fn each_lead_rings_by_itself_and_takes_the_place_of_the_earlier() {
    let mut desk = Desk::start(&with_three_leads(), "09:00");
    for now in ["09:45", "09:50", "09:55", "09:59", "10:00", "10:01"] {
        desk.look(now);
    }
    assert_eq!(desk.rung, ["a@10:00-15", "a@10:00", "a@10:00-0"]);
    assert_eq!(desk.withdrawn, ["a@10:00-15", "a@10:00"]);
    assert_eq!(desk.open(), ["a@10:00-0"]);
}

#[test]
fn a_lead_that_was_answered_does_not_silence_the_next() {
    let mut desk = Desk::start(&with_three_leads(), "09:00");
    desk.look("09:45");
    desk.tell(Input::Dismiss(id("a@10:00-15")), "09:46");
    desk.look("09:55");
    assert_eq!(desk.rung, ["a@10:00-15", "a@10:00"]);
}

#[test]
fn who_has_joined_is_not_rung_at_by_the_leads_to_come() {
    let mut desk = Desk::start(&with_three_leads(), "09:00");
    desk.look("09:55");
    desk.tell(Input::Joined("a".to_owned()), "09:56");
    desk.look("10:00");
    assert_eq!(desk.rung, ["a@10:00"]);
    assert!(desk.open().is_empty());
}

#[test]
fn who_wakes_late_is_told_once() {
    let mut desk = Desk::start(&with_three_leads(), "09:00");
    desk.look("10:02");
    assert_eq!(desk.rung, ["a@10:00-0"]);
    desk.restart(&with_three_leads(), "10:03");
    assert_eq!(desk.rung, ["a@10:00-0"]);
}
