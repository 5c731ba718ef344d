//! Whatever fails and whenever the program dies: each meeting is made at most
//! once, and what the user is told in the end is so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use super::{
    tests::{at, lost, name, planning},
    *,
};
use crate::{
    backend::FailureKind,
    scheduler::{Attempt, Found, Refusal, RequestId},
};

/// What happens to a request on its way.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It arrives, and the answer as well.
    Answered,
    /// It arrives, and the answer is lost.
    AnswerLost,
    /// It does not arrive, and nobody can say so.
    CutBefore,
    /// The server refuses.
    Refused,
    /// There is no connection.
    NoConnection,
    /// The program dies before it arrives.
    KilledBefore,
    /// The program dies when it has arrived.
    KilledAfter,
    /// The program dies before the journal has it, and with it the intent.
    KilledBeforeTheJournal,
    /// The answer is lost, and the server does it so many seconds later.
    ArrivesLater(i64),
    /// The program dies, and the server does it so many seconds later.
    KilledAndArrivesLater(i64),
}

/// The longest that a server works on a request, in seconds.
const SERVER_WORKS_MAX: i64 = 110;

fn fate() -> impl Strategy<Value = Fate> {
    let soon = prop::sample::select(vec![
        Fate::Answered,
        Fate::AnswerLost,
        Fate::CutBefore,
        Fate::Refused,
        Fate::NoConnection,
        Fate::KilledBefore,
        Fate::KilledAfter,
        Fate::KilledBeforeTheJournal,
    ]);
    prop_oneof![
        8 => soon,
        1 => (1..=SERVER_WORKS_MAX).prop_map(Fate::ArrivesLater),
        1 => (1..=SERVER_WORKS_MAX).prop_map(Fate::KilledAndArrivesLater),
    ]
}

/// A server that makes what arrives each time it arrives, and a disk.
#[derive(Default)]
struct House {
    made: BTreeMap<RequestId, u32>,
    /// What the server is working on, and for how many seconds yet.
    in_work: Vec<(i64, RequestId)>,
    journal: BTreeMap<RequestId, Entry>,
    /// What the user believes to have sent.
    sent: BTreeSet<RequestId>,
    outbox: Outbox,
}

impl House {
    /// Time passes, whatever the clock says.
    fn pass(&mut self, seconds: i64) {
        for (left, _) in &mut self.in_work {
            *left -= seconds;
        }
        for (_, request) in self.in_work.extract_if(.., |(left, _)| *left <= 0) {
            *self.made.entry(request).or_default() += 1;
        }
    }

    fn restart(&mut self, now: DateTime<Utc>) {
        // What the journal does not have yet the user has not been told to be
        // sent; the draft has it.
        let journal = &self.journal;
        self.sent.retain(|request| journal.contains_key(request));
        self.outbox = Outbox::new();
        let entries = self.journal.values().cloned().collect();
        self.outbox.handle(Input::Restored(entries), now);
    }

    /// Does one action; `false` when there is none.
    fn step(&mut self, fate: Fate, now: DateTime<Utc>) -> bool {
        let Some(action) = self.outbox.poll_action(now) else {
            return false;
        };
        let input = match action {
            Action::Keep(entry) => {
                if matches!(fate, Fate::KilledBeforeTheJournal) {
                    self.restart(now);
                    return true;
                }
                self.journal.insert(entry.request.clone(), entry.clone());
                Input::Kept(entry.request, Ok(()))
            }
            Action::Erase(request) => {
                self.journal.remove(&request);
                return true;
            }
            Action::Attempt(request, _) => {
                let kept = &self.journal[&request];
                assert_eq!(kept.attempted, Some(now), "it is in the journal first");
                let arrives = matches!(fate, Fate::Answered | Fate::AnswerLost | Fate::KilledAfter);
                if arrives {
                    *self.made.entry(request.clone()).or_default() += 1;
                }
                let attempt = match fate {
                    Fate::Answered => Attempt::Done,
                    Fate::AnswerLost | Fate::CutBefore => lost(),
                    Fate::ArrivesLater(seconds) => {
                        self.in_work.push((seconds, request.clone()));
                        lost()
                    }
                    Fate::KilledAndArrivesLater(seconds) => {
                        self.in_work.push((seconds, request));
                        self.restart(now);
                        return true;
                    }
                    Fate::Refused => Attempt::Refused(Refusal::Full),
                    Fate::NoConnection => Attempt::Refused(Refusal::Unreachable),
                    Fate::KilledBefore | Fate::KilledAfter | Fate::KilledBeforeTheJournal => {
                        self.restart(now);
                        return true;
                    }
                };
                Input::Attempted(request, attempt)
            }
            Action::Look(request, _) => {
                let found = match fate {
                    Fate::Answered | Fate::Refused => Ok(if self.made.contains_key(&request) {
                        Found::Done
                    } else {
                        Found::Absent
                    }),
                    Fate::AnswerLost
                    | Fate::CutBefore
                    | Fate::NoConnection
                    | Fate::ArrivesLater(_) => Err(FailureKind::Unreachable),
                    Fate::KilledBefore
                    | Fate::KilledAfter
                    | Fate::KilledBeforeTheJournal
                    | Fate::KilledAndArrivesLater(_) => {
                        self.restart(now);
                        return true;
                    }
                };
                Input::Looked(request, found)
            }
        };
        self.outbox.handle(input, now);
        true
    }

    fn said(&self, request: &RequestId) -> Option<Outcome> {
        let posted = self.outbox.posted();
        let one = posted.into_iter().find(|one| one.request == *request)?;
        match one.state {
            Progress::Settled(settled) => Some(settled.outcome),
            Progress::Sending | Progress::Unsure { .. } => None,
        }
    }
}

proptest! {
    #[test]
    fn i7_never_two_meetings_and_never_none_silently(
        fates in prop::collection::vec((fate(), -40_i64..200), 0..60),
        count in 1_usize..4,
    ) {
        let mut house = House::default();
        let mut now = at("09:00:00");
        for number in 0..count {
            let request = name(&number.to_string());
            house.sent.insert(request.clone());
            house.outbox.handle(Input::Accept(request, planning()), now);
        }
        // Bad luck, and a clock that is set now and then.
        for (fate, seconds) in fates {
            if !house.step(fate, now) {
                now += Duration::seconds(seconds);
                house.pass(seconds.max(0));
            }
            prop_assert!(house.made.values().all(|times| *times == 1));
        }
        // Everything works from now on, and it all becomes certain within an
        // hour.
        let end = now + Duration::hours(1);
        while now < end {
            while house.step(Fate::Answered, now) {}
            now += Duration::seconds(10);
            house.pass(10);
        }
        for request in &house.sent {
            let made = house.made.get(request).copied().unwrap_or(0);
            match house.said(request) {
                Some(Outcome::Done) => prop_assert_eq!(made, 1),
                Some(Outcome::Refused { .. }) => prop_assert_eq!(made, 0),
                None => prop_assert!(false, "nobody says what became of {:?}", request),
            }
        }
        prop_assert!(house.made.values().all(|times| *times == 1));
    }
}
