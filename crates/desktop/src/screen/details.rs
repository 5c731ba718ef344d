//! The opened row.

use calendar::{
    Meeting,
    meeting::{Notes, Response, Series},
};

use super::{people, scene::Scene};
use crate::{
    opener,
    view::{DetailsView, PartView},
};

impl Scene<'_> {
    /// What the opened row of a meeting shows. `text` is that of the
    /// invitation, where it is not with the meeting and has been asked for;
    /// `own` is the user's address in that account.
    pub(crate) fn details(
        &self,
        meeting: &Meeting,
        text: Option<&str>,
        own: Option<&str>,
    ) -> DetailsView {
        let people = self.people(meeting, own);
        DetailsView {
            notes: self.notes(meeting, text),
            answers: self.answers(&people),
            people,
            web_host: web_host(meeting),
        }
    }

    /// What the user can do about a meeting.
    pub(super) fn part(&self, meeting: &Meeting) -> PartView {
        if meeting.cancelled || meeting.span.end(self.zone) <= self.now {
            return PartView::Onlooker;
        }
        // Its item is the whole series, and the buttons speak of one day.
        if meeting.series == Series::Unfollowed {
            return PartView::Onlooker;
        }
        let changeable = changeable(meeting);
        match meeting.response {
            _ if meeting.is_own() && meeting.attendees.is_empty() => PartView::Owner { changeable },
            _ if meeting.is_own() => PartView::Organizer { changeable },
            // There are people, and nobody says who called them.
            Response::Unknown => PartView::Onlooker,
            answered => PartView::Invited {
                answer: people::answer(answered),
            },
        }
    }

    /// The invitation's text, after what the user has to know of the meeting.
    fn notes(&self, meeting: &Meeting, text: Option<&str>) -> String {
        let said = match &meeting.notes {
            Notes::Here(said) => said.as_ref(),
            Notes::Aside => text.unwrap_or_default(),
        };
        match meeting.series {
            Series::Unfollowed => {
                let note = self.words.text("series-unfollowed");
                format!("{note}\n\n{said}").trim_end().to_owned()
            }
            Series::Single | Series::Occurrence | Series::Exception => said.to_owned(),
        }
    }
}

/// Whether the schedule window takes it: its grid has times, and no whole days.
pub(crate) fn changeable(meeting: &Meeting) -> bool {
    !meeting.span.is_all_day()
}

/// The host that is opened for the meeting's page in Outlook on the web; none
/// where the opener would refuse it.
fn web_host(meeting: &Meeting) -> Option<String> {
    let (_, host) = opener::on_the_web(meeting.web_address.as_deref()?).ok()?;
    Some(host.to_owned())
}
