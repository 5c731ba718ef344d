//! The two machines that decide whom to ask, against answers of every kind.

use std::collections::BTreeSet;

use proptest::prelude::*;
use url::Url;

use super::{
    anonymous::{Next, Search},
    dns::{Srv, TARGETS_MAX},
    policy::{Domain, Policy, Trust, Trusted},
    said::{Said, Settings},
    signed_in::{End, Interview, Outcome, Question},
    trail::{Protocol, REDIRECTS_MAX, Trail},
    v2::Answer,
};

const ANNA: &str = "anna@example.org";

fn trail(confirmed: &[&str]) -> Trail {
    let confirmed: Vec<String> = confirmed.iter().map(|c| (*c).to_owned()).collect();
    Trail::new(Policy::new(domain(), &confirmed))
}

fn domain() -> Domain {
    Domain::of_address(ANNA).unwrap()
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn srv(target: &str, port: u16) -> Srv {
    Srv {
        priority: 0,
        weight: 0,
        port,
        target: target.to_owned(),
    }
}

/// Plays a search to its end; gives the places asked.
fn play(
    trail: &mut Trail,
    mut answer: impl FnMut(&Trusted) -> Option<Answer>,
    records: &[Srv],
) -> (Search, Vec<String>) {
    let mut search = Search::new(ANNA, domain(), trail);
    let mut asked = Vec::new();
    loop {
        match search.next() {
            Next::Ask(place) => {
                asked.push(place.place().to_owned());
                let answer = answer(&place);
                search.answered(place, answer, trail);
            }
            Next::LookUp(name) => {
                assert_eq!(name, "_autodiscover._tcp.example.org");
                search.looked_up(records.to_vec(), trail);
            }
            Next::Over => return (search, asked),
        }
    }
}

#[test]
fn the_own_hosts_are_asked_first_and_then_the_targets_of_the_record() {
    let mut trail = trail(&[]);
    let records = [srv("ex.example.org.", 443), srv("example.org", 443)];
    let (search, asked) = play(&mut trail, |_| Some(Answer::Nothing), &records);
    assert_eq!(
        asked,
        ["autodiscover.example.org", "example.org", "ex.example.org"]
    );
    assert_eq!(search.server, None);
    assert_eq!(search.hosts.len(), 3);
}

#[test]
fn a_record_that_points_outside_the_domain_is_named_and_not_asked() {
    let mut trail = trail(&[]);
    let records = [
        srv("autodiscover.hoster.net", 443),
        srv("ex.example.org", 8443),
    ];
    let (_, asked) = play(&mut trail, |_| Some(Answer::Nothing), &records);
    assert_eq!(asked, ["autodiscover.example.org", "example.org"]);
    assert_eq!(trail.foreign(), Some("autodiscover.hoster.net"));
}

#[test]
fn a_record_that_was_confirmed_is_asked() {
    let mut trail = trail(&["autodiscover.hoster.net"]);
    let records = [srv("autodiscover.hoster.net", 443)];
    let (_, asked) = play(&mut trail, |_| Some(Answer::Nothing), &records);
    assert_eq!(asked.last().unwrap(), "autodiscover.hoster.net");
}

#[test]
fn who_cannot_be_reached_is_not_asked_with_a_password_either() {
    let mut trail = trail(&[]);
    let (search, _) = play(
        &mut trail,
        |place| (place.place() == "example.org").then_some(Answer::Nothing),
        &[],
    );
    let hosts: Vec<_> = search.hosts.iter().map(Trusted::place).collect();
    assert_eq!(hosts, ["example.org"]);
}

#[test]
fn a_redirect_in_a_circle_ends() {
    let mut trail = trail(&[]);
    let circle = |place: &Trusted| {
        let other = match place.place() {
            "a.example.org" => "https://b.example.org/autodiscover/autodiscover.json?Email=x",
            _ => "https://a.example.org/autodiscover/autodiscover.json?Email=x",
        };
        Some(Answer::Redirected(url(other)))
    };
    let (search, asked) = play(&mut trail, circle, &[]);
    assert_eq!(search.server, None);
    assert_eq!(asked.len(), 4, "{asked:?}");
}

#[test]
fn redirects_that_never_repeat_end_after_ten() {
    let mut trail = trail(&[]);
    let mut number = 0;
    let endless = |_: &Trusted| {
        number += 1;
        let next = format!("https://a{number}.example.org/?Email=x");
        Some(Answer::Redirected(url(&next)))
    };
    let (_, asked) = play(&mut trail, endless, &[]);
    assert_eq!(asked.len(), 2 + REDIRECTS_MAX, "{asked:?}");
}

/// Plays an interview at two own hosts to its end.
fn talk(
    trail: &mut Trail,
    mut answer: impl FnMut(&Question) -> Outcome,
) -> (Interview, Vec<(Protocol, String)>) {
    let hosts = ["https://autodiscover.example.org/", "https://example.org/"];
    let hosts: Vec<_> = hosts.iter().filter_map(|h| trail.admit(&url(h))).collect();
    let mut interview = Interview::new(ANNA, &hosts, trail);
    let mut asked = Vec::new();
    while let Some(question) = interview.next(trail) {
        asked.push((question.protocol, question.place.url().to_string()));
        let outcome = answer(&question);
        interview.answered(&question, outcome, trail);
    }
    (interview, asked)
}

#[test]
fn a_host_without_soap_such_as_grommunio_is_asked_in_plain_xml() {
    let settings = Settings {
        servers: vec![url("https://mail.example.org/EWS/Exchange.asmx")],
        grouping: None,
    };
    let answer = |question: &Question| match question.protocol {
        Protocol::Pox => Outcome::Said(Said::Settings(settings.clone())),
        _ => Outcome::Said(Said::Nothing),
    };
    let (interview, asked) = talk(&mut trail(&[]), answer);
    let urls: Vec<_> = asked.iter().map(|(_, url)| url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "https://autodiscover.example.org/autodiscover/autodiscover.svc",
            "https://autodiscover.example.org/autodiscover/autodiscover.xml"
        ]
    );
    assert!(matches!(interview.end(), End::Servers(servers, None) if servers.len() == 1));
}

