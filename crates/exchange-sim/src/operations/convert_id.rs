//! `ConvertId`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::folder::FOLDERS;
use super::{Call, Refusal, failure, messages, success};
use crate::personality::Personality;
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;
use crate::world::id::{self, ItemNumber, MailboxGuid, Named};

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let format = request.attribute("DestinationFormat").unwrap_or_default();
    let sources = request
        .child("SourceIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default();
    let all = sources
        .iter()
        .map(|source| match one(call, source, format) {
            Ok(converted) => success("m:ConvertIdResponseMessage").child(converted),
            Err(refusal) => failure("m:ConvertIdResponseMessage", &refusal),
        });
    messages("m:ConvertIdResponse", all)
}

fn one(call: &Call<'_>, source: &Node, format: &str) -> Result<Element, Refusal> {
    let given = source.attribute("Mailbox").unwrap_or_default();
    if !given.contains('@') {
        return Err(Refusal::new(
            "ErrorInvalidSmtpAddress",
            "The SMTP address format is invalid.",
        ));
    }
    let (guid, named) = read(call, source, given).ok_or_else(Refusal::malformed_id)?;
    let number = match named {
        Named::Item(number) | Named::Occurrence(number, _) => number,
        Named::Folder(number) => ItemNumber(number),
    };
    let converted = match (format, call.personality) {
        ("EwsId" | "EwsLegacyId", _) => id::write(&guid, named),
        ("HexEntryId", _) => id::hex_entry(&guid, number),
        ("EntryId", Personality::ExchangeSe) => id::base64_entry(&guid, number),
        // Outlook on the web takes the same id, escaped for an address.
        ("OwaId", Personality::ExchangeSe) => id::write(&guid, named)
            .replace('+', "%2b")
            .replace('/', "%2f")
            .replace('=', "%3d"),
        (_, Personality::ExchangeSe) => {
            return Err(Refusal::new(
                "ErrorUnsupportedTypeForConversion",
                "This destination format is not served.",
            ));
        }
        (_, Personality::Grommunio) => {
            return Err(Refusal::new(
                "ErrorInternalServerError",
                "E-3253: output format not supported",
            ));
        }
    };
    // Whatever address was sent, Exchange answers with the one of the id.
    let own = call.world.by_guid(&guid).map(|one| one.address.as_str());
    let mailbox = match call.personality {
        Personality::ExchangeSe => own.unwrap_or(given),
        Personality::Grommunio => given,
    };
    Ok(element("m:AlternateId")
        .with("xsi:type", "t:AlternateIdType")
        .with("Format", format)
        .with("Id", converted)
        .with("Mailbox", mailbox))
}

/// What a source names. An entry id leaves the mailbox to the address beside it.
fn read(call: &Call<'_>, source: &Node, address: &str) -> Option<(MailboxGuid, Named)> {
    let given = source.attribute("Id").unwrap_or_default();
    let entry = match source.attribute("Format")? {
        "EwsId" | "EwsLegacyId" => return id::read(given),
        "HexEntryId" => id::unhex(given)?,
        "EntryId" => STANDARD.decode(given).ok()?,
        _ => return None,
    };
    let mailbox = call.world.mailbox(address)?;
    let number = id::counter(&entry)?;
    let folder =
        FOLDERS.iter().any(|one| one.number == number) || mailbox.made.contains_key(&number);
    let named = if folder {
        Named::Folder(number)
    } else {
        Named::Item(ItemNumber(number))
    };
    (id::hex_entry(&mailbox.guid, ItemNumber(number)) == id::hex(&entry))
        .then(|| (mailbox.guid.clone(), named))
}
