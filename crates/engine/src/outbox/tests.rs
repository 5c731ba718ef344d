//! The machine, step by step.

use std::time::Duration as StdDuration;

use calendar::meeting::MeetingId;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::*;
use crate::{
    backend::{Failure, FailureKind},
    scheduler::{Answer, Attempt, Found, Intent, NewMeeting, People, Refusal, RequestId, Standing},
};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    format!("2026-11-23T{text}Z").parse().unwrap()
}

pub(super) fn name(text: &str) -> RequestId {
    RequestId(text.to_owned())
}

pub(super) fn planning() -> Intent {
    Intent::Make(Box::new(NewMeeting {
        title: "Planning".to_owned(),
        message: String::new(),
        start: at("14:00:00"),
        end: at("15:00:00"),
        zone: Tz::Europe__Stockholm,
        location: String::new(),
        people: People::default(),
        join: None,
        reminder_minutes: 15,
    }))
}

pub(super) fn answer(meeting: &str, answer: Answer) -> Intent {
    Intent::Answer {
        meeting: Standing {
            id: MeetingId(meeting.into()),
            start: at("14:00:00"),
            end: at("15:00:00"),
        },
        answer,
    }
}

pub(super) fn lost() -> Attempt {
    Attempt::Unsure(Failure {
        kind: FailureKind::Unreachable,
        sentence: String::new(),
    })
}

fn state(outbox: &Outbox, request: &str) -> Progress {
    let posted = outbox.posted();
    let found = posted.into_iter().find(|one| one.request == name(request));
    found.unwrap().state
}

fn outcome(outbox: &Outbox, request: &str) -> Outcome {
    match state(outbox, request) {
        Progress::Settled(settled) => settled.outcome,
        other => panic!("{other:?}"),
    }
}

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused { refusal }
}

/// Writes down all that is to be, and gives the last of it.
fn keep(outbox: &mut Outbox, now: DateTime<Utc>) -> (Option<Entry>, Option<Action>) {
    let mut last = None;
    loop {
        match outbox.poll_action(now) {
            Some(Action::Keep(entry)) => {
                let before_attempt = entry.attempted == Some(now) && entry.settled.is_none();
                last = Some(entry.clone());
                if before_attempt {
                    return (last, None);
                }
                outbox.handle(Input::Kept(entry.request, Ok(())), now);
            }
            other => return (last, other),
        }
    }
}

/// Lets what is first come to its attempt; gives the entry that was written
/// down right before.
fn attempt(outbox: &mut Outbox, now: DateTime<Utc>) -> Entry {
    let (Some(entry), None) = keep(outbox, now) else {
        panic!("it is not written down first");
    };
    assert_eq!(outbox.poll_action(now), None, "it waits for the journal");
    outbox.handle(Input::Kept(entry.request.clone(), Ok(())), now);
    let expected = Action::Attempt(entry.request.clone(), entry.intent.clone());
    assert_eq!(outbox.poll_action(now), Some(expected));
    entry
}

/// A meeting whose answer was lost at nine.
fn unsure() -> (Outbox, Entry) {
    let mut outbox = Outbox::new();
    let now = at("09:00:00");
    outbox.handle(Input::Accept(name("a"), planning()), now);
    let entry = attempt(&mut outbox, now);
    outbox.handle(Input::Attempted(name("a"), lost()), now);
    (outbox, entry)
}

#[test]
fn nothing_leaves_before_it_is_written_down() {
    let mut outbox = Outbox::new();
    let now = at("09:00:00");
    outbox.handle(Input::Accept(name("a"), planning()), now);
    let entry = attempt(&mut outbox, now);
    assert_eq!((entry.attempts, entry.attempted), (1, Some(now)));
    outbox.handle(Input::Attempted(name("a"), Attempt::Done), now);
    assert_eq!(outcome(&outbox, "a"), Outcome::Done);
    let (Some(entry), None) = keep(&mut outbox, now) else {
        panic!("the outcome is written down");
    };
    assert!(entry.settled.is_some());
}

#[test]
fn what_is_sent_is_written_down_also_while_another_one_is_under_way() {
    let mut outbox = Outbox::new();
    let now = at("09:00:00");
    outbox.handle(Input::Accept(name("a"), planning()), now);
    attempt(&mut outbox, now);
    outbox.handle(Input::Accept(name("b"), planning()), now);
    let (Some(entry), None) = keep(&mut outbox, now) else {
        panic!("it is written down");
    };
    assert_eq!((entry.request, entry.attempted), (name("b"), None));
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let mut outbox = Outbox::new();
    let now = at("09:00:00");
    outbox.handle(Input::Accept(name("a"), planning()), now);
    assert!(matches!(outbox.poll_action(now), Some(Action::Keep(_))));
    outbox.handle(Input::Kept(name("a"), Err(())), now);
    assert_eq!(outcome(&outbox, "a"), refused(Refusal::NotKept));
    while let Some(action) = outbox.poll_action(now) {
        let Action::Keep(entry) = action else {
            panic!("{action:?}");
        };
        outbox.handle(Input::Kept(entry.request, Err(())), now);
    }
}

