//! What the scenarios share.

pub mod network;
pub mod stage;
pub mod terminal;
