//! What the window shows, and what the user does in it.

use calendar::availability::Taken;
use engine::scheduler::{Intent, PersonTime};
use rstest::rstest;

use super::{super::Acquaintances, *};
use crate::{view::SpanKind, words::Language};

#[test]
fn the_best_time_is_chosen_until_the_user_chooses_one() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    desk.tell(|who| match who {
        BO => taken(&[("23 07:00", "23 12:00", Taken::Busy)]),
        _ => free(),
    });
    let view = desk.view();
    assert_eq!(view.when, "Mon 23 Nov, 13:00 – 13:30");
    assert!(view.suggestions[0].chosen);
    assert_eq!(view.suggestions[0].when, "Mon 23 Nov 13:00");
    assert_eq!(view.suggestions[0].reasons, "All 2 free");
    assert_eq!(view.suggested, "3 of 40, best first");

    desk.change(ScheduleChange::Pick { index: 1 });
    desk.change(ScheduleChange::Move { quarters: -1 });
    assert_eq!(desk.view().when, "Mon 23 Nov, 13:45 – 14:15");
    desk.change(ScheduleChange::Length { minutes: 60 });
    assert_eq!(desk.view().when, "Mon 23 Nov, 13:45 – 14:45");
    assert!(desk.view().suggestions.iter().all(|one| !one.chosen));
}

#[test]
fn the_days_name_above_everybodys_time_begins_with_a_capital() {
    let swedish = Desk::in_language(Language::SWEDISH).view();
    assert_eq!(swedish.grid.day, "Måndag 23 november");
}

#[rstest]
#[case::tentative(&[(BO, Taken::Tentative)], Language::ENGLISH, "Bo tentative · Öresund 2 free")]
#[case::busy(&[(BO, Taken::Busy)], Language::ENGLISH, "Bo busy · Öresund 2 free")]
#[case::optional(&[(GRETA, Taken::Busy)], Language::ENGLISH,
    "All 2 who must be there are free · Greta busy · Öresund 2 free")]
#[case::room(&[(ROOM, Taken::Busy)], Language::ENGLISH, "All 3 free · no room free")]
#[case::swedish(&[(BO, Taken::Tentative), (ROOM, Taken::Busy)], Language::SWEDISH,
    "Bo preliminärt · inget rum ledigt")]
fn a_suggestion_says_why(
    #[case] against: &[(&str, Taken)],
    #[case] language: Language,
    #[case] expected: &str,
) {
    let mut desk = Desk::in_language(language);
    let days = |day: &str| ScheduleChange::Between {
        first: day.to_owned(),
        last: day.to_owned(),
    };
    desk.change(days("2026-11-24"));
    desk.invite(BO, Part::Required);
    desk.invite(GRETA, Part::Optional);
    desk.resolve(GRETA, vec![person("Greta Lind", GRETA)]);
    desk.invite(ROOM, Part::Room);
    // All day long, so that no time is without it.
    let answer = |who: &str| {
        let found = against.iter().find(|(address, _)| *address == who);
        found.map_or_else(free, |(_, how)| taken(&[("23 00:00", "26 00:00", *how)]))
    };
    while !desk.asked.iter().all(|one| !matches!(one, Action::Ask(_))) {
        desk.tell(answer);
    }
    assert_eq!(desk.view().suggestions[0].reasons, expected);
}

#[test]
fn the_grid_shows_everybody_in_quarters_of_an_hour() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    desk.invite(GRETA, Part::Optional);
    desk.resolve(GRETA, vec![person("Greta Lind", GRETA)]);
    desk.invite(ROOM, Part::Room);
    let answer = |who: &str| match who {
        BO => taken(&[
            ("23 08:10", "23 09:05", Taken::Busy),
            ("23 14:00", "23 16:30", Taken::OutOfOffice),
        ]),
        GRETA => in_hanoi(),
        ROOM => taken(&[("23 09:00", "23 10:00", Taken::Busy)]),
        _ => PersonTime::default(),
    };
    while !desk.asked.iter().all(|one| !matches!(one, Action::Ask(_))) {
        desk.tell(answer);
    }
    desk.change(ScheduleChange::Place { quarter: 6 });
    let view = desk.view();
    assert_eq!(view.grid.day, "Monday 23 November");
    assert_eq!((view.grid.earlier, view.grid.later), (false, true));
    assert_eq!(view.grid.quarters, 40, "from eight to six");
    assert_eq!(view.grid.hours[0].text, "08");
    assert_eq!(
        (view.grid.hours[9].at, view.grid.hours[9].text.as_str()),
        (36, "17")
    );
    let slot = view.grid.slot.as_ref().unwrap();
    assert_eq!((slot.from, slot.to), (6, 8));
    assert_eq!(slot.text, "Mon 23 Nov, 09:30 – 10:00");

    let you = line(&view, "You");
    assert_eq!((you.spans[0].from, you.spans[0].to), (4, 6));
    assert_eq!(you.spans[0].text, "Standup");
    assert_eq!(you.spans[1].kind, SpanKind::OutsideHours, "after five");

    let bo = line(&view, "Bo Ekman");
    assert_eq!((bo.spans[0].from, bo.spans[0].to), (4, 9));
    assert_eq!(bo.spans[0].kind, SpanKind::Busy);
    assert_eq!(bo.at_slot, SpanKind::Busy);
    assert_eq!(bo.at_slot_text, "Bo Ekman: Busy");
    let away = &bo.spans[1];
    assert_eq!(away.spoken, "Bo Ekman, 15:00 to 17:30, Out of office");

    let greta = line(&view, "Greta Lind");
    assert_eq!(greta.zone, "UTC+7");
    // Five in the afternoon there is eleven here.
    assert_eq!(
        (greta.spans[0].from, greta.spans[0].kind),
        (12, SpanKind::OutsideHours)
    );
    assert_eq!(view.elsewhere, "15:30 for Greta");

    let room = line(&view, "Öresund 2");
    assert!(room.room);
    assert_eq!(room.spans[0].text, "Booked");
    let names: Vec<_> = view
        .grid
        .lines
        .iter()
        .map(|line| line.name.as_str())
        .collect();
    assert_eq!(names, ["You", "Bo Ekman", "Greta Lind", "Öresund 2"]);
}

