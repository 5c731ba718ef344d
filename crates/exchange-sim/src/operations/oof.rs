//! `GetUserOofSettings` and `SetUserOofSettings`.

use super::{Call, success};
use crate::wire::element::{Element, element, text};
use crate::wire::fault::Fault;
use crate::wire::text::{instant, read_instant};
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

pub(super) fn set(call: &mut Call<'_>, request: &Node) -> Result<Element, Fault> {
    let address = request
        .child("Mailbox")
        .and_then(|mailbox| mailbox.text_of("Address"))
        .unwrap_or_default();
    let denied = || {
        Fault::new(
            "ErrorAccessDenied",
            "Only the owner may change these settings.",
        )
    };
    if !address.eq_ignore_ascii_case(&call.mailbox) {
        return Err(denied());
    }
    let mailbox = call.world.mailbox_mut(address).ok_or_else(denied)?;
    let settings = request.child("UserOofSettings").ok_or_else(denied)?;
    let oof = &mut mailbox.oof;
    oof.state = match settings.text_of("OofState") {
        Some("Enabled") => OofState::Enabled,
        Some("Scheduled") => OofState::Scheduled,
        _ => OofState::Disabled,
    };
    settings
        .text_of("ExternalAudience")
        .unwrap_or("All")
        .clone_into(&mut oof.audience);
    let duration = settings.child("Duration");
    let at = |name: &str| {
        duration
            .and_then(|span| span.text_of(name))
            .and_then(|text| read_instant(text, chrono_tz::Tz::UTC))
    };
    if let (Some(from), Some(to)) = (at("StartTime"), at("EndTime")) {
        if to <= from {
            return Err(Fault::new(
                "ErrorInvalidScheduledOofDuration",
                "The scheduled duration is invalid.",
            ));
        }
        oof.duration = (from, to);
    }
    let reply = |name: &str| {
        settings
            .child(name)
            .and_then(|reply| reply.child("Message"))
            .map(|text| text.text.clone())
    };
    oof.internal = reply("InternalReply").unwrap_or_default();
    oof.external = reply("ExternalReply").unwrap_or_default();
    Ok(element("m:SetUserOofSettingsResponse").child(success("m:ResponseMessage")))
}
