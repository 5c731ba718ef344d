//! Every kind of answer against Microsoft's schema, where it is at hand.

use std::path::PathBuf;
use std::process::Command;

use exchange_sim::server::faults::{Effect, Fault};

use crate::link::{self, CALENDAR, Link, envelope, find, ids_of, sync};

fn schema() -> Option<PathBuf> {
    let shared = std::env::var_os("JOINBELL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let file = shared.join("ews-schema/soap-envelope.xsd");
    let usable = file.exists() && Command::new("xmllint").arg("--version").output().is_ok();
    if !usable {
        println!(
            "skipped: answers against Microsoft's schema (no ews-schema folder or no xmllint)"
        );
    }
    usable.then_some(file)
}

fn complaints(schema: &PathBuf, documents: &[String]) -> String {
    let folder = std::env::temp_dir().join(format!(
        "exchange-sim-schema-{}-{}",
        std::process::id(),
        documents.len()
    ));
    std::fs::create_dir_all(&folder).unwrap();
    let files: Vec<PathBuf> = documents
        .iter()
        .enumerate()
        .map(|(at, document)| {
            let file = folder.join(format!("{at}.xml"));
            std::fs::write(&file, document).unwrap();
            file
        })
        .collect();
    let output = Command::new("xmllint")
        .arg("--noout")
        .arg("--schema")
        .arg(schema)
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|line| !line.ends_with(" validates"))
        .collect::<Vec<_>>()
        .join("\n");
    std::fs::remove_dir_all(&folder).unwrap();
    said
}

#[tokio::test]
async fn answers_with_every_property_validate() {
    let Some(schema) = schema() else { return };
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let everything = |body: String| body.replace("IdOnly", "AllProperties");
    let (_, found) = link
        .call(&everything(find(
            "2026-11-01T00:00:00Z",
            "2026-12-24T00:00:00Z",
            "item:Subject",
        )))
        .await;
    let ids: String = ids_of(&found, "Stand-up")
        .into_iter()
        .chain(ids_of(&found, "Workshop: onboarding"))
        .chain(ids_of(&found, "Monthly review"))
        .map(|id| format!("<t:ItemId Id=\"{id}\"/>"))
        .collect::<Vec<_>>()
        .concat();
    let master = ids_of(&found, "Stand-up").remove(0);
    let ids = format!(
        "{ids}<t:RecurringMasterItemId OccurrenceId=\"{master}\"/><t:ItemId Id=\"AAMkNone\"/>"
    );
    link.call(&everything(link::get(&ids, "item:TextBody")))
        .await;
    let (_, first) = link.call(&everything(sync("", 7))).await;
    link.call(&sync(link::all(&first, "m:SyncState")[0], 512))
        .await;
    link.call(&sync("damaged", 512)).await;
    link.call_broken(envelope("", "<m:Wrong/>")).await;
    link.call(&format!(
        "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape><t:AdditionalProperties>\
         <t:ExtendedFieldURI PropertyTag=\"0x670A\" PropertyType=\"SystemTime\"/></t:AdditionalProperties>\
         </m:FolderShape><m:FolderIds>{CALENDAR}<t:DistinguishedFolderId Id=\"inbox\"/>\
         <t:DistinguishedFolderId Id=\"journal\"/></m:FolderIds></m:GetFolder>"
    ))
    .await;
    link.call(
        "<m:ConvertId DestinationFormat=\"HexEntryId\"><m:SourceIds><t:AlternateId Format=\"EwsId\" Id=\"AAMk\" \
         Mailbox=\"anna@example.org\"/></m:SourceIds></m:ConvertId>",
    )
    .await;
    link.call(
        "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>anna@example.org</t:Address></t:Mailbox>\
         </m:GetUserOofSettingsRequest>",
    )
    .await;
    link.call(&crate::writing::meeting()).await;
    link.call(&crate::writing::update(
        &master,
        "",
        "AlwaysOverwrite",
        "item:Subject",
        "<t:Subject>New</t:Subject>",
    ))
    .await;
    link.call(&format!(
        "<m:DeleteItem DeleteType=\"HardDelete\" SendMeetingCancellations=\"SendToNone\"><m:ItemIds>\
         <t:ItemId Id=\"{master}\"/><t:ItemId Id=\"AAMk\"/></m:ItemIds></m:DeleteItem>"
    ))
    .await;
    link.call(&crate::people::availability(&[
        "bo@example.org",
        "nobody@example.org",
        "anna@example.org",
    ]))
    .await;
    link.call(&crate::people::suggestions(
        &["bo@example.org", "nobody@example.org"],
        "",
    ))
    .await;
    for entry in ["anna", "room", "zz"] {
        link.call(&crate::people::resolve(entry)).await;
    }
    link.call(crate::people::SET_OOF).await;
    link.call(crate::people::ZONES).await;
    link.call(crate::people::FOLDERS).await;
    let (_, made) = link.call(crate::folders::CREATE).await;
    link.call(&crate::folders::hierarchy("")).await;
    link.call(&crate::folders::delete(crate::folders::folder_id(&made)))
        .await;
    link.call(crate::folders::CONFIGURATION).await;
    link.call(crate::folders::ROOM_LISTS).await;
    link.call(crate::folders::ROOMS).await;
    for operation in ["CopyItem", "MoveItem"] {
        link.call(&crate::folders::put(operation, &master, "deleteditems"))
            .await;
    }
    let (_, open) = link.call(&crate::folders::pull_subscription()).await;
    link.call(&crate::folders::pull(
        link::all(&open, "m:SubscriptionId")[0],
        link::all(&open, "m:Watermark")[0],
    ))
    .await;
    for effect in [
        Effect::Refused("ErrorItemNotFound".to_owned()),
        Effect::HiddenBusy(5),
    ] {
        simulator
            .faults()
            .set(Fault::once("GetItem", effect.clone()));
        link.call(&link::get("<t:ItemId Id=\"AAMk\"/>", "item:Subject"))
            .await;
        simulator
            .faults()
            .set(Fault::once("SyncFolderItems", effect));
        link.call(&sync("", 1)).await;
    }
    let documents: Vec<String> = simulator
        .requests()
        .into_iter()
        .flat_map(|one| one.answers)
        .collect();
    assert_eq!(documents.len(), 34);
    assert_eq!(complaints(&schema, &documents), "");
    let requests: Vec<String> = simulator
        .requests()
        .into_iter()
        .map(|one| one.request)
        .collect();
    let wrong = complaints(&schema, &requests);
    assert_eq!(
        wrong.matches("fails to validate").count(),
        1,
        "only the wrong one: {wrong}"
    );
}

