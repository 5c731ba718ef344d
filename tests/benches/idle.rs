//! What the headless core holds and how often it wakes while nothing happens:
//! `joinbell-cli watch` with 5,000 meetings, in step with a server whose
//! stream gives a sign of life every 45 seconds. Linux only.
//!
//! `cargo bench -p scenarios --bench idle`; `SECONDS=600` looks for ten
//! minutes in the place of one, `MEETINGS` says how many there are, and
//! `JOINBELL_BIN` names a folder with another build of the program.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench ends where a step fails, and measures real time"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use exchange_sim::{Options, Recording, Simulator};
use scenarios::{
    full_calendar::{OWNER, PASSWORD, world},
    terminal::{Home, Secrets},
};

/// After so long everything that a start does is done.
const SETTLED_AFTER: Duration = Duration::from_secs(20);

fn number(name: &str, otherwise: u64) -> u64 {
    let said = std::env::var(name).ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn main() {
    let seconds = number("SECONDS", 60);
    let meetings = usize::try_from(number("MEETINGS", 5000)).unwrap_or(usize::MAX);
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let server = runtime.block_on(async {
        let options = Options {
            recording: Recording::Off,
            ..Options::default()
        };
        Simulator::start(world((options.clock)(), meetings), options).await
    });
    let url = server.as_ref().expect("the simulator starts").ews_url();
    let added = home.run(
        &["account", "add", "--server", &url, "--user", OWNER],
        PASSWORD,
    );
    assert_eq!(added.code, 0, "{added:?}");
    let mut watch = home
        .command(&["watch", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("joinbell-cli starts");
    until_listed(&mut watch, meetings);
    thread::sleep(SETTLED_AFTER);
    let before = switches(watch.id());
    thread::sleep(Duration::from_secs(seconds));
    let wakes = switches(watch.id()) - before;
    println!("joinbell-cli watch, {meetings} meetings, idle for {seconds} s");
    for (name, key) in [
        ("resident", "VmRSS"),
        ("  of it its own", "RssAnon"),
        ("  of it the program's file and libraries", "RssFile"),
        ("most so far", "VmHWM"),
    ] {
        let held = status(watch.id(), key) / 1024.0;
        let aim = if key == "VmRSS" { "(aim: 25)" } else { "" };
        println!("  {name:<42} {held:>6.1} MiB {aim}");
    }
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    let in_ten_minutes = wakes as f64 * 600.0 / seconds as f64;
    println!(
        "  {:<42} {wakes:>6}     thus {in_ten_minutes:.0} in ten minutes (aim: 60)",
        "wake-ups of all threads"
    );
    let _ended = (watch.kill(), watch.wait());
}

/// Reads what is printed until the last of the meetings is listed, and goes on
/// reading. A first list that is in step says nothing of its state.
fn until_listed(watch: &mut Child, meetings: usize) {
    let out = watch.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(out).lines();
    let last = format!("\"Meeting {}\"", meetings.saturating_sub(1));
    let mut all = lines.by_ref().map_while(Result::ok);
    let found = all.any(|line| line.contains(&last));
    assert!(found, "it ends before all are listed");
    thread::spawn(move || lines.for_each(drop));
}

/// Voluntary switches of all threads so far: each is a wait that has ended, or
/// will.
fn switches(process: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).expect("Linux");
    let of_thread = |thread: fs::DirEntry| {
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        field(&status, "voluntary_ctxt_switches")
    };
    threads.flatten().filter_map(of_thread).sum()
}

/// A size in KiB.
fn status(process: u32, key: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let found = field(&status, key).expect("it is told") as f64;
    found
}

fn field(status: &str, key: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}
