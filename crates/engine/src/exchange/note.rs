//! An entry that a connector leaves for a user, in that user's own calendar.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use ews::{
    Class,
    item::{Body, BodyType, ItemId, ItemRef},
    operation::{CreateItem, DeleteItem, Invitations, Sensitivity, When},
};
use serde::{Deserialize, Serialize};

use super::ExchangeBackend;
use crate::backend::Failure;

/// Which entry was left. It says nothing to anybody but its mailbox's server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    id: String,
}

impl ExchangeBackend {
    /// Puts an entry of a quarter of an hour into the mailbox's own calendar,
    /// from `now` on. Nobody is invited and nobody gets mail. `None` where the
    /// server does not say which entry that is.
    pub async fn leave_note(
        &self,
        subject: &str,
        text: &str,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<Option<Note>, Failure> {
        let note = CreateItem {
            subject: subject.to_owned(),
            sensitivity: Sensitivity::Private,
            body: Body {
                kind: BodyType::Text,
                text: text.to_owned(),
            },
            when: When::Timed {
                start: now,
                end: now + Duration::minutes(15),
            },
            zone,
            location: String::new(),
            required: Vec::new(),
            optional: Vec::new(),
            resources: Vec::new(),
            reminder_minutes: None,
            client_request: vault::opaque::OpaqueId::random().to_string(),
            extended: Vec::new(),
            invitations: Invitations::ToNone,
        };
        let left = self.client.call(&note).await?;
        Ok(left.map(|item| Note { id: item.id.0 }))
    }

    /// Takes such an entry away, and nobody is told. One that is not there any
    /// more is what was wanted.
    pub async fn take_note(&self, note: &Note) -> Result<(), Failure> {
        let item = ItemRef {
            id: ItemId(note.id.clone()),
            change_key: None,
        };
        match self.client.call(&DeleteItem { item }).await {
            Err(error) if error.class() == Class::Gone => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}
