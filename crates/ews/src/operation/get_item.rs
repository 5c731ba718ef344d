//! GetItem: all that is known about items, each for itself.
//! Reference: "GetItem operation" (MS-OXWSCORE).

use super::Operation;
use crate::{
    Class,
    error::ItemError,
    item::{CalendarItem, ItemId, Property},
    soap::{self, Fault, Outcome},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for items by id. Answer `i` belongs to id `i`.
#[derive(Debug, Clone)]
pub struct GetItem {
    /// Which; at most about 50, a request must be done within a minute.
    pub ids: Vec<Target>,
    /// In which form bodies come.
    pub bodies: Bodies,
    /// How much of each.
    pub detail: Detail,
    /// Extended properties beside the usual fields.
    pub extended: Vec<Property>,
}

/// An item, named directly or by another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// By its own id.
    Item(ItemId),
    /// An occurrence, by its place in its series.
    Occurrence {
        /// The series.
        master: ItemId,
        /// From 1. Exchange counts deleted occurrences, and fails for them;
        /// grommunio counts those that are left (its quirk 3). The days are
        /// those of the item's zone.
        index: u32,
    },
    /// The series that an occurrence belongs to. grommunio has no answer to
    /// it.
    MasterOf(ItemId),
}

impl From<ItemId> for Target {
    fn from(id: ItemId) -> Self {
        Self::Item(id)
    }
}

impl Target {
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Item(id) => w.empty("t:ItemId", &[("Id", &id.0)]),
            Self::Occurrence { master, index } => w.empty(
                "t:OccurrenceItemId",
                &[
                    ("RecurringMasterId", &master.0),
                    ("InstanceIndex", &index.to_string()),
                ],
            ),
            Self::MasterOf(occurrence) => w.empty(
                "t:RecurringMasterItemId",
                &[("OccurrenceId", &occurrence.0)],
            ),
        }
    }
}

/// In which form bodies come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bodies {
    /// As they are stored: links hide in the anchors of HTML.
    #[default]
    Stored,
    /// Markup, made by the server where they are stored as text.
    Html,
    /// Text, made by the server where they are stored as markup. What stands
    /// only in an anchor is lost.
    Text,
    /// Not at all: for items whose body the server cannot give.
    Left,
}

/// How much of an item is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// What a meeting has.
    #[default]
    Meeting,
    /// How a series repeats, beside that.
    Series,
}

const FIELDS: &[&str] = &[
    "item:Subject",
    "item:Sensitivity",
    "item:LastModifiedTime",
    "item:ReminderIsSet",
    "item:HasAttachments",
    "item:WebClientReadFormQueryString",
    "item:Culture",
    "calendar:UID",
    "calendar:RecurrenceId",
    "calendar:Start",
    "calendar:End",
    "calendar:OriginalStart",
    "calendar:IsAllDayEvent",
    "calendar:LegacyFreeBusyStatus",
    "calendar:Location",
    "calendar:IsCancelled",
    "calendar:CalendarItemType",
    "calendar:MyResponseType",
    "calendar:Organizer",
    "calendar:RequiredAttendees",
    "calendar:OptionalAttendees",
    "calendar:Resources",
    "calendar:AppointmentState",
    // With its rules, for the zones whose id says nothing.
    "calendar:StartTimeZone",
    "calendar:StartTimeZoneId",
    "calendar:EndTimeZoneId",
    "calendar:JoinOnlineMeetingUrl",
    "calendar:MeetingWorkspaceUrl",
    "calendar:NetShowUrl",
];

const SERIES_FIELDS: &[&str] = &[
    "calendar:Recurrence",
    "calendar:ModifiedOccurrences",
    "calendar:DeletedOccurrences",
];

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetItem {
    type Response = Vec<Result<CalendarItem, ItemError>>;
    const NAME: &'static str = "GetItem";
    const TAKES_TIME_ZONE: bool = true;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:GetItem", &[], |w| {
            w.element("m:ItemShape", &[], |w| {
                w.text("t:BaseShape", "IdOnly");
                let body_type = match self.bodies {
                    Bodies::Stored => Some("Best"),
                    Bodies::Html => Some("HTML"),
                    Bodies::Text => Some("Text"),
                    Bodies::Left => None,
                };
                if let Some(body_type) = body_type {
                    w.text("t:BodyType", body_type);
                }
                w.element("t:AdditionalProperties", &[], |w| {
                    let body = body_type.map(|_| "item:Body");
                    let of_series = match self.detail {
                        Detail::Meeting => &[],
                        Detail::Series => SERIES_FIELDS,
                    };
                    for field in FIELDS.iter().copied().chain(body) {
                        w.empty("t:FieldURI", &[("FieldURI", field)]);
                    }
                    for field in of_series {
                        w.empty("t:FieldURI", &[("FieldURI", field)]);
                    }
                    for property in &self.extended {
                        property.write(w);
                    }
                });
            });
            w.element("m:ItemIds", &[], |w| {
                self.ids.iter().for_each(|target| target.write(w));
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Self::Response, Fault>, XmlError> {
        let mut throttled = None;
        let messages = soap::response_messages(reader, |outcome, reader| {
            Ok(match Self::read_message(outcome, reader)? {
                Told::Item(answer) => answer,
                Told::Throttled(fault) => {
                    let code = fault.code.clone();
                    throttled = Some(fault);
                    Err(ItemError { code })
                }
            })
        })?;
        if messages.is_empty() && !self.ids.is_empty() {
            return Err(XmlError::Missing("a response message"));
        }
        Ok(throttled.map_or(Ok(messages), Err))
    }
}

/// What one response message tells.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub(crate) enum Told {
    /// Of its item.
    Item(Result<CalendarItem, ItemError>),
    /// Of the server, which is busy.
    Throttled(Fault),
}

impl GetItem {
    /// Local name of the element that has one item.
    pub(crate) const MESSAGE: &'static str = "GetItemResponseMessage";

    /// Reads the content of one message.
    pub(crate) fn read_message(
        mut outcome: Outcome,
        reader: &mut Reader<'_>,
    ) -> Result<Told, XmlError> {
        let mut item = None;
        while let Some(child) = reader.child()? {
            if outcome.take(child.name(), reader)? {
                continue;
            }
            if child.name() != "Items" {
                reader.skip()?;
                continue;
            }
            while let Some(_item) = reader.child()? {
                item = Some(CalendarItem::read(reader)?);
            }
        }
        let code = outcome.code.clone();
        Ok(match (outcome.fault(), item) {
            (Some(fault), _) if fault.code.class() == Class::Throttled => Told::Throttled(fault),
            (None, Some(item)) => Told::Item(Ok(item)),
            // A warning without an item is an item that was not done.
            _ => Told::Item(Err(ItemError { code })),
        })
    }
}
