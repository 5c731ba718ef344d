//! A wrong password where no server is named and Autodiscover is asked, signed
//! in (SR-25).

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::fs;

use engine::{Clock as _, SystemClock};
use exchange_sim::{Options, SignIn, Simulator, Transport, World};

use crate::stage::{self, OUTSIDE, PASSWORD, house::House, refusals, settings_text, world};

const MAILBOXES: usize = 20;

/// Twenty mailboxes to be searched for with a wrong password, and nobody
/// outside of the scope for whom it is shown before.
async fn wrong() -> (Simulator, House) {
    let options = Options {
        transport: Transport::Tls,
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    let simulator = stage::simulator_with(world(MAILBOXES), options).await;
    let mut house = House::new(&simulator, MAILBOXES);
    house.proxy = Some(stage::network::autodiscover_at(simulator.address()).await);
    house.write("ca.pem", simulator.ca_pem().expect("an authority"));
    let folder = house.folder.path().to_str().expect("a path").to_owned();
    let found = format!(
        "allow_basic = true\nca_file = \"{folder}/ca.pem\"\nconfirmed = [\"{}\"]",
        simulator.address()
    );
    let settings = settings_text(&found, &folder);
    let settings = settings.replace(&format!("outside = [\"{OUTSIDE}\"]"), "");
    house.write("connector.toml", &settings);
    house.password("a wrong one");
    (simulator, house)
}

/// The one mailbox, at its Autodiscover and at the server that it names.
const ONE_SEARCH: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn sr_25_one_search_alone_shows_a_wrong_password_and_the_gauge_tells_of_it() {
    let (simulator, house) = wrong().await;
    let running = house.start();
    running.until("sign_in_refused", 1).await;
    let health = running.ask("/health").await;
    assert!(health.starts_with("HTTP/1.1 503"), "{health}");
    assert_eq!(running.measure("discoveries").await, 1);
    let shown = refusals(&simulator);
    assert!((1..=ONE_SEARCH).contains(&shown), "{shown} refusals");

    house.password(PASSWORD);
    running.signal("-HUP");
    running.until("listening", MAILBOXES as u64).await;
    assert_eq!(running.measure("sign_in_refused").await, 0);
    assert_eq!(refusals(&simulator), shown);
    running.end();
    let log = fs::read_to_string(house.path("log")).expect("a log");
    assert!(!log.contains("@example.org"), "{log}");
}

/// Mailboxes of another organization, whose server knows no such account,
/// stand first in the list.
#[tokio::test(flavor = "multi_thread")]
async fn sr_25_a_foreign_domain_that_refuses_the_account_holds_up_its_own_mailboxes_alone() {
    let (simulator, mut house) = wrong().await;
    let options = Options {
        transport: Transport::Tls,
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    let empty = World::empty(SystemClock.now());
    let foreign = stage::simulator_with(empty, options).await;
    let leads = [
        ("example.org", simulator.address()),
        ("example.net", foreign.address()),
    ];
    house.proxy = Some(stage::network::autodiscover_of(leads).await);
    let both = [&simulator, &foreign].map(|one| one.ca_pem().expect("an authority"));
    house.write("ca.pem", &both.join("\n"));
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let confirmed = format!("confirmed = [\"{}\", ", foreign.address());
    house.write(
        "connector.toml",
        &settings.replace("confirmed = [", &confirmed),
    );
    house.password(PASSWORD);
    let theirs = (0..10).map(|number| format!("user{number}@example.net"));
    let list: Vec<String> = theirs.chain((0..MAILBOXES).map(stage::address)).collect();
    house.write("mailboxes", &list.join("\n"));

    let running = house.start();
    running.until("listening", MAILBOXES as u64).await;
    assert_eq!(running.measure("sign_in_refused").await, 0);
    assert_eq!(refusals(&simulator), 0);
    // The domain is asked twice, for one mailbox after the other.
    let all = (MAILBOXES + 2) as u64;
    running.until("discoveries", all).await;
    let shown = refusals(&foreign);
    assert!((2..=2 * ONE_SEARCH).contains(&shown), "{shown} refusals");
    running.signal("-HUP");
    running.until("discoveries", all + 2).await;
    assert_eq!(running.measure("listening").await, MAILBOXES as u64);
    running.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_25_a_check_ends_at_the_first_refusal() {
    let (simulator, house) = wrong().await;
    let (clean, said) = house.check();
    assert!(!clean && said.contains("FAULT"), "{said}");
    assert!(!said.contains("could not be looked at"), "{said}");
    let shown = refusals(&simulator);
    assert!((1..=ONE_SEARCH).contains(&shown), "{shown} refusals");
}
