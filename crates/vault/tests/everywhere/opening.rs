//! The vault of an installation on good and bad days of its keyring and file.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::path::Path;

use async_trait::async_trait;
use rstest::rstest;
use tempfile::TempDir;
use vault::{
    Batch, Integrity, RecordId, Series, SeriesId, StoreError, Vault, VaultError,
    key::Key,
    keyring::{KeyRing, KeyRingError, MemoryKeyRing},
    opening::{self, Found, Opened, Place, Purpose, Resting},
    sensitive::Sensitive,
    shelf::{Files, set_aside_path},
    sqlite::SqliteStore,
    store::{Outcome, Store as _, Tag},
};

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

pub(crate) fn place(folder: &Path) -> Place {
    Place {
        file: folder.join("vault.db"),
        install: "5e1f".to_owned(),
    }
}

pub(crate) async fn open(folder: &TempDir, keyring: &dyn KeyRing) -> Opened {
    opening::open(&place(folder.path()), keyring, &Files, Purpose::Keep).await
}

pub(crate) fn anna(vault: &Vault) -> Series {
    vault.series(SeriesId("meetings/anna".to_owned()))
}

pub(crate) async fn commit(vault: &Vault, id: &str) {
    try_to_commit(vault, id).await.unwrap();
}

pub(crate) async fn try_to_commit(vault: &Vault, id: &str) -> Result<(), VaultError> {
    let batch = Batch {
        put: vec![(RecordId(id.to_owned()), b"Stand-up".to_vec())],
        head: b"cursor".to_vec(),
        ..Batch::default()
    };
    anna(vault).commit(batch).await
}

pub(crate) async fn records(vault: &Vault) -> (usize, Integrity) {
    let loaded = anna(vault).load().await.unwrap();
    (loaded.records.len(), loaded.integrity)
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Copies the store's files as a backup would, and puts them back.
fn copy(from: &TempDir, to: &TempDir) {
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("vault.db{suffix}");
        let target = to.path().join(&name);
        let _absent = std::fs::remove_file(&target);
        if from.path().join(&name).exists() {
            std::fs::copy(from.path().join(&name), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_vault_is_found_again_as_it_was_left() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    for expected in 0..4 {
        let opened = open(&folder, &keyring).await;
        assert_eq!(
            (opened.resting, opened.found),
            (Resting::OnDisk, Found::Continued)
        );
        assert_eq!(records(&opened.vault).await, (expected, Integrity::Whole));
        commit(&opened.vault, &format!("{expected}")).await;
    }
}

#[rstest]
#[case(KeyRingError::Absent)]
#[case(KeyRingError::Locked)]
#[case(KeyRingError::Silent)]
#[case(KeyRingError::Refused("no".to_owned()))]
#[tokio::test]
async fn sr_09_without_a_keyring_everything_stays_in_memory_and_says_so(
    #[case] error: KeyRingError,
) {
    let folder = TempDir::new().unwrap();
    let opened = open(&folder, &Failing(error.clone())).await;
    assert_eq!(opened.resting, Resting::WithoutKeyRing(error));
    commit(&opened.vault, "a").await;
    assert_eq!(records(&opened.vault).await, (1, Integrity::Whole));
    assert!(names(&folder).is_empty(), "{:?}", names(&folder));
}

#[tokio::test]
async fn sr_09_a_keyring_that_fails_for_a_day_costs_nothing() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    commit(&open(&folder, &keyring).await.vault, "a").await;
    let without = open(&folder, &Failing(KeyRingError::Locked)).await;
    commit(&without.vault, "b").await;
    let again = open(&folder, &keyring).await;
    assert_eq!(again.found, Found::Continued);
    assert_eq!(records(&again.vault).await, (1, Integrity::Whole));
}

#[tokio::test]
async fn sr_11_a_lost_or_other_key_sets_the_old_file_aside_until_the_next_start() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let key_name = place(folder.path()).key_name();
    commit(&open(&folder, &keyring).await.vault, "a").await;
    let other = Sensitive::new(Key::generate().expose().to_vec());
    for lost in [None, Some(other)] {
        match lost {
            None => keyring.delete(&key_name).await.unwrap(),
            Some(other) => keyring.set(&key_name, &other).await.unwrap(),
        }
        let opened = open(&folder, &keyring).await;
        assert_eq!(opened.resting, Resting::OnDisk);
        assert_eq!(opened.found, Found::SetAside(VaultError::WrongKey));
        assert!(names(&folder).contains(&"vault.db.set-aside".to_owned()));
        assert_eq!(records(&opened.vault).await, (0, Integrity::Whole));
        commit(&opened.vault, "fetched again").await;
        drop(opened);
        let next = open(&folder, &keyring).await;
        assert_eq!(next.found, Found::Continued, "there is no loop");
        assert_eq!(records(&next.vault).await, (1, Integrity::Whole));
        assert!(!names(&folder).iter().any(|name| name.contains("set-aside")));
    }
}

/// Puts what was set aside back in its place.
fn put_back(folder: &TempDir) {
    let file = place(folder.path()).file;
    for suffix in ["", "-wal", "-shm"] {
        let beside = |path: &Path| {
            let mut path = path.as_os_str().to_owned();
            path.push(suffix);
            std::path::PathBuf::from(path)
        };
        let _absent = std::fs::remove_file(beside(&file));
        let _absent = std::fs::rename(beside(&set_aside_path(&file)), beside(&file));
    }
}

/// Gives the file another key box, and the old one back.
async fn replace_box(folder: &TempDir, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let store = SqliteStore::open(&place(folder.path()).file).await.unwrap();
    let good = store.keys().await.unwrap().unwrap();
    let mut bad = good.clone();
    change(&mut bad);
    let replaced = store.replace_keys(Some(Tag::of(&good)), bad).await;
    assert_eq!(replaced, Ok(Outcome::Done));
    store.close().await;
    good
}

#[tokio::test]
async fn sr_12_a_file_whose_key_box_has_a_flipped_byte_is_set_aside_whole() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let opened = open(&folder, &keyring).await;
    commit(&opened.vault, "a").await;
    opened.vault.close().await;
    let length = replace_box(&folder, |_| ()).await.len();
    for position in (0..length).step_by(7) {
        let good = replace_box(&folder, |bad| bad[position] ^= 0xff).await;
        let opened = open(&folder, &keyring).await;
        assert_eq!(
            opened.found,
            Found::SetAside(VaultError::WrongKey),
            "byte {position}"
        );
        assert_eq!(records(&opened.vault).await, (0, Integrity::Whole));
        opened.vault.close().await;
        put_back(&folder);
        replace_box(&folder, |bad| *bad = good).await;
        let opened = open(&folder, &keyring).await;
        assert_eq!(records(&opened.vault).await.0, 1, "byte {position}");
        // The fresh store's generation was newer; what is committed counts.
        commit(&opened.vault, "a").await;
        opened.vault.close().await;
    }
}

