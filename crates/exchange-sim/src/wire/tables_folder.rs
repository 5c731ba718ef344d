//! The ordered tables of folders, settings kept in them, rooms and pulled events.

use super::schema::{Content, Kind, many, maybe, message, must, needed, plain};
use super::tables::pieces::{
    COUNT, DISTINGUISHED, EMAIL, FOLDER_IDS, FOLDER_SHAPE, ITEM_ID, ONE_FOLDER, OPEN, TEXT,
};
use super::tables_item::EXTENDED;

/// `CreateFolder`.
pub(super) static CREATE_FOLDER: Kind = plain(Content::Sequence(&[
    message(must("ParentFolderId", ONE_FOLDER)),
    message(must("Folders", &FOLDERS)),
]));
static FOLDERS: Kind = plain(Content::Choice(&[
    many("Folder", &FOLDER),
    many("CalendarFolder", &FOLDER),
    many("ContactsFolder", OPEN),
    many("SearchFolder", OPEN),
    many("TasksFolder", OPEN),
]));

/// `BaseFolderType`, and behind it what folders and calendars have more.
static FOLDER: Kind = plain(Content::Sequence(&[
    maybe("FolderId", ITEM_ID),
    maybe("ParentFolderId", ITEM_ID),
    maybe("FolderClass", TEXT),
    maybe("DisplayName", TEXT),
    maybe("TotalCount", COUNT),
    maybe("ChildFolderCount", COUNT),
    many("ExtendedProperty", &EXTENDED),
    maybe("ManagedFolderInformation", OPEN),
    maybe("EffectiveRights", OPEN),
    maybe("DistinguishedFolderId", TEXT),
    maybe("PolicyTag", OPEN),
    maybe("ArchiveTag", OPEN),
    maybe("ReplicaList", OPEN),
    maybe("SharingEffectiveRights", TEXT),
    maybe("PermissionSet", OPEN),
    maybe("UnreadCount", COUNT),
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
    message(maybe("SyncFolderId", ONE_FOLDER)),
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
        maybe("DistinguishedFolderId", DISTINGUISHED),
    ]),
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
