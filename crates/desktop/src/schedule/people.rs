//! People by the meetings that the user has had with them.

use std::collections::BTreeMap;

use calendar::meeting::{Person, Role};

use crate::{
    board::Board,
    view::{CandidateView, Part, RoomView},
    words::Words,
};

/// How many are offered.
const MOST: usize = 8;

/// Everybody in the meetings that are known, by address in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Acquaintances(BTreeMap<String, Acquaintance>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Acquaintance {
    person: Person,
    room: bool,
    meetings: u32,
}

impl Acquaintances {
    /// From the meetings of all accounts.
    pub(crate) fn of(board: &Board) -> Self {
        let mut all: BTreeMap<String, Acquaintance> = BTreeMap::new();
        for entry in &board.entries {
            let attendees = entry.meeting.attendees.iter();
            let people = attendees
                .map(|one| (&one.person, one.role == Role::Resource))
                .chain(entry.meeting.organizer.iter().map(|one| (one, false)));
            for (person, room) in people {
                let Some(address) = &person.address else {
                    continue;
                };
                let known = all
                    .entry(address.to_lowercase())
                    .or_insert_with(|| Acquaintance {
                        person: person.clone(),
                        room,
                        meetings: 0,
                    });
                known.meetings += 1;
                if known.person.name.is_empty() {
                    known.person.name.clone_from(&person.name);
                }
            }
        }
        Self(all)
    }

    /// With rooms that nobody has been to yet.
    pub(crate) fn and_rooms(mut self, rooms: &[Person]) -> Self {
        for room in rooms {
            let Some(address) = &room.address else {
                continue;
            };
            let known = self.0.entry(address.to_lowercase());
            let known = known.or_insert_with(|| Acquaintance {
                person: room.clone(),
                room: true,
                meetings: 0,
            });
            // Where it is invited as if it were somebody, it is a room still.
            known.room = true;
        }
        self
    }

    /// The person with this address.
    pub(super) fn find(&self, address: &str) -> Option<&Person> {
        self.0.get(&address.to_lowercase()).map(|one| &one.person)
    }

    /// The rooms, by name.
    pub(super) fn rooms(&self) -> Vec<RoomView> {
        let mut rooms: Vec<RoomView> = self
            .0
            .values()
            .filter(|one| one.room)
            .filter_map(|one| {
                Some(RoomView {
                    address: one.person.address.clone()?,
                    name: shown(&one.person),
                })
            })
            .collect();
        rooms.sort_by(|a, b| a.name.cmp(&b.name));
        rooms
    }

    /// Those whose name or address begins as typed, who was met most often
    /// first; then those of `found` who are not among them.
    pub(crate) fn complete(
        &self,
        text: &str,
        part: Part,
        found: &[Person],
        words: &Words,
    ) -> Vec<CandidateView> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        let mut met: Vec<&Acquaintance> = self
            .0
            .values()
            .filter(|one| one.room == (part == Part::Room) && begins(&one.person, &text))
            .collect();
        met.sort_by(|a, b| {
            let order = b.meetings.cmp(&a.meetings);
            order.then_with(|| a.person.name.cmp(&b.person.name))
        });
        let known = met.into_iter().map(|one| {
            let note = words.with("met-times", [("count", one.meetings.into())]);
            (&one.person, if one.room { String::new() } else { note })
        });
        let others = found
            .iter()
            .filter(|one| {
                one.address
                    .as_deref()
                    .is_some_and(|a| self.find(a).is_none())
            })
            .map(|one| (one, String::new()));
        known
            .chain(others)
            .filter_map(|(person, note)| {
                Some(CandidateView {
                    address: person.address.clone()?,
                    name: shown(person),
                    note,
                })
            })
            .take(MOST)
            .collect()
    }
}

/// Name, or the address where no name is known.
pub(super) fn shown(person: &Person) -> String {
    if person.name.is_empty() {
        person.address.clone().unwrap_or_default()
    } else {
        person.name.clone()
    }
}

fn begins(person: &Person, text: &str) -> bool {
    let name = person.name.to_lowercase();
    name.starts_with(text)
        || name.split_whitespace().any(|word| word.starts_with(text))
        || person
            .address
            .as_deref()
            .is_some_and(|address| address.to_lowercase().starts_with(text))
}
