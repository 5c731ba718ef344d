//! What is sent, against Microsoft's schema, where `JOINBELL_SHARED` (or
//! `../shared` beside the repository) has it.

use std::{fs, path::PathBuf, process::Command};

use chrono::{DateTime, Utc};

use super::*;
use crate::{
    item::{Body, BodyType, ChangeKey, ItemId, ItemRef, Property, Smtp},
    soap,
};

pub(super) fn shared() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("JOINBELL_SHARED").map_or(beside, PathBuf::from);
    folder.join("ews-samples").is_dir().then_some(folder)
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn new_meeting() -> CreateItem {
    CreateItem {
        subject: "Planning <&\u{1}>".into(),
        sensitivity: Sensitivity::Normal,
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

pub(super) fn update() -> UpdateItem {
    let own = Property::Own {
        set: Property::OWN_SET.into(),
        name: "JoinUrl".into(),
    };
    UpdateItem {
        item: reference(),
        changes: vec![
            FieldChange::Extended(own.clone(), "https://meet.example.org/r/abc".into()),
            FieldChange::When(new_meeting().when, chrono_tz::Tz::Europe__Stockholm),
            FieldChange::Location("@webex".into()),
            FieldChange::Subject("Planning".into()),
            FieldChange::Body(Body {
                kind: BodyType::Text,
                text: "Join: https://meet.example.org/r/abc".into(),
            }),
            FieldChange::WithoutExtended(own),
            FieldChange::People(Asked::Required, vec![Smtp("bo@example.org".into())]),
            FieldChange::People(Asked::Optional, vec![]),
            FieldChange::People(Asked::Resource, vec![Smtp("room2@example.org".into())]),
        ],
        conflicts: ConflictResolution::AutoResolve,
        invitations: Invitations::ToNone,
    }
}

pub(super) fn suggest() -> SuggestTimes {
    SuggestTimes {
        mailboxes: availability().mailboxes,
        first: chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
        days: 5,
        minutes: 60,
        least: Quality::Fair,
    }
}

fn reference() -> ItemRef {
    ItemRef {
        id: ItemId("AAMk".into()),
        change_key: Some(ChangeKey("DwAA".into())),
    }
}

fn comment(text: Option<&str>) -> Option<Body> {
    text.map(|text| Body {
        kind: BodyType::Text,
        text: text.into(),
    })
}

fn answer(answer: Answer, text: Option<&str>) -> AnswerMeeting {
    AnswerMeeting {
        item: reference(),
        answer,
        comment: comment(text),
        word: Word::Sent,
    }
}

fn cancel(text: Option<&str>) -> CancelMeeting {
    CancelMeeting {
        item: reference(),
        comment: comment(text),
    }
}

pub(super) fn availability() -> GetUserAvailability {
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
fn quirk_29_begin_end_and_zones_are_changed_together() {
    let written = soap::request(&update(), None);
    for field in [
        "calendar:Start\"/><t:CalendarItem><t:Start>2026-11-27T09:00:00<",
        "calendar:End\"/><t:CalendarItem><t:End>2026-11-27T10:00:00<",
        "calendar:StartTimeZone\"/><t:CalendarItem><t:StartTimeZone Id=\"W. Europe",
        "calendar:EndTimeZone\"/><t:CalendarItem><t:EndTimeZone Id=\"W. Europe",
    ] {
        assert!(written.contains(field), "{field} in {written}");
    }
}

#[test]
fn quirk_38_what_servers_answer_wrongly_is_not_asked_for() {
    let get_item = GetItem {
        ids: vec![ItemId("AAMk".into()).into()],
        bodies: Bodies::Stored,
        detail: Detail::Series,
        extended: vec![],
    };
    let written = soap::request(&get_item, None);
    assert!(!written.contains("IsMeeting") && !written.contains("IsOrganizer"));
    assert!(written.contains("calendar:MyResponseType"));
    assert!(written.contains("calendar:RequiredAttendees"));
}

#[test]
fn quirk_37_and_52_the_zone_and_the_version_are_ones_that_every_server_takes() {
    let written = soap::request(&availability(), None);
    assert!(written.contains("<t:DayOrder>5</t:DayOrder>"));
    assert!(!written.contains("<t:DayOrder>-"));
    assert!(written.contains("<t:StandardTime>") && written.contains("<t:DaylightTime>"));
    assert!(written.contains(r#"Version="Exchange2013_SP1""#));
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
                ids: vec![ItemId("AAMk<&\">".into()).into()],
                bodies: Bodies::Stored,
                detail: Detail::Meeting,
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
        soap::request(
            &GetItem {
                ids: vec![
                    ItemId("AAMk".into()).into(),
                    Target::Occurrence {
                        master: ItemId("AAMk".into()),
                        index: 4,
                    },
                    Target::MasterOf(ItemId("AAMk".into())),
                ],
                bodies: Bodies::Html,
                detail: Detail::Series,
                extended: vec![],
            },
            None,
        ),
        soap::request(
            &GetItem {
                ids: vec![ItemId("AAMk".into()).into()],
                bodies: Bodies::Left,
                detail: Detail::Meeting,
                extended: vec![],
            },
            None,
        ),
        soap::request(&answer(Answer::Accept, None), None),
        soap::request(&answer(Answer::Tentative, Some("Perhaps")), None),
        soap::request(&answer(Answer::Decline, Some("<no> & never")), None),
        soap::request(&cancel(None), None),
        soap::request(&cancel(Some("Another day")), Some(&anna)),
        soap::request(
            &ResolveNames {
                entry: "/O=EXAMPLE/CN=<bo>".into(),
            },
            Some(&anna),
        ),
        soap::request(
            &ExpandDl {
                group: Smtp("users@example.org".into()),
            },
            None,
        ),
        soap::request(&GetRoomLists, None),
        soap::request(
            &GetRooms {
                list: "rooms@example.org".into(),
            },
            Some(&anna),
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
        soap::request(
            &UpdateItem {
                invitations: Invitations::ToChangedAndSaveCopy,
                ..update()
            },
            None,
        ),
        soap::request(
            &FindMarkedItems {
                property: CreateItem::client_request_property(),
                value: "8b1a<&\">".into(),
            },
            Some(&anna),
        ),
        soap::request(&DeleteItem { item: reference() }, None),
        soap::request(&availability(), None),
        soap::request(&suggest(), Some(&anna)),
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
