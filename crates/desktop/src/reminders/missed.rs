//! What rang for nobody: the machine slept from before a ring until after the
//! meeting's end (F03). An alarm would be late, so it is only noted.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

/// Meetings whose rings were slept through, in this run, by name and start.
#[derive(Debug, Default)]
pub struct Missed(BTreeMap<(String, DateTime<Utc>), DateTime<Utc>>);

impl Missed {
    /// So long after their end they can be in the agenda.
    const KEPT_AFTER_END: Duration = Duration::days(8);

    /// Whether the rings of this start of a meeting were slept through.
    pub fn has(&self, meeting: &str, start: DateTime<Utc>) -> bool {
        self.0.contains_key(&(meeting.to_owned(), start))
    }

    /// Another one.
    pub(super) fn note(&mut self, meeting: String, start: DateTime<Utc>, end: DateTime<Utc>) {
        self.0.insert((meeting, start), end);
    }

    /// What is not over by the present clock was not missed: it rings yet.
    pub(super) fn look(&mut self, now: DateTime<Utc>) {
        let holds = |end: DateTime<Utc>| end <= now && now < end + Self::KEPT_AFTER_END;
        self.0.retain(|_, end| holds(*end));
    }
}
