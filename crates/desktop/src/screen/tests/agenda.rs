//! The agenda window.

use calendar::{
    meeting::{Response, Series, ShowAs},
    presence::Away,
};
use rstest::rstest;

use super::super::{agenda, sample::*};
use crate::{
    board::Board,
    settings::Settings,
    view::{AgendaView, Answer, Bar, DayView, Mark, PartView, PresenceKind, Stage, SyncState},
    words::Language,
};

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

#[rstest]
#[case(ShowAs::Busy, Bar::Solid)]
#[case(ShowAs::Tentative, Bar::Dashed)]
#[case(ShowAs::Free, Bar::Hollow)]
#[case(ShowAs::OutOfOffice, Bar::Away)]
#[case(ShowAs::Elsewhere, Bar::Dotted)]
fn a_rows_bar_tells_how_the_time_is_shown_to_others_while_the_meeting_stands(
    #[case] show_as: ShowAs,
    #[case] bar: Bar,
) {
    let bar_of = |cancelled| {
        let meeting = calendar::Meeting {
            show_as,
            cancelled,
            ..meeting("Trip", "10:00", "11:00")
        };
        look(&board([meeting]), "09:00").days[0].rows[0].bar
    };
    assert_eq!(bar_of(false), bar);
    assert_eq!(bar_of(true), Bar::Faint);
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
    assert_eq!(row("Design critique").marks, [Mark::Attachment]);
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
    assert!(view.days[0].rows[4].can_join);
    let tomorrow = &view.days[1].rows[1];
    assert!(!tomorrow.can_join);
    assert_eq!(tomorrow.joins.len(), 1);
    let later = look(&day(), "14:00");
    assert!(!later.days[0].rows[4].can_join);
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
    with_scene("09:00", Language::ENGLISH, &settings, |scene| {
        let view = agenda(&board, None, scene);
        assert!(view.days[0].rows[0].struck);
        assert_eq!(view.days[0].rows[0].subtitle, "Declined");
    });
}

#[rstest]
#[case::of_the_server("https://mail.example.org/owa/?ItemID=1", Some("mail.example.org"))]
#[case::in_the_clear("http://mail.example.org/owa", None)]
#[case::of_a_user_who_looks_like_a_host("https://mail.example.org@evil.example/", None)]
fn sr_31_the_opened_row_shows_the_host_of_its_page_on_the_web(
    #[case] address: &str,
    #[case] host: Option<&str>,
) {
    let mut critique = meeting("Design critique", "13:00", "14:00");
    critique.web_address = address.parse().ok().map(Box::new);
    let details = with_scene("09:00", Language::ENGLISH, &Settings::default(), |scene| {
        scene.details(&critique, None, None)
    });
    assert_eq!(details.web_host.as_deref(), host);
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
    let details = with_scene("09:00", Language::ENGLISH, &Settings::default(), |scene| {
        scene.details(&critique, None, None)
    });
    assert_eq!(details.answers, "2 yes · 1 no · 1 waiting");
    // The user's own answer stands with the item.
    critique.response = Response::Tentative;
    let own = with_scene("09:00", Language::ENGLISH, &Settings::default(), |scene| {
        scene.details(&critique, None, Some("Lina.Ek@example.org"))
    });
    assert_eq!(own.answers, "2 yes · 1 maybe · 1 no");
    assert_eq!(details.people.len(), 5);
    assert_eq!(details.people[0].answer, Answer::Organizer);
    assert_eq!(details.people[0].initials, "AB");
}

#[rstest]
#[case::asked(Response::NotAnswered, "09:00", PartView::Invited { answer: Answer::Waiting })]
#[case::accepted(Response::Accepted, "10:30", PartView::Invited { answer: Answer::Yes })]
#[case::perhaps(Response::Tentative, "09:00", PartView::Invited { answer: Answer::Maybe })]
#[case::own(Response::Organizer, "09:00", PartView::Organizer { changeable: true })]
#[case::of_whom_nobody_says(Response::Unknown, "09:00", PartView::Onlooker)]
#[case::over(Response::NotAnswered, "11:00", PartView::Onlooker)]
#[case::own_and_over(Response::Organizer, "11:00", PartView::Onlooker)]
fn who_was_asked_answers_and_who_called_it_changes_it_until_it_is_over(
    #[case] response: Response,
    #[case] now: &str,
    #[case] part: PartView,
) {
    let mut review = meeting("Review", "10:00", "11:00");
    review.response = response;
    review.attendees = vec![attendee("Omar Haddad", Response::Accepted)];
    let view = look(&board([review.clone()]), now);
    assert_eq!(view.days[0].rows[0].part, part);
    review.cancelled = true;
    let view = look(&board([review]), now);
    assert_eq!(view.days[0].rows[0].part, PartView::Onlooker);
}

#[rstest]
#[case::as_some_servers_say(Response::Organizer)]
#[case::as_others_say(Response::Unknown)]
fn an_appointment_without_anybody_else_is_its_owner_s_until_it_is_over(#[case] response: Response) {
    let mut dentist = meeting("Dentist", "10:00", "11:00");
    dentist.response = response;
    dentist.attendees = Vec::new();
    for (now, part) in [
        ("09:00", PartView::Owner { changeable: true }),
        ("10:59", PartView::Owner { changeable: true }),
        ("11:00", PartView::Onlooker),
    ] {
        let view = look(&board([dentist.clone()]), now);
        assert_eq!(view.days[0].rows[0].part, part, "{now}");
    }
}

