//! The user's session, without a window system.
//!
//! [`view`] holds what crosses to the windows, [`screen`] makes it out of the
//! accounts' meetings, and [`shell`] is what a window system must be able to
//! do. Nothing here draws, and nothing here speaks to a server: `engine` does.

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

pub mod account;
pub mod accounts;
mod awake;
pub mod board;
pub mod checkup;
pub mod deep_link;
pub mod diagnosis;
mod enrolment;
pub mod first_run;
pub mod folder;
pub mod formats;
pub mod handler;
pub mod opener;
pub mod problem;
pub mod redaction;
pub mod reminders;
pub mod schedule;
pub mod screen;
pub mod session;
pub mod settings;
pub mod shell;
pub mod shortcut;
pub mod view;
pub mod words;

pub use session::Session;
pub use shell::{Shell, ShellRefused};
pub use vault::hardening;
