//! What the client itself has made and answered on the server.

use exchange_sim::{
    World,
    world::{details::Response, mailbox::Item},
};

use super::{CANARY, Kind, Occurrence, Truth, mailbox};

/// The title of a meeting that the user makes.
pub fn title_of(number: u32) -> String {
    format!("{CANARY} {number} v1")
}

impl Truth {
    /// How many items of this number the mailboxes have; the first one is taken
    /// for true from now on.
    pub fn count_made(&mut self, world: &World, number: u32) -> usize {
        let title = title_of(number);
        let mut count = 0;
        for home in (0..self.accounts.max(1)).map(mailbox) {
            let items = world.mailbox(home).into_iter();
            let items = items.flat_map(|mailbox| mailbox.calendar.items());
            for item in items.filter(|item| item.details.subject == title) {
                count += 1;
                if self.made.iter().all(|(known, _)| *known != number) {
                    self.made.push((number, home));
                    self.occurrences.push(occurrence(number, item));
                }
            }
        }
        count
    }

    /// An invitation that the user has not answered otherwise: its number and
    /// its title.
    pub fn invitation(&self, which: usize) -> Option<(u32, String)> {
        let asked = |one: &&Occurrence| {
            let alone = self.copies(one.number).len() == 1;
            alone && one.day.is_none() && !one.cancelled && one.kind != Kind::Keyword
        };
        let all: Vec<&Occurrence> = self.occurrences.iter().filter(asked).collect();
        let one = all.get(which.checked_rem(all.len())?)?;
        Some((one.number, one.title()))
    }

    /// Takes out what the user's own answer has taken out; `None` where it is
    /// not there any more, else the answer.
    pub fn answered(&mut self, world: &World, number: u32) -> Option<Response> {
        let (home, item) = self.copies(number).first().copied()?;
        let there = world.mailbox(home)?.calendar.item(item);
        if there.is_none() {
            self.occurrences.retain(|one| one.number != number);
        }
        there.map(|item| item.details.my_response)
    }
}

fn occurrence(number: u32, item: &Item) -> Occurrence {
    let details = &item.details;
    Occurrence {
        number,
        day: None,
        name: 1,
        start: details.start,
        end: details.end,
        kind: if details.location.is_empty() {
            Kind::Reminded
        } else {
            Kind::Call
        },
        cancelled: false,
        declined: false,
        dismissed: false,
    }
}
