//! The schedule window's half that thinks, step by step.

use calendar::{
    Meeting,
    availability::{Hours, Stretches, Taken},
    meeting::{Attendee, Person, Response, Role},
    recurrence::Weekdays,
};
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use engine::{
    outbox::{Outcome, Posted, Posts, Progress, Settled},
    scheduler::{Intent, NewMeeting, PersonTime, Refusal, RequestId},
};
use rstest::rstest;

use super::{Action, Missing, Question, Schedule, draft::Draft};
use crate::{
    account::AccountId,
    board::{Board, Entry},
    screen::Surroundings,
    settings::Settings,
    view::{LineView, OutcomeKind, Part, ScheduleChange, ScheduleView, SpanKind},
    words::Language,
};

const BO: &str = "bo@example.org";
const GRETA: &str = "greta@example.org";
const ROOM: &str = "oresund@example.org";

/// A moment of the week of Monday, 23 November 2026; Stockholm is an hour
/// ahead of it.
fn at(text: &str) -> DateTime<Utc> {
    format!("2026-11-{text}:00Z")
        .replace(' ', "T")
        .parse()
        .unwrap()
}

fn person(name: &str, address: &str) -> Person {
    Person {
        name: name.to_owned(),
        address: Some(address.to_owned()),
    }
}

fn attendee(name: &str, address: &str, role: Role) -> Attendee {
    Attendee {
        person: person(name, address),
        role,
        response: Response::Accepted,
    }
}

/// A meeting of the user's own, as the store has it.
fn meeting(title: &str, start: &str, end: &str) -> Meeting {
    let attendees = [
        attendee("Bo Ekman", BO, Role::Required),
        attendee("Öresund 2", ROOM, Role::Resource),
    ];
    let stored = serde_json::json!({
        "id": title.to_lowercase(),
        "title": title,
        "span": { "kind": "timed", "start": at(start), "end": at(end) },
        "organizer": person("Anna Berg", "anna@example.org"),
        "attendees": attendees,
        "location": "",
        "response": "organizer",
        "show_as": "busy",
        "cancelled": false,
        "series": "single",
        "sensitivity": "normal",
        "reminder_is_set": true,
        "notes": "",
        "join": [],
    });
    serde_json::from_value(stored).unwrap()
}

fn board(meetings: &[Meeting]) -> Board {
    let entries = meetings.iter().cloned();
    Board {
        entries: entries
            .map(|meeting| Entry::new(AccountId("a".to_owned()), meeting))
            .collect(),
        ..Board::empty()
    }
}

/// A window that is looked at on Monday at eight, Stockholm's time.
struct Desk {
    schedule: Schedule,
    surroundings: Surroundings,
    now: DateTime<Utc>,
    asked: Vec<Action>,
}

impl Desk {
    fn in_language(language: Language) -> Self {
        let mut settings = Settings::default();
        settings.appearance.language = Some(language);
        settings.keywords.rooms.personal = "https://acme.webex.com/meet/anna".to_owned();
        let locale = format!("{}_SE", language.code());
        let surroundings = Surroundings::new(settings, &locale, Tz::Europe__Stockholm);
        let now = at("23 07:00");
        let mut schedule = Schedule::new(&surroundings.scene(now));
        schedule.open_new(&surroundings.scene(now));
        let mut desk = Self {
            schedule,
            surroundings,
            now,
            asked: Vec::new(),
        };
        desk.know(&[meeting("Standup", "23 08:00", "23 08:30")]);
        desk
    }

    fn new() -> Self {
        Self::in_language(Language::English)
    }

    fn know(&mut self, meetings: &[Meeting]) {
        let own = Some("anna@example.org".to_owned());
        let scene = self.surroundings.scene(self.now);
        self.schedule.know(&board(meetings), own, &scene);
    }

    fn act(&mut self) -> Vec<Action> {
        let scene = self.surroundings.scene(self.now);
        let mut all = Vec::new();
        while let Some(action) = self.schedule.poll_action(&scene) {
            all.push(action);
        }
        self.asked.extend(all.iter().cloned());
        all
    }

