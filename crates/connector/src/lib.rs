//! The connector: it watches every listed mailbox of an Exchange server with
//! one account that impersonates, writes join details where a keyword asks
//! for them, and seals meetings and presence into each mailbox's series.
//!
//! It runs the same engine as the desktop client, one machine a mailbox; only
//! its ends differ. Between two visits nothing of a mailbox is in memory, and
//! nothing waits in a queue: what could not be sealed is still on the server,
//! behind the cursor that was sealed last.

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

pub mod cabinet;
pub mod check;
pub mod endpoint;
mod gate;
pub mod governor;
mod hub;
pub mod identity;
mod letters;
pub mod list;
mod mailbox;
pub mod measures;
pub mod office;
pub mod oof;
pub mod program;
pub mod roster;
mod scope;
pub mod secret;
pub mod service;
pub mod settings;
mod watch;

pub use cabinet::{Cabinet, OneVault};
pub use hub::{Connector, Setup};
pub use identity::Identity;
pub use measures::Measures;
pub use service::AtService;
pub use settings::Settings;
