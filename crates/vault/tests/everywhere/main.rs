//! What holds on every system that the vault is built for.

mod beside;
mod damaged_file;
mod enrolment;
mod golden;
mod hostile;
mod mailbox;
mod opening;
mod rotation;
mod series;
mod stores;
mod tending;
mod vectors;
