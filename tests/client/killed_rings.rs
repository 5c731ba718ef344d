//! The user's session with its real store, killed around its rings: each comes
//! at least once, and never again once the store knows of it.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test ends where a step fails; kills come at random moments"
)]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Lines, Write},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use async_trait::async_trait;
use chrono_tz::Tz;
use desktop::{
    Session, Shell, ShellRefused,
    account::SignIn,
    folder::DataFolder,
    session::{Face, Setup},
    view::{AccountForm, NotificationView, SyncState},
};
use exchange_sim::{Options, Simulator, World, world::details::Details};
use scenarios::traces;
use url::Url;
use vault::{
    SeriesId,
    keyring::{KeyRing, KeyRingError},
    opening::{self, Place, Purpose, Resting},
    sensitive::Sensitive,
    shelf::Files,
};

const TEST: &str =
    "killed_rings::f56_every_ring_comes_over_sixty_kills_and_never_again_once_it_is_stored";
/// Set in the program that is killed.
const DESK: &str = "JOINBELL_TEST_DESK";
const KILLS: usize = 60;
const ANNA: &str = "anna@example.org";
const PASSWORD: &str = "canary-password-7a21";
const ZONE: Tz = Tz::Europe__Stockholm;

/// A keyring that outlives the program, each secret in a file.
struct Drawer(PathBuf);

impl Drawer {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name.replace('/', "-"))
    }
}

#[async_trait]
impl KeyRing for Drawer {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        Ok(fs::read(self.file(name)).ok().map(Sensitive::new))
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        // Whole or not at all, as a keyring's daemon keeps them.
        let new = self.file("new");
        fs::write(&new, secret.expose()).expect("the drawer can be written");
        fs::rename(new, self.file(name)).expect("the drawer can be written");
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        let _absent = fs::remove_file(self.file(name));
        Ok(())
    }
}

/// A window system takes its time, in which a kill can fall.
const SLOW: Duration = Duration::from_millis(30);

/// Writes down what rings, on the disk, before it says so.
struct Bell(PathBuf);

impl Shell for Bell {
    fn ring(&self, notification: &NotificationView) {
        println!("comes: {}", notification.title);
        thread::sleep(SLOW);
        let mut log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.0)
            .expect("the log opens");
        let line = format!("{}\t{}\n", notification.title, notification.reminder);
        log.write_all(line.as_bytes())
            .and_then(|()| log.sync_all())
            .expect("the log can be written");
        println!("rang: {}", notification.title);
    }
    fn show_ring(&self) {}
    fn bring_ring_back(&self) {}
    fn hide_ring(&self) {}
    fn withdraw(&self, _: &str) {}
    fn open(&self, _: &Url) -> Result<(), ShellRefused> {
        Ok(())
    }
    fn copy(&self, _: &str) -> Result<(), ShellRefused> {
        Ok(())
    }
}

/// What outlives the program.
struct Desk(PathBuf);

impl Desk {
    fn folder(&self) -> DataFolder {
        DataFolder::open(Some(self.0.join("data"))).expect("a data folder")
    }

    fn drawer(&self) -> Drawer {
        let drawer = self.0.join("drawer");
        fs::create_dir_all(&drawer).expect("a drawer");
        Drawer(drawer)
    }

    fn session(&self) -> Session {
        let drawer = Arc::new(self.drawer());
        let mut setup = Setup::with_keyring(self.folder(), drawer, Face::Desktop);
        "en_GB".clone_into(&mut setup.locale);
        setup.zone = Arc::new(|| ZONE);
        Session::start(setup, Arc::new(Bell(self.0.join("rings"))))
    }

    /// What all runs have logged.
    fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    /// All rings of all runs, in order: title and reminder.
    fn rings(&self) -> Vec<(String, String)> {
        let log = fs::read_to_string(self.0.join("rings")).unwrap_or_default();
        let split = |line: &str| line.split_once('\t').map(|(a, b)| (a.into(), b.into()));
        log.lines().filter_map(split).collect()
    }

    /// The reminders that the store knows of, read while no program runs.
    async fn stored(&self) -> BTreeSet<String> {
        let folder = self.folder();
        let place = Place {
            file: folder.store(),
            install: folder.accounts().expect("a list").install.to_string(),
        };
        let opened = opening::open(&place, &self.drawer(), &Files, Purpose::Look).await;
        assert_eq!(opened.resting, Resting::OnDisk);
        let reminders = opened.vault.series(SeriesId("reminders".to_owned()));
        let loaded = reminders.load().await.expect("the store can be read");
        opened.vault.close().await;
        loaded.records.into_iter().map(|(id, _)| id.0).collect()
    }

    fn start(&self) -> Running {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", TEST, "--nocapture"])
            .env(DESK, &self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let said = child.stdout.take().expect("a pipe");
        Running {
            child,
            said: BufReader::new(said).lines(),
        }
    }
}

/// The program, from outside.
struct Running {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn until(&mut self, word: &str) {
        let mut lines = self.said.by_ref().map_while(Result::ok);
        // The harness begins lines of its own.
        let said = lines.any(|line| line.ends_with(word));
        assert!(said, "it ended before it said {word:?}");
    }

    fn ask_to_end(&mut self) {
        let mut input = self.child.stdin.take().expect("a pipe");
        input.write_all(b"end\n").expect("it listens");
    }

