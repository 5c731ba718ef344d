//! Series: what the simulated Exchange expands in its CalendarView, and what
//! the client makes of the same series where the server does not (grommunio).

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario ends where a step fails"
)]

use std::{collections::BTreeMap, sync::Arc};

use calendar::{
    Meeting, Window,
    join::Services,
    meeting::{MeetingId, Series as Place},
    span::local_midnight,
};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use engine::{
    Backend as _,
    backend::{Cursor, Known, Listing, Read, Version},
    exchange::{Account, ExchangeBackend},
};
use exchange_sim::{
    Options, Personality, Simulator, World,
    world::{
        details::Details,
        series::{Pattern, Range, Series},
    },
};
use vault::sensitive::Sensitive;

const ANNA: &str = "anna@example.org";
const PASSWORD: &str = "canary-password-1";
const ZONE: Tz = Tz::Europe__Stockholm;
const SERIES: usize = 400;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The window around noon of a day, long enough for both of its ends to be
/// left out.
fn window(around: &str) -> Window {
    let noon = local_midnight(day(around), ZONE) + Duration::hours(12);
    Window::around(noon, ZONE)
}

async fn server(personality: Personality, now: DateTime<Utc>, world: World) -> Simulator {
    let options = Options {
        clock: Arc::new(move || now),
        personality,
        ..Options::default()
    };
    Simulator::start(world, options).await.expect("a simulator")
}

fn backend(simulator: &Simulator) -> ExchangeBackend {
    let password = Sensitive::new(PASSWORD.to_owned());
    let account = Account::new(simulator.ews_url(), ANNA, password, None);
    ExchangeBackend::new(&account, Services::built_in().clone()).expect("a back end")
}

fn empty(now: DateTime<Utc>) -> World {
    let mut world = World::empty(now);
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    world
}

/// One listing of the whole window by somebody who knows nothing yet.
async fn listed(backend: &ExchangeBackend, window: Window) -> Vec<(Meeting, Version)> {
    let versions = BTreeMap::new();
    let known = Known {
        cursor: None,
        versions: &versions,
        same_window: false,
    };
    let pull = backend.pull(window, ZONE, known).await.expect("a pull");
    match pull.listing {
        Listing::Complete { put, read, .. } => {
            assert_eq!(read, Read::All);
            put
        }
        Listing::Unchanged => panic!("a first pull lists"),
    }
}

fn pick<T: Clone>(dice: &mut fastrand::Rng, all: &[T]) -> T {
    all[dice.usize(..all.len())].clone()
}

fn any_days(dice: &mut fastrand::Rng) -> Vec<Weekday> {
    let sets: [&[Weekday]; 5] = [
        &[Weekday::Tue],
        &[Weekday::Sun],
        &[Weekday::Sat, Weekday::Sun],
        &[
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
        ],
        &[
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ],
    ];
    pick(dice, &sets).to_vec()
}

fn any_pattern(dice: &mut fastrand::Rng) -> Pattern {
    let every = dice.u32(1..4);
    let (month, on, week) = (dice.u32(1..13), dice.u32(1..32), dice.u32(1..6));
    match dice.u8(..8) {
        0..=1 => Pattern::Daily { every },
        2..=3 => Pattern::Weekly {
            every,
            days: (0..7_u8)
                .filter(|_| dice.bool())
                .chain([3])
                .filter_map(|number| Weekday::try_from(number).ok())
                .collect::<std::collections::HashSet<_>>()
                .into_iter()
                .collect(),
            week_begins: pick(dice, &[Weekday::Mon, Weekday::Sun]),
        },
        4 => Pattern::MonthlyOn { every, day: on },
        5 => Pattern::MonthlyThe {
            every,
            week,
            days: any_days(dice),
        },
        6 => Pattern::YearlyOn { month, day: on },
        _ => Pattern::YearlyThe {
            month,
            week,
            days: any_days(dice),
        },
    }
}

/// Random series around a window, with changed and deleted occurrences; the
/// same for the same seed.
fn random_series(world: &mut World, window: Window, seed: u64) {
    let mut dice = fastrand::Rng::with_seed(seed);
    let zones = [
        Tz::Europe__Stockholm,
        Tz::America__New_York,
        Tz::Asia__Kolkata,
        Tz::Australia__Sydney,
        Tz::UTC,
    ];
    let first_day = window.start.date_naive();
    for number in 0..SERIES {
        let zone = pick(&mut dice, &zones);
        let first = first_day - Duration::days(dice.i64(-20..400));
        let all_day = dice.u8(..8) == 0;
        let time = if all_day {
            NaiveTime::MIN
        } else {
            let (hour, minute) = (dice.u32(..24), pick(&mut dice, &[0, 30]));
            NaiveTime::from_hms_opt(hour, minute, 0).expect("a time")
        };
        let start = zone.from_local_datetime(&first.and_time(time)).earliest();
        // A series does not begin at a time that is skipped.
        let Some(start) = start.map(|start| start.with_timezone(&Utc)) else {
            continue;
        };
        let end = if all_day {
            local_midnight(first + Duration::days(dice.i64(1..3)), zone)
        } else {
            start + Duration::minutes(15 * dice.i64(1..20))
        };
        let mut details = Details::new(format!("Series {number}"), start, end, zone);
        details.all_day = all_day;
        let range = match dice.u8(..3) {
            0 => Range::Endless,
            1 => Range::Until(first_day + Duration::days(dice.i64(-5..60))),
            _ => Range::Count(dice.u32(1..300)),
        };
        let series = Series::new(any_pattern(&mut dice), first, range);
        let number = world.add_series(ANNA, details, series).expect("a series");
        for _ in 0..dice.usize(..4) {
            let day = first_day + Duration::days(dice.i64(2..34));
            let moved = Duration::minutes(30 * dice.i64(-20..20));
            // The pattern may not have that day.
            let _perhaps = if dice.bool() {
                world.delete_occurrence(ANNA, number, day)
            } else {
                world.change_occurrence(ANNA, number, day, |one| {
                    one.subject.push_str(", moved");
                    if !one.all_day {
                        one.start += moved;
                        one.end += moved;
                    }
                })
            };
        }
    }
}

