//! The ordered tables of the operations served (messages.xsd, types.xsd).

use super::names::{EXCEPTION_FIELDS, INDEXED_FIELDS, is_field, is_folder};
use super::schema::{
    Content, Kind, Part, Value, many, maybe, message, must, needed, needed_as, optional,
    optional_as, plain,
};
use super::tree::Space;

static TEXT: Kind = plain(Content::Text);
static OPEN: Kind = plain(Content::Open);
static BOOLEAN: Kind = plain(Content::Boolean);
static INSTANT: Kind = plain(Content::Instant);
static ANY_INT: Kind = plain(Content::Number(i32::MIN as i64, i32::MAX as i64));
static COUNT: Kind = plain(Content::Number(0, i32::MAX as i64));

static BASE_SHAPE: Kind = plain(Content::Words(&[
    "IdOnly",
    "Default",
    "AllProperties",
    "PcxPeopleSearch",
]));
static BODY_SHAPE: Kind = plain(Content::Words(&["Best", "HTML", "Text"]));

static FIELD_URI: Kind = Kind {
    attributes: &[needed_as("FieldURI", Value::Names(is_field))],
    content: Content::Empty,
};
static INDEXED_URI: Kind = Kind {
    attributes: &[
        needed("FieldURI", INDEXED_FIELDS),
        needed("FieldIndex", &[]),
    ],
    content: Content::Empty,
};
static EXCEPTION_URI: Kind = Kind {
    attributes: &[needed("FieldURI", EXCEPTION_FIELDS)],
    content: Content::Empty,
};
static EXTENDED_URI: Kind = Kind {
    attributes: &[
        optional(
            "DistinguishedPropertySetId",
            &[
                "Meeting",
                "Appointment",
                "Common",
                "PublicStrings",
                "Address",
                "InternetHeaders",
                "CalendarAssistant",
                "UnifiedMessaging",
                "Task",
                "Sharing",
            ],
        ),
        optional("PropertySetId", &[]),
        optional("PropertyTag", &[]),
        optional("PropertyName", &[]),
        optional_as("PropertyId", INT),
        needed(
            "PropertyType",
            &[
                "ApplicationTime",
                "ApplicationTimeArray",
                "Binary",
                "BinaryArray",
                "Boolean",
                "CLSID",
                "CLSIDArray",
                "Currency",
                "CurrencyArray",
                "Double",
                "DoubleArray",
                "Error",
                "Float",
                "FloatArray",
                "Integer",
                "IntegerArray",
                "Long",
                "LongArray",
                "Null",
                "Object",
                "ObjectArray",
                "Short",
                "ShortArray",
                "SystemTime",
                "SystemTimeArray",
                "String",
                "StringArray",
            ],
        ),
    ],
    content: Content::Empty,
};
static PATHS: Kind = plain(Content::Choice(PATH));
const PATH: &[Part] = &[
    many("FieldURI", &FIELD_URI),
    many("IndexedFieldURI", &INDEXED_URI),
    many("ExtendedFieldURI", &EXTENDED_URI),
    many("ExceptionFieldURI", &EXCEPTION_URI),
];
const INT: Value = Value::Number(i32::MIN as i64, i32::MAX as i64);
const PAGE: Value = Value::Number(1, i32::MAX as i64);
static ITEM_SHAPE: Kind = plain(Content::Sequence(&[
    must("BaseShape", &BASE_SHAPE),
    maybe("IncludeMimeContent", &BOOLEAN),
    maybe("BodyType", &BODY_SHAPE),
    maybe("UniqueBodyType", &BODY_SHAPE),
    maybe("NormalizedBodyType", &BODY_SHAPE),
    maybe("FilterHtmlContent", &BOOLEAN),
    maybe("ConvertHtmlCodePageToUTF8", &BOOLEAN),
    maybe("InlineImageUrlTemplate", &TEXT),
    maybe("BlockExternalImages", &BOOLEAN),
    maybe("AddBlankTargetToLinks", &BOOLEAN),
    maybe("MaximumBodySize", &COUNT),
    maybe("AdditionalProperties", &PATHS),
]));
static FOLDER_SHAPE: Kind = plain(Content::Sequence(&[
    must("BaseShape", &BASE_SHAPE),
    maybe("AdditionalProperties", &PATHS),
]));

