//! The simulator as a client meets it, over its in-process link.

mod link;
mod reading;
mod schema;
mod signing_in;
mod streaming;
