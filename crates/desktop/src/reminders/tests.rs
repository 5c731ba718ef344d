mod answers;
mod disk;
mod leads;

use chrono::{DateTime, Duration, Utc};
use rstest::rstest;

use super::*;

/// A moment of one day, with seconds if need be.
fn at(time: &str) -> DateTime<Utc> {
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-11-23T{time}{seconds}Z").parse().unwrap()
}

fn planned(meeting: &str, start: &str, end: &str) -> Planned {
    Planned {
        id: ReminderId(format!("{meeting}@{start}")),
        meeting: meeting.to_owned(),
        due: at(start) - Duration::minutes(5),
        start: at(start),
        end: at(end),
        reminded: true,
    }
}

fn id(name: &str) -> ReminderId {
    ReminderId(name.to_owned())
}

/// The machine with a disk that obeys, and a memory of what it did.
struct Desk {
    machine: Reminders,
    disk: std::collections::BTreeMap<ReminderId, Record>,
    disk_works: bool,
    rung: Vec<String>,
    withdrawn: Vec<String>,
}

impl Desk {
    fn start(plan: &[Planned], now: &str) -> Self {
        let mut desk = Self {
            machine: Reminders::new(Duration::minutes(10)),
            disk: std::collections::BTreeMap::new(),
            disk_works: true,
            rung: Vec::new(),
            withdrawn: Vec::new(),
        };
        desk.restart(plan, now);
        desk
    }

    fn restart(&mut self, plan: &[Planned], now: &str) {
        self.machine = Reminders::new(Duration::minutes(10));
        self.tell(Input::Planned(plan.to_vec()), now);
        self.tell(Input::Restored(self.disk.values().cloned().collect()), now);
    }

    fn tell(&mut self, input: Input, now: &str) -> Answered {
        let answered = self.machine.handle(input, at(now));
        self.act(at(now));
        answered
    }

    fn look(&mut self, now: &str) {
        self.machine.handle_timeout(at(now));
        self.act(at(now));
    }

    fn act(&mut self, now: DateTime<Utc>) {
        while let Some(action) = self.machine.poll_action() {
            match action {
                Action::Ring(id) => self.rung.push(id.0),
                Action::Withdraw(id) => self.withdrawn.push(id.0),
                Action::Save { put, forget } => {
                    let outcome = if self.disk_works {
                        self.disk
                            .extend(put.into_iter().map(|record| (record.id.clone(), record)));
                        self.disk.retain(|id, _| !forget.contains(id));
                        Input::Saved
                    } else {
                        Input::NotSaved
                    };
                    self.machine.handle(outcome, now);
                }
            }
        }
    }

    fn open(&self) -> Vec<&str> {
        self.machine
            .open()
            .map(|planned| planned.id.0.as_str())
            .collect()
    }
}

#[test]
fn a_meeting_rings_once_when_its_reminder_comes_due() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:00");
    assert_eq!(desk.machine.poll_timeout(), Some((at("09:55"), Why::Due)));
    desk.look("09:54:59");
    assert!(desk.rung.is_empty());
    for now in ["09:55", "09:55", "09:56", "10:00"] {
        desk.look(now);
    }
    assert_eq!(desk.rung, ["a@10:00"]);
    assert_eq!(desk.open(), ["a@10:00"]);
}

#[test]
fn nothing_rings_before_it_is_known_what_has_rung() {
    let mut machine = Reminders::new(Duration::minutes(10));
    machine.handle(
        Input::Planned(vec![planned("a", "10:00", "10:30")]),
        at("09:56"),
    );
    machine.handle_timeout(at("09:57"));
    assert_eq!(machine.poll_action(), None);
    machine.handle(Input::Restored(Vec::new()), at("09:58"));
    assert_eq!(machine.poll_action(), Some(Action::Ring(id("a@10:00"))));
}

