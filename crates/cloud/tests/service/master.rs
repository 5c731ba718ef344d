//! The master key: in a file or in a keyring, lost, mistaken, put back, and
//! with a copy of the database on another machine (SR-56).

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    path::Path,
    process::{Command, Output},
};

use async_trait::async_trait;
use cloud::{
    config::{MasterConfig, keep_secret},
    keys::master,
    server::{Running, StartError},
};
use sqlx::Row as _;
use vault::{
    database::{Begin, Database},
    hybrid::passport::Audience,
    keyring::{KeyRing, KeyRingError, MemoryKeyRing},
    opaque::OpaqueId,
    remote::{KeyService, RemoteError},
    sensitive::Sensitive,
};

use crate::stage::{Organization, Place, Process, SetClock, binary, exchange_master, real_now};

/// A connector and its key service, wherever that runs.
struct Owner {
    organization: Organization,
    key_service: [u8; 32],
    clock: SetClock,
}

impl Owner {
    fn of(place: &Place) -> Self {
        let organization = Organization::new();
        organization.add_with(place, "keys");
        Self {
            organization,
            key_service: place.key_service,
            clock: SetClock::at(real_now()),
        }
    }

    fn service(&self, place: &Place, url: &str) -> KeyService {
        let caller = self
            .organization
            .caller(place, url, Audience::Keys, &self.clock);
        KeyService::new(caller, self.key_service)
    }

