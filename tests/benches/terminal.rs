//! How long `joinbell-cli agenda --offline` takes as a whole process, with 200
//! meetings in the sealed store and the key in a real keyring; beside it the
//! same program doing nothing.
//!
//! `cargo bench -p scenarios --bench terminal`

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench ends where a step fails, and measures real time"
)]

use std::time::{Duration, Instant};

use chrono_tz::Tz;
use exchange_sim::{Options, Recording, Simulator, World, world::details::Details};
use scenarios::terminal::{Home, Secrets};

const ANNA: &str = "anna@example.org";
const PASSWORD: &str = "password";
const MEETINGS: i64 = 200;
const RUNS: usize = 31;

fn world(now: chrono::DateTime<chrono::Utc>) -> World {
    let zone = Tz::Europe__Stockholm;
    let mut world = World::empty(now);
    world.add_mailbox(ANNA, "Anna Berg", zone, PASSWORD);
    for number in 0..MEETINGS {
        let start = now - chrono::Duration::days(6) + chrono::Duration::hours(number * 4);
        let body = "<p>Agenda of the meeting, with a few words for each point.</p>".repeat(20);
        let end = start + chrono::Duration::hours(1);
        let details = Details::new(format!("Meeting {number}"), start, end, zone)
            .at("https://example.webex.com/meet/ana")
            .html(body);
        world.add(ANNA, details).expect("the mailbox is there");
    }
    world
}

/// Median, fastest and slowest of [`RUNS`] runs.
fn measure(home: &Home, arguments: &[&str], expected: &str) -> [Duration; 3] {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            let outcome = home.run(arguments, "");
            let took = started.elapsed();
            assert!(
                outcome.code == 0 && outcome.out.contains(expected),
                "{outcome:?}"
            );
            took
        })
        .collect();
    times.sort();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    [at(RUNS / 2), at(0), at(RUNS - 1)]
}

fn main() {
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let server = runtime
        .block_on(async {
            let options = Options {
                recording: Recording::Off,
                ..Options::default()
            };
            Simulator::start(world((options.clock)()), options).await
        })
        .expect("the simulator starts");
    let url = server.ews_url();
    let added = home.run(
        &["account", "add", "--server", &url, "--user", ANNA],
        PASSWORD,
    );
    assert_eq!(added.code, 0, "{added:?}");
    let agenda = home.run(&["agenda"], "");
    assert_eq!(agenda.code, 0, "{agenda:?}");

    let cases: [(&str, &[&str], &str); 3] = [
        ("joinbell-cli --version", &["--version"], "joinbell-cli"),
        (
            "joinbell-cli agenda --offline",
            &["agenda", "--offline"],
            "Meeting",
        ),
        (
            "joinbell-cli agenda --offline --json --days 32",
            &["agenda", "--offline", "--json", "--days", "32"],
            "Meeting",
        ),
    ];
    for (name, arguments, expected) in cases {
        let [median, fastest, slowest] = measure(&home, arguments, expected);
        println!(
            "{name}: median {median:.1?} of {RUNS} ({fastest:.1?} to {slowest:.1?}), \
             {MEETINGS} meetings stored"
        );
    }
}
