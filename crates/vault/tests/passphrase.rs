//! Secrets under a passphrase, on good and bad days of the file and of the
//! keyring that is not there.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use rstest::rstest;
use tempfile::TempDir;
use vault::{
    Batch, Integrity, RecordId, SeriesId,
    keyring::{KeyRing, KeyRingError, MemoryKeyRing},
    opening::{self, Found, Place, Purpose, Resting},
    passphrase::{Entered, NotChosen, NotOpened, StandIn},
    sensitive::Sensitive,
    shelf::Files,
};

const RIGHT: &str = "CANARY correct horse battery";
const NAME: &str = "joinbell/account/anna";

/// A keyring that is not there, or is by now.
#[derive(Default)]
struct Coming {
    kept: MemoryKeyRing,
    is_there: AtomicBool,
    is_full: AtomicBool,
}

impl Coming {
    fn look(&self) -> Result<(), KeyRingError> {
        let there = self.is_there.load(Ordering::Relaxed);
        there.then_some(()).ok_or(KeyRingError::Absent)
    }
}

#[async_trait]
impl KeyRing for Coming {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        self.look()?;
        self.kept.get(name).await
    }
    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        self.look()?;
        if self.is_full.load(Ordering::Relaxed) {
            return Err(KeyRingError::Refused("full".to_owned()));
        }
        self.kept.set(name, secret).await
    }
    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        self.look()?;
        self.kept.delete(name).await
    }
}

/// A desktop: one folder, one keyring that may come.
struct Desktop {
    folder: TempDir,
    system: Arc<Coming>,
}

impl Desktop {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            system: Arc::default(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("secrets.sealed")
    }

    /// What a program that starts has.
    fn program(&self) -> StandIn {
        StandIn::new(Arc::clone(&self.system) as Arc<dyn KeyRing>, self.file())
    }

    /// A program of a user who has chosen a passphrase.
    async fn protected(&self) -> StandIn {
        let program = self.program();
        program.choose(typed(RIGHT)).await.unwrap();
        program
    }

    /// The next program, with the passphrase entered.
    async fn entered(&self) -> StandIn {
        let program = self.program();
        assert_eq!(program.enter(typed(RIGHT)).await, Ok(Entered::Opened));
        program
    }
}

fn typed(text: &str) -> Sensitive<String> {
    Sensitive::new(text.to_owned())
}

async fn put(ring: &StandIn, name: &str, text: &str) {
    let secret = Sensitive::new(text.as_bytes().to_vec());
    ring.set(name, &secret).await.unwrap();
}

async fn got(ring: &dyn KeyRing, name: &str) -> Result<Option<String>, KeyRingError> {
    let found = ring.get(name).await?;
    Ok(found.map(|secret| String::from_utf8(secret.expose().clone()).unwrap()))
}

#[tokio::test]
async fn sr_09_a_secret_is_there_again_with_the_passphrase_and_only_with_it() {
    let desktop = Desktop::new();
    let first = desktop.protected().await;
    put(&first, NAME, "CANARY-password").await;
    put(&first, NAME, "CANARY-newer").await;
    put(&first, "another", "x").await;
    first.delete("another").await.unwrap();
    first.delete("another").await.unwrap();

    let next = desktop.program();
    assert!(next.is_closed());
    assert_eq!(got(&next, NAME).await, Err(KeyRingError::Passphrase));
    let refused = next.set(NAME, &Sensitive::new(vec![1])).await;
    assert_eq!(refused, Err(KeyRingError::Passphrase));
    let before = fs::read(desktop.file()).unwrap();
    for wrong in [
        "",
        "CANARY correct horse batterz",
        "canary correct horse battery",
    ] {
        let refused = next.enter(typed(wrong)).await;
        assert_eq!(refused, Err(NotOpened::WrongPassphrase), "{wrong}");
        assert!(next.is_closed());
    }
    assert_eq!(fs::read(desktop.file()).unwrap(), before, "nothing is lost");

    assert_eq!(next.enter(typed(RIGHT)).await, Ok(Entered::Opened));
    assert!(!next.is_closed());
    assert_eq!(got(&next, NAME).await, Ok(Some("CANARY-newer".to_owned())));
    assert_eq!(got(&next, "another").await, Ok(None));
}

#[tokio::test]
async fn sr_09_without_the_users_wish_there_is_no_file() {
    let desktop = Desktop::new();
    let program = desktop.program();
    assert_eq!(got(&program, NAME).await, Err(KeyRingError::Absent));
    let refused = program.set(NAME, &Sensitive::new(vec![1])).await;
    assert_eq!(refused, Err(KeyRingError::Absent));
    let short = program.choose(typed("elevenchars")).await;
    assert_eq!(short, Err(NotChosen::TooShort));
    assert_eq!(program.enter(typed(RIGHT)).await, Err(NotOpened::Missing));
    assert_eq!(names(desktop.folder.path()), [""; 0]);
}

/// A keyring that always fails in one way.
struct Failing(KeyRingError);

