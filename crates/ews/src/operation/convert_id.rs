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
/// understood the question, so that counts as an answer; an error that is
/// about the caller does not.
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
        Ok(match soap::single(messages)?.fault() {
            Some(fault) if is_about_the_caller(&fault) => Err(fault),
            _ => Ok(()),
        })
    }
}

/// Whether an error would meet every operation, whatever the id.
fn is_about_the_caller(fault: &Fault) -> bool {
    matches!(
        fault.code.class(),
        Class::Access | Class::Credentials | Class::Impersonation | Class::Throttled
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ErrorInvalidIdMalformed", true)]
    #[case("ErrorInternalServerError", true)]
    #[case("ErrorNoSuchCodeYet", true)]
    #[case("ErrorAccessDenied", false)]
    #[case("ErrorPasswordExpired", false)]
    #[case("ErrorServerBusy", false)]
    fn an_error_about_the_id_is_an_answer_and_one_about_the_caller_is_none(
        #[case] code: &str,
        #[case] is_answer: bool,
    ) {
        let document = format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='m'><s:Body>\
             <m:ConvertIdResponse><m:ResponseMessages>\
             <m:ConvertIdResponseMessage ResponseClass='Error'>\
             <m:ResponseCode>{code}</m:ResponseCode></m:ConvertIdResponseMessage>\
             </m:ResponseMessages></m:ConvertIdResponse></s:Body></s:Envelope>"
        );
        let operation = ConvertId {
            mailbox: Smtp("anna@example.org".to_owned()),
        };
        let answer = soap::answer(&operation, &document).unwrap();
        assert_eq!(answer.is_ok(), is_answer, "{answer:?}");
    }
}
