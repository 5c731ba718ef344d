//! A walk from an e-mail address to a heartbeat, for whoever cannot connect.

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use ews::{autodiscover::Way, checkup::Patient};

use super::Proof;

pub use ews::{
    checkup::{By, Cause, Evidence, Report, SignInBy, Step, StepKind, Went},
    transport::{Certificate, Knocked},
};

/// Servers send a sign of life every 45 s; two of them may be late.
const HEARTBEAT_WITHIN: Duration = Duration::from_secs(95);

/// Whose connection is looked at.
pub struct Question {
    /// E-mail address of the mailbox.
    pub address: String,
    /// The server, where it is not to be searched for.
    pub server: Option<String>,
    /// The user as the server knows them.
    pub user: String,
    /// What proves them.
    pub proof: Proof,
    /// Certificates in PEM form that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Places outside the address's domain, `host` or `host:port`, which the
    /// user has confirmed.
    pub confirmed: Vec<String>,
}

impl Question {
    /// The mailbox of `address`, on a server that is searched for, as `user`.
    pub fn new(address: &str, user: &str, proof: Proof) -> Self {
        Self {
            address: address.trim().to_owned(),
            server: None,
            user: user.trim().to_owned(),
            proof,
            ca_file: None,
            confirmed: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question(‹redacted›)")
    }
}

/// Takes the steps one after the other and says what is likely wrong. `told`
/// hears of each step as soon as it is over.
pub async fn examine(
    question: &Question,
    now: DateTime<Utc>,
    told: &mut (dyn FnMut(&Step) + Send + Sync),
) -> Report {
    let patient = Patient {
        address: question.address.clone(),
        server: question.server.clone(),
        user: question.user.clone(),
        credentials: question.proof.credentials(&question.user),
        heartbeat_within: HEARTBEAT_WITHIN,
    };
    let way = Way {
        ca_file: question.ca_file.clone(),
        confirmed: question.confirmed.clone(),
        ..Way::default()
    };
    ews::checkup::examine(&patient, &way, now, told).await
}

/// Asks the server at an address whether it is there and trusted, and what it
/// offers. There is nothing of any account in that.
pub async fn greet(server: &str, ca_file: Option<PathBuf>) -> Report {
    let way = Way {
        ca_file,
        ..Way::default()
    };
    ews::checkup::greet(server, &way).await
}
