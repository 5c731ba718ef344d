//! The ordered tables of the operations that write items.

use super::schema::{Content, Kind, Part, many, maybe, message, must, needed, optional, plain};
use super::tables::pieces::{
    BOOLEAN, COUNT, EMAIL, INSTANT, ITEM_ID, ITEM_IDS, MASTER_ID, OCCURRENCE_ID, ONE_FOLDER, OPEN,
    PATH, TEXT,
};
use super::tables_item::{
    ATTACHMENTS, BODY, ITEM, ITEM_PARTS, MAIL_HEADERS, MESSAGE, ONE_RECIPIENT, RECIPIENTS,
    SENSITIVITY,
};
use super::tables_people::DAYS;
use super::tables_zone::ZONE_DEFINITION;

/// `CreateItem`.
pub(super) static CREATE_ITEM: Kind = Kind {
    attributes: &[
        optional("MessageDisposition", DISPOSITIONS),
        optional(
            "SendMeetingInvitations",
            &["SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"],
        ),
    ],
    content: Content::Sequence(&[
        message(maybe("SavedItemFolderId", ONE_FOLDER)),
        message(must("Items", &ITEMS)),
    ]),
};
static ITEMS: Kind = plain(Content::Choice(&[
    many("CalendarItem", &CALENDAR_ITEM),
    many("AcceptItem", &RESPONSE),
    many("TentativelyAcceptItem", &RESPONSE),
    many("DeclineItem", &RESPONSE),
    many("CancelCalendarItem", &CANCEL),
    many("Message", &MESSAGE),
    many("Item", &ITEM),
]));
static CANCEL: Kind = plain(Content::Sequence(&[
    maybe("Sender", &ONE_RECIPIENT),
    maybe("ToRecipients", &RECIPIENTS),
    maybe("CcRecipients", &RECIPIENTS),
    maybe("BccRecipients", &RECIPIENTS),
    maybe("IsReadReceiptRequested", BOOLEAN),
    maybe("IsDeliveryReceiptRequested", BOOLEAN),
    maybe("From", &ONE_RECIPIENT),
    maybe("ReferenceItemId", ITEM_ID),
    maybe("ReceivedBy", &ONE_RECIPIENT),
    maybe("ReceivedRepresenting", &ONE_RECIPIENT),
    maybe("NewBodyContent", &BODY),
]));
static RESPONSE: Kind = Kind {
    attributes: &[optional("ObjectName", &[])],
    content: Content::Sequence(&[
        maybe("ItemClass", TEXT),
        maybe("Sensitivity", &SENSITIVITY),
        maybe("Body", &BODY),
        maybe("Attachments", &ATTACHMENTS),
        maybe("InternetMessageHeaders", &MAIL_HEADERS),
        maybe("Sender", &ONE_RECIPIENT),
        maybe("ToRecipients", &RECIPIENTS),
        maybe("CcRecipients", &RECIPIENTS),
        maybe("BccRecipients", &RECIPIENTS),
        maybe("IsReadReceiptRequested", BOOLEAN),
        maybe("IsDeliveryReceiptRequested", BOOLEAN),
        maybe("From", &ONE_RECIPIENT),
        maybe("ReferenceItemId", ITEM_ID),
        maybe("ReceivedBy", &ONE_RECIPIENT),
        maybe("ReceivedRepresenting", &ONE_RECIPIENT),
        maybe("ProposedStart", INSTANT),
        maybe("ProposedEnd", INSTANT),
    ]),
};
const DISPOSITIONS: &[&str] = &["SaveOnly", "SendOnly", "SendAndSaveCopy"];

