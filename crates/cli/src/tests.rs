//! What is printed, for people and for scripts.

use calendar::{
    JoinLink, JoinLinks, Meeting, Span,
    meeting::{Attendee, MeetingId, Person, Response, Role, Sensitivity, Series, ShowAs},
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use desktop::{
    account::AccountId,
    board::{Board, Freshness},
    screen::Surroundings,
    settings::Settings,
    view::SyncState,
};

use crate::{
    changes::{Change, changes},
    contract::{Document, Private},
    text,
};

const ZONE: Tz = Tz::Europe__Stockholm;

fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-23T{time}:00+01:00").parse().unwrap()
}

fn person(name: &str) -> Person {
    let address = name.to_lowercase().replace(' ', ".") + "@example.org";
    Person {
        name: name.to_owned(),
        address: Some(address),
    }
}

fn meeting(id: &str, title: &str, start: &str, end: &str) -> Meeting {
    Meeting {
        id: MeetingId(id.into()),
        response: Response::Unknown,
        ..Meeting::sample(title, at(start), at(end))
    }
}

fn review() -> Meeting {
    Meeting {
        organizer: Some(person("Ana Berg")),
        attendees: vec![
            Attendee {
                person: person("Omar Haddad"),
                role: Role::Required,
                response: Response::Accepted,
            },
            Attendee {
                person: Person {
                    name: "Room Öresund 2".to_owned(),
                    address: None,
                },
                role: Role::Resource,
                response: Response::Accepted,
            },
        ],
        location: "Room Öresund 2".to_owned(),
        response: Response::Accepted,
        series: Series::Occurrence,
        join: JoinLinks(vec![JoinLink {
            url: "https://example.webex.com/meet/ana".parse().unwrap(),
            provider: "Webex".to_owned(),
            host: "example.webex.com".to_owned(),
            app: None,
        }]),
        ..meeting("m1", "Supplier review", "10:00", "10:45")
    }
}

fn private() -> Meeting {
    Meeting {
        sensitivity: Sensitivity::Private,
        organizer: Some(person("Ana Berg")),
        attendees: review().attendees,
        location: "Clinic".to_owned(),
        join: review().join,
        ..meeting("m2", "Doctor", "16:00", "16:30")
    }
}

fn days() -> Meeting {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    Meeting {
        span: Span::AllDay {
            first: day(23),
            end: day(25),
        },
        show_as: ShowAs::Free,
        ..meeting("m3", "Office week", "00:00", "00:00")
    }
}

fn board(meetings: impl IntoIterator<Item = Meeting>) -> Board {
    let account = AccountId("a".into());
    Board {
        entries: Board::entries_of([(&account, &meetings.into_iter().collect())], ZONE),
        freshness: Freshness {
            state: SyncState::UpToDate,
            as_of: Some(at("09:55")),
            loading: false,
        },
        has_account: true,
        away: Vec::new(),
    }
}

fn surroundings() -> Surroundings {
    Surroundings::new(Settings::default(), "en_GB", ZONE)
}

fn json(board: &Board, private: Private) -> String {
    let document = Document::new(board, &board.entries, at("09:56"), ZONE, private);
    serde_json::to_string_pretty(&document).unwrap()
}

#[test]
fn the_json_is_version_1_of_the_contract() {
    insta::assert_snapshot!(json(
        &board([review(), private(), days()]),
        Private::Withheld
    ));
}

#[test]
fn the_content_of_a_private_meeting_is_given_only_when_asked_for() {
    let board = board([private()]);
    let withheld = json(&board, Private::Withheld);
    for content in ["Doctor", "Clinic", "Ana", "Omar", "webex"] {
        assert!(!withheld.contains(content), "{withheld}");
    }
    let shown = json(&board, Private::Shown);
    for content in ["Doctor", "Clinic", "Ana", "Omar", "webex"] {
        assert!(shown.contains(content), "{shown}");
    }
}

#[test]
fn a_summer_meeting_has_the_summers_offset() {
    let mut summer = review();
    let start = "2026-07-01T08:00:00Z".parse::<DateTime<Utc>>().unwrap();
    summer.span = Span::Timed {
        start,
        end: start + chrono::Duration::hours(1),
    };
    let text = json(&board([summer]), Private::Withheld);
    assert!(text.contains("2026-07-01T10:00:00+02:00"), "{text}");
}

#[test]
fn the_agenda_reads_well() {
    let mut dinner = meeting("m4", "Dinner", "19:00", "21:00");
    dinner.cancelled = true;
    let board = board([review(), private(), days(), dinner]);
    let surroundings = surroundings();
    insta::assert_snapshot!(text::agenda(&board, 2, &surroundings.scene(at("09:56"))));
}

#[test]
fn an_old_list_says_how_old_it_is() {
    let mut board = board([review()]);
    board.freshness.state = SyncState::Offline;
    board.freshness.as_of = Some(at("09:12"));
    let text = text::agenda(&board, 1, &surroundings().scene(at("09:56")));
    assert!(text.starts_with("Offline, as of 09:12\n"), "{text}");
}

#[test]
fn next_says_when_what_and_where() {
    let surroundings = surroundings();
    let board = board([review(), days()]);
    assert_eq!(
        text::next(&board, &surroundings.scene(at("09:56"))),
        "  In 4 min  Supplier review\n            10:00 – 10:45 · Ana Berg · 2 people · Webex · Room Öresund 2 · example.webex.com\n"
    );
    assert_eq!(
        text::next(&board, &surroundings.scene(at("12:00"))),
        "No more meetings within a week\n"
    );
}

#[test]
fn a_title_cannot_steer_the_terminal() {
    let mut evil = review();
    evil.title = "A\u{1b}[2J\u{1b}]0;x\u{7}\nB\u{202e}C\u{9b}31m".to_owned();
    evil.location = "\u{1b}[31mroom".to_owned();
    let board = board([evil]);
    let surroundings = surroundings();
    let scene = surroundings.scene(at("09:56"));
    for text in [
        text::agenda(&board, 1, &scene),
        text::next(&board, &scene),
        text::one_line(&board.entries[0], &scene),
    ] {
        let steering = text
            .chars()
            .any(|c| (c.is_control() && c != '\n') || c == '\u{202e}');
        assert!(!steering, "{text:?}");
        assert!(text.contains("A[2J]0;x BC31m"), "{text:?}");
    }
}

#[test]
fn changes_are_told_one_by_one() {
    let old = board([review(), private()]);
    let mut moved = review();
    moved.span = Span::Timed {
        start: at("11:00"),
        end: at("11:45"),
    };
    let new = board([moved, days()]);
    let told: Vec<String> = changes(&old, &new, true)
        .into_iter()
        .map(|change| match change {
            Change::Added(entry) => format!("+{}", entry.meeting.id),
            Change::Changed(entry) => format!("~{}", entry.meeting.id),
            Change::Removed(entry) => format!("-{}", entry.meeting.id),
            Change::State => "state".to_owned(),
        })
        .collect();
    assert_eq!(told, ["state", "-m2", "+m3", "~m1"]);
    assert!(changes(&new, &new, false).is_empty());
}
