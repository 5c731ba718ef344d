//! Answers as servers really give them, where that is not what one expects.

use super::{
    requests::{at, availability},
    *,
};
use crate::{
    Class,
    item::{CalendarItem, ChangeKey, ItemId, ItemRef},
    soap,
};

/// An answer with one message; `header` stands before its body.
fn answer_with(header: &str, name: &str, class: &str, code: &str, inside: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='m' xmlns:t='t'>\
         {header}<s:Body><m:{name}Response><m:ResponseMessages>\
         <m:{name}ResponseMessage ResponseClass='{class}'><m:ResponseCode>{code}</m:ResponseCode>\
         {inside}</m:{name}ResponseMessage></m:ResponseMessages></m:{name}Response></s:Body>\
         </s:Envelope>"
    )
}

fn answer(name: &str, inside: &str) -> String {
    answer_with("", name, "Success", "NoError", inside)
}

fn get_item() -> GetItem {
    GetItem {
        ids: vec![ItemId("a".into()).into()],
        bodies: Bodies::Stored,
        detail: Detail::Meeting,
        extended: vec![],
    }
}

fn read_item(fields: &str) -> CalendarItem {
    let inside = format!("<m:Items><t:CalendarItem>{fields}</t:CalendarItem></m:Items>");
    let document = answer("GetItem", &inside);
    let read = soap::answer(&get_item(), &document).unwrap().unwrap();
    read.into_iter().next().unwrap().unwrap()
}

fn reference(id: &str) -> ItemRef {
    ItemRef {
        id: ItemId(id.into()),
        change_key: Some(ChangeKey("k".into())),
    }
}

#[test]
fn quirk_22_a_change_that_cannot_be_read_does_not_lose_the_others_and_the_state() {
    let document = answer(
        "SyncFolderItems",
        "<m:SyncState>H4sI</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>\
         <m:Changes>\
         <t:Create><t:CalendarItem><t:ItemId Id='a' ChangeKey='k'/></t:CalendarItem></t:Create>\
         <t:Create/><t:Update><t:CalendarItem/></t:Update><t:Delete/>\
         <t:ReadFlagChange><t:ItemId Id='x' ChangeKey='k'/><t:IsRead>true</t:IsRead></t:ReadFlagChange>\
         <t:Rethought><t:Item><t:ItemId Id='y'/></t:Item></t:Rethought>\
         <t:Delete><t:ItemId Id='b' ChangeKey='k'/></t:Delete></m:Changes>",
    );
    let page = soap::answer(&SyncFolderItems { state: None }, &document)
        .unwrap()
        .unwrap();
    let expected = [
        Change::Created(reference("a")),
        Change::Deleted(reference("b")),
    ];
    assert_eq!(page.changes, expected);
    assert_eq!(page.state, Some(SyncState("H4sI".into())));
    assert!(page.complete);
}

#[test]
fn quirk_23_and_24_an_item_that_is_gone_and_a_batch_that_stops_are_told_apart() {
    let classes = ["ErrorItemNotFound", "ErrorBatchProcessingStopped"].map(|code| {
        let class = if code.contains("Batch") {
            "Warning"
        } else {
            "Error"
        };
        let document = answer_with("", "GetItem", class, code, "<m:Items/>");
        let read = soap::answer(&get_item(), &document).unwrap().unwrap();
        read[0].as_ref().unwrap_err().code.class()
    });
    assert_eq!(classes, [Class::Gone, Class::BatchStopped]);
}

#[test]
fn quirk_26_people_without_an_address_are_people() {
    let item = read_item(
        "<t:Organizer><t:Mailbox><t:Name>Bo Ek</t:Name></t:Mailbox></t:Organizer>\
         <t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Greta</t:Name></t:Mailbox></t:Attendee>\
         <t:Attendee/></t:RequiredAttendees>",
    );
    let organizer = item.organizer.unwrap();
    assert_eq!(
        (organizer.name.as_deref(), organizer.address),
        (Some("Bo Ek"), None)
    );
    assert_eq!(item.required.len(), 2);
    assert_eq!(item.required[0].mailbox.name.as_deref(), Some("Greta"));
    assert_eq!(item.required[0].response, None);
}

