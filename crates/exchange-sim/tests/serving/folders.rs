//! Folders that clients make, settings in them, rooms, pulled events, iCalendar.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exchange_sim::Personality;

use crate::link::{self, CALENDAR, Link, all, find, get};

pub(crate) const CREATE: &str = "<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id=\"msgfolderroot\"/></m:ParentFolderId>\
    <m:Folders><t:CalendarFolder><t:DisplayName>Plans</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>";
pub(crate) const CONFIGURATION: &str = "<m:GetUserConfiguration><m:UserConfigurationName Name=\"OWA.UserOptions\">\
    <t:DistinguishedFolderId Id=\"root\"/></m:UserConfigurationName>\
    <m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>";
pub(crate) const ROOM_LISTS: &str = "<m:GetRoomLists/>";
pub(crate) const ROOMS: &str = "<m:GetRooms><m:RoomList><t:EmailAddress>rooms@example.org</t:EmailAddress></m:RoomList></m:GetRooms>";

pub(crate) fn hierarchy(state: &str) -> String {
    format!(
        "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>\
         <m:SyncState>{state}</m:SyncState></m:SyncFolderHierarchy>"
    )
}

pub(crate) fn delete(id: &str) -> String {
    format!(
        "<m:DeleteFolder DeleteType=\"HardDelete\"><m:FolderIds><t:FolderId Id=\"{id}\"/></m:FolderIds></m:DeleteFolder>"
    )
}

pub(crate) fn pull_subscription() -> String {
    format!(
        "<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>{CALENDAR}</t:FolderIds><t:EventTypes>\
         <t:EventType>CreatedEvent</t:EventType><t:EventType>ModifiedEvent</t:EventType></t:EventTypes>\
         <t:Timeout>10</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>"
    )
}

pub(crate) fn pull(id: &str, watermark: &str) -> String {
    format!(
        "<m:GetEvents><m:SubscriptionId>{id}</m:SubscriptionId><m:Watermark>{watermark}</m:Watermark></m:GetEvents>"
    )
}

/// The first folder id in an answer.
pub(crate) fn folder_id(answer: &str) -> &str {
    answer
        .split_once("<t:FolderId Id=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
}

fn mime(content: &str) -> String {
    format!(
        "<m:CreateItem SendMeetingInvitations=\"SendToNone\"><m:SavedItemFolderId>{CALENDAR}</m:SavedItemFolderId>\
         <m:Items><t:CalendarItem><t:MimeContent>{}</t:MimeContent></t:CalendarItem></m:Items></m:CreateItem>",
        STANDARD.encode(content)
    )
}

#[tokio::test]
async fn a_folder_comes_and_goes_in_the_hierarchy() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, first) = link.call(&hierarchy("")).await;
    assert_eq!(first.matches("<t:Create>").count(), 10);
    let state = all(&first, "m:SyncState")[0].to_owned();
    let (_, made) = link.call(CREATE).await;
    let (_, again) = link.call(CREATE).await;
    assert!(again.contains("ErrorFolderExists"), "{again}");
    let (_, second) = link.call(&hierarchy(&state)).await;
    assert_eq!(all(&second, "t:DisplayName"), ["Plans"]);
    let state = all(&second, "m:SyncState")[0].to_owned();
    link.call(&delete(folder_id(&made))).await;
    let (_, third) = link.call(&hierarchy(&state)).await;
    assert_eq!(folder_id(&third), folder_id(&made));
    assert!(third.contains("<t:Delete>"), "{third}");
    let (_, gone) = link.call(&delete(folder_id(&made))).await;
    assert!(gone.contains("ErrorFolderNotFound"), "{gone}");
}

