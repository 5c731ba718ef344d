//! SyncFolderItems: which singles and masters changed since a state.
//! Reference: "SyncFolderItems operation" (MS-OXWSSYNC).

use super::{Operation, calendar_folder};
use crate::{
    item::{ItemRef, item_ref},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Opaque, often of 64 KiB and more; it has to be kept whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncState(pub String);

/// Asks for a page of changes of the calendar, ids alone: further properties
/// cost the server a call an item.
#[derive(Debug, Clone)]
pub struct SyncFolderItems {
    /// Where the last page ended; `None` for the beginning.
    pub state: Option<SyncState>,
}

impl SyncFolderItems {
    /// Changes in one page, the most that the schema allows.
    pub const PAGE: u32 = 512;
}

/// One change. A changed occurrence is an update of its master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// New.
    Created(ItemRef),
    /// Changed.
    Updated(ItemRef),
    /// Gone.
    Deleted(ItemRef),
}

/// A page of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// In the server's order.
    pub changes: Vec<Change>,
    /// Where the next page begins.
    pub state: Option<SyncState>,
    /// Whether this was the last page.
    pub complete: bool,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for SyncFolderItems {
    type Response = Changes;
    const NAME: &'static str = "SyncFolderItems";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:SyncFolderItems", &[], |w| {
            w.element("m:ItemShape", &[], |w| w.text("t:BaseShape", "IdOnly"));
            w.element("m:SyncFolderId", &[], calendar_folder);
            if let Some(state) = &self.state {
                w.text("m:SyncState", &state.0);
            }
            w.text("m:MaxChangesReturned", &Self::PAGE.to_string());
            w.text("m:SyncScope", "NormalItems");
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Changes, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut page = Changes {
                changes: Vec::new(),
                state: None,
                complete: false,
            };
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                match child.name() {
                    "SyncState" => {
                        let text = reader.text()?;
                        page.state = (!text.is_empty()).then_some(SyncState(text));
                    }
                    "IncludesLastItemInRange" => page.complete = reader.text()?.trim() != "false",
                    "Changes" => read_changes(&mut page.changes, reader)?,
                    _ => reader.skip()?,
                }
            }
            Ok(outcome.fault().map_or(Ok(page), Err))
        })?;
        soap::single(messages)
    }
}

fn read_changes(changes: &mut Vec<Change>, reader: &mut Reader<'_>) -> Result<(), XmlError> {
    while let Some(change) = reader.child()? {
        let make: fn(ItemRef) -> Change = match change.name() {
            "Create" => Change::Created,
            "Update" => Change::Updated,
            "Delete" => Change::Deleted,
            // Read flags and what later versions may add.
            _ => {
                reader.skip()?;
                continue;
            }
        };
        if let Some(id) = first_id(reader)? {
            changes.push(make(id));
        }
    }
    Ok(())
}

/// The `ItemId` of the change, directly or inside its item; reads to the end
/// of the change.
fn first_id(reader: &mut Reader<'_>) -> Result<Option<ItemRef>, XmlError> {
    let mut found = None;
    while let Some(child) = reader.child()? {
        if child.name() == "ItemId" {
            found = item_ref(&child);
            reader.skip()?;
            continue;
        }
        while let Some(field) = reader.child()? {
            if field.name() == "ItemId" && found.is_none() {
                found = item_ref(&field);
            }
            reader.skip()?;
        }
    }
    Ok(found)
}
