//! A walk from the address of a hybrid service to the connector's last sign of
//! life, step by step, for whoever does not get a calendar from it.

use std::{fmt::Display, path::PathBuf, sync::Arc, time::Duration as StdDuration};

use chrono::{DateTime, Utc};
use url::Url;
use vault::{
    Integrity,
    hybrid::passport::Audience,
    opaque::OpaqueId,
    remote::{Asked, Caller, RemoteError, Stranger, only_organization},
};

use super::{RemoteBackend, STALE, device::Device, enrol, seconds};
use crate::{
    backend::{Failure, FailureKind, ServiceFailure},
    clock::Clock,
    keep,
};

pub use ews::checkup::Went;

/// Whose way to the service is looked at.
pub struct Question {
    /// Address of the service, as in the account.
    pub service: Url,
    /// Certificates in PEM form that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// This device, where it was added; without it the walk ends at the
    /// service.
    pub device: Option<Device>,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question(‹redacted›)")
    }
}

/// The steps, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// The address is one of a service.
    Address,
    /// TCP and TLS.
    Connection,
    /// What answers is the hybrid service, with the organization's connector.
    Service,
    /// The key service answers.
    Keys,
    /// The service knows the device.
    Device,
    /// The key service releases the mailbox's keys.
    Release,
    /// The meetings are as the connector sealed them.
    Meetings,
    /// The connector has been there lately.
    Connector,
}

impl StepKind {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Address,
        Self::Connection,
        Self::Service,
        Self::Keys,
        Self::Device,
        Self::Release,
        Self::Meetings,
        Self::Connector,
    ];

    /// Its name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Connection => "connection",
            Self::Service => "service",
            Self::Keys => "keys",
            Self::Device => "device",
            Self::Release => "release",
            Self::Meetings => "meetings",
            Self::Connector => "connector",
        }
    }
}

/// The likely cause of the first thing that went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The address, or the CA file, cannot be used.
    Setup,
    /// The service cannot be reached.
    Unreachable,
    /// The service's certificate is not trusted.
    Certificate,
    /// What answers is not this organization's hybrid service.
    NotService,
    /// The service asks for quiet.
    Busy,
    /// The service names another connector than the one that added the device.
    OtherConnector,
    /// The key service cannot be reached, or fails.
    KeysAway,
    /// The key service's certificate is not trusted.
    KeysCertificate,
    /// The clock here is not the service's, so that it believes nobody.
    Clock,
    /// The service does not know the device, or not any more.
    Device,
    /// The key service releases no keys to the device.
    NoKeys,
    /// What answers is not the key service that the code has proven.
    Impostor,
    /// What the service has is not what the connector put there.
    Untrue,
    /// The connector has brought nothing yet.
    Empty,
    /// The connector has brought nothing for too long.
    Stale,
    /// The service fails by itself.
    Server,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Setup,
        Self::Unreachable,
        Self::Certificate,
        Self::NotService,
        Self::Busy,
        Self::OtherConnector,
        Self::KeysAway,
        Self::KeysCertificate,
        Self::Clock,
        Self::Device,
        Self::NoKeys,
        Self::Impostor,
        Self::Untrue,
        Self::Empty,
        Self::Stale,
        Self::Server,
    ];

    /// Its name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Unreachable => "unreachable",
            Self::Certificate => "certificate",
            Self::NotService => "not_service",
            Self::Busy => "busy",
            Self::OtherConnector => "other_connector",
            Self::KeysAway => "keys_away",
            Self::KeysCertificate => "keys_certificate",
            Self::Clock => "clock",
            Self::Device => "device",
            Self::NoKeys => "no_keys",
            Self::Impostor => "impostor",
            Self::Untrue => "untrue",
            Self::Empty => "empty",
            Self::Stale => "stale",
            Self::Server => "server",
        }
    }
}

/// A step that was taken, or passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub kind: StepKind,
    /// How it went.
    pub went: Went,
    /// How long it took.
    pub took: StdDuration,
    /// Facts for whoever looks for a fault: hosts and answers. English, and
    /// without anything secret.
    pub detail: String,
}

/// The whole checkup.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every step, in order.
    pub steps: Vec<Step>,
    /// The service, `host` or `host:port`.
    pub service: String,
    /// The key service in the same form, where the device knows it.
    pub keys: Option<String>,
    /// The likely cause of the first failure.
    pub cause: Option<Cause>,
}