/// What a user sees of an agenda, the window's first and last days left out:
/// there a server counts whole days of other zones by their instants.
fn seen(meetings: &[(Meeting, Version)], window: Window) -> Vec<String> {
    let inner = window.start + Duration::days(2)..window.end - Duration::days(2);
    let mut rows: Vec<String> = meetings
        .iter()
        .map(|(meeting, _)| meeting)
        .filter(|meeting| inner.contains(&meeting.span.start(ZONE)))
        .map(|meeting| {
            let original = meeting.id.0.rsplit('@').next().unwrap_or_default();
            let Meeting {
                title,
                span,
                series,
                ..
            } = meeting;
            format!("{title}: {span:?} {series:?}, first at {original}")
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn the_occurrences_made_here_are_those_of_the_server_s_calendar_view() {
    let mut all = 0;
    // In a quiet month, over a change to summer time, and over one back.
    for (seed, around) in [(1, "2026-11-24"), (2, "2026-03-20"), (3, "2026-10-16")] {
        let window = window(around);
        let now = window.start + Duration::days(7);
        let world = || {
            let mut world = empty(now);
            random_series(&mut world, window, seed);
            world
        };
        let exchange = server(Personality::ExchangeSe, now, world()).await;
        let grommunio = server(Personality::Grommunio, now, world()).await;
        let theirs = listed(&backend(&exchange), window).await;
        let ours = listed(&backend(&grommunio), window).await;
        let (theirs, ours) = (seen(&theirs, window), seen(&ours, window));
        for (their, our) in theirs.iter().zip(&ours) {
            assert_eq!(their, our, "around {around}");
        }
        assert_eq!(theirs.len(), ours.len(), "around {around}");
        assert!(ours.iter().any(|row| row.contains("moved")));
        all += ours.len();
    }
    println!("{} series, {all} occurrences, the same", 3 * SERIES);
    assert!(all > 5_000, "{all}");
}

/// What an engine keeps between two pulls.
struct Held {
    cursor: Option<Cursor>,
    meetings: BTreeMap<MeetingId, (Meeting, Version)>,
}

impl Held {
    /// Pulls, and gives back how many meetings were read anew.
    async fn pull(&mut self, backend: &ExchangeBackend, window: Window) -> usize {
        let versions: BTreeMap<MeetingId, Version> = self
            .meetings
            .iter()
            .map(|(id, (_, version))| (id.clone(), version.clone()))
            .collect();
        let known = Known {
            cursor: self.cursor.as_ref(),
            versions: &versions,
            same_window: self.cursor.is_some(),
        };
        let pull = backend.pull(window, ZONE, known).await.expect("a pull");
        self.cursor = Some(pull.cursor);
        let Listing::Complete { kept, put, .. } = pull.listing else {
            return 0;
        };
        self.meetings.retain(|id, _| kept.contains(id));
        let anew = put.len();
        let put = put.into_iter().map(|one| (one.0.id.clone(), one));
        self.meetings.extend(put);
        anew
    }

    fn exceptions(&self) -> Vec<&str> {
        let meetings = self.meetings.values().map(|(meeting, _)| meeting);
        meetings
            .filter(|meeting| meeting.series == Place::Exception)
            .map(|meeting| meeting.title.as_str())
            .collect()
    }
}

#[tokio::test]
async fn grommunio_quirk_04_and_11_a_changed_occurrence_is_seen_although_nothing_tells_of_it() {
    let window = window("2026-11-24");
    let now = window.start + Duration::days(7);
    let mut world = empty(now);
    // Its first instance is long over: no CalendarView has it.
    let start = "2026-08-03T07:00:00Z".parse().expect("a moment");
    let review = Details::new("Review", start, start + Duration::hours(1), ZONE);
    let mondays = Pattern::Weekly {
        every: 1,
        days: vec![Weekday::Mon],
        week_begins: Weekday::Mon,
    };
    let series = Series::new(mondays, day("2026-08-03"), Range::Endless);
    let number = world.add_series(ANNA, review, series).expect("a series");
    let simulator = server(Personality::Grommunio, now, world).await;
    let backend = backend(&simulator);
    let mut held = Held {
        cursor: None,
        meetings: BTreeMap::new(),
    };
    assert_eq!(held.pull(&backend, window).await, 5);
    assert_eq!(held.pull(&backend, window).await, 0, "nothing is read anew");
    assert_eq!(held.meetings.len(), 5);

    simulator.world(|world| {
        let renamed = world.change_occurrence(ANNA, number, day("2026-11-30"), |one| {
            one.subject = "Review of the year".to_owned();
        });
        renamed.expect("an occurrence");
    });
    let ids: Vec<MeetingId> = held.meetings.keys().cloned().collect();
    held.pull(&backend, window).await;
    assert_eq!(held.exceptions(), ["Review of the year"]);
    let kept: Vec<MeetingId> = held.meetings.keys().cloned().collect();
    assert_eq!(kept, ids, "each occurrence has the name it had");

    simulator.world(|world| {
        let deleted = world.delete_occurrence(ANNA, number, day("2026-12-07"));
        deleted.expect("an occurrence");
    });
    held.pull(&backend, window).await;
    assert_eq!(held.meetings.len(), 4);
}
