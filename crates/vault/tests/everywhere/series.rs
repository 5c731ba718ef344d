//! What every store must do, run on each of them, and what a hostile or
//! broken one must not achieve.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::sync::Arc;

use tempfile::TempDir;
use vault::{
    Batch, Beside, Integrity, RecordId, Series, SeriesId, Store, Vault, VaultError, key::Key,
    memory::MemoryStore, sqlite::SqliteStore,
};

fn record(id: &str, text: &str) -> (RecordId, Vec<u8>) {
    (RecordId(id.to_owned()), text.as_bytes().to_vec())
}

fn batch(put: &[(&str, &str)], delete: &[&str], head: &str) -> Batch {
    Batch {
        put: put.iter().map(|(id, text)| record(id, text)).collect(),
        delete: delete.iter().map(|id| RecordId((*id).to_owned())).collect(),
        head: head.as_bytes().to_vec(),
        replace: false,
    }
}

async fn texts(series: &Series) -> Vec<(String, String)> {
    let loaded = series.load().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    loaded
        .records
        .into_iter()
        .map(|(id, bytes)| (id.0, text(bytes)))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    expected.iter().map(own).collect()
}

fn meetings(vault: &Vault) -> Series {
    vault.series(SeriesId("meetings/anna".to_owned()))
}

async fn conforms(store: Arc<dyn Store>) {
    let kek = Key::generate();
    let vault = Vault::open(store.clone(), &kek).await.unwrap();
    let series = meetings(&vault);

    let empty = series.load().await.unwrap();
    assert!(empty.records.is_empty() && empty.head.is_none());
    assert_eq!(empty.integrity, Integrity::Whole);

    let first = batch(&[("a", "Stand-up"), ("b", "Budget")], &[], "cursor 1");
    series.commit(first).await.unwrap();
    let second = batch(
        &[("b", "Budget, moved"), ("c", "Review")],
        &["a"],
        "cursor 2",
    );
    series.commit(second).await.unwrap();

    // Another series does not mix in, whatever its ids.
    let other = vault.series(SeriesId("meetings/bo".to_owned()));
    other
        .commit(batch(&[("b", "Other")], &[], "x"))
        .await
        .unwrap();

    let vault = Vault::open(store.clone(), &kek).await.unwrap();
    let series = meetings(&vault);
    let expected = pairs(&[("b", "Budget, moved"), ("c", "Review")]);
    assert_eq!(texts(&series).await, expected);
    let loaded = series.load().await.unwrap();
    assert_eq!(loaded.head.as_deref(), Some(&b"cursor 2"[..]));
    assert_eq!(loaded.integrity, Integrity::Whole);

    let whole = Batch {
        replace: true,
        ..batch(&[("d", "Only this")], &[], "cursor 3")
    };
    series.commit(whole).await.unwrap();
    assert_eq!(texts(&series).await, pairs(&[("d", "Only this")]));
    vault.compact().await.unwrap();
    assert_eq!(texts(&series).await, pairs(&[("d", "Only this")]));

    series.forget().await.unwrap();
    assert!(texts(&series).await.is_empty());
    let other = vault.series(SeriesId("meetings/bo".to_owned()));
    assert_eq!(texts(&other).await, pairs(&[("b", "Other")]));

    let wrong = Vault::open(store, &Key::generate()).await;
    assert!(matches!(wrong, Err(VaultError::WrongKey)));
}

#[tokio::test]
async fn the_memory_store_conforms() {
    conforms(Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn the_sqlite_store_conforms() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("vault.db"))
        .await
        .unwrap();
    conforms(Arc::new(store)).await;
}

async fn sqlite_with(folder: &TempDir, kek: &Key, put: &[(&str, &str)]) -> SqliteStore {
    let store = SqliteStore::open(&folder.path().join("vault.db"))
        .await
        .unwrap();
    let vault = Vault::open(Arc::new(store.clone()), kek).await.unwrap();
    meetings(&vault)
        .commit(batch(put, &[], "cursor"))
        .await
        .unwrap();
    store
}

fn bytes_on_disk(folder: &TempDir) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    bytes
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[tokio::test]
async fn sr_06_no_plaintext_and_no_key_reaches_the_disk() {
    let folder = TempDir::new().unwrap();
    let kek = Key::generate();
    let store = sqlite_with(&folder, &kek, &[("id-canary-1", "title-canary-2")]).await;
    let disk = bytes_on_disk(&folder);
    assert!(disk.len() > 4096, "the files were read");
    for canary in ["canary-1", "canary-2", "cursor", "meetings/anna"] {
        assert!(
            !contains(&disk, canary.as_bytes()),
            "{canary} is on the disk"
        );
    }
    assert!(!contains(&disk, kek.expose()), "the key is on the disk");
    store.close().await;
}

#[tokio::test]
async fn sr_07_two_vaults_with_the_same_data_share_no_id_and_no_blob() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let same = [("a", "The very same meeting")];
    sqlite_with(&one, &Key::generate(), &same).await;
    sqlite_with(&two, &Key::generate(), &same).await;
    let ((id, blob), (other_id, other_blob)) = (first_row(&one).await, first_row(&two).await);
    assert_ne!(id, other_id);
    assert_ne!(blob, other_blob);
}

