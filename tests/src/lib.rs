//! What the scenarios share.

pub mod stage;
pub mod terminal;
