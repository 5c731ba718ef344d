//! The running session: one loop which owns the state, and handles which send
//! it commands and watch what it shows.

mod command;
mod handle;

pub use handle::Session;
