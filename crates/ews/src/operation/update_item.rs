//! UpdateItem: changes fields of one item, occurrence or series.
//! Reference: "UpdateItem operation" (MS-OXWSCORE).

use chrono_tz::Tz;

use super::{
    Operation,
    create_item::{Invitations, Times, When, write_list},
};
use crate::{
    item::{Body, ItemRef, Property, Smtp, item_ref, write_body},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// One field with its new value, or without one. Each is set by itself: the
/// server refuses two in one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldChange {
    /// Sets the subject.
    Subject(String),
    /// Sets the location.
    Location(String),
    /// Sets the body in the form that is given.
    Body(Body),
    /// Sets begin, end and zone. They go together: where one of them is
    /// missing servers move the others (quirk 29).
    When(When, Tz),
    /// Sets who is asked; an empty list takes everybody of that kind off.
    People(Asked, Vec<Smtp>),
    /// Sets an extended property.
    Extended(Property, String),
    /// Takes an extended property away.
    WithoutExtended(Property),
}

/// As what attendees are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Has to be there.
    Required,
    /// May be there.
    Optional,
    /// A room or a thing.
    Resource,
}

impl Asked {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Required => ("calendar:RequiredAttendees", "t:RequiredAttendees"),
            Self::Optional => ("calendar:OptionalAttendees", "t:OptionalAttendees"),
            Self::Resource => ("calendar:Resources", "t:Resources"),
        }
    }
}

/// What the server does when the item was changed since the change key was
/// read. The schema requires it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictResolution {
    /// It changes nothing: `ErrorIrresolvableConflict`.
    NeverOverwrite,
    /// It merges what does not collide.
    AutoResolve,
    /// The change wins.
    AlwaysOverwrite,
}

impl ConflictResolution {
    fn word(self) -> &'static str {
        match self {
            Self::NeverOverwrite => "NeverOverwrite",
            Self::AutoResolve => "AutoResolve",
            Self::AlwaysOverwrite => "AlwaysOverwrite",
        }
    }
}

/// Changes one item. With the id of an occurrence the series stays as it is;
/// with the id of the master all of it changes.
#[derive(Debug, Clone)]
pub struct UpdateItem {
    /// Which, as it was read.
    pub item: ItemRef,
    /// What to set, in this order.
    pub changes: Vec<FieldChange>,
    /// What to do about changes of others.
    pub conflicts: ConflictResolution,
    /// Whether attendees hear of it.
    pub invitations: Invitations,
}

/// What came of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The item with its new change key: an event that tells of it is an echo.
    pub item: Option<ItemRef>,
    /// How many properties were left as another one had set them: read the
    /// item again.
    pub conflicts: u32,
}

impl FieldChange {
    fn write(&self, w: &mut Writer) {
        match self {
            Self::Subject(text) => set(w, "item:Subject", |w| w.text("t:Subject", text)),
            Self::Location(text) => set(w, "calendar:Location", |w| w.text("t:Location", text)),
            Self::Body(body) => set(w, "item:Body", |w| write_body(w, body)),
            Self::When(when, zone) => {
                let times = Times::of(*when, *zone);
                set(w, "calendar:Start", |w| w.text("t:Start", &times.start));
                set(w, "calendar:End", |w| w.text("t:End", &times.end));
                let all_day = times.all_day;
                set(w, "calendar:IsAllDayEvent", |w| {
                    w.text("t:IsAllDayEvent", all_day);
                });
                let id = [("Id", times.zone)];
                set(w, "calendar:StartTimeZone", |w| {
                    w.empty("t:StartTimeZone", &id);
                });
                set(w, "calendar:EndTimeZone", |w| w.empty("t:EndTimeZone", &id));
            }
            Self::People(asked, people) => {
                let (field, list) = asked.names();
                if people.is_empty() {
                    // An empty list is no value.
                    w.element("t:DeleteItemField", &[], |w| {
                        w.empty("t:FieldURI", &[("FieldURI", field)]);
                    });
                } else {
                    set(w, field, |w| write_list(w, list, people));
                }
            }
            Self::Extended(property, value) => w.element("t:SetItemField", &[], |w| {
                property.write(w);
                w.element("t:CalendarItem", &[], |w| property.write_with(w, value));
            }),
            Self::WithoutExtended(property) => {
                w.element("t:DeleteItemField", &[], |w| property.write(w));
            }
        }
    }
}

fn set(w: &mut Writer, field: &str, value: impl FnOnce(&mut Writer)) {
    w.element("t:SetItemField", &[], |w| {
        w.empty("t:FieldURI", &[("FieldURI", field)]);
        w.element("t:CalendarItem", &[], value);
    });
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for UpdateItem {
    type Response = Updated;
    const NAME: &'static str = "UpdateItem";
    const TAKES_TIME_ZONE: bool = true;
    /// The values are absolute: the same twice is the same once. Where
    /// attendees hear of it they would hear twice.
    const REPEATABLE: bool = false;

    fn write(&self, w: &mut Writer) {
        let attributes = [
            ("ConflictResolution", self.conflicts.word()),
            ("MessageDisposition", "SaveOnly"),
            (
                "SendMeetingInvitationsOrCancellations",
                self.invitations.word(),
            ),
        ];
        w.element("m:UpdateItem", &attributes, |w| {
            w.element("m:ItemChanges", &[], |w| {
                w.element("t:ItemChange", &[], |w| {
                    self.item.write(w);
                    w.element("t:Updates", &[], |w| {
                        self.changes.iter().for_each(|change| change.write(w));
                    });
                });
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Updated, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut updated = Updated {
                item: None,
                conflicts: 0,
            };
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                match child.name() {
                    "Items" => updated.item = read_item_ref(reader)?,
                    "ConflictResults" => updated.conflicts = read_count(reader)?,
                    _ => reader.skip()?,
                }
            }
            Ok(outcome.fault().map_or(Ok(updated), Err))
        })?;
        soap::single(messages)
    }
}

/// The id of the first item inside `Items`; reads to its end.
pub(super) fn read_item_ref(reader: &mut Reader<'_>) -> Result<Option<ItemRef>, XmlError> {
    let mut found = None;
    while reader.child()?.is_some() {
        while let Some(field) = reader.child()? {
            if field.name() == "ItemId" && found.is_none() {
                found = item_ref(&field);
            }
            reader.skip()?;
        }
    }
    Ok(found)
}

fn read_count(reader: &mut Reader<'_>) -> Result<u32, XmlError> {
    let mut count = 0;
    while let Some(child) = reader.child()? {
        if child.name() == "Count" {
            count = reader.text()?.trim().parse().unwrap_or(0);
        } else {
            reader.skip()?;
        }
    }
    Ok(count)
}