#[test]
fn sr_25_a_refused_password_is_not_shown_to_the_same_host_again_nor_to_many() {
    let (interview, asked) = talk(&mut trail(&[]), |_| Outcome::Refused);
    assert_eq!(asked.len(), 2, "one question for each host: {asked:?}");
    assert_eq!(interview.refused_by.as_deref(), Some("example.org"));

    let mut number = 0;
    let evasive = |_: &Question| {
        number += 1;
        match number % 2 {
            0 => Outcome::Refused,
            _ => Outcome::Said(Said::RedirectUrl(url(&format!(
                "https://a{number}.example.org/autodiscover.svc"
            )))),
        }
    };
    let mut refused = 0;
    let mut evasive = evasive;
    let (_, _) = talk(&mut trail(&[]), |question| {
        let outcome = evasive(question);
        refused += usize::from(outcome == Outcome::Refused);
        outcome
    });
    assert!(refused <= 3, "{refused}");
}

#[test]
fn quirk_53_a_redirect_to_another_address_changes_the_address_once() {
    let mut trail = trail(&[]);
    trail.may_turn_to(ANNA);
    let moved = || Outcome::Said(Said::RedirectAddress("anna@corp.example.org".to_owned()));
    let (interview, asked) = talk(&mut trail, |_| moved());
    assert_eq!(asked.len(), 1);
    assert_eq!(
        interview.end(),
        End::Address("anna@corp.example.org".to_owned())
    );
    let back = || Outcome::Said(Said::RedirectAddress("ANNA@example.org".to_owned()));
    let (interview, _) = talk(&mut trail, |_| back());
    assert_eq!(interview.end(), End::Nobody);
}

#[test]
fn quirk_53_a_redirect_to_the_same_place_is_not_followed() {
    let here = |question: &Question| Outcome::Said(Said::RedirectUrl(question.place.url().clone()));
    let (interview, asked) = talk(&mut trail(&[]), here);
    let places: BTreeSet<_> = asked.iter().collect();
    assert_eq!(places.len(), asked.len());
    assert_eq!(interview.end(), End::Nobody);
}