#[async_trait]
impl KeyRing for Failing {
    async fn get(&self, _: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        Err(self.0.clone())
    }
    async fn set(&self, _: &str, _: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        Err(self.0.clone())
    }
    async fn delete(&self, _: &str) -> Result<(), KeyRingError> {
        Err(self.0.clone())
    }
}

#[rstest]
#[case::locked(Arc::new(Failing(KeyRingError::Locked)))]
#[case::silent(Arc::new(Failing(KeyRingError::Silent)))]
#[case::refusing(Arc::new(Failing(KeyRingError::Refused("no".to_owned()))))]
#[case::working(Arc::new(MemoryKeyRing::default()))]
#[tokio::test]
async fn sr_09_where_there_is_a_keyring_no_passphrase_is_taken(#[case] system: Arc<dyn KeyRing>) {
    let folder = TempDir::new().unwrap();
    let program = StandIn::new(system, folder.path().join("secrets.sealed"));
    let refused = program.choose(typed(RIGHT)).await;
    assert_eq!(refused, Err(NotChosen::KeyRing));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn sr_09_a_second_passphrase_does_not_replace_the_first() {
    let desktop = Desktop::new();
    put(&desktop.protected().await, NAME, "CANARY-password").await;
    let refused = desktop.program().choose(typed("another passphrase")).await;
    assert_eq!(refused, Err(NotChosen::Taken));
    let next = desktop.entered().await;
    assert_eq!(
        got(&next, NAME).await,
        Ok(Some("CANARY-password".to_owned()))
    );
}

#[tokio::test]
async fn sr_09_what_two_programs_write_at_once_is_all_there() {
    let desktop = Desktop::new();
    let first = Arc::new(desktop.protected().await);
    let second = Arc::new(desktop.entered().await);
    let mut writing = tokio::task::JoinSet::new();
    for at in 0..20 {
        for (program, who) in [(&first, "first"), (&second, "second")] {
            let program = Arc::clone(program);
            writing.spawn(async move { put(&program, &format!("{who} {at}"), who).await });
        }
    }
    while let Some(written) = writing.join_next().await {
        written.unwrap();
    }
    let next = desktop.entered().await;
    for at in 0..20 {
        for who in ["first", "second"] {
            let found = got(&next, &format!("{who} {at}")).await;
            assert_eq!(found, Ok(Some(who.to_owned())), "{at}");
        }
    }
}

#[tokio::test]
async fn sr_09_a_flipped_bit_in_any_byte_is_told_from_a_wrong_passphrase() {
    let desktop = Desktop::new();
    put(&desktop.protected().await, NAME, "CANARY-password").await;
    let whole = fs::read(desktop.file()).unwrap();
    let next = desktop.program();
    for at in 0..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(desktop.file(), &bad).unwrap();
        let refused = next.enter(typed(RIGHT)).await.unwrap_err();
        let expected = [NotOpened::Damaged, NotOpened::Newer];
        assert!(expected.contains(&refused), "{at}: {refused}");
        assert_eq!(fs::read(desktop.file()).unwrap(), bad, "it is left alone");
    }
    for length in [0, 1, 45, whole.len() / 2, whole.len() - 1] {
        fs::write(desktop.file(), &whole[..length]).unwrap();
        let refused = next.enter(typed(RIGHT)).await;
        assert_eq!(refused, Err(NotOpened::Damaged), "{length}");
    }
    fs::write(desktop.file(), vec![7; 3 << 20]).unwrap();
    assert_eq!(next.enter(typed(RIGHT)).await, Err(NotOpened::Damaged));
    fs::write(desktop.file(), &whole).unwrap();
    assert_eq!(next.enter(typed(RIGHT)).await, Ok(Entered::Opened));
}

