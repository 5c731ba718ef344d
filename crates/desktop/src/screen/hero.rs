//! The cards of the meeting that is on or comes next.

use calendar::{Meeting, meeting::ShowAs};
use chrono::{DateTime, Duration, Utc};

use super::{
    people, row,
    scene::{Scene, side_by_side},
};
use crate::{board::Entry, view::HeroView};

/// A meeting can be joined from its card this long before its start.
const JOINABLE_BEFORE: Duration = Duration::minutes(15);
/// How far ahead the next meeting is looked for.
const NEXT_WITHIN: Duration = Duration::days(7);
/// The cards leave room for the list.
const CARDS_MAX: usize = 2;

impl Scene<'_> {
    /// Up to two meetings which can be joined now; else the one that is on;
    /// else the next one.
    pub(super) fn heroes(&self, entries: &[Entry]) -> Vec<HeroView> {
        self.current(entries)
            .into_iter()
            .map(|entry| self.hero(entry))
            .collect()
    }

    /// The meetings the cards, the tray and `next` are about, by start.
    pub fn current<'e>(&self, entries: &'e [Entry]) -> Vec<&'e Entry> {
        let coming: Vec<(&Entry, DateTime<Utc>)> = entries
            .iter()
            .filter(|entry| takes_part(entry))
            .map(|entry| (entry, entry.meeting.span.start(self.zone)))
            .filter(|(entry, start)| {
                entry.meeting.span.end(self.zone) > self.now && *start <= self.now + NEXT_WITHIN
            })
            .collect();
        let mut joinable: Vec<(&Entry, DateTime<Utc>)> = coming
            .iter()
            .copied()
            .filter(|(entry, start)| {
                !entry.meeting.join.0.is_empty() && *start - JOINABLE_BEFORE <= self.now
            })
            .collect();
        if !joinable.is_empty() {
            joinable.sort_by_key(|(_, start)| (*start - self.now).abs());
            joinable.truncate(CARDS_MAX);
            joinable.sort_by_key(|(entry, start)| (*start, entry.id()));
            return joinable.into_iter().map(|(entry, _)| entry).collect();
        }
        let running = coming
            .iter()
            .filter(|(_, start)| *start <= self.now)
            .max_by_key(|c| c.1);
        let next = coming
            .iter()
            .filter(|(_, start)| *start > self.now)
            .min_by_key(|c| c.1);
        running
            .or(next)
            .map(|(entry, _)| *entry)
            .into_iter()
            .collect()
    }

    fn hero(&self, entry: &Entry) -> HeroView {
        let meeting = &entry.meeting;
        let start = meeting.span.start(self.zone);
        HeroView {
            id: entry.id(),
            when: self.when(start),
            stage: self.stage(start),
            times: side_by_side([self.times(meeting.span), self.start_elsewhere(meeting)]),
            title: self.title(meeting),
            subtitle: self.hero_subtitle(meeting),
            recurring: meeting.is_recurring(),
            joins: self.joins(&meeting.join),
        }
    }

    fn hero_subtitle(&self, meeting: &Meeting) -> String {
        side_by_side([
            people::organizer(meeting),
            self.people_count(meeting),
            row::provider(meeting),
            row::place(meeting),
        ])
    }
}

/// Whether the user is expected there: days and time marked free are not
/// waited for, unless there is something to join.
fn takes_part(entry: &Entry) -> bool {
    let meeting = &entry.meeting;
    entry.stands()
        && !meeting.span.is_all_day()
        && (meeting.show_as != ShowAs::Free || !meeting.join.0.is_empty())
}
