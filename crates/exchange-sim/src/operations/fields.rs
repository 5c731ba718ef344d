//! Which fields of a calendar item an answer holds, in the order of `CalendarItemType`.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono_tz::Tz;

use super::shape::{Base, Shape};
use super::target::Target;
use super::values::View;
use crate::icalendar;
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
use crate::world::id::{self, Named};

/// How much of an item an operation can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// `SyncFolderItems`: like FindItem.
    Sync,
    /// `FindItem`: no body, no attendees, organizer by name, strings cut.
    Found,
    /// `GetItem`: everything.
    Whole,
}

/// Field, element, and whether `Default` and FindItem hold it.
const FIELDS: &[(&str, &str, Held)] = &[
    ("item:ParentFolderId", "ParentFolderId", Held::All),
    ("item:ItemClass", "ItemClass", Held::All),
    ("item:Subject", "Subject", Held::Default),
    ("item:Sensitivity", "Sensitivity", Held::Default),
    ("item:Body", "Body", Held::WholeOnly),
    ("item:DateTimeReceived", "DateTimeReceived", Held::All),
    ("item:Size", "Size", Held::All),
    ("item:Categories", "Categories", Held::All),
    ("item:Importance", "Importance", Held::All),
    ("item:IsSubmitted", "IsSubmitted", Held::All),
    ("item:IsDraft", "IsDraft", Held::All),
    ("item:IsFromMe", "IsFromMe", Held::All),
    ("item:IsResend", "IsResend", Held::All),
    ("item:IsUnmodified", "IsUnmodified", Held::All),
    ("item:DateTimeSent", "DateTimeSent", Held::All),
    ("item:DateTimeCreated", "DateTimeCreated", Held::All),
    ("item:ReminderDueBy", "ReminderDueBy", Held::All),
    ("item:ReminderIsSet", "ReminderIsSet", Held::All),
    (
        "item:ReminderMinutesBeforeStart",
        "ReminderMinutesBeforeStart",
        Held::All,
    ),
    ("item:DisplayCc", "DisplayCc", Held::All),
    ("item:DisplayTo", "DisplayTo", Held::All),
    ("item:HasAttachments", "HasAttachments", Held::Default),
    ("", "ExtendedProperty", Held::All),
    ("item:Culture", "Culture", Held::All),
    ("item:EffectiveRights", "EffectiveRights", Held::All),
    ("item:LastModifiedName", "LastModifiedName", Held::All),
    ("item:LastModifiedTime", "LastModifiedTime", Held::All),
    ("item:TextBody", "TextBody", Held::AskedWhole),
    ("calendar:UID", "UID", Held::Default),
    ("calendar:RecurrenceId", "RecurrenceId", Held::Default),
    ("calendar:DateTimeStamp", "DateTimeStamp", Held::All),
    ("calendar:Start", "Start", Held::Default),
    ("calendar:End", "End", Held::Default),
    ("calendar:OriginalStart", "OriginalStart", Held::All),
    ("calendar:IsAllDayEvent", "IsAllDayEvent", Held::All),
    (
        "calendar:LegacyFreeBusyStatus",
        "LegacyFreeBusyStatus",
        Held::Default,
    ),
    ("calendar:Location", "Location", Held::Default),
    ("calendar:IsMeeting", "IsMeeting", Held::All),
    ("calendar:IsCancelled", "IsCancelled", Held::All),
    ("calendar:IsRecurring", "IsRecurring", Held::All),
    (
        "calendar:MeetingRequestWasSent",
        "MeetingRequestWasSent",
        Held::All,
    ),
    (
        "calendar:IsResponseRequested",
        "IsResponseRequested",
        Held::All,
    ),
    (
        "calendar:CalendarItemType",
        "CalendarItemType",
        Held::Default,
    ),
    ("calendar:MyResponseType", "MyResponseType", Held::All),
    ("calendar:Organizer", "Organizer", Held::Default),
    (
        "calendar:RequiredAttendees",
        "RequiredAttendees",
        Held::WholeOnly,
    ),
    (
        "calendar:OptionalAttendees",
        "OptionalAttendees",
        Held::WholeOnly,
    ),
    ("calendar:Resources", "Resources", Held::WholeOnly),
    ("calendar:Duration", "Duration", Held::All),
    ("calendar:TimeZone", "TimeZone", Held::All),
    (
        "calendar:AppointmentSequenceNumber",
        "AppointmentSequenceNumber",
        Held::All,
    ),
    ("calendar:AppointmentState", "AppointmentState", Held::All),
    ("calendar:Recurrence", "Recurrence", Held::WholeOnly),
    (
        "calendar:FirstOccurrence",
        "FirstOccurrence",
        Held::WholeOnly,
    ),
    ("calendar:LastOccurrence", "LastOccurrence", Held::WholeOnly),
    (
        "calendar:ModifiedOccurrences",
        "ModifiedOccurrences",
        Held::WholeOnly,
    ),
    (
        "calendar:DeletedOccurrences",
        "DeletedOccurrences",
        Held::WholeOnly,
    ),
    ("calendar:StartTimeZone", "StartTimeZone", Held::WholeOnly),
    ("calendar:EndTimeZone", "EndTimeZone", Held::WholeOnly),
    ("calendar:ConferenceType", "ConferenceType", Held::All),
    (
        "calendar:AllowNewTimeProposal",
        "AllowNewTimeProposal",
        Held::All,
    ),
    ("calendar:IsOnlineMeeting", "IsOnlineMeeting", Held::All),
    (
        "calendar:MeetingWorkspaceUrl",
        "MeetingWorkspaceUrl",
        Held::All,
    ),
    ("calendar:NetShowUrl", "NetShowUrl", Held::All),
    (
        "calendar:EnhancedLocation",
        "EnhancedLocation",
        Held::WholeOnly,
    ),
    ("calendar:StartWallClock", "StartWallClock", Held::All),
    ("calendar:EndWallClock", "EndWallClock", Held::All),
    ("calendar:StartTimeZoneId", "StartTimeZoneId", Held::All),
    ("calendar:EndTimeZoneId", "EndTimeZoneId", Held::All),
    (
        "calendar:IntendedFreeBusyStatus",
        "IntendedFreeBusyStatus",
        Held::All,
    ),
    (
        "calendar:JoinOnlineMeetingUrl",
        "JoinOnlineMeetingUrl",
        Held::All,
    ),
    ("calendar:IsOrganizer", "IsOrganizer", Held::All),
];

