//! Exchange Web Services: the codec, the notification stream, error classes
//! and connections.
//!
//! An [`Operation`] is a typed request that knows how to write itself and how
//! to read its answer, without any I/O; a [`Client`] sends it. Names are
//! matched by namespace and local name, unknown elements are skipped, and
//! each item of a batch succeeds or fails by itself.
//!
//! This crate never retries what a caller should decide on: an [`Error`]
//! says by its [`Class`] what can be done.

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

pub mod autodiscover;
pub mod checkup;
pub mod code;
mod error;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod item;
pub mod oauth;
pub mod operation;
pub mod soap;
pub mod time;
pub mod transport;
mod xml;
pub mod zone;

pub use code::{Class, ResponseCode};
pub use error::{Error, ItemError};
pub use operation::Operation;
pub use transport::{Basic, Client, Credentials, Endpoint, Options, StreamReader};
pub use xml::reader::XmlError;
