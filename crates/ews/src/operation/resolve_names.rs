//! ResolveNames: people and rooms of the directory by the beginning of a name
//! or an address.
//! Reference: "ResolveNames operation" (MS-OXWSRSLNM).

use super::Operation;
use crate::{
    ResponseCode,
    item::{Mailbox, mailbox},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Looks people up, also by an address of Exchange's own kind (`/O=…`), which
/// some attendees have in the place of a mail address (quirk 27).
#[derive(Debug, Clone)]
pub struct ResolveNames {
    /// What was typed; not empty, which the schema forbids.
    pub entry: String,
}

/// Who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// At most a hundred; nobody is no error.
    pub people: Vec<Mailbox>,
    /// Whether there are no more.
    pub complete: bool,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for ResolveNames {
    type Response = Resolved;
    const NAME: &'static str = "ResolveNames";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        let attributes = [
            ("ReturnFullContactData", "false"),
            ("SearchScope", "ActiveDirectory"),
        ];
        w.element("m:ResolveNames", &attributes, |w| {
            w.text("m:UnresolvedEntry", &self.entry);
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Resolved, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut found = Resolved {
                people: Vec::new(),
                complete: true,
            };
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                if child.name() != "ResolutionSet" {
                    reader.skip()?;
                    continue;
                }
                let last = child.attribute("IncludesLastItemInRange");
                found.complete = last.as_deref() != Some("false");
                while reader.child()?.is_some() {
                    while let Some(part) = reader.child()? {
                        match part.name() {
                            "Mailbox" => found.people.push(mailbox(reader)?),
                            _ => reader.skip()?,
                        }
                    }
                }
            }
            Ok(match outcome.fault() {
                Some(fault) if fault.code != ResponseCode::ErrorNameResolutionNoResults => {
                    Err(fault)
                }
                _ => Ok(found),
            })
        })?;
        soap::single(messages)
    }
}
