//! CreateItem: a new appointment, or a meeting with invitations.
//! Reference: "CreateItem operation" (MS-OXWSCORE), "CalendarItem".

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::{Operation, calendar_folder, update_item::read_item_ref};
use crate::{
    item::{Body, ItemRef, Property, Smtp, write_body},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
    zone::windows_id,
};

/// Whether attendees get mail. For calendar items it has to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invitations {
    /// Nobody hears of it.
    ToNone,
    /// All attendees do, and a copy is kept with the sent mail.
    ToAllAndSaveCopy,
    /// Those who were added or taken off do, when a meeting is changed, and a
    /// copy is kept with the sent mail.
    ToChangedAndSaveCopy,
}

impl Invitations {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ToNone => "SendToNone",
            Self::ToAllAndSaveCopy => "SendToAllAndSaveCopy",
            Self::ToChangedAndSaveCopy => "SendToChangedAndSaveCopy",
        }
    }
}

/// When a new meeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From and to an instant, shown in the user's zone.
    Timed {
        /// First instant.
        start: DateTime<Utc>,
        /// First instant after it.
        end: DateTime<Utc>,
    },
    /// Whole days of the user's zone.
    AllDay {
        /// The first.
        first: NaiveDate,
        /// The first one after it.
        end: NaiveDate,
    },
}

/// Who besides its owner may read what stands in a new item
/// (`SensitivityChoicesType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitivity {
    /// Whoever may read the calendar.
    Normal,
    /// Those alone to whom private items were opened; free/busy information
    /// leaves out its subject and place (MS-OXWAVLS, `IsPrivate`).
    Private,
}

impl Sensitivity {
    fn word(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Private => "Private",
        }
    }
}

/// Creates one item in the calendar. It is not repeatable: a second one would
/// invite everybody twice. After a lost answer look for
/// [`CreateItem::client_request`] before trying again.
#[derive(Debug, Clone)]
pub struct CreateItem {
    /// Subject.
    pub subject: String,
    /// Who may read it.
    pub sensitivity: Sensitivity,
    /// Text of the invitation.
    pub body: Body,
    /// When.
    pub when: When,
    /// The user's zone, in which the meeting is made and repeated.
    pub zone: Tz,
    /// Where, as it is shown.
    pub location: String,
    /// Who has to be there.
    pub required: Vec<Smtp>,
    /// Who may be there.
    pub optional: Vec<Smtp>,
    /// Rooms and things.
    pub resources: Vec<Smtp>,
    /// How many minutes before the start its owner is reminded; `None` for
    /// never.
    pub reminder_minutes: Option<u32>,
    /// Names this attempt, in an extended property that survives on the
    /// server.
    pub client_request: String,
    /// Further extended properties.
    pub extended: Vec<(Property, String)>,
    /// Whether attendees get mail; a new meeting has no
    /// [`Invitations::ToChangedAndSaveCopy`].
    pub invitations: Invitations,
}

impl CreateItem {
    /// The property that holds [`CreateItem::client_request`].
    pub fn client_request_property() -> Property {
        Property::Own {
            set: Property::OWN_SET.to_owned(),
            name: "ClientRequestId".to_owned(),
        }
    }
}

/// Begin and end as the clock of their zone shows them, with that zone's
/// Windows id. With an offset a server would round whole days in its own zone.
pub(super) struct Times {
    pub(super) start: String,
    pub(super) end: String,
    pub(super) all_day: &'static str,
    pub(super) zone: &'static str,
}

impl Times {
    pub(super) fn of(when: When, zone: Tz) -> Self {
        // A zone without a Windows id is stated as UTC, and the times with it.
        let (zone, id) = match windows_id(zone) {
            Some(id) => (zone, id),
            None => (Tz::UTC, "UTC"),
        };
        let local = |moment: DateTime<Utc>| moment.with_timezone(&zone).naive_local();
        let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN);
        let (start, end, all_day) = match when {
            When::Timed { start, end } => (local(start), local(end), "false"),
            When::AllDay { first, end } => (midnight(first), midnight(end), "true"),
        };
        let written = |time: NaiveDateTime| time.format("%Y-%m-%dT%H:%M:%S").to_string();
        Self {
            start: written(start),
            end: written(end),
            all_day,
            zone: id,
        }
    }
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for CreateItem {
    type Response = Option<ItemRef>;
    const NAME: &'static str = "CreateItem";
    const TAKES_TIME_ZONE: bool = true;
    const REPEATABLE: bool = false;

    fn write(&self, w: &mut Writer) {
        let sends = [("SendMeetingInvitations", self.invitations.word())];
        let times = Times::of(self.when, self.zone);
        w.element("m:CreateItem", &sends, |w| {
            w.element("m:SavedItemFolderId", &[], calendar_folder);
            w.element("m:Items", &[], |w| {
                w.element("t:CalendarItem", &[], |w| {
                    w.text("t:Subject", &self.subject);
                    w.text("t:Sensitivity", self.sensitivity.word());
                    write_body(w, &self.body);
                    let reminder = self.reminder_minutes;
                    w.text(
                        "t:ReminderIsSet",
                        if reminder.is_some() { "true" } else { "false" },
                    );
                    if let Some(minutes) = reminder {
                        w.text("t:ReminderMinutesBeforeStart", &minutes.to_string());
                    }
                    Self::client_request_property().write_with(w, &self.client_request);
                    for (property, value) in &self.extended {
                        property.write_with(w, value);
                    }
                    w.text("t:Start", &times.start);
                    w.text("t:End", &times.end);
                    w.text("t:IsAllDayEvent", times.all_day);
                    w.text("t:Location", &self.location);
                    w.text("t:IsResponseRequested", "true");
                    write_people(w, "t:RequiredAttendees", &self.required);
                    write_people(w, "t:OptionalAttendees", &self.optional);
                    write_people(w, "t:Resources", &self.resources);
                    w.empty("t:StartTimeZone", &[("Id", times.zone)]);
                    w.empty("t:EndTimeZone", &[("Id", times.zone)]);
                });
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Option<ItemRef>, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut created = None;
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                match child.name() {
                    "Items" => created = read_item_ref(reader)?,
                    _ => reader.skip()?,
                }
            }
            Ok(outcome.fault().map_or(Ok(created), Err))
        })?;
        soap::single(messages)
    }
}

fn write_people(w: &mut Writer, list: &str, people: &[Smtp]) {
    if !people.is_empty() {
        write_list(w, list, people);
    }
}

/// One list of attendees.
pub(super) fn write_list(w: &mut Writer, list: &str, people: &[Smtp]) {
    w.element(list, &[], |w| {
        for person in people {
            w.element("t:Attendee", &[], |w| {
                w.element("t:Mailbox", &[], |w| w.text("t:EmailAddress", &person.0));
            });
        }
    });
}
