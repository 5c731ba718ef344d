//! A simulated Exchange Server on loopback, an independent witness.
//!
//! A [`World`] holds mailboxes and calendars; a [`Simulator`] serves it by
//! Exchange Web Services as a client meets them on a real server. It shares
//! no code with the client it is a witness of.

pub mod clock;
pub mod demo;
pub mod generate;
mod icalendar;
mod operations;
mod personality;
pub mod server;
mod wire;
pub mod world;
pub mod world_file;

pub use personality::Personality;
pub use server::limits::{Budget, Limits};
pub use server::{ChannelBinding, Options, Recording, SignIn, Simulator, StartError, Transport};
pub use world::World;
