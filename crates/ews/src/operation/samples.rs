//! What is read, against messages that Microsoft's schema has validated, where
//! `JOINBELL_SHARED` (or `../shared` beside the repository) has them.

use std::fs;

use super::{
    requests::{at, availability, new_meeting, shared, suggest, update},
    *,
};
use crate::{
    ResponseCode,
    item::{BodyType, ItemId, ItemKind, Property, Smtp},
    soap,
    transport::Splitter,
    xml::reader::Reader,
};

fn sample(name: &str) -> Option<String> {
    let Some(folder) = shared() else {
        println!("skipped: the sample messages are not here");
        return None;
    };
    Some(fs::read_to_string(folder.join("ews-samples").join(name)).unwrap())
}

#[test]
fn get_item_reads_all_fields_of_the_sample() {
    let Some(document) = sample("04-getitem-resp.xml") else {
        return;
    };
    let operation = GetItem {
        ids: vec![ItemId("a".into()).into(), ItemId("b".into()).into()],
        bodies: Bodies::Stored,
        detail: Detail::Meeting,
        extended: vec![],
    };
    let items = soap::answer(&operation, &document).unwrap().unwrap();
    let item = items[0].as_ref().unwrap();
    assert_eq!(item.subject.as_deref(), Some("Standup @webex"));
    assert!(item.id.as_ref().unwrap().change_key.is_some());
    assert_eq!(item.body.as_ref().unwrap().kind, BodyType::Text);
    assert!(item.start.unwrap() < item.end.unwrap());
    assert!(item.start_zone.is_some());
    assert!(!item.required.is_empty());
    assert!(item.extended(&Property::global_object_id()).is_some());
    assert!(
        items.iter().any(Result::is_err),
        "errors stay with their item"
    );
}

#[test]
fn find_item_reads_the_occurrences_of_the_sample() {
    let Some(document) = sample("03-finditem-calendarview-resp.xml") else {
        return;
    };
    let operation = FindCalendarItems {
        start: at("2026-11-16T00:00:00Z"),
        end: at("2026-12-24T00:00:00Z"),
    };
    let found = soap::answer(&operation, &document).unwrap().unwrap();
    assert!(found.complete);
    assert_eq!(found.items.len(), 2);
    assert_eq!(found.items[0].kind, Some(ItemKind::Occurrence));
    assert_eq!(found.items[0].start, Some(at("2026-11-24T08:00:00Z")));
    assert_eq!(found.items[1].is_all_day, Some(true));
}

#[test]
fn get_folder_reads_rights_and_the_two_marks_of_a_change() {
    let Some(document) = sample("02-getfolder-resp.xml") else {
        return;
    };
    let folder = soap::answer(&GetCalendarFolder, &document)
        .unwrap()
        .unwrap();
    assert_eq!(folder.display_name, "Kalender");
    assert_eq!(folder.last_commit, Some(at("2026-11-23T08:41:07Z")));
    assert_eq!(folder.deleted_total, Some(37));
    let rights = folder.rights.unwrap();
    assert!(rights.create && rights.delete && rights.modify && rights.read);
    assert!(rights.view_private);
    let fewer = document.replace("<t:Modify>true", "<t:Modify>false");
    let folder = soap::answer(&GetCalendarFolder, &fewer).unwrap().unwrap();
    let rights = folder.rights.unwrap();
    assert!(rights.read && !rights.modify);
}

#[test]
fn sync_folder_items_reads_changes_and_a_lost_state() {
    let Some(document) = sample("05-syncfolderitems-resp.xml") else {
        return;
    };
    let operation = SyncFolderItems { state: None };
    let page = soap::answer(&operation, &document).unwrap().unwrap();
    assert!(page.complete && page.state.is_some());
    assert!(matches!(
        page.changes[..],
        [Change::Created(_), Change::Updated(_), Change::Deleted(_)]
    ));
    let lost = sample("05-syncfolderitems-resp-badstate.xml").unwrap();
    let fault = soap::answer(&operation, &lost).unwrap().unwrap_err();
    assert_eq!(fault.code, ResponseCode::ErrorInvalidSyncStateData);
}

