//! What is asked of a server beside keeping in step: make, change, call off
//! and answer meetings, find people, and tell when they have time.

use async_trait::async_trait;
use calendar::{
    availability::{Hours, Stretches},
    meeting::{MeetingId, Person, Response},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{backend::Failure, snapshot::Oof};

/// Names one intent of the user for good: random, made before the first
/// attempt, and written into what the server makes of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub String);

/// What the user wants the server's calendar to be. Each is absolute: carried
/// out twice it is the same as once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Intent {
    /// A meeting that is not there yet.
    Make(Box<NewMeeting>),
    /// Another time, place or company for a meeting of the user's own.
    Change {
        /// Which.
        meeting: Standing,
        /// What is to be different.
        to: Box<Changed>,
    },
    /// A meeting of the user's own does not take place.
    Cancel {
        /// Which.
        meeting: Standing,
        /// A word to those who were asked; may be empty.
        message: String,
    },
    /// An appointment that is the user's alone is taken out of the calendar,
    /// without a word to anybody.
    Remove {
        /// Which.
        meeting: Standing,
    },
    /// An answer to an invitation.
    Answer {
        /// Which.
        meeting: Standing,
        /// The answer.
        answer: Answer,
    },
}

/// A meeting by its name, and where it stands in the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its name.
    pub id: MeetingId,
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant after it.
    pub end: DateTime<Utc>,
}

/// A meeting to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMeeting {
    /// Subject.
    pub title: String,
    /// Text of the invitation, plain.
    pub message: String,
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant after it.
    pub end: DateTime<Utc>,
    /// The user's zone.
    pub zone: Tz,
    /// Where, as it is shown.
    pub location: String,
    /// Who is asked.
    pub people: People,
    /// The way to join, which is also in the text.
    pub join: Option<Url>,
    /// How many minutes before the start its owner is reminded by the server's
    /// own clients.
    pub reminder_minutes: u32,
}

/// What of a meeting is to be different; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Subject.
    pub title: Option<String>,
    /// Text of the invitation, plain.
    pub message: Option<String>,
    /// Begin, end, and the user's zone.
    pub when: Option<(DateTime<Utc>, DateTime<Utc>, Tz)>,
    /// Where.
    pub location: Option<String>,
    /// Who is asked.
    pub people: Option<People>,
    /// The way to join.
    pub join: Option<Url>,
}

/// Who is asked, by SMTP address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Have to be there.
    pub required: Vec<String>,
    /// May be there.
    pub optional: Vec<String>,
    /// Rooms.
    pub rooms: Vec<String>,
}

impl People {
    /// Whether nobody is asked.
    pub fn is_empty(&self) -> bool {
        self.required.is_empty() && self.optional.is_empty() && self.rooms.is_empty()
    }
}

/// An attendee's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Comes.
    Accept,
    /// May come.
    Tentative,
    /// Does not come.
    Decline,
}

impl Answer {
    /// The answer as a meeting has it afterwards.
    pub fn response(self) -> Response {
        match self {
            Self::Accept => Response::Accepted,
            Self::Tentative => Response::Tentative,
            Self::Decline => Response::Declined,
        }
    }
}

impl Intent {
    /// The meeting that it is about; a new one has no name yet.
    pub fn meeting(&self) -> Option<&MeetingId> {
        match self {
            Self::Make(_) => None,
            Self::Change { meeting, .. }
            | Self::Cancel { meeting, .. }
            | Self::Remove { meeting }
            | Self::Answer { meeting, .. } => Some(&meeting.id),
        }
    }

    /// From when on there is no point in it any more: the meeting is over.
    pub fn pointless_from(&self) -> DateTime<Utc> {
        match self {
            Self::Make(new) => new.end,
            Self::Change { meeting, to } => to.when.map_or(meeting.end, |(_, end, _)| end),
            Self::Cancel { meeting, .. }
            | Self::Remove { meeting }
            | Self::Answer { meeting, .. } => meeting.end,
        }
    }
}

/// Why something is not done, and will not be by trying again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Refusal {
    /// The meeting is not in the calendar any more.
    Gone,
    /// It is somebody else's to change or call off, or it is the user's own
    /// and not to be answered.
    NotOurs,
    /// It stands at another time than the one that was shown.
    Moved,
    /// It was the user's alone, and meanwhile others are asked to it.
    OthersAsked,
    /// It is one day of a series that the server keeps as a whole.
    WholeSeries,
    /// The mailbox is full.
    Full,
    /// The user has no right to it.
    Access,
    /// The meeting is over.
    TooLate,
    /// It could not be written down before it was sent, so it was not sent.
    NotKept,
    /// The server was not reached, so that nothing was sent.
    Unreachable,
    /// The server does not let the user in; nothing was sent.
    SignIn,
    /// The server failed each time, and nothing came of it.
    Failing,
    /// Its account was removed before it was certain what had come of it.
    AccountRemoved,
    /// Another reason, in the server's own code.
    Other {
        /// The code.
        code: String,
    },
}

/// What one attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The server has done it.
    Done,
    /// The server, or the way to it, has certainly not done it.
    Refused(Refusal),
    /// The answer was lost, or says nothing about it.
    Unsure(Failure),
}

/// What a look at the server's calendar found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It is done.
    Done,
    /// It is not.
    Absent,
}

/// What is known of somebody's time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonTime {
    /// How it is taken; `None` when the server tells nothing.
    pub time: Option<Stretches>,
    /// When they work.
    pub hours: Option<Hours>,
}

/// A server that meetings can be made on.
#[async_trait]
pub trait Scheduler: Send + Sync + 'static {
    /// Tries once. `request` is left with what is made, so that [`look`] finds
    /// it.
    ///
    /// [`look`]: Scheduler::look
    async fn attempt(&self, request: &RequestId, intent: &Intent) -> Attempt;
    /// Whether an earlier attempt has come through.
    async fn look(&self, request: &RequestId, intent: &Intent) -> Result<Found, Failure>;
    /// People and rooms whose name or address begins so; those without an SMTP
    /// address are left out.
    async fn people(&self, text: &str) -> Result<Vec<Person>, Failure>;
    /// The rooms that the organisation's lists name, each once; none where it
    /// has no lists.
    async fn rooms(&self) -> Result<Vec<Person>, Failure>;
    /// Whose automatic replies are on or planned, in the order that they were
    /// asked for; `None` for whoever is in office, and for everybody where a
    /// server tells it by the calendars alone.
    async fn away(&self, mailboxes: &[String]) -> Result<Vec<Option<Oof>>, Failure> {
        Ok(vec![None; mailboxes.len()])
    }
    /// When mailboxes have time within `[start, end)`, in the order that they
    /// were asked for. `zone` is the user's: working hours are told as
    /// distances from UTC, and the user's own zone is taken where it fits.
    async fn time_of(
        &self,
        mailboxes: &[String],
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Vec<PersonTime>, Failure>;
}
