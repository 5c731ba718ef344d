//! All meetings of the window, in order.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::{Meeting, meeting::MeetingId};

/// The meetings of one calendar within the window, each id once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda {
    meetings: BTreeMap<MeetingId, Meeting>,
}

impl Agenda {
    /// An agenda without meetings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a meeting in, in place of the one with the same id.
    pub fn put(&mut self, meeting: Meeting) {
        self.meetings.insert(meeting.id.clone(), meeting);
    }

    /// Takes a meeting out.
    pub fn remove(&mut self, id: &MeetingId) -> Option<Meeting> {
        self.meetings.remove(id)
    }

    /// The meeting with this id.
    pub fn get(&self, id: &MeetingId) -> Option<&Meeting> {
        self.meetings.get(id)
    }

    /// How many meetings there are.
    pub fn len(&self) -> usize {
        self.meetings.len()
    }

    /// Whether there is no meeting.
    pub fn is_empty(&self) -> bool {
        self.meetings.is_empty()
    }

    /// All meetings in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Meeting> {
        self.meetings.values()
    }

    /// All meetings by start, then all-day first, then longer first, then id:
    /// the same order every time.
    pub fn in_order(&self, zone: Tz) -> Vec<&Meeting> {
        let mut rows: Vec<&Meeting> = self.meetings.values().collect();
        rows.sort_by_key(|m| {
            (
                m.span.start(zone),
                !m.span.is_all_day(),
                std::cmp::Reverse(m.span.end(zone)),
                m.id.clone(),
            )
        });
        rows
    }
}

impl FromIterator<Meeting> for Agenda {
    fn from_iter<I: IntoIterator<Item = Meeting>>(meetings: I) -> Self {
        let mut agenda = Self::new();
        for meeting in meetings {
            agenda.put(meeting);
        }
        agenda
    }
}