#[test]
fn somebody_of_whom_nothing_is_known_is_hatched_and_not_free() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    desk.tell(|_| PersonTime::default());
    let view = desk.view();
    let bo = line(&view, "Bo Ekman");
    assert_eq!((bo.spans.len(), bo.spans[0].kind), (1, SpanKind::Unknown));
    assert_eq!(view.suggestions[0].reasons, "Bo not known");
}

#[test]
fn days_are_looked_at_one_by_one_within_the_chosen_ones() {
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Day { step: -1 });
    assert_eq!(desk.view().grid.day, "Monday 23 November");
    desk.change(ScheduleChange::Day { step: 1 });
    let view = desk.view();
    assert_eq!(view.grid.day, "Tuesday 24 November");
    assert_eq!(view.grid.slot, None, "the chosen time is on another day");
    assert_eq!(view.between, "23 – 27 Nov");
    // Not before today, and not further than a month.
    desk.change(ScheduleChange::Between {
        first: "2026-11-01".to_owned(),
        last: "2027-11-01".to_owned(),
    });
    let view = desk.view();
    assert_eq!(
        (view.first_day.as_str(), view.last_day.as_str()),
        ("2026-11-23", "2026-12-24")
    );
    assert_eq!(view.between, "23 Nov – 24 Dec");
}

#[test]
fn unknown_people_are_named_and_not_invited() {
    let mut desk = Desk::new();
    let asked = desk.invite("joe@acme.s", Part::Required);
    assert!(asked.contains(&Action::Resolve("joe@acme.s".to_owned())));
    let view = desk.view();
    assert!(!view.invitees[0].invited && !view.send.ready);
    desk.resolve("joe@acme.s", Vec::new());
    let view = desk.view();
    assert_eq!(view.invitees[0].name, "joe@acme.s");
    assert!(
        view.invitees[0]
            .note
            .starts_with("No one with this address was found.")
    );
    assert_eq!(view.send.text, "Put in my calendar");
    // Whoever means it says so.
    desk.invite("<joe@acme.s>", Part::Required);
    let view = desk.view();
    assert!(view.invitees[0].invited);
    assert_eq!(view.send.text, "Send to 1 person");
}

#[test]
fn who_somebody_is_is_asked_as_soon_as_there_is_an_account_to_ask() {
    let mut desk = Desk::new();
    desk.know_from(&[], &[]);
    let resolves = |asked: &[Action]| asked.contains(&Action::Resolve("joe@acme.s".to_owned()));
    let asked = desk.invite("joe@acme.s", Part::Required);
    assert!(!resolves(&asked), "nobody can be asked");
    desk.know(&[]);
    assert!(resolves(&desk.act()), "at once, and not in half a minute");
    assert!(!resolves(&desk.act()), "and once");
}

#[test]
fn a_name_becomes_the_address_and_several_are_no_choice() {
    let mut desk = Desk::new();
    desk.invite("lind", Part::Required);
    desk.resolve("lind", vec![person("Greta Lind", GRETA)]);
    let view = desk.view();
    assert_eq!(
        (view.invitees[0].address.as_str(), view.invitees[0].invited),
        (GRETA, true)
    );
    // The same person under another name is there once.
    desk.invite("greta", Part::Optional);
    desk.resolve("greta", vec![person("Greta Lind", GRETA)]);
    assert_eq!(desk.view().invitees.len(), 1);
    desk.invite("e", Part::Required);
    desk.resolve(
        "e",
        vec![
            person("Eva A", "eva@example.org"),
            person("Ed B", "ed@example.org"),
        ],
    );
    let view = desk.view();
    assert!(!view.invitees[1].invited && view.invitees[1].note.contains("Several"));
    desk.change(ScheduleChange::Uninvite {
        address: "e".to_owned(),
    });
    assert_eq!(desk.view().invitees.len(), 1);
}