#[test]
fn quirk_36_occurrences_with_one_id_are_told_apart_by_their_times() {
    let event = |day: u32| {
        format!(
            "<t:CalendarEvent><t:StartTime>2026-11-{day}T09:00:00</t:StartTime>\
             <t:EndTime>2026-11-{day}T10:00:00</t:EndTime><t:BusyType>Busy</t:BusyType>\
             <t:CalendarEventDetails><t:ID>0000</t:ID></t:CalendarEventDetails></t:CalendarEvent>"
        )
    };
    let document = format!(
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='m' xmlns:t='t'>\
         <s:Body><m:GetUserAvailabilityResponse><m:FreeBusyResponseArray><m:FreeBusyResponse>\
         <m:FreeBusyView><t:FreeBusyViewType>Detailed</t:FreeBusyViewType><t:CalendarEventArray>\
         {}{}</t:CalendarEventArray></m:FreeBusyView></m:FreeBusyResponse>\
         </m:FreeBusyResponseArray></m:GetUserAvailabilityResponse></s:Body></s:Envelope>",
        event(23),
        event(24)
    );
    let read = soap::answer(&availability(), &document).unwrap().unwrap();
    let busy = read[0].as_ref().unwrap().busy.clone().unwrap();
    let starts: Vec<_> = busy.iter().map(|one| one.start).collect();
    assert_eq!(
        starts,
        [at("2026-11-23T09:00:00Z"), at("2026-11-24T09:00:00Z")]
    );
}

#[test]
fn quirk_02_a_busy_server_is_known_also_where_each_person_has_an_answer() {
    let document = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:m='m' \
        xmlns:t='t'><s:Body><m:GetUserAvailabilityResponse><m:FreeBusyResponseArray>\
        <m:FreeBusyResponse><m:ResponseMessage ResponseClass='Error'><m:ResponseCode>\
        ErrorServerBusy</m:ResponseCode><m:MessageXml><t:Value Name='BackOffMilliseconds'>7000\
        </t:Value></m:MessageXml></m:ResponseMessage></m:FreeBusyResponse>\
        </m:FreeBusyResponseArray></m:GetUserAvailabilityResponse></s:Body></s:Envelope>";
    let busy = soap::answer(&availability(), document)
        .unwrap()
        .unwrap_err();
    assert_eq!(busy.code.class(), Class::Throttled);
    assert_eq!(busy.back_off, Some(std::time::Duration::from_secs(7)));
}

#[test]
fn quirk_39_what_was_not_sent_is_not_false() {
    let item = read_item("<t:ItemId Id='a' ChangeKey='k'/><t:IsCancelled>false</t:IsCancelled>");
    assert_eq!(item.is_cancelled, Some(false));
    assert_eq!((item.is_all_day, item.reminder_is_set), (None, None));
    assert_eq!((item.subject, item.body), (None, None));
}

#[test]
fn quirk_45_an_id_that_comes_twice_is_no_error() {
    let one = "<t:CalendarItem><t:ItemId Id='a' ChangeKey='k'/></t:CalendarItem>";
    let inside = format!(
        "<m:RootFolder IncludesLastItemInRange='true'><t:Items>{one}{one}</t:Items></m:RootFolder>"
    );
    let (start, end) = (at("2026-11-16T00:00:00Z"), at("2026-12-24T00:00:00Z"));
    let find = FindCalendarItems { start, end };
    let found = soap::answer(&find, &answer("FindItem", &inside))
        .unwrap()
        .unwrap();
    // Callers keep a set of them.
    let distinct: std::collections::BTreeSet<_> =
        found.items.into_iter().filter_map(|item| item.id).collect();
    assert_eq!(distinct, [reference("a")].into());
}

