//! What the user sends, until it is certain what came of it.
//!
//! Making a meeting sends mail, and a second one sends it again; a lost answer
//! leaves open which of the two it was. So each intent is sealed in a journal
//! before the request leaves, with a random name that the server keeps with
//! the meeting; a lost answer is settled by looking for that name, and only
//! where it is not found is there another attempt. [`Outbox`] decides this
//! without any I/O; [`Courier`] does what it says.

mod courier;
mod journal;
mod machine;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use courier::{Courier, Full};
pub use journal::Entry;
pub use machine::{Action, Input, Outbox, Outcome, Posted, Posts, Progress, Restored, Settled};