/// Takes the steps one after the other and says what is likely wrong. `told`
/// hears of each step as soon as it is over.
pub async fn examine(
    question: &Question,
    clock: Arc<dyn Clock>,
    told: &mut (dyn FnMut(&Step) + Send + Sync),
) -> Report {
    let mut walk = Walk {
        question,
        begun: clock.now(),
        clock,
        told,
        steps: Vec::new(),
    };
    let cause = walk.all().await.err();
    walk.skip_the_rest();
    let keys = question.device.as_ref();
    let keys = keys.and_then(|device| device.keys_url.parse().ok());
    Report {
        steps: walk.steps,
        service: host_of(&question.service),
        keys: keys.as_ref().map(host_of),
        cause,
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

struct Walk<'a> {
    question: &'a Question,
    clock: Arc<dyn Clock>,
    /// When the step that is under way began.
    begun: DateTime<Utc>,
    told: &'a mut (dyn FnMut(&Step) + Send + Sync),
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn tell(&mut self, kind: StepKind, went: Went, detail: impl Into<String>) {
        let now = self.clock.now();
        let step = Step {
            kind,
            went,
            took: (now - self.begun).to_std().unwrap_or_default(),
            detail: detail.into(),
        };
        self.begun = now;
        (self.told)(&step);
        self.steps.push(step);
    }

    fn well(&mut self, kind: StepKind, detail: impl Into<String>) {
        self.tell(kind, Went::Well, detail);
    }

    fn badly(&mut self, kind: StepKind, why: &(dyn Display + Sync), cause: Cause) -> Cause {
        self.tell(kind, Went::Badly, why.to_string());
        cause
    }

    fn skip_the_rest(&mut self) {
        for kind in StepKind::ALL {
            if self.steps.iter().all(|step| step.kind != kind) {
                self.tell(kind, Went::Skipped, "");
            }
        }
    }

    fn caller(&self, base: &str, audience: Audience) -> Result<Caller, RemoteError> {
        let (ca_file, now) = (self.question.ca_file.as_deref(), seconds(&self.clock));
        Caller::new(base, ca_file, audience, None, now)
    }

    async fn all(&mut self) -> Result<(), Cause> {
        self.service().await?;
        let question = self.question;
        let Some(device) = &question.device else {
            return Ok(());
        };
        self.keys(device).await?;
        let (service, ca_file) = (&question.service, question.ca_file.as_deref());
        let clock = Arc::clone(&self.clock);
        let backend = RemoteBackend::of_device(service, ca_file, device, clock)
            .map_err(|failure| self.badly(StepKind::Device, &failure, Cause::Setup))?;
        self.device(&backend).await?;
        self.contents(&backend).await
    }

    /// The address, what is behind it, and whether that is the service.
    async fn service(&mut self) -> Result<(), Cause> {
        let base = self.question.service.origin().ascii_serialization();
        let caller = self.caller(&base, Audience::Service);
        let caller = caller.map_err(|error| self.badly(StepKind::Address, &error, Cause::Setup))?;
        self.well(StepKind::Address, base);
        let (connector, organization) = match self.ask_service(caller).await {
            Ok(answered) => answered,
            Err(RemoteError::Untrusted(_)) => {
                let why = "its certificate is not trusted";
                return Err(self.badly(StepKind::Connection, &why, Cause::Certificate));
            }
            Err(RemoteError::Away(_)) => {
                let why = "no answer";
                return Err(self.badly(StepKind::Connection, &why, Cause::Unreachable));
            }
            Err(error) => {
                self.well(StepKind::Connection, "TLS, and an answer");
                let cause = match error {
                    RemoteError::Clock(_) => Cause::Clock,
                    RemoteError::Busy(_) => Cause::Busy,
                    _ => Cause::NotService,
                };
                return Err(self.badly(StepKind::Service, &error, cause));
            }
        };
        self.well(StepKind::Connection, "TLS, and an answer");
        let proven = self.question.device.as_ref().map(|one| one.connector);
        if proven.is_some_and(|proven| proven != connector) {
            let why = "it names another connector than the one that added this device";
            return Err(self.badly(StepKind::Service, &why, Cause::OtherConnector));
        }
        self.well(StepKind::Service, format!("organization {organization}"));
        Ok(())
    }

    /// The connector of the organization that is meant.
    async fn ask_service(
        &self,
        caller: Caller,
    ) -> Result<(vault::hybrid::enrolment::PublicKeys, OpaqueId), RemoteError> {
        let organization = match (&self.question.device, enrol::named(&self.question.service)) {
            (Some(device), _) => device.organization,
            (None, Some(Ok(named))) => named,
            (None, Some(Err(()))) => return Err(RemoteError::Absent(caller.host())),
            (None, None) => only_organization(&caller).await?,
        };
        let stranger = Stranger::new(caller, organization);
        Ok((stranger.connector().await?.keys, organization))
    }

    /// Whether the key service is there: it refuses whoever signs nothing.
    async fn keys(&mut self, device: &Device) -> Result<(), Cause> {
        let caller = self.caller(&device.keys_url, Audience::Keys);
        let caller = caller.map_err(|error| self.badly(StepKind::Keys, &error, Cause::Setup))?;
        let host = caller.host();
        let path = format!("/v1/mailboxes/{}/release", device.mailbox);
        match caller.ask(Asked::put_bare(&path), 1 << 20).await {
            Err(RemoteError::Untrusted(_)) => {
                let why = format!("the certificate of {host} is not trusted");
                Err(self.badly(StepKind::Keys, &why, Cause::KeysCertificate))
            }
            Err(error @ (RemoteError::Away(_) | RemoteError::Busy(_))) => {
                Err(self.badly(StepKind::Keys, &error, Cause::KeysAway))
            }
            Ok(_) | Err(_) => {
                self.well(StepKind::Keys, host);
                Ok(())
            }
        }
    }

    /// Whether both programs let the device in.
    async fn device(&mut self, backend: &RemoteBackend) -> Result<(), Cause> {
        if let Err(error) = backend.store.standing().await {
            let cause = match error {
                RemoteError::Unknown(_) | RemoteError::Refused(_) | RemoteError::Absent(_) => {
                    Cause::Device
                }
                RemoteError::Busy(_) => Cause::Busy,
                RemoteError::Away(_) => Cause::Unreachable,
                _ => Cause::Server,
            };
            return Err(self.badly(StepKind::Device, &error, cause));
        }
        self.well(StepKind::Device, "known");
        match backend.keys.release(backend.mailbox, &backend.own).await {
            Ok(keys) => {
                let weeks = keys.epochs().count();
                self.well(StepKind::Release, format!("keys of {weeks} weeks"));
                Ok(())
            }
            Err(error) => {
                let cause = match error {
                    RemoteError::Unknown(_) | RemoteError::Refused(_) | RemoteError::Absent(_) => {
                        Cause::NoKeys
                    }
                    RemoteError::Clock(_) => Cause::Clock,
                    RemoteError::Impostor(_) => Cause::Impostor,
                    _ => Cause::KeysAway,
                };
                Err(self.badly(StepKind::Release, &error, cause))
            }
        }
    }

    /// What the connector has sealed, and when.
    async fn contents(&mut self, backend: &RemoteBackend) -> Result<(), Cause> {
        let loaded = match backend.load().await {
            Ok(loaded) => loaded,
            Err(failure) => {
                let cause = of_failure(&failure);
                return Err(self.badly(StepKind::Meetings, &failure, cause));
            }
        };
        if loaded.integrity == Integrity::Broken {
            let why = "not as the connector sealed it";
            return Err(self.badly(StepKind::Meetings, &why, Cause::Untrue));
        }
        let revision = loaded.revision;
        let Some(as_of) = keep::read(loaded).as_of else {
            return Err(self.badly(StepKind::Meetings, &"nothing yet", Cause::Empty));
        };
        self.well(StepKind::Meetings, format!("whole, revision {revision}"));
        let age = self.clock.now() - as_of;
        let detail = format!("last there {} min ago", age.num_minutes().max(0));
        if age > STALE {
            return Err(self.badly(StepKind::Connector, &detail, Cause::Stale));
        }
        self.well(StepKind::Connector, detail);
        Ok(())
    }
}

fn of_failure(failure: &Failure) -> Cause {
    match failure.kind {
        FailureKind::Credentials => Cause::NoKeys,
        FailureKind::Unreachable => Cause::Unreachable,
        FailureKind::Throttled(_) => Cause::Busy,
        FailureKind::Service(ServiceFailure::KeysAway) => Cause::KeysAway,
        FailureKind::Service(ServiceFailure::Clock) => Cause::Clock,
        FailureKind::Service(ServiceFailure::Untrue) => Cause::Untrue,
        FailureKind::Service(ServiceFailure::Empty) => Cause::Empty,
        FailureKind::Service(ServiceFailure::Stale) => Cause::Stale,
        _ => Cause::Server,
    }
}
