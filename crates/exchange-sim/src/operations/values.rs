//! The value of each field of a calendar item.

use chrono_tz::Tz;

use super::fields::Depth;
use super::shape::{BodyShape, Shape};
use super::target::Target;
use super::{series_fields, zone_fields};
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
use crate::wire::text::{html, instant, plain, resolve};
use crate::world::details::{Attendee, Body, Details, Person, Reminder, Response};
use crate::world::id;
use crate::world::property::{PropertyKey, PropertyValue};
use crate::world::{Item, zone};

/// Streamed string properties are cut after this many characters by FindItem.
const CUT: usize = 255;

/// An item under the eyes of one request.
pub(super) struct View<'a> {
    pub(super) target: Target<'a>,
    pub(super) details: &'a Details,
    pub(super) shape: &'a Shape,
    pub(super) depth: Depth,
    pub(super) zone: Tz,
}

impl View<'_> {
    fn item(&self) -> &Item {
        self.target.item
    }

    /// A text among the appointment's numbered properties.
    fn appointment(&self, number: i32) -> Option<String> {
        let key = PropertyKey::numbered("Appointment", number);
        match self.details.extended.get(&key)? {
            PropertyValue::One(value) => Some(value.clone()),
            PropertyValue::Many(_) => None,
        }
    }

    fn cut(&self, value: &str) -> String {
        if self.depth == Depth::Whole {
            value.to_owned()
        } else {
            value.chars().take(CUT).collect()
        }
    }

    /// A field by its element; nothing when the item has none.
    pub(super) fn field(&self, name: &str) -> Option<Element> {
        let details = self.details;
        let at = |moment| instant(moment, self.zone);
        let yes = |value: bool| value.to_string();
        // grommunio writes the fractions it has of the store's own times.
        let stamp = |moment: chrono::DateTime<chrono::Utc>| match self.shape.personality {
            Personality::ExchangeSe => at(moment),
            Personality::Grommunio => moment.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        };
        let is_meeting = details.is_meeting();
        Some(match name {
            "ParentFolderId" => super::get_folder::folder_id(
                "t:ParentFolderId",
                self.target.mailbox,
                self.target.mailbox.folder_of(self.item().number),
            ),
            "ItemClass" => text("t:ItemClass", self.item_class()),
            "Subject" if details.subject.is_empty() => return None,
            "Subject" => text("t:Subject", self.cut(&details.subject)),
            "Sensitivity" => text("t:Sensitivity", details.sensitivity.word()),
            "Body" => self.body(),
            "TextBody" => text("t:TextBody", self.plain_body()).with("BodyType", "Text"),
            "DateTimeReceived" => text("t:DateTimeReceived", stamp(self.item().created)),
            "Size" => text("t:Size", self.size().to_string()),
            "Categories" if details.categories.is_empty() => return None,
            "Categories" => element("t:Categories").children(
                details
                    .categories
                    .iter()
                    .map(|one| text("t:String", one.clone())),
            ),
            "Culture" => text("t:Culture", details.culture.as_deref()?.to_owned()),
            "Importance" => text("t:Importance", details.importance.word()),
            "IsSubmitted" => text("t:IsSubmitted", "false"),
            "IsDraft" => text("t:IsDraft", "false"),
            "IsFromMe" => text("t:IsFromMe", "false"),
            "IsResend" => text("t:IsResend", "false"),
            "IsUnmodified" => text("t:IsUnmodified", "false"),
            "DateTimeSent" => text("t:DateTimeSent", stamp(self.item().created)),
            "DateTimeCreated" => text("t:DateTimeCreated", at(self.item().created)),
            "ReminderDueBy" => text("t:ReminderDueBy", at(details.start)),
            "ReminderIsSet" => text("t:ReminderIsSet", yes(details.reminder != Reminder::Off)),
            "ReminderMinutesBeforeStart" => {
                let minutes = match details.reminder {
                    Reminder::Off => 0,
                    Reminder::Minutes(minutes) => minutes,
                };
                text("t:ReminderMinutesBeforeStart", minutes.to_string())
            }
            "DisplayCc" => text("t:DisplayCc", names(&details.optional)),
            "DisplayTo" => text("t:DisplayTo", names(&details.required)),
            "HasAttachments" => text("t:HasAttachments", "false"),
            "EffectiveRights" => rights(),
            "LastModifiedName" => text("t:LastModifiedName", self.target.mailbox.name.clone()),
            "LastModifiedTime" => text("t:LastModifiedTime", stamp(self.item().modified)),
            "UID" => text("t:UID", self.item().uid.clone()),
            "RecurrenceId" => text("t:RecurrenceId", at(self.original_start()?)),
            "OriginalStart" => text("t:OriginalStart", at(self.written_original_start()?)),
            "DateTimeStamp" => text("t:DateTimeStamp", stamp(self.item().modified)),
            "Start" => text("t:Start", at(details.start)),
            "End" => text("t:End", at(details.end)),
            "IsAllDayEvent" => text("t:IsAllDayEvent", yes(details.all_day)),
            "LegacyFreeBusyStatus" => text("t:LegacyFreeBusyStatus", details.busy.word()),
            "IntendedFreeBusyStatus" => text("t:IntendedFreeBusyStatus", details.busy.word()),
            "Location" | "EnhancedLocation" if details.location.is_empty() => return None,
            "Location" => text("t:Location", self.cut(&details.location)),
            "IsMeeting" => text("t:IsMeeting", yes(is_meeting)),
            "IsCancelled" => text("t:IsCancelled", yes(details.cancelled)),
            "IsRecurring" => text("t:IsRecurring", yes(self.target.day.is_some())),
            "MeetingRequestWasSent" => text(
                "t:MeetingRequestWasSent",
                yes(is_meeting && details.my_response == Response::Organizer),
            ),
            "IsResponseRequested" => text("t:IsResponseRequested", "true"),
            "CalendarItemType" => text("t:CalendarItemType", self.kind()),
            "MyResponseType" => text("t:MyResponseType", details.my_response.word()),
            "Organizer" => self.organizer(),
            "RequiredAttendees" => attendees("t:RequiredAttendees", &details.required, self.zone)?,
            "OptionalAttendees" => attendees("t:OptionalAttendees", &details.optional, self.zone)?,
            "Resources" => attendees("t:Resources", &details.resources, self.zone)?,
            "Duration" => text("t:Duration", duration(details)),
            "TimeZone" => text("t:TimeZone", zone::display_name(details.zone)),
            "AppointmentSequenceNumber" => {
                text("t:AppointmentSequenceNumber", details.sequence.to_string())
            }
            "AppointmentState" => text("t:AppointmentState", state(details).to_string()),
            "Recurrence"
            | "FirstOccurrence"
            | "LastOccurrence"
            | "ModifiedOccurrences"
            | "DeletedOccurrences" => {
                series_fields::write(name, self.target, self.zone, self.shape.personality)?
            }
            "StartTimeZone" => zone_fields::definition("t:StartTimeZone", details),
            "EndTimeZone" => zone_fields::definition("t:EndTimeZone", details),
            "ConferenceType" => text("t:ConferenceType", "0"),
            "AllowNewTimeProposal" => text("t:AllowNewTimeProposal", "true"),
            "IsOnlineMeeting" => text("t:IsOnlineMeeting", yes(details.join_url.is_some())),
            // PidLidMeetingWorkspaceUrl and PidLidNetShowUrl (MS-OXPROPS).
            "MeetingWorkspaceUrl" => text("t:MeetingWorkspaceUrl", self.appointment(0x8209)?),
            "NetShowUrl" => text("t:NetShowUrl", self.appointment(0x8248)?),
            "EnhancedLocation" => {
                let address = element("t:PostalAddress")
                    .child(text("t:Type", "Business"))
                    .child(text("t:LocationSource", "None"));
                element("t:EnhancedLocation")
                    .child(text("t:DisplayName", details.location.clone()))
                    .child(text("t:Annotation", ""))
                    .child(address)
            }
            "StartWallClock" => text("t:StartWallClock", instant(details.start, details.zone)),
            "EndWallClock" => text("t:EndWallClock", instant(details.end, details.zone)),
            "StartTimeZoneId" => text("t:StartTimeZoneId", zone_fields::id(details)),
            "EndTimeZoneId" => text("t:EndTimeZoneId", zone_fields::id(details)),
            "JoinOnlineMeetingUrl" => text("t:JoinOnlineMeetingUrl", details.join_url.clone()?),
            "IsOrganizer" => text(
                "t:IsOrganizer",
                yes(matches!(
                    details.my_response,
                    Response::Organizer | Response::Unknown
                )),
            ),
            _ => return None,
        })
    }

    fn item_class(&self) -> &'static str {
        if self.kind() == "Exception" {
            "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"
        } else {
            "IPM.Appointment"
        }
    }

    fn kind(&self) -> &'static str {
        match (&self.item().series, self.target.day) {
            (None, _) => "Single",
            (Some(_), None) => "RecurringMaster",
            (Some(series), Some(day)) if series.changed.contains_key(&day) => "Exception",
            (Some(_), Some(_)) => "Occurrence",
        }
    }

    fn original_start(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let series = self.item().series.as_ref()?;
        Some(
            series
                .occurrence(&self.item().details, self.target.day?)
                .original_start,
        )
    }

    /// grommunio writes the midnight before instead.
    fn written_original_start(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let start = self.original_start()?;
        Some(match self.shape.personality {
            Personality::ExchangeSe => start,
            Personality::Grommunio => {
                let zone = self.item().details.zone;
                let day = start.with_timezone(&zone).date_naive();
                resolve(day.and_time(chrono::NaiveTime::MIN), zone)
            }
        })
    }

    fn plain_body(&self) -> String {
        match &self.details.body {
            Body::Text(content) => content.clone(),
            Body::Html(content) => plain(content),
        }
    }

    fn body(&self) -> Element {
        let (kind, content) = match (&self.details.body, self.shape.body) {
            (Body::Text(content), BodyShape::Text | BodyShape::Best) => ("Text", content.clone()),
            (Body::Html(content), BodyShape::Html | BodyShape::Best) => ("HTML", content.clone()),
            (Body::Html(_), BodyShape::Text) => ("Text", self.plain_body()),
            (Body::Text(content), BodyShape::Html) => ("HTML", html(content)),
        };
        let most = self
            .shape
            .most_body
            .filter(|most| *most > 0)
            .unwrap_or(usize::MAX);
        let truncated = content.chars().count() > most;
        let content = if truncated {
            content.chars().take(most).collect()
        } else {
            content
        };
        text("t:Body", content)
            .with("BodyType", kind)
            .with("IsTruncated", truncated.to_string())
    }

    fn size(&self) -> usize {
        let body = match &self.details.body {
            Body::Text(content) | Body::Html(content) => content.len(),
        };
        4096 + body + 2 * self.details.subject.len()
    }

    fn organizer(&self) -> Element {
        let owner = Person::new(
            self.target.mailbox.name.clone(),
            self.target.mailbox.address.clone(),
        );
        let person = self.details.organizer.as_ref().unwrap_or(&owner);
        let mailbox = if self.depth == Depth::Whole {
            mailbox(person)
        } else {
            element("t:Mailbox").child(text("t:Name", self.cut(&person.name)))
        };
        element("t:Organizer").child(mailbox)
    }

    /// The extended properties asked for that the item has.
    pub(super) fn extended(&self) -> Vec<Element> {
        let written = self.shape.extended.iter().filter_map(|(key, uri)| {
            let value = self.property(key)?;
            let value = match value {
                PropertyValue::One(value) => text("t:Value", self.cut(&value)),
                PropertyValue::Many(values) => element("t:Values")
                    .children(values.into_iter().map(|value| text("t:Value", value))),
            };
            Some(
                element("t:ExtendedProperty")
                    .child(uri.clone())
                    .child(value),
            )
        });
        written.collect()
    }

    fn property(&self, key: &PropertyKey) -> Option<PropertyValue> {
        if key.is_global_object_id() {
            return Some(PropertyValue::One(id::global_object_id(
                &self.item().uid,
                self.target.day,
            )));
        }
        if key.is_clean_global_object_id() {
            return Some(PropertyValue::One(id::global_object_id(
                &self.item().uid,
                None,
            )));
        }
        // MS-OXPROPS: what every item has under a tag, whoever made it.
        let plain = match key {
            PropertyKey::Tag(0x001a) => Some(self.item_class().to_owned()),
            PropertyKey::Tag(0x0037) => Some(self.details.subject.clone()),
            PropertyKey::Tag(0x0e23) => Some((self.item().number.0 & 0x7fff_ffff).to_string()),
            PropertyKey::Tag(0x3007) => Some(instant(self.item().created, Tz::UTC)),
            PropertyKey::Tag(0x3008) => Some(instant(self.item().modified, Tz::UTC)),
            _ => None,
        };
        plain
            .map(PropertyValue::One)
            .or_else(|| self.details.extended.get(key).cloned())
    }
}