#[test]
fn quirk_20_the_stream_reads_notifications_in_either_namespace() {
    let operation = GetStreamingEvents {
        ids: vec![],
        minutes: 29,
    };
    let expected: &[(&str, &[Notice])] = &[
        ("07-getstreamingevents-resp-1.xml", &[]),
        (
            "07-getstreamingevents-resp-2.xml",
            &[Notice::Changed, Notice::Changed],
        ),
        ("07-getstreamingevents-resp-3.xml", &[Notice::Heartbeat]),
        ("07-getstreamingevents-resp-4.xml", &[]),
    ];
    for (name, notices) in expected {
        let Some(document) = sample(name) else { return };
        let read = soap::answer(&operation, &document).unwrap().unwrap();
        assert_eq!(read.notices, *notices, "{name}");
        // Of two events one is of an item, the other one of its folder.
        let items = usize::from(notices.contains(&Notice::Changed));
        assert_eq!(read.items.len(), items, "{name}");
    }
    let failed = sample("07-getstreamingevents-resp-error.xml").unwrap();
    let read = soap::answer(&operation, &failed).unwrap().unwrap();
    assert_eq!(
        read.fault.unwrap().code,
        ResponseCode::ErrorSubscriptionNotFound
    );
    assert_eq!(read.bad_ids.len(), 1);
}

#[test]
fn quirk_02_a_busy_server_is_known_in_a_fault_and_in_a_200() {
    for name in ["90-fault-serverbusy.xml", "94-serverbusy-in-200.xml"] {
        let Some(document) = sample(name) else { return };
        let operation = GetItem {
            ids: vec![ItemId("a".into()).into()],
            bodies: Bodies::Stored,
            detail: Detail::Meeting,
            extended: vec![],
        };
        let fault = soap::answer(&operation, &document).unwrap().unwrap_err();
        assert_eq!(fault.code, ResponseCode::ErrorServerBusy, "{name}");
    }
}

#[test]
fn quirk_46_the_out_of_office_times_count_only_when_planned() {
    let Some(document) = sample("12-getuseroofsettings-resp.xml") else {
        return;
    };
    let operation = GetUserOofSettings {
        mailbox: Smtp("anna@example.org".into()),
    };
    let read = soap::answer(&operation, &document).unwrap().unwrap();
    let planned = OofState::Scheduled {
        start: at("2026-12-21T07:00:00Z"),
        end: at("2027-01-07T07:00:00Z"),
    };
    assert_eq!(read.state, planned);
    let off = document.replace(">Scheduled<", ">Disabled<");
    let read = soap::answer(&operation, &off).unwrap().unwrap();
    assert_eq!(read.state, OofState::Disabled);
}

#[test]
fn get_user_availability_reads_events_hours_and_whose_time_is_not_known() {
    let Some(document) = sample("11-getuseravailability-resp.xml") else {
        return;
    };
    let read = soap::answer(&availability(), &document).unwrap().unwrap();
    let first = read[0].as_ref().unwrap();
    let busy = first.busy.as_ref().unwrap();
    let expected = BusyTime {
        start: at("2026-11-23T09:00:00Z"),
        end: at("2026-11-23T10:00:00Z"),
        busy: BusyType::Busy,
    };
    assert_eq!(busy[0], expected);
    assert_eq!(busy[1].busy, BusyType::Tentative);
    let hours = first.hours.as_ref().unwrap();
    assert_eq!((hours.bias, hours.daylight_bias), (-60, -60));
    let (days, from, to) = &hours.periods[0];
    assert_eq!(days.len(), 5);
    assert_eq!(
        (from.to_string(), to.to_string()),
        ("08:00:00".into(), "17:00:00".into())
    );
    let unknown = read[1].as_ref().unwrap_err();
    assert_eq!(unknown.code.to_string(), "ErrorMailRecipientNotFound");
}

