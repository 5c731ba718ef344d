//! What the service's failures mean to an engine.

use std::time::Duration;

use vault::{VaultError, remote::RemoteError};

use crate::backend::{Failure, FailureKind};

fn failing(sentence: String) -> Failure {
    Failure {
        kind: FailureKind::Failing,
        sentence,
    }
}

pub(super) fn of_remote(error: &RemoteError) -> Failure {
    let kind = match error {
        RemoteError::Unknown(_) => FailureKind::Credentials,
        RemoteError::Away(_) => FailureKind::Unreachable,
        RemoteError::Busy(_) => FailureKind::Throttled(Duration::from_mins(1)),
        RemoteError::Unusable(..) => FailureKind::CaFile,
        RemoteError::Refused(_) | RemoteError::Absent(_) => FailureKind::Refused,
        RemoteError::Garbled(_) | RemoteError::Impostor(_) => FailureKind::Failing,
    };
    Failure {
        kind,
        sentence: error.to_string(),
    }
}

pub(super) fn of_vault(error: &VaultError) -> Failure {
    let kind = match error {
        VaultError::Store(_) => FailureKind::Unreachable,
        _ => FailureKind::Failing,
    };
    Failure {
        kind,
        sentence: error.to_string(),
    }
}

pub(super) fn tampered(host: &str) -> Failure {
    failing(format!(
        "What {host} has is not what your organization's connector put there; the last agenda \
         is kept, tell your administrator"
    ))
}

pub(super) fn rolled_back(host: &str) -> Failure {
    failing(format!(
        "{host} shows an older agenda than it did before; the last one is kept, tell your \
         administrator"
    ))
}

pub(super) fn stale(host: &str) -> Failure {
    failing(format!(
        "{host} has had nothing new from your organization's connector for more than an hour; \
         the last agenda is kept"
    ))
}

pub(super) fn empty(host: &str) -> Failure {
    failing(format!(
        "{host} has nothing of this mailbox yet; it is tried again"
    ))
}