/// A person as `EmailAddressType`; one without an address keeps the name only.
pub(crate) fn mailbox(person: &Person) -> Element {
    let out = element("t:Mailbox").child(text("t:Name", person.name.clone()));
    match &person.address {
        None => out,
        Some(address) => {
            let routing = if address.starts_with("/O=") || address.starts_with("/o=") {
                "EX"
            } else {
                "SMTP"
            };
            out.child(text("t:EmailAddress", address.clone()))
                .child(text("t:RoutingType", routing))
                .child(text("t:MailboxType", "Mailbox"))
        }
    }
}

fn attendees(name: &'static str, all: &[Attendee], zone: Tz) -> Option<Element> {
    if all.is_empty() {
        return None;
    }
    Some(element(name).children(all.iter().map(|attendee| {
        element("t:Attendee")
            .child(mailbox(&attendee.person))
            .child(text("t:ResponseType", attendee.response.word()))
            .child_if(
                attendee
                    .answered
                    .map(|at| text("t:LastResponseTime", instant(at, zone))),
            )
    })))
}

fn names(all: &[Attendee]) -> String {
    all.iter()
        .map(|attendee| attendee.person.name.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

fn duration(details: &Details) -> String {
    let minutes = (details.end - details.start).num_minutes();
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, hours, minutes) => format!("PT{hours}H{minutes}M"),
        (days, 0, 0) => format!("P{days}D"),
        (days, hours, minutes) => format!("P{days}DT{hours}H{minutes}M"),
    }
}

/// `asfMeeting` 1, `asfReceived` 2, `asfCanceled` 4 (MS-OXOCAL 2.2.1.10).
fn state(details: &Details) -> u8 {
    let meeting = u8::from(details.is_meeting());
    let received = 2 * u8::from(!matches!(
        details.my_response,
        Response::Organizer | Response::Unknown
    ));
    meeting + received + 4 * u8::from(details.cancelled)
}

fn rights() -> Element {
    const RIGHTS: [&str; 7] = [
        "t:CreateAssociated",
        "t:CreateContents",
        "t:CreateHierarchy",
        "t:Delete",
        "t:Modify",
        "t:Read",
        "t:ViewPrivateItems",
    ];
    element("t:EffectiveRights").children(RIGHTS.map(|right| text(right, "true")))
}