#[tokio::test]
async fn sr_12_no_flipped_byte_of_the_keyrings_key_opens_the_file_or_spoils_it() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let name = place(folder.path()).key_name();
    let opened = open(&folder, &keyring).await;
    commit(&opened.vault, "a").await;
    opened.vault.close().await;
    let good = keyring.get(&name).await.unwrap().unwrap();
    for position in 0..good.expose().len() {
        let mut bad = good.expose().clone();
        bad[position] ^= 0xff;
        let bad = Sensitive::new(bad);
        keyring.set(&name, &bad).await.unwrap();
        let opened = open(&folder, &keyring).await;
        assert_eq!(
            opened.found,
            Found::SetAside(VaultError::WrongKey),
            "byte {position}"
        );
        opened.vault.close().await;
        let kept = keyring.get(&name).await.unwrap().unwrap();
        assert_eq!(kept.expose(), bad.expose(), "the keyring is left alone");
        keyring.set(&name, &good).await.unwrap();
        put_back(&folder);
        let opened = open(&folder, &keyring).await;
        assert_eq!(records(&opened.vault).await.0, 1, "byte {position}");
        commit(&opened.vault, "a").await;
        opened.vault.close().await;
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_set_aside() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    commit(&open(&folder, &keyring).await.vault, "a").await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place(folder.path()).file);
    let raw = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("PRAGMA user_version = 99")
        .execute(&raw)
        .await
        .unwrap();
    raw.close().await;
    let opened = open(&folder, &keyring).await;
    assert!(
        matches!(
            opened.found,
            Found::SetAside(VaultError::Store(StoreError::Newer(_)))
        ),
        "{opened:?}"
    );
    commit(&opened.vault, "b").await;
    assert_eq!(records(&opened.vault).await, (1, Integrity::Whole));
}

#[tokio::test]
async fn sr_08_an_older_copy_of_the_file_is_noticed() {
    let (folder, backup) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let keyring = MemoryKeyRing::default();
    // Some systems copy over no file that is open.
    for (record, from, to) in [("a", &folder, &backup), ("b", &backup, &folder)] {
        let vault = open(&folder, &keyring).await.vault;
        commit(&vault, record).await;
        vault.close().await;
        copy(from, to);
    }

    let opened = open(&folder, &keyring).await;
    assert_eq!(opened.found, Found::RolledBack);
    let (old, integrity) = records(&opened.vault).await;
    assert_eq!(
        (old, integrity),
        (1, Integrity::Broken),
        "nobody takes it for new"
    );
    drop(opened);
    let still = open(&folder, &keyring).await;
    assert_eq!(records(&still.vault).await.1, Integrity::Broken);
    commit(&still.vault, "fetched again").await;
    assert_eq!(records(&still.vault).await.1, Integrity::Whole);
    let next = open(&folder, &keyring).await;
    assert_eq!(next.found, Found::Continued);
    assert_eq!(records(&next.vault).await, (2, Integrity::Whole));
}

#[tokio::test]
async fn looking_changes_neither_file_nor_keyring() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let place = place(folder.path());
    commit(&open(&folder, &keyring).await.vault, "a").await;
    let noted = keyring
        .get(&place.generation_name())
        .await
        .unwrap()
        .unwrap();
    for _ in 0..3 {
        let looked = opening::open(&place, &keyring, &Files, Purpose::Look).await;
        assert_eq!(records(&looked.vault).await, (1, Integrity::Whole));
    }
    let after = keyring
        .get(&place.generation_name())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(noted.expose(), after.expose());
}

