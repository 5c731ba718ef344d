//! Calendar items as iCalendar text (RFC 5545), the `MimeContent` of EWS.

mod line;
mod read;
mod rule;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
