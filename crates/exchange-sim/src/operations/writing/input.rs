//! Puts what a client wrote into an item's details.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, NaiveTime, Utc};
use chrono_tz::Tz;

use super::recurrence;
use crate::icalendar;
use crate::operations::{Refusal, zone_reading};
use crate::personality::Personality;
use crate::wire::text::{read_instant, resolve};
use crate::wire::tree::Node;
use crate::world::details::{
    Attendee, Body, Busy, Details, Importance, Person, Reminder, Response, Sensitivity,
};
use crate::world::property::{PropertyKey, PropertyValue};
use crate::world::series::Series;

/// An item as it is being written.
pub(super) struct Draft {
    pub(super) details: Details,
    pub(super) series: Option<Series>,
    pub(super) uid: Option<String>,
    /// The zone of naive times.
    pub(super) zone: Tz,
    pub(super) personality: Personality,
}

impl Draft {
    /// Takes the zone that the fields name, if any: it decides how the times
    /// among them are read, wherever it stands.
    pub(super) fn zone_from<'a>(
        &mut self,
        fields: impl IntoIterator<Item = &'a Node> + Clone,
    ) -> Result<(), Refusal> {
        let mut starts = fields.clone().into_iter();
        let start = starts.find(|field| field.name == "Start");
        let year = start
            .and_then(|start| start.text.trim().get(..4)?.parse().ok())
            .unwrap_or_else(|| self.details.start.year());
        for field in fields {
            if field.name == "StartTimeZone" {
                let (zone, id) = zone_reading::read(field, year).ok_or_else(|| {
                    Refusal::new(
                        "ErrorCalendarInvalidTimeZone",
                        "The time zone is not a valid time zone.",
                    )
                })?;
                self.zone = zone;
                self.details.zone = zone;
                self.details.zone_id = id;
            }
        }
        Ok(())
    }

    /// Sets one field.
    pub(super) fn set(&mut self, field: &Node) -> Result<(), Refusal> {
        let text = || field.text.clone();
        let word = field.text.trim();
        let yes = word == "true" || word == "1";
        let instant = || {
            read_instant(word, self.zone)
                .ok_or_else(|| Refusal::new("ErrorInvalidValueForProperty", "The date is invalid."))
        };
        match field.name.as_str() {
            "MimeContent" => self.mime(field)?,
            "Subject" => self.details.subject = text(),
            "Sensitivity" => self.details.sensitivity = Sensitivity::read(word).unwrap_or_default(),
            // grommunio keeps the HTML of an item that is set to text.
            "Body"
                if self.personality == Personality::Grommunio
                    && field.attribute("BodyType") == Some("Text")
                    && matches!(&self.details.body, Body::Html(_)) => {}
            "Body" => self.details.body = body(field),
            "Importance" => self.details.importance = Importance::read(word).unwrap_or_default(),
            "Categories" => {
                self.details.categories =
                    field.children.iter().map(|one| one.text.clone()).collect();
            }
            "ReminderIsSet" => {
                self.details.reminder = match (yes, self.details.reminder) {
                    (false, _) => Reminder::Off,
                    (true, Reminder::Off) => Reminder::Minutes(15),
                    (true, kept) => kept,
                }
            }
            "ReminderMinutesBeforeStart" => {
                if self.details.reminder != Reminder::Off {
                    self.details.reminder = Reminder::Minutes(word.parse().unwrap_or(15));
                }
            }
            "ExtendedProperty" => self.extended(field)?,
            "UID" => self.uid = Some(word.to_owned()),
            "Start" => self.details.start = instant()?,
            "End" => self.details.end = instant()?,
            "IsAllDayEvent" => self.details.all_day = yes,
            "LegacyFreeBusyStatus" => self.details.busy = Busy::read(word).unwrap_or_default(),
            "Location" => self.details.location = text(),
            "Culture" => self.details.culture = Some(word.into()),
            "RequiredAttendees" => self.details.required = attendees(field, &self.details.required),
            "OptionalAttendees" => self.details.optional = attendees(field, &self.details.optional),
            "Resources" => self.details.resources = attendees(field, &self.details.resources),
            "MeetingWorkspaceUrl" | "NetShowUrl" => {
                let number = if field.name == "NetShowUrl" {
                    0x8248
                } else {
                    0x8209
                };
                let key = PropertyKey::numbered("Appointment", number);
                self.details.extended.insert(key, word.into());
            }
            "Recurrence" => self.series = Some(recurrence::read(field)?),
            // Zones were taken first; the others change nothing this server keeps.
            "StartTimeZone"
            | "EndTimeZone"
            | "MeetingTimeZone"
            | "IsResponseRequested"
            | "AllowNewTimeProposal"
            | "ConferenceType"
            | "ItemClass"
            | "IsOnlineMeeting"
            | "EnhancedLocation" => {}
            _ => {
                return Err(Refusal::new(
                    "ErrorInvalidPropertySet",
                    &format!("Set action is invalid for property {}.", field.name),
                ));
            }
        }
        Ok(())
    }

    /// Takes everything from an iCalendar text. The owner's own answer and
    /// extended properties stay.
    fn mime(&mut self, field: &Node) -> Result<(), Refusal> {
        let event = STANDARD
            .decode(field.text.split_whitespace().collect::<String>())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| icalendar::read(&text, self.zone))
            .ok_or_else(|| Refusal::new("ErrorMimeContentInvalid", "The content is invalid."))?;
        let before = std::mem::replace(&mut self.details, event.details);
        self.details.my_response = before.my_response;
        self.details.extended = before.extended;
        self.details.zone_id = before.zone_id;
        self.zone = self.details.zone;
        self.series = event.series;
        self.uid = event.uid.or(self.uid.take());
        Ok(())
    }

    /// Clears one field by its URI.
    pub(super) fn clear(&mut self, uri: &str) -> Result<(), Refusal> {
        match uri {
            "item:Subject" => self.details.subject.clear(),
            "item:Body" => self.details.body = Body::default(),
            "item:Categories" => self.details.categories.clear(),
            "calendar:Location" | "calendar:EnhancedLocation" => self.details.location.clear(),
            "calendar:RequiredAttendees" => self.details.required.clear(),
            "calendar:OptionalAttendees" => self.details.optional.clear(),
            "calendar:Resources" => self.details.resources.clear(),
            "calendar:Recurrence" => self.series = None,
            _ => {
                return Err(Refusal::new(
                    "ErrorInvalidPropertyDelete",
                    &format!("Delete action is invalid for property {uri}."),
                ));
            }
        }
        Ok(())
    }

    /// Adds to one field: the body, or a list of people.
    pub(super) fn append(&mut self, field: &Node) -> Result<(), Refusal> {
        match field.name.as_str() {
            "Body" => match &mut self.details.body {
                Body::Text(content) | Body::Html(content) => content.push_str(&field.text),
            },
            "RequiredAttendees" => self.details.required.extend(attendees(field, &[])),
            "OptionalAttendees" => self.details.optional.extend(attendees(field, &[])),
            "Resources" => self.details.resources.extend(attendees(field, &[])),
            other => {
                return Err(Refusal::new(
                    "ErrorInvalidPropertyAppend",
                    &format!("Append action is invalid for property {other}."),
                ));
            }
        }
        Ok(())
    }

    /// Checks and completes what was set.
    pub(super) fn finish(mut self) -> Result<Self, Refusal> {
        let details = &mut self.details;
        if details.all_day {
            details.start = midnight(details.start, details.zone, false);
            details.end = midnight(details.end, details.zone, true);
        }
        if details.end < details.start && self.personality == Personality::ExchangeSe {
            return Err(Refusal::new(
                "ErrorCalendarEndDateIsEarlierThanStartDate",
                "EndDate is earlier than StartDate",
            ));
        }
        if details.end - details.start > chrono::Duration::days(5 * 366) {
            return Err(Refusal::new(
                "ErrorCalendarDurationIsTooLong",
                "The duration is too long.",
            ));
        }
        Ok(self)
    }

    fn extended(&mut self, field: &Node) -> Result<(), Refusal> {
        let key = field
            .child("ExtendedFieldURI")
            .and_then(|uri| PropertyKey::read(|name| uri.attribute(name)))
            .ok_or_else(|| {
                Refusal::new(
                    "ErrorInvalidExtendedProperty",
                    "Extended property is invalid.",
                )
            })?;
        let value = match field.child("Values") {
            Some(values) => PropertyValue::Many(
                values
                    .children
                    .iter()
                    .map(|value| value.text.clone())
                    .collect(),
            ),
            None => PropertyValue::One(
                field
                    .child("Value")
                    .map(|value| value.text.clone())
                    .unwrap_or_default(),
            ),
        };
        self.details.extended.insert(key, value);
        Ok(())
    }
}

