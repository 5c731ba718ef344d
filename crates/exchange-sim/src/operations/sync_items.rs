//! `SyncFolderItems`.

use super::fields::{self, Depth};
use super::folder;
use super::shape::Shape;
use super::target::Target;
use super::{Call, Refusal, failure, messages, success};
use crate::personality::Personality;
use crate::server::faults::Effect;
use crate::wire::element::{Element, element, text};
use crate::wire::fault::Fault;
use crate::wire::tree::Node;
use crate::world::id::{self, Named};
use crate::world::mailbox::Entry;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Result<Element, Fault> {
    let message = match changes(call, request) {
        Ok(message) => message,
        // grommunio refuses a bad id before it looks at the operation.
        Err(refusal)
            if call.personality == Personality::Grommunio
                && refusal.code == "ErrorInvalidIdMalformed" =>
        {
            return Err(Fault::new("ErrorInvalidId", &refusal.message));
        }
        Err(refusal) => failure("m:SyncFolderItemsResponseMessage", &refusal)
            .child(element("m:SyncState"))
            .child(text("m:IncludesLastItemInRange", "true")),
    };
    Ok(messages("m:SyncFolderItemsResponse", [message]))
}

fn changes(call: &Call<'_>, request: &Node) -> Result<Element, Refusal> {
    let missing = || {
        Refusal::new(
            "ErrorSyncFolderNotFound",
            "The folder to be synchronized could not be found.",
        )
    };
    let target = request
        .child("SyncFolderId")
        .and_then(|holder| folder::targets(holder).next())
        .ok_or_else(missing)?;
    let (mailbox, folder) = folder::find(call, target)?;
    let given = request.text_of("SyncState").unwrap_or_default();
    let kind = format!("items {} {}", folder.number, call.world.epoch());
    let known =
        id::unseal(&kind, &mailbox.guid, given).filter(|serial| *serial <= call.world.serial());
    let since = match (known, call.personality) {
        _ if given.is_empty() => 0,
        (Some(serial), _) => serial,
        (None, Personality::Grommunio) => 0,
        (None, Personality::ExchangeSe) => {
            return Err(Refusal::new(
                "ErrorInvalidSyncStateData",
                "Synchronization state data is corrupt or otherwise invalid.",
            ));
        }
    };
    let most: usize = request
        .text_of("MaxChangesReturned")
        .and_then(|most| most.parse().ok())
        .unwrap_or(512);
    let shape = Shape::of(request.child("ItemShape"), call.personality);

    let mut reached = since;
    let mut complete = true;
    let mut changes = Vec::new();
    if let Some(shelf) = mailbox.shelf(folder.number) {
        for (serial, entry) in shelf.changes_after(since) {
            if changes.len() >= most {
                complete = false;
                break;
            }
            reached = serial;
            match entry {
                Entry::Saved(number) => {
                    let Some(item) = shelf.item(number) else {
                        continue;
                    };
                    let written = fields::write(
                        Target {
                            mailbox,
                            item,
                            day: None,
                        },
                        &shape,
                        Depth::Sync,
                        call.zone,
                    );
                    let name = if item.born > since {
                        "t:Create"
                    } else {
                        "t:Update"
                    };
                    changes.push(element(name).child(written));
                }
                // What was born and deleted since then was never seen.
                Entry::Gone { number, born } if born <= since => {
                    let id = element("t:ItemId")
                        .with("Id", id::write(&mailbox.guid, Named::Item(number)))
                        .with("ChangeKey", id::change_key(&mailbox.guid, serial));
                    changes.push(element("t:Delete").child(id));
                }
                Entry::Gone { .. } => {}
            }
        }
    }
    if call.deviation == Some(Effect::Repeat) {
        return Ok(success("m:SyncFolderItemsResponseMessage")
            .child(text("m:SyncState", given))
            .child(text("m:IncludesLastItemInRange", "false"))
            .child(element("m:Changes").children(changes)));
    }
    // A first sync of an empty folder still hands out a state.
    let reached = if complete {
        reached.max(call.world.serial())
    } else {
        reached
    };
    Ok(success("m:SyncFolderItemsResponseMessage")
        .child(text("m:SyncState", id::seal(&kind, &mailbox.guid, reached)))
        .child(text("m:IncludesLastItemInRange", complete.to_string()))
        .child(element("m:Changes").children(changes)))
}
