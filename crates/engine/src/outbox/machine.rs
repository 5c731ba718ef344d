//! When to write down, send, look and give up; no I/O and no clock.

use calendar::Window;
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::journal::Entry;
use crate::{
    backend::FailureKind,
    scheduler::{Attempt, Found, Intent, Refusal, RequestId},
};

/// So long after a lost answer the server is left to finish what it may still
/// be doing: an answer is waited for for 100 s, and servers work no shorter
/// where nobody waits any more. What is not there before that may come yet.
const LOOK_AFTER: Duration = Duration::minutes(2);
/// The longest time between two looks that did not come through.
const LOOK_LAST: Duration = Duration::minutes(10);
/// So long after its meeting what is not certain yet is looked for: as long as
/// a meeting stays in the agenda, and until the clock has said so for half an hour.
const LOOK_UNTIL: Duration = Duration::days(Window::DAYS_BACK);
const BELIEVED_AFTER: Duration = Duration::minutes(30);
/// Attempts that the server fails without doing anything.
const ATTEMPTS_MAX: u32 = 3;

/// What is certain in the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Since when.
    pub at: DateTime<Utc>,
    /// What.
    pub outcome: Outcome,
}

/// What came of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The server has done it, once.
    Done,
    /// It is not done, and is not tried again.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// An intent as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its name.
    pub request: RequestId,
    /// What is wanted.
    pub intent: Intent,
    /// How it stands.
    pub state: Progress,
}

/// What has been read of the journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Restored {
    /// Nothing yet.
    #[default]
    No,
    /// Not all that was in it: what is not known may be on its way.
    Partly,
    /// All: what is not known is not on its way.
    Whole,
}

/// All intents that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posts {
    /// What has been read of the journal.
    pub restored: Restored,
    /// In the order in which they were sent.
    pub all: Vec<Posted>,
}

impl Posts {
    /// The one with this name.
    pub fn find(&self, request: &RequestId) -> Option<&Posted> {
        self.all.iter().find(|one| one.request == *request)
    }
}

/// How an intent stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is on its way.
    Sending,
    /// The answer was lost; the server is looked at from this moment on.
    Unsure {
        /// The moment.
        look_at: DateTime<Utc>,
    },
    /// It is certain.
    Settled(Settled),
}

/// Something to take in.
#[derive(Debug, Clone)]
pub enum Input {
    /// What earlier runs have left.
    Restored(Vec<Entry>),
    /// The user sends something.
    Accept(RequestId, Intent),
    /// The entry is in the journal, or cannot be written down.
    Kept(RequestId, Result<(), ()>),
    /// The attempt is over.
    Attempted(RequestId, Attempt),
    /// The look is over.
    Looked(RequestId, Result<Found, FailureKind>),
    /// Whoever wanted to know what came of it knows.
    Forget(RequestId),
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write it down, and say whether that went well: [`Input::Kept`].
    Keep(Entry),
    /// Try once: [`Input::Attempted`].
    Attempt(RequestId, Intent),
    /// Look whether an attempt came through: [`Input::Looked`].
    Look(RequestId, Intent),
    /// Take it out of the journal.
    Erase(RequestId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The user has sent it a moment ago.
    Fresh,
    /// Being written down for the first time.
    KeepingFresh,
    /// Not attempted yet, or certainly not done by any attempt.
    Ready,
    /// Being written down before an attempt.
    Keeping,
    /// In the journal; the attempt is to be made.
    Kept,
    /// The attempt is under way.
    Attempting,
    /// The answer was lost.
    Unsure {
        look_at: DateTime<Utc>,
        wait: Duration,
    },
    /// The look is under way.
    Looking { wait: Duration },
    /// Certain, and not yet written down.
    Settled,
    /// Certain, and being written down.
    KeepingSettled,
    /// Certain, and the journal says so as far as it can.
    Over,
    /// Nobody needs it any more.
    Forgotten,
}

#[derive(Debug, Clone)]
struct Item {
    entry: Entry,
    stage: Stage,
    /// Since when its meeting is long over. A clock that is wrong, as at a start
    /// without a network, is set right sooner than it is believed.
    over_since: Option<DateTime<Utc>>,
}

/// All that is on its way, in the order in which it was sent. One thing is
/// done at a time; what is about the same meeting is done in order.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    items: Vec<Item>,
}

impl Outbox {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes something in.
    pub fn handle(&mut self, input: Input, now: DateTime<Utc>) {
        match input {
            Input::Restored(entries) => self.restore(entries, now),
            Input::Accept(request, intent) => self.accept(request, intent, now),
            Input::Kept(request, kept) => self.kept(&request, kept, now),
            Input::Attempted(request, attempt) => {
                if let Some(item) = self.find(&request, |stage| stage == Stage::Attempting) {
                    item.attempted(attempt, now);
                }
            }
            Input::Looked(request, looked) => {
                let looking = |stage| matches!(stage, Stage::Looking { .. });
                if let Some(item) = self.find(&request, looking) {
                    item.looked(looked, now);
                }
            }
            Input::Forget(request) => {
                let certain =
                    |stage| matches!(stage, Stage::Settled | Stage::KeepingSettled | Stage::Over);
                if let Some(item) = self.find(&request, certain) {
                    item.stage = Stage::Forgotten;
                }
            }
        }
    }

