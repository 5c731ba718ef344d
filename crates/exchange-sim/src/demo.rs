//! A believable working day around a moment, to look at and to test with.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use crate::wire::text::resolve;
use crate::world::details::{Attendee, Busy, Details, Person, Reminder, Response, Sensitivity};
use crate::world::mailbox::{MailboxKind, Scope};
use crate::world::series::{Pattern, Range, Series};
use crate::world::{World, WorldError};

/// Whose day it is.
pub const ADDRESS: &str = "anna@example.org";
/// The password of every mailbox in the demo.
pub const PASSWORD: &str = "correct horse battery staple";
/// An account that may impersonate everybody.
pub const SERVICE: &str = "svc-calendar@example.org";

const PEOPLE: &[(&str, &str)] = &[
    (ADDRESS, "Anna Berg"),
    ("bo@example.org", "Bo Ekman"),
    ("clara@example.org", "Clara Nyman"),
    ("david@example.org", "David Ström"),
    ("elin@example.org", "Elin Sandell"),
    ("farid@example.org", "Farid Rahmani"),
    ("greta@example.org", "Greta Holm"),
    ("henrik@example.org", "Henrik Dahl"),
];

const WEBEX: &str = "https://example.webex.com/meet/anna.berg";
const TEAMS: &str = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NzA1ZWQ4%40thread.v2/0?context=%7b%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22%7d";
const ZOOM: &str = "https://example.zoom.us/j/85123456789?pwd=Q0xBUkEtTllNQU4";
const JITSI: &str = "https://meet.jit.si/ExampleOrgStandUp";
const MEET: &str = "https://meet.google.com/abc-defg-hij";

/// A working day around `now` in `zone`, for [`ADDRESS`]: the next meeting
/// begins six to seven minutes after `now`, on a full minute.
pub fn day(now: DateTime<Utc>, zone: Tz) -> World {
    let mut world = World::empty(now - Duration::days(20));
    // Everything below goes into mailboxes added here, so nothing can be missing.
    if let Err(error) = fill(&mut world, now, zone) {
        tracing::error!(%error, "the demo day is incomplete");
    }
    world.set_now(now);
    world
}

fn person(at: usize) -> Person {
    PEOPLE
        .get(at)
        .map(|(address, name)| Person::new(*name, *address))
        .unwrap_or_default()
}

/// Times around a moment in a zone.
struct Day {
    now: DateTime<Utc>,
    zone: Tz,
    today: NaiveDate,
}

impl Day {
    /// The next full minute, so many minutes from now.
    fn soon(&self, minutes: i64) -> DateTime<Utc> {
        let at = self.now + Duration::minutes(minutes);
        let seconds = i64::from(at.second());
        let whole = at - Duration::nanoseconds(i64::from(at.nanosecond()));
        if seconds == 0 {
            whole
        } else {
            whole + Duration::seconds(60 - seconds)
        }
    }

    /// A wall time on the day so many days from today.
    fn at(&self, days: i64, hour: u32, minute: u32) -> DateTime<Utc> {
        let time = chrono::NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        resolve(
            (self.today + Duration::days(days)).and_time(time),
            self.zone,
        )
    }

    /// An item of so many minutes.
    fn item(&self, subject: &str, start: DateTime<Utc>, minutes: i64) -> Details {
        Details::new(
            subject,
            start,
            start + Duration::minutes(minutes),
            self.zone,
        )
    }
}

fn fill(world: &mut World, now: DateTime<Utc>, zone: Tz) -> Result<(), WorldError> {
    for (address, name) in PEOPLE {
        world.add_mailbox(address, name, zone, PASSWORD);
    }
    for (address, name) in [
        ("room-oak@example.org", "Room Oak"),
        ("room-birch@example.org", "Room Birch"),
    ] {
        world.add_mailbox(address, name, zone, PASSWORD).kind = MailboxKind::Room;
    }
    world
        .add_mailbox(SERVICE, "Calendar Service", zone, PASSWORD)
        .impersonates = Scope::Everybody;
    let day = Day {
        now,
        zone,
        today: now.with_timezone(&zone).date_naive(),
    };
    around_now(world, &day)?;
    whole_days(world, &day)?;
    series(world, &day)?;
    other_days(world, &day)?;
    colleagues(world, &day)
}