static EMAIL: Kind = plain(Content::Sequence(&[
    maybe("Name", &TEXT),
    maybe("EmailAddress", &FILLED),
    maybe("RoutingType", &FILLED),
    maybe("MailboxType", &MAILBOX_TYPE),
    maybe("ItemId", &ID),
    maybe("OriginalDisplayName", &TEXT),
]));
static FILLED: Kind = plain(Content::Filled);
static MAILBOX_TYPE: Kind = plain(Content::Words(&[
    "Unknown",
    "OneOff",
    "Mailbox",
    "PublicDL",
    "PrivateDL",
    "Contact",
    "PublicFolder",
    "GroupMailbox",
    "ImplicitContact",
]));
static ID: Kind = Kind {
    attributes: &[needed("Id", &[]), optional("ChangeKey", &[])],
    content: Content::Empty,
};
static DISTINGUISHED: Kind = Kind {
    attributes: &[
        needed_as("Id", Value::Names(is_folder)),
        optional("ChangeKey", &[]),
    ],
    content: Content::Sequence(&[maybe("Mailbox", &EMAIL)]),
};
static OCCURRENCE_ID: Kind = Kind {
    attributes: &[
        needed("RecurringMasterId", &[]),
        optional("ChangeKey", &[]),
        needed_as("InstanceIndex", INT),
    ],
    content: Content::Empty,
};
static MASTER_ID: Kind = Kind {
    attributes: &[needed("OccurrenceId", &[]), optional("ChangeKey", &[])],
    content: Content::Empty,
};
static ITEM_IDS: Kind = plain(Content::Choice(ITEM_ID_PARTS));
const ITEM_ID_PARTS: &[Part] = &[
    many("ItemId", &ID),
    many("OccurrenceItemId", &OCCURRENCE_ID),
    many("RecurringMasterItemId", &MASTER_ID),
    many("RecurringMasterItemIdRanges", &OPEN),
];
static FOLDER_IDS: Kind = plain(Content::Choice(FOLDER_ID_PARTS));
static ONE_FOLDER: Kind = plain(Content::Each(&[FOLDER_ID_PARTS]));
const FOLDER_ID_PARTS: &[Part] = &[
    many("FolderId", &ID),
    many("DistinguishedFolderId", &DISTINGUISHED),
];

static SYNC_FOLDER_ITEMS: Kind = plain(Content::Sequence(&[
    message(must("ItemShape", &ITEM_SHAPE)),
    message(must("SyncFolderId", &ONE_FOLDER)),
    message(maybe("SyncState", &TEXT)),
    message(maybe("Ignore", &ITEM_IDS)),
    message(must("MaxChangesReturned", &SYNC_PAGE)),
    message(maybe("SyncScope", &SYNC_SCOPE)),
]));
static SYNC_PAGE: Kind = plain(Content::Number(1, 512));
static SYNC_SCOPE: Kind = plain(Content::Words(&["NormalItems", "NormalAndAssociatedItems"]));

static FIND_ITEM: Kind = Kind {
    attributes: &[needed(
        "Traversal",
        &["Shallow", "SoftDeleted", "Associated"],
    )],
    content: Content::Sequence(&[
        message(must("ItemShape", &ITEM_SHAPE)),
        message(maybe("IndexedPageItemView", &PAGE_VIEW)),
        message(maybe("FractionalPageItemView", &OPEN)),
        message(maybe("SeekToConditionPageItemView", &OPEN)),
        message(maybe("CalendarView", &CALENDAR_VIEW)),
        message(maybe("ContactsView", &OPEN)),
        message(maybe("GroupBy", &OPEN)),
        message(maybe("DistinguishedGroupBy", &OPEN)),
        message(maybe("Restriction", &super::tables_search::RESTRICTION)),
        message(maybe("SortOrder", &super::tables_search::SORT_ORDER)),
        message(must("ParentFolderIds", &FOLDER_IDS)),
        message(maybe("QueryString", &OPEN)),
    ]),
};
static CALENDAR_VIEW: Kind = Kind {
    attributes: &[
        optional_as("MaxEntriesReturned", PAGE),
        needed_as("StartDate", Value::Instant),
        needed_as("EndDate", Value::Instant),
    ],
    content: Content::Empty,
};
static PAGE_VIEW: Kind = Kind {
    attributes: &[
        optional_as("MaxEntriesReturned", PAGE),
        needed_as("Offset", INT),
        needed("BasePoint", &["Beginning", "End"]),
    ],
    content: Content::Empty,
};

