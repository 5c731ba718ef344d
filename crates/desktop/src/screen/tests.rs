//! What the screens say about a day of made-up meetings.

use calendar::meeting::{Response, Sensitivity, Series, ShowAs};
use calendar::presence::Away;
use rstest::rstest;

use super::{Ringing, agenda, notification, ring, sample::*, tray};
use crate::{
    board::Board,
    settings::Settings,
    view::{
        AgendaView, Answer, Bar, DayView, Mark, PresenceKind, SnoozeChoice, Stage, SyncState,
        TrayAction, TrayEntry, TrayIcon,
    },
    words::Language,
};

const WEBEX: &str = "https://example.webex.com/meet/ana";
const TEAMS: &str = "https://teams.microsoft.com/l/meetup-join/1";

/// The day of the pictures: 23 November 2026, seen at four minutes to ten.
fn day() -> Board {
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

fn look(board: &Board, now: &str) -> AgendaView {
    scene(now, |scene| agenda(board, None, scene))
}

fn titles(day: &DayView) -> Vec<&str> {
    day.rows.iter().map(|row| row.title.as_str()).collect()
}

#[test]
fn the_card_shows_the_meeting_that_can_be_joined() {
    let view = look(&day(), "09:56");
    let [hero] = view.heroes.as_slice() else {
        panic!("{:?}", view.heroes)
    };
    assert_eq!(hero.when, "In 4 min");
    assert_eq!(hero.times, "10:00 – 10:45");
    assert_eq!(hero.subtitle, "Ana Berg · 6 people · Webex");
    assert_eq!(hero.stage, Stage::Before);
    assert!(hero.recurring);
    assert_eq!(hero.joins[0].host, "example.webex.com");
}

#[test]
fn two_meetings_which_can_both_be_joined_have_two_cards() {
    let view = look(&day(), "13:28");
    let cards: Vec<_> = view
        .heroes
        .iter()
        .map(|hero| (&*hero.title, &*hero.when))
        .collect();
    assert_eq!(
        cards,
        [
            ("Design critique", "Started 28 min ago"),
            ("Vendor call", "In 2 min")
        ]
    );
}

#[test]
fn without_a_link_the_card_shows_what_is_on_and_then_what_is_next() {
    let board = board([
        meeting("On", "09:00", "10:00"),
        meeting("Next", "11:00", "12:00"),
    ]);
    assert_eq!(look(&board, "09:30").heroes[0].title, "On");
    assert_eq!(look(&board, "10:00").heroes[0].title, "Next");
    assert_eq!(look(&board, "09:30").heroes.len(), 1);
    assert!(look(&board, "12:00").heroes.is_empty());
}

#[test]
fn days_are_listed_from_today_and_tomorrow_is_there_even_when_empty() {
    let view = look(&board([meeting("Later", "26T10:00", "26T11:00")]), "09:00");
    let days: Vec<_> = view
        .days
        .iter()
        .map(|day| (&*day.heading, &*day.date))
        .collect();
    assert_eq!(
        days,
        [
            ("Today", "Monday 23 November"),
            ("Tomorrow", "Tuesday 24 November"),
            ("", "Thursday 26 November"),
        ]
    );
    assert_eq!(view.days[0].empty_text, "No meetings");
    assert!(view.days[0].rows.is_empty());
}

#[test]
fn past_days_come_oldest_first_and_end_after_a_week() {
    let view = look(
        &board([
            meeting("Friday", "20T10:00", "20T11:00"),
            meeting("Week ago", "16T10:00", "16T11:00"),
            meeting("Too old", "15T10:00", "15T11:00"),
        ]),
        "09:00",
    );
    let past: Vec<_> = view.past_days.iter().map(|day| day.id.as_str()).collect();
    assert_eq!(past, ["2026-11-16", "2026-11-20"]);
}

#[test]
fn rows_say_place_service_and_people() {
    let view = look(&day(), "09:56");
    let today = &view.days[0];
    assert_eq!(
        titles(today),
        [
            "Office week",
            "Desk work",
            "Supplier review",
            "Budget follow-up",
            "Design critique",
            "Vendor call",
            "Appointment"
        ]
    );
    let row = |title: &str| today.rows.iter().find(|row| row.title == title).unwrap();
    assert_eq!(
        (&*row("Office week").start, &*row("Office week").end),
        ("All day", "")
    );
    assert_eq!(row("Office week").bar, Bar::Hollow);
    assert_eq!(row("Budget follow-up").subtitle, "Cancelled by Omar Haddad");
    assert!(row("Budget follow-up").struck);
    assert_eq!(row("Budget follow-up").bar, Bar::Faint);
    assert_eq!(row("Design critique").subtitle, "Teams · Room Öresund 2");
    assert_eq!(row("Design critique").tag, "");
    assert_eq!(row("Vendor call").subtitle, "Tentative · Zoom");
    assert_eq!(row("Vendor call").tag, "Overlaps");
    assert_eq!(row("Vendor call").bar, Bar::Dashed);
    assert_eq!(row("Appointment").marks, [Mark::Private]);
    assert_eq!(row("Supplier review").marks, [Mark::Recurring]);
    assert_eq!(view.days[1].rows[1].subtitle, "Jitsi · 3 people");
}

#[rstest]
#[case("Room Öresund 2", "Room Öresund 2")]
#[case("Microsoft Teams Meeting", "")]
#[case("teams.microsoft.com", "")]
#[case("https://example.org/map", "")]
#[case("@webex", "")]
#[case("  Room \n 2 ", "Room 2")]
fn a_place_that_only_repeats_the_link_is_left_out(#[case] written: &str, #[case] shown: &str) {
    let mut meeting = with_link(
        meeting("Review", "10:00", "11:00"),
        "Microsoft Teams",
        TEAMS,
    );
    meeting.location = written.to_owned();
    let view = look(&board([meeting]), "09:00");
    let subtitle = view.days[0].rows[0].subtitle.clone();
    let place = subtitle
        .trim_start_matches("Microsoft Teams")
        .trim_start_matches(" · ");
    assert_eq!(place, shown);
}

#[test]
fn join_stands_on_todays_rows_until_they_are_over() {
    let view = look(&day(), "09:56");
    assert_eq!(view.days[0].rows[4].joins.len(), 1);
    let tomorrow = &view.days[1].rows[1];
    assert!(tomorrow.joins.is_empty());
    assert_eq!(tomorrow.details.joins.len(), 1);
    let later = look(&day(), "14:00");
    assert!(later.days[0].rows[4].joins.is_empty());
    assert!(later.days[0].rows[4].over);
}

#[test]
fn an_all_day_meeting_stands_under_each_of_its_days() {
    let view = look(&day(), "09:56");
    assert_eq!(titles(&view.days[1]), ["Office week", "Stand-up"]);
}

#[test]
fn a_meeting_over_midnight_stands_under_both_days() {
    let view = look(&board([meeting("Night", "22:00", "24T01:00")]), "09:00");
    let columns = |day: usize| (&*view.days[day].rows[0].start, &*view.days[day].rows[0].end);
    assert_eq!(columns(0), ("22:00", "01:00"));
    assert_eq!(columns(1), ("until", "01:00"));
}

#[test]
fn a_meeting_that_ends_at_midnight_stands_under_its_own_day_only() {
    let view = look(&board([meeting("Late", "22:00", "24T00:00")]), "09:00");
    assert_eq!(titles(&view.days[0]), ["Late"]);
    assert!(view.days[1].rows.is_empty());
}

#[test]
fn a_declined_meeting_is_hidden_until_it_is_asked_for() {
    let mut declined = meeting("Declined", "10:00", "11:00");
    declined.response = Response::Declined;
    let board = board([declined]);
    assert!(look(&board, "09:00").days[0].rows.is_empty());
    assert!(look(&board, "09:00").heroes.is_empty());
    let mut settings = Settings::default();
    settings.agenda.show_declined = true;
    with_scene("09:00", Language::English, &settings, |scene| {
        let view = agenda(&board, None, scene);
        assert!(view.days[0].rows[0].struck);
        assert_eq!(view.days[0].rows[0].subtitle, "Declined");
    });
}

#[test]
fn the_opened_row_counts_answers_without_the_organizer() {
    let mut critique = meeting("Design critique", "13:00", "14:00");
    critique.organizer = Some(person("Ana Berg"));
    critique.attendees = vec![
        attendee("Ana Berg", Response::Organizer),
        attendee("Omar Haddad", Response::Accepted),
        attendee("Lina Ek", Response::NotAnswered),
        attendee("Mats Kvist", Response::Declined),
        attendee("Eva Lund", Response::Accepted),
    ];
    let view = look(&board([critique]), "09:00");
    let details = &view.days[0].rows[0].details;
    assert_eq!(details.answers, "2 yes · 1 no · 1 waiting");
    assert_eq!(details.people.len(), 5);
    assert_eq!(details.people[0].answer, Answer::Organizer);
    assert_eq!(details.people[0].initials, "AB");
}

#[rstest]
#[case(SyncState::UpToDate, None, "Up to date")]
#[case(SyncState::Offline, Some("09:12"), "Offline, as of 09:12")]
#[case(SyncState::Offline, Some("22T18:30"), "Offline, as of Yesterday 18:30")]
#[case(SyncState::Offline, None, "Offline")]
#[case(SyncState::NeedsSignIn, Some("09:12"), "Needs sign-in")]
fn freshness_names_the_age_of_the_list(
    #[case] state: SyncState,
    #[case] as_of: Option<&str>,
    #[case] text: &str,
) {
    let mut board = day();
    board.freshness.state = state;
    board.freshness.as_of = as_of.map(at);
    assert_eq!(look(&board, "09:56").sync.text, text);
}

#[test]
fn presence_is_the_strongest_of_what_is_on() {
    let chip = |board: &Board, now: &str| look(board, now).presence.unwrap();
    let board = day();
    assert_eq!(chip(&board, "10:10").kind, PresenceKind::InMeeting);
    assert_eq!(chip(&board, "10:10").until, "until 10:45");
    assert_eq!(chip(&board, "09:30").kind, PresenceKind::Busy);
    assert_eq!(chip(&board, "12:00").kind, PresenceKind::Free);
    let mut away = board.clone();
    away.away.push(Away {
        from: Some(at("10:00")),
        until: Some(at("25T00:00")),
    });
    assert_eq!(chip(&away, "10:10").kind, PresenceKind::OutOfOffice);
    assert_eq!(chip(&away, "10:10").until, "until Wednesday 00:00");
    assert_eq!(chip(&away, "09:30").kind, PresenceKind::Busy);
}

#[test]
fn the_ring_counts_down_and_offers_what_still_makes_sense() {
    let board = day();
    let entry = board.find("a/supplier-review").unwrap();
    let ringing = [Ringing {
        reminder: "r1",
        due: at("09:55"),
        entry,
    }];
    let item = |now: &str| scene(now, |scene| ring(&ringing, scene).rings.remove(0));
    let first = item("09:56");
    assert_eq!((&*first.id, &*first.meeting), ("r1", "a/supplier-review"));
    assert_eq!(first.progress, 20);
    assert_eq!(first.subtitle, "10:00 – 10:45 · Ana Berg");
    let offered = |now: &str| {
        item(now)
            .snoozes
            .iter()
            .map(|s| s.choice)
            .collect::<Vec<_>>()
    };
    assert_eq!(offered("09:56"), SnoozeChoice::ALL);
    assert_eq!(
        offered("10:03"),
        [SnoozeChoice::FiveMinutes, SnoozeChoice::TenMinutes]
    );
    assert_eq!(offered("10:38"), [SnoozeChoice::FiveMinutes]);
    let late = item("10:03");
    assert_eq!(
        (&*late.when, late.stage, late.progress),
        ("Started 3 min ago", Stage::Late, 100)
    );
}

#[test]
fn the_one_that_starts_first_comes_first() {
    let board = day();
    let ringing = ["a/vendor-call", "a/design-critique"].map(|id| Ringing {
        reminder: id,
        due: at("13:00"),
        entry: board.find(id).unwrap(),
    });
    scene("13:00", |scene| {
        let ids: Vec<_> = ring(&ringing, scene)
            .rings
            .into_iter()
            .map(|item| item.id)
            .collect();
        assert_eq!(ids, ["a/design-critique", "a/vendor-call"]);
    });
}

#[test]
fn an_unknown_host_and_a_second_link_take_a_deliberate_click() {
    let unknown = with_link(
        meeting("Procurement", "10:00", "11:00"),
        "meet-now.example.net",
        "https://meet-now.example.net/1",
    );
    let two = with_link(
        with_link(meeting("Two links", "10:00", "11:00"), "Teams", TEAMS),
        "Webex",
        WEBEX,
    );
    for meeting in [unknown, two] {
        let entry = entry(meeting);
        scene("09:56", |scene| {
            let ringing = Ringing {
                reminder: "r",
                due: at("09:55"),
                entry: &entry,
            };
            assert_eq!(notification(&ringing, scene).join, None);
            let board = board([entry.meeting.clone()]);
            assert_eq!(tray(&board, false, scene).middle_click, None);
        });
    }
}

#[test]
fn sr_35_in_privacy_mode_no_title_leaves_the_agenda_window() {
    let mut settings = Settings::default();
    settings.privacy.hide_titles = true;
    let mut board = day();
    for entry in &mut board.entries {
        entry.meeting.notes = "CANARY notes".to_owned();
        entry.meeting.title = format!("CANARY {}", entry.meeting.title);
        entry.meeting.location = "CANARY place".to_owned();
    }
    let entry = board.find("a/supplier-review").unwrap();
    with_scene("09:56", Language::English, &settings, |scene| {
        let ringing = Ringing {
            reminder: "r",
            due: at("09:55"),
            entry,
        };
        let shown = format!(
            "{:?}{:?}{:?}",
            ring(&[ringing], scene),
            notification(&ringing, scene),
            tray(&board, true, scene)
        );
        assert!(
            !shown.contains("CANARY") && !shown.contains("Berg"),
            "{shown}"
        );
        assert!(shown.contains("Meeting"));
    });
}

#[test]
fn a_series_that_cannot_be_followed_says_so_to_whoever_opens_its_row() {
    let mut odd = meeting("Water the plants", "10:00", "10:15");
    odd.series = Series::Unfollowed;
    odd.notes = "All of them.".to_owned();
    for (language, word) in [
        (Language::English, "repeats"),
        (Language::Swedish, "återkommer"),
    ] {
        with_scene("09:56", language, &Settings::default(), |scene| {
            let notes = scene.details(&odd).notes;
            let (note, text) = notes.split_once("\n\n").unwrap();
            assert!(note.contains(word), "{note}");
            assert_eq!(text, "All of them.");
        });
    }
}

#[test]
fn sr_35_a_notification_never_holds_the_invitations_text() {
    let mut entry = entry(with_link(
        meeting("Review", "10:00", "11:00"),
        "Webex",
        WEBEX,
    ));
    entry.meeting.notes = "CANARY notes".to_owned();
    entry.meeting.location = "CANARY place".to_owned();
    scene("09:56", |scene| {
        let ringing = Ringing {
            reminder: "r",
            due: at("09:55"),
            entry: &entry,
        };
        let view = notification(&ringing, scene);
        assert!(!format!("{view:?}").contains("CANARY"));
        assert_eq!(view.title, "Review");
        assert_eq!(view.body, "In 4 min · 10:00 – 11:00 · example.webex.com");
        assert_eq!(view.join.unwrap().text, "Join Webex");
    });
}

#[rstest]
#[case("09:30", TrayIcon::Idle, "30 min", "In 30 min · Supplier review")]
#[case("09:55", TrayIcon::Soon, "5 min", "In 5 min · Supplier review")]
#[case("10:00", TrayIcon::Now, "", "Now · Supplier review")]
#[case("10:50", TrayIcon::Idle, "", "Today 13:00 · Design critique")]
fn the_tray_counts_down(
    #[case] now: &str,
    #[case] icon: TrayIcon,
    #[case] title: &str,
    #[case] tooltip: &str,
) {
    let mut board = day();
    board
        .entries
        .retain(|entry| entry.meeting.title != "Desk work");
    scene(now, |scene| {
        let view = tray(&board, false, scene);
        assert_eq!(
            (view.icon, &*view.title, &*view.tooltip),
            (icon, title, tooltip)
        );
    });
}

#[test]
fn the_tray_says_what_is_wrong_before_anything_else() {
    let mut board = board([]);
    board.freshness.state = SyncState::Offline;
    board.freshness.as_of = Some(at("09:12"));
    scene("09:30", |scene| {
        let view = tray(&board, false, scene);
        assert_eq!(view.icon, TrayIcon::Offline);
        assert_eq!(
            view.tooltip,
            "No more meetings today · Offline, as of 09:12"
        );
    });
    board.freshness.state = SyncState::NeedsSignIn;
    scene("09:30", |scene| {
        assert_eq!(tray(&board, false, scene).icon, TrayIcon::NeedsSignIn);
    });
}

#[test]
fn the_menu_joins_opens_and_ends() {
    let view = scene("09:56", |scene| tray(&day(), true, scene));
    let actions: Vec<_> = view
        .menu
        .iter()
        .filter_map(|entry| match entry {
            TrayEntry::Item { text, action } => Some((text.as_str(), action.clone())),
            TrayEntry::Note { .. } | TrayEntry::Separator => None,
        })
        .collect();
    let meeting = || "a/supplier-review".to_owned();
    assert_eq!(actions[0], ("Show what rings", TrayAction::ShowRing));
    assert_eq!(
        actions[1],
        (
            "Join Supplier review",
            TrayAction::Join {
                meeting: meeting(),
                index: 0
            }
        )
    );
    assert_eq!(
        actions[2].1,
        TrayAction::CopyLink {
            meeting: meeting(),
            index: 0
        }
    );
    assert_eq!(actions[3].0, "09:00  Desk work");
    assert_eq!(actions.last().unwrap().1, TrayAction::Quit);
}

#[test]
fn swedish_says_it_in_swedish() {
    with_scene("09:56", Language::Swedish, &Settings::default(), |scene| {
        let view = agenda(&day(), None, scene);
        assert_eq!(view.heroes[0].when, "Om 4 min");
        assert_eq!(view.heroes[0].times, "10:00–10:45");
        assert_eq!(view.days[0].date, "Måndag 23 november");
        assert_eq!(view.days[0].heading, "Idag");
        assert_eq!(view.sync.text, "Uppdaterad");
        assert_eq!(view.days[0].rows[3].subtitle, "Inställt av Omar Haddad");
    });
    with_scene("10:03", Language::Swedish, &Settings::default(), |scene| {
        assert_eq!(
            agenda(&day(), None, scene).heroes[0].when,
            "Började för 3 min sedan"
        );
    });
}
