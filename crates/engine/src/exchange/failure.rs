//! EWS errors by what the engine can do about them.

use std::time::Duration;

use ews::{Class, Error, ResponseCode};

use crate::backend::{Failure, FailureKind};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error.class() {
            Class::Credentials if matches!(error, Error::NoCommonScheme { .. }) => {
                FailureKind::NoCommonScheme
            }
            Class::Credentials if matches!(error, Error::NoTicket { .. }) => FailureKind::NoTicket,
            Class::Credentials => FailureKind::Credentials,
            Class::Untrusted if matches!(error, Error::CaFile { .. }) => FailureKind::CaFile,
            Class::Untrusted => FailureKind::Untrusted,
            Class::Unreachable => FailureKind::Unreachable,
            Class::NotEws => FailureKind::NotEws,
            Class::Unsupported => FailureKind::Unsupported,
            _ if is_moving(&error) => FailureKind::Elsewhere,
            Class::Transient | Class::Garbled | Class::OurFault => FailureKind::Failing,
            Class::CursorLost => FailureKind::CursorLost,
            Class::Throttled => FailureKind::Throttled(match &error {
                Error::Throttled { wait, .. } => *wait,
                _ => Duration::from_secs(10),
            }),
            _ => FailureKind::Refused,
        };
        Self {
            kind,
            sentence: error.to_string(),
        }
    }
}

/// Whether the mailbox has left the server, or is about to.
fn is_moving(error: &Error) -> bool {
    match error {
        Error::Refused { code, .. } => {
            code.class() == Class::NoMailbox || *code == ResponseCode::ErrorMailboxMoveInProgress
        }
        _ => false,
    }
}

/// The server left out what it must send.
pub(super) fn garbled(host: &str) -> Failure {
    Failure {
        kind: FailureKind::Failing,
        sentence: format!("{host} sent an incomplete answer; Joinbell tries again"),
    }
}
