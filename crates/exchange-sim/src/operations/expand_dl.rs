//! `ExpandDL`: the members of a distribution group. Groups in it are named and
//! not expanded.

use super::{Call, Refusal, failure, messages, success};
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;

const MESSAGE: &str = "m:ExpandDLResponseMessage";

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let group = request
        .child("Mailbox")
        .and_then(|mailbox| mailbox.text_of("EmailAddress"))
        .unwrap_or_default();
    let message = match call.world.group(group) {
        Some(members) => success(MESSAGE).child(expansion(call, members)),
        None => failure(
            MESSAGE,
            &Refusal::new("ErrorNameResolutionNoResults", "No results were found."),
        ),
    };
    messages("m:ExpandDLResponse", [message])
}

fn expansion(call: &Call<'_>, members: &[String]) -> Element {
    let all = members.iter().map(|address| {
        let mailbox = call.world.mailbox(address);
        let kind = match mailbox {
            Some(_) => "Mailbox",
            None if call.world.group(address).is_some() => "PublicDL",
            None => "Contact",
        };
        let name = mailbox.map_or_else(|| address.clone(), |mailbox| mailbox.name.clone());
        element("t:Mailbox")
            .child(text("t:Name", name))
            .child(text("t:EmailAddress", address.clone()))
            .child(text("t:RoutingType", "SMTP"))
            .child(text("t:MailboxType", kind))
    });
    element("m:DLExpansion")
        .with("TotalItemsInView", members.len().to_string())
        .with("IncludesLastItemInRange", "true")
        .children(all)
}
