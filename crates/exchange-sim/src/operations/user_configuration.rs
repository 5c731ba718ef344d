//! `GetUserConfiguration`: settings that Outlook on the web keeps in a folder.

use super::{Call, Refusal, failure, folder, messages, success};
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;
use crate::world::mailbox::Mailbox;
use crate::world::zone;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let name = "m:GetUserConfigurationResponseMessage";
    let message = match read(call, request) {
        Ok(configuration) => success(name).child(configuration),
        Err(refusal) => failure(name, &refusal),
    };
    messages("m:GetUserConfigurationResponse", [message])
}

fn read(call: &Call<'_>, request: &Node) -> Result<Element, Refusal> {
    let missing = || {
        Refusal::new(
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        )
    };
    let named = request.child("UserConfigurationName").ok_or_else(missing)?;
    let target = folder::targets(named).next().ok_or_else(missing)?;
    let (mailbox, held) = folder::find(call, target)?;
    let name = named.attribute("Name").unwrap_or_default();
    // The only settings there are: the ones the web client keeps at the root.
    if name != "OWA.UserOptions" || held.name != "root" {
        return Err(missing());
    }
    let wanted = request
        .text_of("UserConfigurationProperties")
        .unwrap_or_default();
    let holds = |part: &str| {
        wanted
            .split_whitespace()
            .any(|one| one == part || one == "All")
    };
    let mut repeated = element("t:UserConfigurationName").with("Name", name);
    repeated = repeated.child(super::get_folder::folder_id(
        "t:FolderId",
        mailbox,
        held.number,
    ));
    Ok(element("m:UserConfiguration")
        .child(repeated)
        .child_if(holds("Dictionary").then(|| dictionary(mailbox))))
}

fn dictionary(mailbox: &Mailbox) -> Element {
    let value = |kind: &str, value: &str| [text("t:Type", kind), text("t:Value", value)];
    let entry = |key: &str, kind: &str, content: &str| {
        element("t:DictionaryEntry")
            .child(element("t:DictionaryKey").children(value("String", key)))
            .child(element("t:DictionaryValue").children(value(kind, content)))
    };
    element("t:Dictionary")
        .child(entry("timezone", "String", zone::to_windows(mailbox.zone)))
        .child(entry("dateformat", "String", "yyyy-MM-dd"))
        .child(entry("timeformat", "String", "HH:mm"))
        .child(entry("weekstartday", "Integer32", "1"))
}