fn around_now(world: &mut World, day: &Day) -> Result<(), WorldError> {
    world.add(
        ADDRESS,
        day.item("Release planning", day.soon(6), 45)
            .at("@webex")
            .html(format!(
                "<html><body><p>Hello all,</p><p>Agenda: open bugs, dates, who tests what.</p>\
                 <p><a href=\"{WEBEX}\">Join the meeting</a></p></body></html>"
            ))
            .called_by(person(1), Response::Accept)
            .with(person(0), Response::Accept)
            .with(person(2), Response::Accept)
            .with(person(3), Response::Tentative)
            .with(person(4), Response::Unknown),
    )?;
    world.add(
        ADDRESS,
        day.item("Budget follow-up", day.soon(-21), 40)
            .at("Microsoft Teams Meeting")
            .html(format!(
                "<html><body><p>We go through the figures of the quarter.</p>\
                 <p>________________</p><p>Microsoft Teams meeting</p>\
                 <p><a href=\"{TEAMS}\">Join on your computer or mobile app</a></p></body></html>"
            ))
            .called_by(person(4), Response::Accept)
            .with(person(0), Response::Accept)
            .with(person(5), Response::Accept),
    )?;
    let mut tentative = day
        .item("Supplier demo", day.soon(26), 60)
        .at(ZOOM)
        .text(format!("Clara invites you to a scheduled Zoom meeting.\r\n\r\nJoin: {ZOOM}\r\nPasscode: 731904\r\n"))
        .called_by(person(2), Response::Tentative)
        .with(person(0), Response::Tentative)
        .with(person(6), Response::Accept);
    tentative.busy = Busy::Tentative;
    // The supplier is far away: clients name the time there.
    tentative.zone = Tz::America__New_York;
    world.add(ADDRESS, tentative)?;
    let mut cancelled = day
        .item("Canceled: Design review", day.soon(96), 30)
        .at("Room Birch")
        .text("Moved to next week.")
        .called_by(person(3), Response::Accept)
        .with(person(0), Response::Accept);
    cancelled.cancelled = true;
    cancelled.busy = Busy::Free;
    world.add(ADDRESS, cancelled)?;
    let mut private = day.item("Dentist", day.soon(156), 60).at("Storgatan 4");
    private.sensitivity = Sensitivity::Private;
    world.add(ADDRESS, private)?;
    Ok(())
}

fn whole_days(world: &mut World, day: &Day) -> Result<(), WorldError> {
    let mut focus = Details::new("Greta on leave", day.at(0, 0, 0), day.at(1, 0, 0), day.zone);
    focus.all_day = true;
    focus.busy = Busy::Free;
    focus.reminder = Reminder::Off;
    world.add(ADDRESS, focus)?;
    let mut trip = Details::new(
        "Fair in Gothenburg",
        day.at(8, 0, 0),
        day.at(10, 0, 0),
        day.zone,
    )
    .at("Gothenburg");
    trip.all_day = true;
    trip.busy = Busy::OutOfOffice;
    world.add(ADDRESS, trip)?;
    Ok(())
}

