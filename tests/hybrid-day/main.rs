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

/// Whose mailboxes the connector watches.
const USERS: [&str; 3] = [demo::ADDRESS, "bo@example.org", "clara@example.org"];

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let checks = arguments.next_if(|first| first == "--check").is_some();
    let done = match day(checks, arguments.collect()).await {
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

async fn day(checks: bool, more: Vec<String>) -> Result<(), String> {
    let binaries = binaries()?;
    let users = USERS.map(str::to_owned);
    let world = demo::day(SystemClock.now(), ZONE);
    let programs = Programs::start(exchange(world, &users).await, &users, &binaries)?;
    println!("Exchange (simulated): {}", programs.exchange.ews_url());
    for (name, at) in programs.addresses() {
        println!("{name}: {at}");
    }
    let outcome = if checks {
        check::run(&programs).await
    } else {
        live(&programs, &binaries, more).await
    };
    programs.stop()?;
    outcome?;
    println!("All programs have ended.");
    Ok(())
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
    println!("Another device: address of the service {url}, authority {ca}");
    let mut app = Command::new(binaries.join("joinbell"));
    app.args(more).env("JOINBELL_DATA_DIR", &data);
    let mut app = app
        .spawn()
        .map_err(|error| format!("joinbell does not start ({error})"))?;
    let mut shown = codes(programs);
    let interrupted = tokio::signal::ctrl_c();
    let mut interrupted = std::pin::pin!(interrupted);
    while app.try_wait().ok().flatten().is_none() {
        let next = SystemClock.now() + Duration::milliseconds(500);
        tokio::select! {
            () = SystemClock.wait_until(next) => {}
            _ = &mut interrupted => {
                let _gone = app.kill();
                let _reaped = app.wait();
                break;
            }
        }
        for (user, code) in codes(programs) {
            if shown.insert(user, code.clone()).as_ref() != Some(&code) {
                println!("A new entry in the calendar of {user}: Joinbell code {code}");
            }
        }
    }
    // What the keyring has of this run is of no use to anybody.
    let list = cli(&["account", "list"]).output();
    let list = list.map_err(|error| error.to_string())?.stdout;
    for line in String::from_utf8_lossy(&list).lines() {
        let id = line.split_whitespace().next().unwrap_or_default();
        let _forgotten = cli(&["account", "remove", id]).output();
    }
    Ok(())
}

fn codes(programs: &Programs) -> BTreeMap<&'static str, String> {
    let each = USERS.into_iter();
    each.filter_map(|user| Some((user, programs.code_of(user)?)))
        .collect()
}
