//! The anonymous phase by itself: who is asked, and whose answers count.

use ews::{
    Basic,
    autodiscover::{NotFound, Protocol, Saying, Srv, find, find_as},
};

use super::network::{ANNA, Asked, Network, anna, answer, nothing, redirect};

const OWN: &str = "https://mail.example.org/EWS/Exchange.asmx";

fn names_server(url: &str) -> String {
    answer(
        "200 OK",
        &[],
        &format!(r#"{{"Protocol":"Ews","Url":"{url}"}}"#),
    )
}

async fn network(names: &'static [&'static str], reply: String) -> Network {
    Network::new(move |host| !names.contains(&host), move |_| reply.clone()).await
}

#[tokio::test]
async fn the_server_is_found_by_the_address_alone() {
    let network = network(&["autodiscover.example.org"], names_server(OWN)).await;
    let found = find(ANNA, &network.way(&[])).await.outcome.unwrap();
    assert_eq!(found.url.as_str(), OWN);
    assert_eq!(found.protocol, Protocol::V2);
    assert_eq!(network.named(), ["autodiscover.example.org"]);
}

#[tokio::test]
async fn the_domain_itself_is_asked_when_autodiscover_is_silent() {
    let network = network(&["example.org"], names_server(OWN)).await;
    let found = find(ANNA, &network.way(&[])).await.outcome;
    assert_eq!(found.unwrap().url.as_str(), OWN);
}

#[tokio::test]
async fn the_target_of_the_service_record_is_asked_last() {
    let mut network = network(&["ex.example.org"], names_server(OWN)).await;
    network.records = vec![Srv {
        priority: 0,
        weight: 0,
        port: 443,
        target: "ex.example.org.".to_owned(),
    }];
    let found = find(ANNA, &network.way(&[])).await.outcome;
    assert_eq!(found.unwrap().url.as_str(), OWN);
    assert_eq!(network.looked_up(), ["_autodiscover._tcp.example.org"]);
    assert_eq!(
        network.named(),
        ["autodiscover.example.org", "example.org", "ex.example.org"]
    );
}

#[tokio::test]
async fn sr_18_a_server_outside_the_domain_is_named_and_not_used() {
    let evil = "https://mail.evil.net/EWS/Exchange.asmx";
    let network = network(&["autodiscover.example.org"], names_server(evil)).await;
    let found = find(ANNA, &network.way(&[])).await.outcome;
    let expected = NotFound::Foreign {
        domain: "example.org".into(),
        host: "mail.evil.net".into(),
    };
    let found_as_before = Err(expected);
    assert_eq!(found, found_as_before);
    let credentials = anna("canary-password-51c2", Basic::Allowed);
    let signed_in = find_as(ANNA, &credentials, &network.way(&[])).await;
    assert_eq!(signed_in.outcome, found_as_before);
    let asked = network.asked();
    assert!(asked.iter().all(|one| one.line.starts_with("GET")));
    let confirmed = find(ANNA, &network.way(&["mail.evil.net"])).await.outcome;
    assert_eq!(confirmed.unwrap().url.as_str(), evil);
}

#[tokio::test]
async fn exchange_online_is_told_from_a_foreign_server() {
    let online = "https://outlook.office365.com/EWS/Exchange.asmx";
    let network = network(&["autodiscover.example.org"], names_server(online)).await;
    let found = find(ANNA, &network.way(&[])).await.outcome;
    assert!(matches!(found, Err(NotFound::ExchangeOnline { .. })));
}

#[tokio::test]
async fn a_page_an_endless_body_and_a_plain_http_address_are_no_answers() {
    let page = answer("200 OK", &[], "<html></html>");
    let endless = answer("200 OK", &[], &"{\"Url\":\"x\",".repeat(50_000));
    let plain = names_server("http://mail.example.org/EWS/Exchange.asmx");
    for reply in [page, endless, plain] {
        let network = network(&["autodiscover.example.org"], reply).await;
        let found = find(ANNA, &network.way(&[])).await.outcome;
        assert!(matches!(found, Err(NotFound::Nobody { .. })), "{found:?}");
    }
}

fn redirected(asked: &Asked) -> String {
    match (asked.host.as_str(), asked.line.contains("hop=2")) {
        ("autodiscover.example.org", _) => {
            redirect("https://ex.example.org/autodiscover/autodiscover.json?hop=2")
        }
        ("ex.example.org", true) => names_server(OWN),
        _ => nothing(),
    }
}

#[tokio::test]
async fn a_redirect_within_the_domain_is_followed() {
    let network = Network::new(|_| false, redirected).await;
    let discovery = find(ANNA, &network.way(&[])).await;
    assert_eq!(discovery.outcome.unwrap().url.as_str(), OWN);
    let said: Vec<_> = discovery.heard.iter().map(|step| &step.saying).collect();
    assert_eq!(said, [&Saying::Redirected, &Saying::Named]);
    let asked = network.asked();
    assert!(asked[1].line.contains("Email=anna%40example.org"));
}

#[tokio::test]
async fn sr_18_a_redirect_out_of_the_domain_or_out_of_tls_is_not_followed() {
    for to in [
        "https://evil.net/autodiscover/autodiscover.json",
        "http://mail.example.org/autodiscover/autodiscover.json",
        "https://mail.example.org:8443/autodiscover.json",
        "https://anna:x@mail.example.org/",
        "//evil.net/x",
        "javascript:alert(1)",
    ] {
        let network = Network::new(|_| false, move |_| redirect(to)).await;
        let found = find(ANNA, &network.way(&[])).await.outcome;
        assert!(found.is_err(), "{to}: {found:?}");
        let named = network.named();
        assert_eq!(named, ["autodiscover.example.org", "example.org"], "{to}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_told_from_silence() {
    let network = network(&["autodiscover.example.org"], names_server(OWN)).await;
    let mut way = network.way(&[]);
    let elsewhere = Network::new(|_| false, |_| nothing()).await;
    way.ca_file = elsewhere.way(&[]).ca_file;
    let discovery = find(ANNA, &way).await;
    assert!(matches!(
        discovery.heard[0].saying,
        Saying::Untrusted { .. }
    ));
    assert_eq!(discovery.heard[1].saying, Saying::Unreachable);
    assert!(network.asked().is_empty());
}
