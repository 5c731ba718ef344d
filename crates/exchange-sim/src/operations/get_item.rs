//! `GetItem`.

use super::fields::{self, Depth};
use super::shape::Shape;
use super::{Call, failure, messages, success, target};
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let shape = Shape::of(request.child("ItemShape"), call.personality);
    let ids = request
        .child("ItemIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default();
    let all = ids.iter().map(|id| match target::find(call, id) {
        Ok(found) => {
            let item = fields::write(found, &shape, Depth::Whole, call.zone);
            success("m:GetItemResponseMessage").child(element("m:Items").child(item))
        }
        Err(refusal) => failure("m:GetItemResponseMessage", &refusal).child(element("m:Items")),
    });
    messages("m:GetItemResponse", all)
}
