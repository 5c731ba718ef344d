//! The operations, one file each: what is sent, and what comes back.

mod answer_meeting;
mod convert_id;
mod create_item;
mod delete_item;
mod expand_dl;
mod find_item;
mod find_marked;
mod get_folder;
mod get_item;
mod get_rooms;
mod get_streaming_events;
mod get_user_availability;
mod get_user_oof_settings;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod oddities;
#[cfg(test)]
mod requests;
mod resolve_names;
#[cfg(test)]
mod samples;
mod subscribe;
mod suggest_times;
mod sync_folder_items;
mod unsubscribe;
mod update_item;

pub use answer_meeting::{Answer, AnswerMeeting, CancelMeeting, Word};
pub use convert_id::ConvertId;
pub use create_item::{CreateItem, Invitations, Sensitivity, When};
pub use delete_item::DeleteItem;
pub use expand_dl::{ExpandDl, Member, MemberKind, Members};
pub use find_item::{FindAllItems, FindCalendarItems, FoundItems};
pub use find_marked::FindMarkedItems;
pub use get_folder::{CalendarFolder, GetCalendarFolder, Rights};
pub(crate) use get_item::Told;
pub use get_item::{Bodies, Detail, GetItem, Target};
pub use get_rooms::{GetRoomLists, GetRooms};
pub use get_streaming_events::{Connection, GetStreamingEvents, Notice, Notices};
pub use get_user_availability::{
    AttendeeType, Availability, BusyTime, BusyType, GetUserAvailability, WorkingHours,
};
pub use get_user_oof_settings::{GetUserOofSettings, OofSettings, OofState};
pub use resolve_names::{ResolveNames, Resolved};
pub use subscribe::{Subscribe, SubscriptionId};
pub use suggest_times::{Quality, SuggestTimes, Suggestion};
pub use sync_folder_items::{Change, Changes, SyncFolderItems, SyncState};
pub use unsubscribe::Unsubscribe;
pub use update_item::{Asked, ConflictResolution, FieldChange, UpdateItem, Updated};

use crate::{
    soap::Fault,
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// A request that knows its answer. Sealed by the private reader and writer.
#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
pub trait Operation: Send + Sync {
    /// What a successful answer holds.
    type Response: Send;
    /// The operation's name in the schema.
    const NAME: &'static str;
    /// Whether the operation declares the `TimeZoneContext` header
    /// (services.wsdl).
    const TAKES_TIME_ZONE: bool;
    /// Whether repeating it after a lost answer does no harm.
    const REPEATABLE: bool;
    /// Whether it is about a subscription, which one mailbox server alone
    /// knows.
    const KEEPS_SERVER: bool = false;

    /// Writes the body's element.
    fn write(&self, w: &mut Writer);
    /// Reads the answer's element, which was just begun: the response, or why
    /// the whole operation failed.
    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Self::Response, Fault>, XmlError>;
}

pub(crate) fn calendar_folder(w: &mut Writer) {
    w.empty("t:DistinguishedFolderId", &[("Id", "calendar")]);
}
