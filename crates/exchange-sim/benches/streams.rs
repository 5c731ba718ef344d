//! 134 open streams over 20,000 mailboxes, and changes in all of them.
//!
//! `cargo bench -p exchange-sim --bench streams` prints how many changes a
//! second reach their streams, with two worker threads for server and clients
//! together. The aim is 1,000.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on must fail")]

use base64::Engine as _;
use bytes::Bytes;
use exchange_sim::{Options, Recording, SignIn, Simulator, clock, demo, generate};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;

const MAILBOXES: usize = 20_000;
const STREAMS: usize = 134;
const CHANGES: u32 = 20_000;

struct Link(SendRequest<Full<Bytes>>);

impl Link {
    async fn to(simulator: &Simulator) -> Self {
        let (send, connection) = http1::handshake(TokioIo::new(simulator.duplex()))
            .await
            .unwrap();
        tokio::spawn(connection);
        Self(send)
    }

    async fn send(&mut self, mailbox: &str, body: &str) -> Incoming {
        let token = base64::engine::general_purpose::STANDARD.encode(format!(
            "{}:{}",
            demo::SERVICE,
            demo::PASSWORD
        ));
        let envelope = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
             xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>\
             <t:RequestServerVersion Version=\"Exchange2013_SP1\"/><t:ExchangeImpersonation><t:ConnectingSID>\
             <t:PrimarySmtpAddress>{mailbox}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>\
             </s:Header><s:Body>{body}</s:Body></s:Envelope>"
        );
        let request = Request::post("/EWS/Exchange.asmx")
            .header("host", "mail.example.org")
            .header("authorization", format!("Basic {token}"))
            .body(Full::new(Bytes::from(envelope)))
            .unwrap();
        self.0.ready().await.unwrap();
        self.0.send_request(request).await.unwrap().into_body()
    }
}

async fn subscribe(link: &mut Link, mailbox: &str) -> String {
    let body = link
        .send(
            mailbox,
            "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id=\"calendar\"/>\
             </t:FolderIds><t:EventTypes><t:EventType>ModifiedEvent</t:EventType></t:EventTypes>\
             </m:StreamingSubscriptionRequest></m:Subscribe>",
        )
        .await;
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = std::str::from_utf8(&bytes).unwrap();
    let (_, after) = text.split_once("<m:SubscriptionId>").unwrap();
    after.split('<').next().unwrap().to_owned()
}

/// Counts the changed items a stream tells of.
async fn listen(mut body: Incoming, heard: mpsc::UnboundedSender<usize>) {
    const MARK: &str = "<t:ItemId";
    let mut text = String::new();
    while let Some(Ok(frame)) = body.frame().await {
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        let count = text.matches(MARK).count();
        // A mark may be cut by the end of a chunk.
        let keep = text
            .len()
            .saturating_sub(MARK.len() - 1)
            .max(text.rfind(MARK).map_or(0, |at| at + MARK.len()));
        text.drain(..keep);
        if heard.send(count).is_err() {
            return;
        }
    }
}

async fn run() {
    let now = clock::system();
    let world = generate::world(now(), chrono_tz::Tz::Europe__Stockholm, MAILBOXES, 2).unwrap();
    let options = Options {
        recording: Recording::Off,
        sign_in: SignIn::NtlmOrBasic,
        ..Options::default()
    };
    let simulator = Simulator::start(world, options).await.unwrap();
    let mut link = Link::to(&simulator).await;
    let (heard, mut hearing) = mpsc::unbounded_channel();
    let began = now();
    let numbers: Vec<usize> = (0..MAILBOXES).collect();
    for group in numbers.chunks(MAILBOXES.div_ceil(STREAMS)) {
        let mut ids = String::new();
        for number in group {
            let id = subscribe(&mut link, &generate::address(*number)).await;
            ids.extend(["<t:SubscriptionId>", &id, "</t:SubscriptionId>"]);
        }
        let anchor = generate::address(*group.first().unwrap());
        let body = format!(
            "<m:GetStreamingEvents><m:SubscriptionIds>{ids}</m:SubscriptionIds><m:ConnectionTimeout>30\
             </m:ConnectionTimeout></m:GetStreamingEvents>"
        );
        let stream = Link::to(&simulator).await.send(&anchor, &body).await;
        tokio::spawn(listen(stream, heard.clone()));
    }
    let subscribed = now();
    println!(
        "{MAILBOXES} subscriptions in {STREAMS} streams: {} ms",
        (subscribed - began).num_milliseconds()
    );

    for change in 0..CHANGES {
        simulator.world(|world| {
            let address = generate::address(change as usize * 7919 % MAILBOXES);
            let item = world
                .mailbox(&address)
                .unwrap()
                .calendar
                .items()
                .next()
                .unwrap()
                .number;
            world
                .change(&address, item, |item| item.details.location.push('.'))
                .unwrap();
        });
        if change % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let mut told: usize = 0;
    while told < CHANGES as usize {
        told += hearing.recv().await.unwrap();
    }
    let seconds = (now() - subscribed).as_seconds_f64();
    println!(
        "{CHANGES} changes told in {seconds:.2} s: {:.0} a second",
        f64::from(CHANGES) / seconds
    );
}

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(run());
}
