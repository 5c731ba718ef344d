//! SR-09 with the real program: a session without a Secret Service whose user
//! chooses a passphrase.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use exchange_sim::{Options, Simulator, World, world::details::Details};
use scenarios::{
    canary::holds,
    terminal::{Home, Outcome, Secrets, run},
};

const USER: &str = "anna@example.org";
const PASSWORD: &str = "canary-password-5f1c";
const PASSPHRASE: &str = "canary-phrase correct horse";
const TITLE: &str = "canary-title-81aa";

fn world(now: DateTime<Utc>) -> World {
    let zone = Tz::Europe__Stockholm;
    let mut world = World::empty(now);
    world.add_mailbox(USER, "Anna Berg", zone, PASSWORD);
    let start = now + Duration::hours(1);
    let details = Details::new(TITLE, start, start + Duration::hours(1), zone);
    world.add(USER, details).unwrap();
    world
}

/// What kind of session the programs run in.
#[derive(Clone, Copy)]
enum Session {
    /// A bus without a Secret Service.
    Bare,
    /// No bus at all.
    Busless,
}

struct Desk {
    home: Home,
    session: Session,
}

impl Desk {
    fn new(session: Session) -> Option<Self> {
        match Home::new(Secrets::Absent) {
            Ok(home) => Some(Self { home, session }),
            Err(lacks) => {
                println!("skipped: {lacks}");
                None
            }
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        if matches!(self.session, Session::Busless) {
            command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        }
        command.env("JOINBELL_LOG", "trace");
        command
    }

    async fn run(&self, arguments: &[&str], input: &str) -> Outcome {
        let (command, input) = (self.command(arguments), input.to_owned());
        let ran = tokio::task::spawn_blocking(move || run(command, &input));
        ran.await.unwrap()
    }

    /// With the passphrase on standard input, and what comes after it.
    async fn enter(&self, arguments: &[&str], phrase: &str, rest: &str) -> Outcome {
        let arguments = [arguments, &["--passphrase-stdin"]].concat();
        self.run(&arguments, &format!("{phrase}\n{rest}")).await
    }

    fn secrets(&self) -> PathBuf {
        self.home.data().join("secrets.sealed")
    }

    /// The data folder's files that hold what must not be lost.
    fn kept(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let names = ["secrets.sealed", "store.sqlite3", "accounts.toml"];
        let paths = names.map(|name| self.home.data().join(name));
        paths
            .into_iter()
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect()
    }

    fn assert_nothing_rests_in_the_clear(&self, said: &str) {
        let words = [PASSWORD, PASSPHRASE, TITLE];
        let mut files = 0;
        for path in self.home.written() {
            let bytes = fs::read(&path).unwrap_or_default();
            files += 1;
            for word in words {
                assert!(!holds(&bytes, word), "{word} is in {}", path.display());
            }
        }
        assert!(files >= 4, "the files are there");
        for word in words {
            assert!(!holds(said.as_bytes(), word), "{word} is in the log");
        }
    }
}

/// An account that a desktop without a keyring has with a passphrase.
async fn set_up(desk: &Desk, url: &str) -> String {
    let add = ["account", "add", "--server", url, "--user", USER];
    let refused = desk.run(&add, PASSWORD).await;
    assert_eq!(refused.code, 7, "{refused:?}");
    assert!(!desk.secrets().exists());

    let short = desk.enter(&["passphrase", "choose"], "too short", "").await;
    assert_eq!(short.code, 7, "{short:?}");
    assert!(!desk.secrets().exists());
    let chosen = desk.enter(&["passphrase", "choose"], PASSPHRASE, "").await;
    assert_eq!(chosen.code, 0, "{chosen:?}");
    let twice = desk
        .enter(&["passphrase", "choose"], "another passphrase", "")
        .await;
    assert_eq!(twice.code, 7, "{twice:?}");

    let added = desk.enter(&add, PASSPHRASE, PASSWORD).await;
    assert_eq!(added.code, 0, "{added:?}");
    let agenda = desk.enter(&["agenda"], PASSPHRASE, "").await;
    assert_eq!(agenda.code, 0, "{agenda:?}");
    assert!(agenda.out.contains(TITLE), "{}", agenda.out);
    [refused, short, chosen, twice, added, agenda]
        .iter()
        .map(|outcome| outcome.err.as_str())
        .collect()
}

async fn a_day_with_a_passphrase(session: Session) {
    let Some(desk) = Desk::new(session) else {
        return;
    };
    let options = Options::default();
    let world = world((options.clock)());
    let server = Simulator::start(world, options).await.unwrap();
    let mut said = set_up(&desk, &server.ews_url()).await;
    // From here on nobody answers.
    drop(server);

    let before = desk.kept();
    let offline = ["agenda", "--offline"];
    for refused in [
        desk.run(&offline, "").await,
        desk.enter(&offline, "another passphrase", "").await,
        desk.enter(&offline, "", "").await,
    ] {
        assert_eq!(refused.code, 7, "{refused:?}");
        assert!(!refused.out.contains(TITLE), "{refused:?}");
        said.push_str(&refused.err);
    }
    assert_eq!(desk.kept(), before, "nothing is lost");

    let agenda = desk.enter(&offline, PASSPHRASE, "").await;
    assert_eq!(agenda.code, 0, "{agenda:?}");
    assert!(agenda.out.contains(TITLE), "{}", agenda.out);
    said.push_str(&agenda.err);
    desk.assert_nothing_rests_in_the_clear(&said);
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_09_without_a_secret_service_a_passphrase_opens_the_stored_agenda_offline() {
    a_day_with_a_passphrase(Session::Bare).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_09_without_a_bus_a_passphrase_opens_the_stored_agenda_offline() {
    a_day_with_a_passphrase(Session::Busless).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_09_a_password_under_a_passphrase_signs_in_after_a_restart() {
    let Some(desk) = Desk::new(Session::Bare) else {
        return;
    };
    let options = Options::default();
    let world = world((options.clock)());
    let server = Simulator::start(world, options).await.unwrap();
    set_up(&desk, &server.ews_url()).await;
    let next = desk.enter(&["next"], PASSPHRASE, "").await;
    assert_eq!(next.code, 0, "{next:?}");
    // A list of accounts is no secret, and asks for none.
    let list = desk.run(&["account", "list"], "").await;
    assert_eq!(list.code, 0, "{list:?}");

    // What was given up is gone, and only that.
    let forgotten = desk.run(&["passphrase", "forget"], "").await;
    assert_eq!(forgotten.code, 0, "{forgotten:?}");
    assert!(!desk.secrets().exists());
    let agenda = desk.run(&["agenda"], "").await;
    assert_eq!(agenda.code, 7, "{agenda:?}");
    let list = desk.run(&["account", "list"], "").await;
    assert!(list.out.contains(USER), "{list:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_09_a_damaged_file_is_told_from_a_wrong_passphrase() {
    let Some(desk) = Desk::new(Session::Bare) else {
        return;
    };
    let chosen = desk.enter(&["passphrase", "choose"], PASSPHRASE, "").await;
    assert_eq!(chosen.code, 0, "{chosen:?}");
    let mut bad = fs::read(desk.secrets()).unwrap();
    bad[200] ^= 1;
    fs::write(desk.secrets(), &bad).unwrap();
    let refused = desk.enter(&["agenda"], PASSPHRASE, "").await;
    assert_eq!(refused.code, 7, "{refused:?}");
    assert!(refused.err.contains("is damaged"), "{refused:?}");
    assert_eq!(fs::read(desk.secrets()).unwrap(), bad, "it is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_09_a_keyring_that_comes_later_takes_over_what_was_under_the_passphrase() {
    let (Some(desk), Ok(later)) = (Desk::new(Session::Bare), Home::new(Secrets::Working)) else {
        return println!("skipped: no keyring can be started");
    };
    let options = Options::default();
    let world = world((options.clock)());
    let server = Simulator::start(world, options).await.unwrap();
    set_up(&desk, &server.ews_url()).await;
    for entry in fs::read_dir(desk.home.data()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, later.data().join(path.file_name().unwrap())).unwrap();
    }
    let moved = later.run(&["agenda", "--passphrase-stdin"], PASSPHRASE);
    assert_eq!(moved.code, 0, "{moved:?}");
    assert!(!later.data().join("secrets.sealed").exists());
    drop(server);
    let agenda = later.run(&["agenda", "--offline"], "");
    assert_eq!(agenda.code, 0, "{agenda:?}");
    assert!(agenda.out.contains(TITLE), "{}", agenda.out);
}
