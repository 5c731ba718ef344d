//! Subscribe: a streaming subscription on the calendar.
//! Reference: "Subscribe operation" (MS-OXWSNTIF).

use super::{Operation, calendar_folder};
use crate::{
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Names a subscription on one mailbox server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub String);

/// Asks to be told of changes.
#[derive(Debug, Clone, Copy)]
pub struct Subscribe;

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for Subscribe {
    type Response = SubscriptionId;
    const NAME: &'static str = "Subscribe";
    const TAKES_TIME_ZONE: bool = false;
    // A second subscription only costs the server some memory for a while.
    const REPEATABLE: bool = true;
    const KEEPS_SERVER: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:Subscribe", &[], |w| {
            w.element("m:StreamingSubscriptionRequest", &[], |w| {
                w.element("t:FolderIds", &[], calendar_folder);
                w.element("t:EventTypes", &[], |w| {
                    for event in ["Created", "Modified", "Deleted", "Moved", "Copied"] {
                        w.text("t:EventType", &format!("{event}Event"));
                    }
                });
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<SubscriptionId, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut id = None;
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                if child.name() == "SubscriptionId" {
                    id = Some(SubscriptionId(reader.text()?));
                } else {
                    reader.skip()?;
                }
            }
            match outcome.fault() {
                Some(fault) => Ok(Err(fault)),
                None => id.map(Ok).ok_or(XmlError::Missing("a subscription id")),
            }
        })?;
        soap::single(messages)
    }
}
