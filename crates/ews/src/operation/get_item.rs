//! GetItem: all that is known about items, each for itself.
//! Reference: "GetItem operation" (MS-OXWSCORE).

use super::Operation;
use crate::{
    error::ItemError,
    item::{CalendarItem, ItemId, Property},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for items by id. Answer `i` belongs to id `i`.
#[derive(Debug, Clone)]
pub struct GetItem {
    /// Which; at most about 50, a request must be done within a minute.
    pub ids: Vec<ItemId>,
    /// Extended properties beside the usual fields.
    pub extended: Vec<Property>,
}

const FIELDS: &[&str] = &[
    "item:Subject",
    "item:Sensitivity",
    "item:Body",
    "item:LastModifiedTime",
    "item:ReminderIsSet",
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
    "calendar:StartTimeZoneId",
    "calendar:EndTimeZoneId",
    "calendar:JoinOnlineMeetingUrl",
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
        write_request(w, &self.extended, |w| {
            for id in &self.ids {
                w.empty("t:ItemId", &[("Id", &id.0)]);
            }
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Self::Response, Fault>, XmlError> {
        read_items(reader, self.ids.len())
    }
}

/// Asks for the series that an occurrence belongs to, as an item.
#[derive(Debug, Clone)]
pub struct GetMaster {
    /// One of its occurrences.
    pub occurrence: ItemId,
    /// Extended properties beside the usual fields.
    pub extended: Vec<Property>,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetMaster {
    type Response = Result<CalendarItem, ItemError>;
    const NAME: &'static str = "GetItem";
    const TAKES_TIME_ZONE: bool = true;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        write_request(w, &self.extended, |w| {
            w.empty(
                "t:RecurringMasterItemId",
                &[("OccurrenceId", &self.occurrence.0)],
            );
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Self::Response, Fault>, XmlError> {
        Ok(match read_items(reader, 1)? {
            Ok(items) => match items.into_iter().next() {
                Some(item) => Ok(item),
                None => return Err(XmlError::Missing("a response message")),
            },
            Err(fault) => Err(fault),
        })
    }
}

fn write_request(w: &mut Writer, extended: &[Property], ids: impl FnOnce(&mut Writer)) {
    w.element("m:GetItem", &[], |w| {
        w.element("m:ItemShape", &[], |w| {
            w.text("t:BaseShape", "IdOnly");
            // The stored form: links hide in the anchors of HTML.
            w.text("t:BodyType", "Best");
            w.element("t:AdditionalProperties", &[], |w| {
                for field in FIELDS {
                    w.empty("t:FieldURI", &[("FieldURI", field)]);
                }
                for property in extended {
                    property.write(w);
                }
            });
        });
        w.element("m:ItemIds", &[], ids);
    });
}

type Items = Vec<Result<CalendarItem, ItemError>>;

fn read_items(reader: &mut Reader<'_>, asked: usize) -> Result<Result<Items, Fault>, XmlError> {
    let mut throttled = None;
    let messages = soap::response_messages(reader, |mut outcome, reader| {
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
        let fault = outcome.fault();
        if let Some(fault) = &fault
            && fault.code.class() == crate::Class::Throttled
        {
            throttled = Some(fault.clone());
        }
        // A warning without an item is an item that was not done.
        Ok(match (fault, item) {
            (None, Some(item)) => Ok(item),
            _ => Err(ItemError { code }),
        })
    })?;
    if messages.is_empty() && asked > 0 {
        return Err(XmlError::Missing("a response message"));
    }
    Ok(throttled.map_or(Ok(messages), Err))
}