#[rstest]
#[case::f01_before_the_start("09:58", true)]
#[case::f02_after_the_start("10:03", true)]
#[case::in_the_last_second("10:29:59", true)]
#[case::f03_after_the_end("10:30", false)]
fn a_machine_that_wakes_late_still_rings_until_the_end(#[case] wakes: &str, #[case] rings: bool) {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:00");
    desk.look(wakes);
    assert_eq!(desk.rung.len(), usize::from(rings));
    assert_ne!(
        desk.machine.poll_timeout().map(|(_, why)| why),
        Some(Why::Due)
    );
}

#[test]
fn what_was_over_by_a_wrong_clock_rings_when_the_clock_is_right_again() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:00");
    desk.look("11:00");
    assert!(desk.rung.is_empty());
    desk.look("09:02");
    desk.look("09:55");
    assert_eq!(desk.rung, ["a@10:00"]);
}

#[test]
fn f04_a_clock_set_forward_rings_what_it_makes_due_once() {
    let plan = [
        planned("a", "10:00", "12:30"),
        planned("b", "13:00", "13:30"),
    ];
    let mut desk = Desk::start(&plan, "09:00");
    desk.look("11:00");
    desk.look("11:01");
    assert_eq!(desk.rung, ["a@10:00"]);
    assert!(matches!(
        desk.machine.poll_timeout(),
        Some((_, Why::Collapse))
    ));
}

#[test]
fn f05_a_clock_set_back_rings_nothing_twice() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:55");
    assert_eq!(desk.rung.len(), 1);
    desk.look("07:55");
    desk.look("09:55");
    desk.look("10:05");
    assert_eq!(desk.rung.len(), 1);
}

#[test]
fn a_moved_meeting_rings_anew_at_its_new_time() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:55");
    desk.tell(
        Input::Planned(vec![planned("a", "14:00", "14:30")]),
        "09:57",
    );
    assert_eq!(desk.withdrawn, ["a@10:00"]);
    assert!(desk.open().is_empty());
    desk.look("13:55");
    assert_eq!(desk.rung, ["a@10:00", "a@14:00"]);
}

#[test]
fn a_meeting_cancelled_while_it_rings_goes_away() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:55");
    desk.tell(Input::Planned(Vec::new()), "09:57");
    assert!(desk.open().is_empty());
    assert_eq!(desk.withdrawn, ["a@10:00"]);
    assert_eq!(
        desk.tell(Input::Dismiss(id("a@10:00")), "09:58"),
        Answered::Found
    );
    assert_eq!(
        desk.tell(Input::Dismiss(id("never")), "09:58"),
        Answered::Gone
    );
}

#[test]
fn a_ring_goes_away_when_its_meeting_ends() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:05")], "09:55");
    assert_eq!(
        desk.machine.poll_timeout(),
        Some((at("10:05"), Why::MeetingOver))
    );
    desk.look("10:05");
    assert!(desk.open().is_empty());
    assert_eq!(desk.withdrawn, ["a@10:00"]);
    assert_eq!(desk.machine.poll_timeout(), None);
}

#[test]
fn an_unanswered_ring_collapses_ten_minutes_into_the_meeting() {
    let mut desk = Desk::start(&[planned("a", "10:00", "10:30")], "09:55");
    assert_eq!(
        desk.machine.poll_timeout(),
        Some((at("10:10"), Why::Collapse))
    );
    desk.look("10:09:59");
    assert_eq!(desk.open(), ["a@10:00"]);
    desk.look("10:10");
    assert!(desk.open().is_empty());
    assert!(desk.machine.is_waiting(at("10:10")));
    assert!(desk.withdrawn.is_empty());
}

#[test]
fn f13_thirty_meetings_of_the_same_minute_all_ring() {
    let plan: Vec<_> = (0..30)
        .map(|n| planned(&format!("m{n}"), "10:00", "10:30"))
        .collect();
    let mut desk = Desk::start(&plan, "09:00");
    desk.look("09:55");
    assert_eq!(desk.rung.len(), 30);
    assert_eq!(desk.open().len(), 30);
}
