//! Meetings and the rules about them.
//!
//! Everything here is a value or a function of values. Time comes in as an
//! argument; nothing reads a clock, a file or a socket, so the same agenda
//! and the same moment always give the same answer.

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

pub mod agenda;
pub mod availability;
pub mod join;
pub mod keyword;
pub mod meeting;
pub mod presence;
pub mod recurrence;
pub mod reminder;
#[cfg(any(test, feature = "testing"))]
mod sample;
pub mod span;
pub mod views;

pub use agenda::Agenda;
pub use join::{JoinLink, JoinLinks};
pub use keyword::Keyword;
pub use meeting::Meeting;
pub use span::{Span, Window};