static GET_ITEM: Kind = plain(Content::Sequence(&[
    message(must("ItemShape", &ITEM_SHAPE)),
    message(must("ItemIds", &ITEM_IDS)),
]));
static GET_FOLDER: Kind = plain(Content::Sequence(&[
    message(must("FolderShape", &FOLDER_SHAPE)),
    message(must("FolderIds", &FOLDER_IDS)),
]));

const FORMATS: &[&str] = &[
    "EwsLegacyId",
    "EwsId",
    "EntryId",
    "HexEntryId",
    "StoreId",
    "OwaId",
];
static CONVERT_ID: Kind = Kind {
    attributes: &[needed("DestinationFormat", FORMATS)],
    content: Content::Sequence(&[message(must("SourceIds", &SOURCE_IDS))]),
};
static SOURCE_IDS: Kind = plain(Content::Choice(&[many("AlternateId", &ALTERNATE_ID)]));
static ALTERNATE_ID: Kind = Kind {
    attributes: &[
        needed("Format", FORMATS),
        needed("Id", &[]),
        needed("Mailbox", &[]),
        optional("IsArchive", &["true", "false", "0", "1"]),
    ],
    content: Content::Empty,
};

static SUBSCRIBE: Kind = plain(Content::Each(&[&[
    message(maybe("PullSubscriptionRequest", &PULL)),
    message(maybe("PushSubscriptionRequest", &OPEN)),
    message(maybe("StreamingSubscriptionRequest", &STREAMING)),
]]));
static STREAMING: Kind = Kind {
    attributes: &[optional(
        "SubscribeToAllFolders",
        &["true", "false", "0", "1"],
    )],
    content: Content::Sequence(&[
        maybe("FolderIds", &FOLDER_IDS),
        must("EventTypes", &EVENT_TYPES),
    ]),
};
static PULL: Kind = Kind {
    attributes: &[optional(
        "SubscribeToAllFolders",
        &["true", "false", "0", "1"],
    )],
    content: Content::Sequence(&[
        maybe("FolderIds", &FOLDER_IDS),
        must("EventTypes", &EVENT_TYPES),
        maybe("Watermark", &TEXT),
        must("Timeout", &PULL_MINUTES),
    ]),
};
static PULL_MINUTES: Kind = plain(Content::Number(1, 1440));
static EVENT_TYPES: Kind = plain(Content::Choice(&[many("EventType", &EVENT_TYPE)]));
static EVENT_TYPE: Kind = plain(Content::Words(&[
    "CopiedEvent",
    "CreatedEvent",
    "DeletedEvent",
    "ModifiedEvent",
    "MovedEvent",
    "NewMailEvent",
    "FreeBusyChangedEvent",
]));
static GET_STREAMING_EVENTS: Kind = plain(Content::Sequence(&[
    message(must("SubscriptionIds", &SUBSCRIPTION_IDS)),
    message(must("ConnectionTimeout", &STREAM_MINUTES)),
]));
static SUBSCRIPTION_IDS: Kind = plain(Content::Choice(&[many("SubscriptionId", &TEXT)]));
static STREAM_MINUTES: Kind = plain(Content::Number(1, 30));
static UNSUBSCRIBE: Kind = plain(Content::Sequence(&[message(must("SubscriptionId", &TEXT))]));

static GET_OOF: Kind = plain(Content::Sequence(&[must("Mailbox", &OOF_MAILBOX)]));
static OOF_MAILBOX: Kind = plain(Content::Sequence(&[
    maybe("Name", &TEXT),
    must("Address", &TEXT),
    maybe("RoutingType", &TEXT),
]));

