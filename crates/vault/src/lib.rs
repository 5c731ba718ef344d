//! Keys, sealed records and where they rest.
//!
//! A [`Vault`] seals what it is given and hands the ciphertext to a
//! [`Store`]; a store never sees a title, a time, an address or a plain id.
//! One [`Series`] is one run of records that belong together, for example the
//! meetings of one account, with a head (the sync cursor) that is committed
//! with them in one transaction.
//!
//! [`opening::open`] gives a program its vault, whatever the day: at worst one
//! in memory, with the reason. [`Vault::tend`] is the work of every hour.
//!
//! What an onlooker of a store learns: how many series and records there
//! are, roughly how large they are, and when they change. What somebody who
//! writes to it can do unnoticed, while no program has it open: put back an
//! earlier state of a whole series or take the series away. The whole file of
//! an earlier run is noticed by the generation in the keyring.

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

#[cfg(feature = "testing")]
pub mod between;
#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(feature = "database")]
pub mod database;
pub mod envelope;
pub mod hardening;
#[cfg(feature = "hybrid")]
pub mod hybrid;
pub mod key;
mod key_box;
pub mod keyring;
pub mod mailbox;
mod manifest;
pub mod memory;
pub mod opaque;
pub mod opening;
mod parallel;
pub mod passphrase;
#[cfg(feature = "remote")]
pub mod remote;
mod rotation;
pub mod sensitive;
mod series;
pub mod shelf;
pub mod sqlite;
pub mod store;
mod vault;

pub use key_box::{Generation, KEY_AGE_MAX, SEALS_PER_KEY_MAX};
pub use series::{Batch, Beside, Integrity, Loaded, RecordId, Series, SeriesId};
pub use shelf::Shelf;
pub use store::{Store, StoreError};
pub use vault::{Freshness, Vault, VaultError};
