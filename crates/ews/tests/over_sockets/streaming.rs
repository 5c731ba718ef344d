//! Streams over real sockets, TLS and NTLM, and in simulated time.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{sync::Arc, time::Duration};

use ews::{
    Basic, Class, Client, Error, StreamReader,
    operation::{Connection, GetStreamingEvents, Notice, Subscribe, SubscriptionId, Unsubscribe},
};
use exchange_sim::{
    ChannelBinding, Limits, Options, SignIn, Simulator, Transport,
    demo::{self, ADDRESS},
    server::faults::{Effect, Fault},
    world::details::Details,
};
use tokio::time::Instant;

use crate::network::{ask, client_inside, client_of, serve};

/// Exchange as it is delivered, at another pace: a minute takes 20 ms.
fn brisk() -> Options {
    Options {
        transport: Transport::Tls,
        sign_in: SignIn::Ntlm,
        channel_binding: ChannelBinding::Required,
        heartbeat: Duration::from_millis(60),
        stream_minute: Duration::from_millis(20),
        ..Options::default()
    }
}

fn events(ids: Vec<SubscriptionId>) -> GetStreamingEvents {
    GetStreamingEvents {
        ids,
        minutes: GetStreamingEvents::MINUTES,
    }
}

async fn open(client: &Client) -> (SubscriptionId, StreamReader) {
    let id = client.call(&Subscribe).await.unwrap();
    let stream = client.stream(events(vec![id.clone()])).await.unwrap();
    (id, stream)
}

fn add_meeting(server: &Simulator) {
    server.world(|world| {
        let start = world.now();
        let end = start + chrono::Duration::hours(1);
        world
            .add(
                ADDRESS,
                Details::new("Review", start, end, chrono_tz::Tz::Europe__Stockholm),
            )
            .unwrap();
    });
}

#[tokio::test]
async fn quirk_10_and_17_a_stream_tells_of_changes_on_a_connection_of_its_own() {
    let server = serve(Options {
        limits: Limits {
            streams: Some(1),
            ..Limits::default()
        },
        ..brisk()
    })
    .await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    let (id, mut stream) = open(&client).await;
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first.connection, Some(Connection::Ok));
    // Calls go on beside it.
    client.call(&ask()).await.unwrap();
    add_meeting(&server);
    let mut seen = Vec::new();
    while !seen.contains(&Notice::Changed) {
        seen.extend(stream.next().await.unwrap().unwrap().notices);
    }
    // Dropped, it frees its place on the server; also while it is waited for.
    tokio::time::timeout(Duration::from_millis(1), stream.next())
        .await
        .ok();
    drop(stream);
    let mut again = client.stream(events(vec![id.clone()])).await;
    while let Err(Error::Throttled { .. } | Error::Refused { .. }) = again {
        // The server hears of the end a moment later.
        tokio::task::yield_now().await;
        let other = client_of(&server, demo::PASSWORD, Basic::Refused);
        again = other.stream(events(vec![id.clone()])).await;
    }
    let first = again.unwrap().next().await.unwrap().unwrap();
    assert_eq!(first.connection, Some(Connection::Ok));
    let asked = server.requests();
    let streams = asked.iter().filter(|r| r.operation == "GetStreamingEvents");
    for stream in streams {
        let name = |(name, _): &(String, String)| name.clone();
        let names: Vec<_> = stream.headers.iter().map(name).collect();
        assert!(names.contains(&"content-length".to_owned()));
        assert!(!names.contains(&"accept-encoding".to_owned()), "{names:?}");
    }
}

#[tokio::test]
async fn a_stream_ends_by_itself_after_its_29_minutes() {
    let server = serve(brisk()).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    let (id, mut stream) = open(&client).await;
    let (mut heartbeats, mut last) = (0, None);
    while let Some(envelope) = stream.next().await.unwrap() {
        heartbeats += envelope.notices.len();
        last = envelope.connection.or(last);
    }
    assert_eq!(last, Some(Connection::Closed));
    assert!(heartbeats > 3, "{heartbeats} heartbeats");
    let asked = &server.requests().pop().unwrap().request;
    assert!(asked.contains(">29</m:ConnectionTimeout>"), "{asked}");
    client.call(&Unsubscribe { id: id.clone() }).await.unwrap();
    // Twice is no failure: what should be gone is gone.
    client.call(&Unsubscribe { id }).await.unwrap();
}

#[tokio::test]
async fn quirk_09_a_stream_that_is_cut_ends_like_one_that_is_closed() {
    let server = serve(brisk()).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    let cut = Fault::once("GetStreamingEvents", Effect::Truncate);
    server.faults().set(cut);
    let (id, mut stream) = open(&client).await;
    assert!(stream.next().await.unwrap().is_some());
    assert_eq!(stream.next().await, Ok(None));
    // The subscription is still good on this server.
    let mut stream = client.stream(events(vec![id])).await.unwrap();
    assert!(stream.next().await.unwrap().unwrap().fault.is_none());
}