    fn restore(&mut self, entries: Vec<Entry>, now: DateTime<Utc>) {
        for entry in entries {
            if self
                .items
                .iter()
                .any(|item| item.entry.request == entry.request)
            {
                continue;
            }
            let stage = match (&entry.settled, entry.attempted) {
                (Some(_), _) => Stage::Over,
                // The request may have left right before the end of that run,
                // long after it was written down: it waits for its turn.
                (None, Some(_)) => Stage::Unsure {
                    look_at: now + LOOK_AFTER,
                    wait: LOOK_AFTER,
                },
                (None, None) => Stage::Ready,
            };
            self.items.push(Item {
                entry,
                stage,
                over_since: None,
            });
        }
        self.items.sort_by_key(|item| item.entry.accepted);
    }

    fn accept(&mut self, request: RequestId, intent: Intent, now: DateTime<Utc>) {
        // The same one twice is once.
        if self.items.iter().any(|item| item.entry.request == request) {
            return;
        }
        let entry = Entry {
            request,
            intent,
            accepted: now,
            attempts: 0,
            attempted: None,
            settled: None,
        };
        self.items.push(Item {
            entry,
            stage: Stage::Fresh,
            over_since: None,
        });
    }

    fn kept(&mut self, request: &RequestId, kept: Result<(), ()>, now: DateTime<Utc>) {
        let keeping = |stage| {
            matches!(
                stage,
                Stage::KeepingFresh | Stage::Keeping | Stage::KeepingSettled
            )
        };
        let Some(item) = self.find(request, keeping) else {
            return;
        };
        item.stage = match (item.stage, kept) {
            (Stage::KeepingFresh, Ok(())) => Stage::Ready,
            (Stage::Keeping, Ok(())) => Stage::Kept,
            (Stage::KeepingFresh | Stage::Keeping, Err(())) => {
                // This attempt was not made. Whether an earlier one was is
                // known: nothing came of it.
                item.settle(Outcome::refused(Refusal::NotKept), now);
                return;
            }
            // Without it the next run looks once more, and finds the same.
            _ => Stage::Over,
        };
    }

    /// What to do now; asked until it answers `None`. One attempt or look is
    /// under way at a time; what is to be written down does not wait for it.
    pub fn poll_action(&mut self, now: DateTime<Utc>) -> Option<Action> {
        for item in &mut self.items {
            item.look_at_the_clock(now);
        }
        let goes = |item: &Item| item.stage == Stage::Forgotten || item.is_given_up(now);
        if let Some(place) = self.items.iter().position(goes) {
            return Some(Action::Erase(self.items.remove(place).entry.request));
        }
        if let Some(action) = self.items.iter_mut().find_map(Item::write_down) {
            return Some(action);
        }
        if let Some(item) = self.items.iter_mut().find(|item| item.is_under_way()) {
            return item.act(now);
        }
        for place in 0..self.items.len() {
            if self.waits_for_another(place) {
                continue;
            }
            let action = self.items.get_mut(place).and_then(|item| item.act(now));
            if action.is_some() {
                return action;
            }
        }
        None
    }

    /// When something is due if nothing happens before. What has to wait for
    /// the end of something else is not due by itself: a moment that is over
    /// already would be waited for again and again.
    pub fn poll_timeout(&self) -> Option<DateTime<Utc>> {
        if self.items.iter().any(Item::is_under_way) {
            return None;
        }
        let own = self.items.iter().enumerate();
        let own = own.filter(|(place, _)| !self.waits_for_another(*place));
        let looks = own.filter_map(|(_, item)| match item.stage {
            Stage::Unsure { look_at, .. } => Some(look_at),
            _ => None,
        });
        looks.min()
    }

    /// All that is on its way or certain and not forgotten, in order.
    pub fn posted(&self) -> Vec<Posted> {
        let known = self.items.iter().filter(|i| i.stage != Stage::Forgotten);
        known
            .map(|item| Posted {
                request: item.entry.request.clone(),
                intent: item.entry.intent.clone(),
                state: match (&item.entry.settled, item.stage) {
                    (Some(settled), _) => Progress::Settled(settled.clone()),
                    (None, Stage::Unsure { look_at, .. }) => Progress::Unsure { look_at },
                    (None, Stage::Looking { .. }) => Progress::Unsure {
                        look_at: item.entry.attempted.unwrap_or(item.entry.accepted),
                    },
                    (None, _) => Progress::Sending,
                },
            })
            .collect()
    }

    /// All that is not forgotten, for another outbox to go on with.
    pub fn into_entries(self) -> Vec<Entry> {
        let known = self.items.into_iter();
        let known = known.filter(|item| item.stage != Stage::Forgotten);
        known.map(|item| item.entry).collect()
    }

    /// Whether something that was sent before about the same meeting is not
    /// certain yet: an answer must not overtake the one before.
    fn waits_for_another(&self, place: usize) -> bool {
        let Some(meeting) = self.items.get(place).and_then(|i| i.entry.intent.meeting()) else {
            return false;
        };
        self.items.iter().take(place).any(|item| {
            item.entry.settled.is_none() && item.entry.intent.meeting() == Some(meeting)
        })
    }

