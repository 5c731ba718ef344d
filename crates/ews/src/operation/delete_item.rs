//! DeleteItem: takes an appointment out of the calendar.
//! Reference: "DeleteItem operation" (MS-OXWSCORE).

use super::Operation;
use crate::{
    item::ItemRef,
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Moves an item to Deleted Items without a word to anybody: for appointments
/// to which nobody was asked. Meetings are called off by
/// [`CancelMeeting`](super::CancelMeeting).
#[derive(Debug, Clone)]
pub struct DeleteItem {
    /// Which: an occurrence, or a whole series by its master.
    pub item: ItemRef,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for DeleteItem {
    type Response = ();
    const NAME: &'static str = "DeleteItem";
    const TAKES_TIME_ZONE: bool = false;
    /// What is gone cannot be deleted again, and nobody is told.
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        let attributes = [
            ("DeleteType", "MoveToDeletedItems"),
            ("SendMeetingCancellations", "SendToNone"),
            ("AffectedTaskOccurrences", "AllOccurrences"),
        ];
        w.element("m:DeleteItem", &attributes, |w| {
            w.element("m:ItemIds", &[], |w| self.item.write(w));
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<(), Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            while let Some(child) = reader.child()? {
                if !outcome.take(child.name(), reader)? {
                    reader.skip()?;
                }
            }
            Ok(outcome.fault().map_or(Ok(()), Err))
        })?;
        soap::single(messages)
    }
}
