//! `GetRoomLists` and `GetRooms`.
//!
//! Room lists are distribution groups on a real server; here every room of
//! the world stands in one.

use super::{Call, Refusal, failure, success};
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;
use crate::world::mailbox::{Mailbox, MailboxKind};

const LIST: &str = "Rooms";

fn all<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Mailbox> {
    call.world
        .mailboxes()
        .filter(|mailbox| mailbox.kind == MailboxKind::Room)
}

/// The address of the list, in the domain of the first room.
fn list(call: &Call<'_>) -> Option<String> {
    let room = all(call).next()?;
    let (_, domain) = room.address.split_once('@')?;
    Some(format!("rooms@{domain}"))
}

fn address(name: &'static str, display: &str, address: &str, kind: &str) -> Element {
    element(name)
        .child(text("t:Name", display))
        .child(text("t:EmailAddress", address))
        .child(text("t:RoutingType", "SMTP"))
        .child(text("t:MailboxType", kind))
}

pub(super) fn lists(call: &Call<'_>) -> Element {
    let lists = list(call)
        .into_iter()
        .map(|list| address("t:Address", LIST, &list, "PublicDL"));
    succeeded(
        "m:GetRoomListsResponse",
        element("m:RoomLists").children(lists),
    )
}

pub(super) fn rooms(call: &Call<'_>, request: &Node) -> Element {
    let wanted = request
        .child("RoomList")
        .and_then(|list| list.text_of("EmailAddress"));
    let known = list(call);
    if wanted.is_none() || wanted.map(str::to_ascii_lowercase) != known {
        return failure(
            "m:GetRoomsResponse",
            &Refusal::new("ErrorInvalidSmtpAddress", "There is no such room list."),
        );
    }
    let rooms = all(call)
        .map(|room| element("t:Room").child(address("t:Id", &room.name, &room.address, "Mailbox")));
    succeeded("m:GetRoomsResponse", element("m:Rooms").children(rooms))
}

/// These two answer without a list of response messages.
fn succeeded(name: &'static str, content: Element) -> Element {
    success(name).child(content)
}