/// `UpdateItem`.
pub(super) static UPDATE_ITEM: Kind = Kind {
    attributes: &[
        needed(
            "ConflictResolution",
            &["NeverOverwrite", "AutoResolve", "AlwaysOverwrite"],
        ),
        optional("MessageDisposition", DISPOSITIONS),
        optional(
            "SendMeetingInvitationsOrCancellations",
            &[
                "SendToNone",
                "SendOnlyToAll",
                "SendOnlyToChanged",
                "SendToAllAndSaveCopy",
                "SendToChangedAndSaveCopy",
            ],
        ),
        optional("SuppressReadReceipts", &["true", "false", "0", "1"]),
    ],
    content: Content::Sequence(&[
        message(maybe("SavedItemFolderId", ONE_FOLDER)),
        message(must("ItemChanges", &ITEM_CHANGES)),
    ]),
};
static ITEM_CHANGES: Kind = plain(Content::Choice(&[many("ItemChange", &ITEM_CHANGE)]));
static ITEM_CHANGE: Kind = plain(Content::Headed(
    &[
        maybe("ItemId", ITEM_ID),
        maybe("OccurrenceItemId", OCCURRENCE_ID),
        maybe("RecurringMasterItemId", MASTER_ID),
    ],
    &[
        must("Updates", &UPDATES),
        maybe("CalendarActivityData", OPEN),
    ],
));
static UPDATES: Kind = plain(Content::Choice(&[
    many("AppendToItemField", &FIELD_WITH_ITEM),
    many("SetItemField", &FIELD_WITH_ITEM),
    many("DeleteItemField", &FIELD),
]));
static FIELD_WITH_ITEM: Kind = plain(Content::Each(&[
    PATH,
    &[
        maybe("Item", &ITEM),
        maybe("Message", &MESSAGE),
        maybe("CalendarItem", &CALENDAR_ITEM),
    ],
]));
static FIELD: Kind = plain(Content::Each(&[PATH]));

/// `DeleteItem`.
pub(super) static DELETE_ITEM: Kind = Kind {
    attributes: &[
        needed(
            "DeleteType",
            &["HardDelete", "SoftDelete", "MoveToDeletedItems"],
        ),
        optional(
            "SendMeetingCancellations",
            &["SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"],
        ),
        optional(
            "AffectedTaskOccurrences",
            &["AllOccurrences", "SpecifiedOccurrenceOnly"],
        ),
        optional("SuppressReadReceipts", &["true", "false", "0", "1"]),
    ],
    content: Content::Sequence(&[message(must("ItemIds", ITEM_IDS))]),
};

/// `MoveItem` and `CopyItem`.
pub(super) static PUT_ITEM: Kind = plain(Content::Sequence(&[
    message(must("ToFolderId", ONE_FOLDER)),
    message(must("ItemIds", ITEM_IDS)),
    message(maybe("ReturnNewItemIds", BOOLEAN)),
]));

static BUSY: Kind = plain(Content::Words(&[
    "Free",
    "Tentative",
    "Busy",
    "OOF",
    "WorkingElsewhere",
    "NoData",
]));
static RESPONSE_TYPE: Kind = plain(Content::Words(&[
    "Unknown",
    "Organizer",
    "Tentative",
    "Accept",
    "Decline",
    "NoResponseReceived",
]));
static ITEM_TYPE: Kind = plain(Content::Words(&[
    "Single",
    "Occurrence",
    "Exception",
    "RecurringMaster",
]));
static ATTENDEES: Kind = plain(Content::Choice(&[many("Attendee", &ATTENDEE)]));
static ATTENDEE: Kind = plain(Content::Sequence(&[
    must("Mailbox", EMAIL),
    maybe("ResponseType", &RESPONSE_TYPE),
    maybe("LastResponseTime", INSTANT),
    maybe("ProposedStart", INSTANT),
    maybe("ProposedEnd", INSTANT),
]));
static RECURRENCE: Kind = plain(Content::Each(&[
    &[
        maybe("RelativeYearlyRecurrence", &RELATIVE_YEARLY),
        maybe("AbsoluteYearlyRecurrence", &ABSOLUTE_YEARLY),
        maybe("RelativeMonthlyRecurrence", &RELATIVE_MONTHLY),
        maybe("AbsoluteMonthlyRecurrence", &ABSOLUTE_MONTHLY),
        maybe("WeeklyRecurrence", &WEEKLY),
        maybe("DailyRecurrence", &DAILY),
    ],
    &[
        maybe("NoEndRecurrence", &NO_END),
        maybe("EndDateRecurrence", &END_DATE),
        maybe("NumberedRecurrence", &NUMBERED),
    ],
]));
static DAY_NAMES: Kind = plain(Content::List(DAYS));
static DAY_NAME: Kind = plain(Content::Words(DAYS));
static DATE: Kind = plain(Content::Date);
static MONTH: Kind = plain(Content::Words(&[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]));
static INDEX: Kind = plain(Content::Words(&[
    "First", "Second", "Third", "Fourth", "Last",
]));
static RELATIVE_YEARLY: Kind = plain(Content::Sequence(&[
    must("DaysOfWeek", &DAY_NAMES),
    must("DayOfWeekIndex", &INDEX),
    must("Month", &MONTH),
]));
static ABSOLUTE_YEARLY: Kind = plain(Content::Sequence(&[
    must("DayOfMonth", COUNT),
    must("Month", &MONTH),
]));
static RELATIVE_MONTHLY: Kind = plain(Content::Sequence(&[
    must("Interval", COUNT),
    must("DaysOfWeek", &DAY_NAMES),
    must("DayOfWeekIndex", &INDEX),
]));
static ABSOLUTE_MONTHLY: Kind = plain(Content::Sequence(&[
    must("Interval", COUNT),
    must("DayOfMonth", COUNT),
]));
static WEEKLY: Kind = plain(Content::Sequence(&[
    must("Interval", COUNT),
    must("DaysOfWeek", &DAY_NAMES),
    maybe("FirstDayOfWeek", &DAY_NAME),
]));
static DAILY: Kind = plain(Content::Sequence(&[must("Interval", COUNT)]));
static NO_END: Kind = plain(Content::Sequence(&[must("StartDate", &DATE)]));
static END_DATE: Kind = plain(Content::Sequence(&[
    must("StartDate", &DATE),
    must("EndDate", &DATE),
]));
static NUMBERED: Kind = plain(Content::Sequence(&[
    must("StartDate", &DATE),
    must("NumberOfOccurrences", COUNT),
]));

