//! What a client asks its connector, and what it is answered, in plain. They
//! cross the service sealed (`vault::hybrid::letter`), as JSON.
//!
//! A client asks what a [`Scheduler`] is asked, and the connector lets Exchange
//! answer it in the user's name. What is not certain is settled by the
//! client's own outbox, as it is with Exchange itself: each attempt carries the
//! name of its request, and a lost answer is followed by a look.
//!
//! [`Scheduler`]: crate::Scheduler

mod asker;

use calendar::{
    availability::{Hours, Stretches, Taken},
    meeting::Person,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use vault::hybrid::letter::GOOD_FOR;

pub use asker::Asker;

use super::presence::Presence;
use crate::{
    backend::{Failure, FailureKind},
    scheduler::{Attempt, Found, Intent, PersonTime, Refusal, RequestId},
};

/// One question, and when it was asked. It is answered within [`GOOD_FOR`] of
/// that, and once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Seconds since 1970.
    pub asked: u64,
    /// What is asked.
    pub question: Question,
}

impl Ask {
    /// Whether it is to be answered at `now`, in seconds since 1970.
    pub fn is_fresh(&self, now: u64) -> bool {
        self.asked.abs_diff(now) <= GOOD_FOR
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Question {
    /// When these mailboxes have time within `[start, end)`.
    Time {
        /// SMTP addresses.
        mailboxes: Vec<String>,
        /// First instant.
        start: DateTime<Utc>,
        /// First instant after it.
        end: DateTime<Utc>,
        /// The user's zone.
        zone: Tz,
    },
    /// Whose name or address begins so.
    People {
        /// What was typed.
        text: String,
    },
    /// The rooms of the organization's lists.
    Rooms,
    /// To make, change, call off or answer a meeting, once.
    Attempt {
        /// Its name, for good.
        request: RequestId,
        /// What is wanted.
        intent: Box<Intent>,
    },
    /// Whether an earlier attempt has come through.
    Look {
        /// Its name.
        request: RequestId,
        /// What was wanted.
        intent: Box<Intent>,
    },
    /// Whether the user is out of office, at this moment.
    Oof,
}

/// Mailboxes that are asked about at once.
pub const MAILBOXES_MAX: usize = 100;
/// Days that are asked about at once.
pub const DAYS_MAX: i64 = 62;
/// Bytes of a name that is looked for.
pub const TEXT_MAX: usize = 256;

impl Question {
    /// Whether it asks for no more than a connector should do for one letter
    /// (SR-64).
    pub fn is_modest(&self) -> bool {
        match self {
            Self::Time {
                mailboxes,
                start,
                end,
                ..
            } => {
                let days = end.signed_duration_since(*start).num_days();
                mailboxes.len() <= MAILBOXES_MAX && start < end && days <= DAYS_MAX
            }
            Self::People { text } => text.len() <= TEXT_MAX,
            Self::Rooms | Self::Attempt { .. } | Self::Look { .. } | Self::Oof => true,
        }
    }

    /// Whether answering it changes something.
    pub fn has_effect(&self) -> bool {
        matches!(self, Self::Attempt { .. })
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Of each mailbox, in the order that they were asked for.
    Time {
        /// What is known.
        people: Vec<Known>,
    },
    /// Who was found.
    People {
        /// They have addresses.
        people: Vec<Person>,
    },
    /// It is done.
    Done,
    /// It is certainly not done.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// A look found that it is not done.
    Absent,
    /// Out of office or not.
    Oof {
        /// As it is.
        presence: Presence,
    },
    /// Nothing can be said.
    Failed {
        /// What is in the way.
        trouble: Trouble,
    },
    /// The question is not answered.
    NotAnswered {
        /// Why.
        why: NotAnswered,
    },
}

/// What is known of somebody's time, between `start` and `end` of the
/// question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// How it is taken; absent when the server tells nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Vec<Stretch>>,
    /// When they work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

/// A stretch of somebody's time that is not simply free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant after it.
    pub end: DateTime<Utc>,
    /// How it is taken.
    pub taken: Taken,
}

impl From<PersonTime> for Known {
    fn from(person: PersonTime) -> Self {
        let time = person.time.map(|time| {
            let each = time.iter().map(|one| Stretch {
                start: one.start,
                end: one.end,
                taken: one.taken,
            });
            each.collect()
        });
        Self {
            time,
            hours: person.hours,
        }
    }
}

impl From<Known> for PersonTime {
    fn from(known: Known) -> Self {
        let merged = |all: Vec<Stretch>| {
            Stretches::merged(all.into_iter().map(|one| (one.start, one.end, one.taken)))
        };
        Self {
            time: known.time.map(merged),
            hours: known.hours,
        }
    }
}

/// What is in the way between the connector and Exchange. How the connector
/// signs in there is nothing that a client could do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Exchange asks for quiet, for so many seconds.
    Busy(u64),
    /// Exchange is away, or does not let the connector in.
    Away,
    /// Exchange refuses this.
    Refused,
}

impl From<&Failure> for Trouble {
    fn from(failure: &Failure) -> Self {
        match failure.kind {
            FailureKind::Throttled(wait) => Self::Busy(wait.as_secs()),
            FailureKind::Refused | FailureKind::CursorLost => Self::Refused,
            _ => Self::Away,
        }
    }
}

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAnswered {
    /// Its time is not now: a clock is wrong, or it was on its way for too
    /// long.
    NotNow,
    /// It was answered before.
    Again,
    /// It asks for too much.
    TooMuch,
    /// The mailbox is not served now.
    NotServed,
}

impl Answer {
    /// What came of an attempt.
    pub fn of_attempt(attempt: Attempt) -> Self {
        match attempt {
            Attempt::Done => Self::Done,
            // How the connector signs in is not the user's sign-in.
            Attempt::Refused(Refusal::SignIn) => Self::Refused {
                refusal: Refusal::Unreachable,
            },
            Attempt::Refused(refusal) => Self::Refused { refusal },
            Attempt::Unsure(failure) => Self::failed(&failure),
        }
    }

    /// What came of a question that changes nothing.
    pub fn of<T>(outcome: Result<T, Failure>, answer: impl FnOnce(T) -> Self) -> Self {
        match outcome {
            Ok(told) => answer(told),
            Err(failure) => Self::failed(&failure),
        }
    }

    /// What came of a look.
    pub fn of_look(found: Found) -> Self {
        match found {
            Found::Done => Self::Done,
            Found::Absent => Self::Absent,
        }
    }

    fn failed(failure: &Failure) -> Self {
        Self::Failed {
            trouble: failure.into(),
        }
    }
}
