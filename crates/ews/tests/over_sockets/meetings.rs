//! Meetings on a server: series and their occurrences, bodies, answers,
//! cancellations, people. The simulated Exchange and grommunio answer.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use ews::{
    Class, Client, ItemError,
    item::{
        Body, BodyType, CalendarItem, ItemId, ItemKind, ItemRef, Pattern, Range, Recurrence, Smtp,
    },
    operation::{
        Answer, AnswerMeeting, AttendeeType, Bodies, CancelMeeting, ConflictResolution, CreateItem,
        Detail, FieldChange, FindCalendarItems, GetItem, Invitations, Quality, ResolveNames,
        Sensitivity, SuggestTimes, Target, UpdateItem, When, Word,
    },
};
use exchange_sim::{
    Personality, Simulator,
    demo::ADDRESS,
    world::{
        details::{Details, Person, Response},
        series,
    },
};
use rstest::rstest;

use crate::network::{self, client_inside};

const ZONE: chrono_tz::Tz = chrono_tz::Tz::Europe__Stockholm;
const BO: &str = "bo@example.org";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A mailbox without appointments.
async fn empty(personality: Personality) -> (Arc<Simulator>, Client) {
    let server = network::serve(exchange_sim::Options {
        personality,
        ..exchange_sim::Options::default()
    })
    .await;
    server.world(|world| {
        for address in [ADDRESS, BO] {
            let all: Vec<_> = world
                .mailbox(address)
                .unwrap()
                .calendar
                .items()
                .map(|item| item.number)
                .collect();
            for number in all {
                world.delete(address, number).unwrap();
            }
        }
    });
    let server = Arc::new(server);
    let client = client_inside(&server);
    (server, client)
}

/// Weekdays at nine, from Monday 23 November 2026, ten times.
fn stand_up(server: &Simulator, details: impl FnOnce(Details) -> Details) {
    server.world(|world| {
        let start = at("2026-11-23T08:00:00Z");
        let one = Details::new("Stand-up", start, start + Duration::minutes(15), ZONE);
        let pattern = series::Pattern::Daily { every: 1 };
        let range = series::Range::Count(10);
        let series = series::Series::new(pattern, day("2026-11-23"), range);
        let number = world.add_series(ADDRESS, details(one), series).unwrap();
        let later = |details: &mut Details| {
            details.start += Duration::hours(2);
            details.end += Duration::hours(2);
        };
        world
            .change_occurrence(ADDRESS, number, day("2026-11-24"), later)
            .unwrap();
        world
            .delete_occurrence(ADDRESS, number, day("2026-11-25"))
            .unwrap();
    });
}

async fn found(client: &Client) -> Vec<ItemRef> {
    let week = FindCalendarItems {
        start: at("2026-11-23T00:00:00Z"),
        end: at("2026-11-28T00:00:00Z"),
    };
    let found = client.call(&week).await.unwrap();
    found.items.into_iter().filter_map(|item| item.id).collect()
}

async fn get(client: &Client, target: Target, bodies: Bodies) -> Result<CalendarItem, ItemError> {
    let operation = GetItem {
        ids: vec![target],
        bodies,
        detail: Detail::Series,
        extended: vec![],
    };
    client.call(&operation).await.unwrap().remove(0)
}

