//! The operations against outside material: Microsoft's schema and messages
//! validated with it, where `JOINBELL_SHARED` (or `../shared` beside the
//! repository) has them.

use std::{fs, path::PathBuf, process::Command};

use chrono::{DateTime, Utc};

use super::*;
use crate::{
    ResponseCode,
    item::{Body, BodyType, ItemId, ItemKind, Property, Smtp},
    soap,
};

fn shared() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("JOINBELL_SHARED").map_or(beside, PathBuf::from);
    folder.join("ews-samples").is_dir().then_some(folder)
}

fn sample(name: &str) -> Option<String> {
    let Some(folder) = shared() else {
        println!("skipped: the sample messages are not here");
        return None;
    };
    Some(fs::read_to_string(folder.join("ews-samples").join(name)).unwrap())
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn get_item_reads_all_fields_of_the_sample() {
    let Some(document) = sample("04-getitem-resp.xml") else {
        return;
    };
    let operation = GetItem {
        ids: vec![ItemId("a".into()), ItemId("b".into())],
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
            ids: vec![ItemId("a".into())],
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

fn new_meeting() -> CreateItem {
    CreateItem {
        subject: "Planning <&\u{1}>".into(),
        body: Body {
            kind: BodyType::Html,
            text: "<p>Agenda</p>".into(),
        },
        when: When::Timed {
            start: at("2026-11-27T08:00:00Z"),
            end: at("2026-11-27T09:00:00Z"),
        },
        zone: chrono_tz::Tz::Europe__Stockholm,
        location: "Room 2".into(),
        required: vec![Smtp("bo@example.org".into())],
        optional: vec![Smtp("greta@example.org".into())],
        resources: vec![Smtp("room2@example.org".into())],
        reminder_minutes: Some(15),
        client_request: "8b1a".into(),
        extended: vec![(
            Property::public("SkypeTeamsMeetingUrl"),
            "https://x.example".into(),
        )],
        invitations: Invitations::ToAllAndSaveCopy,
    }
}

fn update() -> UpdateItem {
    let own = Property::Own {
        set: Property::OWN_SET.into(),
        name: "JoinUrl".into(),
    };
    UpdateItem {
        item: crate::item::ItemRef {
            id: ItemId("AAMk".into()),
            change_key: Some(crate::item::ChangeKey("DwAA".into())),
        },
        changes: vec![
            FieldChange::Extended(own.clone(), "https://meet.example.org/r/abc".into()),
            FieldChange::Location("@webex".into()),
            FieldChange::Subject("Planning".into()),
            FieldChange::Body(Body {
                kind: BodyType::Text,
                text: "Join: https://meet.example.org/r/abc".into(),
            }),
            FieldChange::WithoutExtended(own),
        ],
        conflicts: ConflictResolution::AutoResolve,
        invitations: Invitations::ToNone,
    }
}

fn availability() -> GetUserAvailability {
    GetUserAvailability {
        mailboxes: vec![
            (Smtp("anna@example.org".into()), AttendeeType::Organizer),
            (Smtp("room2@example.org".into()), AttendeeType::Room),
        ],
        start: at("2026-11-23T00:00:00Z"),
        end: at("2026-11-28T00:00:00Z"),
    }
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
fn update_item_reads_the_new_change_key_and_the_conflicts() {
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
}

#[test]
fn create_item_reads_the_id_of_what_was_made() {
    let Some(document) = sample("10-createitem-resp.xml") else {
        return;
    };
    let read = soap::answer(&new_meeting(), &document).unwrap().unwrap();
    assert!(read.is_some());
}

#[test]
fn times_are_written_as_the_clock_of_their_zone_shows_them() {
    let written = soap::request(&new_meeting(), None);
    assert!(
        written.contains("<t:Start>2026-11-27T09:00:00</t:Start>"),
        "{written}"
    );
    assert!(written.contains(r#"<t:StartTimeZone Id="W. Europe Standard Time"/>"#));
    let nowhere = CreateItem {
        zone: chrono_tz::Tz::Antarctica__Troll,
        ..new_meeting()
    };
    let written = soap::request(&nowhere, None);
    assert!(
        written.contains("<t:Start>2026-11-27T08:00:00</t:Start>")
            == written.contains(r#"Zone Id="UTC"/>"#),
        "{written}"
    );
}

#[test]
fn quirk_41_and_49_every_request_is_valid_by_microsofts_schema() {
    let Some(folder) = shared() else {
        println!("skipped: Microsoft's schema is not here");
        return;
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: xmllint is not installed");
        return;
    }
    let anna = Smtp("anna@example.org".into());
    let id = SubscriptionId("JgBleDAx".into());
    let requests = [
        soap::request(
            &ConvertId {
                mailbox: anna.clone(),
            },
            None,
        ),
        soap::request(&GetCalendarFolder, Some(&anna)),
        soap::request(
            &SyncFolderItems {
                state: Some(SyncState("H4sI".into())),
            },
            None,
        ),
        soap::request(
            &FindCalendarItems {
                start: at("2026-11-16T00:00:00Z"),
                end: at("2026-12-24T00:00:00Z"),
            },
            Some(&anna),
        ),
        soap::request(
            &GetItem {
                ids: vec![ItemId("AAMk<&\">".into())],
                extended: vec![
                    Property::clean_global_object_id(),
                    Property::public("SkypeTeamsMeetingUrl"),
                    Property::Own {
                        set: "5c3e9a1f-3a44-4f0b-9a55-2f3b1c0de001".into(),
                        name: "JoinUrl".into(),
                    },
                ],
            },
            None,
        ),
        soap::request(&Subscribe, None),
        soap::request(
            &GetStreamingEvents {
                ids: vec![id.clone()],
                minutes: 29,
            },
            None,
        ),
        soap::request(&Unsubscribe { id }, None),
        soap::request(&new_meeting(), Some(&anna)),
        soap::request(
            &CreateItem {
                when: When::AllDay {
                    first: chrono::NaiveDate::from_ymd_opt(2026, 12, 12).unwrap(),
                    end: chrono::NaiveDate::from_ymd_opt(2026, 12, 13).unwrap(),
                },
                reminder_minutes: None,
                invitations: Invitations::ToNone,
                ..new_meeting()
            },
            None,
        ),
        soap::request(&update(), None),
        soap::request(&availability(), None),
        soap::request(&GetUserOofSettings { mailbox: anna }, None),
    ];
    let schema = folder.join("ews-schema/soap-envelope.xsd");
    let dir = std::env::temp_dir().join(format!("joinbell-requests-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    for (number, request) in requests.iter().enumerate() {
        let file = dir.join(format!("{number}.xml"));
        fs::write(&file, request).unwrap();
        let checked = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema"])
            .arg(&schema)
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(checked.status.success(), "{said}\n{request}");
    }
    fs::remove_dir_all(dir).unwrap();
}
