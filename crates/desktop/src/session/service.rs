//! Hybrid services, as the session reaches them.

use std::sync::Arc;

use async_trait::async_trait;
use engine::{
    Clock, Failure, FailureKind, Scheduler,
    remote::{
        RemoteBackend,
        asks::Asker,
        device::{Device, NoDevice},
        enrol::{Enrolling, NotAdded},
    },
};
use vault::hybrid::enrolment::Code;

use super::{
    Secret,
    servers::{Enrolment, EnrolmentFailed},
};
use crate::account::Account;

/// What the account's device reads at its service; `secret` is what the
/// keyring has of it.
pub(super) fn backend(
    account: &Account,
    secret: &Secret,
    clock: &Arc<dyn Clock>,
) -> Result<RemoteBackend, Failure> {
    let device = device(secret)?;
    let ca_file = account.ca_file.as_deref();
    RemoteBackend::of_device(&account.server, ca_file, &device, Arc::clone(clock))
}

/// What the account's device lets its connector do.
pub(super) fn scheduler(
    account: &Account,
    secret: &Secret,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Scheduler>, Failure> {
    let device = device(secret)?;
    let ca_file = account.ca_file.as_deref();
    let asker = Asker::of_device(&account.server, ca_file, &device, Arc::clone(clock))?;
    Ok(Arc::new(asker))
}

fn device(secret: &Secret) -> Result<Device, Failure> {
    let read = match secret {
        Secret::Device(text) => Device::read(text),
        Secret::Password(_) | Secret::Ticket | Secret::Tokens(..) => Err(NoDevice),
    };
    read.map_err(|error| Failure {
        kind: FailureKind::Credentials,
        sentence: error.to_string(),
    })
}

/// Asks for a code.
pub(super) async fn enrol(
    account: &Account,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Enrolment>, NotAdded> {
    let ca_file = account.ca_file.as_deref();
    let clock = Arc::clone(clock);
    let begun = Enrolling::begin_at(&account.server, ca_file, &account.user, clock).await;
    let enrolling = begun.inspect_err(|error| tracing::info!(%error, "no code was sent"))?;
    Ok(Arc::new(Waiting(enrolling)))
}

struct Waiting(Enrolling);

#[async_trait]
impl Enrolment for Waiting {
    async fn prove(&self, code: &str) -> Result<Secret, EnrolmentFailed> {
        let code = Code::read(code).ok_or(EnrolmentFailed::Malformed)?;
        match self.0.finish(&code).await {
            Ok(device) => Ok(Secret::Device(Arc::new(device.write()))),
            Err(error) => {
                tracing::info!(%error, "the device is not added");
                Err(EnrolmentFailed::NotAdded(error))
            }
        }
    }
}