#[test]
fn suggestions_are_read_where_the_server_makes_them() {
    let Some(document) = sample("11-getuseravailability-resp.xml") else {
        return;
    };
    let read = soap::answer(&suggest(), &document).unwrap().unwrap();
    let expected = Suggestion {
        start: at("2026-11-23T13:00:00Z"),
        quality: Quality::Excellent,
        work_time: true,
        people: vec![Some(BusyType::Free), None],
    };
    assert_eq!(read, Some(vec![expected]));
    let (begin, end) = ("<m:SuggestionsResponse>", "</m:SuggestionsResponse>");
    let from = document.find(begin).unwrap();
    let to = document.find(end).unwrap() + end.len();
    let without = [&document[..from], &document[to..]].concat();
    assert_eq!(soap::answer(&suggest(), &without), Ok(Ok(None)));
}

#[test]
fn where_the_caller_sees_digits_only_those_are_read() {
    let answer = |view: &str| {
        format!(
            r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="m" xmlns:t="t">
            <s:Body><m:GetUserAvailabilityResponse><m:FreeBusyResponseArray><m:FreeBusyResponse>
            <m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>
            <m:FreeBusyView>{view}</m:FreeBusyView>
            </m:FreeBusyResponse></m:FreeBusyResponseArray></m:GetUserAvailabilityResponse></s:Body></s:Envelope>"#
        )
    };
    let one = |view: &str| {
        let read = soap::answer(&availability(), &answer(view))
            .unwrap()
            .unwrap();
        read[0].clone().unwrap()
    };
    let digits = one("<t:MergedFreeBusy>0210</t:MergedFreeBusy>")
        .busy
        .unwrap();
    let expected = [
        (at("2026-11-23T00:30:00Z"), BusyType::Busy),
        (at("2026-11-23T01:00:00Z"), BusyType::Tentative),
    ];
    let found: Vec<_> = digits.iter().map(|one| (one.start, one.busy)).collect();
    assert_eq!(found, expected);
    assert_eq!(
        one("<t:FreeBusyViewType>None</t:FreeBusyViewType>").busy,
        None
    );
}

#[test]
fn quirk_35_a_long_stretch_and_a_long_list_are_asked_in_parts() {
    let everybody: Vec<_> = (0..150)
        .map(|number| {
            (
                Smtp(format!("{number}@example.org")),
                AttendeeType::Required,
            )
        })
        .collect();
    let (start, end) = (at("2026-11-23T00:00:00Z"), at("2027-02-01T00:00:00Z"));
    let parts = GetUserAvailability::parts(&everybody, start, end);
    assert_eq!(parts.len(), 4);
    assert!(
        parts
            .iter()
            .all(|part| part.end - part.start <= GetUserAvailability::longest())
    );
    assert_eq!(parts[0].end, parts[1].start);
    assert_eq!(parts[1].end, end);
}

#[test]
fn quirk_40_what_another_writer_kept_is_counted_and_a_conflict_is_one() {
    let Some(document) = sample("09-updateitem-resp.xml") else {
        return;
    };
    let read = soap::answer(&update(), &document).unwrap().unwrap();
    assert!(read.item.unwrap().change_key.is_some());
    assert_eq!(read.conflicts, 0);
    let kept = document.replace("<t:Count>0</t:Count>", "<t:Count>2</t:Count>");
    assert_eq!(
        soap::answer(&update(), &kept).unwrap().unwrap().conflicts,
        2
    );
    let refused = document
        .replace("\"Success\"", "\"Error\"")
        .replace("NoError", "ErrorIrresolvableConflict");
    let fault = soap::answer(&update(), &refused).unwrap().unwrap_err();
    assert_eq!(fault.code.class(), crate::Class::Conflict);
}

#[test]
fn create_item_reads_the_id_of_what_was_made() {
    let Some(document) = sample("10-createitem-resp.xml") else {
        return;
    };
    let read = soap::answer(&new_meeting(), &document).unwrap().unwrap();
    assert!(read.is_some());
}

/// How an answer of the samples has to be read.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Answer,
    Fault(String),
}

fn read_by<O: Operation>(operation: &O, document: &str) -> Read {
    match soap::answer(operation, document).unwrap() {
        Ok(_) => Read::Answer,
        Err(fault) => Read::Fault(fault.code.to_string()),
    }
}

