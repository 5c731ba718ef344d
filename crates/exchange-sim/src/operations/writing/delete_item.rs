//! `DeleteItem`.

use crate::operations::{Call, Refusal, failure, folder, messages, success, target};
use crate::wire::element::Element;
use crate::wire::tree::Node;
use crate::world::details::Response;
use crate::world::meetings;

pub(in crate::operations) fn answer(call: &mut Call<'_>, request: &Node) -> Element {
    let ids = request
        .child("ItemIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default();
    let mut all = Vec::new();
    for id in ids {
        all.push(match delete(call, request, id) {
            Ok(()) => success("m:DeleteItemResponseMessage"),
            Err(refusal) => failure("m:DeleteItemResponseMessage", &refusal),
        });
    }
    messages("m:DeleteItemResponse", all)
}

fn delete(call: &mut Call<'_>, request: &Node, id: &Node) -> Result<(), Refusal> {
    let sends = request
        .attribute("SendMeetingCancellations")
        .ok_or_else(|| {
            Refusal::new(
                "ErrorSendMeetingCancellationsRequired",
                "SendMeetingCancellations attribute is required for calendar items.",
            )
        })?;
    let found = target::find(call, id)?;
    let already = found.mailbox.folder_of(found.item.number) == folder::DELETED;
    let moves = request.attribute("DeleteType") == Some("MoveToDeletedItems") && !already;
    let (address, number, day) = (found.mailbox.address.clone(), found.item.number, found.day);
    if found.item.details.my_response == Response::Organizer && sends != "SendToNone" {
        meetings::cancel(call.world, &address, number, day);
    }
    let gone = match day {
        Some(day) => call.world.delete_occurrence(&address, number, day),
        None if moves => call
            .world
            .put(&address, number, folder::DELETED, false)
            .map(|_| ()),
        None => call.world.delete(&address, number).map(|_| ()),
    };
    gone.map_err(|_| Refusal::item_not_found())
}
