//! The schedule window's half that thinks, step by step.

mod fate;
mod whatever;
mod window;

use calendar::{
    Meeting,
    availability::{Hours, Stretches, Taken},
    meeting::{Attendee, Person, Response, Role},
    recurrence::Weekdays,
};
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use engine::{
    outbox::{Posted, Progress, Restored},
    scheduler::{Intent, NewMeeting, PersonTime, RequestId},
};

use super::{Action, Mail, Missing, Question, Schedule, Sender, sending::Ended};
use crate::{
    account::AccountId,
    board::{Board, Entry},
    screen::Surroundings,
    settings::Settings,
    view::{LineView, Part, ScheduleChange, ScheduleView},
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
        "span": { "timed": { "start": at(start), "end": at(end) } },
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
            .map(|meeting| Entry::new(AccountId("a".into()), meeting))
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
        Self::in_language(Language::ENGLISH)
    }

    fn know(&mut self, meetings: &[Meeting]) {
        self.know_from(meetings, &[("a", "anna@example.org")]);
    }

    /// With these accounts, by their ids and the user's addresses.
    fn know_from(&mut self, meetings: &[Meeting], accounts: &[(&str, &str)]) {
        let senders = accounts.iter().map(|(id, address)| Sender {
            account: AccountId((*id).into()),
            name: (*address).to_owned(),
            address: Some((*address).to_owned()),
        });
        let scene = self.surroundings.scene(self.now);
        self.schedule
            .know(&board(meetings), senders.collect(), &scene);
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
        let asked = std::mem::take(&mut self.asked);
        let mut open = asked.into_iter().filter_map(|action| match action {
            Action::Ask(question) => Some(question),
            _ => None,
        });
        let Some(Question { serial, people, .. }) = open.next_back() else {
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
        let account = AccountId("a".into());
        self.schedule.send(request, account, "token", &scene)
    }

    fn posted(&mut self, state: Progress) -> Vec<Ended> {
        let Some(intent) = self.sent_intent() else {
            panic!("nothing is on its way");
        };
        self.posts(&Mail {
            all: vec![Posted {
                request: RequestId("r1".to_owned()),
                intent,
                state,
            }],
            ..read(&[("a", Restored::Whole)])
        })
    }

    fn posts(&mut self, mail: &Mail) -> Vec<Ended> {
        let scene = self.surroundings.scene(self.now);
        self.schedule.posted(mail, &scene)
    }

    fn edit(&mut self, meeting: &Meeting) {
        let entry = board(std::slice::from_ref(meeting)).entries.remove(0);
        let scene = self.surroundings.scene(self.now);
        self.schedule.open_edit(&entry, &scene);
    }

    fn make(&mut self) {
        let scene = self.surroundings.scene(self.now);
        self.schedule.open_new(&scene);
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

/// So much of the journals of these accounts is read, and nothing is in them.
fn read(restored: &[(&str, Restored)]) -> Mail {
    let restored = restored.iter();
    Mail {
        restored: restored
            .map(|(id, restored)| (AccountId((*id).into()), *restored))
            .collect(),
        unable: std::collections::BTreeMap::new(),
        all: Vec::new(),
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