/// A zone of one's own with the rules of western Europe.
pub(crate) const OWN_ZONE: &str = "<t:StartTimeZone Id=\"Customized Time Zone\" Name=\"Ours\"><t:Periods>\
    <t:Period Bias=\"-PT1H\" Name=\"Standard\" Id=\"s\"/><t:Period Bias=\"-PT2H\" Name=\"Daylight\" Id=\"d\"/>\
    </t:Periods><t:TransitionsGroups><t:TransitionsGroup Id=\"0\"><t:RecurringDayTransition>\
    <t:To Kind=\"Period\">d</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>3</t:Month>\
    <t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition>\
    <t:RecurringDayTransition><t:To Kind=\"Period\">s</t:To><t:TimeOffset>PT3H</t:TimeOffset><t:Month>10</t:Month>\
    <t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition>\
    </t:TransitionsGroup></t:TransitionsGroups><t:Transitions><t:Transition><t:To Kind=\"Group\">0</t:To>\
    </t:Transition></t:Transitions></t:StartTimeZone>";

/// `CreateItem` of one item.
fn create(items: &str) -> String {
    format!(
        "<m:CreateItem MessageDisposition=\"SaveOnly\" SendMeetingInvitations=\"SendToNone\"><m:Items>{items}\
         </m:Items></m:CreateItem>"
    )
}

