//! The terminal as a program: the real `joinbell-cli` in a home of its own.

mod account;
mod bad_days;
mod bad_input;
mod day;
mod doctor;
mod hybrid;
mod keywords;
mod passphrase;
mod schedule;
mod secrets;
mod sign_in;
