//! Autodiscover in its three forms, and signing in by token.

use bytes::Bytes;
use chrono::Duration;
use exchange_sim::{Options, Personality, SignIn, Simulator, demo};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::link::{self, Link, all, envelope, find, read};

fn post(path: &str, authorization: &str, body: String) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "autodiscover.example.org")
        .header("authorization", authorization)
        .header("content-length", body.len())
        .body(Full::new(Bytes::from(body)))
        .unwrap()
}

async fn json(simulator: &Simulator, query: &str) -> (u16, String) {
    let request = Request::get(format!("/autodiscover/autodiscover.json{query}"))
        .header("host", "autodiscover.example.org")
        .body(Full::default())
        .unwrap();
    read(Link::to(simulator).await.raw(request).await.unwrap()).await
}

async fn asked(simulator: &Simulator, path: &str, body: String) -> (u16, String) {
    let answer: Response<Incoming> = Link::to(simulator)
        .await
        .raw(post(
            path,
            &link::basic(demo::ADDRESS, demo::PASSWORD),
            body,
        ))
        .await
        .unwrap();
    read(answer).await
}

fn pox(address: &str) -> String {
    format!(
        "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
         <Request><EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>\
         http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\
         </AcceptableResponseSchema></Request></Autodiscover>"
    )
}

fn soap(addresses: &[&str]) -> String {
    let users = addresses
        .iter()
        .map(|address| format!("<a:User><a:Mailbox>{address}</a:Mailbox></a:User>"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<soap:Envelope xmlns:a=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\" \
         xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><a:GetUserSettingsRequestMessage>\
         <a:Request><a:Users>{users}</a:Users><a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting>\
         <a:Setting>GroupingInformation</a:Setting><a:Setting>InternalOABUrl</a:Setting></a:RequestedSettings>\
         </a:Request></a:GetUserSettingsRequestMessage></soap:Body></soap:Envelope>"
    )
}

const SOAP: &str = "/autodiscover/autodiscover.svc";
const POX: &str = "/Autodiscover/Autodiscover.xml";

#[tokio::test]
async fn v2_tells_the_url_to_anybody() {
    let simulator = link::demo_simulator().await;
    let (status, answer) = json(&simulator, "?Email=anna%40example.org&Protocol=Ews").await;
    assert_eq!(status, 200);
    assert!(answer.contains(&simulator.ews_url()), "{answer}");
    let (status, answer) = json(&simulator, "/v1.0/anna@example.org?Protocol=Ews").await;
    assert_eq!((status, answer.contains(&simulator.ews_url())), (200, true));
    let (status, answer) = json(&simulator, "?Email=anna%40example.org&Protocol=Foo").await;
    assert!(answer.contains("ProtocolNotSupported"), "{status} {answer}");
    let (status, _) = json(&simulator, "?Email=zoe%40example.org&Protocol=Ews").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn soap_answers_each_user_by_themselves() {
    let simulator = link::demo_simulator().await;
    simulator.world(|world| {
        world.redirect("old@example.org", "anna@example.org");
        world.redirect(
            "moved@example.org",
            "https://mail.example.net/autodiscover/autodiscover.svc",
        );
    });
    let users = [
        "anna@example.org",
        "zoe@example.org",
        "old@example.org",
        "moved@example.org",
    ];
    let (_, answer) = asked(&simulator, SOAP, soap(&users)).await;
    assert_eq!(
        all(&answer, "ErrorCode"),
        [
            "NoError",
            "NoError",
            "SettingIsNotAvailable",
            "InvalidUser",
            "RedirectAddress",
            "RedirectUrl"
        ]
    );
    assert_eq!(
        all(&answer, "Value"),
        [&simulator.ews_url(), "Default-First-Site-Name"]
    );
}

#[tokio::test]
async fn pox_gives_settings_or_the_way_to_them() {
    let simulator = link::demo_simulator().await;
    simulator.world(|world| world.redirect("old@example.org", "anna@example.org"));
    let (_, settings) = asked(&simulator, POX, pox("anna@example.org")).await;
    assert_eq!(all(&settings, "Type"), ["EXCH", "EXPR"]);
    assert_eq!(all(&settings, "EwsUrl")[1], simulator.ews_url());
    let (_, elsewhere) = asked(&simulator, POX, pox("old@example.org")).await;
    assert_eq!(all(&elsewhere, "RedirectAddr"), ["anna@example.org"]);
    let (_, unknown) = asked(&simulator, POX, pox("zoe@example.org")).await;
    assert_eq!(all(&unknown, "ErrorCode"), ["500"]);
}

#[tokio::test]
async fn autodiscover_offers_basic_where_ews_does_not() {
    let options = Options {
        sign_in: SignIn::Ntlm,
        ..link::options()
    };
    let simulator = Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap();
    let offers = async |path: &str| {
        let request = post(path, "", String::new());
        let answer = Link::to(&simulator).await.raw(request).await.unwrap();
        answer.headers().get_all("www-authenticate").iter().count()
    };
    assert_eq!(offers(POX).await, 2);
    assert_eq!(offers("/EWS/Exchange.asmx").await, 1);
}

#[tokio::test]
async fn grommunio_has_no_soap_autodiscover() {
    let simulator = link::demo_simulator_as(Personality::Grommunio).await;
    let (status, _) = asked(&simulator, SOAP, soap(&["anna@example.org"])).await;
    assert_eq!(status, 404);
    let (status, _) = asked(&simulator, POX, pox("anna@example.org")).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_token_signs_in_until_it_expires() {
    let mut world = demo::day(link::now(), link::ZONE);
    world.allow_token("good", demo::ADDRESS, link::now() + Duration::hours(1));
    world.allow_token("stale", demo::ADDRESS, link::now());
    let options = Options {
        sign_in: SignIn::Bearer,
        ..link::options()
    };
    let simulator = Simulator::start(world, options).await.unwrap();
    let window = find(
        "2026-11-23T00:00:00Z",
        "2026-11-24T00:00:00Z",
        "item:Subject",
    );
    let ask = async |token: &str| {
        let request = post("/EWS/Exchange.asmx", token, envelope("", &window));
        Link::to(&simulator).await.raw(request).await.unwrap()
    };
    let (status, answer) = read(ask("Bearer good").await).await;
    assert_eq!((status, answer.contains("Release planning")), (200, true));
    for refused in [
        "Bearer stale",
        "Bearer ",
        &link::basic(demo::ADDRESS, demo::PASSWORD),
    ] {
        let answer = ask(refused).await;
        let offer = answer.headers()["www-authenticate"].to_str().unwrap();
        assert_eq!(answer.status(), 401);
        assert!(offer.contains("authorization_uri="), "{offer}");
    }
}
