//! FindItem with a CalendarView: the occurrences that overlap a stretch of
//! time. Answers are cut (no bodies, no people, names shortened); GetItem has
//! the rest.
//! Reference: "FindItem operation" (MS-OXWSSRCH), "CalendarView".

use chrono::{DateTime, Utc};

use super::{Operation, calendar_folder};
use crate::{
    item::CalendarItem,
    soap::{self, Fault},
    time::zulu,
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for what overlaps `[start, end)`.
#[derive(Debug, Clone)]
pub struct FindCalendarItems {
    /// From.
    pub start: DateTime<Utc>,
    /// Until.
    pub end: DateTime<Utc>,
}

impl FindCalendarItems {
    /// Items in one answer: servers cut at 1000 whatever is asked for.
    pub const MOST: u32 = 1000;
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundItems {
    /// Items; ids may come more than once.
    pub items: Vec<CalendarItem>,
    /// False when the answer was cut. There is no offset: ask for less time.
    pub complete: bool,
}

const FIELDS: &[&str] = &[
    "calendar:Start",
    "calendar:End",
    "calendar:CalendarItemType",
    "calendar:UID",
];

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for FindCalendarItems {
    type Response = FoundItems;
    const NAME: &'static str = "FindItem";
    const TAKES_TIME_ZONE: bool = true;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:FindItem", &[("Traversal", "Shallow")], |w| {
            w.element("m:ItemShape", &[], |w| {
                w.text("t:BaseShape", "IdOnly");
                w.element("t:AdditionalProperties", &[], |w| {
                    for field in FIELDS {
                        w.empty("t:FieldURI", &[("FieldURI", field)]);
                    }
                });
            });
            w.empty(
                "m:CalendarView",
                &[
                    ("MaxEntriesReturned", &Self::MOST.to_string()),
                    ("StartDate", &zulu(self.start)),
                    ("EndDate", &zulu(self.end)),
                ],
            );
            w.element("m:ParentFolderIds", &[], calendar_folder);
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<FoundItems, Fault>, XmlError> {
        read_found(reader)
    }
}

/// Asks for all items of the calendar, a page at a time: single ones and
/// series as they are, which are not expanded.
#[derive(Debug, Clone)]
pub struct FindAllItems {
    /// How many items to pass over.
    pub offset: u32,
}

impl FindAllItems {
    /// Items in one page.
    pub const PAGE: u32 = FindCalendarItems::MOST;
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for FindAllItems {
    type Response = FoundItems;
    const NAME: &'static str = "FindItem";
    const TAKES_TIME_ZONE: bool = true;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:FindItem", &[("Traversal", "Shallow")], |w| {
            w.element("m:ItemShape", &[], |w| {
                w.text("t:BaseShape", "IdOnly");
                w.element("t:AdditionalProperties", &[], |w| {
                    w.empty("t:FieldURI", &[("FieldURI", "calendar:CalendarItemType")]);
                });
            });
            w.empty(
                "m:IndexedPageItemView",
                &[
                    ("MaxEntriesReturned", &Self::PAGE.to_string()),
                    ("Offset", &self.offset.to_string()),
                    ("BasePoint", "Beginning"),
                ],
            );
            w.element("m:ParentFolderIds", &[], calendar_folder);
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<FoundItems, Fault>, XmlError> {
        read_found(reader)
    }
}

fn read_found(reader: &mut Reader<'_>) -> Result<Result<FoundItems, Fault>, XmlError> {
    let messages = soap::response_messages(reader, |mut outcome, reader| {
        let mut found = FoundItems {
            items: Vec::new(),
            complete: true,
        };
        let mut has_folder = false;
        while let Some(child) = reader.child()? {
            if outcome.take(child.name(), reader)? {
                continue;
            }
            if child.name() != "RootFolder" {
                reader.skip()?;
                continue;
            }
            has_folder = true;
            found.complete = child.attribute("IncludesLastItemInRange").as_deref() != Some("false");
            while let Some(list) = reader.child()? {
                if list.name() == "Items" {
                    while let Some(_item) = reader.child()? {
                        found.items.push(CalendarItem::read(reader)?);
                    }
                } else {
                    reader.skip()?;
                }
            }
        }
        match outcome.fault() {
            Some(fault) => Ok(Err(fault)),
            // An empty list is a claim that nothing is there; it has to
            // be made and not only not contradicted.
            None if !has_folder => Err(XmlError::Missing("a root folder")),
            None => Ok(Ok(found)),
        }
    })?;
    soap::single(messages)
}