pub(super) static CALENDAR_ITEM: Kind =
    plain(Content::Extension(&[ITEM_PARTS, CALENDAR_ITEM_PARTS]));
static CALENDAR_ITEM_PARTS: &[Part] = &[
    maybe("UID", TEXT),
    maybe("RecurrenceId", INSTANT),
    maybe("DateTimeStamp", INSTANT),
    maybe("Start", INSTANT),
    maybe("End", INSTANT),
    maybe("OriginalStart", INSTANT),
    maybe("IsAllDayEvent", BOOLEAN),
    maybe("LegacyFreeBusyStatus", &BUSY),
    maybe("Location", TEXT),
    maybe("When", TEXT),
    maybe("IsMeeting", BOOLEAN),
    maybe("IsCancelled", BOOLEAN),
    maybe("IsRecurring", BOOLEAN),
    maybe("MeetingRequestWasSent", BOOLEAN),
    maybe("IsResponseRequested", BOOLEAN),
    maybe("CalendarItemType", &ITEM_TYPE),
    maybe("MyResponseType", &RESPONSE_TYPE),
    maybe("Organizer", &ONE_RECIPIENT),
    maybe("RequiredAttendees", &ATTENDEES),
    maybe("OptionalAttendees", &ATTENDEES),
    maybe("Resources", &ATTENDEES),
    maybe("InboxReminders", OPEN),
    maybe("ConflictingMeetingCount", COUNT),
    maybe("AdjacentMeetingCount", COUNT),
    maybe("ConflictingMeetings", OPEN),
    maybe("AdjacentMeetings", OPEN),
    maybe("Duration", TEXT),
    maybe("TimeZone", TEXT),
    maybe("AppointmentReplyTime", INSTANT),
    maybe("AppointmentSequenceNumber", COUNT),
    maybe("AppointmentState", COUNT),
    maybe("Recurrence", &RECURRENCE),
    maybe("FirstOccurrence", OPEN),
    maybe("LastOccurrence", OPEN),
    maybe("ModifiedOccurrences", OPEN),
    maybe("DeletedOccurrences", OPEN),
    maybe("MeetingTimeZone", OPEN),
    maybe("StartTimeZone", &ZONE_DEFINITION),
    maybe("EndTimeZone", &ZONE_DEFINITION),
    maybe("ConferenceType", COUNT),
    maybe("AllowNewTimeProposal", BOOLEAN),
    maybe("IsOnlineMeeting", BOOLEAN),
    maybe("MeetingWorkspaceUrl", TEXT),
    maybe("NetShowUrl", TEXT),
    maybe("EnhancedLocation", OPEN),
    maybe("StartWallClock", INSTANT),
    maybe("EndWallClock", INSTANT),
    maybe("StartTimeZoneId", TEXT),
    maybe("EndTimeZoneId", TEXT),
    maybe("IntendedFreeBusyStatus", &BUSY),
    maybe("JoinOnlineMeetingUrl", TEXT),
    maybe("OnlineMeetingSettings", OPEN),
    maybe("IsOrganizer", BOOLEAN),
    maybe("CalendarActivityData", OPEN),
    maybe("DoNotForwardMeeting", BOOLEAN),
];
