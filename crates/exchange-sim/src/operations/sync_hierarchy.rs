//! `SyncFolderHierarchy`: which folders came and went.

use super::get_folder::write;
use super::shape::Shape;
use super::{Call, Refusal, failure, folder, messages, success};
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;
use crate::world::id::{self, Named};

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let message = match changes(call, request) {
        Ok(message) => message,
        Err(refusal) => failure("m:SyncFolderHierarchyResponseMessage", &refusal)
            .child(element("m:SyncState"))
            .child(text("m:IncludesLastFolderInRange", "true")),
    };
    messages("m:SyncFolderHierarchyResponse", [message])
}

fn changes(call: &Call<'_>, request: &Node) -> Result<Element, Refusal> {
    let shape = Shape::of(request.child("FolderShape"), call.personality);
    let named = request
        .child("SyncFolderId")
        .and_then(|holder| folder::targets(holder).next());
    let (mailbox, top) = if let Some(target) = named {
        let (mailbox, top) = folder::find(call, target)?;
        (mailbox, top.number)
    } else {
        let mailbox = call
            .world
            .mailbox(&call.mailbox)
            .ok_or_else(Refusal::item_not_found)?;
        (mailbox, folder::ROOT)
    };
    let kind = format!("folders {top} {}", call.world.epoch());
    let given = request.text_of("SyncState").unwrap_or_default();
    let since = if given.is_empty() {
        0
    } else {
        id::unseal(&kind, &mailbox.guid, given).ok_or_else(|| {
            Refusal::new(
                "ErrorInvalidSyncStateData",
                "Synchronization state data is corrupt or otherwise invalid.",
            )
        })?
    };
    let mut changes = Vec::new();
    for one in folder::all(mailbox).filter(|one| folder::is_below(mailbox, one, top, true)) {
        // The well-known folders are as old as the mailbox.
        let born = mailbox.made.get(&one.number).map_or(1, |made| made.born);
        if born > since {
            changes.push(element("t:Create").child(write(mailbox, &one, &shape, call)));
        }
    }
    for (gone, number, born) in &mailbox.unmade {
        if *gone > since && *born <= since {
            let id =
                element("t:FolderId").with("Id", id::write(&mailbox.guid, Named::Folder(*number)));
            changes.push(element("t:Delete").child(id));
        }
    }
    let state = id::seal(&kind, &mailbox.guid, call.world.serial());
    Ok(success("m:SyncFolderHierarchyResponseMessage")
        .child(text("m:SyncState", state))
        .child(text("m:IncludesLastFolderInRange", "true"))
        .child(element("m:Changes").children(changes)))
}