    fn kill(mut self, after: Duration) {
        thread::sleep(after);
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Lets it come into step, and end by itself.
    fn end(mut self) {
        self.ask_to_end();
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "{ended:?}");
    }
}

/// The program: a session that runs until it is killed, or asked to end.
async fn run(desk: Desk) {
    let mut log = fs::OpenOptions::new();
    let log = log.create(true).append(true).open(desk.log());
    traces::log_into(log.expect("the log opens"));
    let session = desk.session();
    let mut agenda = session.agenda();
    println!("up");
    tokio::spawn(async move {
        let in_step = agenda.wait_for(|agenda| agenda.sync.state == SyncState::UpToDate);
        if in_step.await.is_ok() {
            println!("in step");
        }
    });
    let asked = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    let patience = tokio::time::timeout(Duration::from_mins(1), asked);
    patience
        .await
        .expect("whoever started it is there")
        .expect("a line")
        .expect("a line");
    session.stop().await;
}

async fn set_up(desk: &Desk, server: &Simulator) {
    let session = desk.session();
    let form = AccountForm {
        server: server.ews_url(),
        user: ANNA.to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: String::new(),
        sign_in: SignIn::NtlmOrBasic,
        found: None,
    };
    session.add_account(form).await.expect("an account");
    session.stop().await;
}

/// A meeting whose reminder is due already.
fn call(server: &Simulator, title: &str) {
    server.world(|world| {
        let start = world.now() + chrono::Duration::minutes(2);
        let details = Details::new(title, start, start + chrono::Duration::hours(1), ZONE);
        world.add(ANNA, details).expect("an item");
    });
}

/// What is known of the rings over all runs.
#[derive(Default)]
struct Tally {
    /// In the store when the last run ended.
    stored: BTreeSet<String>,
    rings: usize,
    /// Rings that came once more, because a kill was faster than the store.
    again: usize,
    /// Kills before the ring of their run, between ring and store, after both.
    kills: [usize; 3],
}

impl Tally {
    /// A run has ended: what must hold of it.
    async fn look(&mut self, desk: &Desk, title: &str, run: usize) {
        let all = desk.rings();
        let mut new = BTreeSet::new();
        for (title, reminder) in &all[self.rings..] {
            assert!(new.insert(reminder), "run {run}: {title} rang twice in it");
            assert!(
                !self.stored.contains(reminder),
                "run {run}: {title} rang again after it was stored"
            );
            let before = all[..self.rings].iter().any(|(_, one)| one == reminder);
            self.again += usize::from(before);
        }
        let stored = desk.stored().await;
        assert!(
            self.stored.is_subset(&stored),
            "run {run}: one is forgotten"
        );
        let rang: BTreeSet<&String> = all.iter().map(|(_, reminder)| reminder).collect();
        for reminder in &stored {
            assert!(
                rang.contains(reminder),
                "run {run}: {reminder} is stored and never rang"
            );
        }
        let of_run = all[self.rings..].iter().find(|(one, _)| one == title);
        self.kills[match of_run {
            None => 0,
            Some((_, reminder)) if !stored.contains(reminder) => 1,
            Some(_) => 2,
        }] += 1;
        (self.rings, self.stored) = (all.len(), stored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f56_every_ring_comes_over_sixty_kills_and_never_again_once_it_is_stored() {
    if let Some(place) = std::env::var_os(DESK) {
        return run(Desk(place.into())).await;
    }
    let options = Options::default();
    let mut world = World::empty((options.clock)());
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    let server = Simulator::start(world, options).await.expect("a simulator");
    let place = tempfile::tempdir().expect("a folder");
    let desk = Desk(place.path().to_path_buf());
    set_up(&desk, &server).await;

    let mut dice = fastrand::Rng::with_seed(1);
    let mut tally = Tally::default();
    for kill in 0..KILLS {
        let title = format!("Meeting {kill}");
        call(&server, &title);
        let mut running = desk.start();
        let (rang, comes) = (format!("rang: {title}"), format!("comes: {title}"));
        let micros = match kill % 5 {
            // Before the ring, or wherever it is then.
            0 => {
                running.until("up");
                dice.u64(0..200_000)
            }
            // While the window system is asked: the store must not know yet.
            1 => {
                running.until(&comes);
                dice.u64(0..30_000)
            }
            // While it is stored, as a rule.
            2 => {
                running.until(&rang);
                dice.u64(0..4_000)
            }
            3 => {
                running.until(&rang);
                dice.u64(0..60_000)
            }
            // While it ends.
            _ => {
                running.until(&rang);
                running.ask_to_end();
                dice.u64(0..20_000)
            }
        };
        running.kill(Duration::from_micros(micros));
        tally.look(&desk, &title, kill).await;
    }
    println!(
        "{KILLS} kills: {} before the ring, {} before it was stored, {} after; {} rings, {} of them once more",
        tally.kills[0], tally.kills[1], tally.kills[2], tally.rings, tally.again
    );
    assert!(tally.kills.iter().all(|kills| *kills > 0));
    assert!(tally.again > 0, "a kill was faster than the store");

    // A run that ends in good order owes nothing, and the next has nothing
    // left to ring.
    for run in KILLS..KILLS + 2 {
        let mut running = desk.start();
        running.until("in step");
        running.end();
        tally.look(&desk, "", run).await;
        let rings = desk.rings();
        for kill in 0..KILLS {
            let title = format!("Meeting {kill}");
            let reminder = rings.iter().find(|(one, _)| *one == title);
            let (_, reminder) = reminder.unwrap_or_else(|| panic!("{title} never rang"));
            assert!(tally.stored.contains(reminder), "{title} is not stored");
        }
    }
    let log = fs::read(desk.log()).expect("a log");
    let data = desk.0.join("data");
    traces::hold_nothing_private(&data, &log, &server, (ANNA, &[PASSWORD]));
    server.stop().await;
}
