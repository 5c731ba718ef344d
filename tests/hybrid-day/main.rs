//! The hybrid service on loopback: a simulated Exchange with three users, the
//! connector, the service, the key service, TLS with an authority made on the
//! spot, and the client, which reads from there (`./run --hybrid`).

mod check;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use chrono::Duration;
use engine::{Clock as _, SystemClock};
use exchange_sim::demo;
use scenarios::{
    hybrid::{exchange, programs::Programs, typing},
    stage::ZONE,
};
use tokio::signal::unix::{SignalKind, signal};

/// Whose mailboxes the connector watches.
const USERS: [&str; 3] = [demo::ADDRESS, "bo@example.org", "clara@example.org"];

/// Nobody ends a program so soon.
const AT_ONCE: Duration = Duration::seconds(3);

/// What is done while all of it runs.
enum Doing {
    /// Three clients in the terminal try it.
    Checking,
    /// Whoever wants to can reach it.
    Serving,
    /// The program with windows reads from it, with these options.
    Living(Vec<String>),
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let doing = match arguments.first().map(String::as_str) {
        Some("--check") => Doing::Checking,
        Some("--serve") => Doing::Serving,
        _ => Doing::Living(std::mem::take(&mut arguments)),
    };
    let done = match day(doing).await {
        Ok(()) => return ExitCode::SUCCESS,
        Err(sentence) => sentence,
    };
    eprintln!("hybrid: {done}");
    ExitCode::FAILURE
}

/// The folder with the programs: that of this one.
fn binaries() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = own.parent().map(Path::to_owned);
    folder.ok_or_else(|| "this program is in no folder".to_owned())
}

async fn day(doing: Doing) -> Result<(), String> {
    let binaries = binaries()?;
    let users = USERS.map(str::to_owned);
    let world = demo::day(SystemClock.now(), ZONE);
    let programs = Programs::start(exchange(world, &users).await, &users, &binaries)?;
    println!("Exchange (simulated): {}", programs.exchange.ews_url());
    for (name, at) in programs.addresses() {
        println!("{name}: {at}");
    }
    println!("Authority: {}", programs.ca_file().display());
    let outcome = match doing {
        Doing::Checking => check::run(&programs).await,
        Doing::Serving => serve(&programs).await,
        Doing::Living(more) => live(&programs, &binaries, more).await,
    };
    programs.stop()?;
    outcome?;
    println!("All programs have ended.");
    Ok(())
}

/// What a system or a person ends a program by.
async fn asked_to_end() {
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Tells of each code until it is asked to end.
async fn serve(programs: &Programs) -> Result<(), String> {
    let mut shown = BTreeMap::new();
    let mut end = std::pin::pin!(asked_to_end());
    loop {
        let next = SystemClock.now() + Duration::milliseconds(500);
        tokio::select! {
            () = SystemClock.wait_until(next) => show_codes(programs, &mut shown),
            () = &mut end => return Ok(()),
        }
    }
}

/// Adds the account of the first user, and runs the program with windows.
async fn live(programs: &Programs, binaries: &Path, more: Vec<String>) -> Result<(), String> {
    let data = programs.folder().join("client");
    let cli = |arguments: &[&str]| {
        let mut command = Command::new(binaries.join("joinbell-cli"));
        command.args(arguments).env("JOINBELL_DATA_DIR", &data);
        command
    };
    let ca = programs.ca_file().display().to_string();
    let url = programs.url().as_str();
    let add = [
        "account",
        "add",
        "--service",
        url,
        "--email",
        USERS[0],
        "--ca",
        &ca,
    ];
    let added = typing::run(cli(&add), || programs.code_of(USERS[0])).await;
    if added.code != 0 {
        return Err(added.err.trim().to_owned());
    }
    println!("{}", added.out.trim());
    println!("Another device: address of the service {url}");
    let mut app = Command::new(binaries.join("joinbell"));
    app.args(more).env("JOINBELL_DATA_DIR", &data);
    let outcome = show(app, programs).await;
    // What the keyring has of this run is of no use to anybody.
    let list = cli(&["account", "list"]).output();
    let list = list.map_err(|error| error.to_string())?.stdout;
    for line in String::from_utf8_lossy(&list).lines() {
        let id = line.split_whitespace().next().unwrap_or_default();
        let _forgotten = cli(&["account", "remove", id]).output();
    }
    outcome
}

/// Runs the program with windows to its end, and tells of each code.
async fn show(mut app: Command, programs: &Programs) -> Result<(), String> {
    let begun = SystemClock.now();
    let started = app.spawn();
    let mut app = started.map_err(|error| format!("joinbell does not start ({error})"))?;
    let mut shown = codes(programs);
    let mut end = std::pin::pin!(asked_to_end());
    loop {
        match app.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) if !status.success() => {
                return Err(format!("joinbell ended badly ({status})"));
            }
            Ok(Some(_)) if SystemClock.now() - begun < AT_ONCE => {
                return Err(
                    "joinbell ended at once: another one runs on this desktop, and was shown in \
                     its place; end that one first"
                        .to_owned(),
                );
            }
            Ok(Some(_)) | Err(_) => return Ok(()),
        }
        let next = SystemClock.now() + Duration::milliseconds(500);
        tokio::select! {
            () = SystemClock.wait_until(next) => show_codes(programs, &mut shown),
            () = &mut end => {
                let _gone = app.kill();
                let _reaped = app.wait();
                return Ok(());
            }
        }
    }
}

/// Tells of the codes that have not been told of.
fn show_codes(programs: &Programs, shown: &mut BTreeMap<&'static str, String>) {
    for (user, code) in codes(programs) {
        if shown.insert(user, code.clone()).as_ref() != Some(&code) {
            println!("A new entry in the calendar of {user}: Joinbell code {code}");
        }
    }
}

fn codes(programs: &Programs) -> BTreeMap<&'static str, String> {
    let each = USERS.into_iter();
    each.filter_map(|user| Some((user, programs.code_of(user)?)))
        .collect()
}
