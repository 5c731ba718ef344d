//! The operations that write items and folders.

pub(super) mod create_item;
pub(super) mod delete_item;
pub(super) mod folders;
mod input;
pub(super) mod put_item;
mod recurrence;
pub(super) mod update_item;
