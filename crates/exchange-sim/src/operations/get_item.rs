//! `GetItem`.

use super::fields::{self, Depth};
use super::shape::Shape;
use super::{Call, failure, messages, success, target};
use crate::server::faults::Effect;
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let shape = Shape::of(request.child("ItemShape"), call.personality);
    let ids = request
        .child("ItemIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default();
    let stops = match call.deviation {
        Some(Effect::BatchStops(after)) => after,
        _ => usize::MAX,
    };
    let spoken_of = match call.deviation {
        Some(Effect::CutsShort(after)) => after,
        _ => usize::MAX,
    };
    let all = ids
        .iter()
        .take(spoken_of)
        .enumerate()
        .map(|(at, id)| match target::find(call, id) {
            _ if at >= stops => stopped(),
            Ok(found) => {
                let item = fields::write(found, &shape, Depth::Whole, call.zone);
                success("m:GetItemResponseMessage").child(element("m:Items").child(item))
            }
            Err(refusal) => failure("m:GetItemResponseMessage", &refusal).child(element("m:Items")),
        });
    messages("m:GetItemResponse", all)
}

/// The warning for an id that was not looked at.
fn stopped() -> Element {
    element("m:GetItemResponseMessage")
        .with("ResponseClass", "Warning")
        .child(text(
            "m:MessageText",
            "An earlier item made the batch stop.",
        ))
        .child(text("m:ResponseCode", "ErrorBatchProcessingStopped"))
        .child(text("m:DescriptiveLinkKey", "0"))
        .child(element("m:Items"))
}
