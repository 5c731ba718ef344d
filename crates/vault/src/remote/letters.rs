//! Sealed letters by way of the service.

use serde::de::DeserializeOwned;

use super::{
    caller::{Asked, Caller, RemoteError},
    keys::{self, Revoked},
};
use crate::{
    hybrid::wire::{
        Bytes, ConnectorMessage, DeviceMessage, LetterMessage, OrganizationMessage,
        WaitingListMessage, WaitingMessage,
    },
    opaque::OpaqueId,
};

const ANSWER_MOST: usize = 16 << 20;

async fn ask<T: DeserializeOwned>(caller: &Caller, asked: Asked<'_>) -> Result<T, RemoteError> {
    let answer = caller.ask(asked, ANSWER_MOST).await?;
    serde_json::from_slice(&answer).map_err(|_| RemoteError::Garbled(caller.host()))
}

/// The organization of a service that has one alone.
pub async fn only_organization(caller: &Caller) -> Result<OpaqueId, RemoteError> {
    let message: OrganizationMessage = ask(caller, Asked::get("/v1/organization")).await?;
    Ok(message.organization)
}

/// Somebody who is not enrolled yet.
#[derive(Debug, Clone)]
pub struct Stranger {
    caller: Caller,
    organization: OpaqueId,
}

impl Stranger {
    /// A stranger to an organization.
    pub fn new(caller: Caller, organization: OpaqueId) -> Self {
        Self {
            caller,
            organization,
        }
    }

    /// The connector's public keys, as the service shows them.
    pub async fn connector(&self) -> Result<ConnectorMessage, RemoteError> {
        let path = format!("/v1/organizations/{}/connector", self.organization);
        ask(&self.caller, Asked::get(&path)).await
    }

    /// Leaves a letter for the connector.
    pub async fn write(&self, letter: OpaqueId, sealed: Vec<u8>) -> Result<(), RemoteError> {
        let organization = self.organization;
        let path = format!("/v1/organizations/{organization}/enrolments/{letter}");
        let sealed = Bytes(sealed);
        let asked = Asked::put(&path, &LetterMessage { sealed });
        self.caller.ask(asked, ANSWER_MOST).await.map(|_| ())
    }

    /// The answer; `None` while there is none.
    pub async fn answer(&self, letter: OpaqueId) -> Result<Option<Vec<u8>>, RemoteError> {
        let organization = self.organization;
        let path = format!("/v1/organizations/{organization}/enrolments/{letter}/answer");
        match ask::<LetterMessage>(&self.caller, Asked::get(&path)).await {
            Ok(message) => Ok(Some(message.sealed.0)),
            Err(RemoteError::Absent(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A device that asks its connector.
#[derive(Debug, Clone)]
pub struct Asks {
    caller: Caller,
    mailbox: OpaqueId,
}

impl Asks {
    /// The asks of a mailbox's device.
    pub fn new(caller: Caller, mailbox: OpaqueId) -> Self {
        Self { caller, mailbox }
    }

    /// Where letters go, for errors.
    pub fn host(&self) -> String {
        self.caller.host()
    }

    /// Leaves a letter for the connector; it lives for two minutes.
    pub async fn write(&self, letter: OpaqueId, sealed: Vec<u8>) -> Result<(), RemoteError> {
        let path = format!("/v1/mailboxes/{}/asks/{letter}", self.mailbox);
        let sealed = Bytes(sealed);
        let asked = Asked::put(&path, &LetterMessage { sealed });
        self.caller.ask(asked, ANSWER_MOST).await.map(|_| ())
    }

    /// The answer; `None` while there is none.
    pub async fn answer(&self, letter: OpaqueId) -> Result<Option<Vec<u8>>, RemoteError> {
        let path = format!("/v1/mailboxes/{}/asks/{letter}/answer", self.mailbox);
        match ask::<LetterMessage>(&self.caller, Asked::get(&path)).await {
            Ok(message) => Ok(Some(message.sealed.0)),
            Err(RemoteError::Absent(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The connector's end.
#[derive(Debug, Clone)]
pub struct Answers {
    caller: Caller,
}

impl Answers {
    /// The connector's end, for the connector.
    pub fn new(caller: Caller) -> Self {
        Self { caller }
    }

    /// What waits; empty when nothing came for a while.
    pub async fn waiting(&self) -> Result<Vec<WaitingMessage>, RemoteError> {
        let list: WaitingListMessage = ask(&self.caller, Asked::get("/v1/letters")).await?;
        Ok(list.waiting)
    }

    /// Answers a letter.
    pub async fn answer(&self, letter: OpaqueId, sealed: Vec<u8>) -> Result<(), RemoteError> {
        let path = format!("/v1/letters/{letter}/answer");
        let sealed = Bytes(sealed);
        let asked = Asked::put(&path, &LetterMessage { sealed });
        self.caller.ask(asked, ANSWER_MOST).await.map(|_| ())
    }

    /// Takes a letter back with its answer. `Absent` where its writer has
    /// collected it.
    pub async fn withdraw(&self, letter: OpaqueId) -> Result<(), RemoteError> {
        let path = format!("/v1/letters/{letter}");
        self.caller
            .ask(Asked::delete(&path), ANSWER_MOST)
            .await
            .map(|_| ())
    }

    /// Makes a mailbox.
    pub async fn put_mailbox(&self, mailbox: OpaqueId) -> Result<(), RemoteError> {
        keys::put_mailbox(&self.caller, mailbox).await
    }

    /// Takes a device in.
    pub async fn put_device(&self, message: &DeviceMessage) -> Result<(), RemoteError> {
        keys::put_device(&self.caller, message).await
    }

    /// Revokes a device.
    pub async fn revoke_device(
        &self,
        mailbox: OpaqueId,
        device: OpaqueId,
    ) -> Result<Revoked, RemoteError> {
        keys::revoke_device(&self.caller, mailbox, device).await
    }

    /// Forgets a mailbox with its records and devices.
    pub async fn remove_mailbox(&self, mailbox: OpaqueId) -> Result<(), RemoteError> {
        keys::remove_mailbox(&self.caller, mailbox).await
    }
}
