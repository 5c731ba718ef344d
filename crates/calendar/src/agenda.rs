//! All meetings of the window, in order.

use std::{borrow::Borrow, cmp::Ordering, collections::BTreeSet, sync::Arc};

use chrono_tz::Tz;

use crate::{Meeting, meeting::MeetingId};

/// The meetings of one calendar within the window, each id once.
///
/// A meeting is kept once, however many agendas, lists and screens show it:
/// a copy of an agenda is one of references.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda {
    meetings: BTreeSet<Kept>,
}

/// A meeting that is found by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept(Arc<Meeting>);

impl Borrow<MeetingId> for Kept {
    fn borrow(&self) -> &MeetingId {
        &self.0.id
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Agenda {
    /// An agenda without meetings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a meeting in, in place of the one with the same id.
    pub fn put(&mut self, meeting: impl Into<Arc<Meeting>>) {
        self.meetings.replace(Kept(meeting.into()));
    }

    /// Takes a meeting out.
    pub fn remove(&mut self, id: &MeetingId) -> Option<Arc<Meeting>> {
        self.meetings.take(id).map(|kept| kept.0)
    }

    /// The meeting with this id.
    pub fn get(&self, id: &MeetingId) -> Option<&Arc<Meeting>> {
        self.meetings.get(id).map(|kept| &kept.0)
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
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Meeting>> {
        self.meetings.iter().map(|kept| &kept.0)
    }

    /// All meetings by start, then all-day first, then longer first, then id:
    /// the same order every time.
    pub fn in_order(&self, zone: Tz) -> Vec<&Meeting> {
        let mut rows: Vec<&Meeting> = self.iter().map(AsRef::as_ref).collect();
        rows.sort_by_cached_key(|&m| {
            (
                m.span.start(zone),
                !m.span.is_all_day(),
                std::cmp::Reverse(m.span.end(zone)),
                &m.id,
            )
        });
        rows
    }
}

impl<M: Into<Arc<Meeting>>> FromIterator<M> for Agenda {
    fn from_iter<I: IntoIterator<Item = M>>(meetings: I) -> Self {
        // The last one of an id stays, as when they are put one by one; a set
        // is made in one go of what is in order.
        let mut kept: Vec<Kept> = meetings.into_iter().map(|m| Kept(m.into())).collect();
        kept.reverse();
        kept.sort();
        kept.dedup_by(|later, first| later.0.id == first.0.id);
        Self {
            meetings: kept.into_iter().collect(),
        }
    }
}
