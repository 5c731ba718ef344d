//! FindItem by the value of an extended property: the items that a request of
//! ours has made.
//! Reference: "FindItem operation" (MS-OXWSSRCH), "IsEqualTo",
//! "ExtendedFieldURI".

use super::Operation;
use crate::{
    item::{CalendarItem, ItemRef, Property},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Looks for items with a property of a certain value, in the calendar and
/// among what was deleted from it: whoever deletes a meeting by hand has seen
/// that it was made.
#[derive(Debug, Clone)]
pub struct FindMarkedItems {
    /// Which property.
    pub property: Property,
    /// Its value.
    pub value: String,
}

impl FindMarkedItems {
    /// Items in one answer; there should be one at most.
    const MOST: &'static str = "10";
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for FindMarkedItems {
    type Response = Vec<ItemRef>;
    const NAME: &'static str = "FindItem";
    const TAKES_TIME_ZONE: bool = true;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:FindItem", &[("Traversal", "Shallow")], |w| {
            w.element("m:ItemShape", &[], |w| w.text("t:BaseShape", "IdOnly"));
            w.empty(
                "m:IndexedPageItemView",
                &[
                    ("MaxEntriesReturned", Self::MOST),
                    ("Offset", "0"),
                    ("BasePoint", "Beginning"),
                ],
            );
            w.element("m:Restriction", &[], |w| {
                w.element("t:IsEqualTo", &[], |w| {
                    self.property.write(w);
                    w.element("t:FieldURIOrConstant", &[], |w| {
                        w.empty("t:Constant", &[("Value", &self.value)]);
                    });
                });
            });
            w.element("m:ParentFolderIds", &[], |w| {
                for folder in ["calendar", "deleteditems"] {
                    w.empty("t:DistinguishedFolderId", &[("Id", folder)]);
                }
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Vec<ItemRef>, Fault>, XmlError> {
        let folders = soap::response_messages(reader, |mut outcome, reader| {
            let mut found = Vec::new();
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
                while let Some(list) = reader.child()? {
                    if list.name() != "Items" {
                        reader.skip()?;
                        continue;
                    }
                    while reader.child()?.is_some() {
                        found.extend(CalendarItem::read(reader)?.id);
                    }
                }
            }
            match outcome.fault() {
                Some(fault) => Ok(Err(fault)),
                // That nothing is there has to be said, not only not denied.
                None if !has_folder => Err(XmlError::Missing("a root folder")),
                None => Ok(Ok(found)),
            }
        })?;
        if folders.is_empty() {
            return Err(XmlError::Missing("a response message"));
        }
        let folders: Result<Vec<_>, Fault> = folders.into_iter().collect();
        Ok(folders.map(|folders| folders.into_iter().flatten().collect()))
    }
}
