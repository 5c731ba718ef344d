//! What the scenarios share.

pub mod canary;
pub mod full_calendar;
pub mod hybrid;
pub mod network;
pub mod stage;
pub mod terminal;
