//! ConvertId: proves TLS, routing, authentication and that EWS is on. It does
//! not prove that a mailbox exists.
//! Reference: "ConvertId operation" (MS-OXWSCVTID).

use super::Operation;
use crate::{
    Class,
    item::Smtp,
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks to convert a made-up id. A server which calls it malformed has
/// understood the question, so that counts as an answer.
#[derive(Debug, Clone)]
pub struct ConvertId {
    /// Whose id it would be; only the form is checked by servers.
    pub mailbox: Smtp,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for ConvertId {
    type Response = ();
    const NAME: &'static str = "ConvertId";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:ConvertId", &[("DestinationFormat", "EwsId")], |w| {
            w.element("m:SourceIds", &[], |w| {
                w.empty(
                    "t:AlternateId",
                    &[
                        ("Format", "EwsId"),
                        ("Id", "AAAA"),
                        ("Mailbox", &self.mailbox.0),
                    ],
                );
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<(), Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            while let Some(child) = reader.child()? {
                if !outcome.take(child.name(), reader)? {
                    reader.skip()?;
                }
            }
            Ok(outcome)
        })?;
        // What a server thinks of the id is no matter; what it thinks of the
        // caller is.
        Ok(match soap::single(messages)?.fault() {
            Some(fault) if about_the_caller(fault.code.class()) => Err(fault),
            _ => Ok(()),
        })
    }
}

fn about_the_caller(class: Class) -> bool {
    matches!(
        class,
        Class::Throttled | Class::Credentials | Class::Access | Class::Impersonation
    )
}
