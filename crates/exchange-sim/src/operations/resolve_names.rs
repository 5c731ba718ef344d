//! `ResolveNames`: people of the directory by the beginning of a name or address.

use super::{Call, Refusal, failure, messages, success};
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;
use crate::world::mailbox::Mailbox;

/// A real server gives at most a hundred.
const MOST: usize = 100;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let entry = request
        .text_of("UnresolvedEntry")
        .unwrap_or_default()
        .to_lowercase();
    let entry = entry.strip_prefix("smtp:").unwrap_or(&entry);
    let full = matches!(
        request.attribute("ReturnFullContactData"),
        Some("true" | "1")
    );
    let found: Vec<&Mailbox> = call
        .world
        .mailboxes()
        .filter(|mailbox| matches(mailbox, entry))
        .collect();
    let message = match found.len() {
        0 => failure(
            "m:ResolveNamesResponseMessage",
            &Refusal::new("ErrorNameResolutionNoResults", "No results were found."),
        ),
        1 => success("m:ResolveNamesResponseMessage").child(resolutions(&found, full)),
        _ => element("m:ResolveNamesResponseMessage")
            .with("ResponseClass", "Warning")
            .child(text("m:MessageText", "Multiple results were found."))
            .child(text("m:ResponseCode", "ErrorNameResolutionMultipleResults"))
            .child(text("m:DescriptiveLinkKey", "0"))
            .child(resolutions(&found, full)),
    };
    messages("m:ResolveNamesResponse", [message])
}

fn matches(mailbox: &Mailbox, entry: &str) -> bool {
    let name = mailbox.name.to_lowercase();
    !entry.is_empty()
        && (mailbox.address.starts_with(entry)
            || name.split_whitespace().any(|word| word.starts_with(entry))
            || name.starts_with(entry))
}

fn resolutions(found: &[&Mailbox], full: bool) -> Element {
    let all = found.iter().take(MOST).map(|mailbox| {
        let person = element("t:Mailbox")
            .child(text("t:Name", mailbox.name.clone()))
            .child(text("t:EmailAddress", mailbox.address.clone()))
            .child(text("t:RoutingType", "SMTP"))
            .child(text("t:MailboxType", "Mailbox"));
        let contact = full.then(|| {
            element("t:Contact")
                .child(text("t:DisplayName", mailbox.name.clone()))
                .child(text("t:ContactSource", "ActiveDirectory"))
        });
        element("t:Resolution").child(person).child_if(contact)
    });
    element("m:ResolutionSet")
        .with("TotalItemsInView", found.len().to_string())
        .with("IncludesLastItemInRange", (found.len() <= MOST).to_string())
        .children(all)
}
