//! Requirements on the connector's security that whole runs show, each by its
//! number.

#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use exchange_sim::{
    Simulator,
    world::{
        details::{Body, Details, Person, Response},
        mailbox::OofState,
    },
};
use tokio::net::TcpListener;

use crate::stage::{Stage, address, eventually, meeting, settings, simulator, world};

/// What a connector may ask of Exchange: the operations that Cisco's connector
/// has (docs/HYBRID-CONNECTOR.md), and what was agreed beside them.
const MAY: [&str; 14] = [
    "ConvertId",
    "CreateItem",
    "FindItem",
    "GetFolder",
    "GetItem",
    "GetStreamingEvents",
    "GetUserAvailability",
    "GetUserOofSettings",
    "Subscribe",
    "SyncFolderItems",
    "Unsubscribe",
    "UpdateItem",
    // A list that is a distribution group, and names that clients complete.
    "ExpandDL",
    "ResolveNames",
];

/// Everything that a connector does by itself: it follows changes, writes join
/// details, asks about absence and ends its subscriptions.
#[tokio::test]
async fn sr_47_a_connector_asks_exchange_for_nothing_beyond_what_was_agreed() {
    let mut world = world(4);
    for number in 0..4 {
        let of = address(number);
        let planning = meeting(&of, "Planning", 4).at("@webex");
        world.add(&of, planning).expect("an item");
    }
    world.mailbox_mut(&address(1)).expect("one").oof.state = OofState::Enabled;
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 4).await;
    stage.until(|m| &m.listening, 4).await;
    stage.until(|m| &m.join_details, 4).await;
    stage.until(|m| &m.oof_asked, 4).await;
    simulator.world(|world| {
        let number = world.find(&address(0), "Planning").expect("a meeting");
        world.delete(&address(0), number).expect("a deletion");
    });
    eventually("the deletion", async || stage.titles(0).await.is_empty()).await;
    stage.connector.stop().await;

    let asked: BTreeSet<String> = simulator
        .requests()
        .into_iter()
        .map(|request| request.operation)
        .filter(|operation| !operation.is_empty())
        .collect();
    let beyond: Vec<_> = asked
        .iter()
        .filter(|operation| !MAY.contains(&operation.as_str()))
        .collect();
    assert!(beyond.is_empty(), "{beyond:?}");
    for operation in ["SyncFolderItems", "UpdateItem", "GetUserOofSettings"] {
        assert!(
            asked.contains(operation),
            "the run went that far: {asked:?}"
        );
    }
}

const WRITTEN: &str = "<html><head><style>p{x:y}</style></head>\r\n<body lang=EN-GB>\
                       <p>Agenda &amp; \u{e5}\u{e4}\u{f6}</p><!-- kept -->\t<br/>\r\n</body></html>";

/// What the organizer made, without what a write may change.
fn untouched(details: &Details) -> Details {
    Details {
        body: Body::default(),
        extended: BTreeMap::new(),
        ..details.clone()
    }
}

#[tokio::test]
async fn sr_48_of_a_meeting_the_join_details_change_and_nothing_else() {
    let mut world = world(2);
    let of = address(0);
    let guest = Person::new("A Guest", address(1));
    let made = meeting(&of, "Planning", 4)
        .at("@webex")
        .html(WRITTEN)
        .with(guest, Response::Accept);
    let number = world.add(&of, made.clone()).expect("an item");
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 2).await;
    stage.until(|m| &m.join_details, 1).await;
    let items = |of: &str| -> Vec<Details> {
        simulator.world(|world| {
            let calendar = &world.mailbox(of).expect("a mailbox").calendar;
            calendar.items().map(|item| item.details.clone()).collect()
        })
    };
    let now = items(&of);
    assert_eq!(now.len(), 1, "{number:?}");
    assert_eq!(untouched(&now[0]), untouched(&made));
    let Body::Html(body) = &now[0].body else {
        panic!("HTML stays HTML");
    };
    let begin = body
        .find("<div><p>---- Joinbell ----")
        .expect("a beginning");
    let end = "---- /Joinbell ----</p></div>";
    let end = body.find(end).expect("an end") + end.len();
    assert_eq!([&body[..begin], &body[end..]].concat(), WRITTEN);
    assert_eq!(now[0].extended.len(), 1, "one property, ours");

    let requests = simulator.requests();
    let mut writes = requests.iter().filter(|r| r.operation == "UpdateItem");
    let write = writes.next().expect("a write");
    assert_eq!(writes.count(), 0, "one write");
    assert_eq!(write.request.matches("<t:SetItemField>").count(), 2);
    assert!(!write.request.contains("DeleteItemField"));
    for said in [
        "ConflictResolution=\"NeverOverwrite\"",
        "SendMeetingInvitationsOrCancellations=\"SendToNone\"",
    ] {
        assert!(write.request.contains(said), "{said} is said");
    }
    assert!(items(&address(1)).is_empty(), "nobody was mailed");
    stage.connector.stop().await;
}

