//! GetFolder for the calendar: whether this mailbox is there and readable.
//! Reference: "GetFolder operation" (MS-OXWSFOLD).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Operation, calendar_folder};
use crate::{
    soap::{self, Fault},
    time,
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
    /// What the caller may do; `None` when the server does not say.
    pub rights: Option<Rights>,
    /// When anything in the folder last changed
    /// (`PidTagLocalCommitTimeMax`, MS-OXPROPS).
    pub last_commit: Option<DateTime<Utc>>,
    /// How many items were ever deleted from the folder
    /// (`PidTagDeletedCountTotal`, MS-OXPROPS). While this and
    /// `last_commit` stay, nothing changed.
    pub deleted_total: Option<i32>,
}

/// What the caller may do in a folder; a right that is not named is not held.
/// Reference: "EffectiveRights" (MS-OXWSCDATA).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the rights are independent of each other"
)]
pub struct Rights {
    /// Make items.
    pub create: bool,
    /// Delete items.
    pub delete: bool,
    /// Change items.
    pub modify: bool,
    /// Read items.
    pub read: bool,
    /// See what is marked private.
    pub view_private: bool,
}

/// The property tag of [`CalendarFolder::last_commit`].
const LAST_COMMIT: u16 = 0x670A;
/// The property tag of [`CalendarFolder::deleted_total`].
const DELETED_TOTAL: u16 = 0x670B;

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
                    w.empty("t:FieldURI", &[("FieldURI", "folder:EffectiveRights")]);
                    for (tag, kind) in [(LAST_COMMIT, "SystemTime"), (DELETED_TOTAL, "Integer")] {
                        w.empty(
                            "t:ExtendedFieldURI",
                            &[
                                ("PropertyTag", &format!("0x{tag:04X}")),
                                ("PropertyType", kind),
                            ],
                        );
                    }
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
            "EffectiveRights" => folder.rights = Some(read_rights(reader)?),
            "ExtendedProperty" => read_property(folder, reader)?,
            _ => reader.skip()?,
        }
    }
    Ok(())
}

fn read_rights(reader: &mut Reader<'_>) -> Result<Rights, XmlError> {
    let mut rights = Rights::default();
    while let Some(field) = reader.child()? {
        let right = match field.name() {
            "CreateContents" => &mut rights.create,
            "Delete" => &mut rights.delete,
            "Modify" => &mut rights.modify,
            "Read" => &mut rights.read,
            "ViewPrivateItems" => &mut rights.view_private,
            _ => {
                reader.skip()?;
                continue;
            }
        };
        *right = matches!(reader.text()?.trim(), "true" | "1");
    }
    Ok(rights)
}

/// Servers write a tag back in lower case, so tags are compared as numbers.
fn read_property(folder: &mut CalendarFolder, reader: &mut Reader<'_>) -> Result<(), XmlError> {
    let mut tag = None;
    while let Some(field) = reader.child()? {
        match (field.name(), tag) {
            ("ExtendedFieldURI", _) => {
                tag = field.attribute("PropertyTag").as_deref().and_then(number);
                reader.skip()?;
            }
            ("Value", Some(LAST_COMMIT)) => {
                folder.last_commit = time::instant(&reader.text()?, Tz::UTC);
            }
            ("Value", Some(DELETED_TOTAL)) => {
                folder.deleted_total = reader.text()?.trim().parse().ok();
            }
            _ => reader.skip()?,
        }
    }
    Ok(())
}

/// A property tag as the schema allows it: hexadecimal after `0x`, or decimal.
fn number(tag: &str) -> Option<u16> {
    match tag.strip_prefix("0x").or_else(|| tag.strip_prefix("0X")) {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => tag.parse().ok(),
    }
}
