//! Calendar items as the wire has them. What was not sent is `None`: absent
//! is not false.

mod people;
mod property;
mod recurrence;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub(crate) use people::mailbox;
pub use people::{Attendee, Mailbox};
pub use property::Property;
pub use recurrence::{ChangedOccurrence, Pattern, Range, Recurrence, Series, Which};

use crate::{
    time,
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
    zone::Definition,
};

/// An SMTP address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Smtp(pub String);

/// Opaque, case-sensitive, at most 512 characters; changes when an item moves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub String);

/// Changes at each save.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeKey(pub String);

/// An item and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemRef {
    /// Which item.
    pub id: ItemId,
    /// Which version; not all servers name it everywhere.
    pub change_key: Option<ChangeKey>,
}

/// `CalendarItemType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// Not recurring.
    Single,
    /// As the series has it.
    Occurrence,
    /// Changed by itself.
    Exception,
    /// The series.
    RecurringMaster,
}

/// `BodyType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyType {
    /// Markup.
    Html,
    /// Plain text.
    Text,
}

/// A body.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// What it is.
    pub kind: BodyType,
    /// The text.
    pub text: String,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({:?}, {} bytes)", self.kind, self.text.len())
    }
}

/// What of an item was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each field is the element of its name in CalendarItemType"
)]
pub struct CalendarItem {
    pub id: Option<ItemRef>,
    pub subject: Option<String>,
    pub sensitivity: Option<String>,
    pub body: Option<Body>,
    pub last_modified: Option<DateTime<Utc>>,
    pub reminder_is_set: Option<bool>,
    /// Whether something is attached.
    pub has_attachments: Option<bool>,
    pub uid: Option<String>,
    pub recurrence_id: Option<DateTime<Utc>>,
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
    pub original_start: Option<DateTime<Utc>>,
    pub is_all_day: Option<bool>,
    pub free_busy: Option<String>,
    pub location: Option<String>,
    pub is_cancelled: Option<bool>,
    pub kind: Option<ItemKind>,
    pub my_response: Option<String>,
    pub organizer: Option<Mailbox>,
    pub required: Vec<Attendee>,
    pub optional: Vec<Attendee>,
    pub resources: Vec<Attendee>,
    pub appointment_state: Option<u32>,
    pub start_zone: Option<String>,
    /// The rules of `StartTimeZone`, for zones whose id is not known.
    pub start_rules: Option<Box<Definition>>,
    pub end_zone: Option<String>,
    pub join_url: Option<String>,
    pub meeting_workspace_url: Option<String>,
    pub net_show_url: Option<String>,
    pub web_address: Option<String>,
    pub culture: Option<String>,
    pub extended: Vec<(Property, String)>,
    /// How it repeats; of masters only, and only where it was asked for.
    pub series: Option<Box<Series>>,
}

impl CalendarItem {
    /// The value of an extended property.
    pub fn extended(&self, property: &Property) -> Option<&str> {
        self.extended
            .iter()
            .find(|(found, _)| found == property)
            .map(|(_, value)| value.as_str())
    }

