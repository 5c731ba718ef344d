//! Listing a window, reading items, following changes.

use crate::link::{self, Link, all, find, get, ids_of, sync};

const LIST: &str = "item:Subject item:Body calendar:Start calendar:End calendar:CalendarItemType calendar:Organizer \
                    calendar:RequiredAttendees";

#[tokio::test]
async fn a_calendar_view_shows_occurrences_and_no_masters() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (status, answer) = link
        .call(&find("2026-11-23T00:00:00Z", "2026-11-28T00:00:00Z", LIST))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        ids_of(&answer, "Stand-up").len(),
        4,
        "one of five is deleted"
    );
    assert!(answer.contains("<t:CalendarItemType>Exception</t:CalendarItemType>"));
    assert!(!answer.contains("RecurringMaster"));
}

#[tokio::test]
async fn a_calendar_view_holds_no_bodies_attendees_or_addresses() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link
        .call(&find("2026-11-23T00:00:00Z", "2026-11-28T00:00:00Z", LIST))
        .await;
    assert!(
        answer.contains(
            "<t:Organizer><t:Mailbox><t:Name>Bo Ekman</t:Name></t:Mailbox></t:Organizer>"
        )
    );
    assert!(
        !answer.contains("<t:Body")
            && !answer.contains("Attendees")
            && !answer.contains("EmailAddress")
    );
}

#[tokio::test]
async fn an_item_read_by_its_id_has_people_body_and_zone() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link
        .call(&find("2026-11-23T00:00:00Z", "2026-11-28T00:00:00Z", LIST))
        .await;
    let id = ids_of(&answer, "Release planning").remove(0);
    let (_, answer) = link
        .call(&get(
            &format!("<t:ItemId Id=\"{id}\"/>"),
            &format!("{LIST} calendar:StartTimeZone"),
        ))
        .await;
    assert!(
        answer.contains("<t:EmailAddress>bo@example.org</t:EmailAddress>"),
        "{answer}"
    );
    assert!(answer.contains("&lt;https://example.webex.com/meet/anna.berg&gt;"));
    assert!(answer.contains("<t:StartTimeZone Id=\"W. Europe Standard Time\""));
    assert_eq!(all(&answer, "t:Start"), ["2026-11-23T08:19:00Z"]);
}

#[tokio::test]
async fn a_master_an_index_and_a_missing_item_are_answered_in_order() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link
        .call(&find("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", LIST))
        .await;
    let occurrence = ids_of(&answer, "Stand-up").remove(0);
    let names = "calendar:CalendarItemType calendar:Recurrence calendar:ModifiedOccurrences calendar:DeletedOccurrences";
    let (_, answer) = link
        .call(&get(
            &format!("<t:RecurringMasterItemId OccurrenceId=\"{occurrence}\"/>"),
            names,
        ))
        .await;
    assert!(
        answer.contains("<t:DaysOfWeek>Monday Tuesday Wednesday Thursday Friday</t:DaysOfWeek>"),
        "{answer}"
    );
    let master = answer
        .split("Id=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let ids = format!(
        "<t:OccurrenceItemId RecurringMasterId=\"{master}\" InstanceIndex=\"1\"/><t:ItemId Id=\"AAMkNo\"/>\
         <t:OccurrenceItemId RecurringMasterId=\"{master}\" InstanceIndex=\"23\"/>"
    );
    let (_, answer) = link.call(&get(&ids, names)).await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        [
            "NoError",
            "ErrorInvalidIdMalformed",
            "ErrorCalendarOccurrenceIsDeletedFromRecurrence"
        ]
    );
}

#[tokio::test]
async fn changes_come_in_pages_and_then_one_by_one() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let mut state = String::new();
    let mut created = 0;
    loop {
        let (_, answer) = link.call(&sync(&state, 5)).await;
        created += all(&answer, "t:Create").len();
        assert_eq!(all(&answer, "t:Update").len(), 0);
        all(&answer, "m:SyncState")[0].clone_into(&mut state);
        if all(&answer, "m:IncludesLastItemInRange") == ["true"] {
            break;
        }
    }
    let count = simulator.world(|world| {
        world
            .mailbox("anna@example.org")
            .unwrap()
            .calendar
            .items()
            .count()
    });
    assert_eq!(created, count);

    simulator.world(|world| {
        let lunch = world.find("anna@example.org", "Lunch with Clara").unwrap();
        world.delete("anna@example.org", lunch).unwrap();
        let roadmap = world.find("anna@example.org", "Roadmap").unwrap();
        world
            .change("anna@example.org", roadmap, |item| {
                item.details.location = "Aula".to_owned();
            })
            .unwrap();
    });
    let (_, answer) = link.call(&sync(&state, 512)).await;
    assert_eq!(
        (
            all(&answer, "t:Update").len(),
            all(&answer, "t:Delete").len()
        ),
        (1, 1),
        "{answer}"
    );
    all(&answer, "m:SyncState")[0].clone_into(&mut state);
    let (_, answer) = link.call(&sync(&state, 512)).await;
    assert!(answer.contains("<m:Changes/>"), "{answer}");
}

#[tokio::test]
async fn a_damaged_sync_state_is_refused() {
    let simulator = link::demo_simulator().await;
    let (_, answer) = Link::to(&simulator)
        .await
        .call(&sync("H4sIdamaged", 512))
        .await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorInvalidSyncStateData"]
    );
}

#[tokio::test]
async fn a_window_of_more_than_two_years_is_refused() {
    let simulator = link::demo_simulator().await;
    let body = find("2026-01-01T00:00:00Z", "2028-06-01T00:00:00Z", LIST);
    let (_, answer) = Link::to(&simulator).await.call(&body).await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorCalendarViewRangeTooBig"]
    );
}

#[tokio::test]
async fn times_follow_the_zone_of_the_request() {
    let simulator = link::demo_simulator().await;
    let header = "<t:TimeZoneContext><t:TimeZoneDefinition Id=\"W. Europe Standard Time\"/></t:TimeZoneContext>";
    let body = find(
        "2026-11-23T00:00:00",
        "2026-11-24T00:00:00",
        "item:Subject calendar:Start",
    );
    let envelope = link::envelope(header, &body);
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link::read(
        link.send("anna@example.org", exchange_sim::demo::PASSWORD, envelope)
            .await,
    )
    .await;
    assert!(
        answer.contains("<t:Start>2026-11-23T09:19:00+01:00</t:Start>"),
        "{answer}"
    );
}

#[tokio::test]
async fn sync_states_of_before_a_move_are_lost() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link.call(&sync("", 512)).await;
    let state = all(&answer, "m:SyncState")[0].to_owned();
    simulator.world(exchange_sim::World::lose_sync_states);
    let (_, answer) = link.call(&sync(&state, 512)).await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorInvalidSyncStateData"]
    );
}
