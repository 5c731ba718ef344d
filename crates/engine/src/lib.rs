//! Keeps a plaintext agenda in step with a back end.
//!
//! [`Sync`] decides when to pull and when to listen, without any I/O; the
//! [`Engine`]'s loop does what it says and tells it how that went. What was
//! pulled is merged, sealed in a vault's series together with the cursor, and
//! published as a [`Snapshot`].

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

pub mod backend;
pub mod clock;
mod driver;
pub mod exchange;
mod keep;
pub mod outbox;
mod record;
pub mod remote;
pub mod scheduler;
pub mod skew;
pub mod snapshot;
pub mod sync;
mod texts;
pub mod visit;

pub use backend::{Backend, Failure, FailureKind, ServiceFailure};
pub use clock::{Clock, SystemClock};
pub use driver::{Engine, Handle};
pub use outbox::Courier;
pub use scheduler::Scheduler;
pub use snapshot::{Health, Oof, Snapshot};
pub use sync::Sync;
pub use visit::visit;
