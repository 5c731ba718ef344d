//! Answers put together without sense: whatever a server sends, the operations
//! that read a mailbox take it or refuse it, and none panics.

use proptest::prelude::*;

use crate::fuzz::soap_answer;

const NAMES: &[&str] = &[
    "AppointmentState",
    "BusyType",
    "CalendarEvent",
    "CalendarItem",
    "ConnectionStatus",
    "Create",
    "Delete",
    "Duration",
    "EffectiveRights",
    "EndTime",
    "ErrorSubscriptionIds",
    "ExtendedFieldURI",
    "ExtendedProperty",
    "Fault",
    "FindItemResponse",
    "FolderId",
    "FreeBusyResponse",
    "FreeBusyView",
    "GetItemResponse",
    "IsAllDayEvent",
    "ItemId",
    "Items",
    "MergedFreeBusy",
    "MessageXml",
    "Notification",
    "OofState",
    "RequiredAttendees",
    "ResponseCode",
    "ResponseMessages",
    "RootFolder",
    "Start",
    "StartTime",
    "StartTimeZone",
    "SyncState",
    "Value",
    "WorkingHours",
];

const TEXTS: &[&str] = &[
    "",
    "true",
    "0001-01-01T00:00:00",
    "4501-01-01T00:00:00Z",
    "-9223372036854775808",
    "99999999999999999999",
    "ErrorServerBusy",
    "0240",
    "&#x0;",
    "&nothing;",
    "<![CDATA[x]]>",
    "<!-- -->",
];

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(NAMES)
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => name().prop_map(|name| format!("<t:{name} Id='a' PropertyTag='0x670a'>")),
        3 => name().prop_map(|name| format!("</t:{name}>")),
        3 => (name(), prop::sample::select(TEXTS))
            .prop_map(|(name, text)| format!("<m:{name}>{text}</m:{name}>")),
        1 => "\\PC{0,8}",
    ]
}

/// Pieces inside whole elements, so that the readers get deep into them.
fn tree() -> impl Strategy<Value = String> {
    piece().prop_recursive(8, 64, 6, |inner| {
        (name(), prop::collection::vec(inner, 0..6))
            .prop_map(|(name, inner)| format!("<m:{name}>{}</m:{name}>", inner.concat()))
    })
}

proptest! {
    #[test]
    fn no_answer_makes_an_operation_panic(trees in prop::collection::vec(tree(), 0..6)) {
        let inside = trees.concat();
        soap_answer(inside.as_bytes());
        soap_answer(format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='m' \
             xmlns:t='t'><s:Body><m:Response>{inside}</m:Response></s:Body></s:Envelope>"
        ).as_bytes());
    }
}