#[tokio::test]
async fn sr_09_damage_while_it_is_open_writes_nothing_over() {
    let desktop = Desktop::new();
    let program = desktop.protected().await;
    put(&program, NAME, "CANARY-password").await;
    let mut bad = fs::read(desktop.file()).unwrap();
    bad[100] ^= 1;
    fs::write(desktop.file(), &bad).unwrap();
    let refused = program.get(NAME).await.err();
    assert!(
        matches!(refused, Some(KeyRingError::Refused(_))),
        "{refused:?}"
    );
    let refused = program.set(NAME, &Sensitive::new(vec![1])).await;
    assert!(
        matches!(refused, Err(KeyRingError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(fs::read(desktop.file()).unwrap(), bad);
}

fn place(desktop: &Desktop) -> Place {
    Place {
        file: desktop.folder.path().join("store.sqlite3"),
        install: "5e1f".to_owned(),
    }
}

/// Opens the store, looks how many meetings are in it and adds one.
async fn keep(desktop: &Desktop, ring: &StandIn) -> (Found, usize) {
    let opened = opening::open(&place(desktop), ring, &Files, Purpose::Keep).await;
    assert_eq!(opened.resting, Resting::OnDisk);
    let series = opened.vault.series(SeriesId("meetings/anna".to_owned()));
    let loaded = series.load().await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    let id = format!("meeting {}", loaded.records.len());
    let batch = Batch {
        put: vec![(RecordId(id), b"CANARY-title".to_vec())],
        ..Batch::default()
    };
    series.commit(batch).await.unwrap();
    opened.vault.close().await;
    (opened.found, loaded.records.len())
}

#[tokio::test]
async fn sr_09_the_stores_key_is_under_the_passphrase_and_an_older_file_opens_the_store() {
    let desktop = Desktop::new();
    let first = desktop.protected().await;
    assert_eq!(keep(&desktop, &first).await, (Found::Continued, 0));
    let older = fs::read(desktop.file()).unwrap();
    put(&first, NAME, "CANARY-password").await;
    let next = desktop.entered().await;
    assert_eq!(keep(&desktop, &next).await, (Found::Continued, 1));
    assert_eq!(keep(&desktop, &next).await, (Found::Continued, 2));

    // A copy from a backup: it knows no password yet, and the same key.
    fs::write(desktop.file(), older).unwrap();
    assert_eq!(got(&next, NAME).await, Ok(None));
    let again = desktop.entered().await;
    assert_eq!(keep(&desktop, &again).await, (Found::Continued, 3));
}

#[tokio::test]
async fn sr_09_a_file_of_another_passphrase_in_its_place_is_not_taken_for_it() {
    let desktop = Desktop::new();
    let first = desktop.protected().await;
    put(&first, NAME, "CANARY-old").await;
    let older = fs::read(desktop.file()).unwrap();
    first.forget().await.unwrap();
    assert!(!desktop.file().exists());
    assert_eq!(got(&first, NAME).await, Err(KeyRingError::Absent));
    first.choose(typed("another passphrase")).await.unwrap();
    put(&first, NAME, "CANARY-new").await;

    fs::write(desktop.file(), older).unwrap();
    assert_eq!(got(&first, NAME).await, Err(KeyRingError::Passphrase));
    let wrong = first.enter(typed("another passphrase")).await;
    assert_eq!(wrong, Err(NotOpened::WrongPassphrase));
    assert_eq!(first.enter(typed(RIGHT)).await, Ok(Entered::Opened));
    assert_eq!(got(&first, NAME).await, Ok(Some("CANARY-old".to_owned())));
}

#[tokio::test]
async fn sr_09_a_keyring_that_comes_later_takes_everything_over() {
    let desktop = Desktop::new();
    let first = desktop.protected().await;
    put(&first, NAME, "CANARY-password").await;
    keep(&desktop, &first).await;
    let other = desktop.entered().await;
    desktop.system.is_there.store(true, Ordering::Relaxed);

    // It is there, and the file still counts: the key is in it.
    let next = desktop.program();
    assert_eq!(got(&next, NAME).await, Err(KeyRingError::Passphrase));
    // A keyring that does not take everything gets nothing.
    desktop.system.is_full.store(true, Ordering::Relaxed);
    assert_eq!(next.enter(typed(RIGHT)).await, Ok(Entered::Opened));
    assert!(desktop.file().exists());
    desktop.system.is_full.store(false, Ordering::Relaxed);
    assert_eq!(next.enter(typed(RIGHT)).await, Ok(Entered::Moved));
    assert!(!desktop.file().exists());
    let kept = got(&desktop.system.kept, NAME).await;
    assert_eq!(kept, Ok(Some("CANARY-password".to_owned())));
    // Also for a program that runs beside, and for the next.
    for program in [next, other, desktop.program()] {
        assert_eq!(
            got(&program, NAME).await,
            Ok(Some("CANARY-password".to_owned()))
        );
    }
    assert_eq!(
        keep(&desktop, &desktop.program()).await,
        (Found::Continued, 1)
    );
}

#[tokio::test]
async fn sr_09_no_file_holds_the_key_the_passphrase_or_a_password() {
    let desktop = Desktop::new();
    let program = desktop.protected().await;
    put(&program, NAME, "CANARY-password").await;
    keep(&desktop, &program).await;
    let key = program
        .get(&place(&desktop).key_name())
        .await
        .unwrap()
        .unwrap();
    let digits = key.expose().iter().map(|byte| format!("{byte:02x}"));
    let hex = digits.collect::<String>();
    let secrets = [key.expose().as_slice(), hex.as_bytes(), b"CANARY", b"anna"];
    let files = names(desktop.folder.path());
    assert!(files.len() >= 3, "{files:?}");
    for name in files {
        let bytes = fs::read(desktop.folder.path().join(&name)).unwrap();
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret);
            assert!(!found, "{name}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sr_09_the_file_is_its_users_alone_whatever_a_killed_run_has_left() {
    use std::os::unix::fs::PermissionsExt as _;
    let desktop = Desktop::new();
    let left = desktop.folder.path().join("secrets.sealed.new");
    fs::write(&left, "half").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
    let program = desktop.protected().await;
    put(&program, NAME, "CANARY-password").await;
    for name in names(desktop.folder.path()) {
        let about = fs::metadata(desktop.folder.path().join(&name)).unwrap();
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert!(!left.exists());
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
