//! A meeting's record: what is sealed of it.

use std::sync::Arc;

use calendar::{Meeting, meeting::Notes};
use serde::{Deserialize, Serialize};

use crate::backend::Version;

/// A record as it is read.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Record {
    meeting: Meeting,
    item: Box<str>,
    change_key: Box<str>,
}

/// A record as it is kept: the meeting where it stays, so that lists of
/// thousands of them are lists of references.
pub(crate) struct Opened {
    pub(crate) meeting: Arc<Meeting>,
    /// The text that the record had in it.
    pub(crate) text: Option<Box<str>>,
    pub(crate) version: Version,
}

impl From<Record> for Opened {
    fn from(record: Record) -> Self {
        let Record {
            mut meeting,
            item,
            change_key,
        } = record;
        let text = match &meeting.notes {
            Notes::Here(text) if text.is_empty() => None,
            _ => std::mem::replace(&mut meeting.notes, Notes::Aside).into(),
        };
        meeting.share_names();
        Self {
            meeting: Arc::new(meeting),
            text,
            version: Version { item, change_key },
        }
    }
}

/// The same to be written.
#[derive(Serialize)]
pub(crate) struct RecordOf<'a> {
    pub(crate) meeting: &'a Meeting,
    pub(crate) item: &'a str,
    pub(crate) change_key: &'a str,
}

/// How a record is written.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// For whoever reads it, of whatever version: JSON.
    Open,
    /// For the own disk: postcard, which names no field. The last byte says
    /// which fields there are (`docs/decisions/0021`).
    Compact,
}

/// Another number whenever a field of a record comes, goes or changes: what
/// has another one counts as unknown, and is fetched again. JSON ends with a
/// brace.
const COMPACT: u8 = 1;

impl RecordOf<'_> {
    pub(crate) fn written(&self, form: Form) -> Option<Vec<u8>> {
        match form {
            Form::Open => serde_json::to_vec(self).ok(),
            Form::Compact => {
                let mut bytes = postcard::to_allocvec(self).ok()?;
                bytes.push(COMPACT);
                Some(bytes)
            }
        }
    }
}

impl Record {
    /// Of either form; `None` when this version cannot read it.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes.split_last()? {
            (&COMPACT, record) => postcard::from_bytes(record).ok(),
            _ => serde_json::from_slice(bytes).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field, and a value in each.
    fn meeting() -> Meeting {
        serde_json::from_str(
            r#"{
              "id": "040000-2026",
              "global_id": {"object": "0400", "original_start": "2026-11-26T09:00:00Z"},
              "title": "Budget",
              "span": {"timed": {"start": "2026-11-26T09:00:00Z", "end": "2026-11-26T09:30:00Z"}},
              "organizer": {"name": "Bo", "address": "bo@example.org"},
              "attendees": [{
                "person": {"name": "Clara", "address": null},
                "role": "optional",
                "response": "tentative"
              }],
              "location": "Room 1",
              "response": "accepted",
              "show_as": "busy",
              "cancelled": false,
              "series": "exception",
              "sensitivity": "private",
              "reminder_is_set": true,
              "has_attachments": true,
              "zone": "Europe/Stockholm",
              "notes": null,
              "join": [{
                "url": "https://example.webex.com/meet/bo",
                "provider": "Webex",
                "host": "example.webex.com",
                "app": null
              }],
              "web_address": "https://mail.example.org/owa",
              "changed_at": "2026-11-25T08:00:00Z"
            }"#,
        )
        .unwrap()
    }

    fn read(meeting: Meeting) -> Record {
        Record {
            meeting,
            item: "item".into(),
            change_key: "key".into(),
        }
    }

    fn written(form: Form) -> Vec<u8> {
        let record = RecordOf {
            meeting: &meeting(),
            item: "item",
            change_key: "key",
        };
        record.written(form).unwrap()
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for form in [Form::Open, Form::Compact] {
            assert_eq!(Record::of(&written(form)), Some(read(meeting())));
        }
    }

    const FORMAT_1: &str = concat!(
        r"\x0b040000-2026\x01\x040400\x01\x142026-11-26T09:00:00Z\x06Budget",
        r"\x00\x142026-11-26T09:00:00Z\x142026-11-26T09:30:00Z",
        r"\x01\x02Bo\x01\x0ebo@example.org\x01\x05Clara\x00\x01\x02\x06Room 1",
        r"\x03\x03\x00\x02\x02\x01\x01\x01\x10Europe/Stockholm\x00",
        r"\x01!https://example.webex.com/meet/bo\x05Webex\x11example.webex.com\x00",
        r"\x01\x1chttps://mail.example.org/owa\x01\x142026-11-25T08:00:00Z",
        r"\x04item\x03key\x01",
    );

    /// When this fails, fields have changed: give [`COMPACT`] another number,
    /// and then keep the new bytes here.
    #[test]
    fn format_1_of_the_own_disk_is_what_it_was() {
        let bytes = written(Form::Compact);
        assert_eq!(bytes.escape_ascii().to_string(), FORMAT_1);
    }

    #[test]
    fn a_record_of_another_format_counts_as_unknown() {
        let mut later = written(Form::Compact);
        *later.last_mut().unwrap() = COMPACT + 1;
        assert_eq!(Record::of(&later), None);
        assert_eq!(Record::of(&[]), None);
        let short = written(Form::Compact).split_off(20);
        assert_eq!(Record::of(&short), None);
    }
}