#[tokio::test(start_paused = true)]
async fn quirk_10_after_90_seconds_without_a_byte_a_stream_is_given_up() {
    let server = Arc::new(serve(Options::default()).await);
    let stall = Fault::once("GetStreamingEvents", Effect::Stall);
    server.faults().set(stall);
    let client = client_inside(&server);
    let (_, mut stream) = open(&client).await;
    assert!(stream.next().await.unwrap().is_some());
    let heard = Instant::now();
    // Waiting in pieces makes the wait no longer.
    let piece = Duration::from_secs(50);
    assert!(tokio::time::timeout(piece, stream.next()).await.is_err());
    let silent = stream.next().await.unwrap_err();
    assert!(matches!(silent, Error::Silent { .. }), "{silent:?}");
    assert_eq!(heard.elapsed().as_secs(), 90);
    assert_eq!(silent.class(), Class::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_a_quiet_stream_alive_for_its_29_minutes() {
    let server = Arc::new(serve(Options::default()).await);
    let client = client_inside(&server);
    let (_, mut stream) = open(&client).await;
    let begun = Instant::now();
    let mut heartbeats = 0;
    while let Some(envelope) = stream.next().await.unwrap() {
        heartbeats += envelope.notices.len();
    }
    assert_eq!(heartbeats, 38, "one each 45 s");
    assert_eq!(begun.elapsed().as_secs(), 29 * 60);
}

#[tokio::test]
async fn quirk_12_and_13_an_error_counts_whatever_the_connection_is_said_to_be() {
    let server = serve(brisk()).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    let lost = Effect::StreamError("ErrorReadEventsFailed".to_owned());
    server.faults().set(Fault::once("GetStreamingEvents", lost));
    let (id, mut stream) = open(&client).await;
    assert!(stream.next().await.unwrap().unwrap().fault.is_none());
    let failed = stream.next().await.unwrap().unwrap();
    assert_eq!(failed.connection, Some(Connection::Ok));
    assert_eq!(failed.fault.unwrap().code.class(), Class::SubscriptionLost);
    assert_eq!(failed.bad_ids, [id]);
}

#[tokio::test]
async fn a_subscription_that_the_server_forgot_is_named() {
    let server = serve(brisk()).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    let good = client.call(&Subscribe).await.unwrap();
    let bad = SubscriptionId("bm9uZQ==".to_owned());
    let mut stream = client
        .stream(events(vec![good.clone(), bad.clone()]))
        .await
        .unwrap();
    let failed = stream.next().await.unwrap().unwrap();
    assert_eq!(failed.fault.unwrap().code.class(), Class::SubscriptionLost);
    assert_eq!(failed.bad_ids, [bad]);
    // Without it the good one is heard.
    let mut stream = client.stream(events(vec![good])).await.unwrap();
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first.connection, Some(Connection::Ok));
}

#[tokio::test]
async fn a_second_stream_on_a_subscription_ends_the_first() {
    let server = serve(Options {
        stream_minute: Duration::from_mins(1),
        ..brisk()
    })
    .await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    let (id, mut first) = open(&client).await;
    assert!(first.next().await.unwrap().is_some());
    let _second = client.stream(events(vec![id])).await.unwrap();
    let taken = loop {
        let envelope = first.next().await.unwrap().unwrap();
        if let Some(fault) = envelope.fault {
            break fault;
        }
    };
    assert_eq!(taken.code.class(), Class::StreamTaken);
}

#[tokio::test]
async fn quirk_11_a_proxys_page_in_the_place_of_a_stream_is_no_stream() {
    let page = "<html><body>Gateway Time-out</body></html>";
    for status in [504, 200] {
        let server = serve(brisk()).await;
        let client = client_of(&server, demo::PASSWORD, Basic::Refused);
        let id = client.call(&Subscribe).await.unwrap();
        let answer = Effect::Answer {
            status,
            kind: "text/html".to_owned(),
            body: page.to_owned(),
        };
        server
            .faults()
            .set(Fault::once("GetStreamingEvents", answer));
        let refused = client.stream(events(vec![id.clone()])).await.unwrap_err();
        let expected = if status == 504 {
            Class::Transient
        } else {
            Class::Garbled
        };
        assert_eq!(refused.class(), expected, "{refused}");
        assert!(client.stream(events(vec![id])).await.is_ok());
    }
}

#[tokio::test]
async fn grommunio_quirk_05_and_06_a_changed_folder_wakes_and_a_bad_id_is_named() {
    let server = serve(Options {
        personality: exchange_sim::Personality::Grommunio,
        heartbeat: Duration::from_millis(90),
        ..Options::default()
    })
    .await;
    let endpoint = ews::Endpoint::new(&server.ews_url(), None).unwrap();
    let credentials = ews::Credentials::Password {
        user: ADDRESS.to_owned(),
        password: demo::PASSWORD.to_owned().into(),
        basic: Basic::Refused,
    };
    let client = Client::new(endpoint, credentials, ews::Options::default()).unwrap();
    let (_, mut stream) = open(&client).await;
    assert!(stream.next().await.unwrap().is_some());
    add_meeting(&server);
    let mut seen = Vec::new();
    while !seen.contains(&Notice::Changed) {
        seen.extend(stream.next().await.unwrap().unwrap().notices);
    }
    let bad = SubscriptionId("bm9uZQ==".to_owned());
    let mut stream = client.stream(events(vec![bad.clone()])).await.unwrap();
    let failed = stream.next().await.unwrap().unwrap();
    assert_eq!(failed.fault.unwrap().code.class(), Class::SubscriptionLost);
    assert_eq!(failed.bad_ids, [bad]);
    assert_eq!(failed.connection, Some(Connection::Closed));
}
