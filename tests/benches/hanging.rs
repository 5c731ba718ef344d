//! How soon the windows have their first agenda when the Secret Service takes
//! questions and never answers; and when the user is told.
//!
//! `cargo bench -p scenarios --bench hanging`

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench ends where a step fails, and measures real time"
)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use desktop::{
    Session,
    folder::DataFolder,
    session::{Face, Setup},
};
use exchange_sim::{Options, Simulator};
use scenarios::{
    dark::Dark,
    full_calendar::{OWNER, PASSWORD, world},
    terminal::{Home, Secrets},
};

const RUNS: usize = 5;
/// Names the data folder to the session, which is a process of its own.
const FOLDER: &str = "JOINBELL_BENCH_FOLDER";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if let Ok(folder) = env::var(FOLDER) {
        return session(&folder).await;
    }
    let (home, silent) = match (Home::new(Secrets::Working), Home::new(Secrets::Hanging)) {
        (Ok(home), Ok(silent)) => (home, silent),
        (Err(lacks), _) | (_, Err(lacks)) => return println!("skipped: {lacks}"),
    };
    let options = Options::default();
    let server = Simulator::start(world((options.clock)(), 200), options)
        .await
        .expect("a simulator");
    let url = server.ews_url();
    // The store is filled while the keyring still answers.
    tokio::task::spawn_blocking(move || {
        let arguments = ["account", "add", "--server", &url, "--user", OWNER];
        let added = home.run(&arguments, PASSWORD);
        assert_eq!(added.code, 0, "{added:?}");
        let agenda = home.run(&["agenda"], "");
        assert_eq!(agenda.code, 0, "{agenda:?}");
        for file in fs::read_dir(home.data()).expect("a folder").flatten() {
            let copy = silent.data().join(file.file_name());
            fs::copy(file.path(), copy).expect("a copy");
        }
        let mut runs: Vec<_> = (0..RUNS).map(|_| run(&silent)).collect();
        runs.sort();
        let (first, told) = runs.get(RUNS / 2).copied().unwrap_or_default();
        println!("start with a Secret Service that never answers, median of {RUNS}");
        println!("  process to the first agenda view {first:>8.1?} (aim: 1 s)");
        println!("  process to the banner            {told:>8.1?} (the keyring has 5 s)");
    })
    .await
    .expect("it runs to its end");
}

/// The time to the first agenda, and to the banner.
fn run(home: &Home) -> (Duration, Duration) {
    let mut command = Command::new(env::current_exe().expect("a bench knows its path"));
    home.surround(&mut command);
    let begun = Instant::now();
    let mut child = command
        .env(FOLDER, home.data())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let out = child.stdout.take().expect("its output is piped");
    let mut moments = BufReader::new(out).lines().map(|line| {
        line.expect("a line");
        begun.elapsed()
    });
    let times = (moments.next(), moments.next());
    let _ended = (child.kill(), child.wait());
    (
        times.0.expect("it shows an agenda"),
        times.1.expect("it shows a banner"),
    )
}

/// Says a word at the first agenda, and another one at the banner.
async fn session(folder: &str) {
    let folder = DataFolder::open(Some(folder.into())).expect("the folder opens");
    let setup = Setup::system(folder, Face::Desktop);
    let session = Session::start(setup, Arc::new(Dark));
    let mut agenda = session.agenda();
    let has_account = agenda.borrow_and_update().has_account;
    assert!(has_account, "the first view knows the account");
    println!("agenda");
    let told = agenda.wait_for(|view| view.banner.is_some()).await;
    drop(told.expect("the session runs"));
    println!("banner");
}
