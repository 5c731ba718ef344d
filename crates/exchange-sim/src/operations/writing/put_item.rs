//! `MoveItem` and `CopyItem`: an item has a new id in its new folder.

use crate::operations::target::{self, Target};
use crate::operations::{Call, Refusal, failure, fields, folder, messages, success};
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;

pub(in crate::operations) fn answer(call: &mut Call<'_>, request: &Node, stays: bool) -> Element {
    let (response, message) = if stays {
        ("m:CopyItemResponse", "m:CopyItemResponseMessage")
    } else {
        ("m:MoveItemResponse", "m:MoveItemResponseMessage")
    };
    let ids = request
        .child("ItemIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default();
    let mut all = Vec::new();
    for id in ids {
        all.push(match put(call, request, id, stays) {
            Ok(item) => success(message).child(element("m:Items").child(item)),
            Err(refusal) => failure(message, &refusal).child(element("m:Items")),
        });
    }
    messages(response, all)
}

fn put(call: &mut Call<'_>, request: &Node, id: &Node, stays: bool) -> Result<Element, Refusal> {
    let holder = request
        .child("ToFolderId")
        .and_then(|holder| folder::targets(holder).next())
        .ok_or_else(Refusal::malformed_id)?;
    let (into, to) = folder::find(call, holder)?;
    let found = target::find(call, id)?;
    if found.day.is_some() {
        return Err(Refusal::new(
            "ErrorCalendarCannotMoveOrCopyOccurrence",
            "Occurrences cannot be moved or copied.",
        ));
    }
    if into.address != found.mailbox.address || into.shelf(to.number).is_none() {
        return Err(Refusal::new(
            "ErrorMoveCopyFailed",
            "The item cannot be moved or copied there.",
        ));
    }
    let (address, number) = (into.address.clone(), found.item.number);
    let new = call
        .world
        .put(&address, number, to.number, stays)
        .map_err(|_| Refusal::item_not_found())?;
    let mailbox = call.world.mailbox(&address);
    let mailbox = mailbox.ok_or_else(Refusal::item_not_found)?;
    let item = mailbox.item(new).ok_or_else(Refusal::item_not_found)?;
    Ok(element("t:CalendarItem").child(fields::item_id(Target {
        mailbox,
        item,
        day: None,
    })))
}
