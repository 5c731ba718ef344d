//! Availability, names, zones, folders, out-of-office.

use exchange_sim::demo;

use crate::link::{self, Link, all, envelope, read};

pub(crate) const STOCKHOLM: &str = "<t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime><t:Bias>0</t:Bias>\
    <t:Time>03:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>\
    </t:StandardTime><t:DaylightTime><t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder>\
    <t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>";

pub(crate) fn availability(addresses: &[&str]) -> String {
    let people: Vec<String> = addresses
        .iter()
        .map(|address| {
            format!(
                "<t:MailboxData><t:Email><t:Address>{address}</t:Address></t:Email><t:AttendeeType>Required\
                 </t:AttendeeType></t:MailboxData>"
            )
        })
        .collect();
    format!(
        "<m:GetUserAvailabilityRequest>{STOCKHOLM}<m:MailboxDataArray>{}</m:MailboxDataArray><t:FreeBusyViewOptions>\
         <t:TimeWindow><t:StartTime>2026-11-23T08:00:00</t:StartTime><t:EndTime>2026-11-23T12:00:00</t:EndTime>\
         </t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>30</t:MergedFreeBusyIntervalInMinutes>\
         <t:RequestedView>DetailedMerged</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>",
        people.concat()
    )
}

/// Suggestions for one day, with free and busy times or without them.
pub(crate) fn suggestions(addresses: &[&str], options: &str) -> String {
    let whole = availability(addresses);
    let (before, _) = whole.split_once("<t:FreeBusyViewOptions>").unwrap();
    format!(
        "{before}<t:SuggestionsViewOptions>{options}<t:DetailedSuggestionsWindow>\
         <t:StartTime>2026-11-23T00:00:00</t:StartTime><t:EndTime>2026-11-24T00:00:00</t:EndTime>\
         </t:DetailedSuggestionsWindow></t:SuggestionsViewOptions></m:GetUserAvailabilityRequest>"
    )
}

#[tokio::test]
async fn suggested_times_are_free_for_all_and_within_working_hours() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let people = [demo::ADDRESS, "bo@example.org", "nobody@example.org"];
    let options = "<t:MaximumResultsByDay>4</t:MaximumResultsByDay>\
                   <t:MeetingDurationInMinutes>30</t:MeetingDurationInMinutes>";
    let (status, answer) = link.call(&suggestions(&people, options)).await;
    assert_eq!(status, 200, "{answer}");
    let found = all(&answer, "t:Suggestion");
    assert_eq!(found.len(), 4, "{answer}");
    for one in found {
        assert_eq!(all(one, "t:SuggestionQuality"), ["Excellent"]);
        assert_eq!(all(one, "t:IsWorkTime"), ["true"]);
        assert_eq!(all(one, "t:BusyType"), ["Free", "Free"]);
        assert!(one.contains("<t:UnknownAttendeeConflictData/>"), "{one}");
    }
    let (status, answer) = link
        .call(&suggestions(
            &people,
            "<t:GoodThreshold>80</t:GoodThreshold>",
        ))
        .await;
    assert_eq!(status, 500);
    assert!(answer.contains("ErrorInvalidArgument"), "{answer}");
}

#[tokio::test]
async fn what_others_see_follows_the_owner_s_rights() {
    use exchange_sim::world::mailbox::FreeBusyRights;
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let view = async |link: &mut Link| {
        let (_, answer) = link.call(&availability(&["bo@example.org"])).await;
        all(&answer, "t:FreeBusyViewType")[0].to_owned()
    };
    for (rights, expected) in [
        (FreeBusyRights::None, "None"),
        (FreeBusyRights::Times, "FreeBusyMerged"),
        (FreeBusyRights::Details, "DetailedMerged"),
    ] {
        simulator.world(|world| {
            world.mailbox_mut("bo@example.org").unwrap().default_rights = rights;
        });
        assert_eq!(view(&mut link).await, expected);
    }
}

