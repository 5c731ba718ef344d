//! An entry that a connector leaves for a user, in that user's own calendar.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use ews::{
    item::{Body, BodyType},
    operation::{CreateItem, Invitations, Sensitivity, When},
};

use super::ExchangeBackend;
use crate::backend::Failure;

impl ExchangeBackend {
    /// Puts an entry of a quarter of an hour into the mailbox's own calendar,
    /// from `now` on. Nobody is invited and nobody gets mail.
    pub async fn leave_note(
        &self,
        subject: &str,
        text: &str,
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
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
        self.client.call(&note).await?;
        Ok(())
    }
}
