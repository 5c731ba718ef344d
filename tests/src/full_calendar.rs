//! Calendars of any size for benches.

#![expect(clippy::expect_used, reason = "a bench ends where a step fails")]

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    World,
    world::details::{Details, Person, Response},
};

/// Whose calendar it is.
pub const OWNER: &str = "anna@example.org";
/// Her password.
pub const PASSWORD: &str = "a password for the bench";
/// Her zone.
pub const ZONE: Tz = Tz::Europe__Stockholm;

/// A world with one calendar of so many meetings, spread evenly from six days
/// back to thirty days ahead, so that the window holds all of them. Each has
/// three attendees and an HTML body of some 1.3 kB which no other one has.
///
/// # Panics
/// When the world takes no item.
pub fn world(now: DateTime<Utc>, meetings: usize) -> World {
    let mut world = World::empty(now);
    world.add_mailbox(OWNER, "Anna Berg", ZONE, PASSWORD);
    let count = i64::try_from(meetings).unwrap_or(i64::MAX).max(1);
    let step = Duration::days(36) / i32::try_from(count).unwrap_or(i32::MAX);
    let mut start = now - Duration::days(6);
    for number in 0..count {
        let point = format!("<p>Point {number}: a few words for each of the points.</p>");
        let mut details = Details::new(
            format!("Meeting {number}"),
            start,
            start + Duration::minutes(25),
            ZONE,
        )
        .at("https://example.webex.com/meet/anna")
        .html(point.repeat(24))
        .called_by(Person::new("Bo Dahl", "bo@example.org"), Response::Accept);
        for (name, address) in [
            ("Clara Ek", "clara@example.org"),
            ("Dora Falk", "dora@example.org"),
            ("Erik Gran", "erik@example.org"),
        ] {
            details = details.with(Person::new(name, address), Response::Accept);
        }
        world.add(OWNER, details).expect("the mailbox is there");
        start += step;
    }
    world
}