#[tokio::test]
async fn times_of_others_come_as_wall_times_without_details() {
    let simulator = link::demo_simulator().await;
    let body = availability(&["bo@example.org", "nobody@example.org", demo::ADDRESS]);
    let (status, answer) = Link::to(&simulator).await.call(&body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["NoError", "ErrorMailRecipientNotFound", "NoError"]
    );
    assert_eq!(
        all(&answer, "t:FreeBusyViewType"),
        ["FreeBusyMerged", "None", "DetailedMerged"]
    );
    let people = all(&answer, "m:FreeBusyResponse");
    assert_eq!(all(people[0], "t:StartTime"), ["2026-11-23T11:00:00"]);
    assert_eq!(all(people[0], "t:MergedFreeBusy"), ["00000022"]);
    assert!(
        !people[0].contains("Subject")
            && people[2].contains("<t:Subject>Release planning</t:Subject>")
    );
}

#[tokio::test]
async fn a_request_without_a_zone_is_a_fault() {
    let simulator = link::demo_simulator().await;
    let body = availability(&["bo@example.org"]).replace(STOCKHOLM, "");
    let (status, answer) = Link::to(&simulator).await.call(&body).await;
    assert_eq!(status, 500);
    assert!(answer.contains("ErrorTimeZone"));
}

pub(crate) fn resolve(entry: &str) -> String {
    format!(
        "<m:ResolveNames ReturnFullContactData=\"true\" SearchScope=\"ActiveDirectory\">\
         <m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>"
    )
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_their_names() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link.call(&resolve("nym")).await;
    assert_eq!(all(&answer, "t:EmailAddress"), ["clara@example.org"]);
    let (_, answer) = link.call(&resolve("room")).await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorNameResolutionMultipleResults"]
    );
    let (_, answer) = link.call(&resolve("zz")).await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorNameResolutionNoResults"]
    );
}

pub(crate) const SET_OOF: &str = "<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>anna@example.org</t:Address>\
    </t:Mailbox><t:UserOofSettings><t:OofState>Scheduled</t:OofState><t:ExternalAudience>Known</t:ExternalAudience>\
    <t:Duration><t:StartTime>2026-12-21T07:00:00Z</t:StartTime><t:EndTime>2027-01-07T07:00:00Z</t:EndTime>\
    </t:Duration><t:InternalReply><t:Message>Away</t:Message></t:InternalReply></t:UserOofSettings>\
    </m:SetUserOofSettingsRequest>";

#[tokio::test]
async fn out_of_office_is_set_and_read_by_its_owner_alone() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    link.call(SET_OOF).await;
    let get = "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>anna@example.org</t:Address></t:Mailbox>\
               </m:GetUserOofSettingsRequest>";
    let (_, answer) = link.call(get).await;
    assert_eq!(all(&answer, "t:OofState"), ["Scheduled"]);
    assert_eq!(all(&answer, "t:EndTime"), ["2027-01-07T07:00:00Z"]);
    let (status, answer) = read(
        link.send("bo@example.org", demo::PASSWORD, envelope("", get))
            .await,
    )
    .await;
    assert_eq!(status, 500);
    assert!(answer.contains("ErrorAccessDenied"));
}

pub(crate) const ZONES: &str = "<m:GetServerTimeZones ReturnFullTimeZoneData=\"true\"/>";
pub(crate) const FOLDERS: &str = "<m:FindFolder Traversal=\"Deep\"><m:FolderShape><t:BaseShape>Default</t:BaseShape>\
    </m:FolderShape><m:ParentFolderIds><t:DistinguishedFolderId Id=\"root\"/></m:ParentFolderIds></m:FindFolder>";

#[tokio::test]
async fn the_calendar_is_among_the_folders_and_zones_have_definitions() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, answer) = link.call(FOLDERS).await;
    assert_eq!(answer.matches("<t:CalendarFolder>").count(), 1);
    let (_, answer) = link.call(ZONES).await;
    assert!(answer.contains("Id=\"India Standard Time\"") && answer.contains("Bias=\"-PT5H30M\""));
}