#[tokio::test]
async fn retention_what_is_deleted_is_gone_from_the_disk() {
    let folder = TempDir::new().unwrap();
    let kek = Key::generate();
    let store = sqlite_with(&folder, &kek, &[("old", "past"), ("new", "coming")]).await;
    let vault = Vault::open(Arc::new(store.clone()), &kek).await.unwrap();
    store.compact().await.unwrap();
    let (_, blob) = first_row(&folder).await;
    assert!(contains(&bytes_on_disk(&folder), &blob));
    let series = meetings(&vault);
    series
        .commit(batch(&[], &["old", "new"], "c"))
        .await
        .unwrap();
    vault.compact().await.unwrap();
    assert!(!contains(&bytes_on_disk(&folder), &blob));
}

async fn pool(folder: &TempDir) -> sqlx::SqlitePool {
    let path = folder.path().join("vault.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    sqlx::SqlitePool::connect_with(options).await.unwrap()
}

async fn rows(folder: &TempDir) -> Vec<(Vec<u8>, Vec<u8>)> {
    sqlx::query_as("SELECT record, sealed FROM record ORDER BY record")
        .fetch_all(&pool(folder).await)
        .await
        .unwrap()
}

async fn first_row(folder: &TempDir) -> (Vec<u8>, Vec<u8>) {
    rows(folder).await.swap_remove(0)
}

async fn put_blob(folder: &TempDir, record: &[u8], blob: &[u8]) {
    sqlx::query("UPDATE record SET sealed = ? WHERE record = ?")
        .bind(blob)
        .bind(record)
        .execute(&pool(folder).await)
        .await
        .unwrap();
}

/// Opens what a meddler left and loads it.
async fn load_again(folder: &TempDir, kek: &Key) -> vault::Loaded {
    let store = SqliteStore::open(&folder.path().join("vault.db"))
        .await
        .unwrap();
    let vault = Vault::open(Arc::new(store), kek).await.unwrap();
    meetings(&vault).load().await.unwrap()
}

#[tokio::test]
async fn sr_02_swapped_rows_do_not_open() {
    let folder = TempDir::new().unwrap();
    let kek = Key::generate();
    let store = sqlite_with(&folder, &kek, &[("a", "first"), ("b", "second")]).await;
    store.close().await;
    let found = rows(&folder).await;
    put_blob(&folder, &found[0].0, &found[1].1).await;
    put_blob(&folder, &found[1].0, &found[0].1).await;
    let loaded = load_again(&folder, &kek).await;
    assert_eq!((loaded.records.len(), loaded.quarantined), (0, 2));
    assert_eq!(loaded.integrity, Integrity::Broken);
}

#[tokio::test]
async fn sr_08_a_record_that_is_missing_or_rolled_back_is_noticed() {
    let folder = TempDir::new().unwrap();
    let kek = Key::generate();
    let store = sqlite_with(&folder, &kek, &[("a", "first"), ("b", "second")]).await;
    let (id, sealed) = first_row(&folder).await;
    let vault = Vault::open(Arc::new(store), &kek).await.unwrap();
    let series = meetings(&vault);
    let newer = batch(&[("a", "moved"), ("b", "moved")], &[], "later");
    series.commit(newer).await.unwrap();
    put_blob(&folder, &id, &sealed).await;
    assert_eq!(series.load().await.unwrap().integrity, Integrity::Broken);
    sqlx::query("DELETE FROM record WHERE record = ?")
        .bind(id)
        .execute(&pool(&folder).await)
        .await
        .unwrap();
    let loaded = series.load().await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Broken);
    assert_eq!(loaded.records.len(), 1, "the rest is still used");
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_not_touched() {
    let folder = TempDir::new().unwrap();
    let kek = Key::generate();
    sqlite_with(&folder, &kek, &[("a", "first")])
        .await
        .close()
        .await;
    let raw = pool(&folder).await;
    sqlx::query("PRAGMA user_version = 99")
        .execute(&raw)
        .await
        .unwrap();
    raw.close().await;
    let opened = SqliteStore::open(&folder.path().join("vault.db")).await;
    assert!(matches!(opened, Err(vault::StoreError::Newer(_))));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_damaged() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vault.db");
    std::fs::write(&path, b"this is no database, it is a text of some length").unwrap();
    let opened = SqliteStore::open(&path).await;
    assert!(
        matches!(opened, Err(vault::StoreError::Damaged(_))),
        "{opened:?}"
    );
}

/// What is lost since the last load is lost to the head as well: whoever keeps
/// a cursor there is told, and puts everything in its place.
#[tokio::test]
async fn a_commit_after_one_that_failed_goes_on_top_of_a_whole_series_only() {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
    let (ours, others) = (meetings(&vault), meetings(&vault));
    let first = batch(&[("a", "Stand-up"), ("b", "Budget")], &[], "cursor 1");
    ours.commit(first).await.unwrap();
    // Another one is faster, so that ours has to read again.
    others.commit(batch(&[], &[], "cursor 1")).await.unwrap();
    let mut blobs = 0;
    let harm = |blob: &mut Vec<u8>| {
        if blobs == 0 {
            *blob.last_mut().unwrap() ^= 1;
        }
        blobs += 1;
    };
    store.tamper(harm);
    let next = || batch(&[("c", "Review")], &[], "cursor 2");
    let told = ours.commit_with(next(), Beside::default()).await;
    assert!(matches!(told, Err(VaultError::Incomplete)), "{told:?}");
    let whole = Batch {
        replace: true,
        ..next()
    };
    ours.commit_with(whole, Beside::default()).await.unwrap();
    assert_eq!(texts(&ours).await, pairs(&[("c", "Review")]));
    ours.commit_with(
        batch(&[("d", "Planning")], &[], "cursor 3"),
        Beside::default(),
    )
    .await
    .unwrap();
}