/// What grommunio never gives.
const NEVER: &[&str] = &[
    "FirstOccurrence",
    "LastOccurrence",
    "IsResponseRequested",
    "MeetingRequestWasSent",
];

/// What grommunio gives when it is asked for by name alone.
const UNASKED: &[&str] = &[
    "Body",
    "Categories",
    "RequiredAttendees",
    "OptionalAttendees",
    "Resources",
    "ReminderDueBy",
    "ReminderIsSet",
    "ReminderMinutesBeforeStart",
    "ParentFolderId",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// In the `Default` shape and everywhere.
    Default,
    /// In `AllProperties` and when asked for.
    All,
    /// In `AllProperties` and when asked for, by GetItem alone.
    WholeOnly,
    /// Only when asked for, by GetItem alone.
    AskedWhole,
}

/// Writes an item with the fields its shape asks for.
pub(crate) fn write(target: Target<'_>, shape: &Shape, depth: Depth, zone: Tz) -> Element {
    let details = match target
        .day
        .and_then(|day| target.item.occurrence_details(day))
    {
        Some(details) => Cow::Owned(details),
        None => Cow::Borrowed(&target.item.details),
    };
    let view = View {
        target,
        details: &details,
        shape,
        depth,
        zone,
    };
    let mime = depth == Depth::Whole && (shape.mime || shape.wants("item:MimeContent"));
    let mut out = element("t:CalendarItem")
        .child_if(mime.then(|| mime_content(target, shape.personality)))
        .child(item_id(target));
    for (uri, name, held) in FIELDS {
        if *name == "ExtendedProperty" {
            if shape.personality == Personality::Grommunio {
                // Each stands there twice.
                out = out.children(view.extended());
            }
            out = out.children(view.extended());
            continue;
        }
        let visible = depth == Depth::Whole || !matches!(held, Held::WholeOnly | Held::AskedWhole);
        let in_base = match shape.base {
            Base::IdOnly => false,
            Base::Default => *held == Held::Default,
            Base::AllProperties => *held != Held::AskedWhole,
        };
        if visible && (in_base || shape.wants(uri)) {
            if shape.personality == Personality::Grommunio
                && (NEVER.contains(name) || UNASKED.contains(name) && !shape.wants(uri))
            {
                continue;
            }
            let field = view.field(name);
            if shape.personality == Personality::Grommunio && name.ends_with("TimeZone") {
                // Zones stand there twice.
                out = out.child_if(field.clone());
            }
            out = out.child_if(field);
        }
    }
    out
}

/// The item as iCalendar; grommunio wraps it in a whole message (MIME).
fn mime_content(target: Target<'_>, personality: Personality) -> Element {
    let calendar = icalendar::write(target.mailbox, target.item, target.day);
    let content = match personality {
        Personality::ExchangeSe => calendar,
        Personality::Grommunio => format!(
            "MIME-Version: 1.0\r\nContent-Type: text/calendar; charset=\"utf-8\"; method=PUBLISH\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n{}",
            quoted_printable(&calendar)
        ),
    };
    text("t:MimeContent", STANDARD.encode(content)).with("CharacterSet", "UTF-8")
}

/// Quoted-printable (RFC 2045 section 6.7), with soft breaks after 72 characters.
fn quoted_printable(content: &str) -> String {
    let mut out = String::with_capacity(content.len());
    for line in content.split_inclusive("\r\n") {
        let (line, end) = match line.strip_suffix("\r\n") {
            Some(line) => (line, "\r\n"),
            None => (line, ""),
        };
        let mut length = 0;
        for byte in line.bytes() {
            if length >= 72 {
                out.push_str("=\r\n");
                length = 0;
            }
            if byte == b'=' || !(b' '..=b'~').contains(&byte) {
                let _ = write!(out, "={byte:02X}");
                length += 3;
            } else {
                out.push(char::from(byte));
                length += 1;
            }
        }
        out.push_str(end);
    }
    out
}

/// The id of an item, a series or an occurrence, with its change key.
pub(crate) fn item_id(target: Target<'_>) -> Element {
    let named = match target.day {
        Some(day) => Named::Occurrence(target.item.number, day),
        None => Named::Item(target.item.number),
    };
    element("t:ItemId")
        .with("Id", id::write(&target.mailbox.guid, named))
        .with(
            "ChangeKey",
            id::change_key(&target.mailbox.guid, target.item.serial),
        )
}
