//! A day with the real `joinbell-cli`, a real keyring, and the simulated
//! Exchange over HTTP and HTTPS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

use chrono_tz::Tz;
use exchange_sim::{
    ChannelBinding, Options, SignIn, Simulator, Transport, demo, world::details::Details,
};
use scenarios::terminal::{Home, Outcome, Secrets};
use serde_json::Value;

const ZONE: Tz = Tz::Europe__Stockholm;

async fn simulator(transport: Transport) -> Simulator {
    let options = Options {
        transport,
        ..Options::default()
    };
    let world = demo::day((options.clock)(), ZONE);
    Simulator::start(world, options).await.unwrap()
}

/// A home with a keyring, or the reason why there is none.
fn home() -> Option<Home> {
    Home::new(Secrets::Working)
        .map_err(|lacks| println!("skipped: {lacks}"))
        .ok()
}

/// Runs the program beside the simulator.
async fn run(home: &Home, arguments: &[&str], input: &str) -> Outcome {
    let command = home.command(arguments);
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || scenarios::terminal::run(command, &input))
        .await
        .unwrap()
}

async fn add(home: &Home, server: &Simulator) {
    let ca = home.data().join("../authority.pem");
    let url = server.ews_url();
    let mut arguments = vec!["account", "add", "--server", &url, "--user", demo::ADDRESS];
    let path = ca.display().to_string();
    if let Some(pem) = server.ca_pem() {
        fs::write(&ca, pem).unwrap();
        arguments.extend(["--ca", &path]);
    }
    let added = run(home, &arguments, demo::PASSWORD).await;
    assert_eq!((added.code, added.err.as_str()), (0, ""), "{}", added.out);
    assert!(added.out.contains(demo::ADDRESS), "{}", added.out);
}

fn json(outcome: &Outcome) -> Value {
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    serde_json::from_str(&outcome.out).unwrap()
}

