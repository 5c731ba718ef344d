//! A walk from an e-mail address to a stream of notifications, step by step,
//! with the likely cause of the first thing that fails.

mod cause;
#[cfg(test)]
mod tests;
mod walk;
mod ways;

use std::time::Duration;

pub use cause::{By, Cause, Evidence, Heartbeat, SignedIn, cause};
pub use walk::{examine, greet};
pub use ways::SignInBy;

use crate::transport::{Credentials, Knocked};

/// Whose connection is examined.
#[derive(Clone)]
pub struct Patient {
    /// E-mail address of the mailbox.
    pub address: String,
    /// The server, where it is not to be searched for.
    pub server: Option<String>,
    /// The user as the server knows them.
    pub user: String,
    /// As whom to sign in.
    pub credentials: Credentials,
    /// How long a heartbeat is waited for; servers send one every 45 s.
    pub heartbeat_within: Duration,
}

impl std::fmt::Debug for Patient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Patient(‹redacted›)")
    }
}

/// The steps, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// The server is found by the address.
    Discovery,
    /// TCP and TLS.
    Connection,
    /// The user is let in.
    SignIn,
    /// ConvertId: EWS is there and on.
    ConvertId,
    /// GetFolder: the mailbox has a calendar that can be read.
    Calendar,
    /// GetUserAvailability.
    Availability,
    /// GetUserOofSettings.
    OutOfOffice,
    /// GetStreamingEvents, until one sign of life.
    Streaming,
}

impl StepKind {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Discovery,
        Self::Connection,
        Self::SignIn,
        Self::ConvertId,
        Self::Calendar,
        Self::Availability,
        Self::OutOfOffice,
        Self::Streaming,
    ];

    /// Its name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Connection => "connection",
            Self::SignIn => "sign_in",
            Self::ConvertId => "convert_id",
            Self::Calendar => "calendar",
            Self::Availability => "availability",
            Self::OutOfOffice => "out_of_office",
            Self::Streaming => "streaming",
        }
    }
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Went {
    /// Well.
    Well,
    /// Not well.
    Badly,
    /// It was not taken: nothing to do, or an earlier one failed.
    Skipped,
}

/// A step that was taken, or passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which one.
    pub kind: StepKind,
    /// How it went.
    pub went: Went,
    /// How long it took.
    pub took: Duration,
    /// Facts for whoever looks for a fault: hosts, statuses, codes. English,
    /// and without anything secret.
    pub detail: String,
    /// What the server said to somebody it does not know; of the connection
    /// alone.
    pub knocked: Option<Knocked>,
}

/// The whole checkup.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every step, in order.
    pub steps: Vec<Step>,
    /// The address of EWS, where one is known.
    pub server: Option<url::Url>,
    /// What was seen.
    pub evidence: Evidence,
    /// The likely cause of the first failure.
    pub cause: Option<Cause>,
}

impl Report {
    /// How the user would be written with the domain that the server names,
    /// `CORP\anna`, where that is known and not what was given.
    pub fn other_user_name(&self) -> Option<String> {
        let netbios = self.evidence.domain.as_ref()?.netbios.as_deref()?;
        let user = &self.evidence.user;
        let name = user.split_once('@').map_or(user.as_str(), |(name, _)| name);
        (!user.contains('\\')).then(|| format!("{netbios}\\{name}"))
    }
}