fn body(field: &Node) -> Body {
    if field.attribute("BodyType") == Some("HTML") {
        Body::Html(field.text.clone())
    } else {
        Body::Text(field.text.clone())
    }
}

/// Reads a list of people; those known already keep their answer.
fn attendees(field: &Node, known: &[Attendee]) -> Vec<Attendee> {
    let all = field.children.iter().filter_map(|attendee| {
        let mailbox = attendee.child("Mailbox")?;
        let address = mailbox.text_of("EmailAddress").map(str::to_owned);
        if let Some(same) = known.iter().find(|one| one.person.address == address) {
            return Some(same.clone());
        }
        let name = mailbox
            .text_of("Name")
            .filter(|name| !name.is_empty())
            .map(str::to_owned);
        let name = name.or_else(|| address.clone()).unwrap_or_default();
        Some(Attendee::new(Person { name, address }, Response::Unknown))
    });
    all.collect()
}

fn midnight(at: DateTime<Utc>, zone: Tz, up: bool) -> DateTime<Utc> {
    let local = at.with_timezone(&zone).naive_local();
    let down = local.date().and_time(NaiveTime::MIN);
    let midnight = if up && down != local {
        down + chrono::Duration::days(1)
    } else {
        down
    };
    resolve(midnight, zone)
}
