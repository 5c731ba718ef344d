//! The ordered tables of items, messages and attachments (types.xsd:
//! `ItemType`, `MessageType`, `AttachmentType`).

use super::schema::{Attribute, Content, Kind, Part, many, maybe, must, needed, optional, plain};
use super::tables::pieces::{
    BOOLEAN, COUNT, EMAIL, EXTENDED_URI, INSTANT, INT, ITEM_ID, OPEN, TEXT,
};
use super::tables_write::CALENDAR_ITEM;

/// `Item`.
pub(super) static ITEM: Kind = plain(Content::Sequence(ITEM_PARTS));
/// `Message`.
pub(super) static MESSAGE: Kind = plain(Content::Extension(&[ITEM_PARTS, MESSAGE_PARTS]));

/// What every kind of item has, before its own.
pub(super) static ITEM_PARTS: &[Part] = &[
    maybe("MimeContent", &MIME_CONTENT),
    maybe("ItemId", ITEM_ID),
    maybe("ParentFolderId", ITEM_ID),
    maybe("ItemClass", TEXT),
    maybe("Subject", TEXT),
    maybe("Sensitivity", &SENSITIVITY),
    maybe("Body", &BODY),
    maybe("Attachments", &ATTACHMENTS),
    maybe("DateTimeReceived", INSTANT),
    maybe("Size", COUNT),
    maybe("Categories", &STRINGS),
    maybe("Importance", &IMPORTANCE),
    maybe("InReplyTo", TEXT),
    maybe("IsSubmitted", BOOLEAN),
    maybe("IsDraft", BOOLEAN),
    maybe("IsFromMe", BOOLEAN),
    maybe("IsResend", BOOLEAN),
    maybe("IsUnmodified", BOOLEAN),
    maybe("InternetMessageHeaders", &MAIL_HEADERS),
    maybe("DateTimeSent", INSTANT),
    maybe("DateTimeCreated", INSTANT),
    maybe("ResponseObjects", OPEN),
    maybe("ReminderDueBy", INSTANT),
    maybe("ReminderIsSet", BOOLEAN),
    maybe("ReminderNextTime", INSTANT),
    maybe("ReminderMinutesBeforeStart", COUNT),
    maybe("DisplayCc", TEXT),
    maybe("DisplayTo", TEXT),
    maybe("DisplayBcc", TEXT),
    maybe("HasAttachments", BOOLEAN),
    many("ExtendedProperty", &EXTENDED),
    maybe("Culture", TEXT),
    maybe("EffectiveRights", OPEN),
    maybe("LastModifiedName", TEXT),
    maybe("LastModifiedTime", INSTANT),
    maybe("IsAssociated", BOOLEAN),
    maybe("WebClientReadFormQueryString", TEXT),
    maybe("WebClientEditFormQueryString", TEXT),
    maybe("ConversationId", ITEM_ID),
    maybe("UniqueBody", &BODY),
    maybe("Flag", OPEN),
    maybe("StoreEntryId", &BYTES),
    maybe("InstanceKey", &BYTES),
    maybe("NormalizedBody", &BODY),
    maybe("EntityExtractionResult", OPEN),
    maybe("PolicyTag", OPEN),
    maybe("ArchiveTag", OPEN),
    maybe("RetentionDate", INSTANT),
    maybe("Preview", TEXT),
    maybe("RightsManagementLicenseData", OPEN),
    maybe("PredictedActionReasons", OPEN),
    maybe("IsClutter", BOOLEAN),
    maybe("BlockStatus", BOOLEAN),
    maybe("HasBlockedImages", BOOLEAN),
    maybe("TextBody", &BODY),
    maybe("IconIndex", OPEN),
];

static MESSAGE_PARTS: &[Part] = &[
    maybe("Sender", &ONE_RECIPIENT),
    maybe("ToRecipients", &RECIPIENTS),
    maybe("CcRecipients", &RECIPIENTS),
    maybe("BccRecipients", &RECIPIENTS),
    maybe("IsReadReceiptRequested", BOOLEAN),
    maybe("IsDeliveryReceiptRequested", BOOLEAN),
    maybe("ConversationIndex", &BYTES),
    maybe("ConversationTopic", TEXT),
    maybe("From", &ONE_RECIPIENT),
    maybe("InternetMessageId", TEXT),
    maybe("IsRead", BOOLEAN),
    maybe("IsResponseRequested", BOOLEAN),
    maybe("References", TEXT),
    maybe("ReplyTo", &RECIPIENTS),
    maybe("ReceivedBy", &ONE_RECIPIENT),
    maybe("ReceivedRepresenting", &ONE_RECIPIENT),
    maybe("ApprovalRequestData", OPEN),
    maybe("VotingInformation", OPEN),
    maybe("ReminderMessageData", OPEN),
];

