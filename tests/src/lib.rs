//! What the scenarios share.

pub mod agreed;
pub mod built;
pub mod canary;
pub mod crossings;
pub mod dark;
pub mod deadly;
pub mod full_calendar;
pub mod hand_clock;
pub mod hybrid;
pub mod memory;
pub mod network;
pub mod stage;
pub mod terminal;
pub mod traces;
