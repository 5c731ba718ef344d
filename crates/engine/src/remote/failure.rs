//! What the service's failures mean to an engine.

use std::time::Duration;

use vault::{
    VaultError,
    remote::{RemoteError, RemoteStore},
};

use crate::backend::{Failure, FailureKind, ServiceFailure};

fn service(what: ServiceFailure, sentence: String) -> Failure {
    Failure {
        kind: FailureKind::Service(what),
        sentence,
    }
}

pub(super) fn of_remote(error: &RemoteError) -> Failure {
    let kind = match error {
        RemoteError::Unknown(_) => FailureKind::Credentials,
        RemoteError::Clock(_) => FailureKind::Service(ServiceFailure::Clock),
        RemoteError::Away(_) => FailureKind::Unreachable,
        RemoteError::Untrusted(_) => FailureKind::Untrusted,
        RemoteError::Busy(_) => FailureKind::Throttled(Duration::from_mins(1)),
        RemoteError::Unusable(..) => FailureKind::CaFile,
        RemoteError::Refused(_) | RemoteError::Absent(_) | RemoteError::TooLong(_) => {
            FailureKind::Refused
        }
        RemoteError::Garbled(_) => FailureKind::Failing,
        RemoteError::Impostor(_) => FailureKind::Service(ServiceFailure::Untrue),
    };
    Failure {
        kind,
        sentence: error.to_string(),
    }
}

/// The same of the key service: that it is away is another thing than that
/// the service is.
pub(super) fn of_keys(error: &RemoteError) -> Failure {
    match error {
        RemoteError::Away(_) | RemoteError::Busy(_) | RemoteError::Garbled(_) => {
            service(ServiceFailure::KeysAway, error.to_string())
        }
        _ => of_remote(error),
    }
}

/// A store says only that it failed; the service itself says why.
pub(super) async fn of_vault(store: &RemoteStore, error: &VaultError) -> Failure {
    if matches!(error, VaultError::Store(_))
        && let Err(refused) = store.standing().await
    {
        return of_remote(&refused);
    }
    Failure {
        kind: FailureKind::Failing,
        sentence: error.to_string(),
    }
}

pub(super) fn tampered(host: &str) -> Failure {
    let sentence = format!(
        "What {host} has is not what your organization's connector put there; the last agenda \
         is kept, tell your administrator"
    );
    service(ServiceFailure::Untrue, sentence)
}

pub(super) fn rolled_back(host: &str) -> Failure {
    let sentence = format!(
        "{host} shows an older agenda than it did before; the last one is kept, tell your \
         administrator"
    );
    service(ServiceFailure::Untrue, sentence)
}

pub(super) fn stale(host: &str) -> Failure {
    let sentence = format!(
        "{host} has had nothing new from your organization's connector for more than an hour; \
         the last agenda is kept"
    );
    service(ServiceFailure::Stale, sentence)
}

pub(super) fn empty(host: &str) -> Failure {
    let sentence = format!("{host} has nothing of this mailbox yet; it is tried again");
    service(ServiceFailure::Empty, sentence)
}
