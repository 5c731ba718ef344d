//! What the scenarios share.

pub mod terminal;
