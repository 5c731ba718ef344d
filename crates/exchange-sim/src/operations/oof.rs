//! `GetUserOofSettings`.

use super::{Call, success};
use crate::wire::element::{Element, element, text};
use crate::wire::fault::Fault;
use crate::wire::text::instant;
use crate::wire::tree::Node;
use crate::world::mailbox::OofState;

pub(super) fn get(call: &Call<'_>, request: &Node) -> Result<Element, Fault> {
    let address = request
        .child("Mailbox")
        .and_then(|mailbox| mailbox.text_of("Address"))
        .unwrap_or_default();
    let mailbox = call
        .world
        .mailbox(address)
        .filter(|mailbox| mailbox.address == call.mailbox)
        .ok_or_else(|| {
            Fault::new(
                "ErrorAccessDenied",
                "Microsoft.Exchange.InfoWorker.Common.Availability.AccessDeniedException",
            )
        })?;
    let oof = &mailbox.oof;
    let state = match oof.state {
        OofState::Disabled => "Disabled",
        OofState::Enabled => "Enabled",
        OofState::Scheduled => "Scheduled",
    };
    let (from, to) = oof.duration;
    let reply = |name: &'static str, message: &str| element(name).child(text("t:Message", message));
    let settings = element("t:OofSettings")
        .child(text("t:OofState", state))
        .child(text("t:ExternalAudience", oof.audience.clone()))
        .child(
            element("t:Duration")
                .child(text("t:StartTime", instant(from, chrono_tz::Tz::UTC)))
                .child(text("t:EndTime", instant(to, chrono_tz::Tz::UTC))),
        )
        .child(reply("t:InternalReply", &oof.internal))
        .child(reply("t:ExternalReply", &oof.external));
    Ok(element("m:GetUserOofSettingsResponse")
        .child(success("m:ResponseMessage"))
        .child(settings)
        .child(text("m:AllowExternalOof", "All")))
}
