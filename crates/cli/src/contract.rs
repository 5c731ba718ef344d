//! The JSON of `--json`: a contract with scripts and status bars, described
//! in `docs/cli.md`. Fields are added, never changed; a change of meaning
//! raises [`VERSION`].

use calendar::{
    JoinLink, Span,
    meeting::{Attendee, Person, Response, Role, ShowAs},
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use desktop::{
    board::{Board, Entry},
    view::SyncState,
};
use serde::Serialize;

use crate::changes::Change;

/// Version of the contract.
pub(crate) const VERSION: u32 = 1;

/// Whether the content of private meetings is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Private {
    /// Times only.
    Withheld,
    /// Everything.
    Shown,
}

/// The whole answer of `agenda --json` and `next --json`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Document {
    version: u32,
    generated_at: String,
    as_of: Option<String>,
    state: SyncState,
    meetings: Vec<MeetingJson>,
}

impl Document {
    /// The document of `entries` at `now`.
    pub(crate) fn new<'a>(
        board: &Board,
        entries: impl IntoIterator<Item = &'a Entry>,
        now: DateTime<Utc>,
        zone: Tz,
        private: Private,
    ) -> Self {
        Self {
            version: VERSION,
            generated_at: moment(now, zone),
            as_of: board.freshness.as_of.map(|at| moment(at, zone)),
            state: board.freshness.state,
            meetings: entries
                .into_iter()
                .map(|entry| MeetingJson::new(entry, zone, private))
                .collect(),
        }
    }
}

/// One line of `watch --json`.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum ChangeJson {
    /// A meeting is there that was not.
    Added {
        version: u32,
        generated_at: String,
        meeting: MeetingJson,
    },
    /// A meeting is not what it was.
    Changed {
        version: u32,
        generated_at: String,
        meeting: MeetingJson,
    },
    /// A meeting is there no more; as it was last.
    Removed {
        version: u32,
        generated_at: String,
        meeting: MeetingJson,
    },
    /// The list is fresher, or staler.
    State {
        version: u32,
        generated_at: String,
        as_of: Option<String>,
        state: SyncState,
    },
}

impl ChangeJson {
    /// The line of one change of `board`.
    pub(crate) fn new(
        change: Change<'_>,
        board: &Board,
        now: DateTime<Utc>,
        zone: Tz,
        private: Private,
    ) -> Self {
        let (version, generated_at) = (VERSION, moment(now, zone));
        let json = |entry| MeetingJson::new(entry, zone, private);
        match change {
            Change::Added(entry) => Self::Added {
                version,
                generated_at,
                meeting: json(entry),
            },
            Change::Changed(entry) => Self::Changed {
                version,
                generated_at,
                meeting: json(entry),
            },
            Change::Removed(entry) => Self::Removed {
                version,
                generated_at,
                meeting: json(entry),
            },
            Change::State => Self::State {
                version,
                generated_at,
                as_of: board.freshness.as_of.map(|at| moment(at, zone)),
                state: board.freshness.state,
            },
        }
    }
}

/// One meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "scripts read them as they are"
)]
pub(crate) struct MeetingJson {
    id: String,
    title: String,
    start: String,
    end: String,
    all_day: bool,
    organizer: Option<PersonJson>,
    attendees: Vec<AttendeeJson>,
    location: String,
    response: Response,
    show_as: ShowAs,
    cancelled: bool,
    recurring: bool,
    private: bool,
    join: Option<JoinJson>,
}

/// Who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct PersonJson {
    name: String,
    address: Option<String>,
}

/// Who was asked, and what they said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct AttendeeJson {
    name: String,
    address: Option<String>,
    role: Role,
    response: Response,
}

/// The best way to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct JoinJson {
    url: String,
    provider: String,
    host: String,
}

impl MeetingJson {
    /// The meeting in `zone`.
    pub(crate) fn new(entry: &Entry, zone: Tz, private: Private) -> Self {
        let meeting = &entry.meeting;
        let (start, end) = span(meeting.span, zone);
        let withheld = meeting.is_private() && private == Private::Withheld;
        let shown = (!withheld).then_some(meeting);
        Self {
            id: entry.id(),
            title: shown.map(|m| m.title.clone()).unwrap_or_default(),
            start,
            end,
            all_day: meeting.span.is_all_day(),
            organizer: shown
                .and_then(|m| m.organizer.as_ref())
                .map(PersonJson::new),
            attendees: shown
                .map(|m| m.attendees.iter().map(AttendeeJson::new).collect())
                .unwrap_or_default(),
            location: shown.map(|m| m.location.clone()).unwrap_or_default(),
            response: meeting.response,
            show_as: meeting.show_as,
            cancelled: meeting.cancelled,
            recurring: meeting.is_recurring(),
            private: meeting.is_private(),
            join: shown.and_then(|m| m.join.best()).map(JoinJson::new),
        }
    }
}

impl PersonJson {
    fn new(person: &Person) -> Self {
        Self {
            name: person.name.clone(),
            address: person.address.clone(),
        }
    }
}

impl AttendeeJson {
    fn new(attendee: &Attendee) -> Self {
        Self {
            name: attendee.person.name.clone(),
            address: attendee.person.address.clone(),
            role: attendee.role,
            response: attendee.response,
        }
    }
}

impl JoinJson {
    pub(crate) fn new(link: &JoinLink) -> Self {
        Self {
            url: link.url.to_string(),
            provider: link.provider.clone(),
            host: link.host.clone(),
        }
    }
}

/// From when to when: moments, or dates for whole days.
pub(crate) fn span(span: Span, zone: Tz) -> (String, String) {
    match span {
        Span::Timed { start, end } => (moment(start, zone), moment(end, zone)),
        Span::AllDay { first, end } => (date(first), date(end)),
    }
}

/// RFC 3339 with the zone's offset at that moment.
pub(crate) fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn date(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}