#[test]
fn a_series_that_cannot_be_followed_is_not_called_off_by_its_one_day() {
    let mut odd = meeting("Water the plants", "10:00", "10:15");
    odd.response = Response::Organizer;
    odd.series = Series::Unfollowed;
    for people in [vec![], vec![attendee("Omar Haddad", Response::Accepted)]] {
        odd.attendees = people;
        let view = look(&board([odd.clone()]), "09:00");
        assert_eq!(view.days[0].rows[0].part, PartView::Onlooker);
    }
}

#[test]
fn what_lasts_whole_days_is_called_off_or_deleted_here_and_not_changed() {
    let mut leave = all_day("Leave", 23, 25);
    leave.response = Response::Organizer;
    leave.attendees = Vec::new();
    let view = look(&board([leave.clone()]), "09:00");
    let part = |view: &AgendaView| view.days[0].rows[0].part;
    assert_eq!(part(&view), PartView::Owner { changeable: false });
    leave.attendees = vec![attendee("Omar Haddad", Response::Accepted)];
    let view = look(&board([leave]), "09:00");
    assert_eq!(part(&view), PartView::Organizer { changeable: false });
}

#[rstest]
#[case(SyncState::UpToDate, None, "Up to date")]
#[case(SyncState::Offline, Some("09:12"), "Offline, as of 09:12")]
#[case(SyncState::Offline, Some("22T18:30"), "Offline, as of yesterday 18:30")]
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
    assert_eq!(chip(&away, "10:10").until, "until Wednesday");
    assert_eq!(chip(&away, "09:30").kind, PresenceKind::Busy);
    assert_eq!(chip(&away, "24T10:00").until, "until midnight");
    away.away[0].until = Some(at("24T08:30"));
    assert_eq!(chip(&away, "10:10").until, "until tomorrow 08:30");
}

#[test]
fn a_series_that_cannot_be_followed_says_so_to_whoever_opens_its_row() {
    let mut odd = meeting("Water the plants", "10:00", "10:15");
    odd.series = Series::Unfollowed;
    odd.notes = "All of them.".into();
    for (language, word) in [
        (Language::ENGLISH, "repeats"),
        (Language::SWEDISH, "återkommer"),
    ] {
        with_scene("09:56", language, &Settings::default(), |scene| {
            let notes = scene.details(&odd, None, None).notes;
            let (note, text) = notes.split_once("\n\n").unwrap();
            assert!(note.contains(word), "{note}");
            assert_eq!(text, "All of them.");
        });
    }
}

#[test]
fn a_meeting_from_another_zone_says_its_time_there_and_the_list_whose_times_it_has() {
    let near = look(&board([meeting("Review", "10:00", "11:00")]), "09:56");
    assert_eq!(near.zone, "");
    let mut far = meeting("Review", "10:00", "11:00");
    far.zone = Some(chrono_tz::Tz::Europe__London);
    let view = look(&board([far]), "09:56");
    assert_eq!(view.zone, "Times in Stockholm (UTC+1)");
    assert_eq!(view.days[0].rows[0].subtitle, "09:00 in London");
    assert_eq!(view.heroes[0].times, "10:00 – 11:00 · 09:00 in London");
}

#[test]
fn a_row_is_found_by_its_people_and_holds_no_text_of_the_invitation() {
    let mut critique = meeting("Design critique", "13:00", "14:00");
    critique.organizer = Some(person("Ana Berg"));
    critique.attendees = vec![attendee("Omar Haddad", Response::Accepted)];
    critique.notes = "Three points".repeat(1_000).into();
    let view = look(&board([critique]), "09:00");
    assert_eq!(view.days[0].rows[0].people, "Ana Berg\nOmar Haddad");
    let sent = serde_json::to_string(&view).unwrap();
    assert!(!sent.contains("Three points"), "{} bytes", sent.len());
}

#[test]
fn a_thousand_meetings_cross_to_the_window_without_their_texts() {
    let meetings = (0..1_000).map(|number| {
        let mut one = meeting(&format!("Meeting {number}"), "10:00", "11:00");
        let people = ["Omar Haddad", "Lina Ek", "Mats Kvist", "Eva Lund"];
        one.attendees = people
            .map(|name| attendee(name, Response::Accepted))
            .to_vec();
        one.notes = "A few words for each point of the agenda."
            .repeat(50)
            .into();
        with_link(one, "Microsoft Teams", TEAMS)
    });
    let view = look(&board(meetings), "09:00");
    let sent = serde_json::to_string(&view).unwrap();
    assert!(sent.len() < 600_000, "{} bytes", sent.len());
}

#[test]
fn swedish_says_it_in_swedish() {
    with_scene("09:56", Language::SWEDISH, &Settings::default(), |scene| {
        let view = agenda(&day(), None, scene);
        assert_eq!(view.heroes[0].when, "Om 4 min");
        assert_eq!(view.heroes[0].times, "10:00–10:45");
        assert_eq!(view.days[0].date, "Måndag 23 november");
        assert_eq!(view.days[0].heading, "Idag");
        assert_eq!(view.sync.text, "Uppdaterad");
        assert_eq!(view.days[0].rows[3].subtitle, "Inställt av Omar Haddad");
    });
    with_scene("10:03", Language::SWEDISH, &Settings::default(), |scene| {
        assert_eq!(
            agenda(&day(), None, scene).heroes[0].when,
            "Började för 3 min sedan"
        );
    });
}
