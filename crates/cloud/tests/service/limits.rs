//! What both programs let through (SR-64): how many requests, how long, how
//! many letters wait, and that memory grows with none of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where a step fails"
)]

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc};

use cloud::config::Limits;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use vault::{
    hybrid::{
        passport::{self, Audience, Head, Holder, Request, SignKey},
        wire::ReleaseMessage,
    },
    opaque::OpaqueId,
    remote::{Asked, Caller, RemoteError, Stranger},
};

use crate::{
    both::Both,
    stage::{self, Device, Organization, Place, SetClock, real_now},
};

/// A program that waits for a body answers later.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(20);

/// A body's limit in these tests.
const LIMIT: usize = 10_000;

pub(crate) fn limits(requests: u32, strangers: u32) -> Limits {
    Limits {
        requests_a_minute: NonZeroU32::new(requests).unwrap(),
        connector_requests_a_minute: NonZeroU32::new(requests).unwrap(),
        strangers_a_minute: NonZeroU32::new(strangers).unwrap(),
        strangers_a_minute_per_address: NonZeroU32::new(1_000_000).unwrap(),
        body_bytes: LIMIT,
        connector_body_bytes: LIMIT,
        ..Limits::default()
    }
}

pub(crate) fn stranger(place: &Place, url: &str, to: OpaqueId, clock: &SetClock) -> Stranger {
    let ca = place.file("ca.pem");
    let caller = Caller::new(url, Some(&ca), Audience::Service, None, clock.clock());
    Stranger::new(caller.unwrap(), to)
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_a_body_or_a_haste_beyond_the_limits_is_refused() {
    let place = Place::new();
    let clock = SetClock::at(real_now());
    let mut config = place.service_config();
    config.limits = limits(5, 3);
    let service = cloud::service::start(&config, clock.clock()).await.unwrap();
    let url = format!("https://{}", service.address);
    let ours = Organization::new();
    ours.add_with(&place, "service");

    let stranger = stranger(&place, &url, ours.id, &clock);
    let long = stranger.write(OpaqueId::random(), vec![0; 4096]).await;
    assert!(matches!(long, Err(RemoteError::TooLong(_))), "{long:?}");
    for _ in 0..2 {
        stranger
            .write(OpaqueId::random(), b"sealed".to_vec())
            .await
            .unwrap();
    }
    let hasty = stranger.write(OpaqueId::random(), b"sealed".to_vec()).await;
    assert!(matches!(hasty, Err(RemoteError::Busy(_))), "{hasty:?}");

    let caller = Arc::new(ours.caller(&place, &url, Audience::Service, &clock));
    let path = format!("/v1/mailboxes/{}/series", OpaqueId::random());
    for _ in 0..5 {
        let answer = caller.ask(Asked::get(&path), 1000).await;
        assert!(matches!(answer, Err(RemoteError::Absent(_))), "{answer:?}");
    }
    let hasty = caller.ask(Asked::get(&path), 1000).await;
    assert!(matches!(hasty, Err(RemoteError::Busy(_))), "{hasty:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_organizations_that_strangers_make_up_share_one_pace() {
    let place = Place::new();
    let clock = SetClock::at(real_now());
    let mut config = place.service_config();
    config.limits = limits(100, 8);
    let service = cloud::service::start(&config, clock.clock()).await.unwrap();
    let url = format!("https://{}", service.address);
    let ours = Organization::new();
    ours.add_with(&place, "service");
    let known = stranger(&place, &url, ours.id, &clock);
    known.connector().await.unwrap();
    let mut absent = 0;
    let refused = loop {
        let made_up = stranger(&place, &url, OpaqueId::random(), &clock);
        match made_up.connector().await {
            Err(RemoteError::Absent(_)) => absent += 1,
            other => break other,
        }
        assert!(absent <= 8, "each made-up id has a pace of its own");
    };
    assert!(matches!(refused, Err(RemoteError::Busy(_))), "{refused:?}");
    // Those of a real one are not held up by it.
    known.connector().await.unwrap();
    service.stop().await;
}

/// A connection on which requests are written by hand.
pub(crate) async fn connected(place: &Place, address: SocketAddr) -> TlsStream<TcpStream> {
    let tcp = TcpStream::connect(address).await.unwrap();
    over_tls(place, tcp).await.unwrap()
}

/// TLS over a connection; `None` where it is broken off.
pub(crate) async fn over_tls(place: &Place, tcp: TcpStream) -> Option<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(place.file("ca.pem")).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::from(tcp.peer_addr().ok()?.ip());
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, tcp).await.ok()
}

