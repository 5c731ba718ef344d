//! Autodiscover over real sockets: against the simulated Exchange, and against
//! servers, redirects and records that want more than they should get.
//!
//! The network is a proxy and a dialler which lead names to loopback and write
//! down every name that is asked for.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

mod exchange;
mod honeypot;
mod name_server;
mod network;
mod redirects;
mod strangers;
