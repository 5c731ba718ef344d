//! Keys, sealed records and where they rest.
//!
//! A [`Vault`] seals what it is given and hands the ciphertext to a
//! [`Store`]; a store never sees a title, a time, an address or a plain id.
//! One [`Series`] is one run of records that belong together, for example the
//! meetings of one account, with a head (the sync cursor) that is committed
//! with them in one transaction.
//!
//! What an onlooker of a store learns: how many series and records there
//! are, roughly how large they are, and when they change.

pub mod envelope;
pub mod key;
pub mod keyring;
pub mod memory;
pub mod sensitive;
mod series;
pub mod sqlite;
pub mod store;

pub use series::{
    Batch, Integrity, Loaded, RecordId, SEALS_PER_KEY_MAX, Series, SeriesId, Vault, VaultError,
};
pub use store::{Store, StoreError};