#[test]
fn a_lost_answer_is_followed_by_a_look_when_the_server_can_have_finished() {
    let (mut outbox, _) = unsure();
    assert_eq!(outbox.poll_timeout(), Some(at("09:02:00")));
    assert_eq!(outbox.poll_action(at("09:01:59")), None);
    let look = Action::Look(name("a"), planning());
    assert_eq!(outbox.poll_action(at("09:02:00")), Some(look));
    outbox.handle(Input::Looked(name("a"), Ok(Found::Done)), at("09:02:01"));
    assert_eq!(outcome(&outbox, "a"), Outcome::Done);
}

#[test]
fn only_what_is_not_there_is_sent_again_and_written_down_again_before() {
    let (mut outbox, _) = unsure();
    let now = at("09:02:00");
    outbox.poll_action(now);
    outbox.handle(Input::Looked(name("a"), Ok(Found::Absent)), now);
    let entry = attempt(&mut outbox, now);
    assert_eq!((entry.attempts, entry.attempted), (2, Some(now)));
}

#[test]
fn a_look_that_fails_is_repeated_ever_later_and_is_no_reason_to_send_again() {
    let (mut outbox, _) = unsure();
    let mut now = at("09:02:00");
    let mut before = Duration::seconds(120);
    for _ in 0..8 {
        let action = outbox.poll_action(now);
        assert!(matches!(action, Some(Action::Look(..))), "{action:?}");
        outbox.handle(Input::Looked(name("a"), Err(FailureKind::Unreachable)), now);
        let wait = outbox.poll_timeout().unwrap() - now;
        assert!(before <= wait && wait <= Duration::minutes(10), "{wait}");
        before = wait;
        now += wait;
    }
}

#[test]
fn a_server_that_fails_three_times_without_doing_it_is_left_alone() {
    let (mut outbox, _) = unsure();
    let mut now = at("09:02:00");
    for _ in 0..2 {
        outbox.poll_action(now);
        outbox.handle(Input::Looked(name("a"), Ok(Found::Absent)), now);
        attempt(&mut outbox, now);
        outbox.handle(Input::Attempted(name("a"), lost()), now);
        now += Duration::seconds(120);
    }
    outbox.poll_action(now);
    outbox.handle(Input::Looked(name("a"), Ok(Found::Absent)), now);
    assert_eq!(outcome(&outbox, "a"), refused(Refusal::Failing));
}

#[test]
fn after_a_restart_what_may_have_left_is_looked_for_and_what_has_not_is_sent() {
    let (_, may_have_left) = unsure();
    let mut outbox = Outbox::new();
    let now = at("09:00:10");
    outbox.handle(Input::Restored(vec![may_have_left.clone()]), now);
    assert!(matches!(state(&outbox, "a"), Progress::Unsure { .. }));
    // It may have left right before: the journal has it when its turn came.
    assert_eq!(outbox.poll_timeout(), Some(at("09:02:10")));
    assert_eq!(outbox.poll_action(now), None);

    let not_left = Entry {
        attempts: 0,
        attempted: None,
        ..may_have_left
    };
    let mut outbox = Outbox::new();
    outbox.handle(Input::Restored(vec![not_left]), now);
    attempt(&mut outbox, now);
}

#[test]
fn a_clock_that_is_set_back_does_not_put_the_look_off() {
    let (mut outbox, entry) = unsure();
    let back = at("07:00:00");
    assert_eq!(outbox.poll_action(back), None);
    assert_eq!(outbox.poll_timeout(), Some(at("07:02:00")));
    let mut outbox = Outbox::new();
    outbox.handle(Input::Restored(vec![entry]), back);
    assert_eq!(outbox.poll_timeout(), Some(at("07:02:00")));
}

#[test]
fn a_server_that_wants_quiet_is_looked_at_when_it_is_over() {
    let mut outbox = Outbox::new();
    let now = at("09:00:00");
    outbox.handle(Input::Accept(name("a"), planning()), now);
    attempt(&mut outbox, now);
    let busy = Attempt::Unsure(Failure {
        kind: FailureKind::Throttled(StdDuration::from_mins(5)),
        sentence: String::new(),
    });
    outbox.handle(Input::Attempted(name("a"), busy), now);
    assert_eq!(outbox.poll_timeout(), Some(at("09:05:00")));
}

#[test]
fn what_was_not_made_before_its_end_is_not_made_afterwards() {
    let (mut outbox, _) = unsure();
    let over = at("15:00:00");
    assert!(matches!(outbox.poll_action(over), Some(Action::Look(..))));
    outbox.handle(Input::Looked(name("a"), Ok(Found::Absent)), over);
    outbox.poll_action(over);
    assert_eq!(outcome(&outbox, "a"), refused(Refusal::TooLate));
}

