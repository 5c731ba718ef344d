//! An item of a world file.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::repeats::ChangedRow;
use super::{File, MailboxRow, Moment, WorldFileError, later};
use crate::wire::text::resolve;
use crate::world::details::{Busy, Details, Person, Response, Sensitivity};
use crate::world::series::Series;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemRow {
    pub(super) subject: String,
    start: Option<Moment>,
    starts_in: Option<i64>,
    minutes: i64,
    #[serde(default)]
    location: String,
    #[serde(default)]
    body: String,
    organizer: Option<PersonRow>,
    response: Option<ResponseRow>,
    #[serde(default)]
    attendees: Vec<PersonRow>,
    #[serde(default)]
    all_day: bool,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    cancelled: bool,
    #[serde(default)]
    show_as: ShowAs,
    /// A zone id to write in place of the zone's own.
    zone_id: Option<String>,
    pub(super) repeats: Option<Repeats>,
    pub(super) every: Option<u32>,
    #[serde(default)]
    pub(super) on: Vec<String>,
    pub(super) until: Option<Moment>,
    pub(super) times: Option<u32>,
    #[serde(default)]
    pub(super) deleted: Vec<Moment>,
    #[serde(default)]
    pub(super) changed: Vec<ChangedRow>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Repeats {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Somebody by address, or by name with or without one.
#[derive(Deserialize)]
#[serde(untagged)]
enum PersonRow {
    Address(String),
    Named {
        name: String,
        address: Option<String>,
    },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ResponseRow {
    Accepted,
    Tentative,
    Declined,
    NotAnswered,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ShowAs {
    Free,
    Tentative,
    #[default]
    Busy,
    OutOfOffice,
    Elsewhere,
}

impl PersonRow {
    fn person(&self, file: &File) -> Person {
        match self {
            Self::Address(address) => {
                let known = file
                    .mailbox
                    .iter()
                    .find(|mailbox| mailbox.address.eq_ignore_ascii_case(address));
                let name = known.map_or(address, |mailbox| &mailbox.name);
                Person::new(name.clone(), address.clone())
            }
            Self::Named { name, address } => Person {
                name: name.clone(),
                address: address.clone(),
            },
        }
    }
}

impl ItemRow {
    /// What the item says, and what makes it a series.
    pub(super) fn details(
        &self,
        owner: &MailboxRow,
        now: DateTime<Utc>,
        file: &File,
    ) -> Result<(Details, Option<Series>), WorldFileError> {
        let (start, end) = self.span(owner.zone, now)?;
        let mut details = Details::new(self.subject.clone(), start, end, owner.zone)
            .at(self.location.clone())
            .text(self.body.clone());
        details.all_day = self.all_day;
        details.cancelled = self.cancelled;
        details.zone_id.clone_from(&self.zone_id);
        details.busy = match self.show_as {
            ShowAs::Free => Busy::Free,
            ShowAs::Tentative => Busy::Tentative,
            ShowAs::Busy => Busy::Busy,
            ShowAs::OutOfOffice => Busy::OutOfOffice,
            ShowAs::Elsewhere => Busy::WorkingElsewhere,
        };
        if self.private {
            details.sensitivity = Sensitivity::Private;
        }
        let organizer = match &self.organizer {
            Some(organizer) => Some(organizer.person(file)),
            None if self.attendees.is_empty() => None,
            None => Some(Person::new(owner.name.clone(), owner.address.clone())),
        };
        if let Some(organizer) = organizer {
            details.organizer = Some(organizer);
            details.my_response = match self.response {
                _ if details.is_called_by(&owner.address) => Response::Organizer,
                None | Some(ResponseRow::Accepted) => Response::Accept,
                Some(ResponseRow::Tentative) => Response::Tentative,
                Some(ResponseRow::Declined) => Response::Decline,
                Some(ResponseRow::NotAnswered) => Response::NoResponseReceived,
            };
        }
        for attendee in &self.attendees {
            details = details.with(attendee.person(file), Response::NoResponseReceived);
        }
        let series = self.series(&details)?;
        Ok((details, series))
    }

    fn span(
        &self,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<(DateTime<Utc>, DateTime<Utc>), WorldFileError> {
        let wrong = || WorldFileError::Time(self.subject.clone());
        let start = match (&self.start, self.starts_in) {
            (Some(start), None) => start.instant(zone),
            (None, Some(minutes)) => later(now, minutes),
            _ => None,
        };
        let start = start.ok_or_else(wrong)?;
        let end = later(start, self.minutes).filter(|end| start <= *end);
        let end = end.ok_or_else(wrong)?;
        if !self.all_day {
            return Ok((start, end));
        }
        let first = start.with_timezone(&zone).naive_local();
        let midnight = first.time() == chrono::NaiveTime::MIN;
        if !midnight || self.minutes == 0 || self.minutes % 1440 != 0 {
            return Err(WorldFileError::WholeDays(self.subject.clone()));
        }
        // Days that are shorter or longer than 24 hours end at midnight too.
        let end = first.checked_add_signed(Duration::minutes(self.minutes));
        Ok((start, resolve(end.ok_or_else(wrong)?, zone)))
    }
}
