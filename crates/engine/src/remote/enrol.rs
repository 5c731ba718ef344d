//! Adding this device: from the user's address to keys that the connector has
//! attested.

use std::{path::Path, sync::Arc};

use chrono::Duration;
use thiserror::Error;
use url::Url;
use vault::{
    hybrid::{
        enrolment::{Applicant, Application, Code, Opening, PublicKeys, Refusal, Reply},
        passport::{Audience, SignKey},
        sealing::OpenKey,
    },
    opaque::OpaqueId,
    remote::{Caller, RemoteError, Stranger, only_organization},
};

use super::{device::Device, seconds};
use crate::clock::Clock;

/// How long the connector's answer is waited for.
const WITHIN: Duration = Duration::minutes(2);
/// When it is looked for first, and how often in the end.
const FIRST_LOOK: Duration = Duration::milliseconds(150);
const LAST_LOOK: Duration = Duration::seconds(2);

/// Why the device was not added.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotAdded {
    /// The service.
    #[error(transparent)]
    Service(#[from] RemoteError),
    /// The code, or who answered.
    #[error(transparent)]
    Code(#[from] Refusal),
    /// The service serves several organizations, or none, or is no such
    /// service.
    #[error("{0} does not say for which organization it is; write the organization's id behind it")]
    WhichOrganization(String),
    /// The service has no such organization.
    #[error("{0} has no organization with this id")]
    NoOrganization(String),
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

/// The organization that an address names behind the host.
pub(super) fn named(service: &Url) -> Option<Result<OpaqueId, ()>> {
    let path = service.path().trim_matches('/');
    (!path.is_empty()).then(|| path.parse().map_err(|_| ()))
}

impl Enrolling {
    /// The same at the address of a service, with the organization's id behind
    /// it where the service has several.
    pub async fn begin_at(
        service: &Url,
        ca_file: Option<&Path>,
        address: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotAdded> {
        let base = service.origin().ascii_serialization();
        let now = seconds(&clock);
        let caller = Caller::new(&base, ca_file, Audience::Service, None, now)?;
        let host = caller.host();
        let organization = match named(service) {
            Some(named) => named.map_err(|()| NotAdded::NoOrganization(host.clone()))?,
            None => match only_organization(&caller).await {
                Ok(organization) => organization,
                Err(RemoteError::Absent(_)) => return Err(NotAdded::WhichOrganization(host)),
                Err(error) => return Err(error.into()),
            },
        };
        let stranger = Stranger::new(caller, organization);
        match Self::begin(stranger, organization, address, clock).await {
            Err(NotAdded::Service(RemoteError::Absent(_))) => Err(NotAdded::NoOrganization(host)),
            other => other,
        }
    }

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
            Reply::Refused { why } => Err(why.into()),
            Reply::Welcome(_) => Err(Refusal::Impostor.into()),
        }
    }

    /// Proves the code. After a wrong one it can be tried again.
    pub async fn finish(&self, code: &Code) -> Result<Device, NotAdded> {
        let proof = Application::Prove(self.applicant.prove(code));
        let welcome = match self.ask(&proof).await? {
            Reply::Welcome(welcome) => welcome,
            Reply::Refused { why } => return Err(why.into()),
            Reply::Sent => return Err(Refusal::Impostor.into()),
        };
        self.applicant.accept(code, &welcome)?;
        Ok(Device {
            organization: self.applicant.organization,
            mailbox: welcome.attestation.mailbox,
            device: welcome.attestation.device,
            sign: SignKey::from_bytes(self.sign.expose()),
            open: OpenKey::from_bytes(*self.open.expose()),
            key_service: welcome.key_service,
            keys_url: welcome.keys_url,
            connector: self.applicant.connector,
        })
    }

    async fn ask(&self, application: &Application) -> Result<Reply, NotAdded> {
        let sealed = application.seal(&self.applicant.connector);
        let sealed = sealed.map_err(|_| Refusal::Impostor)?;
        let letter = OpaqueId::random();
        self.stranger.write(letter, sealed).await?;
        let end = self.clock.now() + WITHIN;
        let mut pause = FIRST_LOOK;
        while self.clock.now() < end {
            match self.stranger.answer(letter).await {
                Ok(Some(answer)) => {
                    return serde_json::from_slice(&answer).map_err(|_| Refusal::Impostor.into());
                }
                // A code is good once: who has proven it and does not wait for
                // the answer loses it, and leaves a device that nobody has.
                Ok(None) | Err(RemoteError::Away(_) | RemoteError::Busy(_)) => {}
                Err(error) => return Err(error.into()),
            }
            self.clock.wait_until(self.clock.now() + pause).await;
            pause = (pause * 2).min(LAST_LOOK);
        }
        Err(NotAdded::Silent)
    }
}
