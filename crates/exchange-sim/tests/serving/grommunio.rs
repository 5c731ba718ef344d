//! The other server family.

use exchange_sim::{Options, Personality, Simulator, demo};

use crate::link::{self, Link, all, find, get, ids_of, sync};

async fn grommunio() -> Simulator {
    let options = Options {
        personality: Personality::Grommunio,
        ..link::options()
    };
    Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap()
}

const LIST: &str = "item:Subject calendar:CalendarItemType";

#[tokio::test]
async fn a_calendar_view_gives_masters_whose_first_instance_is_inside() {
    let simulator = grommunio().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link
        .call(&find("2026-11-23T00:00:00Z", "2026-11-28T00:00:00Z", LIST))
        .await;
    assert!(
        ids_of(&answer, "Stand-up").is_empty(),
        "it began four weeks ago"
    );
    let (_, answer) = link
        .call(&find("2026-10-20T00:00:00Z", "2026-11-28T00:00:00Z", LIST))
        .await;
    assert_eq!(ids_of(&answer, "Stand-up").len(), 1);
    assert!(answer.contains("<t:CalendarItemType>RecurringMaster</t:CalendarItemType>"));
    assert!(!answer.contains("<t:CalendarItemType>Occurrence"));
}

#[tokio::test]
async fn a_changed_occurrence_is_not_in_the_change_log() {
    let simulator = grommunio().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link.call(&sync("", 512)).await;
    let state = all(&answer, "m:SyncState")[0].to_owned();
    let day = "2026-11-26".parse().unwrap();
    simulator.world(|world| {
        let series = world.find(demo::ADDRESS, "Stand-up").unwrap();
        world
            .change_occurrence(demo::ADDRESS, series, day, |one| one.subject.push('!'))
            .unwrap();
    });
    let (_, answer) = link.call(&sync(&state, 512)).await;
    assert!(answer.contains("<m:Changes/>"), "{answer}");
}

#[tokio::test]
async fn a_damaged_sync_state_is_taken_as_empty() {
    let simulator = grommunio().await;
    let (_, answer) = Link::to(&simulator).await.call(&sync("damaged", 512)).await;
    assert_eq!(all(&answer, "m:ResponseCode"), ["NoError"]);
    assert!(all(&answer, "t:Create").len() > 10);
}

#[tokio::test]
async fn a_series_has_a_date_time_as_its_start_and_its_zone_twice() {
    let simulator = grommunio().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link
        .call(&find("2026-10-20T00:00:00Z", "2026-11-28T00:00:00Z", LIST))
        .await;
    let id = ids_of(&answer, "Stand-up").remove(0);
    let names = "calendar:Recurrence calendar:StartTimeZone";
    let (_, answer) = link
        .call(&get(&format!("<t:ItemId Id=\"{id}\"/>"), names))
        .await;
    assert_eq!(all(&answer, "t:StartDate"), ["2026-10-26T00:00:00.000000Z"]);
    assert_eq!(answer.matches("<t:StartTimeZone").count(), 2);
    let (_, answer) = link
        .call(&get(
            &format!("<t:RecurringMasterItemId OccurrenceId=\"{id}\"/>"),
            names,
        ))
        .await;
    assert_eq!(all(&answer, "m:ResponseCode"), ["ErrorInvalidId"]);
}

#[tokio::test]
async fn availability_has_offsets_without_a_colon_and_no_digits() {
    let simulator = grommunio().await;
    let body = crate::people::availability(&["bo@example.org"]);
    let (_, answer) = Link::to(&simulator).await.call(&body).await;
    assert_eq!(all(&answer, "t:StartTime"), ["2026-11-23T11:00:00+0100"]);
    assert!(!answer.contains("MergedFreeBusy>") && !answer.contains("WorkingHours"));
}

#[tokio::test]
async fn after_a_request_of_100_kb_the_connection_is_spoilt() {
    let simulator = grommunio().await;
    for (size, next) in [(10_000, 200), (100_000, 400), (220_000, 200)] {
        let mut link = Link::to(&simulator).await;
        let padded = format!("{}<!--{}-->", sync("", 1), "x".repeat(size));
        assert_eq!(link.call(&padded).await.0, 200);
        assert_eq!(link.call(&sync("", 1)).await.0, next, "after {size} bytes");
    }
}

#[tokio::test]
async fn answers_name_neither_character_set_nor_date() {
    let simulator = grommunio().await;
    let answer = Link::to(&simulator)
        .await
        .send(
            demo::ADDRESS,
            demo::PASSWORD,
            link::envelope("", &sync("", 1)),
        )
        .await;
    assert_eq!(answer.headers()["content-type"], "text/xml");
    for absent in ["date", "server", "x-feserver", "set-cookie"] {
        assert!(!answer.headers().contains_key(absent), "{absent}");
    }
}

#[tokio::test]
async fn a_colleague_s_subjects_are_listed_and_the_items_refused() {
    let simulator = grommunio().await;
    let mut link = Link::to(&simulator).await;
    let of_clara = |body: String| {
        body.replace(
            link::CALENDAR,
            "<t:DistinguishedFolderId Id=\"calendar\"><t:Mailbox><t:EmailAddress>bo@example.org\
             </t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>",
        )
    };
    let window = find("2026-11-20T00:00:00Z", "2026-11-28T00:00:00Z", LIST);
    let (_, listed) = link.call(&of_clara(window)).await;
    let subjects = all(&listed, "t:Subject");
    assert!(!subjects.is_empty(), "{listed}");
    let id = ids_of(&listed, subjects[0]).remove(0);
    let (_, refused) = link
        .call(&get(&format!("<t:ItemId Id=\"{id}\"/>"), LIST))
        .await;
    assert_eq!(all(&refused, "m:ResponseCode"), ["ErrorAccessDenied"]);
    let (_, refused) = link.call(&of_clara(sync("", 1))).await;
    assert_eq!(all(&refused, "m:ResponseCode"), ["ErrorAccessDenied"]);
}

#[tokio::test]
async fn all_properties_are_not_all() {
    let simulator = grommunio().await;
    let mut link = Link::to(&simulator).await;
    let (_, found) = link
        .call(&find("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", LIST))
        .await;
    let id = format!(
        "<t:ItemId Id=\"{}\"/>",
        ids_of(&found, "Release planning")[0]
    );
    let everything = |names: &str| get(&id, names).replace("IdOnly", "AllProperties");
    let (_, answer) = link.call(&everything("item:Subject")).await;
    for absent in [
        "Body ",
        "RequiredAttendees>",
        "IsResponseRequested>",
        "ReminderIsSet>",
    ] {
        assert!(!answer.contains(&format!("<t:{absent}")), "{absent}");
    }
    let modified = all(&answer, "t:LastModifiedTime")[0];
    assert!(modified.ends_with(".000000Z"), "{modified}");
    assert_eq!(answer.matches("<t:ExtendedProperty>").count(), 2);
    let (_, answer) = link
        .call(&everything("item:Body calendar:RequiredAttendees"))
        .await;
    assert!(answer.contains("<t:Body ") && answer.contains("<t:RequiredAttendees>"));
}

#[tokio::test]
async fn a_bad_folder_id_is_a_fault_with_status_200() {
    let simulator = grommunio().await;
    let bad = sync("", 1).replace(link::CALENDAR, "<t:FolderId Id=\"AAMk\"/>");
    let (status, answer) = Link::to(&simulator).await.call(&bad).await;
    assert_eq!(status, 200);
    assert!(
        answer.contains("Fault>") && answer.contains("ErrorInvalidId"),
        "{answer}"
    );
}