    /// The keys of a mailbox, in the clear.
    async fn released(&self, place: &Place, url: &str, mailbox: OpaqueId) -> Vec<u8> {
        let service = self.service(place, url);
        let released = service.release(mailbox, &self.organization.connector.open);
        released.await.unwrap().encode().to_vec()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

fn check(place: &Place) -> (bool, String) {
    let mut check = Command::new(binary());
    check.args(["keys", "--check", "--config"]);
    let output = check.arg(place.file("keys.toml")).output().unwrap();
    (output.status.success(), said(&output))
}

/// One sentence is one line with one full stop or none.
fn is_a_sentence(text: &str) -> bool {
    !text.contains('\n') && !text.contains(". ")
}

/// Everything that is wrapped in a database, as it rests.
async fn wrapped(file: &Path) -> Vec<(String, i64, Vec<u8>)> {
    let database = Database::sqlite(file, &[]).await.unwrap();
    let rows = database.transact_unbound(Begin::ToRead, |connection| {
        Box::pin(async move {
            let all = "SELECT mailbox, epoch, wrapped FROM mailbox_key ORDER BY mailbox, epoch";
            let rows = sqlx::query(all).fetch_all(connection).await?;
            let read = |row: &sqlx::any::AnyRow| -> Result<_, sqlx::Error> {
                Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
            };
            rows.iter().map(read).collect()
        })
    });
    let rows = rows.await.unwrap();
    database.close().await;
    rows
}

/// The backup that docs/OPERATING.md leads to, beside the running service.
async fn back_up(database: &Path, to: &Path) {
    let copy = format!(".backup '{}'", to.display());
    match Command::new("sqlite3").arg(database).arg(copy).output() {
        Ok(done) => assert!(done.status.success(), "{}", said(&done)),
        Err(error) => {
            println!("the backup is made by SQLite itself, for want of sqlite3 ({error})");
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            sqlx::query("VACUUM INTO $1")
                .bind(to.display().to_string())
                .execute(&pool)
                .await
                .unwrap();
            pool.close().await;
        }
    }
}

fn put(place: &Place, name: &str, bytes: &[u8]) {
    let _absent = std::fs::remove_file(place.file(name));
    keep_secret(&place.file(name), bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_56_a_backup_opens_with_its_own_master_key_and_is_of_no_use_without_it() {
    let place = Place::new();
    let owner = Owner::of(&place);
    let process = Process::start(&place, "keys");
    let mailboxes = [OpaqueId::random(), OpaqueId::random()];
    let mut before = Vec::new();
    for mailbox in mailboxes {
        let service = owner.service(&place, &process.url);
        service.put_mailbox(mailbox).await.unwrap();
        before.push(owner.released(&place, &process.url, mailbox).await);
    }
    let backup = place.file("backup");
    back_up(&place.file("keys.db"), &backup).await;
    let bytes = std::fs::read(&backup).unwrap();
    for key in before.iter().flat_map(|keys| keys.chunks(36)) {
        let found = bytes.windows(16).any(|window| window == &key[..16]);
        assert!(!found, "a key is in the backup");
    }
    assert!(process.stop());
    let secrets = ["master", "identity"].map(|name| std::fs::read(place.file(name)).unwrap());

    // Another machine, with a master key of its own.
    let new = Place::new();
    std::fs::copy(&backup, new.file("keys.db")).unwrap();
    let as_backed_up = wrapped(&new.file("keys.db")).await;
    assert_eq!(as_backed_up.len(), 4);
    put(&new, "identity", &secrets[1]);
    let (well, refused) = check(&new);
    assert!(
        !well && refused.contains("opens none of the 4"),
        "{refused}"
    );
    assert!(is_a_sentence(refused.trim()), "{refused}");
    let mut start = Command::new(binary());
    start.args(["keys", "--config"]).arg(new.file("keys.toml"));
    let start = start.output().unwrap();
    assert!(!start.status.success(), "nor does it start");

    std::fs::remove_file(new.file("master")).unwrap();
    let (well, refused) = check(&new);
    assert!(!well && refused.contains("cannot be read"), "{refused}");
    assert!(!new.file("master").exists(), "none is made in its place");
    put(&new, "master", b"too short");
    let (well, refused) = check(&new);
    assert!(!well && refused.contains("no key of 32"), "{refused}");
    assert_eq!(wrapped(&new.file("keys.db")).await, as_backed_up);

    // All of that has harmed nothing.
    put(&new, "master", &secrets[0]);
    let (well, works) = check(&new);
    assert!(well, "{works}");
    let process = Process::start(&new, "keys");
    for (mailbox, before) in mailboxes.into_iter().zip(before) {
        let released = owner.released(&new, &process.url, mailbox).await;
        assert_eq!(released, before);
    }
    assert!(process.stop());
}

/// One that somebody has left running while the master key was exchanged.
#[tokio::test(flavor = "multi_thread")]
async fn sr_56_a_wrong_master_key_adds_no_key_that_the_right_one_would_not_open() {
    let place = Place::new();
    let owner = Owner::of(&place);
    let clock = owner.clock.clone();
    let start = async || {
        let keyring = MemoryKeyRing::default();
        let started = cloud::keys::start(&place.keys_config(), &keyring, clock.clock()).await;
        let running = started.unwrap();
        let url = format!("https://{}", running.address);
        (running, url)
    };
    let (running, url) = start().await;
    let mailbox = OpaqueId::random();
    let service = owner.service(&place, &url);
    service.put_mailbox(mailbox).await.unwrap();
    let before = owner.released(&place, &url, mailbox).await;
    exchange_master(&place, "new").unwrap();
    let exchanged = wrapped(&place.file("keys.db")).await;

    // In the next week a key would have to be made.
    clock.pass(8 * 86_400);
    let refused = service
        .release(mailbox, &owner.organization.connector.open)
        .await;
    assert!(matches!(refused, Err(RemoteError::Busy(_))), "{refused:?}");
    assert_eq!(wrapped(&place.file("keys.db")).await, exchanged);
    running.stop().await;

    std::fs::rename(place.file("new"), place.file("master")).unwrap();
    let (running, url) = start().await;
    let after = owner.released(&place, &url, mailbox).await;
    assert!(after.starts_with(&before), "the old ones, and one more");
    assert_eq!(after.len(), before.len() + 36);
    running.stop().await;
}

/// A keyring that nobody unlocks.
#[derive(Debug)]
struct Locked;

#[async_trait]
impl KeyRing for Locked {
    async fn get(&self, _: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        Err(KeyRingError::Locked)
    }
    async fn set(&self, _: &str, _: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        Err(KeyRingError::Locked)
    }
    async fn delete(&self, _: &str) -> Result<(), KeyRingError> {
        Err(KeyRingError::Locked)
    }
}

const NAME: &str = "joinbell-master";

fn by_keyring() -> MasterConfig {
    MasterConfig::Keyring {
        name: NAME.to_owned(),
    }
}

async fn with_keyring(place: &Place, keyring: &dyn KeyRing) -> Result<Running, StartError> {
    let mut config = place.keys_config();
    config.master = by_keyring();
    cloud::keys::start(&config, keyring, cloud::clock::system()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_key_in_the_keyring_is_made_once_and_opens_after_a_restart() {
    let place = Place::new();
    let owner = Owner::of(&place);
    let keyring = MemoryKeyRing::default();
    let refused = with_keyring(&place, &keyring).await.unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains(NAME) && refused.contains("initialize"));
    assert!(is_a_sentence(&refused), "{refused}");
    assert!(keyring.get(NAME).await.unwrap().is_none(), "none was made");

    for _again in 0..2 {
        master::make(&by_keyring(), &keyring).await.unwrap();
    }
    let mailbox = OpaqueId::random();
    let mut released = Vec::new();
    for start in 0..2 {
        let running = with_keyring(&place, &keyring).await.unwrap();
        let url = format!("https://{}", running.address);
        if start == 0 {
            let service = owner.service(&place, &url);
            service.put_mailbox(mailbox).await.unwrap();
        }
        released.push(owner.released(&place, &url, mailbox).await);
        running.stop().await;
    }
    assert_eq!(released[0], released[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_locked_empty_or_anothers_is_refused_in_one_sentence() {
    let place = Place::new();
    let owner = Owner::of(&place);
    let own = MemoryKeyRing::default();
    master::make(&by_keyring(), &own).await.unwrap();
    let running = with_keyring(&place, &own).await.unwrap();
    let url = format!("https://{}", running.address);
    let mailbox = OpaqueId::random();
    let service = owner.service(&place, &url);
    service.put_mailbox(mailbox).await.unwrap();
    let before = owner.released(&place, &url, mailbox).await;
    running.stop().await;
    let at_rest = wrapped(&place.file("keys.db")).await;

    let [empty, others, spoilt]: [MemoryKeyRing; 3] = Default::default();
    master::make(&by_keyring(), &others).await.unwrap();
    let short = Sensitive::new(b"short".to_vec());
    spoilt.set(NAME, &short).await.unwrap();
    let keyrings: [(&dyn KeyRing, &str); 4] = [
        (&Locked, "locked"),
        (&empty, "has none by the name"),
        (&others, "opens none of the 2 keys"),
        (&spoilt, "no key of 32 bytes"),
    ];
    for (keyring, why) in keyrings {
        let refused = with_keyring(&place, keyring).await.unwrap_err();
        let refused = refused.to_string();
        assert!(refused.contains(why), "{refused}");
        assert!(is_a_sentence(&refused), "{refused}");
    }
    let kept = spoilt.get(NAME).await.unwrap().unwrap();
    assert_eq!(kept.expose(), b"short", "nothing is written over it");
    assert_eq!(wrapped(&place.file("keys.db")).await, at_rest);

    let running = with_keyring(&place, &own).await.unwrap();
    let url = format!("https://{}", running.address);
    assert_eq!(owner.released(&place, &url, mailbox).await, before);
    running.stop().await;
}

/// The program with the keyring of a session that has none.
#[cfg(target_os = "linux")]
#[test]
fn sr_09_without_a_keyring_the_key_service_says_so_and_ends() {
    let place = Place::new();
    let file = place.file("keys.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let (before, _) = settings.split_once("[master]").unwrap();
    let by_name = format!("{before}[master]\nkind = \"keyring\"\nname = \"{NAME}\"\n");
    std::fs::write(&file, by_name).unwrap();
    for arguments in [&["--check"][..], &["initialize"], &[]] {
        let mut command = Command::new(binary());
        command.args(["keys", "--config"]).arg(&file);
        command.args(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        let output = command.output().unwrap();
        let said = said(&output);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains("no keyring (Secret Service)"), "{said}");
        assert!(is_a_sentence(said.trim()), "{said}");
    }
}

/// Runs the program in a session of its own, with the keyring that is in a
/// folder.
#[cfg(target_os = "linux")]
fn in_session(place: &Place, folder: &Path, unlock: bool, arguments: &[&str]) -> (bool, String) {
    let daemon = if unlock {
        "printf test | gnome-keyring-daemon --unlock"
    } else {
        "gnome-keyring-daemon --start"
    };
    let script = format!("{daemon} --components=secrets >/dev/null 2>&1; exec \"$0\" \"$@\"");
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", &script]).arg(binary());
    session
        .args(["keys", "--config"])
        .arg(place.file("keys.toml"));
    session
        .args(arguments)
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("GNOME_KEYRING_CONTROL")
        // A prompt has nowhere to show.
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
    let output = session.output().unwrap();
    (output.status.success(), said(&output))
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_keyring_of_a_session_has_the_master_key_also_in_the_next() {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        if Command::new(program).arg("--version").output().is_err() {
            println!("skipped: {program} is not installed");
            return;
        }
    }
    let place = Place::new();
    let owner = Owner::of(&place);
    let process = Process::start(&place, "keys");
    let mailbox = OpaqueId::random();
    let service = owner.service(&place, &process.url);
    service.put_mailbox(mailbox).await.unwrap();
    owner.released(&place, &process.url, mailbox).await;
    assert!(process.stop());

    let (own, anothers) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let exchange = ["exchange-master", "--keyring", NAME];
    let (well, exchanged) = in_session(&place, own.path(), true, &exchange);
    assert!(
        well && exchanged.contains("2 keys are wrapped"),
        "{exchanged}"
    );
    std::fs::remove_file(place.file("master")).unwrap();
    let file = place.file("keys.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let (before, _) = settings.split_once("[master]").unwrap();
    let by_name = format!("{before}[master]\nkind = \"keyring\"\nname = \"{NAME}\"\n");
    std::fs::write(&file, by_name).unwrap();

    let check = ["--check"];
    let (well, checked) = in_session(&place, own.path(), true, &check);
    assert!(well, "{checked}");
    let (well, refused) = in_session(&place, anothers.path(), true, &check);
    assert!(
        !well && refused.contains("has none by the name"),
        "{refused}"
    );
    let (well, refused) = in_session(&place, own.path(), false, &check);
    let why = ["keyring is locked", "did not answer within 5 seconds"];
    assert!(
        !well && why.iter().any(|why| refused.contains(why)),
        "{refused}"
    );
    let (well, checked) = in_session(&place, own.path(), true, &check);
    assert!(well, "nothing is lost by it: {checked}");
}