fn read_sample(name: &str, document: &str) -> Read {
    let anna = Smtp("anna@example.org".into());
    let stream = GetStreamingEvents {
        ids: vec![],
        minutes: 29,
    };
    let get_item = GetItem {
        ids: vec![ItemId("a".into()).into()],
        bodies: Bodies::Stored,
        detail: Detail::Series,
        extended: vec![],
    };
    let (start, end) = (at("2026-11-16T00:00:00Z"), at("2026-12-24T00:00:00Z"));
    let unsubscribe = Unsubscribe {
        id: SubscriptionId("a".into()),
    };
    match &name[..2] {
        "01" => read_by(&ConvertId { mailbox: anna }, document),
        "02" => read_by(&GetCalendarFolder, document),
        "03" => read_by(&FindCalendarItems { start, end }, document),
        "05" => read_by(&SyncFolderItems { state: None }, document),
        "06" => read_by(&Subscribe, document),
        "07" => match soap::answer(&stream, document).unwrap().unwrap().fault {
            None => Read::Answer,
            Some(fault) => Read::Fault(fault.code.to_string()),
        },
        "08" => read_by(&unsubscribe, document),
        "09" => read_by(&update(), document),
        "10" => read_by(&new_meeting(), document),
        "11" => read_by(&availability(), document),
        "12" => read_by(&GetUserOofSettings { mailbox: anna }, document),
        // Faults and a throttled batch can come to any operation.
        "04" | "90" | "91" | "92" | "93" | "94" => read_by(&get_item, document),
        other => panic!("{other} is not known: say how {name} has to be read"),
    }
}

#[test]
fn every_sample_is_read_or_fails_as_its_name_says() {
    let Some(folder) = shared().map(|folder| folder.join("ews-samples")) else {
        println!("skipped: the sample messages are not here");
        return;
    };
    let fails = |name: &str| match name {
        "05-syncfolderitems-resp-badstate.xml" => Some("ErrorInvalidSyncStateData"),
        "07-getstreamingevents-resp-error.xml" => Some("ErrorSubscriptionNotFound"),
        "90-fault-serverbusy.xml" | "94-serverbusy-in-200.xml" => Some("ErrorServerBusy"),
        "91-fault-impersonate.xml" => Some("ErrorImpersonateUserDenied"),
        "92-fault-nonexistentmailbox.xml" => Some("ErrorNonExistentMailbox"),
        "93-fault-schema.xml" => Some("ErrorSchemaValidation"),
        _ => None,
    };
    let mut read = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let document = fs::read_to_string(&path).unwrap();
        let mut reader = Reader::new(&document);
        assert!(reader.child().unwrap().is_some(), "{name}");
        reader.skip().unwrap();
        // What clients send, and what is not SOAP, is only walked through.
        if name.contains("-req") || name.starts_with('a') {
            continue;
        }
        let expected = fails(&name).map_or(Read::Answer, |code| Read::Fault(code.to_owned()));
        assert_eq!(read_sample(&name, &document), expected, "{name}");
        read += 1;
    }
    assert!(read >= 22, "only {read} answers are there");
}

#[test]
fn the_sample_stream_has_four_envelopes_and_the_real_notification_is_read() {
    let Some(folder) = shared().map(|folder| folder.join("ews-samples")) else {
        println!("skipped: the sample messages are not here");
        return;
    };
    let mut splitter = Splitter::of_envelopes();
    splitter.push(&fs::read(folder.join("07-getstreamingevents.stream")).unwrap());
    let mut envelopes = Vec::new();
    while let Some(envelope) = splitter.next().unwrap() {
        assert_eq!(read_sample("07-stream", &envelope), Read::Answer);
        envelopes.push(envelope);
    }
    assert_eq!(envelopes.len(), 4);
    let real = folder.join("negative/n10-real-exchange-m-Notification.xml");
    let document = fs::read_to_string(real).unwrap();
    assert_eq!(read_sample("07-negative", &document), Read::Answer);
}
