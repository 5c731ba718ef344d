use chrono::{DateTime, Duration, Utc};
use rstest::rstest;

use super::*;
use crate::view::SnoozeChoice;

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
