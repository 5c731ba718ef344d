//! `GetServerTimeZones`.

use chrono::Datelike;

use super::zone_fields::define;
use super::{Call, messages, success};
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;
use crate::world::zone;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let full = !matches!(
        request.attribute("ReturnFullTimeZoneData"),
        Some("false" | "0")
    );
    let wanted: Option<Vec<&str>> = request
        .child("Ids")
        .map(|ids| ids.children.iter().map(|id| id.text.trim()).collect());
    let zones =
        zone::all().filter(|(id, ..)| wanted.as_ref().is_none_or(|wanted| wanted.contains(id)));
    let definitions = zones.map(|(id, zone, name)| {
        if full {
            define("t:TimeZoneDefinition", id, name, zone, call.now.year())
        } else {
            element("t:TimeZoneDefinition")
                .with("Id", id)
                .with("Name", name)
        }
    });
    let message = success("m:GetServerTimeZonesResponseMessage")
        .child(element("m:TimeZoneDefinitions").children(definitions));
    messages("m:GetServerTimeZonesResponse", [message])
}
