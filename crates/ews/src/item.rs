//! Calendar items as the wire has them. What was not sent is `None`: absent
//! is not false.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{
    time,
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
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

/// A mailbox as it is written in an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Display name.
    pub name: Option<String>,
    /// Address; missing for many internal people in lists.
    pub address: Option<String>,
    /// `SMTP`, `EX`, …; absent means SMTP.
    pub routing: Option<String>,
}

/// An attendee with the answer this copy knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub mailbox: Mailbox,
    /// `ResponseType`, as sent.
    pub response: Option<String>,
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

/// An extended property that is asked for or was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Property {
    /// By a distinguished set and a name, type String.
    Named {
        /// For example `PublicStrings`.
        set: String,
        /// For example `SkypeTeamsMeetingUrl`.
        name: String,
    },
    /// By a distinguished set and a number, type Binary.
    Numbered {
        /// For example `Meeting`.
        set: String,
        /// For example 35.
        id: u32,
    },
    /// By the GUID of a set and a name, type String.
    Own {
        /// GUID in lower case.
        set: String,
        /// Name.
        name: String,
    },
}

impl Property {
    /// Global object id (MS-OXOCAL, 2.2.1.27).
    pub fn global_object_id() -> Self {
        Self::Numbered {
            set: "Meeting".to_owned(),
            id: 3,
        }
    }

    /// Clean global object id: the same for every occurrence and attendee
    /// (MS-OXOCAL, 2.2.1.28).
    pub fn clean_global_object_id() -> Self {
        Self::Numbered {
            set: "Meeting".to_owned(),
            id: 35,
        }
    }

    /// A string among the public ones.
    pub fn public(name: &str) -> Self {
        Self::Named {
            set: "PublicStrings".to_owned(),
            name: name.to_owned(),
        }
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        match self {
            Self::Named { set, name } => w.empty(
                "t:ExtendedFieldURI",
                &[
                    ("DistinguishedPropertySetId", set),
                    ("PropertyName", name),
                    ("PropertyType", "String"),
                ],
            ),
            Self::Numbered { set, id } => w.empty(
                "t:ExtendedFieldURI",
                &[
                    ("DistinguishedPropertySetId", set),
                    ("PropertyId", &id.to_string()),
                    ("PropertyType", "Binary"),
                ],
            ),
            Self::Own { set, name } => w.empty(
                "t:ExtendedFieldURI",
                &[
                    ("PropertySetId", set),
                    ("PropertyName", name),
                    ("PropertyType", "String"),
                ],
            ),
        }
    }

    /// The GUID of Joinbell's own properties.
    pub const OWN_SET: &'static str = "7f6ef0f5-6b3c-4d6e-9c0b-3b7a5b6f2a11";

    /// The property with a value, as a field of an item.
    pub(crate) fn write_with(&self, w: &mut Writer, value: &str) {
        w.element("t:ExtendedProperty", &[], |w| {
            self.write(w);
            w.text("t:Value", value);
        });
    }

