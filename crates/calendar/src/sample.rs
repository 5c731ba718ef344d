//! A meeting for tests.

use chrono::{DateTime, Utc};

use crate::{
    JoinLinks, Meeting, Span,
    meeting::{MeetingId, Response, Sensitivity, Series, ShowAs},
};

impl Meeting {
    /// A single meeting that the user has accepted, with a title, a time and
    /// nothing else; its id is its title.
    pub fn sample(title: &str, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self {
            id: MeetingId(title.into()),
            global_id: None,
            title: title.to_owned(),
            span: Span::Timed { start, end },
            organizer: None,
            attendees: Vec::new(),
            location: String::new(),
            response: Response::Accepted,
            show_as: ShowAs::Busy,
            cancelled: false,
            series: Series::Single,
            sensitivity: Sensitivity::Normal,
            reminder_is_set: true,
            has_attachments: false,
            zone: None,
            notes: "".into(),
            join: JoinLinks::default(),
            web_address: None,
            changed_at: None,
        }
    }
}
