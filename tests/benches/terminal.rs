//! How long `joinbell-cli agenda --offline` takes as a whole process, with 200
//! and with 5,000 meetings in the sealed store and the key in a real keyring;
//! beside it the same program doing nothing.
//!
//! `cargo bench -p scenarios --bench terminal`; `JOINBELL_BIN` names a folder
//! with another build of the program.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench ends where a step fails, and measures real time"
)]

use std::time::{Duration, Instant};

use exchange_sim::{Options, Recording, Simulator};
use scenarios::{
    full_calendar::{OWNER, PASSWORD, world},
    terminal::{Home, Secrets},
};
use tokio::runtime::Runtime;

/// The two sizes, and what the whole process may take there.
const SIZES: [(usize, &str); 2] = [(200, "15 ms"), (5000, "60 ms")];
const RUNS: u32 = 31;

struct Times {
    median: Duration,
    fastest: Duration,
    slowest: Duration,
    /// Processor time of a run, user and system; nothing where the system
    /// does not tell.
    processor: Option<Duration>,
}

fn measure(home: &Home, arguments: &[&str], expected: &str) -> Times {
    let before = of_children();
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
    let processor = before.and_then(|before| Some(of_children()?.saturating_sub(before) / RUNS));
    times.sort();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    Times {
        median: at(times.len() / 2),
        fastest: at(0),
        slowest: at(times.len() - 1),
        processor,
    }
}

/// Processor time of all children that have ended (proc(5), `cutime` and
/// `cstime`, in ticks of ten milliseconds).
fn of_children() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}

fn print(name: &str, times: &Times, aim: &str) {
    let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    println!(
        "{name:<46} {:>7} {:>16} {:>10} {aim:>7}",
        milliseconds(times.median),
        format!(
            "{} to {}",
            milliseconds(times.fastest),
            milliseconds(times.slowest)
        ),
        times.processor.map_or("-".to_owned(), milliseconds),
    );
}

fn filled(runtime: &Runtime, meetings: usize) -> Result<Home, String> {
    let home = Home::new(Secrets::Working)?;
    let server = runtime.block_on(async {
        let options = Options {
            recording: Recording::Off,
            ..Options::default()
        };
        Simulator::start(world((options.clock)(), meetings), options).await
    });
    let server = server.expect("the simulator starts");
    let url = server.ews_url();
    let added = home.run(
        &["account", "add", "--server", &url, "--user", OWNER],
        PASSWORD,
    );
    assert_eq!(added.code, 0, "{added:?}");
    let agenda = home.run(&["agenda"], "");
    assert_eq!(agenda.code, 0, "{agenda:?}");
    Ok(home)
}

fn main() {
    let runtime = Runtime::new().expect("a runtime starts");
    println!(
        "{:<46} {:>7} {:>16} {:>10} {:>7}",
        "whole process, milliseconds", "median", "of 31 runs", "processor", "aim"
    );
    for (meetings, aim) in SIZES {
        let home = match filled(&runtime, meetings) {
            Ok(home) => home,
            Err(lacks) => return println!("skipped: {lacks}"),
        };
        if meetings == SIZES[0].0 {
            let nothing = measure(&home, &["--version"], "joinbell-cli");
            print("joinbell-cli --version", &nothing, "");
        }
        let stored = measure(&home, &["agenda", "--offline"], "Meeting");
        print(
            &format!("agenda --offline, {meetings} meetings"),
            &stored,
            aim,
        );
        let all = ["agenda", "--offline", "--json", "--days", "32"];
        let all = measure(&home, &all, "Meeting");
        print(
            &format!("the same, 32 days in JSON, {meetings} meetings"),
            &all,
            "",
        );
    }
}
