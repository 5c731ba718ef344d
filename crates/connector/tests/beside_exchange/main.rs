//! The connector beside a simulated Exchange.

mod bad_days;
mod days;
mod deploy;
mod groups;
mod moves;
mod own;
mod program;
mod refused;
mod roster;
mod scope;
mod secret;
mod security;
mod service;
mod stage;
mod watching;
