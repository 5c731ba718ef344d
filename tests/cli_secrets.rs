//! Where words that must stay secret turn up after `joinbell-cli` has run:
//! nowhere but in the keyring.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{fs, process::Stdio};

use base64::Engine as _;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    Options, Simulator, World,
    world::details::{Details, Person, Response},
};
use scenarios::{
    canary::holds,
    terminal::{Home, Outcome, Secrets, run},
};

const USER: &str = "anna@example.org";
const PASSWORD: &str = "canary-password-5f1c";
const CANARIES: [&str; 7] = [
    PASSWORD,
    "canary-title-81aa",
    "canary-place-0d4e",
    "canary-body-77b2",
    "canary-person-c3c3",
    "canary-address-19f0",
    "canary-link-6e2d",
];

fn world(now: DateTime<Utc>) -> World {
    let zone = Tz::Europe__Stockholm;
    let mut world = World::empty(now);
    world.add_mailbox(USER, "Anna Berg", zone, PASSWORD);
    let start = now + Duration::hours(1);
    let details = Details::new("canary-title-81aa", start, start + Duration::hours(1), zone)
        .at("canary-place-0d4e")
        .text("canary-body-77b2 https://example.webex.com/meet/canary-link-6e2d")
        .called_by(
            Person::new("canary-person-c3c3", "canary-address-19f0@example.org"),
            Response::Accept,
        )
        .with(Person::new("Anna Berg", USER), Response::Accept);
    world.add(USER, details).unwrap();
    world
}

#[test]
fn the_scan_finds_a_word_in_every_form() {
    let word = "canary-title-81aa";
    for text in [
        "..canary-title-81aa..",
        "xcanary-title-81aa",
        "xycanary-title-81aa!",
    ] {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        assert!(
            holds(text.as_bytes(), word) && holds(encoded.as_bytes(), word),
            "{encoded}"
        );
    }
    assert!(!holds(b"canary-title-81ab", word));
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_06_13_23_and_65_after_a_run_no_secret_is_on_the_disk_in_a_log_or_in_the_process() {
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let options = Options::default();
    let world = world((options.clock)());
    let server = Simulator::start(world, options).await.unwrap();
    let url = server.ews_url();
    let mut said = String::new();
    let steps: [(&[&str], &str); 4] = [
        (
            &["account", "add", "--server", &url, "--user", USER],
            PASSWORD,
        ),
        (&["agenda"], ""),
        (&["next", "--json"], ""),
        (&["agenda", "--offline"], ""),
    ];
    for (arguments, input) in steps {
        let mut command = home.command(arguments);
        command.env("JOINBELL_LOG", "trace");
        let input = input.to_owned();
        let done: Outcome = tokio::task::spawn_blocking(move || run(command, &input))
            .await
            .unwrap();
        assert_eq!(done.code, 0, "{done:?}");
        said.push_str(&done.err);
    }
    assert!(said.contains("TRACE"), "the log was on");

    // While it runs: what others can see of the process, and the open store.
    let mut watch = home
        .command(&["watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = [0];
    std::io::Read::read_exact(watch.stdout.as_mut().unwrap(), &mut first).unwrap();
    let process = format!("/proc/{}", watch.id());
    let mut places = vec![("the log".to_owned(), said.into_bytes())];
    let limits = fs::read_to_string(format!("{process}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file"));
    let numbers: Vec<&str> = core.unwrap().split_whitespace().skip(4).take(2).collect();
    assert_eq!(numbers, ["0", "0"], "no core file holds its memory");
    for name in ["cmdline", "environ"] {
        if let Ok(bytes) = fs::read(format!("{process}/{name}")) {
            places.push((name.to_owned(), bytes));
        }
    }
    let mut files = 0;
    for path in home.written() {
        // The write-ahead log may go while the list is walked.
        if let Ok(bytes) = fs::read(&path) {
            files += 1;
            places.push((path.display().to_string(), bytes));
        }
    }
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert!(files >= 3, "accounts, store and lock are there");
    for (place, bytes) in &places {
        for canary in CANARIES {
            assert!(!holds(bytes, canary), "{canary} is in {place}");
        }
    }
}
