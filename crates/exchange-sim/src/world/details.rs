//! What a calendar item says: the values shared by items and changed occurrences.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::property::{PropertyKey, PropertyValue};

/// A person or room by name and address. The address may be absent, or be an
/// X.500 name (`/O=…`), as on real servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Display name.
    pub name: String,
    /// SMTP address, X.500 name, or nothing.
    pub address: Option<String>,
}

impl Person {
    /// A person with an SMTP address.
    pub fn new(name: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            address: Some(address.into()),
        }
    }
}

/// How somebody answered (`ResponseTypeType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Response {
    /// Nothing is known; also appointments without attendees.
    #[default]
    Unknown,
    /// The mailbox's owner called the meeting.
    Organizer,
    /// Perhaps.
    Tentative,
    /// Yes.
    Accept,
    /// No.
    Decline,
    /// Invited, and silent so far.
    NoResponseReceived,
}

impl Response {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Organizer => "Organizer",
            Self::Tentative => "Tentative",
            Self::Accept => "Accept",
            Self::Decline => "Decline",
            Self::NoResponseReceived => "NoResponseReceived",
        }
    }
}

/// An invited person and their answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// Their answer as the organizer's copy knows it.
    pub response: Response,
    /// When they answered.
    pub answered: Option<DateTime<Utc>>,
}

impl Attendee {
    /// Somebody with an answer.
    pub fn new(person: Person, response: Response) -> Self {
        Self {
            person,
            response,
            answered: None,
        }
    }
}

/// How the time shows to others (`LegacyFreeBusyType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Busy {
    /// Free.
    Free,
    /// Perhaps busy.
    Tentative,
    /// Busy.
    #[default]
    Busy,
    /// Out of office.
    OutOfOffice,
    /// Working elsewhere.
    WorkingElsewhere,
}

impl Busy {
    pub(crate) fn read(word: &str) -> Option<Self> {
        [
            Self::Free,
            Self::Tentative,
            Self::Busy,
            Self::OutOfOffice,
            Self::WorkingElsewhere,
        ]
        .into_iter()
        .find(|one| one.word() == word)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Tentative => "Tentative",
            Self::Busy => "Busy",
            Self::OutOfOffice => "OOF",
            Self::WorkingElsewhere => "WorkingElsewhere",
        }
    }
}

/// Who may read the details (`SensitivityChoicesType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Everybody with rights to the folder.
    #[default]
    Normal,
    /// Personal.
    Personal,
    /// The owner alone.
    Private,
    /// Confidential.
    Confidential,
}

impl Sensitivity {
    pub(crate) fn read(word: &str) -> Option<Self> {
        [
            Self::Normal,
            Self::Personal,
            Self::Private,
            Self::Confidential,
        ]
        .into_iter()
        .find(|one| one.word() == word)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Personal => "Personal",
            Self::Private => "Private",
            Self::Confidential => "Confidential",
        }
    }
}

/// How important its owner finds an item (`ImportanceChoicesType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Importance {
    /// Less than others.
    Low,
    /// Like others.
    #[default]
    Normal,
    /// More than others.
    High,
}

impl Importance {
    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High]
            .into_iter()
            .find(|one| one.word() == word)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Normal => "Normal",
            Self::High => "High",
        }
    }
}

/// The text of an invitation in the form it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Plain text.
    Text(String),
    /// HTML.
    Html(String),
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// A reminder set on the item by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminder {
    /// None is set.
    Off,
    /// So many minutes before the start.
    Minutes(u32),
}

/// Everything a calendar item says.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// Subject.
    pub subject: String,
    /// First instant.
    pub start: DateTime<Utc>,
    /// End, excluded.
    pub end: DateTime<Utc>,
    /// The zone it was made in.
    pub zone: Tz,
    /// A zone id to write instead of the zone's Windows id, for oddities such
    /// as `tzone://Microsoft/Custom` or a leading space.
    pub zone_id: Option<String>,
    /// From midnight to midnight in `zone`.
    pub all_day: bool,
    /// Location line.
    pub location: String,
    /// Body.
    pub body: Body,
    /// Who called it; none for a plain appointment of the owner.
    pub organizer: Option<Person>,
    /// Required attendees.
    pub required: Vec<Attendee>,
    /// Optional attendees.
    pub optional: Vec<Attendee>,
    /// Rooms and equipment.
    pub resources: Vec<Attendee>,
    /// The mailbox owner's own answer.
    pub my_response: Response,
    /// How the time shows.
    pub busy: Busy,
    /// Privacy.
    pub sensitivity: Sensitivity,
    /// Importance.
    pub importance: Importance,
    /// Called off by the organizer.
    pub cancelled: bool,
    /// The item's own reminder.
    pub reminder: Reminder,
    /// Categories.
    pub categories: Vec<String>,
    /// Counts the organizer's updates.
    pub sequence: u32,
    /// Language of its text, for example `sv-SE`, where its maker said so.
    pub culture: Option<Box<str>>,
    /// `JoinOnlineMeetingUrl` (Skype for Business).
    pub join_url: Option<String>,
    /// Named and tagged properties.
    pub extended: BTreeMap<PropertyKey, PropertyValue>,
}

impl Details {
    /// An appointment with a subject and a span, busy, with a reminder of 15 minutes.
    pub fn new(
        subject: impl Into<String>,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        zone: Tz,
    ) -> Self {
        Self {
            subject: subject.into(),
            start,
            end,
            zone,
            zone_id: None,
            all_day: false,
            location: String::new(),
            body: Body::default(),
            organizer: None,
            required: Vec::new(),
            optional: Vec::new(),
            resources: Vec::new(),
            my_response: Response::Unknown,
            busy: Busy::Busy,
            sensitivity: Sensitivity::Normal,
            importance: Importance::Normal,
            cancelled: false,
            reminder: Reminder::Minutes(15),
            categories: Vec::new(),
            sequence: 0,
            culture: None,
            join_url: None,
            extended: BTreeMap::new(),
        }
    }

    /// Sets the location.
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = location.into();
        self
    }

    /// Sets a plain-text body.
    #[must_use]
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.body = Body::Text(body.into());
        self
    }

    /// Sets an HTML body.
    #[must_use]
    pub fn html(mut self, body: impl Into<String>) -> Self {
        self.body = Body::Html(body.into());
        self
    }

    /// Makes it a meeting called by `organizer`, to which the mailbox's owner
    /// answered `mine`.
    #[must_use]
    pub fn called_by(mut self, organizer: Person, mine: Response) -> Self {
        self.organizer = Some(organizer);
        self.my_response = mine;
        self
    }

    /// Adds a required attendee.
    #[must_use]
    pub fn with(mut self, person: Person, response: Response) -> Self {
        // Large worlds are full of lists of one.
        self.required.reserve_exact(1);
        self.required.push(Attendee::new(person, response));
        self
    }

    /// Sets an extended property.
    #[must_use]
    pub fn property(mut self, key: PropertyKey, value: PropertyValue) -> Self {
        self.extended.insert(key, value);
        self
    }

    /// Whether the owner of this address called it.
    pub(crate) fn is_called_by(&self, address: &str) -> bool {
        let organizer = self.organizer.as_ref();
        organizer
            .and_then(|person| person.address.as_deref())
            .is_some_and(|one| one.eq_ignore_ascii_case(address))
    }

    /// Whether people are invited, or it came from somebody else.
    pub fn is_meeting(&self) -> bool {
        let alone =
            self.required.is_empty() && self.optional.is_empty() && self.resources.is_empty();
        let own = matches!(self.my_response, Response::Unknown | Response::Organizer);
        !(alone && own)
    }
}
