//! Worlds of any size, the same for the same numbers.

use chrono::{DateTime, Datelike, Duration, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use crate::demo;
use crate::wire::text::resolve;
use crate::world::details::{Details, Person, Response};
use crate::world::mailbox::Scope;
use crate::world::series::{Pattern, Range, Series};
use crate::world::{World, WorldError};

const FIRST: [&str; 20] = [
    "Anna", "Bo", "Clara", "David", "Elin", "Farid", "Greta", "Henrik", "Ida", "Jonas", "Karin",
    "Lars", "Maja", "Nils", "Olivia", "Per", "Rut", "Sven", "Tuva", "Ulf",
];
const LAST: [&str; 20] = [
    "Berg", "Ekman", "Nyman", "Sandell", "Holm", "Dahl", "Lind", "Fors", "Hedlund", "Modin",
    "Norling", "Palm", "Roos", "Sund", "Thorell", "Vik", "Wallin", "Ahl", "Brandt", "Falk",
];
const SUBJECTS: [&str; 8] = [
    "Planning",
    "Review",
    "Customer call",
    "One-to-one",
    "Interview",
    "Hand-over",
    "Workshop",
    "Follow-up",
];
const PLACES: [&str; 6] = [
    "@webex",
    "https://example.webex.com/meet/room",
    "Room Oak",
    "Microsoft Teams Meeting",
    "https://meet.jit.si/ExampleOrg",
    "",
];

/// The address of the n-th mailbox of a generated world.
pub fn address(number: usize) -> String {
    format!("user{number:05}@example.org")
}

/// So many mailboxes with so many items each, spread over three weeks before
/// and nine weeks after `now`; one item in ten is a weekly series. All have
/// the demo's password, and its service account may impersonate everybody.
///
/// # Errors
/// Never for addresses of its own making; the world's errors pass through.
pub fn world(
    now: DateTime<Utc>,
    zone: Tz,
    mailboxes: usize,
    items: usize,
) -> Result<World, WorldError> {
    let mut world = World::empty(now);
    world
        .add_mailbox(demo::SERVICE, "Calendar Service", zone, demo::PASSWORD)
        .impersonates = Scope::Everybody;
    for number in 0..mailboxes {
        world.add_mailbox(&address(number), &name(number), zone, demo::PASSWORD);
    }
    let monday = now
        .with_timezone(&zone)
        .date_naive()
        .week(Weekday::Mon)
        .first_day()
        - Duration::weeks(3);
    for number in 0..mailboxes {
        let address = address(number);
        for item in 0..items {
            let mix = number.wrapping_mul(31).wrapping_add(item.wrapping_mul(17));
            let day = monday + Duration::days(i64::try_from(mix % 84).unwrap_or_default());
            let day = if day.weekday().number_from_monday() > 5 {
                day - Duration::days(2)
            } else {
                day
            };
            let quarter = u32::try_from(mix % 36).unwrap_or_default();
            let time =
                NaiveTime::from_hms_opt(8 + quarter / 4, quarter % 4 * 15, 0).unwrap_or_default();
            let start = resolve(day.and_time(time), zone);
            let colleague = (number + item + 1) % mailboxes.max(1);
            let minutes = [15, 30, 30, 60].get(mix % 4).copied().unwrap_or(30);
            let details = Details::new(
                pick(&SUBJECTS, mix),
                start,
                start + Duration::minutes(minutes),
                zone,
            )
            .at(pick(&PLACES, mix / 3))
            .called_by(
                Person::new(name(colleague), self::address(colleague)),
                Response::Accept,
            )
            .with(Person::new(name(number), address.clone()), Response::Accept);
            if item % 10 == 0 {
                let pattern = Pattern::Weekly {
                    every: 1,
                    days: vec![day.weekday()],
                    week_begins: Weekday::Mon,
                };
                world.add_series(&address, details, Series::new(pattern, day, Range::Endless))?;
            } else {
                world.add(&address, details)?;
            }
        }
    }
    Ok(world)
}

fn name(number: usize) -> String {
    format!(
        "{} {}",
        pick(&FIRST, number),
        pick(&LAST, number / FIRST.len())
    )
}

fn pick(words: &[&'static str], at: usize) -> &'static str {
    words
        .get(at % words.len().max(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_world_has_what_was_asked_for_and_is_the_same_again() {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let make = || world(now, Tz::Europe__Stockholm, 3, 20).unwrap();
        let (one, other) = (make(), make());
        let count = |world: &World| world.mailbox(&address(2)).unwrap().calendar.items().count();
        assert_eq!((count(&one), one.mailboxes().count()), (20, 4));
        let subjects = |world: &World| -> Vec<(String, DateTime<Utc>)> {
            let items = world.mailbox(&address(1)).unwrap().calendar.items();
            items
                .map(|item| (item.details.subject.clone(), item.details.start))
                .collect()
        };
        assert_eq!(subjects(&one), subjects(&other));
    }
}
