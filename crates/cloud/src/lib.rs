//! The blind half of the hybrid service, in two programs that share neither a
//! database nor a credential: [`service`] keeps sealed records and passes
//! sealed letters on; [`keys`] keeps the keys, wrapped, and hands them out to
//! whom the connector has attested. Neither can name a meeting.

pub mod clock;
pub mod config;
mod connections;
pub mod directory;
pub mod gate;
pub mod keys;
mod media;
mod newcomers;
pub mod observe;
mod pace;
pub mod refusal;
mod repeats;
pub mod route;
pub mod server;
pub mod service;
mod tls;
