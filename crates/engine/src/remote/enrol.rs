//! Adding this device: from the user's address to keys that the connector has
//! attested.

use std::sync::Arc;

use chrono::Duration;
use thiserror::Error;
use vault::{
    hybrid::{
        enrolment::{Applicant, Application, Code, Opening, PublicKeys, Refusal, Reply},
        passport::SignKey,
        sealing::OpenKey,
    },
    opaque::OpaqueId,
    remote::{RemoteError, Stranger},
};

use crate::clock::Clock;

/// How long the connector's answer is waited for.
const WITHIN: Duration = Duration::minutes(2);

/// Why the device was not added.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAdded {
    /// The service.
    #[error(transparent)]
    Service(#[from] RemoteError),
    /// The code, or who answered.
    #[error(transparent)]
    Code(#[from] Refusal),
    /// The connector says no.
    #[error("{0}")]
    Refused(String),
    /// The connector does not answer.
    #[error("Your organization's connector does not answer; try again later")]
    Silent,
}

/// A device that waits for its code.
pub struct Enrolling {
    stranger: Stranger,
    applicant: Applicant,
    sign: SignKey,
    open: OpenKey,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Enrolling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolling")
    }
}

/// A device that was added. The keys belong into the system's keyring.
#[derive(Debug)]
pub struct Enrolled {
    /// The organization.
    pub organization: OpaqueId,
    /// The mailbox.
    pub mailbox: OpaqueId,
    /// The device's id.
    pub device: OpaqueId,
    /// Proves who asks.
    pub sign: SignKey,
    /// Opens what is sealed to the device.
    pub open: OpenKey,
    /// The public key by which the key service's answers are known.
    pub key_service: [u8; 32],
    /// The connector's public keys, which the code has proven.
    pub connector: PublicKeys,
}

impl Enrolling {
    /// Asks for a code, which then is in the calendar of `address`.
    pub async fn begin(
        stranger: Stranger,
        organization: OpaqueId,
        address: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotAdded> {
        let connector = stranger.connector().await?.keys;
        let (sign, open) = (SignKey::generate(), OpenKey::generate());
        let device = PublicKeys {
            signing: sign.public(),
            sealing: open.public(),
        };
        let enrolling = Self {
            applicant: Applicant {
                organization,
                enrolment: OpaqueId::random(),
                address: address.to_owned(),
                connector,
                device,
            },
            stranger,
            sign,
            open,
            clock,
        };
        let opening = Application::Open(Opening {
            enrolment: enrolling.applicant.enrolment,
            address: address.to_owned(),
        });
        match enrolling.ask(&opening).await? {
            Reply::Sent => Ok(enrolling),
            Reply::Refused { why } => Err(NotAdded::Refused(why)),
            Reply::Welcome(_) => Err(Refusal::Impostor.into()),
        }
    }

    /// Proves the code. After a wrong one it can be tried again.
    pub async fn finish(&self, code: &Code) -> Result<Enrolled, NotAdded> {
        let proof = Application::Prove(self.applicant.prove(code));
        let welcome = match self.ask(&proof).await? {
            Reply::Welcome(welcome) => welcome,
            Reply::Refused { why } => return Err(NotAdded::Refused(why)),
            Reply::Sent => return Err(Refusal::Impostor.into()),
        };
        self.applicant.accept(code, &welcome)?;
        Ok(Enrolled {
            organization: self.applicant.organization,
            mailbox: welcome.attestation.mailbox,
            device: welcome.attestation.device,
            sign: SignKey::from_bytes(self.sign.expose()),
            open: OpenKey::from_bytes(*self.open.expose()),
            key_service: welcome.key_service,
            connector: self.applicant.connector,
        })
    }

    async fn ask(&self, application: &Application) -> Result<Reply, NotAdded> {
        let sealed = application.seal(&self.applicant.connector);
        let sealed = sealed.map_err(|_| Refusal::Impostor)?;
        let letter = OpaqueId::random();
        self.stranger.write(letter, sealed).await?;
        let end = self.clock.now() + WITHIN;
        while self.clock.now() < end {
            if let Some(answer) = self.stranger.answer(letter).await? {
                return serde_json::from_slice(&answer).map_err(|_| Refusal::Impostor.into());
            }
            let next = self.clock.now() + Duration::seconds(1);
            self.clock.wait_until(next).await;
        }
        Err(NotAdded::Silent)
    }
}
