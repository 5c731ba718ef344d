//! The running session: one loop which owns the state, and handles which send
//! it commands and watch what it shows.
//!
//! What can happen is the closed list `event::Event`. The loop takes one
//! event after the other, changes `state::State`, and then does what
//! follows: rings, stores, draws. Whatever takes time (keyring, store,
//! servers) runs beside it and comes back as an event, so that a keyring that
//! hangs never holds up a reminder.

mod absence;
mod asking;
mod cabinet;
mod command;
mod doubt;
mod driver;
mod engines;
mod enrich;
mod enrolment;
mod event;
mod exchange;
mod feed;
mod handle;
mod lane;
mod late;
mod links;
mod looking;
mod once;
mod outlets;
mod passphrase;
mod plan;
mod post;
mod preferences;
mod rediscovery;
mod requests;
mod schedule;
mod scheduling;
mod secret;
mod servers;
mod service;
mod setup;
mod signed_out;
mod state;
mod stored;
mod unlock;

pub use engine::exchange::NotFound;
pub use enrich::Enrichment;
pub use exchange::Exchange;
pub use feed::{Course, Feed};
pub use handle::{Report, Session};
pub use once::{Looked, PersonLooked, Wanted};
pub use preferences::Silence;
pub use secret::{Drawer, Secret};
pub use servers::{Enrolment, EnrolmentFailed, Running, Search, SearchAs, Servers};
pub use setup::{Face, Setup, system_locale, system_zone};

/// What the keyring has for an account, for whoever looks for a fault.
pub(crate) async fn secret_of(
    setup: &Setup,
    account: &crate::account::Account,
) -> Result<Secret, crate::problem::Trouble> {
    unlock::secret(&setup.keyring, account).await
}

/// What came of keywords, in the engine's words.
pub mod keywords {
    pub use engine::exchange::{Enriched, Mode, Outcome, Reach};
}

#[cfg(test)]
mod account_tests;
#[cfg(test)]
mod banner_tests;
#[cfg(test)]
mod diagnosis_tests;
#[cfg(test)]
mod dismissed_tests;
#[cfg(test)]
mod enrolment_tests;
#[cfg(test)]
mod folder_tests;
#[cfg(test)]
mod late_tests;
#[cfg(test)]
mod links_tests;
#[cfg(test)]
mod passphrase_tests;
#[cfg(test)]
mod recovery_tests;
#[cfg(test)]
mod rediscovery_tests;
#[cfg(test)]
mod retention_tests;
#[cfg(test)]
mod ring_tests;
#[cfg(test)]
mod schedule_tests;
#[cfg(test)]
mod scripted_scheduler;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod secrecy_tests;
#[cfg(test)]
mod signed_out_tests;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tests;
