//! What the user does about meetings on another screen.

use chrono::{DateTime, Duration, Utc};
use exchange_sim::{
    World,
    world::details::{Reminder, Response},
};

use super::{Kind, Occurrence, Truth, keywords::Asking};

impl Truth {
    /// Dismisses the reminder of a meeting that rings for it alone: one that
    /// rings at `now` if there is one. Outlook does so by taking the reminder
    /// off the item. A meeting with a link to join rings without it as well.
    pub fn dismiss_elsewhere(&mut self, world: &mut World, which: usize, now: DateTime<Utc>) {
        let asks = |one: &Occurrence| {
            let (number, day) = (one.number, one.day);
            self.keywords.contains(&Asking { number, day })
        };
        let rings = |one: &Occurrence| {
            one.start - Duration::minutes(5) <= now && now < one.end && one.rings()
        };
        let fit = |one: &Occurrence| one.kind == Kind::Reminded && !one.dismissed && !asks(one);
        let all: Vec<usize> = self.places(fit);
        let ringing = all
            .iter()
            .copied()
            .filter(|at| rings(&self.occurrences[*at]));
        let ringing: Vec<usize> = ringing.collect();
        let chosen = chosen(if ringing.is_empty() { &all } else { &ringing }, which);
        if let Some(at) = chosen {
            self.change(
                world,
                at,
                |occurrence| occurrence.dismissed = true,
                |details| details.reminder = Reminder::Off,
            );
        }
    }

    /// Declines one occurrence of a series that somebody else has called (F34);
    /// whether there was one.
    pub fn decline(&mut self, world: &mut World, which: usize) -> bool {
        let fit = |one: &Occurrence| {
            let alone = self.copies(one.number).len() == 1;
            one.kind == Kind::Call && one.day.is_some() && !one.cancelled && !one.declined && alone
        };
        let all = self.places(fit);
        let chosen = chosen(&all, which);
        if let Some(at) = chosen {
            self.change(
                world,
                at,
                |occurrence| occurrence.declined = true,
                |details| details.my_response = Response::Decline,
            );
        }
        chosen.is_some()
    }

    fn places(&self, fit: impl Fn(&Occurrence) -> bool) -> Vec<usize> {
        let all = self.occurrences.iter().enumerate();
        all.filter(|(_, one)| fit(one)).map(|(at, _)| at).collect()
    }
}

fn chosen(places: &[usize], which: usize) -> Option<usize> {
    places.get(which.checked_rem(places.len())?).copied()
}