    /// Reads the children of a `CalendarItem` element.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, XmlError> {
        let mut item = Self::default();
        while let Some(child) = reader.child()? {
            match child.name() {
                "ItemId" => {
                    item.id = item_ref(&child);
                    reader.skip()?;
                }
                "Subject" => item.subject = Some(reader.text()?),
                "Sensitivity" => item.sensitivity = Some(reader.text()?),
                "Body" => {
                    let kind = match child.attribute("BodyType").as_deref() {
                        Some("HTML") => BodyType::Html,
                        _ => BodyType::Text,
                    };
                    let text = reader.text()?;
                    item.body = Some(Body { kind, text });
                }
                "LastModifiedTime" => item.last_modified = moment(reader)?,
                "ReminderIsSet" => item.reminder_is_set = flag(reader)?,
                "HasAttachments" => item.has_attachments = flag(reader)?,
                "UID" => item.uid = Some(reader.text()?),
                "RecurrenceId" => item.recurrence_id = moment(reader)?,
                "Start" => item.start = moment(reader)?,
                "End" => item.end = moment(reader)?,
                "OriginalStart" => item.original_start = moment(reader)?,
                "IsAllDayEvent" => item.is_all_day = flag(reader)?,
                "LegacyFreeBusyStatus" => item.free_busy = Some(reader.text()?),
                "Location" => item.location = Some(reader.text()?),
                "IsCancelled" => item.is_cancelled = flag(reader)?,
                "CalendarItemType" => item.kind = kind(&reader.text()?),
                "MyResponseType" => item.my_response = Some(reader.text()?),
                "Organizer" => item.organizer = people::organizer(reader)?,
                "RequiredAttendees" => item.required = people::attendees(reader)?,
                "OptionalAttendees" => item.optional = people::attendees(reader)?,
                "Resources" => item.resources = people::attendees(reader)?,
                "AppointmentState" => item.appointment_state = reader.text()?.trim().parse().ok(),
                // Twice in grommunio's items; the first one counts.
                "StartTimeZone" => {
                    item.start_zone = item
                        .start_zone
                        .or(child.attribute("Id").filter(|id| named(id)));
                    let rules = Definition::read(reader)?.map(Box::new);
                    item.start_rules = item.start_rules.or(rules);
                }
                "EndTimeZone" => {
                    item.end_zone = item
                        .end_zone
                        .or(child.attribute("Id").filter(|id| named(id)));
                    reader.skip()?;
                }
                "StartTimeZoneId" => {
                    let id = Some(reader.text()?).filter(|id| named(id));
                    item.start_zone = item.start_zone.or(id);
                }
                "EndTimeZoneId" => {
                    let id = Some(reader.text()?).filter(|id| named(id));
                    item.end_zone = item.end_zone.or(id);
                }
                "JoinOnlineMeetingUrl" => item.join_url = Some(reader.text()?),
                "MeetingWorkspaceUrl" => item.meeting_workspace_url = Some(reader.text()?),
                "NetShowUrl" => item.net_show_url = Some(reader.text()?),
                "WebClientReadFormQueryString" => item.web_address = Some(reader.text()?),
                "Culture" => item.culture = Some(reader.text()?),
                "ExtendedProperty" => item.extended.extend(Property::read(reader)?),
                name if Series::has(name) => {
                    let name = name.to_owned();
                    let series = item.series.get_or_insert_default();
                    series.take(&name, reader)?;
                }
                _ => reader.skip()?,
            }
        }
        Ok(item)
    }
}

impl ItemRef {
    pub(crate) fn write(&self, w: &mut Writer) {
        self.write_as(w, "t:ItemId");
    }

    pub(crate) fn write_as(&self, w: &mut Writer, element: &str) {
        let mut attributes = vec![("Id", self.id.0.as_str())];
        if let Some(key) = &self.change_key {
            attributes.push(("ChangeKey", &key.0));
        }
        w.empty(element, &attributes);
    }
}

pub(crate) fn write_body(w: &mut Writer, body: &Body) {
    write_body_as(w, "t:Body", body);
}

pub(crate) fn write_body_as(w: &mut Writer, element: &str, body: &Body) {
    let kind = match body.kind {
        BodyType::Text => "Text",
        BodyType::Html => "HTML",
    };
    w.element(element, &[("BodyType", kind)], |w| {
        w.characters(&body.text);
    });
}

pub(crate) fn item_ref(element: &crate::xml::reader::Element<'_>) -> Option<ItemRef> {
    Some(ItemRef {
        id: ItemId(element.attribute("Id")?),
        change_key: element.attribute("ChangeKey").map(ChangeKey),
    })
}

/// Times of items without an offset are in the zone of the request's
/// `TimeZoneContext`, which is UTC.
fn moment(reader: &mut Reader<'_>) -> Result<Option<DateTime<Utc>>, XmlError> {
    Ok(time::instant(&reader.text()?, Tz::UTC))
}

fn flag(reader: &mut Reader<'_>) -> Result<Option<bool>, XmlError> {
    Ok(match reader.text()?.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    })
}

fn kind(text: &str) -> Option<ItemKind> {
    match text.trim() {
        "Single" => Some(ItemKind::Single),
        "Occurrence" => Some(ItemKind::Occurrence),
        "Exception" => Some(ItemKind::Exception),
        "RecurringMaster" => Some(ItemKind::RecurringMaster),
        _ => None,
    }
}

/// Whether a zone's id says anything.
fn named(id: &str) -> bool {
    !id.trim().is_empty()
}