/// The status of the answer.
pub(crate) async fn status(stream: &mut TlsStream<TcpStream>) -> u16 {
    stream.flush().await.unwrap();
    let mut line = [0; 12];
    let answered = tokio::time::timeout(WITHIN, stream.read_exact(&mut line)).await;
    answered.expect("it does not wait for more").unwrap();
    let line = String::from_utf8_lossy(&line).into_owned();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_a_connector_asks_for_all_of_its_mailboxes_and_a_device_for_one() {
    let both = Both::with(|service, _| {
        service.limits.requests_a_minute = NonZeroU32::new(3).unwrap();
        service.limits.connector_requests_a_minute = NonZeroU32::new(12).unwrap();
    })
    .await;
    let (ours, mailbox) = (both.organization(), OpaqueId::random());
    both.put_mailbox(&ours, mailbox).await;
    let device = both.device(&ours, mailbox).await;
    let [url, _] = both.urls();
    let path = format!("/v1/mailboxes/{mailbox}/series");
    let answered = async |caller: Caller| {
        let mut answered = 0;
        while caller.ask(Asked::get(&path), 1000).await.is_ok() {
            answered += 1;
        }
        answered
    };
    let (place, clock) = (&both.place, &both.clock);
    let by_device = answered(device.caller(place, &url, Audience::Service, clock)).await;
    assert_eq!(by_device, 3);
    // Two were for the mailbox and the device.
    let by_connector = answered(ours.caller(place, &url, Audience::Service, clock)).await;
    assert_eq!(by_connector, 10);
    both.stop().await;
}

/// Whoever stands between a device and the key service sends its request again.
#[tokio::test(flavor = "multi_thread")]
async fn sr_53_a_request_for_keys_that_is_repeated_costs_its_device_nothing() {
    let both = Both::with(|_, keys| {
        keys.releases_a_minute = NonZeroU32::new(2).unwrap();
        keys.limits = limits(3, 1000);
    })
    .await;
    let (ours, mailbox) = (both.organization(), OpaqueId::random());
    both.put_mailbox(&ours, mailbox).await;
    let device = both.device(&ours, mailbox).await;
    let nonce = OpaqueId::random();
    let body = serde_json::to_vec(&ReleaseMessage { nonce }).unwrap();
    let path = format!("/v1/mailboxes/{mailbox}/release");
    let length = format!("Content-Length: {}", body.len());
    let sender = Sender::device(&device, Audience::Keys);
    let head = sender.head(("POST", &path), &body, &length);
    let request = [head.as_bytes(), &body].concat();
    let sent = async || {
        let mut relay = connected(&both.place, both.keys.address).await;
        relay.write_all(&request).await.unwrap();
        status(&mut relay).await
    };
    assert_eq!(sent().await, 200);
    for _ in 0..10 {
        assert_eq!(sent().await, 409, "it is answered once");
    }
    let keys = both.keys_of(&device);
    let release = async || keys.release(mailbox, &device.keys.open).await.map(drop);
    assert_eq!(release().await, Ok(()), "the second of two");
    let refused = release().await;
    assert!(matches!(refused, Err(RemoteError::Busy(_))), "{refused:?}");
    let database = cloud::server::open(&both.place.keys_config().database, &[]).await;
    let database = database.unwrap();
    let deeds = cloud::keys::read_audit(&database, ours.id).await.unwrap();
    let releases = deeds.iter().filter(|one| one.what == "was given the keys");
    assert_eq!(releases.count(), 2, "nobody fills the audit log");
    database.close().await;
    both.stop().await;
}

/// Who sends.
pub(crate) struct Sender {
    organization: OpaqueId,
    holder: Holder,
    key: SignKey,
    audience: Audience,
}

impl Sender {
    fn connector(of: &Organization, audience: Audience) -> Self {
        Self {
            organization: of.id,
            holder: Holder::Connector,
            key: of.connector.sign(),
            audience,
        }
    }

    pub(crate) fn device(device: &Device, audience: Audience) -> Self {
        Self {
            organization: device.organization,
            holder: Holder::Device(device.id),
            key: device.keys.sign(),
            audience,
        }
    }

    /// The head of a signed request, whose length says `more`.
    pub(crate) fn head(&self, (method, path): (&str, &str), body: &[u8], more: &str) -> String {
        let signed = Request {
            head: Head {
                audience: self.audience,
                method,
                path,
            },
            body,
        };
        let proof = passport::sign(
            &self.key,
            self.organization,
            self.holder,
            signed,
            real_now(),
        );
        format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {proof}\r\n\
             Content-Type: application/json\r\n{more}\r\n\r\n"
        )
    }
}

