//! Files of each format, kept: they must open as long as it is read.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use vault::{
    Batch, Beside, Integrity, RecordId, Series, SeriesId, Store as _, Vault, VaultError,
    envelope::{self, KeyId, Outside, Revision},
    key::Key,
    sqlite::SqliteStore,
};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

fn kek() -> Key {
    Key::from_bytes(&[7; 32]).unwrap()
}

fn anna(vault: &Vault) -> Series {
    vault.series(SeriesId("meetings/anna".to_owned()))
}

const RECORDS: [(&str, &str); 2] = [("a", "Stand-up"), ("b", "Budget follow-up")];

async fn vault_at(path: &Path, key: &Key) -> Result<Vault, VaultError> {
    let store = SqliteStore::open(path).await.unwrap();
    Vault::open(Arc::new(store), key).await
}

/// What format 2 keeps beside a record.
const LONG: (&str, &str) = ("b", "All there is to say about the budget.");

#[tokio::test]
async fn sr_01_a_store_of_format_1_opens() {
    opens("store-1.db").await;
}

#[tokio::test]
async fn sr_01_a_store_of_format_2_opens_with_what_is_beside_its_records() {
    let (_folder, vault) = opens("store-2.db").await;
    let (id, text) = LONG;
    let beside = anna(&vault).beside(&RecordId(id.to_owned())).await.unwrap();
    assert_eq!(beside.as_deref(), Some(text.as_bytes()));
}

async fn opens(name: &str) -> (TempDir, Vault) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vault.db");
    std::fs::copy(golden(name), &path).unwrap();
    let vault = vault_at(&path, &kek()).await.unwrap();
    let loaded = anna(&vault).load().await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    let expected = RECORDS.map(|(id, text)| (RecordId(id.to_owned()), text.as_bytes().to_vec()));
    assert_eq!(loaded.records, expected);
    assert_eq!(loaded.head.as_deref(), Some(&b"cursor"[..]));
    let other = vault_at(&path, &Key::generate()).await;
    assert!(matches!(other, Err(VaultError::WrongKey)));
    (folder, vault)
}

#[test]
fn sr_01_a_blob_of_format_1_opens() {
    let blob = std::fs::read(golden("blob-1.cose")).unwrap();
    let key = kek();
    let (outside, text) = envelope::open(|_| Some(&key), b"place", &blob).unwrap();
    let expected = Outside {
        key: KeyId(9),
        revision: Revision(3),
    };
    assert_eq!((outside, text.as_slice()), (expected, &b"Stand-up"[..]));
}

/// Makes the two files when JOINBELL_MAKE_GOLDEN says where; they are made
/// once for each format.
#[tokio::test]
async fn what_is_written_today_is_of_the_same_format() {
    let folder = TempDir::new().unwrap();
    let target = std::env::var_os("JOINBELL_MAKE_GOLDEN")
        .map_or_else(|| folder.path().to_owned(), PathBuf::from);
    let path = folder.path().join("vault.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let vault = Vault::open(Arc::new(store.clone()), &kek()).await.unwrap();
    let put = RECORDS.map(|(id, text)| (RecordId(id.to_owned()), text.as_bytes().to_vec()));
    let batch = Batch {
        put: put.to_vec(),
        head: b"cursor".to_vec(),
        ..Batch::default()
    };
    let (id, text) = LONG;
    let beside = Beside {
        long: vec![(RecordId(id.to_owned()), text.as_bytes().to_vec())],
        ..Beside::default()
    };
    anna(&vault).commit_with(batch, beside).await.unwrap();
    vault.compact().await.unwrap();
    store.close().await;
    std::fs::copy(&path, target.join("store-2.db")).unwrap();
    let outside = Outside {
        key: KeyId(9),
        revision: Revision(3),
    };
    let blob = envelope::seal(&kek(), outside, b"place", b"Stand-up");
    std::fs::write(target.join("blob-1.cose"), &blob).unwrap();

    // All but the nonce and what it changes is the same as in the kept files.
    let kept = std::fs::read(golden("blob-1.cose")).unwrap();
    let front = kept.len() - (12 + 2 + 8 + 16);
    assert_eq!((blob.len(), &blob[..front]), (kept.len(), &kept[..front]));
    assert_eq!(
        tables(&target.join("store-2.db")).await,
        tables(&golden("store-2.db")).await
    );
}

/// Version and tables of a file; how large its pages are is SQLite's matter.
async fn tables(path: &Path) -> (i64, Vec<String>) {
    let options = SqliteConnectOptions::new().filename(path).immutable(true);
    let mut file = options.connect().await.unwrap();
    let version = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut file)
        .await
        .unwrap();
    let tables = sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        .fetch_all(&mut file)
        .await
        .unwrap();
    (version, tables)
}
