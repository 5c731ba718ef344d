//! The simulator as a client meets it, over its in-process link.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod affinity;
mod autodiscover;
mod control;
mod folders;
mod grommunio;
mod link;
mod people;
mod reading;
mod schema;
mod signing_in;
mod streaming;
mod throttling;
mod writing;
