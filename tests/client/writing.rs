//! What the client writes, on the simulated Exchange: a meeting with a
//! colleague and a room, a change of it, and everybody's time.

#![expect(clippy::expect_used, reason = "a test ends where a step fails")]

use chrono::{DateTime, Duration, Utc};
use ews::{
    Client, Credentials, Endpoint, Options,
    item::{Body, BodyType, ItemId, Property, Smtp},
    operation::{
        AttendeeType, BusyType, ConflictResolution, CreateItem, FieldChange, GetItem,
        GetUserAvailability, Invitations, Sensitivity, UpdateItem, When,
    },
};
use exchange_sim::{Simulator, World, world::mailbox::MailboxKind};
use scenarios::stage::{ANNA, PASSWORD, ZONE};

const BO: &str = "bo@example.org";
const ROOM: &str = "room2@example.org";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

async fn office() -> (Simulator, Client) {
    let mut world = World::empty(at("2026-11-23T07:00:00Z"));
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    world.add_mailbox(BO, "Bo Ekman", ZONE, PASSWORD);
    world.add_mailbox(ROOM, "Room 2", ZONE, PASSWORD).kind = MailboxKind::Room;
    let simulator = Simulator::start(world, exchange_sim::Options::default())
        .await
        .expect("a simulator");
    let endpoint = Endpoint::new(&simulator.ews_url(), None).expect("an endpoint");
    let credentials = Credentials::Password {
        user: ANNA.to_owned(),
        password: PASSWORD.to_owned().into(),
        basic: ews::Basic::Refused,
    };
    let client = Client::new(endpoint, credentials, Options::default()).expect("a client");
    (simulator, client)
}

fn planning() -> CreateItem {
    CreateItem {
        subject: "Planning".to_owned(),
        sensitivity: Sensitivity::Normal,
        body: Body {
            kind: BodyType::Text,
            text: "Agenda".to_owned(),
        },
        when: When::Timed {
            start: at("2026-11-27T09:00:00Z"),
            end: at("2026-11-27T10:00:00Z"),
        },
        zone: ZONE,
        location: "Room 2".to_owned(),
        required: vec![Smtp(BO.to_owned())],
        optional: Vec::new(),
        resources: vec![Smtp(ROOM.to_owned())],
        reminder_minutes: Some(15),
        client_request: "8b1a".to_owned(),
        extended: Vec::new(),
        invitations: Invitations::ToAllAndSaveCopy,
    }
}

async fn read(client: &Client, id: ItemId) -> ews::item::CalendarItem {
    let operation = GetItem {
        ids: vec![id.into()],
        bodies: ews::operation::Bodies::Stored,
        detail: ews::operation::Detail::Meeting,
        extended: vec![CreateItem::client_request_property(), join_url()],
    };
    let mut items = client.call(&operation).await.expect("an answer");
    items.remove(0).expect("an item")
}

fn join_url() -> Property {
    Property::Own {
        set: Property::OWN_SET.to_owned(),
        name: "JoinUrl".to_owned(),
    }
}

#[tokio::test]
async fn a_meeting_with_a_colleague_and_a_room_stands_in_all_their_calendars() {
    let (simulator, client) = office().await;
    let made = client
        .call(&planning())
        .await
        .expect("an answer")
        .expect("an id");
    let item = read(&client, made.id).await;
    assert_eq!(item.start, Some(at("2026-11-27T09:00:00Z")));
    let request = item.extended(&CreateItem::client_request_property());
    assert_eq!(request, Some("8b1a"));
    simulator.world(|world| {
        for address in [BO, ROOM] {
            assert!(world.find(address, "Planning").is_some(), "{address}");
        }
    });
    let everybody = [
        (ANNA, AttendeeType::Organizer),
        (BO, AttendeeType::Required),
        (ROOM, AttendeeType::Room),
    ];
    let operation = GetUserAvailability {
        mailboxes: everybody
            .map(|(who, kind)| (Smtp(who.to_owned()), kind))
            .to_vec(),
        start: at("2026-11-27T00:00:00Z"),
        end: at("2026-11-28T00:00:00Z"),
    };
    let answers = client.call(&operation).await.expect("an answer");
    assert_eq!(answers.len(), 3);
    for answer in answers {
        let busy = answer.expect("a mailbox").busy.expect("its time");
        let taken = busy.iter().filter(|one| one.busy != BusyType::Free);
        let times: Vec<_> = taken.map(|one| (one.start, one.end)).collect();
        assert_eq!(
            times,
            [(at("2026-11-27T09:00:00Z"), at("2026-11-27T10:00:00Z"))]
        );
    }
}

#[tokio::test]
async fn an_update_sets_what_it_names_and_leaves_the_rest() {
    let (_simulator, client) = office().await;
    let made = client
        .call(&planning())
        .await
        .expect("an answer")
        .expect("an id");
    let address = "https://meet.example.org/r/abc".to_owned();
    let update = UpdateItem {
        item: made.clone(),
        changes: vec![
            FieldChange::Extended(join_url(), address.clone()),
            FieldChange::Location("@meet".to_owned()),
        ],
        conflicts: ConflictResolution::AutoResolve,
        invitations: Invitations::ToNone,
    };
    let updated = client.call(&update).await.expect("an answer");
    let again = updated.item.expect("an id");
    assert_ne!(
        again.change_key, made.change_key,
        "the echo can be told by it"
    );
    let item = read(&client, again.id.clone()).await;
    assert_eq!(item.extended(&join_url()), Some(address.as_str()));
    assert_eq!(item.location.as_deref(), Some("@meet"));
    assert_eq!(item.subject.as_deref(), Some("Planning"));
    let without = UpdateItem {
        item: again,
        changes: vec![FieldChange::WithoutExtended(join_url())],
        ..update
    };
    let updated = client.call(&without).await.expect("an answer");
    let item = read(&client, updated.item.expect("an id").id).await;
    assert_eq!(item.extended(&join_url()), None);
}

#[tokio::test]
async fn a_change_to_an_item_that_was_changed_meanwhile_is_refused_when_asked_so() {
    let (simulator, client) = office().await;
    let made = client
        .call(&planning())
        .await
        .expect("an answer")
        .expect("an id");
    simulator.world(|world| {
        let number = world.find(ANNA, "Planning").expect("the meeting");
        let changed = world.change(ANNA, number, |item| {
            item.details.end += Duration::minutes(30);
        });
        changed.expect("a change");
    });
    let update = UpdateItem {
        item: made,
        changes: vec![FieldChange::Location("@meet".to_owned())],
        conflicts: ConflictResolution::NeverOverwrite,
        invitations: Invitations::ToNone,
    };
    let refused = client.call(&update).await.expect_err("a conflict");
    assert!(
        refused.to_string().contains("ErrorIrresolvableConflict"),
        "{refused}"
    );
}
