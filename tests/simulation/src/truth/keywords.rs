//! Keywords that ask for join details, and where those stand in the end (I7).

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    World,
    world::details::{Body, Details},
};

use super::{Homes, Kind, Occurrence, Truth};

/// A keyword that asks for join details: in an item, or in one occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asking {
    pub(super) number: u32,
    pub(super) day: Option<NaiveDate>,
}

/// The words around join details that Joinbell has written.
const BLOCK: &str = "---- Joinbell ----";

impl Truth {
    /// Adds a series of three days of the user's own, with a keyword in the
    /// first of them alone (F40).
    pub fn add_keyword_on_one(&mut self, world: &mut World, zone: Tz, start: DateTime<Utc>) {
        let number = self.next + 1;
        self.series(world, zone, start, 3, Kind::Reminded, Homes::All);
        let day = start.with_timezone(&zone).date_naive();
        let Some((home, item)) = self.copies(number).first().copied() else {
            return;
        };
        let asked = world.change_occurrence(home, item, day, |details| {
            "@webex".clone_into(&mut details.location);
        });
        if asked.is_ok() {
            let day = Some(day);
            self.keywords.push(Asking { number, day });
        }
    }

    /// Writes another keyword in the place of one (F38).
    pub fn rewrite_keyword(&mut self, world: &mut World, which: usize) {
        let count = self.keywords.len();
        let chosen = which
            .checked_rem(count)
            .and_then(|at| self.keywords.get(at));
        let Some(Asking { number, day: None }) = chosen else {
            return;
        };
        for (home, item) in self.copies(*number) {
            // It may have been deleted meanwhile.
            let _changed = world.change(home, item, |item| {
                "@meet:myroom".clone_into(&mut item.details.location);
            });
        }
    }

    /// How many keywords have asked so far.
    pub fn keywords(&self) -> usize {
        self.keywords.len()
    }

    /// I7, as far as it holds at any time: join details stand nowhere twice,
    /// and only where they were asked for and in the organizer's copy. At the
    /// end (`now`) they stand wherever a meeting that is not over asks.
    pub fn join_details(&self, world: &World, end: Option<DateTime<Utc>>) -> Result<(), String> {
        for (number, (home, item)) in &self.items {
            let Some(item) = world.mailbox(home).and_then(|m| m.calendar.item(*item)) else {
                continue;
            };
            let organizes = self.copies(*number).first().map(|(first, _)| first) == Some(home);
            let mut bodies = vec![(None, body(&item.details))];
            if let Some(series) = &item.series {
                let changed = series.changed.iter();
                bodies.extend(changed.map(|(day, details)| (Some(*day), body(details))));
            }
            for (day, body) in bodies {
                let blocks = body.matches(BLOCK).count();
                let number = *number;
                let asks = organizes && self.keywords.contains(&Asking { number, day });
                if blocks > usize::from(asks) {
                    return Err(format!(
                        "{blocks} blocks of join details in {number} {day:?}"
                    ));
                }
                let of_this = |one: &&Occurrence| {
                    one.number == number && (one.day == day || one.day.is_none())
                };
                let stands = self.occurrences.iter().find(of_this);
                let lasts = stands
                    .is_some_and(|one| end.is_some_and(|end| end < one.end) && !one.cancelled);
                if asks && lasts && blocks == 0 {
                    return Err(format!(
                        "{number} {day:?} asks for join details and has none"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn body(details: &Details) -> &str {
    match &details.body {
        Body::Text(text) | Body::Html(text) => text,
    }
}