    fn find(&mut self, request: &RequestId, is: impl Fn(Stage) -> bool) -> Option<&mut Item> {
        self.items
            .iter_mut()
            .find(|item| item.entry.request == *request && is(item.stage))
    }
}

impl Item {
    /// Whether an attempt or a look of it has begun: one goes on at a time.
    fn is_under_way(&self) -> bool {
        matches!(
            self.stage,
            Stage::Keeping | Stage::Kept | Stage::Attempting | Stage::Looking { .. }
        )
    }

    /// What is new, and what is certain, is written down at once.
    fn write_down(&mut self) -> Option<Action> {
        self.stage = match self.stage {
            Stage::Fresh => Stage::KeepingFresh,
            Stage::Settled => Stage::KeepingSettled,
            _ => return None,
        };
        Some(Action::Keep(self.entry.clone()))
    }

    fn act(&mut self, now: DateTime<Utc>) -> Option<Action> {
        let request = self.entry.request.clone();
        match self.stage {
            Stage::Ready if self.entry.intent.pointless_from() <= now => {
                self.settle(Outcome::refused(Refusal::TooLate), now);
                self.write_down()
            }
            Stage::Ready => {
                self.entry.attempts += 1;
                self.entry.attempted = Some(now);
                self.stage = Stage::Keeping;
                Some(Action::Keep(self.entry.clone()))
            }
            Stage::Kept => {
                self.stage = Stage::Attempting;
                Some(Action::Attempt(request, self.entry.intent.clone()))
            }
            Stage::Unsure { look_at, wait } => {
                // A clock that was set back must not put the look off.
                let look_at = look_at.min(now + wait);
                self.stage = Stage::Unsure { look_at, wait };
                if now < look_at {
                    return None;
                }
                self.stage = Stage::Looking { wait };
                Some(Action::Look(request, self.entry.intent.clone()))
            }
            Stage::Fresh
            | Stage::KeepingFresh
            | Stage::Keeping
            | Stage::Attempting
            | Stage::Looking { .. }
            | Stage::Settled
            | Stage::KeepingSettled
            | Stage::Over
            | Stage::Forgotten => None,
        }
    }

    fn look_at_the_clock(&mut self, now: DateTime<Utc>) {
        let is_over = self.entry.intent.pointless_from() + LOOK_UNTIL <= now;
        let before = self.over_since.filter(|since| *since <= now);
        self.over_since = is_over.then(|| before.unwrap_or(now));
    }

    /// Nobody is going to know what came of it.
    fn is_given_up(&self, now: DateTime<Utc>) -> bool {
        let is_unsure = matches!(self.stage, Stage::Unsure { .. });
        let is_believed = |since| since + BELIEVED_AFTER <= now;
        is_unsure && self.over_since.is_some_and(is_believed)
    }

    fn attempted(&mut self, attempt: Attempt, now: DateTime<Utc>) {
        match attempt {
            Attempt::Done => self.settle(Outcome::Done, now),
            Attempt::Refused(refusal) => self.settle(Outcome::refused(refusal), now),
            Attempt::Unsure(failure) => {
                // Longer, where the server says for how long it wants quiet.
                let wait = match failure.kind {
                    FailureKind::Throttled(quiet) => Duration::from_std(quiet)
                        .unwrap_or(LOOK_LAST)
                        .clamp(LOOK_AFTER, LOOK_LAST),
                    _ => LOOK_AFTER,
                };
                self.stage = Stage::Unsure {
                    look_at: now + wait,
                    wait,
                };
            }
        }
    }

    fn looked(&mut self, looked: Result<Found, FailureKind>, now: DateTime<Utc>) {
        let Stage::Looking { wait } = self.stage else {
            return;
        };
        match looked {
            Ok(Found::Done) => self.settle(Outcome::Done, now),
            // Nobody knows of an attempt, so the user decides about the first.
            Ok(Found::Absent) if self.entry.attempts == 0 => {
                self.settle(Outcome::refused(Refusal::NotKept), now);
            }
            Ok(Found::Absent) if self.entry.attempts >= ATTEMPTS_MAX => {
                self.settle(Outcome::refused(Refusal::Failing), now);
            }
            Ok(Found::Absent) => self.stage = Stage::Ready,
            Err(kind) => {
                let wait = match kind {
                    FailureKind::Throttled(quiet) => Duration::from_std(quiet).unwrap_or(LOOK_LAST),
                    _ => wait * 2,
                };
                let wait = wait.clamp(LOOK_AFTER, LOOK_LAST);
                self.stage = Stage::Unsure {
                    look_at: now + wait,
                    wait,
                };
            }
        }
    }

    fn settle(&mut self, outcome: Outcome, now: DateTime<Utc>) {
        self.entry.settled = Some(Settled { at: now, outcome });
        self.stage = Stage::Settled;
    }
}

impl Outcome {
    fn refused(refusal: Refusal) -> Self {
        Self::Refused { refusal }
    }
}