#[test]
fn quirk_47_and_48_what_the_server_says_of_itself_changes_nothing() {
    let headers = [
        "",
        "<s:Header/>",
        "<s:Header><h:ServerVersionInfo xmlns:h='t' MajorVersion='15' Version='V2017_07_11'/></s:Header>",
        "<s:Header><h:ServerVersionInfo xmlns:h='t' MajorVersion='8' Version='Exchange2007'/></s:Header>",
    ];
    let mailbox = crate::item::Smtp("anna@example.org".into());
    for header in headers {
        let link = "<m:MessageText>x</m:MessageText><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>";
        let document = answer_with(header, "ConvertId", "Success", "NoError", link);
        let convert = ConvertId {
            mailbox: mailbox.clone(),
        };
        assert_eq!(soap::answer(&convert, &document), Ok(Ok(())));
        assert_eq!(soap::server_version(&document), None);
    }
}

#[test]
fn the_version_is_read_from_any_answer_that_names_it() {
    let header = "<s:Header><h:Other xmlns:h='t'><h:X/></h:Other><h:ServerVersionInfo xmlns:h='t' \
                  MajorVersion='15' MinorVersion='2' MajorBuildNumber='2562'/></s:Header>";
    let document = answer_with(header, "ConvertId", "Success", "NoError", "");
    let version = soap::server_version(&document).unwrap();
    assert_eq!((version.major, version.minor), (15, 2));
}

#[test]
fn grommunio_quirk_08_busy_times_have_offsets_without_a_colon_and_no_order() {
    let event = |start: &str, end: &str| {
        format!(
            "<CalendarEvent><StartTime>2026-11-24T{start}:00+0100</StartTime>\
             <EndTime>2026-11-24T{end}:00+0100</EndTime><BusyType>Busy</BusyType></CalendarEvent>"
        )
    };
    let document = format!(
        "<SOAP:Envelope xmlns:SOAP='http://schemas.xmlsoap.org/soap/envelope/'><SOAP:Body>\
         <GetUserAvailabilityResponse><FreeBusyResponseArray><FreeBusyResponse><ResponseMessage \
         ResponseClass='Success'><ResponseCode>NoError</ResponseCode></ResponseMessage>\
         <FreeBusyView><FreeBusyViewType>FreeBusy</FreeBusyViewType><CalendarEventArray>{}{}\
         </CalendarEventArray></FreeBusyView></FreeBusyResponse></FreeBusyResponseArray>\
         </GetUserAvailabilityResponse></SOAP:Body></SOAP:Envelope>",
        event("12:00", "13:00"),
        event("09:00", "10:00")
    );
    let read = soap::answer(&availability(), &document).unwrap().unwrap();
    let first = read[0].as_ref().unwrap();
    assert_eq!(first.hours, None);
    let busy = first.busy.clone().unwrap();
    let starts: Vec<_> = busy.iter().map(|one| one.start).collect();
    assert_eq!(
        starts,
        [at("2026-11-24T11:00:00Z"), at("2026-11-24T08:00:00Z")]
    );
}

#[test]
fn grommunio_quirk_09_and_10_what_is_missing_is_none_and_what_comes_twice_counts_once() {
    let property = "<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId='Meeting' \
        PropertyId='35' PropertyType='Binary'/><t:Value>BAAA</t:Value></t:ExtendedProperty>";
    let zones = "<t:StartTimeZone Id='W. Europe Standard Time'/><t:EndTimeZone Id='UTC'/>";
    let item = read_item(&format!(
        "<t:Start>2026-11-24T09:00:00.000000Z</t:Start><t:End>2026-11-24T10:00:00.000000000Z</t:End>\
         {zones}{zones}{property}{property}"
    ));
    assert_eq!(item.start, Some(at("2026-11-24T09:00:00Z")));
    assert_eq!(item.end, Some(at("2026-11-24T10:00:00Z")));
    assert_eq!(item.start_zone.as_deref(), Some("W. Europe Standard Time"));
    assert_eq!(item.end_zone.as_deref(), Some("UTC"));
    let clean = crate::item::Property::clean_global_object_id();
    assert_eq!(item.extended(&clean), Some("BAAA"));
    assert_eq!((item.body, item.series), (None, None));
}

#[test]
fn grommunio_quirk_17_an_id_of_any_form_is_the_meetings() {
    let item = read_item("<t:UID>70a20198957f4cd09c4e</t:UID>");
    assert_eq!(item.uid.as_deref(), Some("70a20198957f4cd09c4e"));
}
