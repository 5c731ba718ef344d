//! Asking the key service.

use super::caller::{Asked, Caller, RemoteError};
use crate::{
    hybrid::{
        sealing::{self, From, OpenKey},
        wire::{DeviceMessage, ReleaseMessage, ReleasedMessage, release_context},
    },
    mailbox::MailboxKeys,
    opaque::OpaqueId,
};

const ANSWER_MOST: usize = 64 << 10;

/// What a program made of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It gives that device nothing any more.
    Done,
    /// It knows no such device of that mailbox.
    Absent,
}

/// The key service, known by its public key.
#[derive(Debug, Clone)]
pub struct KeyService {
    caller: Caller,
    public: [u8; 32],
}

impl KeyService {
    /// The key service whose answers are by the holder of `public`.
    pub fn new(caller: Caller, public: [u8; 32]) -> Self {
        Self { caller, public }
    }

    /// The keys of a mailbox, opened with the asker's own key.
    pub async fn release(
        &self,
        mailbox: OpaqueId,
        own: &OpenKey,
    ) -> Result<MailboxKeys, RemoteError> {
        let impostor = || RemoteError::Impostor(self.caller.host());
        let member = self.caller.member().ok_or_else(impostor)?;
        let nonce = OpaqueId::random();
        let path = format!("/v1/mailboxes/{mailbox}/release");
        let asked = Asked::post(&path, &ReleaseMessage { nonce });
        let answer = self.caller.ask(asked, ANSWER_MOST).await?;
        let message: ReleasedMessage = serde_json::from_slice(&answer).map_err(|_| impostor())?;
        let context = release_context(member.organization, mailbox, member.holder, nonce);
        let from = From::Holder(&self.public);
        let plain =
            sealing::open(own, from, &context, &message.sealed.0).map_err(|_| impostor())?;
        MailboxKeys::decode(&plain).ok_or_else(impostor)
    }

    /// Makes a mailbox; for the connector.
    pub async fn put_mailbox(&self, mailbox: OpaqueId) -> Result<(), RemoteError> {
        put_mailbox(&self.caller, mailbox).await
    }

    /// Takes a device in; for the connector.
    pub async fn put_device(&self, message: &DeviceMessage) -> Result<(), RemoteError> {
        put_device(&self.caller, message).await
    }

    /// Revokes a device; for the connector.
    pub async fn revoke_device(
        &self,
        mailbox: OpaqueId,
        device: OpaqueId,
    ) -> Result<Revoked, RemoteError> {
        revoke_device(&self.caller, mailbox, device).await
    }

    /// Destroys the keys of a mailbox and revokes its devices; for the
    /// connector.
    pub async fn remove_mailbox(&self, mailbox: OpaqueId) -> Result<(), RemoteError> {
        remove_mailbox(&self.caller, mailbox).await
    }
}

/// Makes a mailbox at either program.
pub(super) async fn put_mailbox(caller: &Caller, mailbox: OpaqueId) -> Result<(), RemoteError> {
    let path = format!("/v1/mailboxes/{mailbox}");
    let answer = caller.ask(Asked::put_bare(&path), ANSWER_MOST).await;
    answer.map(|_| ())
}

/// Takes a device in at either program.
pub(super) async fn put_device(
    caller: &Caller,
    message: &DeviceMessage,
) -> Result<(), RemoteError> {
    let said = &message.attestation;
    let path = format!("/v1/mailboxes/{}/devices/{}", said.mailbox, said.device);
    let answer = caller.ask(Asked::put(&path, message), ANSWER_MOST).await;
    answer.map(|_| ())
}

/// Revokes a device at either program.
pub(super) async fn revoke_device(
    caller: &Caller,
    mailbox: OpaqueId,
    device: OpaqueId,
) -> Result<Revoked, RemoteError> {
    let path = format!("/v1/mailboxes/{mailbox}/devices/{device}");
    gone(caller.ask(Asked::delete(&path), ANSWER_MOST).await)
}

/// Takes a mailbox away at either program. One that is not there is none any
/// more.
pub(super) async fn remove_mailbox(caller: &Caller, mailbox: OpaqueId) -> Result<(), RemoteError> {
    let path = format!("/v1/mailboxes/{mailbox}");
    gone(caller.ask(Asked::delete(&path), ANSWER_MOST).await).map(|_| ())
}

fn gone(answer: Result<Vec<u8>, RemoteError>) -> Result<Revoked, RemoteError> {
    match answer {
        Ok(_) => Ok(Revoked::Done),
        Err(RemoteError::Absent(_)) => Ok(Revoked::Absent),
        Err(error) => Err(error),
    }
}
