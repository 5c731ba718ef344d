//! Several mailbox servers behind one front end, and throttling.

use exchange_sim::{Limits, Options, Simulator, demo};
use http::{HeaderMap, Request};
use http_body_util::Full;

use crate::link::{self, CALENDAR, Link, all, envelope, read};

async fn farm() -> Simulator {
    let options = Options {
        backends: 2,
        limits: Limits {
            subscriptions: Some(2),
            streams: Some(1),
            ..Limits::default()
        },
        ..link::options()
    };
    Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap()
}

fn subscribe() -> String {
    format!(
        "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>{CALENDAR}</t:FolderIds><t:EventTypes>\
         <t:EventType>CreatedEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"
    )
}

async fn ask(
    simulator: &Simulator,
    headers: &[(&str, &str)],
    body: &str,
) -> (HeaderMap, u16, String) {
    let mut request = Request::post("/EWS/Exchange.asmx")
        .header("host", "mail.example.org")
        .header("authorization", link::basic(demo::ADDRESS, demo::PASSWORD));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::from(envelope("", body))).unwrap();
    let answer = Link::to(simulator).await.raw(request).await.unwrap();
    let headers = answer.headers().clone();
    let (status, text) = read(answer).await;
    (headers, status, text)
}

fn override_cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.starts_with("X-BackEndOverrideCookie="))
        .map(|cookie| cookie.split(';').next().unwrap().to_owned())
}

const KEEPS: (&str, &str) = ("x-preferserveraffinity", "true");

#[tokio::test]
async fn only_the_first_subscribe_gives_the_cookie() {
    let simulator = farm().await;
    let (headers, _, _) = ask(&simulator, &[KEEPS], &subscribe()).await;
    let cookie = override_cookie(&headers).unwrap();
    assert!(cookie.ends_with("~1941962754"), "{cookie}");
    let (headers, _, _) = ask(&simulator, &[KEEPS, ("cookie", &cookie)], &subscribe()).await;
    assert_eq!(override_cookie(&headers), None);
    let (headers, _, _) = ask(&simulator, &[], &subscribe()).await;
    assert_eq!(override_cookie(&headers), None, "nobody asked to keep it");
}

#[tokio::test]
async fn a_subscription_is_known_to_its_own_server_alone() {
    let simulator = farm().await;
    let (headers, _, opened) = ask(&simulator, &[KEEPS], &subscribe()).await;
    let cookie = override_cookie(&headers).unwrap();
    let other = if cookie.contains("exch01") {
        cookie.replace("exch01", "exch02")
    } else {
        cookie.replace("exch02", "exch01")
    };
    let leave = format!(
        "<m:Unsubscribe><m:SubscriptionId>{}</m:SubscriptionId></m:Unsubscribe>",
        all(&opened, "m:SubscriptionId")[0]
    );
    let (_, _, there) = ask(&simulator, &[KEEPS, ("cookie", &other)], &leave).await;
    assert!(there.contains("ErrorSubscriptionNotFound"), "{there}");
    let (_, _, here) = ask(&simulator, &[KEEPS, ("cookie", &cookie)], &leave).await;
    assert!(here.contains("NoError"), "{here}");
}

#[tokio::test]
async fn a_moved_mailbox_answers_from_the_other_server() {
    let simulator = farm().await;
    let server = async || {
        let (headers, _, _) = ask(&simulator, &[], &subscribe()).await;
        headers["x-beserver"].to_str().unwrap().to_owned()
    };
    let before = server().await;
    assert!(simulator.move_mailbox(demo::ADDRESS));
    assert_eq!(simulator.subscriptions(), 0);
    assert_ne!(server().await, before);
}

#[tokio::test]
async fn a_request_id_comes_back_when_that_is_asked_for() {
    let simulator = farm().await;
    let id = ("client-request-id", "0e8f1a52");
    let (headers, _, _) = ask(
        &simulator,
        &[id, ("return-client-request-id", "true")],
        &subscribe(),
    )
    .await;
    assert_eq!(headers["client-request-id"], "0e8f1a52");
}

#[tokio::test]
async fn subscriptions_and_streams_have_their_limits() {
    let simulator = farm().await;
    let (_, _, opened) = ask(&simulator, &[], &subscribe()).await;
    ask(&simulator, &[], &subscribe()).await;
    let (_, _, third) = ask(&simulator, &[], &subscribe()).await;
    assert!(third.contains("ErrorExceededSubscriptionCount"), "{third}");
    let stream = format!(
        "<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>{}</t:SubscriptionId></m:SubscriptionIds>\
         <m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>",
        all(&opened, "m:SubscriptionId")[0]
    );
    let mut link = Link::to(&simulator).await;
    let open = link
        .send(demo::ADDRESS, demo::PASSWORD, envelope("", &stream))
        .await;
    assert_eq!(open.status(), 200);
    let (_, status, second) = ask(&simulator, &[], &stream).await;
    assert_eq!(status, 500);
    assert!(second.contains("ErrorExceededConnectionCount"), "{second}");
    drop(open);
}