async fn stored(client: &Client, id: &ItemId) -> CalendarItem {
    get(client, id.clone().into(), Bodies::Stored)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_master_of_an_occurrence_says_how_the_series_repeats() {
    let (server, client) = empty(Personality::ExchangeSe).await;
    stand_up(&server, |details| details);
    let occurrences = found(&client).await;
    assert_eq!(occurrences.len(), 4, "one of five is deleted");
    let of_first = Target::MasterOf(occurrences[0].id.clone());
    let master = get(&client, of_first, Bodies::Stored).await.unwrap();
    assert_eq!(master.kind, Some(ItemKind::RecurringMaster));
    let series = master.series.unwrap();
    let expected = Recurrence {
        pattern: Pattern::Daily { every: 1 },
        first: day("2026-11-23"),
        range: Range::Count(10),
    };
    assert_eq!(series.recurrence, Some(expected));
    assert_eq!(series.deleted, [at("2026-11-25T08:00:00Z")]);
    let [changed] = &series.changed[..] else {
        panic!("{:?}", series.changed);
    };
    assert_eq!(changed.original_start, at("2026-11-24T08:00:00Z"));
    assert_eq!(changed.start, at("2026-11-24T10:00:00Z"));
    assert_eq!(changed.item.id, occurrences[1].id);
    // An occurrence says nothing of it.
    let first = stored(&client, &occurrences[0].id).await;
    assert_eq!(first.kind, Some(ItemKind::Occurrence));
    assert_eq!(first.series, None);
}

#[rstest]
#[case::exchange(Personality::ExchangeSe, None)]
#[case::grommunio(Personality::Grommunio, Some("2026-11-26T08:00:00Z"))]
#[tokio::test]
async fn quirk_31_and_grommunio_quirk_03_servers_count_occurrences_differently(
    #[case] personality: Personality,
    #[case] third: Option<&str>,
) {
    let (server, client) = empty(personality).await;
    stand_up(&server, |details| details);
    let master = match personality {
        Personality::ExchangeSe => {
            let any = found(&client).await.remove(0).id;
            let master = get(&client, Target::MasterOf(any), Bodies::Left).await;
            master.unwrap().id.unwrap().id
        }
        // There the calendar view has the series in the place of occurrences.
        Personality::Grommunio => {
            let only = found(&client).await.remove(0).id;
            let item = stored(&client, &only).await;
            assert_eq!(item.kind, Some(ItemKind::RecurringMaster));
            let refused = get(&client, Target::MasterOf(only.clone()), Bodies::Left).await;
            assert!(refused.is_err());
            only
        }
    };
    let nth = |index| Target::Occurrence {
        master: master.clone(),
        index,
    };
    let second = get(&client, nth(2), Bodies::Left).await.unwrap();
    assert_eq!(second.start, Some(at("2026-11-24T10:00:00Z")));
    match (third, get(&client, nth(3), Bodies::Left).await) {
        (Some(start), Ok(item)) => assert_eq!(item.start, Some(at(start))),
        (None, Err(error)) => assert_eq!(error.code.class(), Class::Gone),
        (_, got) => panic!("{got:?}"),
    }
    let beyond = get(&client, nth(11), Bodies::Left).await.unwrap_err();
    assert!(matches!(beyond.code.class(), Class::Gone | Class::Broken));
}

#[tokio::test]
async fn a_body_comes_in_the_form_that_is_asked_for() {
    let (server, client) = empty(Personality::ExchangeSe).await;
    let start = at("2026-11-24T08:00:00Z");
    server.world(|world| {
        let details = Details::new("Review", start, start + Duration::hours(1), ZONE)
            .html("<p>Agenda <a href=\"https://example.org/join\">here</a></p>");
        world.add(ADDRESS, details).unwrap();
    });
    let id = found(&client).await.remove(0).id;
    for bodies in [Bodies::Stored, Bodies::Html] {
        let item = get(&client, id.clone().into(), bodies).await.unwrap();
        let body = item.body.unwrap();
        assert_eq!(body.kind, BodyType::Html);
        assert!(body.text.contains("https://example.org/join"));
    }
    let text = get(&client, id.clone().into(), Bodies::Text).await.unwrap();
    let text = text.body.unwrap();
    assert_eq!(text.kind, BodyType::Text);
    assert!(text.text.contains("Agenda") && !text.text.contains("<p>"));
    let left = get(&client, id.into(), Bodies::Left).await.unwrap();
    assert_eq!(left.body, None);
    assert_eq!(left.subject.as_deref(), Some("Review"));
}

fn called_by_bo(details: Details) -> Details {
    let anna = Person::new("Anna Berg", ADDRESS);
    details
        .called_by(Person::new("Bo Ekman", BO), Response::NoResponseReceived)
        .with(anna, Response::NoResponseReceived)
}

#[rstest]
#[case(Answer::Accept, "Accept")]
#[case(Answer::Tentative, "Tentative")]
#[tokio::test]
async fn an_answer_shows_in_the_own_calendar(#[case] answer: Answer, #[case] shown: &str) {
    let (server, client) = empty(Personality::ExchangeSe).await;
    stand_up(&server, called_by_bo);
    let occurrences = found(&client).await;
    let master = get(
        &client,
        Target::MasterOf(occurrences[0].id.clone()),
        Bodies::Left,
    )
    .await
    .unwrap();
    let operation = AnswerMeeting {
        item: master.id.unwrap(),
        answer,
        comment: None,
        word: Word::Kept,
    };
    client.call(&operation).await.unwrap();
    for occurrence in found(&client).await {
        let item = stored(&client, &occurrence.id).await;
        // What was changed by itself keeps an answer of its own.
        if item.kind == Some(ItemKind::Occurrence) {
            assert_eq!(item.my_response.as_deref(), Some(shown));
        }
    }
}

#[tokio::test]
async fn quirk_32_the_answer_to_one_occurrence_is_not_one_to_the_series() {
    let (server, client) = empty(Personality::ExchangeSe).await;
    stand_up(&server, called_by_bo);
    let occurrences = found(&client).await;
    let item = stored(&client, &occurrences[0].id).await;
    assert_eq!(item.kind, Some(ItemKind::Occurrence));
    let operation = AnswerMeeting {
        item: item.id.unwrap(),
        answer: Answer::Decline,
        comment: None,
        word: Word::Sent,
    };
    client.call(&operation).await.unwrap();
    let left = found(&client).await;
    let mut answered = 0;
    for occurrence in &left {
        let item = stored(&client, &occurrence.id).await;
        if item.my_response.as_deref() == Some("Decline") {
            answered += 1;
            assert_eq!(item.start, Some(at("2026-11-23T08:00:00Z")));
        }
    }
    let gone = occurrences.len() - left.len();
    assert_eq!(gone + answered, 1, "one is gone or marked, and no other");
}

#[tokio::test]
async fn the_organizer_calls_off_and_cannot_answer() {
    let (server, client) = empty(Personality::ExchangeSe).await;
    let start = at("2026-11-24T08:00:00Z");
    server.world(|world| {
        let details = Details::new("Review", start, start + Duration::hours(1), ZONE)
            .called_by(Person::new("Anna Berg", ADDRESS), Response::Organizer)
            .with(Person::new("Bo Ekman", BO), Response::NoResponseReceived);
        world.add(ADDRESS, details).unwrap();
    });
    let item = found(&client).await.remove(0);
    let answer = AnswerMeeting {
        item: item.clone(),
        answer: Answer::Accept,
        comment: None,
        word: Word::Kept,
    };
    let refused = client.call(&answer).await.unwrap_err();
    assert_eq!(refused.class(), Class::NotOurs, "{refused}");
    let cancel = CancelMeeting {
        item,
        comment: None,
    };
    client.call(&cancel).await.unwrap();
    assert_eq!(found(&client).await, []);
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_a_name_and_nobody_is_no_error() {
    let (_server, client) = empty(Personality::ExchangeSe).await;
    let resolve = async |entry: &str| {
        let operation = ResolveNames {
            entry: entry.to_owned(),
        };
        client.call(&operation).await.unwrap()
    };
    let one = resolve("anna").await;
    assert_eq!(one.people.len(), 1);
    assert_eq!(one.people[0].address.as_deref(), Some(ADDRESS));
    let rooms = resolve("room").await;
    assert!(rooms.people.len() > 1 && rooms.complete);
    assert_eq!(resolve("nobody").await.people, []);
}

#[tokio::test]
async fn quirk_50_what_was_made_is_found_again_by_the_name_of_its_attempt() {
    let (_server, client) = empty(Personality::ExchangeSe).await;
    let attempt = CreateItem {
        subject: "Planning".into(),
        sensitivity: Sensitivity::Normal,
        body: Body {
            kind: BodyType::Text,
            text: "Agenda".into(),
        },
        when: When::Timed {
            start: at("2026-11-26T08:00:00Z"),
            end: at("2026-11-26T09:00:00Z"),
        },
        zone: ZONE,
        location: String::new(),
        required: vec![Smtp(BO.into())],
        optional: vec![],
        resources: vec![],
        reminder_minutes: None,
        client_request: "8b1a0c".into(),
        extended: vec![],
        invitations: Invitations::ToNone,
    };
    client.call(&attempt).await.unwrap();
    // Whatever id the answer had, this is how the item is looked for.
    let name = CreateItem::client_request_property();
    let get = GetItem {
        ids: found(&client)
            .await
            .into_iter()
            .map(|item| item.id.into())
            .collect(),
        bodies: Bodies::Left,
        detail: Detail::Meeting,
        extended: vec![name.clone()],
    };
    let items = client.call(&get).await.unwrap();
    let made = items
        .iter()
        .flatten()
        .filter(|item| item.extended(&name) == Some("8b1a0c"));
    assert_eq!(made.count(), 1);
}

#[tokio::test]
async fn quirk_29_a_meeting_is_where_it_was_moved_to_by_the_clock_of_its_zone() {
    let (server, client) = empty(Personality::ExchangeSe).await;
    let start = at("2026-11-24T08:00:00Z");
    server.world(|world| {
        let details = Details::new(
            "Review",
            start,
            start + Duration::hours(1),
            chrono_tz::Tz::UTC,
        );
        world.add(ADDRESS, details).unwrap();
    });
    let item = found(&client).await.remove(0);
    let when = When::Timed {
        start: at("2026-11-25T12:00:00Z"),
        end: at("2026-11-25T12:30:00Z"),
    };
    let update = UpdateItem {
        item,
        changes: vec![FieldChange::When(when, ZONE)],
        conflicts: ConflictResolution::AutoResolve,
        invitations: Invitations::ToNone,
    };
    let updated = client.call(&update).await.unwrap();
    let moved = stored(&client, &updated.item.unwrap().id).await;
    assert_eq!(moved.start, Some(at("2026-11-25T12:00:00Z")));
    assert_eq!(moved.end, Some(at("2026-11-25T12:30:00Z")));
    assert_eq!(moved.start_zone.as_deref(), Some("W. Europe Standard Time"));
}

#[tokio::test]
async fn grommunio_quirk_07_an_older_version_is_overwritten_and_the_echo_is_known() {
    let (server, client) = empty(Personality::Grommunio).await;
    let start = at("2026-11-24T08:00:00Z");
    server.world(|world| {
        let details = Details::new("Review", start, start + Duration::hours(1), ZONE);
        world.add(ADDRESS, details).unwrap();
    });
    let item = found(&client).await.remove(0);
    let set = |text: &str| UpdateItem {
        item: item.clone(),
        changes: vec![FieldChange::Location(text.to_owned())],
        conflicts: ConflictResolution::NeverOverwrite,
        invitations: Invitations::ToNone,
    };
    let first = client.call(&set("Room 1")).await.unwrap();
    let second = client.call(&set("Room 2")).await.unwrap();
    // Nobody is warned there; the new version is told each time.
    assert_ne!(
        first.item.unwrap().change_key,
        second.item.unwrap().change_key
    );
    let item = stored(&client, &item.id).await;
    assert_eq!(item.location.as_deref(), Some("Room 2"));
}

#[tokio::test]
async fn grommunio_quirk_01_and_16_answers_without_charset_date_gzip_and_ntlm_are_read() {
    let (server, client) = empty(Personality::Grommunio).await;
    let start = at("2026-11-24T08:00:00Z");
    server.world(|world| {
        let details = Details::new("Möte på torget ✓", start, start + Duration::hours(1), ZONE);
        world.add(ADDRESS, details).unwrap();
    });
    let item = found(&client).await.remove(0);
    let read = stored(&client, &item.id).await;
    assert_eq!(read.subject.as_deref(), Some("Möte på torget ✓"));
}

#[tokio::test]
async fn items_are_the_same_whether_they_come_together_or_one_by_one() {
    let (server, client) = empty(Personality::ExchangeSe).await;
    stand_up(&server, called_by_bo);
    let mut ids: Vec<Target> = found(&client)
        .await
        .into_iter()
        .map(|i| i.id.into())
        .collect();
    ids.push(ItemId("AAAA".into()).into());
    let operation = GetItem {
        ids,
        bodies: Bodies::Stored,
        detail: Detail::Meeting,
        extended: vec![],
    };
    let together = client.call(&operation).await.unwrap();
    let mut one_by_one = Vec::new();
    client
        .each(&operation, |answer| one_by_one.push(answer))
        .await
        .unwrap();
    assert_eq!(one_by_one, together);
    assert_eq!(one_by_one.len(), 5);
}

#[tokio::test]
async fn a_server_suggests_times_that_are_free_and_grommunio_none() {
    let wanted = SuggestTimes {
        mailboxes: vec![
            (Smtp(ADDRESS.into()), AttendeeType::Organizer),
            (Smtp(BO.into()), AttendeeType::Required),
        ],
        first: day("2026-11-24"),
        days: 1,
        minutes: 60,
        least: Quality::Excellent,
    };
    let (server, client) = empty(Personality::ExchangeSe).await;
    let busy = at("2026-11-24T08:00:00Z");
    server.world(|world| {
        let details = Details::new("Review", busy, busy + Duration::hours(2), ZONE);
        world.add(BO, details).unwrap();
    });
    let suggested = client.call(&wanted).await.unwrap().unwrap();
    assert!(!suggested.is_empty());
    for one in &suggested {
        assert_eq!(one.quality, Quality::Excellent);
        assert!(one.start >= busy + Duration::hours(2) || one.start + Duration::hours(1) <= busy);
        assert_eq!(one.people.len(), 2);
    }
    let (_server, client) = empty(Personality::Grommunio).await;
    // It takes the question for one about nothing.
    let none = client.call(&wanted).await;
    assert!(matches!(none, Err(ews::Error::Refused { .. })), "{none:?}");
}
