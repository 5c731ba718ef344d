//! `ConvertId`.

use super::{Refusal, failure, messages, success};
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;
use crate::world::id::{self, Named};

pub(super) fn answer(request: &Node) -> Element {
    let format = request.attribute("DestinationFormat").unwrap_or_default();
    let sources = request
        .child("SourceIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default();
    let all = sources.iter().map(|source| match one(source, format) {
        Ok(converted) => success("m:ConvertIdResponseMessage").child(converted),
        Err(refusal) => failure("m:ConvertIdResponseMessage", &refusal),
    });
    messages("m:ConvertIdResponse", all)
}

fn one(source: &Node, format: &str) -> Result<Element, Refusal> {
    let mailbox = source.attribute("Mailbox").unwrap_or_default();
    if !mailbox.contains('@') {
        return Err(Refusal::new(
            "ErrorInvalidSmtpAddress",
            "The SMTP address format is invalid.",
        ));
    }
    if source.attribute("Format") != Some("EwsId") {
        return Err(Refusal::malformed_id());
    }
    let given = source.attribute("Id").unwrap_or_default();
    let (guid, named) = id::read(given).ok_or_else(Refusal::malformed_id)?;
    let converted = match (format, named) {
        ("EwsId", _) => given.to_owned(),
        ("HexEntryId", Named::Item(number) | Named::Occurrence(number, _)) => {
            id::hex_entry(&guid, number)
        }
        ("HexEntryId", Named::Folder(number)) => id::hex_entry(&guid, id::ItemNumber(number)),
        _ => {
            return Err(Refusal::new(
                "ErrorUnsupportedTypeForConversion",
                "This destination format is not served.",
            ));
        }
    };
    Ok(element("m:AlternateId")
        .with("xsi:type", "t:AlternateIdType")
        .with("Format", format)
        .with("Id", converted)
        .with("Mailbox", mailbox))
}
