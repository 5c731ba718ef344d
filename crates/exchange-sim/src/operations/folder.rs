//! The folders of a mailbox: the well-known ones, and those that clients made.

use std::borrow::Cow;

use super::{Call, Refusal};
use crate::personality::Personality;
use crate::wire::tree::Node;
use crate::world::id::{self, Named};
use crate::world::mailbox::{FreeBusyRights, Mailbox};

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// `DistinguishedFolderIdNameType`; empty for one that a client made.
    pub(crate) name: &'static str,
    pub(crate) number: u64,
    pub(crate) display: Cow<'static, str>,
    pub(crate) class: Cow<'static, str>,
    /// The number of the folder it lies in.
    pub(crate) parent: u64,
}

const fn folder(
    name: &'static str,
    number: u64,
    display: &'static str,
    class: &'static str,
) -> Folder {
    Folder {
        name,
        number,
        display: Cow::Borrowed(display),
        class: Cow::Borrowed(class),
        parent: if number <= 0x0108 { ROOT } else { 0x0108 },
    }
}

pub(crate) use crate::world::folders::{CALENDAR, DELETED};

/// The number of the root of a mailbox.
pub(crate) const ROOT: u64 = 0x0101;

/// Every folder, the root first.
pub(crate) const FOLDERS: &[Folder] = &[
    folder("root", ROOT, "", "IPF"),
    folder(
        "msgfolderroot",
        0x0108,
        "Top of Information Store",
        "IPF.Note",
    ),
    folder("calendar", CALENDAR, "Calendar", "IPF.Appointment"),
    folder("contacts", 0x010e, "Contacts", "IPF.Contact"),
    folder("deleteditems", DELETED, "Deleted Items", "IPF.Note"),
    folder("drafts", 0x010f, "Drafts", "IPF.Note"),
    folder("inbox", 0x010c, "Inbox", "IPF.Note"),
    folder("junkemail", 0x0113, "Junk Email", "IPF.Note"),
    folder("outbox", 0x010b, "Outbox", "IPF.Note"),
    folder("sentitems", 0x0109, "Sent Items", "IPF.Note"),
    folder("tasks", 0x0112, "Tasks", "IPF.Task"),
];

impl Folder {
    /// How many folders lie in it.
    pub(crate) fn below(&self, mailbox: &Mailbox) -> usize {
        all(mailbox)
            .filter(|other| other.number != self.number && other.parent == self.number)
            .count()
    }

    /// The element it is written as.
    pub(crate) fn element(&self) -> &'static str {
        match self.class.as_ref() {
            "IPF.Appointment" => "t:CalendarFolder",
            "IPF.Contact" => "t:ContactsFolder",
            "IPF.Task" => "t:TasksFolder",
            _ => "t:Folder",
        }
    }
}

/// Every folder of a mailbox, the root first.
pub(crate) fn all(mailbox: &Mailbox) -> impl Iterator<Item = Folder> + '_ {
    let made = mailbox.made.iter().map(|(number, made)| Folder {
        name: "",
        number: *number,
        display: Cow::Owned(made.display.clone()),
        class: Cow::Owned(made.class.clone()),
        parent: made.parent,
    });
    FOLDERS.iter().cloned().chain(made)
}

/// Whether a folder lies in another, or somewhere below it when `deep`.
pub(crate) fn is_below(mailbox: &Mailbox, one: &Folder, parent: u64, deep: bool) -> bool {
    if one.number == parent {
        return false;
    }
    one.parent == parent
        || deep
            && all(mailbox)
                .find(|between| between.number == one.parent && between.number != one.number)
                .is_some_and(|between| is_below(mailbox, &between, parent, true))
}

/// Finds the folder that a `FolderId` or `DistinguishedFolderId` names, and
/// checks that the caller may open it.
pub(crate) fn find<'a>(
    call: &'a Call<'_>,
    target: &Node,
) -> Result<(&'a Mailbox, Folder), Refusal> {
    let (mailbox, folder) = named(call, target)?;
    if may_open(mailbox, &call.mailbox) {
        Ok((mailbox, folder))
    } else {
        Err(Refusal::access_denied())
    }
}

/// The same for `FindItem`: grommunio lists a calendar to everybody who may
/// see its times, subjects included.
pub(crate) fn find_to_list<'a>(
    call: &'a Call<'_>,
    target: &Node,
) -> Result<(&'a Mailbox, Folder), Refusal> {
    let (mailbox, folder) = named(call, target)?;
    let listed = call.personality == Personality::Grommunio
        && folder.number == CALENDAR
        && mailbox.default_rights != FreeBusyRights::None;
    if listed || may_open(mailbox, &call.mailbox) {
        Ok((mailbox, folder))
    } else {
        Err(Refusal::access_denied())
    }
}

fn named<'a>(call: &'a Call<'_>, target: &Node) -> Result<(&'a Mailbox, Folder), Refusal> {
    let missing = || {
        Refusal::new(
            "ErrorFolderNotFound",
            "The specified folder could not be found in the store.",
        )
    };
    let (mailbox, folder) = if target.name == "DistinguishedFolderId" {
        let address = target
            .child("Mailbox")
            .and_then(|mailbox| mailbox.text_of("EmailAddress"))
            .unwrap_or(&call.mailbox);
        let mailbox = call.world.mailbox(address).ok_or_else(|| {
            Refusal::new(
                "ErrorNonExistentMailbox",
                &format!("The SMTP address '{address}' has no mailbox associated with it."),
            )
        })?;
        let name = target.attribute("Id").unwrap_or_default();
        let folder = FOLDERS
            .iter()
            .find(|folder| folder.name == name)
            .ok_or_else(missing)?;
        (mailbox, folder.clone())
    } else {
        let (guid, named) = id::read(target.attribute("Id").unwrap_or_default())
            .ok_or_else(Refusal::malformed_id)?;
        let Named::Folder(number) = named else {
            return Err(missing());
        };
        let mailbox = call.world.by_guid(&guid).ok_or_else(missing)?;
        let folder = all(mailbox)
            .find(|folder| folder.number == number)
            .ok_or_else(missing)?;
        (mailbox, folder)
    };
    Ok((mailbox, folder))
}

/// Whether one may open a mailbox's folders.
pub(crate) fn may_open(mailbox: &Mailbox, who: &str) -> bool {
    mailbox.address == who || mailbox.delegates.contains(who)
}

/// The folder target inside an element such as `SyncFolderId`.
pub(crate) fn targets(holder: &Node) -> impl Iterator<Item = &Node> {
    holder
        .children
        .iter()
        .filter(|child| child.name == "FolderId" || child.name == "DistinguishedFolderId")
}