#[tokio::test]
async fn the_calendar_itself_cannot_be_deleted() {
    let simulator = link::demo_simulator().await;
    let (_, answer) = Link::to(&simulator)
        .await
        .call(&format!(
            "<m:DeleteFolder DeleteType=\"HardDelete\"><m:FolderIds>{CALENDAR}</m:FolderIds></m:DeleteFolder>"
        ))
        .await;
    assert!(
        answer.contains("ErrorDeleteDistinguishedFolder"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_event_written_as_icalendar_is_an_item_like_any_other() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, made) = link
        .call(&mime(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:from-outside\r\nSUMMARY:Written\r\n\
             DTSTART;TZID=W. Europe Standard Time:20261124T180000\r\nDURATION:PT45M\r\n\
             RRULE:FREQ=DAILY;COUNT=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        ))
        .await;
    assert!(made.contains("NoError"), "{made}");
    let (_, found) = link
        .call(&find(
            "2026-11-24T00:00:00Z",
            "2026-12-01T00:00:00Z",
            "item:Subject calendar:Start calendar:End calendar:UID",
        ))
        .await;
    let starts: Vec<_> = all(&found, "t:CalendarItem")
        .into_iter()
        .filter(|item| item.contains("from-outside"))
        .map(|item| (all(item, "t:Start")[0], all(item, "t:End")[0]))
        .collect();
    assert_eq!(
        starts,
        [
            ("2026-11-24T17:00:00Z", "2026-11-24T17:45:00Z"),
            ("2026-11-25T17:00:00Z", "2026-11-25T17:45:00Z")
        ]
    );
    let (_, broken) = link.call(&mime("no calendar")).await;
    assert!(broken.contains("ErrorMimeContentInvalid"), "{broken}");
}

#[tokio::test]
async fn mime_content_is_icalendar_and_in_grommunio_a_whole_message() {
    for (personality, begins) in [
        (Personality::ExchangeSe, "BEGIN:VCALENDAR"),
        (Personality::Grommunio, "MIME-Version: 1.0"),
    ] {
        let simulator = link::demo_simulator_as(personality).await;
        let mut link = Link::to(&simulator).await;
        let (_, found) = link
            .call(&find(
                "2026-11-23T00:00:00Z",
                "2026-11-24T00:00:00Z",
                "item:Subject",
            ))
            .await;
        let id = link::ids_of(&found, "Release planning").remove(0);
        let wanted = get(&format!("<t:ItemId Id=\"{id}\"/>"), "item:MimeContent");
        let (_, answer) = link.call(&wanted).await;
        let content = answer
            .split_once("<t:MimeContent CharacterSet=\"UTF-8\">")
            .unwrap()
            .1
            .split('<')
            .next()
            .unwrap();
        let content = String::from_utf8(STANDARD.decode(content).unwrap()).unwrap();
        assert!(content.starts_with(begins), "{content}");
        assert!(content.contains("Release planning"), "{content}");
    }
}

pub(crate) fn put(operation: &str, id: &str, folder: &str) -> String {
    format!(
        "<m:{operation}><m:ToFolderId><t:DistinguishedFolderId Id=\"{folder}\"/></m:ToFolderId><m:ItemIds>\
         <t:ItemId Id=\"{id}\"/></m:ItemIds></m:{operation}>"
    )
}

fn week() -> String {
    find(
        "2026-11-23T00:00:00Z",
        "2026-11-30T00:00:00Z",
        "item:Subject",
    )
}

#[tokio::test]
async fn an_item_has_a_new_id_wherever_it_is_moved() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, found) = link.call(&week()).await;
    let old = link::ids_of(&found, "Dentist").remove(0);
    let (_, copied) = link.call(&put("CopyItem", &old, "calendar")).await;
    assert!(
        copied.contains("NoError") && !copied.contains(&old),
        "{copied}"
    );
    let (_, moved) = link.call(&put("MoveItem", &old, "deleteditems")).await;
    assert!(
        moved.contains("NoError") && !moved.contains(&old),
        "{moved}"
    );
    let (_, gone) = link
        .call(&get(&format!("<t:ItemId Id=\"{old}\"/>"), "item:Subject"))
        .await;
    assert!(gone.contains("ErrorItemNotFound"), "{gone}");
    let (_, found) = link.call(&week()).await;
    assert_eq!(link::ids_of(&found, "Dentist").len(), 1, "the copy is left");
    let (_, refused) = link.call(&put("MoveItem", &old, "inbox")).await;
    assert!(refused.contains("ErrorItemNotFound"), "{refused}");
}