fn meeting<'a>(document: &'a Value, title: &str) -> &'a Value {
    let meetings = document["meetings"].as_array().unwrap();
    meetings
        .iter()
        .find(|meeting| meeting["title"] == title)
        .expect(title)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_over_https_with_an_own_authority_lists_its_day_also_without_the_server() {
    let Some(home) = home() else { return };
    let server = simulator(Transport::Tls).await;
    add(&home, &server).await;

    let agenda = run(&home, &["agenda"], "").await;
    assert_eq!((agenda.code, agenda.err.as_str()), (0, ""));
    assert!(agenda.out.starts_with("Today  "), "{}", agenda.out);
    assert!(agenda.out.contains("Release planning"), "{}", agenda.out);
    assert!(agenda.out.contains("example.webex.com"), "{}", agenda.out);

    let document = json(&run(&home, &["agenda", "--json"], "").await);
    assert_eq!(document["version"], 1);
    assert_eq!(document["state"], "up_to_date");
    let planning = meeting(&document, "Release planning");
    assert_eq!(planning["join"]["host"], "example.webex.com");
    assert_eq!(planning["organizer"]["name"], "Bo Ekman");
    assert_eq!(planning["response"], "accepted");
    assert_eq!(planning["all_day"], false);

    let next = json(&run(&home, &["next", "--json"], "").await);
    meeting(&next, "Release planning");

    server.stop().await;
    let offline = run(&home, &["agenda"], "").await;
    assert_eq!(offline.code, 4, "{offline:?}");
    assert!(
        offline.out.starts_with("Offline, as of "),
        "{}",
        offline.out
    );
    assert!(offline.out.contains("Release planning"), "{}", offline.out);
    assert!(offline.sentence().contains("cannot be reached"));

    let stored = run(&home, &["agenda", "--offline"], "").await;
    assert_eq!((stored.code, stored.err.as_str()), (0, ""));
    assert_eq!(stored.out, offline.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_signs_in_by_ntlm_under_extended_protection() {
    let Some(home) = home() else { return };
    let options = Options {
        transport: Transport::Tls,
        sign_in: SignIn::Ntlm,
        channel_binding: ChannelBinding::Required,
        ..Options::default()
    };
    let world = demo::day((options.clock)(), ZONE);
    let server = Simulator::start(world, options).await.unwrap();
    add(&home, &server).await;
    let document = json(&run(&home, &["agenda", "--json"], "").await);
    meeting(&document, "Release planning");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_listed_and_forgotten_again_with_its_meetings() {
    let Some(home) = home() else { return };
    let server = simulator(Transport::Plain).await;
    add(&home, &server).await;
    assert_eq!(run(&home, &["agenda"], "").await.code, 0);

    let list = run(&home, &["account", "list"], "").await;
    let id = list.out.split_whitespace().next().unwrap().to_owned();
    assert!(list.out.contains(demo::ADDRESS) && list.out.contains(&server.ews_url()));
    let removed = run(&home, &["account", "remove", &id], "").await;
    assert_eq!((removed.code, removed.err.as_str()), (0, ""));
    assert_eq!(run(&home, &["account", "list"], "").await.out, "");
    assert_eq!(run(&home, &["agenda", "--offline"], "").await.code, 8);
    assert_eq!(run(&home, &["account", "remove", &id], "").await.code, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_prints_a_change_on_the_server_as_it_comes() {
    let Some(home) = home() else { return };
    let server = simulator(Transport::Plain).await;
    add(&home, &server).await;

    let mut watch = home
        .command(&["watch", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel::<Value>();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let line = serde_json::from_str(&line).unwrap();
            if told.send(line).is_err() {
                return;
            }
        }
    });
    let mut until = async |event: &str, title: &str| {
        let wait = async {
            while let Some(line) = heard.recv().await {
                if line["event"] == event && line["meeting"]["title"] == title {
                    return;
                }
            }
            panic!("watch ended before {event} {title}");
        };
        tokio::time::timeout(Duration::from_mins(1), wait)
            .await
            .expect(title);
    };

    until("added", "Release planning").await;
    let now = (Options::default().clock)();
    let soon = now + chrono::Duration::hours(2);
    let later = soon + chrono::Duration::hours(1);
    let details = Details::new("Called at short notice", soon, later, ZONE);
    let number = server
        .world(|world| world.add(demo::ADDRESS, details))
        .unwrap();
    until("added", "Called at short notice").await;
    server
        .world(|world| {
            world.change(demo::ADDRESS, number, |item| {
                item.details.subject = "Renamed".to_owned();
            })
        })
        .unwrap();
    until("changed", "Renamed").await;
    server
        .world(|world| world.delete(demo::ADDRESS, number))
        .unwrap();
    until("removed", "Renamed").await;
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_ends_when_nobody_reads_it_any_more() {
    let Some(home) = home() else { return };
    let server = simulator(Transport::Plain).await;
    add(&home, &server).await;
    let mut watch = home
        .command(&["watch"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    drop(lines);
    let now = (Options::default().clock)();
    let soon = now + chrono::Duration::hours(2);
    let details = Details::new("Late call", soon, soon + chrono::Duration::hours(1), ZONE);
    server
        .world(|world| world.add(demo::ADDRESS, details))
        .unwrap();
    let ended = tokio::task::spawn_blocking(move || watch.wait().unwrap());
    let ended = tokio::time::timeout(Duration::from_mins(1), ended).await;
    assert_eq!(ended.expect("watch ends").unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn join_hands_one_address_to_the_systems_opener() {
    let Some(home) = home() else { return };
    let server = simulator(Transport::Plain).await;
    add(&home, &server).await;

    let printed = run(&home, &["join", "release", "--print"], "").await;
    assert_eq!(
        printed.out, "https://example.webex.com/meet/anna.berg\n",
        "{printed:?}"
    );

    let seen = home.plant("xdg-open");
    let joined = run(&home, &["join", "release"], "").await;
    assert_eq!(joined.code, 0, "{joined:?}");
    assert_eq!(joined.out, "Opening example.webex.com\n");
    let read = tokio::task::spawn_blocking(move || fs::read_to_string(seen).unwrap());
    let seen = tokio::time::timeout(Duration::from_secs(30), read)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen, "1\nhttps://example.webex.com/meet/anna.berg\n");

    let none = run(&home, &["join", "No such meeting"], "").await;
    assert_eq!(none.code, 8);
    none.sentence();
}
