//! Creating, changing, answering and deleting, across mailboxes.

use exchange_sim::world::details::Response;
use exchange_sim::{Simulator, demo};

use crate::link::{self, Link, all, envelope, find, get, ids_of, read};

fn create(fields: &str) -> String {
    format!(
        "<m:CreateItem SendMeetingInvitations=\"SendToAllAndSaveCopy\"><m:SavedItemFolderId>\
         <t:DistinguishedFolderId Id=\"calendar\"/></m:SavedItemFolderId><m:Items><t:CalendarItem>{fields}\
         </t:CalendarItem></m:Items></m:CreateItem>"
    )
}

pub(crate) fn meeting() -> String {
    create(
        "<t:Subject>Planning</t:Subject><t:Start>2026-11-27T20:00:00</t:Start><t:End>2026-11-27T21:00:00</t:End>\
         <t:Location>@webex</t:Location><t:RequiredAttendees><t:Attendee><t:Mailbox>\
         <t:EmailAddress>bo@example.org</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>\
         <t:Resources><t:Attendee><t:Mailbox><t:EmailAddress>room-oak@example.org</t:EmailAddress></t:Mailbox>\
         </t:Attendee></t:Resources><t:StartTimeZone Id=\"W. Europe Standard Time\"/>\
         <t:EndTimeZone Id=\"W. Europe Standard Time\"/>",
    )
}

async fn planning(simulator: &Simulator, address: &str) -> Option<String> {
    let mut link = Link::to(simulator).await;
    let body = find(
        "2026-11-27T00:00:00Z",
        "2026-11-28T00:00:00Z",
        "item:Subject calendar:Start",
    );
    let (_, answer) = read(
        link.send(address, demo::PASSWORD, envelope("", &body))
            .await,
    )
    .await;
    ids_of(&answer, "Planning").pop()
}

#[tokio::test]
async fn an_invitation_reaches_the_attendee_and_the_room_accepts() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (status, answer) = link.call(&meeting()).await;
    assert_eq!(
        (status, all(&answer, "m:ResponseCode")),
        (200, vec!["NoError"]),
        "{answer}"
    );
    assert!(planning(&simulator, "bo@example.org").await.is_some());
    assert!(planning(&simulator, "room-oak@example.org").await.is_some());
    let own = planning(&simulator, demo::ADDRESS).await.unwrap();
    let (_, answer) = link
        .call(&get(
            &format!("<t:ItemId Id=\"{own}\"/>"),
            "calendar:Resources calendar:Start",
        ))
        .await;
    assert_eq!(all(&answer, "t:ResponseType"), ["Accept"]);
    assert_eq!(
        all(&answer, "t:Start"),
        ["2026-11-27T19:00:00Z"],
        "naive times are local to the item's zone"
    );
}

#[tokio::test]
async fn a_taken_room_declines() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    link.call(&meeting()).await;
    link.call(&meeting().replace("Planning", "Second")).await;
    let response = simulator.world(|world| {
        let second = world.find(demo::ADDRESS, "Second").unwrap();
        world
            .mailbox(demo::ADDRESS)
            .unwrap()
            .calendar
            .item(second)
            .unwrap()
            .details
            .resources[0]
            .response
    });
    assert_eq!(response, Response::Decline);
}

#[tokio::test]
async fn an_answer_shows_in_the_organizers_copy() {
    let simulator = link::demo_simulator().await;
    Link::to(&simulator).await.call(&meeting()).await;
    let id = planning(&simulator, "bo@example.org").await.unwrap();
    let body = format!(
        "<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:TentativelyAcceptItem>\
         <t:ReferenceItemId Id=\"{id}\"/></t:TentativelyAcceptItem></m:Items></m:CreateItem>"
    );
    let mut link = Link::to(&simulator).await;
    let (_, answer) = read(
        link.send("bo@example.org", demo::PASSWORD, envelope("", &body))
            .await,
    )
    .await;
    assert_eq!(all(&answer, "m:ResponseCode"), ["NoError"], "{answer}");
    let answers = simulator.world(|world| {
        let item = world.find(demo::ADDRESS, "Planning").unwrap();
        world
            .mailbox(demo::ADDRESS)
            .unwrap()
            .calendar
            .item(item)
            .unwrap()
            .details
            .required[0]
            .response
    });
    assert_eq!(answers, Response::Tentative);
}

#[tokio::test]
async fn a_declined_meeting_leaves_the_calendar() {
    let simulator = link::demo_simulator().await;
    Link::to(&simulator).await.call(&meeting()).await;
    let id = planning(&simulator, "bo@example.org").await.unwrap();
    let body = format!(
        "<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:DeclineItem>\
         <t:ReferenceItemId Id=\"{id}\"/></t:DeclineItem></m:Items></m:CreateItem>"
    );
    let mut link = Link::to(&simulator).await;
    read(
        link.send("bo@example.org", demo::PASSWORD, envelope("", &body))
            .await,
    )
    .await;
    assert_eq!(planning(&simulator, "bo@example.org").await, None);
}