    fn change(&mut self, change: ScheduleChange) -> Vec<Action> {
        let scene = self.surroundings.scene(self.now);
        self.schedule.change(change, &scene);
        self.act()
    }

    fn invite(&mut self, who: &str, part: Part) -> Vec<Action> {
        let who = who.to_owned();
        self.change(ScheduleChange::Invite { who, part })
    }

    /// Everybody whose time is asked for has what `time` says of them.
    fn tell(&mut self, time: impl Fn(&str) -> PersonTime) {
        let open = self.asked.drain(..).filter_map(|action| match action {
            Action::Ask(question) => Some(question),
            _ => None,
        });
        let Some(Question { serial, people, .. }) = open.last() else {
            panic!("nobody's time is asked for");
        };
        let times = people.iter().map(|one| time(one)).collect();
        let scene = self.surroundings.scene(self.now);
        self.schedule.told(serial, Some(times), &scene);
        self.act();
    }

    fn resolve(&mut self, who: &str, found: Vec<Person>) {
        let scene = self.surroundings.scene(self.now);
        self.schedule.resolved(who, Some(found), &scene);
        self.act();
    }

    fn view(&self) -> ScheduleView {
        self.schedule.view(&self.surroundings.scene(self.now))
    }

    fn send(&mut self) -> Result<Intent, Missing> {
        let scene = self.surroundings.scene(self.now);
        let request = RequestId("r1".to_owned());
        self.schedule.send(request, "token", &scene)
    }

    fn posted(&mut self, state: Progress) {
        let Some(intent) = self.sent_intent() else {
            panic!("nothing is on its way");
        };
        self.schedule.posted(&Posts {
            restored: true,
            all: vec![Posted {
                request: RequestId("r1".to_owned()),
                intent,
                state,
            }],
        });
    }

    fn sent_intent(&self) -> Option<Intent> {
        let waits = self.schedule.waits_for(&RequestId("r1".to_owned()));
        let nothing = NewMeeting {
            title: String::new(),
            message: String::new(),
            start: self.now,
            end: self.now,
            zone: Tz::UTC,
            location: String::new(),
            people: engine::scheduler::People::default(),
            join: None,
            reminder_minutes: 0,
        };
        waits.then(|| Intent::Make(Box::new(nothing)))
    }
}

fn free() -> PersonTime {
    taken(&[])
}

fn taken(all: &[(&str, &str, Taken)]) -> PersonTime {
    let stretches = all
        .iter()
        .map(|(start, end, taken)| (at(start), at(end), *taken));
    PersonTime {
        time: Some(Stretches::merged(stretches)),
        hours: None,
    }
}

fn in_hanoi() -> PersonTime {
    PersonTime {
        hours: Some(Hours {
            days: Weekdays::WORKING,
            from: NaiveTime::from_hms_opt(8, 0, 0).unwrap(),
            to: NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
            zone: Tz::Etc__GMTMinus7,
        }),
        ..free()
    }
}

fn line<'a>(view: &'a ScheduleView, name: &str) -> &'a LineView {
    let line = view.grid.lines.iter().find(|line| line.name == name);
    line.unwrap_or_else(|| panic!("{name} has no line"))
}

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

#[rstest]
#[case::tentative(&[(BO, Taken::Tentative)], Language::English, "Bo tentative · Öresund 2 free")]
#[case::busy(&[(BO, Taken::Busy)], Language::English, "Bo busy · Öresund 2 free")]
#[case::optional(&[(GRETA, Taken::Busy)], Language::English,
    "All 2 who must be there are free · Greta busy · Öresund 2 free")]
