//! Watches the mailboxes of an organization with one account that may act for
//! them, and seals what it finds into the hybrid service: one engine for each
//! mailbox, whose store is the service.

pub mod config;
pub mod identity;
mod letters;
mod mailbox;
mod run;

pub use run::{Connector, StartError};