#[test]
fn an_answer_does_not_overtake_the_one_before_to_the_same_meeting() {
    let mut outbox = Outbox::new();
    let now = at("09:00:00");
    for (request, meeting, choice) in [
        ("a", "standup", Answer::Accept),
        ("b", "standup", Answer::Decline),
        ("c", "review", Answer::Accept),
    ] {
        let intent = answer(meeting, choice);
        outbox.handle(Input::Accept(name(request), intent), now);
    }
    assert_eq!(attempt(&mut outbox, now).request, name("a"));
    outbox.handle(Input::Attempted(name("a"), lost()), now);
    // What is about another meeting does not wait for it.
    assert_eq!(attempt(&mut outbox, now).request, name("c"));
    outbox.handle(Input::Attempted(name("c"), Attempt::Done), now);
    assert_eq!(keep(&mut outbox, now).1, None, "b waits");
    let later = at("09:02:00");
    assert!(matches!(outbox.poll_action(later), Some(Action::Look(..))));
    outbox.handle(Input::Looked(name("a"), Ok(Found::Done)), later);
    assert_eq!(attempt(&mut outbox, later).request, name("b"));
}

#[test]
fn what_is_certain_stays_until_it_is_taken_in_also_after_a_restart() {
    let mut outbox = Outbox::new();
    let now = at("09:00:00");
    outbox.handle(Input::Accept(name("a"), planning()), now);
    attempt(&mut outbox, now);
    let full = Attempt::Refused(Refusal::Full);
    outbox.handle(Input::Attempted(name("a"), full), now);
    let (Some(entry), None) = keep(&mut outbox, now) else {
        panic!("the outcome is written down");
    };
    let mut outbox = Outbox::new();
    outbox.handle(Input::Restored(vec![entry]), now);
    assert_eq!(outcome(&outbox, "a"), refused(Refusal::Full));
    assert_eq!(outbox.poll_action(now), None);
    outbox.handle(Input::Forget(name("a")), now);
    assert_eq!(outbox.poll_action(now), Some(Action::Erase(name("a"))));
    assert_eq!(outbox.posted(), vec![]);
}

#[test]
fn what_is_on_its_way_is_not_forgotten_and_not_sent_twice() {
    let (mut outbox, _) = unsure();
    let now = at("09:00:01");
    outbox.handle(Input::Forget(name("a")), now);
    outbox.handle(Input::Accept(name("a"), planning()), now);
    assert_eq!(outbox.posted().len(), 1);
    assert_eq!(outbox.poll_action(now), None);
}

/// Somebody who waits for a moment that is over turns in circles until the look
/// that is under way has ended.
#[test]
fn what_waits_for_another_look_is_not_due_by_itself() {
    let entry = |request: &str| Entry {
        request: name(request),
        intent: planning(),
        accepted: at("09:00:00"),
        attempts: 1,
        attempted: Some(at("09:00:00")),
        settled: None,
    };
    let mut outbox = Outbox::new();
    let both = vec![entry("a"), entry("b")];
    outbox.handle(Input::Restored(both), at("09:00:00"));
    let now = at("09:02:00");
    assert_eq!(outbox.poll_timeout(), Some(now));
    let action = outbox.poll_action(now);
    assert!(matches!(action, Some(Action::Look(..))), "{action:?}");
    assert_eq!(outbox.poll_action(now), None, "one at a time");
    assert_eq!(outbox.poll_timeout(), None);
    outbox.handle(Input::Looked(name("a"), Err(FailureKind::Unreachable)), now);
    assert_eq!(outbox.poll_timeout(), Some(now), "it is its turn");
    assert!(matches!(outbox.poll_action(now), Some(Action::Look(..))));
}

#[test]
fn sr_61_what_is_not_certain_a_week_after_its_meeting_is_not_kept_for_ever() {
    let (mut outbox, entry) = unsure();
    let over = entry.intent.pointless_from() + Duration::days(7);
    let before = over - Duration::seconds(1);
    let looked = outbox.poll_action(before);
    assert!(matches!(looked, Some(Action::Look(..))), "{looked:?}");
    outbox.handle(
        Input::Looked(name("a"), Err(FailureKind::Unreachable)),
        before,
    );
    // A clock that says so may be wrong, and is set right soon.
    let right = over - Duration::hours(2);
    for now in [over, over + Duration::minutes(29), right, over] {
        let action = outbox.poll_action(now);
        assert!(!matches!(action, Some(Action::Erase(_))), "{now}");
        let failed = Input::Looked(name("a"), Err(FailureKind::Unreachable));
        outbox.handle(failed, now);
    }
    let believed = over + Duration::minutes(30);
    assert_eq!(outbox.poll_action(believed), Some(Action::Erase(name("a"))));
    assert_eq!(outbox.posted(), []);
}
