//! What the user does about meetings on another screen.

use chrono::{DateTime, Duration, Utc};
use exchange_sim::{
    World,
    world::details::{Reminder, Response},
};

use super::{Kind, Occurrence, Truth, keywords::Asking};
use crate::oracle::Key;

impl Truth {
    /// Dismisses the reminder of a meeting: of one that rings at `now` if there
    /// is one. Outlook does so by taking the reminder off the item. A meeting
    /// with a link to join rings without it as well; gives which it was then.
    pub fn dismiss_elsewhere(
        &mut self,
        world: &mut World,
        which: usize,
        now: DateTime<Utc>,
    ) -> Option<Key> {
        let asks = |one: &Occurrence| {
            let (number, day) = (one.number, one.day);
            self.keywords.contains(&Asking { number, day })
        };
        let rings = |one: &Occurrence| {
            one.start - Duration::minutes(5) <= now && now < one.end && one.rings()
        };
        // What others' calendars say of the same meeting counts there.
        let of_one_call = |one: &Occurrence| {
            one.kind == Kind::Call && one.has_reminder() && self.copies(one.number).len() == 1
        };
        let fit = |one: &Occurrence| {
            let reminds = one.kind == Kind::Reminded || of_one_call(one);
            reminds && !one.dismissed && !asks(one)
        };
        let all: Vec<usize> = self.places(fit);
        let ringing = all
            .iter()
            .copied()
            .filter(|at| rings(&self.occurrences[*at]));
        let ringing: Vec<usize> = ringing.collect();
        let at = chosen(if ringing.is_empty() { &all } else { &ringing }, which)?;
        self.change(
            world,
            at,
            |occurrence| occurrence.dismissed = true,
            |details| details.reminder = Reminder::Off,
        );
        let done = self.occurrences.get(at)?;
        let rings_still = done.dismissed && done.kind == Kind::Call;
        rings_still.then_some((done.number, done.start))
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
