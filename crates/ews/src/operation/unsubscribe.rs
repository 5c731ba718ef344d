//! Unsubscribe: one subscription a call.
//! Reference: "Unsubscribe operation" (MS-OXWSNTIF).

use super::{Operation, SubscriptionId};
use crate::{
    code::Class,
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Ends a subscription. One that is not there any more counts as ended.
#[derive(Debug, Clone)]
pub struct Unsubscribe {
    /// Which.
    pub id: SubscriptionId,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for Unsubscribe {
    type Response = ();
    const NAME: &'static str = "Unsubscribe";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;
    const KEEPS_SERVER: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:Unsubscribe", &[], |w| {
            w.text("m:SubscriptionId", &self.id.0);
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
            Some(fault) if fault.code.class() != Class::SubscriptionLost => Err(fault),
            _ => Ok(()),
        })
    }
}
