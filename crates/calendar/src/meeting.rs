//! One meeting as the user knows it: a single appointment or one occurrence
//! of a series.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{JoinLinks, Span};

/// Names one occurrence in one calendar, for as long as it stays there.
///
/// It is made from the meeting's UID and, for an occurrence of a series, from
/// its original start, because the ids of servers change when an item moves.
/// Opaque outside the back end that made it; safe as a key and in the JSON of
/// the command line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MeetingId(pub Arc<str>);

impl fmt::Display for MeetingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same meeting in every participant's calendar: the clean global object
/// id as hex, and the original start of the occurrence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GlobalId {
    /// Clean global object id, upper-case hex.
    pub object: Arc<str>,
    /// Original start of the occurrence; `None` for a single meeting.
    pub original_start: Option<DateTime<Utc>>,
}

/// Somebody named in a meeting. Servers send people without an address, and
/// addresses that are no e-mail addresses; then only the name is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Display name; may be empty when only the address is known.
    pub name: String,
    /// SMTP address.
    pub address: Option<String>,
}

/// What an attendee, or the user, answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Not said; also what plain appointments have.
    Unknown,
    /// The user called the meeting.
    Organizer,
    /// Accepted tentatively.
    Tentative,
    /// Accepted.
    Accepted,
    /// Declined.
    Declined,
    /// Invited, no answer yet.
    NotAnswered,
}

impl Response {
    /// Whether a meeting with this answer in the user's own calendar is the
    /// user's: one that the user called, or an appointment to which nobody was
    /// asked. Such a one has no answer.
    pub fn is_own(self, nobody_was_asked: bool) -> bool {
        match self {
            Self::Organizer => true,
            Self::Unknown => nobody_was_asked,
            Self::Tentative | Self::Accepted | Self::Declined | Self::NotAnswered => false,
        }
    }
}

/// In which role somebody is invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Has to be there.
    Required,
    /// May be there.
    Optional,
    /// A room or a thing.
    Resource,
}

/// A person or a room on the invitation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// As what.
    pub role: Role,
    /// The answer, as far as this copy of the meeting knows.
    pub response: Response,
}

/// How the time is shown to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShowAs {
    /// Free.
    Free,
    /// Working elsewhere: reachable, not at the desk.
    Elsewhere,
    /// Tentative.
    Tentative,
    /// Busy; also what an unknown value is read as.
    Busy,
    /// Out of office.
    OutOfOffice,
}

/// Who may see the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Everybody with rights to the calendar.
    Normal,
    /// Marked personal.
    Personal,
    /// Only the owner.
    Private,
    /// Marked confidential.
    Confidential,
}

/// Where a meeting stands in a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// No series.
    Single,
    /// An occurrence as the series has it.
    Occurrence,
    /// An occurrence that was changed by itself.
    Exception,
    /// A series whose days nobody can tell beforehand, such as one that
    /// regenerates: this is the one that is known, and others may follow.
    Unfollowed,
}

/// The invitation's text, without markup, cut at [`Meeting::NOTES_CHARS_MAX`];
/// or where it is. Few look at it, and it is longer than all the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<Box<str>>", into = "Option<Box<str>>")]
pub enum Notes {
    /// Here; may be empty.
    Here(Box<str>),
    /// With whoever keeps the meeting (`engine::Handle::text`).
    Aside,
}

impl From<Option<Box<str>>> for Notes {
    fn from(text: Option<Box<str>>) -> Self {
        text.map_or(Self::Aside, Self::Here)
    }
}

impl From<Notes> for Option<Box<str>> {
    fn from(notes: Notes) -> Self {
        match notes {
            Notes::Here(text) => Some(text),
            Notes::Aside => None,
        }
    }
}

impl From<&str> for Notes {
    fn from(text: &str) -> Self {
        Self::Here(text.into())
    }
}

impl From<String> for Notes {
    fn from(text: String) -> Self {
        Self::Here(text.into())
    }
}

/// One meeting, decided and in plain text. It never rests on a disk and never
/// leaves the machine in this form; a sealed record does (`vault`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Its name in this calendar.
    pub id: MeetingId,
    /// Its name in everybody's calendar, where the server told it.
    pub global_id: Option<GlobalId>,
    /// Subject; may be empty.
    pub title: String,
    /// When.
    pub span: Span,
    /// Who called it.
    pub organizer: Option<Person>,
    /// Who was asked, rooms included.
    pub attendees: Vec<Attendee>,
    /// Where, as written.
    pub location: String,
    /// The user's own answer.
    pub response: Response,
    /// How the time is shown.
    pub show_as: ShowAs,
    /// Called off; stays in the calendar until its owner removes it.
    pub cancelled: bool,
    /// Single, occurrence or exception.
    pub series: Series,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// Whether the owner wants to be reminded (`ReminderIsSet`).
    pub reminder_is_set: bool,
    /// Whether something is attached (`HasAttachments`); records of earlier
    /// versions do not know.
    #[serde(default)]
    pub has_attachments: bool,
    /// The zone it was called in (`StartTimeZone`), where that is a known one;
    /// records of earlier versions do not know.
    #[serde(default)]
    pub zone: Option<Tz>,
    /// The invitation's text, or where it is.
    pub notes: Notes,
    /// Ways to join, the best first.
    pub join: JoinLinks,
    /// Where the owner can open the item in a browser (`WebClientReadFormQueryString`).
    pub web_address: Option<Box<url::Url>>,
    /// Last change at the server.
    pub changed_at: Option<DateTime<Utc>>,
}

impl Meeting {
    /// Keeps its two names once where they are the same: Exchange makes the
    /// UID of the global object id.
    pub fn share_names(&mut self) {
        if let Some(global) = &mut self.global_id
            && global.object == self.id.0
        {
            global.object = Arc::clone(&self.id.0);
        }
    }

    /// Longest invitation text that is kept, in characters.
    pub const NOTES_CHARS_MAX: usize = 20_000;

    /// Whether it is the user's own, to change and to call off.
    pub fn is_own(&self) -> bool {
        self.response.is_own(self.attendees.is_empty())
    }

    /// Whether its content must not be shown to others.
    pub fn is_private(&self) -> bool {
        matches!(
            self.sensitivity,
            Sensitivity::Private | Sensitivity::Confidential
        )
    }

    /// Whether it belongs to a series.
    pub fn is_recurring(&self) -> bool {
        self.series != Series::Single
    }
}
