//! The operations that write items.

pub(super) mod create_item;
pub(super) mod delete_item;
mod input;
mod recurrence;
pub(super) mod update_item;
