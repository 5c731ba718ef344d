//! Strangers cannot use up the connections (SR-64). They come from addresses of
//! their own here, as all of 127.0.0.0/8 is this machine.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where a step fails"
)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

use cloud::config::{Limits, Proxy};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};
use vault::{
    Store as _,
    hybrid::passport::{Audience, Head, Holder, Request, SignKey, sign},
    opaque::OpaqueId,
    remote::{Feed, Told},
    store::{BlindId, Outcome, Replace, SealedBatch},
};

use crate::{
    both::Both,
    limits::{over_tls, status},
    stage::{Device, Place, store},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// What no client signs, and a service answers to everybody.
const OPEN: &str = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// No time-out of these comes to pass within a test.
fn patient() -> Limits {
    Limits {
        first_request_seconds: number(600),
        idle_seconds: number(600),
        ..Limits::default()
    }
}

async fn with(limits: Limits) -> Both {
    Both::with(|service, keys| (service.limits, keys.limits) = (limits, limits)).await
}

/// A connection from the address with this number.
async fn from(number: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    let own = SocketAddr::from((Ipv4Addr::new(127, 0, 0, number), 0));
    socket.bind(own).unwrap();
    socket.connect(to).await.unwrap()
}

/// Waits for the end of a connection, whatever is said before.
async fn ends(mut stream: impl AsyncRead + Unpin) {
    let mut said = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
    // A reset is an end as well.
    let _how = ended.expect("it ends by itself");
}

/// What is answered to a request over a fresh connection.
async fn asked(place: &Place, stream: TcpStream, request: &str) -> Option<u16> {
    let mut stream = over_tls(place, stream).await?;
    stream.write_all(request.as_bytes()).await.ok()?;
    Some(status(&mut stream).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_one_address_has_so_many_connections_and_leaves_room_for_others() {
    const MOST: u32 = 6;
    let both = with(Limits {
        connections_per_address: number(MOST),
        ..patient()
    })
    .await;
    for at in [both.service.address, both.keys.address] {
        let mut held = Vec::new();
        for _ in 0..MOST {
            held.push(from(2, at).await);
        }
        for _ in 0..3 {
            ends(from(2, at).await).await;
        }
        let another = asked(&both.place, from(1, at).await, OPEN).await;
        assert_eq!(another, Some(200), "another address is let in");
        // Where one goes there is room for one.
        held.pop();
        let again = async {
            while asked(&both.place, from(2, at).await, OPEN).await.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, again)
            .await
            .expect("a place");
    }
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_one_stranger_does_not_keep_the_others_out() {
    const MOST: u32 = 5;
    let both = with(Limits {
        strangers_a_minute_per_address: number(MOST),
        ..patient()
    })
    .await;
    for at in [both.service.address, both.keys.address] {
        let by = async |whom: u8| asked(&both.place, from(whom, at).await, OPEN).await;
        for _ in 0..MOST {
            assert_eq!(by(2).await, Some(200));
        }
        assert_eq!(by(2).await, Some(429));
        assert_eq!(by(1).await, Some(200), "another address");
    }
    // Whoever waits for an answer by its random id asks for nothing else.
    let (ours, letter) = (both.organization().id, OpaqueId::random());
    let path = format!("/v1/organizations/{ours}/enrolments/{letter}/answer");
    let look = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let service = both.service.address;
    for _ in 0..2 * MOST {
        let looked = asked(&both.place, from(2, service).await, &look).await;
        assert_eq!(looked, Some(404));
    }
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_behind_a_proxy_each_of_its_clients_has_a_pace_of_its_own() {
    const MOST: u32 = 3;
    let limits = Limits {
        strangers_a_minute_per_address: number(MOST),
        ..patient()
    };
    let proxy = Proxy {
        addresses: vec![Ipv4Addr::new(127, 0, 0, 9).into()],
        header: "x-forwarded-for".to_owned(),
    };
    let both = Both::with(|service, keys| {
        (service.limits, keys.limits) = (limits, limits);
        for listen in [&mut service.listen, &mut keys.listen] {
            listen.proxy = Some(proxy.clone());
        }
    })
    .await;
    for at in [both.service.address, both.keys.address] {
        let by = async |whom: u8, client: &str| {
            let named = format!("\r\nX-Forwarded-For: {client}\r\n\r\n");
            let request = OPEN.replace("\r\n\r\n", &named);
            asked(&both.place, from(whom, at).await, &request).await
        };
        for _ in 0..MOST {
            assert_eq!(by(9, "127.0.1.5").await, Some(200));
        }
        assert_eq!(by(9, "127.0.1.5").await, Some(429));
        assert_eq!(by(9, "127.0.1.5, 127.0.1.6").await, Some(200));
        // Whoever is no proxy names whom they like.
        for client in 1..=MOST {
            let client = format!("127.0.1.{}", 10 + client);
            assert_eq!(by(2, &client).await, Some(200));
        }
        assert_eq!(by(2, "127.0.1.20").await, Some(429));
    }
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_silent_and_slow_connections_end_by_themselves_and_others_have_their_turn() {
    let both = with(Limits {
        connections: number(4),
        first_request_seconds: number(1),
        ..patient()
    })
    .await;
    for at in [both.service.address, both.keys.address] {
        let silent = from(2, at).await;
        let quiet = over_tls(&both.place, from(3, at).await).await.unwrap();
        let mut slow = over_tls(&both.place, from(4, at).await).await.unwrap();
        slow.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: ")
            .await
            .unwrap();
        slow.flush().await.unwrap();
        let mut babbling = from(5, at).await;
        // A handshake that begins, and comes to nothing.
        babbling.write_all(&[22, 3, 1, 2]).await.unwrap();
        // All are in use, and who waits is answered when they have ended.
        let waiting = asked(&both.place, from(1, at).await, OPEN).await;
        assert_eq!(waiting, Some(200));
        tokio::join!(ends(silent), ends(quiet), ends(slow), ends(babbling));
    }
    both.stop().await;
}

async fn told(feed: &mut Feed) -> Option<u64> {
    loop {
        match feed.next().await {
            Ok(Some(Told::Revision(revision))) => return Some(revision),
            Ok(Some(Told::Alive)) => {}
            _ => return None,
        }
    }
}

async fn feed(both: &Both, device: &Device) -> Feed {
    let [url, _] = both.urls();
    let caller = device.caller(&both.place, &url, Audience::Service, &both.clock);
    let mut feed = store(caller, device.mailbox).changes().await.unwrap();
    assert_eq!(told(&mut feed).await, Some(0));
    feed
}

fn batch() -> SealedBatch {
    SealedBatch {
        series: BlindId([1; 16]),
        keys: None,
        after: None,
        replace: Replace::Nothing,
        put: Vec::new(),
        beside: Vec::new(),
        delete: Vec::new(),
        head: b"one".to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_a_connection_without_requests_ends_and_a_feed_stays() {
    let both = with(Limits {
        idle_seconds: number(1),
        ..patient()
    })
    .await;
    let (ours, mailbox) = (both.organization(), OpaqueId::random());
    both.put_mailbox(&ours, mailbox).await;
    let device = both.device(&ours, mailbox).await;
    let mut feed = feed(&both, &device).await;
    // Twice as long as a connection may be idle.
    for _ in 0..2 {
        let idle = from(2, both.service.address).await;
        idle.set_nodelay(true).unwrap();
        let mut idle = over_tls(&both.place, idle).await.unwrap();
        idle.write_all(OPEN.as_bytes()).await.unwrap();
        assert_eq!(status(&mut idle).await, 200);
        ends(idle).await;
    }
    let [url, _] = both.urls();
    let writer = ours.caller(&both.place, &url, Audience::Service, &both.clock);
    let done = store(writer, mailbox).commit(batch()).await;
    assert_eq!(done, Ok(Outcome::Done));
    assert_eq!(told(&mut feed).await, Some(1));
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_who_does_not_take_what_was_asked_for_is_given_up() {
    let both = with(Limits {
        idle_seconds: number(1),
        strangers_a_minute: number(1_000_000),
        strangers_a_minute_per_address: number(1_000_000),
        ..patient()
    })
    .await;
    let stream = from(2, both.service.address).await;
    let mut greedy = over_tls(&both.place, stream).await.unwrap();
    // Some hundred megabytes of answers, none of which is read. It ends when
    // nothing more is taken from it, either.
    let asking = async {
        let many = OPEN.repeat(100);
        while greedy.write_all(many.as_bytes()).await.is_ok() {}
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("an end");
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_the_end_of_a_program_waits_for_nobody_who_asks_nothing() {
    let both = with(patient()).await;
    let mut held = Vec::new();
    for at in [both.service.address, both.keys.address] {
        held.push(from(2, at).await);
        let idle = from(3, at).await;
        let mut idle = over_tls(&both.place, idle).await.unwrap();
        idle.write_all(OPEN.as_bytes()).await.unwrap();
        assert_eq!(status(&mut idle).await, 200);
        held.push(idle.into_inner().0);
    }
    let stopped = tokio::time::timeout(PATIENCE, both.stop()).await;
    stopped.expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_of_one_device_the_eldest_feed_ends_when_there_are_too_many() {
    let both = with(patient()).await;
    let (ours, mailbox) = (both.organization(), OpaqueId::random());
    both.put_mailbox(&ours, mailbox).await;
    let device = both.device(&ours, mailbox).await;
    let second = both.device(&ours, mailbox).await;
    let mut of_another = feed(&both, &second).await;
    let mut feeds = Vec::new();
    for _ in 0..=cloud::service::FEEDS_OF_ONE {
        feeds.push(feed(&both, &device).await);
    }
    let ended = tokio::time::timeout(PATIENCE, told(&mut feeds[0])).await;
    assert_eq!(ended, Ok(None), "the eldest ends");
    let [url, _] = both.urls();
    let writer = ours.caller(&both.place, &url, Audience::Service, &both.clock);
    let done = store(writer, mailbox).commit(batch()).await;
    assert_eq!(done, Ok(Outcome::Done));
    for feed in feeds[1..].iter_mut().chain([&mut of_another]) {
        assert_eq!(told(feed).await, Some(1), "the others stay");
    }
    both.stop().await;
}

/// A request for the keys that the holder's key has signed, or another one.
fn signed(organization: OpaqueId, holder: Holder, key: &SignKey, now: u64) -> String {
    let path = format!("/v1/mailboxes/{}/keys", OpaqueId::random());
    let request = Request {
        head: Head {
            audience: Audience::Service,
            method: "GET",
            path: &path,
        },
        body: b"",
    };
    let proof = sign(key, organization, holder, request, now);
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {proof}\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_who_proves_nothing_is_looked_up_at_the_pace_of_one_address() {
    const PACE: u32 = 3;
    let both = with(Limits {
        unproven_a_minute: number(PACE),
        ..patient()
    })
    .await;
    let (ours, at) = (both.organization(), both.service.address);
    let (now, own) = (both.clock.now(), ours.connector.sign());
    let by = async |number: u8, holder: Holder, key: &SignKey| {
        let request = signed(ours.id, holder, key, now);
        asked(&both.place, from(number, at).await, &request).await
    };
    // Of who has proven who it is nothing is counted any more.
    assert_eq!(by(2, Holder::Connector, &own).await, Some(404));
    let forged = SignKey::generate();
    let made_up = || Holder::Device(OpaqueId::random());
    for _ in 1..PACE {
        assert_eq!(by(2, made_up(), &forged).await, Some(401));
    }
    assert_eq!(by(2, made_up(), &forged).await, Some(429));
    assert_eq!(
        by(2, Holder::Connector, &own).await,
        Some(404),
        "it goes on"
    );
    assert_eq!(by(3, made_up(), &forged).await, Some(401), "elsewhere");
    both.stop().await;
}