/// One that says its length, of which no byte is awaited; one that does not,
/// and goes on; and the longest that is taken.
async fn bodies_are_limited(
    place: &Place,
    at: SocketAddr,
    sender: &Sender,
    what: (&str, &str),
) -> [u16; 3] {
    let mut said = connected(place, at).await;
    let head = sender.head(what, b"", "Content-Length: 10000000000");
    said.write_all(head.as_bytes()).await.unwrap();
    let said = status(&mut said).await;

    let mut going_on = connected(place, at).await;
    // Signed over another body: the same request is not taken twice.
    let head = sender.head(what, b"x", "Transfer-Encoding: chunked");
    going_on.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", LIMIT + 1, "x".repeat(LIMIT + 1));
    going_on.write_all(chunk.as_bytes()).await.unwrap();
    let going_on = status(&mut going_on).await;

    let mut longest = connected(place, at).await;
    let body = "x".repeat(LIMIT);
    let length = format!("Content-Length: {LIMIT}");
    let head = sender.head(what, body.as_bytes(), &length);
    longest.write_all(head.as_bytes()).await.unwrap();
    longest.write_all(body.as_bytes()).await.unwrap();
    [said, going_on, status(&mut longest).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_a_long_body_of_somebody_known_is_refused_at_both_programs_unread() {
    let both = Both::with(|service, keys| {
        (service.limits, keys.limits) = (limits(1000, 1000), limits(1000, 1000));
    })
    .await;
    let (ours, mailbox) = (both.organization(), OpaqueId::random());
    both.put_mailbox(&ours, mailbox).await;
    let device = both.device(&ours, mailbox).await;
    let (service, keys) = (both.service.address, both.keys.address);

    let any = OpaqueId::random();
    let series = format!("/v1/mailboxes/{mailbox}/series/{any}");
    let ask = format!("/v1/mailboxes/{mailbox}/asks/{any}");
    let put = format!("/v1/mailboxes/{mailbox}/devices/{any}");
    let release = format!("/v1/mailboxes/{mailbox}/release");
    let (to_service, to_keys) = (Audience::Service, Audience::Keys);
    for (at, sender, what) in [
        (
            service,
            Sender::connector(&ours, to_service),
            ("POST", &series),
        ),
        (service, Sender::device(&device, to_service), ("PUT", &ask)),
        (keys, Sender::connector(&ours, to_keys), ("PUT", &put)),
        (keys, Sender::connector(&ours, to_keys), ("POST", &release)),
        (keys, Sender::device(&device, to_keys), ("POST", &release)),
    ] {
        let what = (what.0, what.1.as_str());
        let answered = bodies_are_limited(&both.place, at, &sender, what).await;
        // The longest one is read, and is no message.
        assert_eq!(answered, [413, 413, 400], "{what:?} by {}", sender.holder);
    }
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_a_body_that_does_not_come_is_not_awaited_for_ever() {
    let place = Place::new();
    let clock = SetClock::at(real_now());
    let mut config = place.service_config();
    config.limits.body_seconds = NonZeroU32::MIN;
    let service = cloud::service::start(&config, clock.clock()).await.unwrap();
    let ours = Organization::new();
    ours.add_with(&place, "service");
    let (organization, letter) = (ours.id, OpaqueId::random());
    let path = format!("/v1/organizations/{organization}/enrolments/{letter}");
    let begun = "Content-Length: 100\r\n\r\n{\"sealed\":";
    let mut stream = connected(&place, service.address).await;
    let request = format!("PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{begun}");
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(status(&mut stream).await, 408);
    service.stop().await;
}

/// Whoever names the connector has not proven to be it.
#[tokio::test(flavor = "multi_thread")]
async fn sr_64_of_whoever_may_not_no_byte_of_a_body_is_awaited() {
    let both = Both::start().await;
    let ours = both.organization();
    let mailbox = OpaqueId::random();
    let put = format!("/v1/mailboxes/{mailbox}/devices/{}", OpaqueId::random());
    let mut longer = String::from("Content-Length: 5000");
    for (at, audience) in [
        (both.service.address, Audience::Service),
        (both.keys.address, Audience::Keys),
    ] {
        let connector = Sender::connector(&ours, audience);
        let forger = Sender {
            key: SignKey::generate(),
            ..Sender::connector(&ours, audience)
        };
        let (device, _) = ours.device(mailbox, both.clock.now());
        let unknown = Sender::device(&device, audience);
        for sender in [&forger, &unknown] {
            let mut stream = connected(&both.place, at).await;
            let head = sender.head(("PUT", &put), b"", &longer);
            stream.write_all(head.as_bytes()).await.unwrap();
            assert_eq!(status(&mut stream).await, 401, "{}", sender.holder);
        }
        // Nor is another body taken than the one that was signed.
        let mut stream = connected(&both.place, at).await;
        let head = connector.head(("PUT", &put), b"signed", "Content-Length: 6");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"forged").await.unwrap();
        assert_eq!(status(&mut stream).await, 401);
        longer = String::from("Transfer-Encoding: chunked");
    }
    both.stop().await;
}

/// The most memory that a process has had, in bytes.
#[cfg(target_os = "linux")]
fn most_memory(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse::<usize>().unwrap() << 10
}

/// Thirty-two at once, each of which would send sixteen megabytes to a program
/// that takes one.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn sr_64_memory_does_not_grow_with_what_is_sent() {
    const MOST: usize = 1 << 20;
    const AT_ONCE: usize = 32;
    let place = Place::new();
    let ours = Organization::new();
    for (program, audience) in [("service", Audience::Service), ("keys", Audience::Keys)] {
        let file = place.file(&format!("{program}.toml"));
        let settings = std::fs::read_to_string(&file).unwrap();
        let limited = format!("{settings}\n[limits]\nconnector_body_bytes = {MOST}\n");
        std::fs::write(&file, limited).unwrap();
        ours.add_with(&place, program);
        let process = stage::Process::start(&place, program);
        let at: SocketAddr = process.url.trim_start_matches("https://").parse().unwrap();
        let any = OpaqueId::random();
        let path = match audience {
            Audience::Service => format!("/v1/mailboxes/{any}/series/{any}"),
            Audience::Keys => format!("/v1/mailboxes/{any}/release"),
        };
        let sender = Sender::connector(&ours, audience);
        let before = most_memory(process.id());
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let mut stream = connected(&place, at).await;
            let head = sender.head(("POST", &path), b"", "Transfer-Encoding: chunked");
            sending.spawn(async move {
                stream.write_all(head.as_bytes()).await.unwrap();
                let chunk = format!("10000\r\n{}\r\n", "x".repeat(1 << 16));
                for _ in 0..256 {
                    // It has been refused, and nobody listens any more.
                    if stream.write_all(chunk.as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent.unwrap();
        }
        let grown = most_memory(process.id()) - before;
        println!("{program}: {} KiB more for {AT_ONCE} at once", grown >> 10);
        assert!(
            grown < 3 * AT_ONCE * MOST,
            "{program}: {grown} bytes more, for at most {MOST} of each"
        );
        assert!(process.stop(), "{program} ends well after it");
    }
}
