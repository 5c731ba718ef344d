//! How answers arrive: packed, slowly, in pieces, cut, or not at all.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{future::Future, io::Write as _, pin::Pin, sync::Arc, time::Duration};

use ews::{
    Basic, Class, Client, Credentials, Endpoint, Error, Options, StreamReader,
    item::{Body, BodyType, ItemId, Property, Smtp},
    operation::{
        Bodies, CreateItem, Detail, GetCalendarFolder, GetItem, GetStreamingEvents, Invitations,
        Sensitivity, SubscriptionId, When,
    },
    transport::{Dial, Dialing, Io},
};
use exchange_sim::{
    Personality, Simulator, demo,
    server::faults::{Effect, Fault},
};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    time::Instant,
};

use crate::network::{ask, client_inside, serve};

type Served = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serves each connection by a script.
struct Script<F>(F);

impl<F> Dial for Script<F>
where
    F: Fn(DuplexStream) -> Served + Send + Sync + 'static,
{
    fn dial<'a>(&'a self, _host: &'a str, _port: u16) -> Dialing<'a> {
        let (client, server) = tokio::io::duplex(64 * 1024);
        tokio::spawn((self.0)(server));
        Box::pin(async move { Ok(Box::new(client) as Box<dyn Io>) })
    }
}

fn client_of<F>(script: F) -> Client
where
    F: Fn(DuplexStream) -> Served + Send + Sync + 'static,
{
    let endpoint = Endpoint::new("http://127.0.0.1/EWS/Exchange.asmx", None).unwrap();
    let credentials = Credentials::Password {
        user: demo::ADDRESS.to_owned(),
        password: "secret".to_owned().into(),
        basic: Basic::Refused,
    };
    let options = Options {
        dial: Arc::new(Script(script)),
        ..Options::default()
    };
    Client::new(endpoint, credentials, options).unwrap()
}

const ANSWER: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
    <m:ConvertIdResponse xmlns:m=\"m\"><m:ResponseMessages>\
    <m:ConvertIdResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
    </m:ConvertIdResponseMessage></m:ResponseMessages></m:ConvertIdResponse></s:Body></s:Envelope>";