#[case::room(&[(ROOM, Taken::Busy)], Language::English, "All 3 free · no room free")]
#[case::swedish(&[(BO, Taken::Tentative), (ROOM, Taken::Busy)], Language::Swedish,
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
    let met = super::Acquaintances::of(&board(&[
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

#[test]
fn what_is_sent_is_what_was_asked() {
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: " Planning ".to_owned(),
    });
    desk.change(ScheduleChange::Message {
        text: "Three things.\n".to_owned(),
    });
    desk.invite(BO, Part::Required);
    desk.invite(ROOM, Part::Room);
    desk.invite("nobody@example.org", Part::Optional);
    assert_eq!(desk.send(), Err(Missing::Somebody));
    desk.resolve("nobody@example.org", Vec::new());
    desk.change(ScheduleChange::Place { quarter: 12 });
    let Ok(Intent::Make(new)) = desk.send() else {
        panic!("it can be sent");
    };
    assert_eq!(new.title, "Planning");
    assert!(
        new.message
            .starts_with("Three things.\r\n\r\n---- Joinbell ----")
    );
    assert_eq!((new.start, new.end), (at("23 10:00"), at("23 10:30")));
    assert_eq!(new.people.required, [BO]);
    assert_eq!(new.people.rooms, [ROOM]);
    assert!(new.people.optional.is_empty());
    assert_eq!(new.location, "Öresund 2");
}

#[test]
fn sending_ends_in_one_of_three_ways_and_says_which() {
    let settled = |outcome| {
        Progress::Settled(Settled {
            at: at("23 09:31"),
            outcome,
        })
    };
    let refused = |refusal| settled(Outcome::Refused { refusal });
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    desk.send().unwrap();
    let view = desk.view();
    assert_eq!(view.outcome.unwrap().kind, OutcomeKind::Sending);
    assert!(!view.send.ready);
    assert_eq!(desk.send(), Err(Missing::OnItsWay), "not twice");
    // A word of the journal from before it was sent says nothing about it.
    desk.schedule.posted(&Posts {
        restored: true,
        all: Vec::new(),
    });
    assert_eq!(desk.send(), Err(Missing::OnItsWay), "not twice");
    // What is on its way does not change any more.
    desk.change(ScheduleChange::Title {
        text: "Other".to_owned(),
    });
    assert_eq!(desk.view().title, "");

    desk.posted(Progress::Unsure {
        look_at: at("23 09:30"),
    });
    let outcome = desk.view().outcome.unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Unsure);
    assert!(outcome.text.contains("From 10:30 on"), "{}", outcome.text);

    desk.posted(refused(Refusal::Full));
    let outcome = desk.view().outcome.unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Refused);
    assert!(outcome.text.contains("mailbox is full"), "{}", outcome.text);
    let after = desk.act();
    assert!(after.contains(&Action::Forget(RequestId("r1".to_owned()))));
    assert!(
        after.iter().any(|one| matches!(one, Action::Keep(_))),
        "the draft stays"
    );

    desk.send().unwrap();
    desk.posted(settled(Outcome::Done));
    let view = desk.view();
    let outcome = view.outcome.unwrap();
    assert_eq!(outcome.text, "Sent. In your calendar since 10:31.");
    assert_eq!(view.send.missing, "It has been sent.");
    assert!(desk.act().contains(&Action::Drop { edit: false }));
    assert_eq!(desk.send(), Err(Missing::Sent), "not twice");
    // The next one begins empty.
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.open_new(&scene);
    assert!(desk.view().invitees.is_empty() && desk.view().outcome.is_none());
}

