//! Where a meeting is that the user was shown, when something is done to it.

use std::collections::BTreeMap;

use calendar::{Meeting, Span, Window, meeting::MeetingId};
use chrono::Duration;

use super::{ExchangeBackend, listing};
use crate::{
    backend::{Failure, Known, Listing, Read, Version},
    scheduler::Standing,
};

/// So far around the time that was shown a meeting is looked for which is not
/// there: as far as the days that are kept.
const AROUND: Duration = Duration::days(31);

/// Where a meeting is that was shown at some time.
pub(super) enum Place {
    /// At that time.
    Here(Meeting, Version),
    /// At another, to which it was moved since.
    Elsewhere(Meeting),
    /// Not in the calendar any more.
    Nowhere,
}

impl Place {
    fn of(found: Option<(Meeting, Version)>, standing: &Standing) -> Self {
        match found {
            // Whole days begin elsewhere in each zone.
            Some((meeting, _))
                if matches!(meeting.span, Span::Timed { start, end }
                    if (start, end) != (standing.start, standing.end)) =>
            {
                Self::Elsewhere(meeting)
            }
            Some((meeting, version)) => Self::Here(meeting, version),
            None => Self::Nowhere,
        }
    }
}

impl ExchangeBackend {
    /// What is not at the time that was shown is looked for around it: who
    /// calls off or answers what has been moved would not mean the new time,
    /// and must not hear that it is done.
    pub(super) async fn place(&self, standing: &Standing) -> Result<Place, Failure> {
        if let Some(found) = self.find(standing).await? {
            return Ok(Place::of(Some(found), standing));
        }
        let window = Window {
            start: standing.start - AROUND,
            end: standing.end + AROUND,
        };
        let found = self.find_within(&standing.id, window).await?;
        Ok(Place::of(found, standing))
    }

    /// A meeting as it is in the calendar now, within the time that it is known
    /// to have.
    pub(super) async fn find(
        &self,
        standing: &Standing,
    ) -> Result<Option<(Meeting, Version)>, Failure> {
        let window = Window {
            start: standing.start,
            // An empty stretch finds nothing.
            end: standing.end.max(standing.start + Duration::minutes(1)),
        };
        self.find_within(&standing.id, window).await
    }

    async fn find_within(
        &self,
        id: &MeetingId,
        window: Window,
    ) -> Result<Option<(Meeting, Version)>, Failure> {
        let reading = listing::Reading {
            services: &self.services,
            rooms: None,
            zone: chrono_tz::Tz::UTC,
        };
        let nothing = BTreeMap::new();
        let known = Known {
            cursor: None,
            versions: &nothing,
            same_window: false,
        };
        let nothing = Vec::new();
        let listing =
            listing::list(&self.client, reading, window, known, &self.server, nothing).await?;
        let Listing::Complete { put, read, .. } = listing else {
            return Ok(None);
        };
        let found = put.into_iter().find(|(meeting, _)| meeting.id == *id);
        if found.is_none() && read == Read::Partly {
            // It may be the one that could not be read.
            return Err(super::failure::garbled(&self.client.host()));
        }
        Ok(found)
    }
}