pub(crate) fn update(id: &str, key: &str, conflict: &str, field: &str, value: &str) -> String {
    format!(
        "<m:UpdateItem ConflictResolution=\"{conflict}\" MessageDisposition=\"SaveOnly\" \
         SendMeetingInvitationsOrCancellations=\"SendToAllAndSaveCopy\"><m:ItemChanges><t:ItemChange>\
         <t:ItemId Id=\"{id}\" ChangeKey=\"{key}\"/><t:Updates><t:SetItemField><t:FieldURI FieldURI=\"{field}\"/>\
         <t:CalendarItem>{value}</t:CalendarItem></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>\
         </m:UpdateItem>"
    )
}

#[tokio::test]
async fn a_change_gives_a_new_change_key_and_reaches_the_attendees() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link.call(&meeting()).await;
    let key = answer
        .split("ChangeKey=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let id = planning(&simulator, demo::ADDRESS).await.unwrap();
    let change = update(
        &id,
        &key,
        "NeverOverwrite",
        "calendar:Location",
        "<t:Location>Aula</t:Location>",
    );
    let (_, answer) = link.call(&change).await;
    assert_eq!(all(&answer, "m:ResponseCode"), ["NoError"], "{answer}");
    assert!(!answer.contains(&key));
    let place = simulator.world(|world| {
        let copy = world.find("bo@example.org", "Planning").unwrap();
        world
            .mailbox("bo@example.org")
            .unwrap()
            .calendar
            .item(copy)
            .unwrap()
            .details
            .location
            .clone()
    });
    assert_eq!(place, "Aula");
    let (_, answer) = link.call(&change).await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorIrresolvableConflict"]
    );
}

#[tokio::test]
async fn one_occurrence_changes_without_the_others() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let window = find(
        "2026-11-23T00:00:00Z",
        "2026-12-05T00:00:00Z",
        "item:Subject calendar:Location",
    );
    let (_, answer) = link.call(&window).await;
    let id = ids_of(&answer, "Stand-up").pop().unwrap();
    link.call(&update(
        &id,
        "",
        "AlwaysOverwrite",
        "item:Subject",
        "<t:Subject>Retrospective</t:Subject>",
    ))
    .await;
    let (_, answer) = link.call(&window).await;
    assert_eq!(ids_of(&answer, "Retrospective"), [id]);
    assert_eq!(ids_of(&answer, "Stand-up").len(), 8);
}

#[tokio::test]
async fn a_series_is_created_and_expanded() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let body = create(
        "<t:Subject>Gym</t:Subject><t:Start>2026-11-30T07:00:00+01:00</t:Start><t:End>2026-11-30T08:00:00+01:00</t:End>\
         <t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday Wednesday</t:DaysOfWeek>\
         </t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-11-30</t:StartDate>\
         <t:NumberOfOccurrences>3</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>\
         <t:StartTimeZone Id=\"W. Europe Standard Time\"/>",
    );
    let (_, answer) = link.call(&body).await;
    assert_eq!(all(&answer, "m:ResponseCode"), ["NoError"], "{answer}");
    let (_, answer) = link
        .call(&find(
            "2026-11-23T00:00:00Z",
            "2026-12-24T00:00:00Z",
            "item:Subject",
        ))
        .await;
    assert_eq!(ids_of(&answer, "Gym").len(), 3);
}

#[tokio::test]
async fn what_the_organizer_deletes_stays_cancelled_with_the_attendees() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    link.call(&meeting()).await;
    let id = planning(&simulator, demo::ADDRESS).await.unwrap();
    let body = format!(
        "<m:DeleteItem DeleteType=\"MoveToDeletedItems\" SendMeetingCancellations=\"SendToAllAndSaveCopy\">\
         <m:ItemIds><t:ItemId Id=\"{id}\"/></m:ItemIds></m:DeleteItem>"
    );
    let (_, answer) = link.call(&body).await;
    assert_eq!(all(&answer, "m:ResponseCode"), ["NoError"]);
    assert_eq!(planning(&simulator, demo::ADDRESS).await, None);
    assert_eq!(planning(&simulator, "room-oak@example.org").await, None);
    assert!(simulator.world(|world| world.find("bo@example.org", "Canceled: Planning").is_some()));
}

#[tokio::test]
async fn two_properties_in_one_change_are_refused() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    link.call(&meeting()).await;
    let id = planning(&simulator, demo::ADDRESS).await.unwrap();
    let two = "<t:Start>2026-11-27T09:00:00Z</t:Start><t:End>2026-11-27T10:00:00Z</t:End>";
    let (_, answer) = link
        .call(&update(&id, "", "AlwaysOverwrite", "calendar:Start", two))
        .await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorIncorrectUpdatePropertyCount"]
    );
}
