//! Acting for the mailboxes of others: what a connector may do with an account
//! that has the role ApplicationImpersonation.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use ews::{
    Class, Error,
    item::{Body, BodyType, Smtp},
    operation::{CreateItem, GetCalendarFolder, Invitations, When},
};

use super::ExchangeBackend;
use crate::backend::Failure;

/// Whether an account may act for a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    /// It may.
    Allowed,
    /// The server says that the role or its scope leaves the mailbox out.
    Denied,
}

impl ExchangeBackend {
    /// The same account, acting for the mailbox of `address`. The sign-in and
    /// the connections are shared.
    #[must_use]
    pub fn acting_for(&self, address: &str) -> Self {
        let mailbox = Smtp(address.to_owned());
        Self {
            client: self.client.for_mailbox(mailbox.clone()),
            address: Some(mailbox),
            server: std::sync::Arc::default(),
            ..self.clone()
        }
    }

    /// Asks the server whether the account may act for its mailbox (SR-46).
    pub async fn acting(&self) -> Result<Acting, Failure> {
        match self.client.call(&GetCalendarFolder).await {
            Ok(_) => Ok(Acting::Allowed),
            Err(Error::Refused { code, .. }) if code.class() == Class::Impersonation => {
                Ok(Acting::Denied)
            }
            Err(error) => Err(error.into()),
        }
    }

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
