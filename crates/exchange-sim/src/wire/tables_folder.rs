//! The ordered tables of folders, settings kept in them, rooms and pulled events.

use super::schema::{Content, Kind, many, maybe, message, must, needed, optional, plain};
use super::tables::pieces::{EMAIL, FOLDER_IDS, FOLDER_SHAPE, ITEM_ID, OPEN, TEXT};

/// `CreateFolder`.
pub(super) static CREATE_FOLDER: Kind = plain(Content::Sequence(&[
    message(must("ParentFolderId", FOLDER_IDS)),
    message(must("Folders", &FOLDERS)),
]));
static FOLDERS: Kind = plain(Content::Choice(&[
    many("Folder", OPEN),
    many("CalendarFolder", OPEN),
    many("ContactsFolder", OPEN),
    many("SearchFolder", OPEN),
    many("TasksFolder", OPEN),
]));

/// `DeleteFolder`.
pub(super) static DELETE_FOLDER: Kind = Kind {
    attributes: &[needed(
        "DeleteType",
        &["HardDelete", "SoftDelete", "MoveToDeletedItems"],
    )],
    content: Content::Sequence(&[message(must("FolderIds", FOLDER_IDS))]),
};

/// `SyncFolderHierarchy`.
pub(super) static SYNC_HIERARCHY: Kind = plain(Content::Sequence(&[
    message(must("FolderShape", FOLDER_SHAPE)),
    message(maybe("SyncFolderId", FOLDER_IDS)),
    message(maybe("SyncState", TEXT)),
]));

/// `GetUserConfiguration`.
pub(super) static GET_CONFIGURATION: Kind = plain(Content::Sequence(&[
    message(must("UserConfigurationName", &CONFIGURATION_NAME)),
    message(must("UserConfigurationProperties", TEXT)),
]));
static CONFIGURATION_NAME: Kind = Kind {
    attributes: &[needed("Name", &[])],
    content: Content::Choice(&[
        maybe("FolderId", ITEM_ID),
        maybe("DistinguishedFolderId", &DISTINGUISHED),
    ]),
};
static DISTINGUISHED: Kind = Kind {
    attributes: &[needed("Id", &[]), optional("ChangeKey", &[])],
    content: Content::Sequence(&[maybe("Mailbox", EMAIL)]),
};

/// `GetRoomLists`.
pub(super) static ROOM_LISTS: Kind = plain(Content::Sequence(&[]));

/// `GetRooms`.
pub(super) static ROOMS: Kind = plain(Content::Sequence(&[message(must("RoomList", EMAIL))]));

/// `GetEvents`.
pub(super) static GET_EVENTS: Kind = plain(Content::Sequence(&[
    message(must("SubscriptionId", TEXT)),
    message(must("Watermark", TEXT)),
]));