#[test]
fn a_redirect_leads_from_soap_to_plain_xml_by_its_path() {
    let mut first = true;
    let answer = |_: &Question| {
        if std::mem::replace(&mut first, false) {
            let to = url("https://mail.example.org/Autodiscover/Autodiscover.xml");
            Outcome::Said(Said::RedirectUrl(to))
        } else {
            Outcome::Said(Said::NoMailbox)
        }
    };
    let (interview, asked) = talk(&mut trail(&[]), answer);
    assert_eq!(asked[1].0, Protocol::Pox);
    assert!(asked[1].1.starts_with("https://mail.example.org/"));
    assert_eq!(interview.unknown_to.as_deref(), Some("example.org"));
}

fn anywhere() -> impl Strategy<Value = Url> {
    let host = prop::sample::select(vec![
        "mail.example.org",
        "example.org",
        "autodiscover.org",
        "evil.net",
        "example.org.evil.net",
        "127.0.0.1",
        "outlook.office365.com",
    ]);
    let scheme = prop::sample::select(vec!["https", "http"]);
    let rest = prop::sample::select(vec!["", ":444", "/a.svc", "/a.xml", "/EWS/Exchange.asmx"]);
    (scheme, host, rest).prop_map(|(s, h, r)| format!("{s}://{h}{r}").parse().unwrap())
}

fn any_answer() -> impl Strategy<Value = Option<Answer>> {
    prop_oneof![
        Just(None),
        Just(Some(Answer::Nothing)),
        anywhere().prop_map(|url| Some(Answer::Named(url))),
        anywhere().prop_map(|url| Some(Answer::Redirected(url))),
    ]
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Unreachable),
        Just(Outcome::Refused),
        Just(Outcome::Said(Said::NoMailbox)),
        Just(Outcome::Said(Said::Nothing)),
        "[a-c]@(example\\.org|evil\\.net|x)"
            .prop_map(|address| Outcome::Said(Said::RedirectAddress(address))),
        anywhere().prop_map(|url| Outcome::Said(Said::RedirectUrl(url))),
        prop::collection::vec(anywhere(), 0..3).prop_map(|servers| {
            Outcome::Said(Said::Settings(Settings {
                servers,
                grouping: None,
            }))
        }),
    ]
}

fn is_own(place: &Trusted) -> bool {
    let host = place.url().host_str().unwrap_or_default();
    place.url().scheme() == "https"
        && place.url().port().is_none()
        && domain().trust(host) == Trust::Own
}

proptest! {
    #[test]
    fn sr_19_whatever_servers_and_records_say_no_foreign_place_is_asked(
        answers in prop::collection::vec(any_answer(), 1..40),
        records in prop::collection::vec(("[a-z.]{0,20}", any::<u16>()), 0..9),
    ) {
        let mut trail = trail(&[]);
        let mut answers = answers.into_iter().cycle();
        let mut steps = 0;
        let records: Vec<_> = records.iter().map(|(t, port)| srv(t, *port)).collect();
        let (search, _) = play(&mut trail, |place| {
            steps += 1;
            assert!(is_own(place), "{place:?}");
            answers.next().unwrap()
        }, &records);
        prop_assert!(steps <= 2 + TARGETS_MAX + REDIRECTS_MAX);
        prop_assert!(search.server.iter().chain(&search.hosts).all(is_own));
    }

    #[test]
    fn sr_18_whatever_servers_say_no_password_goes_to_a_foreign_place(
        outcomes in prop::collection::vec(any_outcome(), 1..40),
    ) {
        let mut trail = trail(&[]);
        let mut outcomes = outcomes.into_iter().cycle();
        let (mut steps, mut refused) = (0, 0);
        let (interview, _) = talk(&mut trail, |question| {
            steps += 1;
            assert!(is_own(&question.place), "{question:?}");
            let outcome = outcomes.next().unwrap();
            refused += usize::from(outcome == Outcome::Refused);
            outcome
        });
        prop_assert!(steps <= 4 + REDIRECTS_MAX && refused <= 3);
        if let End::Servers(servers, _) = interview.end() {
            prop_assert!(servers.iter().all(is_own));
        }
    }
}
