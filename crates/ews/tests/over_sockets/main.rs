//! The client over real sockets, against the simulated Exchange and servers
//! that are worse.

mod affinity;
mod autodiscover;
mod checkup;
mod delivery;
mod governing;
mod meetings;
mod network;
mod proxies;
mod quirks_counted;
mod signing_in;
mod streaming;
mod tokens;
