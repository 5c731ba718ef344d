//! Many mailboxes by one account, on several mailbox servers behind one front
//! end.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::sync::Arc;

use ews::{
    Class, Client, StreamReader,
    item::Smtp,
    operation::{GetCalendarFolder, GetStreamingEvents, Notice, Subscribe, SubscriptionId},
    transport::Group,
};
use exchange_sim::{
    SignIn, Simulator,
    demo::ADDRESS,
    server::record::Recorded,
    world::{details::Details, mailbox::Scope},
};

use crate::network::{client_inside, serve};

const ZONE: chrono_tz::Tz = chrono_tz::Tz::Europe__Stockholm;

/// Six mailboxes on three servers; the account may act for all.
async fn farm() -> (Arc<Simulator>, Vec<Smtp>) {
    let server = serve(exchange_sim::Options {
        backends: 3,
        // The requests of a handshake would be counted too.
        sign_in: SignIn::NtlmOrBasic,
        ..exchange_sim::Options::default()
    })
    .await;
    let mailboxes: Vec<Smtp> = (1..=6)
        .map(|n| Smtp(format!("user{n}@example.org")))
        .collect();
    server.world(|world| {
        for Smtp(address) in &mailboxes {
            world.add_mailbox(address, address, ZONE, "x");
        }
        world.mailbox_mut(ADDRESS).unwrap().impersonates = Scope::Everybody;
    });
    (Arc::new(server), mailboxes)
}

/// Subscribes for all members, the anchor first.
async fn subscribe(account: &Client, group: &Group) -> Vec<SubscriptionId> {
    let mut ids = Vec::new();
    for member in group.members() {
        let client = account.for_mailbox(member.clone()).in_group(group);
        ids.push(client.call(&Subscribe).await.unwrap());
    }
    ids
}

async fn open(account: &Client, group: &Group, ids: Vec<SubscriptionId>) -> StreamReader {
    let anchor = account.for_mailbox(group.anchor().clone()).in_group(group);
    let minutes = GetStreamingEvents::MINUTES;
    anchor
        .stream(GetStreamingEvents { ids, minutes })
        .await
        .unwrap()
}

fn add_meeting(server: &Simulator, mailbox: &Smtp) {
    server.world(|world| {
        let start = world.now();
        let end = start + chrono::Duration::hours(1);
        world
            .add(&mailbox.0, Details::new("Review", start, end, ZONE))
            .unwrap();
    });
}

async fn hears(stream: &mut StreamReader) {
    loop {
        let envelope = stream.next().await.unwrap().unwrap();
        assert_eq!(envelope.fault, None);
        if envelope.notices.contains(&Notice::Changed) {
            return;
        }
    }
}

fn header<'a>(request: &'a Recorded, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(n, _)| n == name)?;
    Some(&found.1)
}

#[tokio::test(start_paused = true)]
async fn one_stream_tells_of_a_groups_mailboxes_wherever_they_are() {
    let (server, mailboxes) = farm().await;
    let account = client_inside(&server);
    let group = Group::of(mailboxes.clone()).remove(0);
    let ids = subscribe(&account, &group).await;
    let mut stream = open(&account, &group, ids).await;
    for mailbox in &mailboxes {
        add_meeting(&server, mailbox);
        hears(&mut stream).await;
    }
    // The first of all asked what the server offers.
    let asked = server.requests().split_off(1);
    for (number, request) in asked.iter().enumerate() {
        assert_eq!(header(request, "x-preferserveraffinity"), Some("true"));
        assert_eq!(
            header(request, "x-anchormailbox"),
            Some("user1@example.org")
        );
        let cookie = header(request, "cookie").unwrap_or_default();
        // Only the first answer names the server.
        assert_eq!(cookie.contains("X-BackEndOverrideCookie="), number > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_group_the_subscriptions_lie_on_different_servers() {
    let (server, mailboxes) = farm().await;
    let account = client_inside(&server);
    let mut ids = Vec::new();
    for mailbox in mailboxes {
        let alone = account.for_mailbox(mailbox);
        ids.push(alone.call(&Subscribe).await.unwrap());
    }
    let minutes = GetStreamingEvents::MINUTES;
    let operation = GetStreamingEvents { ids, minutes };
    let mut stream = account.stream(operation).await.unwrap();
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first.fault.unwrap().code.class(), Class::SubscriptionLost);
}

#[tokio::test(start_paused = true)]
async fn after_a_move_of_the_anchor_the_group_finds_its_new_server() {
    let (server, mailboxes) = farm().await;
    let account = client_inside(&server);
    let group = Group::of(mailboxes.clone()).remove(0);
    let ids = subscribe(&account, &group).await;
    let mut stream = open(&account, &group, ids).await;
    assert!(server.move_mailbox(&group.anchor().0));
    let lost = loop {
        if let Some(fault) = stream.next().await.unwrap().unwrap().fault {
            break fault;
        }
    };
    assert_eq!(lost.code.class(), Class::SubscriptionLost);
    drop(stream);
    server.forget_requests();
    let ids = subscribe(&account, &group).await;
    let first = server.requests().remove(0);
    let cookie = header(&first, "cookie").unwrap_or_default().to_owned();
    assert!(!cookie.contains("X-BackEndOverrideCookie"), "{cookie}");
    let mut stream = open(&account, &group, ids).await;
    for mailbox in &mailboxes {
        add_meeting(&server, mailbox);
        hears(&mut stream).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_mailbox_has_its_own_cookies_and_its_calls_name_it() {
    let (server, mailboxes) = farm().await;
    let account = client_inside(&server);
    let clients: Vec<Client> = mailboxes
        .iter()
        .map(|mailbox| account.for_mailbox(mailbox.clone()))
        .collect();
    for client in &clients {
        client.call(&GetCalendarFolder).await.unwrap();
    }
    for request in server.requests() {
        assert_eq!(
            header(&request, "cookie"),
            None,
            "a cookie of another mailbox"
        );
    }
    server.forget_requests();
    for client in &clients {
        client.call(&GetCalendarFolder).await.unwrap();
    }
    for (request, Smtp(mailbox)) in server.requests().iter().zip(&mailboxes) {
        assert_eq!(&request.mailbox, mailbox);
        assert_eq!(header(request, "x-anchormailbox"), Some(mailbox.as_str()));
        assert_eq!(header(request, "x-preferserveraffinity"), None);
        let cookie = header(request, "cookie").unwrap();
        assert!(cookie.starts_with("X-BackEndCookie="), "{cookie}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_mailbox_does_not_silence_the_others() {
    use exchange_sim::server::faults::{Effect, Fault, Lasts};
    let (server, mailboxes) = farm().await;
    let account = client_inside(&server);
    server.faults().set(Fault {
        operation: None,
        mailbox: Some(mailboxes[0].0.clone()),
        lasts: Lasts::Always,
        effect: Effect::SoapFault {
            code: "ErrorServerBusy".to_owned(),
            back_off: Some(60_000),
        },
    });
    let busy = account.for_mailbox(mailboxes[0].clone());
    let refused = busy.call(&GetCalendarFolder).await.unwrap_err();
    assert_eq!(refused.class(), Class::Throttled);
    let other = account.for_mailbox(mailboxes[1].clone());
    other.call(&GetCalendarFolder).await.unwrap();
}