/// The table of an operation, by the name of its request element.
pub(crate) fn of(operation: &str) -> Option<&'static Kind> {
    Some(match operation {
        "SyncFolderItems" => &SYNC_FOLDER_ITEMS,
        "FindItem" => &FIND_ITEM,
        "GetItem" => &GET_ITEM,
        "GetFolder" => &GET_FOLDER,
        "ConvertId" => &CONVERT_ID,
        "Subscribe" => &SUBSCRIBE,
        "GetStreamingEvents" => &GET_STREAMING_EVENTS,
        "Unsubscribe" => &UNSUBSCRIBE,
        "GetUserOofSettingsRequest" => &GET_OOF,
        "GetUserAvailabilityRequest" => &super::tables_people::AVAILABILITY,
        "ResolveNames" => &super::tables_people::RESOLVE_NAMES,
        "ExpandDL" => &super::tables_people::EXPAND_DL,
        "GetServerTimeZones" => &super::tables_people::SERVER_ZONES,
        "FindFolder" => &super::tables_people::FIND_FOLDER,
        "SetUserOofSettingsRequest" => &super::tables_people::SET_OOF,
        "CreateFolder" => &super::tables_folder::CREATE_FOLDER,
        "DeleteFolder" => &super::tables_folder::DELETE_FOLDER,
        "SyncFolderHierarchy" => &super::tables_folder::SYNC_HIERARCHY,
        "GetUserConfiguration" => &super::tables_folder::GET_CONFIGURATION,
        "GetRoomLists" => &super::tables_folder::ROOM_LISTS,
        "GetRooms" => &super::tables_folder::ROOMS,
        "GetEvents" => &super::tables_folder::GET_EVENTS,
        "CopyItem" | "MoveItem" => &super::tables_write::PUT_ITEM,
        "CreateItem" => &super::tables_write::CREATE_ITEM,
        "UpdateItem" => &super::tables_write::UPDATE_ITEM,
        "DeleteItem" => &super::tables_write::DELETE_ITEM,
        _ => return None,
    })
}

/// Shared pieces for the tables of the operations that write.
pub(super) mod pieces {
    use super::{Kind, Part};

    pub(in crate::wire) const PATH: &[Part] = super::PATH;
    pub(in crate::wire) const FILLED: &Kind = &super::FILLED;
    pub(in crate::wire) const ONE_FOLDER: &Kind = &super::ONE_FOLDER;
    pub(in crate::wire) const DISTINGUISHED: &Kind = &super::DISTINGUISHED;
    pub(in crate::wire) const ITEM_ID: &Kind = &super::ID;
    pub(in crate::wire) const ITEM_IDS: &Kind = &super::ITEM_IDS;
    pub(in crate::wire) const FOLDER_IDS: &Kind = &super::FOLDER_IDS;
    pub(in crate::wire) const FOLDER_SHAPE: &Kind = &super::FOLDER_SHAPE;
    pub(in crate::wire) const PAGE_VIEW: &Kind = &super::PAGE_VIEW;
    pub(in crate::wire) const OCCURRENCE_ID: &Kind = &super::OCCURRENCE_ID;
    pub(in crate::wire) const MASTER_ID: &Kind = &super::MASTER_ID;
    pub(in crate::wire) const EXTENDED_URI: &Kind = &super::EXTENDED_URI;
    pub(in crate::wire) const EMAIL: &Kind = &super::EMAIL;
    pub(in crate::wire) const TEXT: &Kind = &super::TEXT;
    pub(in crate::wire) const OPEN: &Kind = &super::OPEN;
    pub(in crate::wire) const BOOLEAN: &Kind = &super::BOOLEAN;
    pub(in crate::wire) const INSTANT: &Kind = &super::INSTANT;
    pub(in crate::wire) const COUNT: &Kind = &super::COUNT;
    pub(in crate::wire) const INT: &Kind = &super::ANY_INT;
}

/// The header elements a request may carry, each at most once.
pub(crate) const HEADERS: &[&str] = &[
    "RequestServerVersion",
    "ExchangeImpersonation",
    "MailboxCulture",
    "TimeZoneContext",
    "DateTimePrecision",
    "ManagementRole",
    "SerializedSecurityContext",
];

/// Versions that a request may name (`ExchangeVersionType`).
pub(crate) const VERSIONS: &[&str] = &[
    "Exchange2007",
    "Exchange2007_SP1",
    "Exchange2009",
    "Exchange2010",
    "Exchange2010_SP1",
    "Exchange2010_SP2",
    "Exchange2012",
    "Exchange2013",
    "Exchange2013_SP1",
    "Exchange2015",
    "Exchange2016",
    "V2015_10_05",
    "V2016_01_06",
    "V2016_04_13",
    "V2016_07_13",
    "V2016_10_10",
    "V2017_01_07",
    "V2017_04_14",
    "V2017_07_11",
];

/// A request element's namespace, which differs for none of the operations.
pub(crate) const REQUEST_SPACE: Space = Space::Messages;