#[tokio::test]
async fn sr_48_attendees_are_mailed_once_where_that_is_configured_and_else_not() {
    for tell_attendees in [true, false] {
        let mut world = world(2);
        let of = address(0);
        let guest = Person::new("A Guest", address(1));
        let made = meeting(&of, "Planning", 4)
            .at("@webex")
            .with(guest, Response::NoResponseReceived);
        world.add(&of, made).expect("an item");
        let simulator = simulator(world).await;
        let mut settings = settings(&simulator);
        let keywords = settings.keywords.as_mut().expect("keywords");
        keywords.tell_attendees = tell_attendees;
        let stage = Stage::with(settings, 2).await;
        stage.until(|m| &m.join_details, 1).await;
        stage.until(|m| &m.listening, 2).await;
        if tell_attendees {
            eventually("the guest's calendar", async || {
                stage.titles(1).await == ["Planning"]
            })
            .await;
        }
        // What came of it in both mailboxes has been looked at.
        stage.connector.sweep().await;
        stage.until(|m| &m.owed, 0).await;
        let sent: Vec<String> = simulator
            .requests()
            .into_iter()
            .filter(|request| request.operation == "UpdateItem")
            .map(|request| request.request)
            .collect();
        assert_eq!(sent.len(), 1, "once, and no echo of it");
        let said = if tell_attendees {
            "\"SendToAllAndSaveCopy\""
        } else {
            "\"SendToNone\""
        };
        assert!(sent[0].contains(said), "{}", sent[0]);
        let mailed: Vec<Details> = simulator.world(|world| {
            let guest = world.mailbox(&address(1)).expect("a mailbox");
            let items = guest.calendar.items();
            items.map(|item| item.details.clone()).collect()
        });
        assert_eq!(mailed.len(), usize::from(tell_attendees));
        for invitation in mailed {
            let body = format!("{:?}", invitation.body);
            assert!(body.contains("Joinbell"), "with the details: {body}");
        }
        stage.connector.stop().await;
    }
}

/// Counts who connects.
async fn trap() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let caught = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&caught);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, caught)
}

#[tokio::test]
async fn sr_50_no_address_that_stands_in_a_meeting_is_ever_asked() {
    let (port, caught) = trap().await;
    let mut world = world(1);
    let of = address(0);
    let addresses = [
        format!("http://127.0.0.1:{port}/room"),
        format!("https://127.0.0.1:{port}/room"),
        format!("https://localhost:{port}/j/1234567890"),
        format!("http://[::ffff:127.0.0.1]:{port}/latest/meta-data"),
        format!("https://acme.webex.com@127.0.0.1:{port}/meet/anna"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://100.64.0.1/".to_owned(),
    ];
    for (at, link) in addresses.iter().enumerate() {
        let html = format!("<p><img src=\"{link}\"><a href=\"{link}\">Join</a></p>");
        let mut one = meeting(&of, &format!("Meeting {at}"), 3)
            .at(link.as_str())
            .html(html);
        one.join_url = Some(link.clone());
        world.add(&of, one).expect("an item");
        // One that asks for join details in addition.
        let location = format!("@webex {link}");
        let asking = meeting(&of, &format!("Asking {at}"), 5).at(location);
        world.add(&of, asking).expect("an item");
    }
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 1).await;
    stage.until(|m| &m.listening, 1).await;
    let all = 2 * addresses.len();
    eventually("all meetings", async || stage.titles(0).await.len() == all).await;
    stage.connector.stop().await;
    assert_eq!(caught.load(Ordering::SeqCst), 0);
}

/// Does something somewhere, by the numbers of a seed.
fn act(simulator: &Simulator, random: &mut fastrand::Rng, mailboxes: usize, step: usize) {
    let at = random.usize(..mailboxes);
    let of = address(at);
    simulator.world(|world| match random.u8(..4) {
        0..=1 => {
            let hours = i64::try_from(4 + step % 90).expect("few hours");
            // The title says whose it is; the same title is made in others.
            let made = meeting(&of, &format!("of {at:03} in {step}"), hours);
            world.add(&of, made).expect("an item");
        }
        2 => {
            let first = world.mailbox(&of).and_then(|mailbox| {
                let mut items = mailbox.calendar.items();
                items.next().map(|item| item.details.subject.clone())
            });
            if let Some(number) = first.and_then(|subject| world.find(&of, &subject)) {
                world.delete(&of, number).expect("a deletion");
            }
        }
        _ => {
            let mailbox = world.mailbox_mut(&of).expect("a mailbox");
            mailbox.oof.state = OofState::Enabled;
        }
    });
    match random.u8(..12) {
        0 => simulator.close_streams(),
        1 => simulator.forget_subscriptions(),
        2 => {
            simulator.move_mailbox(&of);
        }
        _ => {}
    }
}

#[tokio::test]
async fn sr_51_whatever_happens_in_which_mailbox_it_is_sealed_into_no_other() {
    const MAILBOXES: usize = 24;
    let simulator = simulator(world(MAILBOXES)).await;
    let stage = Stage::with(settings(&simulator), MAILBOXES).await;
    stage.until(|m| &m.listening, MAILBOXES as u64).await;
    let mut random = fastrand::Rng::with_seed(51);
    for step in 0..160 {
        act(&simulator, &mut random, MAILBOXES, step);
    }
    let on_server = |number: usize| {
        simulator.world(|world| {
            let calendar = &world.mailbox(&address(number)).expect("one").calendar;
            let mut titles: Vec<String> = calendar
                .items()
                .map(|item| item.details.subject.clone())
                .collect();
            titles.sort_unstable();
            titles
        })
    };
    stage.connector.sweep().await;
    for number in 0..MAILBOXES {
        let what = format!("mailbox {number} is as on the server");
        eventually(&what, async || {
            stage.titles(number).await == on_server(number)
        })
        .await;
        let own = format!("of {number:03} ");
        let titles = stage.titles(number).await;
        assert!(
            titles.iter().all(|title| title.starts_with(&own)),
            "{titles:?}"
        );
    }
    stage.connector.stop().await;
}
