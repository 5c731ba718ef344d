//! The ordered tables of availability, names, zones, folders and out-of-office.

use super::schema::{Content, Kind, many, maybe, message, must, needed, optional, plain};
use super::tables::pieces::{
    BOOLEAN, COUNT, FILLED, FOLDER_IDS, FOLDER_SHAPE, INSTANT, OPEN, PAGE_VIEW, TEXT,
};

const VIEWS: &[&str] = &[
    "None",
    "MergedOnly",
    "FreeBusy",
    "FreeBusyMerged",
    "Detailed",
    "DetailedMerged",
];
pub(super) const DAYS: &[&str] = &[
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Day",
    "Weekday",
    "WeekendDay",
];

/// `GetUserAvailabilityRequest`.
pub(super) static AVAILABILITY: Kind = plain(Content::Sequence(&[
    maybe("TimeZone", &SERIAL_ZONE),
    message(must("MailboxDataArray", &MAILBOXES)),
    maybe("FreeBusyViewOptions", &FREE_BUSY_VIEW),
    maybe("SuggestionsViewOptions", &SUGGESTIONS_VIEW),
]));
static SERIAL_ZONE: Kind = plain(Content::Sequence(&[
    must("Bias", &MINUTES),
    must("StandardTime", &SERIAL_TIME),
    must("DaylightTime", &SERIAL_TIME),
]));
static SERIAL_TIME: Kind = plain(Content::Sequence(&[
    must("Bias", &MINUTES),
    must("Time", TEXT),
    must("DayOrder", &ORDER),
    must("Month", &ORDER),
    must("DayOfWeek", &DAY),
    maybe("Year", TEXT),
]));
static MINUTES: Kind = plain(Content::Number(-1440, 1440));
static ORDER: Kind = plain(Content::Number(i16::MIN as i64, i16::MAX as i64));
static DAY: Kind = plain(Content::Words(DAYS));
static MAILBOXES: Kind = plain(Content::Sequence(&[many("MailboxData", &MAILBOX_DATA)]));
static MAILBOX_DATA: Kind = plain(Content::Sequence(&[
    must("Email", &EMAIL_ADDRESS),
    must("AttendeeType", &ATTENDEE_TYPE),
    maybe("ExcludeConflicts", BOOLEAN),
]));
static EMAIL_ADDRESS: Kind = plain(Content::Sequence(&[
    maybe("Name", TEXT),
    must("Address", TEXT),
    maybe("RoutingType", TEXT),
]));
static ATTENDEE_TYPE: Kind = plain(Content::Words(&[
    "Organizer",
    "Required",
    "Optional",
    "Room",
    "Resource",
]));
static FREE_BUSY_VIEW: Kind = plain(Content::Sequence(&[
    must("TimeWindow", &WINDOW),
    maybe("MergedFreeBusyIntervalInMinutes", COUNT),
    maybe("RequestedView", &VIEW),
]));
static VIEW: Kind = plain(Content::Words(VIEWS));
static WINDOW: Kind = plain(Content::Sequence(&[
    must("StartTime", INSTANT),
    must("EndTime", INSTANT),
]));
static QUALITY: Kind = plain(Content::Words(&["Excellent", "Good", "Fair", "Poor"]));
static SUGGESTIONS_VIEW: Kind = plain(Content::Sequence(&[
    maybe("GoodThreshold", COUNT),
    maybe("MaximumResultsByDay", COUNT),
    maybe("MaximumNonWorkHourResultsByDay", COUNT),
    maybe("MeetingDurationInMinutes", COUNT),
    maybe("MinimumSuggestionQuality", &QUALITY),
    must("DetailedSuggestionsWindow", &WINDOW),
    maybe("CurrentMeetingTime", INSTANT),
    maybe("GlobalObjectId", TEXT),
]));

/// `ResolveNames`.
pub(super) static RESOLVE_NAMES: Kind = Kind {
    attributes: &[
        needed("ReturnFullContactData", &["true", "false", "0", "1"]),
        optional(
            "SearchScope",
            &[
                "ActiveDirectory",
                "ActiveDirectoryContacts",
                "Contacts",
                "ContactsActiveDirectory",
            ],
        ),
        optional(
            "ContactDataShape",
            &["IdOnly", "Default", "AllProperties", "PcxPeopleSearch"],
        ),
    ],
    content: Content::Sequence(&[
        message(maybe("ParentFolderIds", FOLDER_IDS)),
        message(must("UnresolvedEntry", FILLED)),
    ]),
};

/// `ExpandDL`.
pub(super) static EXPAND_DL: Kind = plain(Content::Sequence(&[message(must(
    "Mailbox",
    &DIRECTORY_ADDRESS,
))]));
static DIRECTORY_ADDRESS: Kind = plain(Content::Sequence(&[
    maybe("Name", TEXT),
    maybe("EmailAddress", TEXT),
    maybe("RoutingType", TEXT),
    maybe("MailboxType", TEXT),
]));

/// `GetServerTimeZones`.
pub(super) static SERVER_ZONES: Kind = Kind {
    attributes: &[optional(
        "ReturnFullTimeZoneData",
        &["true", "false", "0", "1"],
    )],
    content: Content::Sequence(&[message(maybe("Ids", &ZONE_IDS))]),
};
static ZONE_IDS: Kind = plain(Content::Choice(&[many("Id", TEXT)]));

/// `FindFolder`.
pub(super) static FIND_FOLDER: Kind = Kind {
    attributes: &[needed("Traversal", &["Shallow", "Deep", "SoftDeleted"])],
    content: Content::Sequence(&[
        message(must("FolderShape", FOLDER_SHAPE)),
        message(maybe("IndexedPageFolderView", PAGE_VIEW)),
        message(maybe("FractionalPageFolderView", OPEN)),
        message(maybe("Restriction", &super::tables_search::RESTRICTION)),
        message(must("ParentFolderIds", FOLDER_IDS)),
    ]),
};

/// `SetUserOofSettingsRequest`.
pub(super) static SET_OOF: Kind = plain(Content::Sequence(&[
    must("Mailbox", &EMAIL_ADDRESS),
    must("UserOofSettings", &OOF_SETTINGS),
]));
static OOF_SETTINGS: Kind = plain(Content::Sequence(&[
    must("OofState", &OOF_STATE),
    must("ExternalAudience", &AUDIENCE),
    maybe("Duration", &WINDOW),
    maybe("InternalReply", &REPLY),
    maybe("ExternalReply", &REPLY),
]));
static REPLY: Kind = plain(Content::Sequence(&[maybe("Message", TEXT)]));
static OOF_STATE: Kind = plain(Content::Words(&["Disabled", "Enabled", "Scheduled"]));
static AUDIENCE: Kind = plain(Content::Words(&["None", "Known", "All"]));
