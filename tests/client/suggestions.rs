//! Times for a meeting: what Joinbell suggests beside what the server does,
//! from the same calendars.

#![expect(clippy::expect_used, reason = "a scenario ends where a step fails")]

use std::sync::Arc;

use calendar::availability::{Hours, Part, Party, Reason, Stretches, Taken, Wish, suggest};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use ews::{
    Client, Credentials, Endpoint, Options,
    item::Smtp,
    operation::{AttendeeType, Availability, BusyType, GetUserAvailability, Quality, SuggestTimes},
};
use exchange_sim::{Simulator, World, world::details::Details};

const PASSWORD: &str = "correct horse";
const ZONE: Tz = Tz::Europe__Stockholm;
const DAYS: i64 = 40;
const PEOPLE: usize = 6;

fn person(number: usize) -> String {
    format!("person{number}@example.org")
}

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day")
}

/// Calendars of random meetings, the same for the same seed.
fn office(now: DateTime<Utc>) -> World {
    let mut dice = fastrand::Rng::with_seed(5);
    let mut world = World::empty(now);
    for number in 0..PEOPLE {
        let who = person(number);
        world.add_mailbox(&who, "Somebody", ZONE, PASSWORD);
        for day in 0..DAYS {
            // Every second day is so full that nobody's time is everybody's.
            let most = if day % 2 == 0 { 5 } else { 16 };
            for _ in 0..dice.usize(0..most) {
                let begin = now + Duration::days(day) + Duration::minutes(30 * dice.i64(12..36));
                let end = begin + Duration::minutes(30 * dice.i64(1..5));
                world
                    .add(&who, Details::new("Taken", begin, end, ZONE))
                    .expect("a meeting");
            }
        }
    }
    world
}

fn party(answer: Availability) -> Party {
    let busy = answer.busy.expect("the time of somebody");
    let told = answer.hours.expect("when somebody works");
    let (days, from, to) = told.periods.first().expect("a working day").clone();
    let taken = busy.iter().filter_map(|one| {
        let taken = match one.busy {
            BusyType::Free => return None,
            BusyType::Tentative => Taken::Tentative,
            BusyType::Busy => Taken::Busy,
            BusyType::OutOfOffice => Taken::OutOfOffice,
            BusyType::Elsewhere => Taken::Elsewhere,
            BusyType::NoData => Taken::Unknown,
        };
        Some((one.start, one.end, taken))
    });
    Party {
        part: Part::Required,
        time: Some(Stretches::merged(taken)),
        hours: Some(Hours {
            days: days.into_iter().collect(),
            from,
            to,
            zone: ZONE,
        }),
    }
}

#[tokio::test]
async fn the_order_of_suggestions_is_that_of_the_server_from_the_same_calendars() {
    let now = monday().and_time(NaiveTime::MIN).and_utc();
    let options = exchange_sim::Options {
        clock: Arc::new(move || now),
        ..exchange_sim::Options::default()
    };
    let simulator = Simulator::start(office(now), options)
        .await
        .expect("a simulator");
    let endpoint = Endpoint::new(&simulator.ews_url(), None).expect("an endpoint");
    let credentials = Credentials::Password {
        user: person(0),
        password: PASSWORD.to_owned().into(),
        basic: ews::Basic::Refused,
    };
    let client = Client::new(endpoint, credentials, Options::default()).expect("a client");
    let mailboxes: Vec<(Smtp, AttendeeType)> = (0..PEOPLE)
        .map(|number| {
            let kind = match number {
                0 => AttendeeType::Organizer,
                _ => AttendeeType::Required,
            };
            (Smtp(person(number)), kind)
        })
        .collect();
    let (mut free, mut tight) = (0, 0);
    for day in (0..DAYS).map(|day| now + Duration::days(day)) {
        let times = GetUserAvailability {
            mailboxes: mailboxes.clone(),
            start: day,
            end: day + Duration::days(1),
        };
        let parties: Vec<Party> = client
            .call(&times)
            .await
            .expect("an answer")
            .into_iter()
            .map(|answer| party(answer.expect("a mailbox")))
            .collect();
        let wish = Wish {
            length: Duration::minutes(60),
            // Their day, 8 to 17 in winter: at night everybody is free.
            within: day + Duration::hours(7)..day + Duration::hours(16),
            step: Duration::minutes(30),
            buffer: Duration::zero(),
            most: 48,
        };
        let outside = |reason: &Reason| matches!(reason, Reason::OutsideHours(_));
        let mut ours = suggest(&parties, &wish, now);
        ours.retain(|one| !one.reasons.iter().any(outside));
        let wanted = SuggestTimes {
            mailboxes: mailboxes.clone(),
            first: day.date_naive(),
            days: 1,
            minutes: 60,
            least: Quality::Poor,
        };
        let theirs = client.call(&wanted).await.expect("an answer");
        let theirs = theirs.expect("suggestions");
        let best = theirs.first().map(|one| one.quality);
        if best == Some(Quality::Excellent) {
            // Everybody is free: the same times in the same order.
            let theirs: Vec<_> = theirs
                .iter()
                .filter(|one| one.quality == Quality::Excellent)
                .map(|one| one.start)
                .collect();
            let ours: Vec<_> = ours
                .iter()
                .map(|one| one.start)
                .take(theirs.len())
                .collect();
            assert_eq!(ours, theirs, "on {day}");
            free += 1;
        } else if !theirs.is_empty() && !ours.is_empty() {
            // The server counts in quarters and we count people: of its times
            // none misses fewer, and those that miss as few are in our order.
            let away = |one: &ews::operation::Suggestion| {
                let taken = one.people.iter().flatten();
                taken.filter(|busy| **busy != BusyType::Free).count()
            };
            let fewest = ours[0].reasons.iter().find_map(|reason| match reason {
                Reason::Away(who) => Some(who.len()),
                _ => None,
            });
            let fewest = fewest.expect("somebody is missed");
            assert!(theirs.iter().all(|one| away(one) >= fewest), "on {day}");
            let theirs: Vec<_> = theirs
                .iter()
                .filter(|one| away(one) == fewest)
                .map(|one| one.start)
                .collect();
            let ours: Vec<_> = ours
                .iter()
                .map(|one| one.start)
                .filter(|start| theirs.contains(start))
                .collect();
            assert_eq!(ours, theirs, "on {day}");
            tight += 1;
        }
    }
    println!("{free} days with time for all, {tight} days without");
    assert!(free > 5 && tight > 2, "{free} {tight}");
}
