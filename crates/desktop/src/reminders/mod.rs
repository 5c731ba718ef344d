//! Which reminders ring: a state machine without clocks and without I/O.
//!
//! It is told what the calendar wants ([`Input::Planned`]), what the user
//! answers, and what time it is; it says what to do ([`Reminders::poll_action`])
//! and when it wants to look again ([`Reminders::poll_timeout`]). Every look
//! decides everything anew from state, so that a suspended machine, a clock
//! that was set, and a wake-up that never came cost a delay and nothing else.
//!
//! A reminder rings once. That it has rung is kept by its [`Record`], which
//! the session seals and stores; what was stored does not ring again after a
//! restart, it waits in the tray for its answer. A moved meeting has a new
//! reminder id and rings anew. Of several reminders of one start the last that is
//! due takes the place of the earlier ones.

mod machine;
mod missed;
mod record;
mod signals;

pub use machine::Reminders;
pub use missed::Missed;
pub use record::{Record, ReminderId, State};
pub use signals::{Action, Answered, Input, Planned, Why};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