    fn read(reader: &mut Reader<'_>) -> Result<Option<(Self, String)>, XmlError> {
        let (mut property, mut value) = (None, None);
        while let Some(child) = reader.child()? {
            match child.name() {
                "ExtendedFieldURI" => {
                    let set = child.attribute("DistinguishedPropertySetId");
                    let own = child.attribute("PropertySetId");
                    let name = child.attribute("PropertyName");
                    let id = child.attribute("PropertyId").and_then(|id| id.parse().ok());
                    property = match (set, own, name, id) {
                        (Some(set), _, Some(name), _) => Some(Self::Named { set, name }),
                        (Some(set), _, None, Some(id)) => Some(Self::Numbered { set, id }),
                        (None, Some(set), Some(name), _) => Some(Self::Own {
                            set: set.to_ascii_lowercase(),
                            name,
                        }),
                        _ => None,
                    };
                    reader.skip()?;
                }
                "Value" => value = Some(reader.text()?),
                _ => reader.skip()?,
            }
        }
        Ok(property.zip(value))
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
    pub end_zone: Option<String>,
    pub join_url: Option<String>,
    pub web_address: Option<String>,
    pub culture: Option<String>,
    pub extended: Vec<(Property, String)>,
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
                "Organizer" => item.organizer = organizer(reader)?,
                "RequiredAttendees" => item.required = attendees(reader)?,
                "OptionalAttendees" => item.optional = attendees(reader)?,
                "Resources" => item.resources = attendees(reader)?,
                "AppointmentState" => item.appointment_state = reader.text()?.trim().parse().ok(),
                // Twice in grommunio's items; the first one counts.
                "StartTimeZone" | "StartTimeZoneId" => {
                    let id = zone_id(child.attribute("Id"), reader)?;
                    item.start_zone = item.start_zone.or(id);
                }
                "EndTimeZone" | "EndTimeZoneId" => {
                    let id = zone_id(child.attribute("Id"), reader)?;
                    item.end_zone = item.end_zone.or(id);
                }
                "JoinOnlineMeetingUrl" => item.join_url = Some(reader.text()?),
                "WebClientReadFormQueryString" => item.web_address = Some(reader.text()?),
                "Culture" => item.culture = Some(reader.text()?),
                "ExtendedProperty" => item.extended.extend(Property::read(reader)?),
                _ => reader.skip()?,
            }
        }
        Ok(item)
    }
}

impl ItemRef {
    pub(crate) fn write(&self, w: &mut Writer) {
        let mut attributes = vec![("Id", self.id.0.as_str())];
        if let Some(key) = &self.change_key {
            attributes.push(("ChangeKey", &key.0));
        }
        w.empty("t:ItemId", &attributes);
    }
}

pub(crate) fn write_body(w: &mut Writer, body: &Body) {
    let kind = match body.kind {
        BodyType::Text => "Text",
        BodyType::Html => "HTML",
    };
    w.element("t:Body", &[("BodyType", kind)], |w| {
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

/// `StartTimeZone` names the zone in an attribute, `StartTimeZoneId` in its
/// text.
fn zone_id(attribute: Option<String>, reader: &mut Reader<'_>) -> Result<Option<String>, XmlError> {
    let text = reader.text()?;
    Ok(attribute.or(Some(text)).filter(|id| !id.trim().is_empty()))
}

fn organizer(reader: &mut Reader<'_>) -> Result<Option<Mailbox>, XmlError> {
    let mut found = None;
    while let Some(child) = reader.child()? {
        if child.name() == "Mailbox" {
            found = Some(mailbox(reader)?);
        } else {
            reader.skip()?;
        }
    }
    Ok(found)
}

fn mailbox(reader: &mut Reader<'_>) -> Result<Mailbox, XmlError> {
    let mut mailbox = Mailbox::default();
    while let Some(child) = reader.child()? {
        match child.name() {
            "Name" => mailbox.name = Some(reader.text()?),
            "EmailAddress" => mailbox.address = Some(reader.text()?),
            "RoutingType" => mailbox.routing = Some(reader.text()?),
            _ => reader.skip()?,
        }
    }
    Ok(mailbox)
}

fn attendees(reader: &mut Reader<'_>) -> Result<Vec<Attendee>, XmlError> {
    let mut list = Vec::new();
    while let Some(entry) = reader.child()? {
        if entry.name() != "Attendee" {
            reader.skip()?;
            continue;
        }
        let mut attendee = Attendee {
            mailbox: Mailbox::default(),
            response: None,
        };
        while let Some(child) = reader.child()? {
            match child.name() {
                "Mailbox" => attendee.mailbox = mailbox(reader)?,
                "ResponseType" => attendee.response = Some(reader.text()?),
                _ => reader.skip()?,
            }
        }
        list.push(attendee);
    }
    Ok(list)
}