async fn read_request(stream: &mut DuplexStream) -> String {
    let mut bytes = vec![0; 64 * 1024];
    let length = stream.read(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

#[tokio::test]
async fn quirk_07_a_request_has_a_length_and_its_answer_may_be_packed() {
    let client = client_of(|mut stream| {
        Box::pin(async move {
            let request = read_request(&mut stream).await.to_ascii_lowercase();
            assert!(request.contains("accept-encoding: gzip"), "{request}");
            assert!(request.contains("content-length: "), "{request}");
            assert!(!request.contains("transfer-encoding"), "{request}");
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packer.write_all(ANSWER.as_bytes()).unwrap();
            let packed = packer.finish().unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\n\
                 Content-Length: {}\r\n\r\n",
                packed.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&packed).await.unwrap();
        })
    });
    client.call(&ask()).await.unwrap();
}

/// Gives the answer byte by byte, with a pause after each.
fn dripping(pause: Duration) -> impl Fn(DuplexStream) -> Served {
    move |mut stream| {
        Box::pin(async move {
            read_request(&mut stream).await;
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for byte in ANSWER.bytes() {
                let chunk = [b"1\r\n", [byte].as_slice(), b"\r\n"].concat();
                if stream.write_all(&chunk).await.is_err() {
                    return;
                }
                let _over = tokio::time::timeout(pause, std::future::pending::<()>()).await;
            }
            stream.write_all(b"0\r\n\r\n").await.unwrap();
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_byte_by_byte_is_waited_for_and_not_for_ever() {
    let slow = client_of(dripping(Duration::from_millis(100)));
    slow.call(&ask()).await.unwrap();
    let begun = Instant::now();
    let endless = client_of(dripping(Duration::from_secs(1)));
    let given_up = endless.call(&ask()).await.unwrap_err();
    assert!(matches!(given_up, Error::Silent { .. }), "{given_up:?}");
    assert_eq!(begun.elapsed().as_secs(), 100);
}

#[rstest]
#[case::shorter_than_announced("Content-Length: 5000\r\n\r\n<s:Envelope")]
#[case::cut_chunks("Transfer-Encoding: chunked\r\n\r\n5\r\n<s:En\r\n")]
#[case::cut_inside_a_chunk("Transfer-Encoding: chunked\r\n\r\n50\r\n<s:En")]
#[case::not_packed_as_it_says("Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain")]
#[tokio::test]
async fn an_answer_that_is_cut_is_no_answer(#[case] rest: &'static str) {
    let client = client_of(move |mut stream| {
        Box::pin(async move {
            read_request(&mut stream).await;
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{rest}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
    });
    let cut = client.call(&ask()).await.unwrap_err();
    assert!(matches!(cut, Error::Cut { .. }), "{cut:?}");
    assert_eq!(cut.class(), Class::Unreachable);
}

#[tokio::test]
async fn sr_27_an_answer_that_is_announced_as_too_large_is_not_read() {
    let client = client_of(|mut stream| {
        Box::pin(async move {
            read_request(&mut stream).await;
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        })
    });
    let refused = client.call(&ask()).await.unwrap_err();
    assert!(matches!(refused, Error::TooLarge { .. }), "{refused:?}");
}

const HEARTBEAT: &str = "<?xml version=\"1.0\"?><s:Envelope \
    xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
        <m:GetStreamingEventsResponse xmlns:m=\"m\"><m:ResponseMessages>\
        <m:GetStreamingEventsResponseMessage ResponseClass=\"Success\">\
        <m:ResponseCode>NoError</m:ResponseCode><m:Notifications><m:Notification>\
        <m:StatusEvent/></m:Notification></m:Notifications>\
        </m:GetStreamingEventsResponseMessage></m:ResponseMessages>\
        </m:GetStreamingEventsResponse></s:Body></s:Envelope>\r\n";

async fn open(client: &Client) -> StreamReader {
    let events = GetStreamingEvents {
        ids: vec![SubscriptionId("a".to_owned())],
        minutes: 29,
    };
    client.stream(events).await.unwrap()
}

#[tokio::test]
async fn quirk_18_and_19_a_stream_is_read_while_it_comes_byte_by_byte() {
    let client = client_of(|mut stream| {
        Box::pin(async move {
            read_request(&mut stream).await;
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for byte in HEARTBEAT.repeat(3).bytes() {
                let chunk = [b"1\r\n", [byte].as_slice(), b"\r\n"].concat();
                stream.write_all(&chunk).await.unwrap();
            }
            // And then it stays open: what came has to be told already.
            std::future::pending::<()>().await;
        })
    });
    let mut stream = open(&client).await;
    for _ in 0..3 {
        let envelope = stream.next().await.unwrap().unwrap();
        assert_eq!(envelope.notices.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn quirk_14_a_flood_of_signs_of_life_is_given_up() {
    let streaming = |pause: Duration| {
        client_of(move |mut stream| {
            Box::pin(async move {
                read_request(&mut stream).await;
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n";
                stream.write_all(head.as_bytes()).await.unwrap();
                for _ in 0..100 {
                    if stream.write_all(HEARTBEAT.as_bytes()).await.is_err() {
                        return;
                    }
                    let _over = tokio::time::timeout(pause, std::future::pending::<()>()).await;
                }
            })
        })
    };
    let calm = streaming(Duration::from_millis(100));
    let mut stream = open(&calm).await;
    while let Some(envelope) = stream.next().await.unwrap() {
        assert_eq!(envelope.notices.len(), 1);
    }
    let flooding = streaming(Duration::from_millis(10));
    let mut stream = open(&flooding).await;
    let mut heard = 0;
    let given_up = loop {
        match stream.next().await {
            Ok(Some(_)) => heard += 1,
            ended => break ended.unwrap_err(),
        }
    };
    assert!(matches!(given_up, Error::Flood { .. }), "{given_up:?}");
    assert_eq!(heard, 20);
}

async fn inside() -> (Arc<Simulator>, Client) {
    let server = Arc::new(serve(exchange_sim::Options::default()).await);
    let client = client_inside(&server);
    (server, client)
}

#[rstest]
#[case::closed(Effect::Close)]
#[case::cut(Effect::Truncate)]
#[case::silent(Effect::Hang)]
#[tokio::test(start_paused = true)]
async fn after_any_kind_of_end_the_next_call_works(#[case] effect: Effect) {
    let (server, client) = inside().await;
    client.call(&ask()).await.unwrap();
    let mut twice = Fault::once("GetFolder", effect);
    twice.lasts = exchange_sim::server::faults::Lasts::Times(2);
    server.faults().set(twice);
    let failed = client.call(&GetCalendarFolder).await.unwrap_err();
    assert_eq!(failed.class(), Class::Unreachable, "{failed}");
    while client.call(&GetCalendarFolder).await.is_err() {}
    client.call(&ask()).await.unwrap();
}

#[rstest]
#[case::a_fault_with_200(200, Class::Impersonation)]
#[case::a_fault_with_500(500, Class::Impersonation)]
#[tokio::test(start_paused = true)]
async fn quirk_01_and_grommunio_quirk_13_the_body_says_more_than_the_status(
    #[case] status: u16,
    #[case] class: Class,
) {
    let (server, client) = inside().await;
    let body = "<SOAP:Envelope xmlns:SOAP=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP:Body>\
        <SOAP:Fault><faultcode>t:ErrorImpersonateUserDenied</faultcode><faultstring/></SOAP:Fault>\
        </SOAP:Body></SOAP:Envelope>";
    server.faults().set(Fault::once(
        "GetFolder",
        Effect::Answer {
            status,
            kind: "text/xml".to_owned(),
            body: body.to_owned(),
        },
    ));
    let refused = client.call(&GetCalendarFolder).await.unwrap_err();
    assert_eq!(refused.class(), class);
    // And an answer is one with status 500 too.
    let answered = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
        <m:GetFolderResponse><m:ResponseMessages><m:GetFolderResponseMessage \
        ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode><m:Folders>\
        <t:CalendarFolder><t:DisplayName>Kalender</t:DisplayName></t:CalendarFolder></m:Folders>\
        </m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse></s:Body>\
        </s:Envelope>";
    server.faults().set(Fault::once(
        "GetFolder",
        Effect::Answer {
            status: 500,
            kind: "text/xml".to_owned(),
            body: answered.to_owned(),
        },
    ));
    let folder = client.call(&GetCalendarFolder).await.unwrap();
    assert_eq!(folder.display_name, "Kalender");
}

fn three() -> GetItem {
    GetItem {
        ids: ["a", "b", "c"].map(|id| ItemId(id.into()).into()).into(),
        bodies: Bodies::Stored,
        detail: Detail::Meeting,
        extended: vec![],
    }
}

fn message(inside: &str) -> String {
    format!(
        "<m:GetItemResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError\
         </m:ResponseCode><m:Items><t:CalendarItem>{inside}</t:CalendarItem></m:Items>\
         </m:GetItemResponseMessage>"
    )
}

const OPENING: &str = "\u{feff}<?xml version=\"1.0\"?><s:Envelope \
    xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:m=\"m\" xmlns:t=\"t\"><s:Header/>\
    <s:Body><m:GetItemResponse><m:ResponseMessages>";
const CLOSING: &str = "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>\r\n";

/// The subjects and codes that were given, and how it ended.
async fn each(client: &Client) -> (Vec<String>, Result<(), Error>) {
    let mut given = Vec::new();
    let ended = client
        .each(&three(), |answer| {
            given.push(match answer {
                Ok(item) => item.subject.unwrap_or_default(),
                Err(error) => error.code.to_string(),
            });
        })
        .await;
    (given, ended)
}

/// Serves one document in chunks of a length.
fn serving(document: String, length: usize) -> Client {
    client_of(move |mut stream| {
        let document = document.clone();
        Box::pin(async move {
            read_request(&mut stream).await;
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for piece in document.as_bytes().chunks(length) {
                let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
                if stream.write_all(&chunk).await.is_err() {
                    return;
                }
            }
            let _end = stream.write_all(b"0\r\n\r\n").await;
        })
    })
}

#[rstest]
#[tokio::test]
async fn items_are_given_one_by_one_however_the_answer_is_cut(
    #[values(1, 7, 100, 100_000)] length: usize,
) {
    let gone = "<m:GetItemResponseMessage ResponseClass=\"Error\"><m:ResponseCode>\
        ErrorItemNotFound</m:ResponseCode><m:Items/></m:GetItemResponseMessage>";
    let one = message("<t:Subject>Möte &amp; &#x2713;</t:Subject>");
    let three = message("<t:Subject>Three</t:Subject>");
    let document = format!("{OPENING}{one}\r\n{gone}{three}{CLOSING}");
    let (given, ended) = each(&serving(document, length)).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(given, ["Möte & ✓", "ErrorItemNotFound", "Three"]);
}

#[tokio::test]
async fn what_is_no_answer_is_told_also_when_items_are_read_one_by_one() {
    let one = message("<t:Subject>One</t:Subject>");
    // It ends in the middle of the second.
    let (given, ended) = each(&serving(format!("{OPENING}{one}<m:GetItemResp"), 50)).await;
    assert_eq!(given, ["One"]);
    assert!(matches!(ended, Err(Error::Garbled { .. })), "{ended:?}");
    let (given, ended) = each(&serving("<html>Sign in</html>".to_owned(), 50)).await;
    assert!(given.is_empty());
    assert!(matches!(ended, Err(Error::NotEws { .. })), "{ended:?}");
    let fault = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\
        <faultcode>a:ErrorAccessDenied</faultcode></s:Fault></s:Body></s:Envelope>";
    let (_, ended) = each(&serving(fault.to_owned(), 50)).await;
    assert_eq!(ended.unwrap_err().class(), Class::Access);
    let busy = "<m:GetItemResponseMessage ResponseClass=\"Error\"><m:ResponseCode>\
        ErrorServerBusy</m:ResponseCode></m:GetItemResponseMessage>";
    let client = serving(format!("{OPENING}{one}{busy}{CLOSING}"), 50);
    let (given, ended) = each(&client).await;
    assert_eq!(given, ["One"]);
    assert!(matches!(ended, Err(Error::Throttled { .. })), "{ended:?}");
    assert!(matches!(
        client.call(&ask()).await,
        Err(Error::Throttled { .. })
    ));
}

#[tokio::test]
async fn sr_27_an_answer_without_a_length_and_without_an_end_is_given_up() {
    let many = message(&format!("<t:Subject>{}</t:Subject>", "x".repeat(1_000_000)));
    let document = format!("{OPENING}{}", many.repeat(70));
    let (given, ended) = each(&serving(document, 60_000)).await;
    assert!(matches!(ended, Err(Error::TooLarge { .. })), "{ended:?}");
    assert!(given.len() > 60, "{} items", given.len());
    // One item without an end is given up much earlier.
    let endless = format!(
        "{OPENING}<m:GetItemResponseMessage>{}",
        "x".repeat(12_000_000)
    );
    let (given, ended) = each(&serving(endless, 60_000)).await;
    assert!(given.is_empty());
    assert!(matches!(ended, Err(Error::Garbled { .. })), "{ended:?}");
}

fn meeting(text_bytes: usize) -> CreateItem {
    CreateItem {
        subject: "Planning".into(),
        sensitivity: Sensitivity::Normal,
        body: Body {
            kind: BodyType::Text,
            text: "x".repeat(text_bytes),
        },
        when: When::Timed {
            start: "2026-11-27T08:00:00Z".parse().unwrap(),
            end: "2026-11-27T09:00:00Z".parse().unwrap(),
        },
        zone: chrono_tz::Tz::Europe__Stockholm,
        location: String::new(),
        required: vec![Smtp("bo@example.org".into())],
        optional: vec![],
        resources: vec![],
        reminder_minutes: None,
        client_request: "8b1a".into(),
        extended: vec![(Property::public("Note"), "a".into())],
        invitations: Invitations::ToNone,
    }
}

#[rstest]
#[tokio::test]
async fn grommunio_quirk_02_after_a_large_request_the_connection_is_not_used_again(
    #[values(60_000, 66_000, 100_000, 130_000, 250_000)] text_bytes: usize,
) {
    let server = serve(exchange_sim::Options {
        personality: Personality::Grommunio,
        ..exchange_sim::Options::default()
    })
    .await;
    let client = client_inside(&Arc::new(server));
    for _ in 0..3 {
        client.call(&meeting(text_bytes)).await.unwrap();
        // What goes by its connection would be refused now.
        client.call(&GetCalendarFolder).await.unwrap();
    }
}
