//! CreateItem of a response object: the answer to an invitation, or the word
//! that a meeting does not take place.
//! Reference: "AcceptItem", "TentativelyAcceptItem", "DeclineItem",
//! "CancelCalendarItem" (MS-OXWSMTGS).

use super::{Operation, update_item::read_item_ref};
use crate::{
    item::{Body, ItemRef, write_body_as},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// An attendee's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Comes.
    Accept,
    /// May come.
    Tentative,
    /// Does not come; the server takes the meeting out of the calendar.
    Decline,
}

/// Whether the others hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// By mail, of which a copy is kept.
    Sent,
    /// It stays in the own calendar.
    Kept,
}

impl Word {
    fn disposition(self) -> &'static str {
        match self {
            Self::Sent => "SendAndSaveCopy",
            Self::Kept => "SaveOnly",
        }
    }
}

/// Answers an invitation. With the id of an occurrence that one alone is
/// answered, with the id of the master the whole series: whoever calls has to
/// know which it is (quirk 32). The organizer is refused with
/// `ErrorCalendarIsOrganizerForAccept` and its like.
#[derive(Debug, Clone)]
pub struct AnswerMeeting {
    /// Which, with its change key.
    pub item: ItemRef,
    /// The answer.
    pub answer: Answer,
    /// A word to the organizer.
    pub comment: Option<Body>,
    /// Whether the organizer hears of it.
    pub word: Word,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for AnswerMeeting {
    /// The item as it is afterwards, where the server names it.
    type Response = Option<ItemRef>;
    const NAME: &'static str = "CreateItem";
    const TAKES_TIME_ZONE: bool = true;
    /// A second time would send a second mail.
    const REPEATABLE: bool = false;

    fn write(&self, w: &mut Writer) {
        let element = match self.answer {
            Answer::Accept => "t:AcceptItem",
            Answer::Tentative => "t:TentativelyAcceptItem",
            Answer::Decline => "t:DeclineItem",
        };
        write_response(w, self.word, element, |w| {
            if let Some(comment) = &self.comment {
                write_body_as(w, "t:Body", comment);
            }
            self.item.write_as(w, "t:ReferenceItemId");
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Option<ItemRef>, Fault>, XmlError> {
        read_response(reader)
    }
}

/// Calls a meeting off that the account organizes: the attendees get a mail,
/// and it goes to Deleted Items. Others are refused with
/// `ErrorCalendarIsNotOrganizer`.
#[derive(Debug, Clone)]
pub struct CancelMeeting {
    /// Which, with its change key: an occurrence, or a whole series by its
    /// master.
    pub item: ItemRef,
    /// A word to the attendees.
    pub comment: Option<Body>,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for CancelMeeting {
    type Response = ();
    const NAME: &'static str = "CreateItem";
    const TAKES_TIME_ZONE: bool = true;
    /// A second time would send a second mail.
    const REPEATABLE: bool = false;

    fn write(&self, w: &mut Writer) {
        write_response(w, Word::Sent, "t:CancelCalendarItem", |w| {
            self.item.write_as(w, "t:ReferenceItemId");
            if let Some(comment) = &self.comment {
                write_body_as(w, "t:NewBodyContent", comment);
            }
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<(), Fault>, XmlError> {
        Ok(read_response(reader)?.map(|_| ()))
    }
}

fn write_response(w: &mut Writer, word: Word, element: &str, inside: impl FnOnce(&mut Writer)) {
    let disposition = [("MessageDisposition", word.disposition())];
    w.element("m:CreateItem", &disposition, |w| {
        w.element("m:Items", &[], |w| w.element(element, &[], inside));
    });
}

fn read_response(reader: &mut Reader<'_>) -> Result<Result<Option<ItemRef>, Fault>, XmlError> {
    let messages = soap::response_messages(reader, |mut outcome, reader| {
        let mut item = None;
        while let Some(child) = reader.child()? {
            if outcome.take(child.name(), reader)? {
                continue;
            }
            match child.name() {
                "Items" => item = read_item_ref(reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(outcome.fault().map_or(Ok(item), Err))
    })?;
    soap::single(messages)
}