/// One person.
pub(super) static ONE_RECIPIENT: Kind = plain(Content::Each(&[&[maybe("Mailbox", EMAIL)]]));
/// People.
pub(super) static RECIPIENTS: Kind = plain(Content::Sequence(&[many("Mailbox", EMAIL)]));
/// Headers of a mail.
pub(super) static MAIL_HEADERS: Kind = plain(Content::Choice(&[many(
    "InternetMessageHeader",
    &MAIL_HEADER,
)]));
static MAIL_HEADER: Kind = Kind {
    attributes: &[needed("HeaderName", &[])],
    content: Content::Text,
};

static MIME_CONTENT: Kind = Kind {
    attributes: &[optional("CharacterSet", &[])],
    content: Content::Text,
};
pub(super) static BODY: Kind = Kind {
    attributes: &[
        needed("BodyType", &["HTML", "Text"]),
        optional("IsTruncated", &["true", "false"]),
    ],
    content: Content::Text,
};
pub(super) static SENSITIVITY: Kind = plain(Content::Words(&[
    "Normal",
    "Personal",
    "Private",
    "Confidential",
]));
static IMPORTANCE: Kind = plain(Content::Words(&["Low", "Normal", "High"]));
static STRINGS: Kind = plain(Content::Sequence(&[many("String", TEXT)]));
pub(super) static EXTENDED: Kind = plain(Content::Sequence(&[
    must("ExtendedFieldURI", EXTENDED_URI),
    maybe("Value", TEXT),
    maybe("Values", OPEN),
]));

/// What hangs on an item.
pub(super) static ATTACHMENTS: Kind = plain(Content::Choice(&[
    many("ItemAttachment", &ITEM_ATTACHMENT),
    many("FileAttachment", &FILE_ATTACHMENT),
    many("ReferenceAttachment", &REFERENCE_ATTACHMENT),
]));
static ATTACHMENT_PARTS: &[Part] = &[
    maybe("AttachmentId", &ATTACHMENT_ID),
    maybe("Name", TEXT),
    maybe("ContentType", TEXT),
    maybe("ContentId", TEXT),
    maybe("ContentLocation", TEXT),
    maybe("AttachmentOriginalUrl", TEXT),
    maybe("Size", INT),
    maybe("LastModifiedTime", INSTANT),
    maybe("IsInline", BOOLEAN),
];
static ATTACHMENT_ID: Kind = Kind {
    attributes: ATTACHMENT_ID_ATTRIBUTES,
    content: Content::Empty,
};
const ATTACHMENT_ID_ATTRIBUTES: &[Attribute] = &[
    needed("Id", &[]),
    optional("RootItemId", &[]),
    optional("RootItemChangeKey", &[]),
];
static ITEM_ATTACHMENT: Kind = plain(Content::Extension(&[
    ATTACHMENT_PARTS,
    &[
        maybe("Item", &ITEM),
        maybe("Message", &MESSAGE),
        maybe("CalendarItem", &CALENDAR_ITEM),
        maybe("Contact", OPEN),
        maybe("MeetingMessage", OPEN),
        maybe("MeetingRequest", OPEN),
        maybe("MeetingResponse", OPEN),
        maybe("MeetingCancellation", OPEN),
        maybe("Task", OPEN),
        maybe("PostItem", OPEN),
    ],
]));
static FILE_ATTACHMENT: Kind = plain(Content::Extension(&[
    ATTACHMENT_PARTS,
    &[maybe("IsContactPhoto", BOOLEAN), maybe("Content", &BYTES)],
]));
static REFERENCE_ATTACHMENT: Kind = plain(Content::Extension(&[
    ATTACHMENT_PARTS,
    &[
        maybe("AttachLongPathName", TEXT),
        maybe("ProviderType", TEXT),
        maybe("ProviderEndpointUrl", TEXT),
        maybe("AttachmentThumbnailUrl", TEXT),
        maybe("AttachmentPreviewUrl", TEXT),
        maybe("PermissionType", INT),
        maybe("OriginalPermissionType", INT),
        maybe("AttachmentIsFolder", BOOLEAN),
    ],
]));
static BYTES: Kind = plain(Content::Bytes);
