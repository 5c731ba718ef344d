//! The opened row.

use calendar::Meeting;

use super::scene::Scene;
use crate::view::DetailsView;

impl Scene<'_> {
    /// What the opened row of a meeting shows.
    pub(super) fn details(&self, meeting: &Meeting) -> DetailsView {
        let people = self.people(meeting);
        DetailsView {
            notes: meeting.notes.clone(),
            answers: self.answers(&people),
            people,
            has_web_address: meeting.web_address.is_some(),
            joins: self.joins(&meeting.join),
        }
    }
}