/// What a look finds that only somebody who keeps the store may mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Whoever keeps it has met a page that is damaged.
    Damaged,
    /// The keyring has lost the key.
    NoKey,
    /// It has another one.
    OtherKey,
    /// A later version has been at the file.
    Newer,
}

#[rstest]
#[tokio::test]
async fn looking_at_a_store_in_trouble_leaves_it_to_whoever_keeps_it(
    #[values(Trouble::Damaged, Trouble::NoKey, Trouble::OtherKey, Trouble::Newer)] trouble: Trouble,
) {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let place = place(folder.path());
    let mark = folder.path().join("vault.db.damaged");
    let kept = open(&folder, &keyring).await.vault;
    commit(&kept, "a").await;
    let key = keyring.get(&place.key_name()).await.unwrap().unwrap();
    let version = async |number: u32| {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&place.file);
        let raw = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let was: u32 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&raw)
            .await
            .unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "PRAGMA user_version = {number}"
        )))
        .execute(&raw)
        .await
        .unwrap();
        raw.close().await;
        was
    };
    let mut was = None;
    match trouble {
        Trouble::Damaged => std::fs::write(&mark, "").unwrap(),
        Trouble::NoKey => keyring.delete(&place.key_name()).await.unwrap(),
        Trouble::OtherKey => {
            let other = Sensitive::new(Key::generate().expose().to_vec());
            keyring.set(&place.key_name(), &other).await.unwrap();
        }
        Trouble::Newer => was = Some(version(99).await),
    }
    let secret = keyring.get(&place.key_name()).await.unwrap();
    for _ in 0..2 {
        let looked = opening::open(&place, &keyring, &Files, Purpose::Look).await;
        if trouble == Trouble::Damaged {
            // What opens is what was committed.
            assert_eq!(records(&looked.vault).await.0, 1);
        } else {
            assert!(matches!(looked.resting, Resting::WithoutFile(_)));
        }
        looked.vault.close().await;
    }
    let after = keyring.get(&place.key_name()).await.unwrap();
    assert_eq!(
        secret.as_ref().map(Sensitive::expose),
        after.as_ref().map(Sensitive::expose),
        "the keyring is left alone"
    );
    assert!(!set_aside_path(&place.file).exists());

    // Whoever keeps it has noticed nothing, and its file is the one there.
    commit(&kept, "b").await;
    kept.close().await;
    match trouble {
        Trouble::Damaged => std::fs::remove_file(&mark).unwrap(),
        Trouble::NoKey | Trouble::OtherKey => {
            keyring.set(&place.key_name(), &key).await.unwrap();
        }
        Trouble::Newer => {
            version(was.unwrap()).await;
        }
    }
    let again = open(&folder, &keyring).await;
    assert_eq!(again.found, Found::Continued);
    assert_eq!(records(&again.vault).await, (2, Integrity::Whole));
}

#[tokio::test]
async fn sr_08_a_look_notices_an_older_copy_and_leaves_it_as_it_is() {
    let (folder, backup) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let keyring = MemoryKeyRing::default();
    for (record, from, to) in [("a", &folder, &backup), ("b", &backup, &folder)] {
        let vault = open(&folder, &keyring).await.vault;
        commit(&vault, record).await;
        vault.close().await;
        copy(from, to);
    }
    let key_box = replace_box(&folder, |_| ()).await;
    for _ in 0..2 {
        let place = place(folder.path());
        let looked = opening::open(&place, &keyring, &Files, Purpose::Look).await;
        assert_eq!(looked.found, Found::RolledBack);
        assert_eq!(records(&looked.vault).await, (1, Integrity::Broken));
        looked.vault.close().await;
    }
    assert_eq!(replace_box(&folder, |_| ()).await, key_box);
}

#[tokio::test]
async fn sr_03_the_keyring_holds_a_key_of_32_bytes_that_is_in_no_file() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let opened = open(&folder, &keyring).await;
    commit(&opened.vault, "a").await;
    let name = place(folder.path()).key_name();
    let key = keyring.get(&name).await.unwrap().unwrap();
    assert_eq!(key.expose().len(), 32);
    for file in names(&folder) {
        let bytes = std::fs::read(folder.path().join(&file)).unwrap();
        let found = bytes
            .windows(32)
            .any(|window| window == key.expose().as_slice());
        assert!(!found, "the key is in {file}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_written_leaves_the_agenda_in_memory() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    // A folder in its place: not even root writes that.
    std::fs::create_dir(place(folder.path()).file).unwrap();
    let opened = open(&folder, &keyring).await;
    let Resting::WithoutFile(error) = &opened.resting else {
        panic!("{opened:?}");
    };
    let sentence = error.to_string();
    assert!(sentence.contains("cannot be written"), "{sentence}");
    commit(&opened.vault, "a").await;
    assert_eq!(records(&opened.vault).await, (1, Integrity::Whole));
}
