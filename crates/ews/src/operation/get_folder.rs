//! GetFolder for the calendar: whether this mailbox is there and readable.
//! Reference: "GetFolder operation" (MS-OXWSFOLD).

use super::{Operation, calendar_folder};
use crate::{
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for the user's own calendar.
#[derive(Debug, Clone, Copy)]
pub struct GetCalendarFolder;

/// The calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarFolder {
    /// Opaque id.
    pub id: String,
    /// Name in the mailbox's language.
    pub display_name: String,
    /// Number of items.
    pub total_count: Option<u32>,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetCalendarFolder {
    type Response = CalendarFolder;
    const NAME: &'static str = "GetFolder";
    const TAKES_TIME_ZONE: bool = true;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:GetFolder", &[], |w| {
            w.element("m:FolderShape", &[], |w| {
                w.text("t:BaseShape", "IdOnly");
                w.element("t:AdditionalProperties", &[], |w| {
                    w.empty("t:FieldURI", &[("FieldURI", "folder:DisplayName")]);
                    w.empty("t:FieldURI", &[("FieldURI", "folder:TotalCount")]);
                });
            });
            w.element("m:FolderIds", &[], calendar_folder);
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<CalendarFolder, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut folder = CalendarFolder::default();
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                if child.name() != "Folders" {
                    reader.skip()?;
                    continue;
                }
                while let Some(_folder) = reader.child()? {
                    read_folder(&mut folder, reader)?;
                }
            }
            Ok(outcome.fault().map_or(Ok(folder), Err))
        })?;
        soap::single(messages)
    }
}

fn read_folder(folder: &mut CalendarFolder, reader: &mut Reader<'_>) -> Result<(), XmlError> {
    while let Some(field) = reader.child()? {
        match field.name() {
            "FolderId" => {
                folder.id = field.attribute("Id").unwrap_or_default();
                reader.skip()?;
            }
            "DisplayName" => folder.display_name = reader.text()?,
            "TotalCount" => folder.total_count = reader.text()?.trim().parse().ok(),
            _ => reader.skip()?,
        }
    }
    Ok(())
}
