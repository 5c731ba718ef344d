//! XML as Exchange reads and writes it: a small tree, ordered tables, envelopes.

pub(crate) mod element;
pub(crate) mod envelope;
pub(crate) mod fault;
mod names;
pub(crate) mod schema;
pub(crate) mod tables;
mod tables_folder;
mod tables_item;
pub(crate) mod tables_people;
mod tables_search;
pub(crate) mod tables_write;
mod tables_zone;
pub(crate) mod text;
pub(crate) mod tree;
