//! A network that does everything to get a password or to be asked: own hosts
//! that send elsewhere by every means, records that point elsewhere, names
//! above the domain that would answer.

use std::fmt::Write as _;

use ews::{
    Basic,
    autodiscover::{NotFound, Srv, find_as},
};

use super::network::{Asked, Network, PASSWORD, anna, answer, nothing, redirect};

/// Two hundred addresses of every shape, each with its domain where it has
/// one of its own.
fn shapes() -> Vec<(String, Option<String>)> {
    let suffixes = [
        "com",
        "org",
        "se",
        "de",
        "co.uk",
        "com.br",
        "ac.jp",
        "gov.au",
        "github.io",
        "k12.ca.us",
        "museum",
        "xn--p1ai",
        "рф",
        "みんな",
        "com.cn",
        "blogspot.com",
        "kobe.jp",
        "ck",
        "kawasaki.jp",
        "uk",
    ];
    let mut shapes = Vec::new();
    for suffix in suffixes {
        // Below a public suffix, at any depth, in any script and case.
        for name in [
            "b",
            "B",
            "sub.b",
            "a.b.c.d",
            "exämple",
            "xn--exmple-cua",
            "b-1",
        ] {
            let domain = format!("{name}.{suffix}");
            shapes.push((format!("a@{domain}"), Some(domain)));
        }
        // The suffix itself, and what only looks like more.
        for wrong in [
            suffix.to_owned(),
            format!(".{suffix}"),
            format!("..{suffix}"),
        ] {
            shapes.push((format!("a@{wrong}"), None));
        }
    }
    shapes
}

fn lured(asked: &Asked) -> String {
    if asked.line.starts_with("GET") {
        // Some do it at once, others wait for the phase with the password.
        if asked.host.len().is_multiple_of(3) {
            return nothing();
        }
        if asked.host.starts_with("autodiscover.") {
            return redirect("https://autodiscover.evil.net/autodiscover/autodiscover.json");
        }
        let evil = r#"{"Protocol":"Ews","Url":"https://mail.evil.net/EWS/Exchange.asmx"}"#;
        return answer("200 OK", &[], evil);
    }
    if asked.line.contains(".svc") {
        return redirect("https://autodiscover.evil.net/autodiscover/autodiscover.svc");
    }
    // The "ol' switcheroo": Basic alone, in place of what the client hoped for.
    answer(
        "401 Unauthorized",
        &["WWW-Authenticate: Basic realm=\"evil\""],
        "",
    )
}

#[tokio::test]
async fn sr_19_of_two_hundred_addresses_no_foreign_name_is_asked_and_no_credential_sent() {
    let shapes = shapes();
    assert_eq!(shapes.len(), 200);
    let mut network = Network::new(|_| false, lured).await;
    network.records = vec![Srv {
        priority: 0,
        weight: 0,
        port: 443,
        target: "autodiscover.evil.net.".to_owned(),
    }];
    let way = network.way(&[]);
    let credentials = anna(PASSWORD, Basic::Refused);
    let (mut searched, mut before, mut looked_up) = (0, 0, 0);
    let mut leaks = String::new();
    for (address, domain) in &shapes {
        let outcome = find_as(address, &credentials, &way).await.outcome;
        let ascii = domain
            .as_ref()
            .and_then(|domain| url::Host::parse(domain).ok())
            .map(|host| host.to_string());
        let own = ascii.map(|domain| (format!("autodiscover.{domain}"), domain));
        let named = network.named();
        for name in &named[before..] {
            if own.as_ref().is_none_or(|(a, b)| name != a && name != b) {
                writeln!(leaks, "{address} led to {name}").unwrap();
            }
        }
        for name in &network.looked_up()[looked_up..] {
            let below =
                |(_, domain): &(String, String)| *name == format!("_autodiscover._tcp.{domain}");
            if !own.as_ref().is_some_and(below) {
                writeln!(leaks, "{address} looked up {name}").unwrap();
            }
        }
        looked_up = network.looked_up().len();
        searched += usize::from(named.len() > before);
        before = named.len();
        match (outcome, domain) {
            (Err(NotFound::Foreign { host, .. }), Some(_)) => {
                assert!(host.ends_with("evil.net"), "{address}: {host}");
            }
            // Some of the names are public suffixes themselves.
            (Err(NotFound::Address(_)), _) => {}
            (other, _) => panic!("{address}: {other:?}"),
        }
    }
    assert!(leaks.is_empty(), "{leaks}");
    assert!(searched > 120, "{searched} of 200 were searched for");
    let asked = network.asked();
    let posts = asked.iter().filter(|one| one.line.starts_with("POST"));
    assert!(
        posts.count() > 40,
        "the phase with the password was reached"
    );
    for asked in asked {
        assert!(!asked.head.contains("authorization"), "{asked:?}");
        assert!(!asked.body.contains(PASSWORD), "{asked:?}");
    }
}