#[test]
fn who_was_met_is_known_at_once_and_offered_by_how_often() {
    let mut desk = Desk::new();
    let mut second = meeting("Review", "24 08:00", "24 08:30");
    second
        .attendees
        .push(attendee("Bea Ek", "bea@example.org", Role::Required));
    desk.know(&[meeting("Standup", "23 08:00", "23 08:30"), second]);
    let asked = desk.invite("BO@example.org", Part::Required);
    assert!(!asked.iter().any(|one| matches!(one, Action::Resolve(_))));
    assert_eq!(desk.view().invitees[0].name, "Bo Ekman");
    let words = &desk.surroundings.words;
    let met = Acquaintances::of(&board(&[
        meeting("Standup", "23 08:00", "23 08:30"),
        meeting("Review", "24 08:00", "24 08:30"),
    ]));
    let found = [person("Boris", "boris@example.org"), person("Bo Ekman", BO)];
    let offered = met.complete("bo", Part::Required, &found, words);
    let shown: Vec<_> = offered
        .iter()
        .map(|one| (one.name.as_str(), one.note.as_str()))
        .collect();
    assert_eq!(shown, [("Bo Ekman", "met 2 times"), ("Boris", "")]);
    let rooms = met.complete("öre", Part::Room, &[], words);
    assert_eq!(rooms[0].address, ROOM);
    assert_eq!(desk.view().rooms[0].name, "Öresund 2");
}

#[test]
fn rooms_of_the_servers_lists_are_offered_beside_those_that_are_known() {
    let mut desk = Desk::new();
    let asked = desk.act();
    assert!(asked.contains(&Action::AskRooms(AccountId("a".into()))));
    let listed = vec![
        person("Öresund 2", ROOM),
        person("Aula", "aula@example.org"),
    ];
    desk.schedule
        .rooms_told(AccountId("a".into()), Some(listed));
    desk.know(&[meeting("Standup", "23 08:00", "23 08:30")]);
    let rooms = desk.view().rooms;
    let names: Vec<_> = rooms.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Aula", "Öresund 2"]);
    assert!(desk.act().is_empty(), "asked once");
    desk.now += chrono::Duration::hours(1);
    desk.change(ScheduleChange::Day { step: 0 });
    let again = |one: &&Action| matches!(one, Action::AskRooms(_));
    assert_eq!(desk.asked.iter().filter(again).count(), 2);
}

#[test]
fn a_meeting_is_called_from_the_account_that_was_chosen() {
    let mut desk = Desk::new();
    assert!(desk.view().accounts.is_empty(), "one is no choice");
    let both = [("a", "anna@example.org"), ("b", "anna@example.net")];
    desk.know_from(&[], &both);
    let chosen = |desk: &Desk| {
        let all = desk.view().accounts;
        all.into_iter()
            .filter(|one| one.chosen)
            .map(|one| one.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(chosen(&desk), ["anna@example.org"]);
    assert_eq!(desk.schedule.account(), None);
    let choose = |account: &str| ScheduleChange::Account {
        account: account.to_owned(),
    };
    let asked = desk.change(choose("b"));
    assert_eq!(chosen(&desk), ["anna@example.net"]);
    assert_eq!(desk.schedule.account(), Some(&AccountId("b".into())));
    assert!(asked.contains(&Action::AskRooms(AccountId("b".into()))));
    desk.change(choose("c"));
    assert_eq!(chosen(&desk), ["anna@example.net"]);
    // One that has gone is no choice any more.
    desk.know_from(&[], &both[..1]);
    assert_eq!(desk.schedule.account(), None);
}

#[test]
fn the_way_to_meet_is_the_room_of_a_keyword_an_own_link_or_none() {
    let mut desk = Desk::new();
    let view = desk.view();
    let ways: Vec<_> = view
        .meet_by
        .iter()
        .map(|one| (one.way.as_str(), one.chosen))
        .collect();
    // For a meeting of its own the settings have no room.
    assert_eq!(ways, [("@webex", true), ("own", false), ("none", false)]);
    assert_eq!(view.meet_note, "Your room acme.webex.com/meet/anna");
    desk.change(ScheduleChange::MeetBy {
        way: "own".to_owned(),
    });
    for (text, note, ready) in [
        ("", "", false),
        ("http://meet.example.org/x", "This is no link", false),
        (
            "https://anna:secret@meet.example.org/x",
            "This is no link",
            false,
        ),
        ("javascript:alert(1)", "This is no link", false),
        ("meet.example.org/x", "Opens meet.example.org", true),
    ] {
        desk.change(ScheduleChange::OwnLink {
            text: text.to_owned(),
        });
        let view = desk.view();
        assert!(
            view.meet_note.starts_with(note),
            "{text}: {}",
            view.meet_note
        );
        assert_eq!(view.send.ready, ready, "{text}");
    }
    let Ok(Intent::Make(new)) = desk.send() else {
        panic!("it can be sent");
    };
    let link = new.join.unwrap();
    assert_eq!(link.as_str(), "https://meet.example.org/x");
    assert!(new.message.contains(link.as_str()) && new.location.contains(link.as_str()));
}
