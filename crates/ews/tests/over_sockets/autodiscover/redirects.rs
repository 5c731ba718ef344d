//! Redirects of the phase that signs in: what they may lead to, and what they
//! never carry along.

use ews::{
    Basic,
    autodiscover::{Found, NotFound, Protocol, Saying, Way, find_as},
};

use super::network::{ANNA, Asked, Network, PASSWORD, anna, answer, nothing, redirect};

fn is_get(asked: &Asked) -> bool {
    asked.line.starts_with("GET")
}

fn pox(inside: &str) -> String {
    answer(
        "200 OK",
        &["Content-Type: text/xml"],
        &format!("<Autodiscover><Response><Account>{inside}</Account></Response></Autodiscover>"),
    )
}

fn settings(server: &str) -> String {
    pox(&format!(
        "<Action>settings</Action><Protocol><Type>EXPR</Type><EwsUrl>{server}</EwsUrl></Protocol>"
    ))
}

const OWN: &str = "https://mail.example.org/EWS/Exchange.asmx";

/// Basic in the open: what is sent is seen.
fn asks_for_basic() -> String {
    answer("401 Unauthorized", &["WWW-Authenticate: Basic"], "")
}

#[tokio::test]
async fn sr_18_a_redirect_server_gets_no_authorization_header() {
    for to in [
        "https://evil.net/autodiscover/autodiscover.xml",
        "http://login.example.org/autodiscover/autodiscover.xml",
        "https://login.example.org:8443/autodiscover.xml",
    ] {
        let script = move |asked: &Asked| match asked.host.as_str() {
            "autodiscover.example.org" if !is_get(asked) => redirect(to),
            "autodiscover.example.org" | "example.org" => nothing(),
            _ => asks_for_basic(),
        };
        let network = Network::new(|_| false, script).await;
        let credentials = anna(PASSWORD, Basic::Allowed);
        let found = find_as(ANNA, &credentials, &network.way(&[])).await.outcome;
        assert!(found.is_err(), "{found:?}");
        assert!(!network.asked().is_empty());
        for asked in network.asked() {
            assert!(!asked.head.contains("authorization"), "{to}: {asked:?}");
            assert!(asked.host.ends_with("example.org"), "{to}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn a_confirmed_place_is_signed_in_to_by_itself_and_the_redirecting_one_is_not() {
    let script = |asked: &Asked| match asked.host.as_str() {
        "autodiscover.example.org" if !is_get(asked) => {
            redirect("https://ex.partner.net/autodiscover/autodiscover.xml")
        }
        "ex.partner.net" if asked.head.contains("authorization: basic") => settings(OWN),
        "ex.partner.net" => asks_for_basic(),
        _ => nothing(),
    };
    let network = Network::new(|_| false, script).await;
    let credentials = anna(PASSWORD, Basic::Allowed);
    let way = network.way(&["ex.partner.net"]);
    let found = find_as(ANNA, &credentials, &way).await.outcome.unwrap();
    assert_eq!((found.url.as_str(), found.protocol), (OWN, Protocol::Pox));
    for asked in network.asked() {
        let shown = asked.head.contains("authorization");
        assert!(!shown || asked.host == "ex.partner.net", "{asked:?}");
    }
}

#[tokio::test]
async fn quirk_53_a_redirected_address_is_searched_for_and_the_user_name_stays() {
    let script = |asked: &Asked| {
        let corp = asked.host.ends_with("corp.example.org");
        let signed_in = asked.head.contains("authorization: basic");
        match (is_get(asked), corp, signed_in) {
            (true, ..) => nothing(),
            (false, _, false) => asks_for_basic(),
            (false, false, true) => pox(
                "<Action>redirectAddr</Action><RedirectAddr>a.berg@corp.example.org</RedirectAddr>",
            ),
            (false, true, true) => settings(OWN),
        }
    };
    let network = Network::new(|_| false, script).await;
    let credentials = anna(PASSWORD, Basic::Allowed);
    let found = find_as(ANNA, &credentials, &network.way(&[]))
        .await
        .outcome
        .unwrap();
    assert_eq!(found.address, "a.berg@corp.example.org");
    assert_eq!(found.url.as_str(), OWN);
    let last = network.asked().pop().unwrap();
    assert!(last.host.ends_with("corp.example.org"));
    assert!(last.body.contains("a.berg@corp.example.org"));
    // anna@example.org:canary-password-51c2
    let same = "basic yw5uyublegftcgxllm9yzzpjyw5hcnktcgfzc3dvcmqtntfjmg==";
    assert!(last.head.contains(same), "{}", last.head);
}

#[tokio::test]
async fn sr_19_of_a_foreign_domain_that_a_redirect_names_nothing_is_asked() {
    let script = |asked: &Asked| {
        if is_get(asked) {
            return nothing();
        }
        pox("<Action>redirectAddr</Action><RedirectAddr>anna@evil.net</RedirectAddr>")
    };
    let network = Network::new(|_| false, script).await;
    let credentials = anna(PASSWORD, Basic::Refused);
    let outcome = find_as(ANNA, &credentials, &network.way(&[])).await.outcome;
    let expected = NotFound::Foreign {
        domain: "example.org".to_owned(),
        host: "autodiscover.evil.net".to_owned(),
    };
    assert_eq!(outcome, Err(expected));
    assert_eq!(network.looked_up(), ["_autodiscover._tcp.example.org"]);
    assert!(
        network
            .named()
            .iter()
            .all(|name| name.ends_with("example.org"))
    );
}

#[tokio::test]
async fn addresses_that_point_at_each_other_come_to_an_end() {
    let script = |asked: &Asked| {
        if is_get(asked) {
            return nothing();
        }
        let other = if asked.body.contains(ANNA) {
            "bo"
        } else {
            "anna"
        };
        let next = format!("{other}@example.org");
        pox(&format!(
            "<Action>redirectAddr</Action><RedirectAddr>{next}</RedirectAddr>"
        ))
    };
    let network = Network::new(|_| false, script).await;
    let credentials = anna(PASSWORD, Basic::Refused);
    let discovery = find_as(ANNA, &credentials, &network.way(&[])).await;
    assert!(matches!(discovery.outcome, Err(NotFound::Nobody { .. })));
    assert!(network.asked().len() < 20);
}

#[tokio::test]
async fn sr_20_a_server_that_offers_basic_alone_gets_nothing_without_permission() {
    let script = |asked: &Asked| {
        if is_get(asked) {
            nothing()
        } else {
            asks_for_basic()
        }
    };
    let network = Network::new(|_| false, script).await;
    let credentials = anna(PASSWORD, Basic::Refused);
    let discovery = find_as(ANNA, &credentials, &network.way(&[])).await;
    assert!(matches!(discovery.outcome, Err(NotFound::Nobody { .. })));
    let offered = "Basic".to_owned();
    let refused = Saying::NoCommonScheme { offered };
    assert!(discovery.heard.iter().any(|step| step.saying == refused));
    for asked in network.asked() {
        assert!(!asked.head.contains("authorization"), "{asked:?}");
    }
}

#[tokio::test]
async fn sr_25_a_wrong_password_is_shown_once_to_each_host_and_three_times_in_all() {
    let script = |asked: &Asked| {
        if is_get(asked) {
            nothing()
        } else {
            asks_for_basic()
        }
    };
    let mut network = Network::new(|_| false, script).await;
    network.records = (1..=4)
        .map(|number| ews::autodiscover::Srv {
            priority: number,
            weight: 0,
            port: 443,
            target: format!("ex{number}.example.org"),
        })
        .collect();
    let credentials = anna(PASSWORD, Basic::Allowed);
    let discovery = find_as(ANNA, &credentials, &network.way(&[])).await;
    assert!(matches!(discovery.outcome, Err(NotFound::SignIn { .. })));
    let asked = network.asked();
    let shown: Vec<_> = asked
        .iter()
        .filter(|one| one.head.contains("authorization"))
        .map(|one| one.host.as_str())
        .collect();
    let hosts = ["autodiscover.example.org", "example.org", "ex1.example.org"];
    assert_eq!(shown, hosts);
}

const GROUPING: &str = r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover"><s:Body>
 <GetUserSettingsResponseMessage><Response><UserResponses><UserResponse>
 <ErrorCode>NoError</ErrorCode><UserSettings>
 <UserSetting><Name>ExternalEwsUrl</Name>
 <Value>https://mail.example.org/EWS/Exchange.asmx</Value></UserSetting>
 <UserSetting><Name>GroupingInformation</Name><Value>Lund</Value></UserSetting>
 </UserSettings></UserResponse></UserResponses></Response></GetUserSettingsResponseMessage>
 </s:Body></s:Envelope>"#;

/// V2 names `server` at `example.org` alone; who signs in at a host of
/// `refusing` is refused, and `example.org` tells the grouping otherwise.
async fn grouped(server: &'static str, refusing: &'static [&str]) -> Result<Found, NotFound> {
    let script = move |asked: &Asked| match (is_get(asked), asked.host.as_str()) {
        (true, "example.org") => answer("200 OK", &[], &format!("{{\"Url\":\"{server}\"}}")),
        (false, host) if refusing.contains(&host) => asks_for_basic(),
        (false, "example.org") => answer("200 OK", &["Content-Type: text/xml"], GROUPING),
        _ => nothing(),
    };
    let network = Network::new(|_| false, script).await;
    let way = Way {
        wants_grouping: true,
        ..network.way(&[])
    };
    find_as(ANNA, &anna(PASSWORD, Basic::Allowed), &way)
        .await
        .outcome
}

#[tokio::test]
async fn a_refusal_where_the_grouping_is_asked_for_does_not_lose_the_server_that_v2_named() {
    let found = grouped(OWN, &["autodiscover.example.org"]).await.unwrap();
    assert_eq!((found.url.as_str(), found.protocol), (OWN, Protocol::V2));
    assert_eq!(found.grouping.as_deref(), Some("Lund"), "who came later");

    let all = &["autodiscover.example.org", "example.org"];
    let found = grouped(OWN, all).await.unwrap();
    assert_eq!((found.url.as_str(), found.grouping), (OWN, None));
}

#[tokio::test]
async fn sr_25_a_refusal_by_the_server_that_v2_named_is_one() {
    let server = "https://example.org/EWS/Exchange.asmx";
    let outcome = grouped(server, &["example.org"]).await;
    let host = "example.org".to_owned();
    assert_eq!(outcome, Err(NotFound::SignIn { host }));
}
