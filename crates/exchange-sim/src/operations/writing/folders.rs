//! `CreateFolder` and `DeleteFolder`.

use crate::operations::get_folder::folder_id;
use crate::operations::{Call, Refusal, failure, folder, messages, success};
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;

pub(in crate::operations) fn create(call: &mut Call<'_>, request: &Node) -> Element {
    let mut all = Vec::new();
    for wanted in request
        .child("Folders")
        .map(|folders| folders.children.as_slice())
        .unwrap_or_default()
    {
        all.push(match make(call, request, wanted) {
            Ok(made) => {
                success("m:CreateFolderResponseMessage").child(element("m:Folders").child(made))
            }
            Err(refusal) => {
                failure("m:CreateFolderResponseMessage", &refusal).child(element("m:Folders"))
            }
        });
    }
    messages("m:CreateFolderResponse", all)
}

fn make(call: &mut Call<'_>, request: &Node, wanted: &Node) -> Result<Element, Refusal> {
    let missing = || Refusal::new("ErrorParentFolderNotFound", "The parent folder is missing.");
    let target = request
        .child("ParentFolderId")
        .and_then(|holder| folder::targets(holder).next())
        .ok_or_else(missing)?;
    let (mailbox, parent) = folder::find(call, target)?;
    if mailbox.address != call.mailbox {
        return Err(Refusal::access_denied());
    }
    let display = wanted.text_of("DisplayName").unwrap_or_default();
    if display.is_empty() {
        return Err(Refusal::new(
            "ErrorFolderSavePropertyError",
            "A folder needs a display name.",
        ));
    }
    if folder::all(mailbox).any(|one| {
        one.number != parent.number && one.parent == parent.number && one.display == display
    }) {
        return Err(Refusal::new(
            "ErrorFolderExists",
            "A folder with the specified name already exists.",
        ));
    }
    let given = wanted.text_of("FolderClass").unwrap_or_default();
    let (name, class) = match (wanted.name.as_str(), given) {
        ("CalendarFolder", _) | (_, "IPF.Appointment") => ("t:CalendarFolder", "IPF.Appointment"),
        ("ContactsFolder", _) | (_, "IPF.Contact") => ("t:ContactsFolder", "IPF.Contact"),
        ("TasksFolder", _) | (_, "IPF.Task") => ("t:TasksFolder", "IPF.Task"),
        (_, "") => ("t:Folder", "IPF.Note"),
        (_, other) => ("t:Folder", other),
    };
    let address = call.mailbox.clone();
    let number = call
        .world
        .make_folder(&address, parent.number, display, class)
        .map_err(|_| missing())?;
    let mailbox = call.world.mailbox(&address).ok_or_else(missing)?;
    Ok(element(name).child(folder_id("t:FolderId", mailbox, number)))
}

pub(in crate::operations) fn delete(call: &mut Call<'_>, request: &Node) -> Element {
    let mut all = Vec::new();
    for target in request
        .child("FolderIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default()
    {
        all.push(match remove(call, target) {
            Ok(()) => success("m:DeleteFolderResponseMessage"),
            Err(refusal) => failure("m:DeleteFolderResponseMessage", &refusal),
        });
    }
    messages("m:DeleteFolderResponse", all)
}

fn remove(call: &mut Call<'_>, target: &Node) -> Result<(), Refusal> {
    let (mailbox, folder) = folder::find(call, target)?;
    if mailbox.address != call.mailbox {
        return Err(Refusal::access_denied());
    }
    if !folder.name.is_empty() {
        return Err(Refusal::new(
            "ErrorDeleteDistinguishedFolder",
            "Distinguished folders cannot be deleted.",
        ));
    }
    let address = call.mailbox.clone();
    call.world
        .delete_folder(&address, folder.number)
        .map_err(|_| Refusal::item_not_found())
}
