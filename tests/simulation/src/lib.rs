//! Bad days of a whole client in simulated time, each driven by one seed.
//!
//! A [`plan::Plan`] is what a seed stands for. [`run::play`] plays it: the
//! real session with the real engine against the simulated Exchange, on a
//! machine whose clocks, network, disk and keyring have faults. The
//! [`oracle::Oracle`] knows what a good client does, and looks every five
//! seconds. [`shrink`](shrink::shrink) makes a failing plan small.

pub mod client;
pub mod disk;
pub mod host;
pub mod kept;
pub mod keyring;
pub mod leak;
pub mod net;
pub mod oracle;
pub mod plan;
pub mod quiet;
pub mod run;
pub mod shell;
pub mod shrink;
pub mod silence;
pub mod step;
pub mod story;
pub mod truth;