/// The draft as the store would give it back.
fn stored(desk: &mut Desk) -> Draft {
    let kept = desk.asked.iter().rev().find_map(|action| match action {
        Action::Keep(draft) => Some((**draft).clone()),
        _ => None,
    });
    let bytes = serde_json::to_vec(&kept.unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn a_draft_survives_a_crash_also_while_it_was_being_sent() {
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: "Planning".to_owned(),
    });
    desk.invite(BO, Part::Required);
    let draft = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![draft], &scene);
    let view = next.view();
    assert_eq!(
        (view.title.as_str(), view.saved.as_str()),
        ("Planning", "Draft saved")
    );
    assert_eq!(view.invitees[0].address, BO);

    desk.send().unwrap();
    desk.act();
    let draft = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![draft.clone()], &scene);
    assert_eq!(next.view().outcome.unwrap().kind, OutcomeKind::Sending);
    // The journal has nothing of it: it never left.
    let nothing = Posts {
        restored: true,
        all: Vec::new(),
    };
    next.schedule.posted(&nothing);
    assert_eq!(next.view().outcome, None);
    assert!(next.view().send.ready);
}

#[test]
fn a_change_of_an_own_meeting_sends_what_is_different() {
    let own = meeting("Planning", "24 09:00", "24 10:00");
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: "A new one".to_owned(),
    });
    let entry = board(std::slice::from_ref(&own)).entries.remove(0);
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.open_edit(&entry, &scene);
    desk.know(&[own]);
    let view = desk.view();
    assert_eq!(
        (view.heading.as_str(), view.title.as_str()),
        ("Change meeting", "Planning")
    );
    assert_eq!(view.when, "Tue 24 Nov, 10:00 – 11:00");
    assert_eq!(view.send.missing, "Nothing is changed yet.");
    assert!(
        line(&view, "You")
            .spans
            .iter()
            .all(|span| span.text != "Planning")
    );

    desk.change(ScheduleChange::Move { quarters: 4 });
    desk.change(ScheduleChange::Uninvite {
        address: ROOM.to_owned(),
    });
    let Ok(Intent::Change { meeting, to }) = desk.send() else {
        panic!("it can be sent");
    };
    assert_eq!(meeting.start, at("24 09:00"));
    assert_eq!(
        to.when.map(|(start, end, _)| (start, end)),
        Some((at("24 10:00"), at("24 11:00")))
    );
    assert_eq!(
        to.people.map(|people| (people.required, people.rooms)),
        Some((vec![BO.to_owned()], vec![]))
    );
    assert_eq!((to.title, to.message, to.join), (None, None, None));
    // The new one that was left is still there.
    desk.posted(Progress::Settled(Settled {
        at: desk.now,
        outcome: Outcome::Done,
    }));
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.open_new(&scene);
    assert_eq!(desk.view().title, "A new one");
}

#[test]
fn people_s_time_is_asked_once_and_again_when_it_is_old() {
    let mut desk = Desk::new();
    let asked = desk.invite(BO, Part::Required);
    let question = |all: &[Action]| {
        all.iter().find_map(|one| match one {
            Action::Ask(question) => Some(question.clone()),
            _ => None,
        })
    };
    let first = question(&asked).unwrap();
    assert_eq!(first.people, ["anna@example.org", BO]);
    assert!(desk.view().asking);
    // Nothing else while it is open.
    assert_eq!(question(&desk.invite(ROOM, Part::Room)), None);
    desk.tell(|_| free());
    assert_eq!(question(&desk.asked.clone()).unwrap().people, [ROOM]);
    desk.tell(|_| free());
    assert!(!desk.view().asking);
    desk.now = at("23 07:04");
    assert_eq!(desk.act(), vec![]);
    desk.now = at("23 07:05");
    assert_eq!(question(&desk.act()).unwrap().people.len(), 3);
    // An answer that does not come is not asked for in a circle.
    let serial = question(&desk.asked.clone()).unwrap().serial;
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.told(serial, None, &scene);
    assert_eq!(desk.act(), vec![]);
    desk.now = at("23 07:06");
    assert!(question(&desk.act()).is_some());
    // Nobody looks any more.
    desk.now = at("23 09:00");
    assert_eq!(desk.act(), vec![]);
}

#[test]
fn a_draft_that_is_thrown_away_is_gone_from_the_store() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    let after = desk.change(ScheduleChange::Discard);
    assert!(after.contains(&Action::Drop { edit: false }));
    assert!(desk.view().invitees.is_empty());
}
