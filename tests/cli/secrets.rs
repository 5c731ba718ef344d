//! Where words that must stay secret turn up after `joinbell-cli` has run:
//! nowhere but in the keyring.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    process::{Command, Stdio},
};

use base64::Engine as _;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    Options, Simulator, World,
    server::faults::{Effect, Fault},
    world::details::{Details, Person, Response},
};
use scenarios::{
    canary::holds,
    terminal::{Home, Secrets, run, seen_of},
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

/// What others have seen of a process: a name in `/proc`, and what stood there.
type Seen = BTreeSet<(&'static str, Vec<u8>)>;

/// A real program's arguments and environment were looked at, not nothing.
fn assert_was_looked_at(seen: &Seen, argument: &str) {
    let knows = |name: &str, word: &str| {
        let mut places = seen.iter().filter(|(one, _)| *one == name);
        places.any(|(_, bytes)| holds(bytes, word))
    };
    assert!(knows("cmdline", argument), "{argument}");
    // Of a program that is not to be looked into only root sees it.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    assert!(!is_root || knows("environ", "JOINBELL_DATA_DIR"));
}

/// Runs a program to its end and looks at it all the while. Gives what it has
/// said on standard error, and what was seen.
fn run_watched(mut command: Command, input: &str) -> (String, Seen) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (process, mut stdin) = (child.id(), child.stdin.take().unwrap());
    let mut seen = Seen::new();
    let done = std::thread::scope(|scope| {
        let run = scope.spawn(move || {
            // One that asks for nothing may be gone.
            let _all = stdin.write_all(input.as_bytes());
            drop(stdin);
            child.wait_with_output().unwrap()
        });
        while !run.is_finished() {
            seen.extend(seen_of(process).into_iter().flatten());
        }
        run.join().unwrap()
    });
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    (said, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_23_the_look_at_a_running_program_finds_what_is_planted_there() {
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let (argument, variable) = ("canary-argument-9be2", "canary-variable-40c7");
    // It waits for a password.
    let add = [
        "account",
        "add",
        "--server",
        "https://mail.example.org",
        "--user",
        argument,
    ];
    let mut child = home
        .command(&add)
        .env("JOINBELL_TEST_PLANTED", variable)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let seen: Seen = seen_of(child.id()).expect("it runs").into_iter().collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_was_looked_at(&seen, argument);
    for (name, bytes) in &seen {
        let planted = if *name == "cmdline" {
            argument
        } else {
            variable
        };
        assert!(holds(bytes, planted), "{name}");
    }
    assert_eq!(seen_of(child.id()), None, "it has ended");
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
    let mut seen = Seen::new();
    for (arguments, input) in steps {
        let mut command = home.command(arguments);
        command.env("JOINBELL_LOG", "trace");
        let watched = tokio::task::spawn_blocking(move || run_watched(command, input));
        let (err, while_it_ran) = watched.await.unwrap();
        assert_was_looked_at(&while_it_ran, arguments[0]);
        seen.extend(while_it_ran);
        said.push_str(&err);
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
    let of_watch: Seen = seen_of(watch.id()).expect("it runs").into_iter().collect();
    assert_was_looked_at(&of_watch, "watch");
    seen.extend(of_watch);
    places.extend(
        seen.into_iter()
            .map(|(name, bytes)| (name.to_owned(), bytes)),
    );
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

/// Answers that say what they should not, or break off in the middle of what
/// is private.
fn broken_answers() -> Vec<Fault> {
    let private = CANARIES[1..].join(" ");
    let soap = |inner: &str| {
        format!(
            r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{inner}</s:Body></s:Envelope>"#
        )
    };
    let fault = soap(&format!(
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>{private}</faultstring></s:Fault>"
    ));
    let answer = |status, kind: &str, body: String| Effect::Answer {
        status,
        kind: kind.to_owned(),
        body,
    };
    let mut all: Vec<Fault> = [
        Effect::Body(private.clone()),
        Effect::Body(soap(&format!("<{}>", CANARIES[1]))),
        Effect::Body(soap(&format!("<a><{0}>{private}</a>", CANARIES[2]))),
        Effect::Body(format!("<!DOCTYPE x [<!ENTITY e '{private}'>]><x>&e;</x>")),
        Effect::Body(fault.clone()),
        answer(500, "text/xml", fault),
        answer(500, "text/html", format!("<html>{private}</html>")),
        answer(200, CANARIES[1], private.clone()),
        Effect::RetryAfter(private.clone()),
        Effect::Truncate,
    ]
    .into_iter()
    .map(Fault::always)
    .collect();
    // Whole items, with every time in them spoilt.
    all.push(Fault {
        operation: Some("GetItem".to_owned()),
        ..Fault::always(Effect::NaiveTimes)
    });
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_65_no_error_repeats_the_words_of_the_answer_that_it_tells_of() {
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let options = Options::default();
    let world = world((options.clock)());
    let server = Simulator::start(world, options).await.unwrap();
    let url = server.ews_url();
    let play = |arguments: &[&str], input: &str| {
        let mut command = home.command(arguments);
        command.env("JOINBELL_LOG", "trace");
        let input = input.to_owned();
        tokio::task::spawn_blocking(move || run(command, &input))
    };
    let add = ["account", "add", "--server", &url, "--user", USER];
    let done = play(&add, PASSWORD).await.unwrap();
    assert_eq!(done.code, 0, "{done:?}");
    let mut failed = 0;
    for fault in broken_answers() {
        let effect = format!("{:?}", fault.effect);
        server.faults().clear();
        server.faults().set(fault);
        for arguments in [&["agenda"][..], &["doctor"]] {
            let done = play(arguments, "").await.unwrap();
            failed += u32::from(done.code != 0);
            for canary in CANARIES {
                assert!(
                    !holds(done.err.as_bytes(), canary),
                    "{canary} is said after {effect}: {}",
                    done.err
                );
            }
            if arguments == ["doctor"] {
                let said = &done.out;
                assert!(
                    !CANARIES.iter().any(|word| holds(said.as_bytes(), word)),
                    "after {effect}: {said}"
                );
            }
        }
    }
    assert!(failed > 10, "the answers were broken: {failed}");
}
