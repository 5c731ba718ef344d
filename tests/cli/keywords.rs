//! `joinbell-cli enrich` as a program, with a real keyring, against the
//! simulated Exchange.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;

use chrono::Duration;
use chrono_tz::Tz;
use exchange_sim::{
    Options, Simulator, demo,
    world::details::{Details, Person, Response, Sensitivity},
};
use scenarios::terminal::{Home, Outcome, Secrets};
use serde_json::Value;

const ZONE: Tz = Tz::Europe__Stockholm;
const SETTINGS: &str = "[keywords]\npersonal = \"https://acme.webex.com/meet/anna\"\n\
                        one_time = \"https://meet.jit.si/{id}\"\n";

/// Runs the program beside the simulator.
async fn run(home: &Home, arguments: &[&str], input: &str) -> Outcome {
    let command = home.command(arguments);
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || scenarios::terminal::run(command, &input))
        .await
        .unwrap()
}

fn outcomes(printed: &Outcome) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&printed.out).expect(&printed.err);
    assert_eq!(document["version"], 1);
    let meetings = document["meetings"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = |one: &Value| (text(&one["title"]), text(&one["outcome"]));
    meetings.iter().map(pair).collect()
}

fn writes(server: &Simulator) -> usize {
    let requests = server.requests();
    requests
        .iter()
        .filter(|r| r.operation == "UpdateItem")
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn enrich_shows_then_writes_and_then_has_nothing_to_write() {
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let options = Options::default();
    let now = (options.clock)();
    let mut world = exchange_sim::World::empty(now);
    world.add_mailbox(demo::ADDRESS, "Anna Berg", ZONE, demo::PASSWORD);
    let meeting = |subject: &str, hours: i64, place: &str| {
        let start = now + Duration::hours(hours);
        Details::new(subject, start, start + Duration::hours(1), ZONE)
            .at(place)
            .called_by(Person::new("Anna Berg", demo::ADDRESS), Response::Organizer)
    };
    let mut private = meeting("Secret plan", 3, "@webex");
    private.sensitivity = Sensitivity::Private;
    for one in [
        meeting("Planning", 2, "@meet"),
        private,
        meeting("Without a keyword", 4, "Room 2"),
    ] {
        world.add(demo::ADDRESS, one).unwrap();
    }
    let server = Simulator::start(world, options).await.unwrap();

    let none = run(&home, &["enrich"], "").await;
    assert_eq!(none.code, 8, "no account yet: {none:?}");
    let url = server.ews_url();
    let account = ["account", "add", "--server", &url, "--user", demo::ADDRESS];
    let added = run(&home, &account, demo::PASSWORD).await;
    assert_eq!(added.code, 0, "{added:?}");

    let no_room = run(&home, &["enrich", "--json"], "").await;
    assert_eq!(no_room.code, 1, "no room is set: {no_room:?}");
    assert!(no_room.sentence().contains("the list says"));
    assert_eq!(outcomes(&no_room)[0].1, "no_room");
    fs::write(home.data().join("settings.toml"), SETTINGS).unwrap();

    let shown = run(&home, &["enrich", "--dry-run", "--json"], "").await;
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    let private = (String::new(), "would_write".to_owned());
    let planning = ("Planning".to_owned(), "would_write".to_owned());
    assert_eq!(outcomes(&shown), [planning, private]);
    assert!(!shown.out.contains("acme.webex.com"), "{}", shown.out);
    assert_eq!(writes(&server), 0);

    let written = run(&home, &["enrich"], "").await;
    assert_eq!((written.code, written.err.as_str()), (0, ""));
    assert!(
        written
            .out
            .contains("Planning  written: Jitsi, meet.jit.si"),
        "{}",
        written.out
    );
    assert!(
        written.out.contains("written: Webex, acme.webex.com"),
        "{}",
        written.out
    );
    assert_eq!(writes(&server), 2);

    let again = run(&home, &["enrich", "--json", "--private"], "").await;
    assert_eq!((again.code, again.err.as_str()), (0, ""));
    let done = |title: &str| (title.to_owned(), "has_details".to_owned());
    assert_eq!(outcomes(&again), [done("Planning"), done("Secret plan")]);
    assert_eq!(writes(&server), 2);

    let next = run(&home, &["agenda", "--json"], "").await;
    let document: Value = serde_json::from_str(&next.out).unwrap();
    assert_eq!(document["meetings"][0]["join"]["host"], "meet.jit.si");

    server.stop().await;
    let offline = run(&home, &["enrich"], "").await;
    assert_eq!(offline.code, 4, "{offline:?}");
    offline.sentence();
}
