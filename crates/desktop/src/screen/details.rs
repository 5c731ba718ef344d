//! The opened row.

use calendar::{Meeting, meeting::Response};

use super::{people, row, scene::Scene};
use crate::view::{DetailsView, PartView};

impl Scene<'_> {
    /// What the opened row of a meeting shows.
    pub(super) fn details(&self, meeting: &Meeting) -> DetailsView {
        let people = self.people(meeting);
        DetailsView {
            place: row::place(meeting),
            notes: meeting.notes.clone(),
            answers: self.answers(&people),
            people,
            has_web_address: meeting.web_address.is_some(),
            joins: self.joins(&meeting.join),
            part: self.part(meeting),
        }
    }

    fn part(&self, meeting: &Meeting) -> PartView {
        if meeting.cancelled || meeting.span.end(self.zone) <= self.now {
            return PartView::Onlooker;
        }
        match meeting.response {
            Response::Organizer => PartView::Organizer,
            // Appointments of one's own have no answer.
            Response::Unknown => PartView::Onlooker,
            answered => PartView::Invited {
                answer: people::answer(answered),
            },
        }
    }
}