fn series(world: &mut World, day: &Day) -> Result<(), WorldError> {
    let first =
        day.today - Duration::days(28 + i64::from(day.today.weekday().num_days_from_monday()));
    let days = vec![
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
    ];
    let begins = |hour, minute| day.at((first - day.today).num_days(), hour, minute);
    let stand_up = day
        .item("Stand-up", begins(9, 0), 15)
        .at(JITSI)
        .text(format!("Yesterday, today, obstacles.\r\n{JITSI}\r\n"))
        .called_by(person(1), Response::Accept)
        .with(person(0), Response::Accept)
        .with(person(2), Response::Accept)
        .with(person(3), Response::Accept)
        .with(person(5), Response::Accept);
    let mut pattern = Series::new(
        Pattern::Weekly {
            every: 1,
            days,
            week_begins: Weekday::Mon,
        },
        first,
        Range::Endless,
    );
    let tomorrow = next_workday(day.today);
    let mut moved = stand_up.clone();
    moved.start = day.at((tomorrow - day.today).num_days(), 9, 30);
    moved.end = moved.start + Duration::minutes(15);
    moved.location = format!("{JITSI} (half an hour later)");
    pattern.changed.insert(tomorrow, moved);
    pattern.deleted.insert(next_workday(tomorrow));
    world.add_series(ADDRESS, stand_up, pattern)?;

    let one_to_one = day
        .item("One-to-one with Henrik", begins(15, 0), 30)
        .at("Henrik's office")
        .called_by(person(7), Response::Accept)
        .with(person(0), Response::Accept);
    let pattern = Pattern::Weekly {
        every: 2,
        days: vec![Weekday::Thu],
        week_begins: Weekday::Mon,
    };
    world.add_series(
        ADDRESS,
        one_to_one,
        Series::new(pattern, first, Range::Endless),
    )?;

    let review = day
        .item("Monthly review", begins(13, 0), 90)
        .at("Room Oak")
        .text(format!("All teams. Remote: {MEET}"))
        .called_by(person(0), Response::Organizer)
        .with(person(1), Response::Accept)
        .with(person(4), Response::Decline)
        .with(person(6), Response::NoResponseReceived);
    let pattern = Pattern::MonthlyThe {
        every: 1,
        week: 5,
        days: vec![Weekday::Tue],
    };
    world.add_series(
        ADDRESS,
        review,
        Series::new(pattern, first, Range::Count(12)),
    )?;
    Ok(())
}

fn other_days(world: &mut World, day: &Day) -> Result<(), WorldError> {
    let mut workshop = day
        .item("Workshop: onboarding", day.at(1, 13, 0), 120)
        .at("Room Oak")
        .html(format!(
            "<p>Bring your laptops.</p><p>Remote: <a href=\"{TEAMS}\">Teams</a></p>"
        ))
        .called_by(person(0), Response::Organizer)
        .with(person(2), Response::Accept)
        .with(person(5), Response::NoResponseReceived);
    workshop.resources.push(Attendee::new(
        Person::new("Room Oak", "room-oak@example.org"),
        Response::Accept,
    ));
    workshop
        .optional
        .push(Attendee::new(person(6), Response::Tentative));
    world.add(ADDRESS, workshop)?;
    let rows: &[(&str, i64, u32, i64, &str, &str)] = &[
        ("Customer call", -1, 10, 60, "@webex", WEBEX),
        ("Hand-over", -2, 14, 30, "", JITSI),
        ("Interview", -3, 11, 60, "Room Birch", ""),
        (
            "Architecture forum",
            2,
            10,
            90,
            "Microsoft Teams Meeting",
            TEAMS,
        ),
        ("Lunch with Clara", 2, 12, 60, "The corner café", ""),
        ("Security review", 3, 15, 60, "", ZOOM),
        ("Quarterly town hall", 6, 16, 60, "Aula", MEET),
        ("Roadmap", 13, 9, 120, "Room Oak", WEBEX),
    ];
    for (at, (subject, days, hour, minutes, place, link)) in rows.iter().enumerate() {
        let details = day
            .item(subject, day.at(*days, *hour, 0), *minutes)
            .at(*place)
            .text(format!("{subject}\r\n{link}\r\n"))
            .called_by(person(at % 6 + 1), Response::Accept)
            .with(person(0), Response::Accept)
            .with(person((at + 3) % 6 + 1), Response::Accept);
        world.add(ADDRESS, details)?;
    }
    Ok(())
}

/// What the colleagues do, for availability.
fn colleagues(world: &mut World, day: &Day) -> Result<(), WorldError> {
    for (at, (address, _)) in PEOPLE.iter().enumerate().skip(1) {
        for days in 0..10_i64 {
            let hour = 9
                + (u32::try_from(days).unwrap_or_default()
                    + u32::try_from(at).unwrap_or_default() * 2)
                    % 8;
            world.add(address, day.item("Focus time", day.at(days, hour, 0), 60))?;
        }
    }
    Ok(())
}

fn next_workday(day: NaiveDate) -> NaiveDate {
    let mut next = day + Duration::days(1);
    while matches!(next.weekday(), Weekday::Sat | Weekday::Sun) {
        next += Duration::days(1);
    }
    next
}
