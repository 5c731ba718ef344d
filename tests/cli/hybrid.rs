//! `joinbell-cli` with a hybrid service: the real program, a real keyring, the
//! service, the key service, the connector and the simulated Exchange.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use chrono::{DateTime, Utc};
use engine::{Clock as _, SystemClock};
use exchange_sim::{World, world::details::Details};
use scenarios::{
    canary,
    hybrid::{self, Hybrid, exchange, typing},
    stage::{ANNA, PASSWORD, ZONE},
    terminal::{Home, Outcome, Secrets},
};
use serde_json::Value;

fn now() -> DateTime<Utc> {
    SystemClock.now()
}

fn meeting(title: &str) -> Details {
    let start = now() + chrono::Duration::hours(2);
    Details::new(title, start, start + chrono::Duration::minutes(30), ZONE)
}

async fn hybrid() -> Hybrid {
    let mut world = World::empty(now());
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    world.add(ANNA, meeting("canary-planning")).unwrap();
    let users = vec![ANNA.to_owned()];
    Hybrid::beside(exchange(world, &users).await, users).await
}

fn home() -> Option<Home> {
    Home::new(Secrets::Working)
        .map_err(|lacks| println!("skipped: {lacks}"))
        .ok()
}

async fn run(home: &Home, arguments: &[&str]) -> Outcome {
    let command = home.command(arguments);
    let run = move || scenarios::terminal::run(command, "");
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// Adds the account; `typed` is what the user makes of the code.
async fn add(home: &Home, hybrid: &Hybrid, typed: fn(String) -> String) -> Outcome {
    let (url, ca) = (hybrid.url(), hybrid.ca_file());
    let command = home.command(&[
        "account",
        "add",
        "--service",
        url.as_str(),
        "--email",
        ANNA,
        "--ca",
        ca.to_str().unwrap(),
    ]);
    let look = || Some(typed(hybrid.code_of(ANNA)?.shown().as_str().to_owned()));
    typing::run(command, look).await
}

/// The connector may need a moment for a mailbox that is new to it.
async fn until_listed(home: &Home, title: &str) {
    let end = now() + chrono::Duration::seconds(30);
    loop {
        let agenda = run(home, &["agenda"]).await;
        if agenda.code == 0 && agenda.out.contains(title) {
            return;
        }
        assert!(now() < end, "{agenda:?}");
        let next = now() + chrono::Duration::milliseconds(200);
        SystemClock.wait_until(next).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_the_calendar_is_all_that_a_user_types() {
    let Some(home) = home() else { return };
    let mut hybrid = hybrid().await;
    let connector = hybrid.connector().await;
    let added = add(&home, &hybrid, |code| code.to_lowercase()).await;
    assert_eq!(added.code, 0, "{added:?}");
    assert!(
        added.out.contains("its calendar now has an entry"),
        "{added:?}"
    );
    assert!(
        added.out.contains(&format!("Added {ANNA} at 127.0.0.1")),
        "{added:?}"
    );

    until_listed(&home, "canary-planning").await;

    // Without the key service nothing new can be opened, and what was known
    // stays.
    hybrid.stop_keys().await;
    let locked = run(&home, &["agenda"]).await;
    assert!(locked.out.contains("canary-planning"), "{locked:?}");
    assert!(
        locked.err.contains("key service does not answer"),
        "{locked:?}"
    );
    hybrid.start_keys().await;

    hybrid.stop_service().await;
    let alone = run(&home, &["agenda"]).await;
    assert!(alone.out.contains("canary-planning"), "{alone:?}");
    assert!(alone.err.contains("cannot be reached"), "{alone:?}");
    let offline = run(&home, &["agenda", "--offline"]).await;
    assert_eq!(offline.code, 0, "{offline:?}");
    assert!(offline.out.contains("canary-planning"), "{offline:?}");

    let search = canary::Search::new(["canary-planning", "Joinbell code"].map(str::to_owned));
    for file in home.written() {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert_eq!(search.found(&bytes), None, "in {}", file.display());
    }
    connector.stop().await;
    hybrid.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_is_one_sentence_and_nothing_is_kept() {
    let Some(home) = home() else { return };
    let mut hybrid = hybrid().await;
    let connector = hybrid.connector().await;
    let wrong = add(&home, &hybrid, |_| "0000-0000-0000-0000".to_owned()).await;
    assert_eq!(wrong.code, 3, "{wrong:?}");
    assert!(wrong.sentence().contains("not the code"), "{wrong:?}");
    let malformed = add(&home, &hybrid, |_| "password".to_owned()).await;
    assert_eq!(malformed.code, 3, "{malformed:?}");
    assert!(malformed.sentence().contains("sixteen"), "{malformed:?}");

    let (url, ca) = (hybrid.url(), hybrid.ca_file());
    let ca = ca.to_str().unwrap();
    let try_at = async |service: &str, more: &[&str]| {
        let mut arguments = vec!["account", "add", "--service", service, "--email", ANNA];
        arguments.extend(more);
        run(&home, &arguments).await
    };
    let untrusted = try_at(url.as_str(), &[]).await;
    assert_eq!(untrusted.code, 5, "{untrusted:?}");
    assert!(untrusted.sentence().contains("not trusted"));
    let elsewhere = url.join("00000000000000000000000000000000").unwrap();
    let elsewhere = try_at(elsewhere.as_str(), &["--ca", ca]).await;
    assert_eq!(elsewhere.code, 6, "{elsewhere:?}");
    assert!(elsewhere.sentence().contains("does not serve"));
    let plain = try_at("http://127.0.0.1:1", &["--ca", ca]).await;
    assert_eq!(plain.code, 6, "{plain:?}");
    hybrid.stop_service().await;
    let away = try_at(url.as_str(), &["--ca", ca]).await;
    assert_eq!(away.code, 4, "{away:?}");
    assert!(away.sentence().contains("cannot be reached"));
    let list = run(&home, &["account", "list"]).await;
    assert_eq!(list.out, "", "{list:?}");
    connector.stop().await;
    hybrid.stop().await;
}

const STEPS: [&str; 8] = [
    "address",
    "connection",
    "service",
    "keys",
    "device",
    "release",
    "meetings",
    "connector",
];

/// Runs `doctor` and says which step failed, why, and with which exit code.
async fn doctor(home: &Home, more: &[&str]) -> (String, String, i32) {
    let mut arguments = vec!["doctor", ANNA, "--json"];
    arguments.extend(more);
    let outcome = run(home, &arguments).await;
    let document: Value = serde_json::from_str(&outcome.out).expect(&outcome.err);
    let steps = document["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str()).collect();
    assert_eq!(names, STEPS.map(Some));
    assert_eq!(document["healthy"], outcome.code == 0);
    let failed = steps.iter().position(|step| step["outcome"] == "failed");
    if let Some(failed) = failed {
        let each = |outcome: &'static str| move |step: &Value| step["outcome"] == outcome;
        assert!(steps[..failed].iter().all(each("ok")), "{document}");
        assert!(
            steps[failed + 1..].iter().all(each("skipped")),
            "{document}"
        );
        assert_eq!(document["advice"], outcome.sentence());
    }
    for told in [&outcome.out, &outcome.err] {
        assert!(!told.contains("canary"), "{told}");
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        failed.map(|at| STEPS[at].to_owned()).unwrap_or_default(),
        text(&document["cause"]),
        outcome.code,
    )
}

fn found(step: &str, cause: &str, code: i32) -> (String, String, i32) {
    (step.to_owned(), cause.to_owned(), code)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_walks_to_the_connectors_last_sign_of_life_and_names_what_is_in_the_way() {
    let Some(home) = home() else { return };
    let mut hybrid = hybrid().await;
    let connector = hybrid.connector().await;
    let added = add(&home, &hybrid, |code| code).await;
    assert_eq!(added.code, 0, "{added:?}");
    until_listed(&home, "canary-planning").await;

    let well = run(&home, &["doctor", ANNA]).await;
    assert_eq!(well.code, 0, "{well:?}");
    let last = well.out.trim_end().lines().last().unwrap();
    assert!(last.starts_with("All is well: 127.0.0.1:"), "{well:?}");
    assert_eq!(well.out.trim_end().lines().count(), STEPS.len() + 1);
    assert_eq!(doctor(&home, &[]).await, found("", "", 0));

    // Another authority than the one that has signed the certificate.
    let other = home.data().join("../other.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let signed = rcgen::CertificateParams::default()
        .self_signed(&key)
        .unwrap();
    std::fs::write(&other, signed.pem()).unwrap();
    let untrusted = doctor(&home, &["--ca", other.to_str().unwrap()]).await;
    assert_eq!(untrusted, found("connection", "certificate", 5));

    hybrid.stop_keys().await;
    let keys_away = doctor(&home, &[]).await;
    assert_eq!(keys_away, found("keys", "keys_away", 4));
    hybrid.start_keys().await;

    hybrid.stop_service().await;
    let away = doctor(&home, &[]).await;
    assert_eq!(away, found("connection", "unreachable", 4));
    hybrid.start_service().await;

    // Something else than a hybrid service, and one without an account.
    let ca = hybrid.ca_file();
    let [_, keys] = hybrid.addresses();
    let other_program = format!("https://{keys}");
    let arguments = ["--service", &other_program, "--ca", ca.to_str().unwrap()];
    let no_service = doctor(&home, &arguments).await;
    assert_eq!(no_service, found("service", "not_service", 6));
    let url = hybrid.url();
    let mut arguments = vec!["doctor", "ben@example.org", "--service", url.as_str()];
    arguments.extend(["--ca", ca.to_str().unwrap()]);
    let stranger = run(&home, &arguments).await;
    assert_eq!(stranger.code, 0, "{stranger:?}");
    let last = stranger.out.trim_end().lines().last().unwrap();
    assert!(last.ends_with("to look further."), "{stranger:?}");

    let listed = hybrid.program().await.devices().await.unwrap();
    let mut words = listed.split_whitespace();
    let device = words.find_map(|word| word.parse().ok()).unwrap();
    hybrid.program().await.revoke(device, None).await.unwrap();
    let revoked = doctor(&home, &[]).await;
    assert_eq!(revoked, found("device", "device", 3));
    connector.stop().await;
    hybrid.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_prints_what_the_connector_brings() {
    let Some(home) = home() else { return };
    let hybrid = hybrid().await;
    let connector = hybrid.connector().await;
    let added = add(&home, &hybrid, |code| code).await;
    assert_eq!(added.code, 0, "{added:?}");
    let mut watch = home
        .command(&["watch", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel::<Value>();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if told.send(serde_json::from_str(&line).unwrap()).is_err() {
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
        let there = tokio::time::timeout(Duration::from_mins(1), wait).await;
        there.expect(title);
    };
    until("added", "canary-planning").await;
    let number = hybrid
        .exchange
        .world(|world| world.add(ANNA, meeting("Called at short notice")))
        .unwrap();
    until("added", "Called at short notice").await;
    hybrid
        .exchange
        .world(|world| world.delete(ANNA, number))
        .unwrap();
    until("removed", "Called at short notice").await;
    watch.kill().unwrap();
    watch.wait().unwrap();
    connector.stop().await;
    hybrid.stop().await;
}

/// What `./run --hybrid --check` does, with programs that are built.
#[tokio::test(flavor = "multi_thread")]
async fn the_day_that_run_shows_passes_its_own_check() {
    // It makes a home with a keyring for each of its users.
    let Some(home) = home() else { return };
    // The programs are beside it, and built with what they are asked here.
    let _built = (hybrid::programs::binaries(), home.command(&["--version"]));
    let mut day = Command::new(env!("CARGO_BIN_EXE_hybrid-day"));
    day.arg("--check");
    let day = tokio::task::spawn_blocking(move || day.output()).await;
    let day = day.unwrap().unwrap();
    let said = String::from_utf8_lossy(&day.stdout).into_owned();
    let error = String::from_utf8_lossy(&day.stderr);
    assert!(day.status.success(), "{said}{error}");
    for line in [
        "sees its own meetings and nothing else",
        "a new meeting has come",
        "has asked when",
        "All programs have ended.",
    ] {
        assert!(said.contains(line), "{line}: {said}{error}");
    }
}