#[tokio::test]
async fn zones_attachments_and_messages_are_judged_as_by_the_schema() {
    let event = |before: &str, after: &str| {
        create(&format!(
            "<t:CalendarItem>{before}<t:Start>2026-11-27T20:00:00</t:Start><t:End>2026-11-27T21:00:00</t:End>\
             {after}</t:CalendarItem>"
        ))
    };
    let file = |inside: &str| {
        let attachment = format!("<t:FileAttachment>{inside}</t:FileAttachment>");
        event(&format!("<t:Attachments>{attachment}</t:Attachments>"), "")
    };
    let message = |inside: &str| create(&format!("<t:Message>{inside}</t:Message>"));
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let mut judged = Vec::new();
    for (valid, body) in [
        (true, event("", OWN_ZONE)),
        (false, event("", &OWN_ZONE.replace("-PT1H", "-1H"))),
        (false, event("", &OWN_ZONE.replace(" Kind=\"Period\"", ""))),
        (
            false,
            event("", &OWN_ZONE.replace("<t:Month>3</t:Month>", "")),
        ),
        (false, event("", &OWN_ZONE.replace(">Sunday<", ">Sonntag<"))),
        (
            false,
            event("", &OWN_ZONE.replace("t:Periods", "t:Perioden")),
        ),
        (
            true,
            event(
                "<t:MimeContent CharacterSet=\"UTF-8\">QQ==</t:MimeContent>",
                "",
            ),
        ),
        (
            false,
            event("<t:MimeContent Encoding=\"UTF-8\">QQ==</t:MimeContent>", ""),
        ),
        (
            false,
            event("<t:MimeContent><t:Subject/></t:MimeContent>", ""),
        ),
        (
            true,
            file("<t:Name>a.txt</t:Name><t:IsInline>false</t:IsInline><t:Content>QQ==</t:Content>"),
        ),
        (
            false,
            file("<t:Content>QQ==</t:Content><t:Name>a.txt</t:Name>"),
        ),
        (false, file("<t:Content>no bytes!</t:Content>")),
        (false, file("<t:Size>large</t:Size>")),
        (
            true,
            message("<t:Subject>a</t:Subject><t:ToRecipients><t:Mailbox/></t:ToRecipients>"),
        ),
        (
            false,
            message("<t:ToRecipients><t:Mailbox/></t:ToRecipients><t:Subject>a</t:Subject>"),
        ),
        (
            false,
            message("<t:Subject>a</t:Subject><t:IsRead>perhaps</t:IsRead>"),
        ),
    ] {
        let (_, answer) = if valid {
            link.call(&body).await
        } else {
            link.call_broken(envelope("", &body)).await
        };
        let refused = answer.contains(">ErrorSchemaValidation<");
        assert_eq!(!refused, valid, "{body}\n{answer}");
        judged.push(valid);
    }
    let Some(schema) = schema() else { return };
    for (valid, one) in judged.into_iter().zip(simulator.requests()) {
        let said = complaints(&schema, std::slice::from_ref(&one.request));
        assert_eq!(said.is_empty(), valid, "{}\n{said}", one.request);
    }
}

#[tokio::test]
async fn a_zone_of_ones_own_is_followed_and_given_back() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let body = create(&format!(
        "<t:CalendarItem><t:Subject>Elsewhere</t:Subject><t:Start>2026-11-27T20:00:00</t:Start>\
         <t:End>2026-11-27T21:00:00</t:End>{OWN_ZONE}</t:CalendarItem>"
    ));
    let (_, made) = link.call(&body).await;
    assert_eq!(link::all(&made, "m:ResponseCode"), ["NoError"], "{made}");
    let window = find(
        "2026-11-27T00:00:00Z",
        "2026-11-28T00:00:00Z",
        "item:Subject",
    );
    let (_, found) = link.call(&window).await;
    let id = &ids_of(&found, "Elsewhere")[0];
    let id = format!("<t:ItemId Id=\"{id}\"/>");
    let (_, item) = link
        .call(&link::get(&id, "calendar:Start calendar:StartTimeZone"))
        .await;
    assert_eq!(link::all(&item, "t:Start"), ["2026-11-27T19:00:00Z"]);
    assert!(
        item.contains("<t:StartTimeZone Id=\"Customized Time Zone\""),
        "{item}"
    );
    let nowhere = body.replace("-PT1H", "-PT1H7M");
    let (_, refused) = link.call(&nowhere).await;
    assert!(
        refused.contains("ErrorCalendarInvalidTimeZone"),
        "{refused}"
    );
}
