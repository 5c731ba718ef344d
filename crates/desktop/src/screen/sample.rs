//! Meetings for the tests of the screens.

use calendar::{
    JoinLink, Meeting, Span,
    meeting::{Attendee, MeetingId, Person, Response, Role, Sensitivity, Series, ShowAs},
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::Scene;
use crate::{
    account::AccountId,
    board::{Board, Entry, Freshness},
    formats::Formats,
    settings::Settings,
    view::SyncState,
    words::{Language, Words},
};

pub(super) const ZONE: Tz = Tz::Europe__Stockholm;

/// A moment of 2026-11-23, or of another day as `24T09:00`, in Stockholm.
pub(super) fn at(time: &str) -> DateTime<Utc> {
    let (day, time) = time.split_once('T').unwrap_or(("23", time));
    format!("2026-11-{day}T{time}:00+01:00")
        .parse::<DateTime<Utc>>()
        .unwrap()
}

pub(super) fn meeting(title: &str, start: &str, end: &str) -> Meeting {
    Meeting {
        id: MeetingId(title.to_lowercase().replace(' ', "-").into()),
        ..Meeting::sample(title, at(start), at(end))
    }
}

pub(super) fn all_day(title: &str, first: u32, end: u32) -> Meeting {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    Meeting {
        span: Span::AllDay {
            first: day(first),
            end: day(end),
        },
        show_as: ShowAs::Free,
        ..meeting(title, "10:00", "11:00")
    }
}

pub(super) fn person(name: &str) -> Person {
    let address = name.to_lowercase().replace(' ', ".") + "@example.org";
    Person {
        name: name.to_owned(),
        address: Some(address),
    }
}

pub(super) fn attendee(name: &str, response: Response) -> Attendee {
    Attendee {
        person: person(name),
        role: Role::Required,
        response,
    }
}

pub(super) fn link(provider: &str, address: &str) -> JoinLink {
    let url: url::Url = address.parse().unwrap();
    let host = url.host_str().unwrap().to_owned();
    JoinLink {
        url,
        provider: provider.to_owned(),
        host,
        app: None,
    }
}

pub(super) fn with_link(mut meeting: Meeting, provider: &str, address: &str) -> Meeting {
    meeting.join.0.push(link(provider, address));
    meeting
}

pub(super) fn board(meetings: impl IntoIterator<Item = Meeting>) -> Board {
    let account = AccountId("a".into());
    let agenda = meetings.into_iter().collect();
    Board {
        entries: Board::entries_of([(&account, &agenda)], ZONE),
        freshness: Freshness {
            state: SyncState::UpToDate,
            as_of: None,
            loading: false,
        },
        has_account: true,
        away: Vec::new(),
    }
}

pub(super) fn entry(meeting: Meeting) -> Entry {
    Entry::new(AccountId("a".into()), meeting)
}

/// Runs `look` with the scene of a moment.
pub(super) fn with_scene<R>(
    now: &str,
    language: Language,
    settings: &Settings,
    look: impl FnOnce(&Scene<'_>) -> R,
) -> R {
    let words = Words::new(language);
    let formats = Formats::new(language, language.locale(), None);
    look(&Scene {
        now: at(now),
        zone: ZONE,
        settings,
        words: &words,
        formats: &formats,
        whereabouts: None,
        missed: None,
    })
}

/// The scene in English with the default settings.
pub(super) fn scene<R>(now: &str, look: impl FnOnce(&Scene<'_>) -> R) -> R {
    with_scene(now, Language::ENGLISH, &Settings::default(), look)
}

pub(super) const WEBEX: &str = "https://example.webex.com/meet/ana";
pub(super) const TEAMS: &str = "https://teams.microsoft.com/l/meetup-join/1";

/// The day of the pictures: 23 November 2026, seen at four minutes to ten.
pub(super) fn day() -> Board {
    let mut review = with_link(meeting("Supplier review", "10:00", "10:45"), "Webex", WEBEX);
    review.organizer = Some(person("Ana Berg"));
    review.attendees = [
        "Omar Haddad",
        "Lina Ek",
        "Mats Kvist",
        "Eva Lund",
        "Ana Berg",
        "Ida Ros",
    ]
    .map(|name| attendee(name, Response::NotAnswered))
    .into();
    review.series = Series::Occurrence;
    let mut budget = meeting("Budget follow-up", "11:00", "11:30");
    budget.cancelled = true;
    budget.organizer = Some(person("Omar Haddad"));
    let mut critique = with_link(meeting("Design critique", "13:00", "14:00"), "Teams", TEAMS);
    critique.location = "Room Öresund 2".to_owned();
    critique.has_attachments = true;
    let mut vendor = with_link(
        meeting("Vendor call", "13:30", "14:00"),
        "Zoom",
        "https://zoom.us/j/1",
    );
    vendor.show_as = ShowAs::Tentative;
    vendor.response = Response::Tentative;
    let mut private = meeting("Appointment", "16:00", "16:30");
    private.sensitivity = Sensitivity::Private;
    let mut standup = with_link(
        meeting("Stand-up", "24T09:00", "24T09:15"),
        "Jitsi",
        "https://meet.example.org/standup",
    );
    standup.attendees = ["Eva Lund", "Ida Ros", "Lina Ek"]
        .map(|name| attendee(name, Response::Accepted))
        .into();
    let desk = meeting("Desk work", "09:00", "10:00");
    let office = all_day("Office week", 23, 25);
    board([
        review, budget, critique, vendor, private, standup, desk, office,
    ])
}