#[tokio::test]
async fn a_meeting_called_off_stays_marked_with_those_invited() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, made) = link.call(&crate::writing::meeting()).await;
    let id = made
        .split_once("Id=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();
    let cancel = format!(
        "<m:CreateItem MessageDisposition=\"SendAndSaveCopy\"><m:Items><t:CancelCalendarItem>\
         <t:ReferenceItemId Id=\"{id}\"/></t:CancelCalendarItem></m:Items></m:CreateItem>"
    );
    let (_, done) = link.call(&cancel).await;
    assert!(done.contains("NoError"), "{done}");
    let cancelled = simulator.world(|world| {
        let bo = world.mailbox("bo@example.org").unwrap();
        bo.calendar
            .items()
            .filter(|item| item.details.cancelled)
            .count()
    });
    assert_eq!(cancelled, 1);
    let (_, again) = link.call(&cancel).await;
    assert!(again.contains("ErrorItemNotFound"), "{again}");
}

#[tokio::test]
async fn the_web_client_s_options_tell_the_owner_s_zone() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link.call(CONFIGURATION).await;
    assert!(answer.contains("W. Europe Standard Time"), "{answer}");
    let (_, other) = link
        .call(&CONFIGURATION.replace("OWA.UserOptions", "Other"))
        .await;
    assert!(other.contains("ErrorItemNotFound"), "{other}");
}

#[tokio::test]
async fn rooms_stand_in_a_list() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, lists) = link.call(ROOM_LISTS).await;
    assert_eq!(all(&lists, "t:EmailAddress"), ["rooms@example.org"]);
    let (_, rooms) = link.call(ROOMS).await;
    assert!(
        all(&rooms, "t:EmailAddress").contains(&"room-oak@example.org"),
        "{rooms}"
    );
    let (_, none) = link.call(&ROOMS.replace("rooms@", "nothing@")).await;
    assert!(none.contains("ErrorInvalidSmtpAddress"), "{none}");
}

#[tokio::test]
async fn pulled_events_come_once_per_watermark() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, open) = link.call(&pull_subscription()).await;
    let id = all(&open, "m:SubscriptionId")[0].to_owned();
    let mark = all(&open, "m:Watermark")[0].to_owned();
    let (_, quiet) = link.call(&pull(&id, &mark)).await;
    assert!(quiet.contains("<t:StatusEvent>"), "{quiet}");
    link.call(&crate::writing::meeting()).await;
    let (_, told) = link.call(&pull(&id, &mark)).await;
    assert!(told.contains("<t:CreatedEvent>"), "{told}");
    let next = all(&told, "t:Watermark")[0].to_owned();
    let (_, quiet) = link.call(&pull(&id, &next)).await;
    assert!(!quiet.contains("<t:CreatedEvent>"), "{quiet}");
    let (_, wrong) = link.call(&pull(&id, "AAAA")).await;
    assert!(wrong.contains("ErrorInvalidWatermark"), "{wrong}");
}

#[tokio::test]
async fn convert_id_tells_whose_id_it_is() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, found) = link
        .call(&find(
            "2026-11-23T00:00:00Z",
            "2026-11-24T00:00:00Z",
            "item:Subject",
        ))
        .await;
    let id = link::ids_of(&found, "Release planning").remove(0);
    let convert = |to: &str, from: &str, id: &str| {
        format!(
            "<m:ConvertId DestinationFormat=\"{to}\"><m:SourceIds><t:AlternateId Format=\"{from}\" Id=\"{id}\" \
             Mailbox=\"anna@example.org\"/></m:SourceIds></m:ConvertId>"
        )
    };
    let (_, hex) = link
        .call(&convert("HexEntryId", "EwsId", &id).replace("anna@", "nobody@"))
        .await;
    assert!(hex.contains("Mailbox=\"anna@example.org\""), "{hex}");
    let hex = hex.split_once(" Id=\"").unwrap().1;
    let (_, back) = link
        .call(&convert(
            "EwsId",
            "HexEntryId",
            hex.split('"').next().unwrap(),
        ))
        .await;
    assert!(back.contains(&id), "{back}");
}
