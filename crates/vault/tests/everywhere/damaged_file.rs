//! The store's file when something has gone wrong with its bytes: cut, flipped,
//! written over. The start goes on, and what is there is true.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use tempfile::TempDir;
use vault::{
    Integrity, StoreError, VaultError,
    keyring::MemoryKeyRing,
    opening::{self, Found, Purpose, Resting},
    shelf::Files,
};

use crate::opening::{anna, commit, open, place, records, try_to_commit};

/// The bytes of a store with one record, and the keyring that opens it.
async fn a_store() -> (Vec<u8>, MemoryKeyRing) {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let opened = open(&folder, &keyring).await;
    commit(&opened.vault, "a").await;
    opened.vault.compact().await.unwrap();
    drop(opened);
    let whole = std::fs::read(place(folder.path()).file).unwrap();
    (whole, keyring)
}

#[tokio::test]
async fn a_truncated_file_never_stops_the_start() {
    let (whole, keyring) = a_store().await;
    for length in (0..whole.len()).step_by(997) {
        let again = TempDir::new().unwrap();
        std::fs::write(place(again.path()).file, &whole[..length]).unwrap();
        let opened = open(&again, &keyring).await;
        assert_eq!(
            opened.resting,
            Resting::OnDisk,
            "{length} bytes: {opened:?}"
        );
        let first = anna(&opened.vault).load().await;
        drop(opened);
        assert!(first.is_ok_and(|loaded| loaded.records.len() <= 1));
        let next = open(&again, &keyring).await;
        assert_eq!(next.resting, Resting::OnDisk);
        commit(&next.vault, "fetched again").await;
    }
}

#[tokio::test]
async fn damage_that_shows_only_when_it_is_read_is_mended_at_the_next_start() {
    const PAGE: usize = 4096;
    let (whole, keyring) = a_store().await;
    let mut late = 0;
    for page in 0..whole.len() / PAGE {
        let again = TempDir::new().unwrap();
        let mut bad = whole.clone();
        bad[page * PAGE..][..PAGE].fill(0xff);
        std::fs::write(place(again.path()).file, bad).unwrap();
        let opened = open(&again, &keyring).await;
        assert_eq!(opened.resting, Resting::OnDisk, "page {page}");
        let mut first = anna(&opened.vault).load().await.map(|_| ());
        if first.is_ok() {
            // What is beside the records is first read when they change.
            first = try_to_commit(&opened.vault, "a").await;
        }
        drop(opened);
        let next = open(&again, &keyring).await;
        if let Err(error) = first {
            assert!(
                matches!(error, VaultError::Store(StoreError::Damaged(_))),
                "{error:?}"
            );
            assert!(matches!(next.found, Found::SetAside(_)), "{next:?}");
            late += 1;
        }
        commit(&next.vault, "fetched again").await;
        assert!(records(&next.vault).await.0 >= 1);
    }
    assert!(late > 0, "some damage shows late");
}

/// Each byte of SQLite's own header, and every 211th of the rest.
#[tokio::test]
async fn sr_12_a_flipped_bit_anywhere_in_the_file_stops_no_start_and_makes_nothing_up() {
    let (whole, keyring) = a_store().await;
    let header = (0..112).chain((112..whole.len()).step_by(211));
    for at in header {
        let again = TempDir::new().unwrap();
        let mut bad = whole.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(place(again.path()).file, bad).unwrap();
        let opened = open(&again, &keyring).await;
        assert_eq!(opened.resting, Resting::OnDisk, "byte {at}: {opened:?}");
        let mut first = anna(&opened.vault).load().await.map(|loaded| {
            for (_, text) in &loaded.records {
                assert_eq!(text, b"Stand-up", "byte {at}");
            }
        });
        if first.is_ok() {
            first = try_to_commit(&opened.vault, "a").await;
        }
        drop(opened);
        if let Err(error) = first {
            let damaged = matches!(error, VaultError::Store(StoreError::Damaged(_)));
            assert!(damaged, "byte {at}: {error:?}");
        }
        let next = open(&again, &keyring).await;
        commit(&next.vault, "fetched again").await;
        assert!(records(&next.vault).await.0 >= 1, "byte {at}");
    }
}

/// The log is what a power cut leaves half written.
#[tokio::test]
async fn a_log_that_is_cut_anywhere_leaves_whole_commits() {
    let (folder, keyring) = (TempDir::new().unwrap(), MemoryKeyRing::default());
    let opened = open(&folder, &keyring).await;
    // With the keys, which no later commit changes.
    commit(&opened.vault, "first").await;
    opened.vault.compact().await.unwrap();
    for id in ["a", "b", "c"] {
        commit(&opened.vault, id).await;
    }
    // While it is open: closing would write the log out.
    let file = place(folder.path()).file;
    let (whole, log) = (
        std::fs::read(&file).unwrap(),
        std::fs::read(file.with_extension("db-wal")).unwrap(),
    );
    let mut before = 1;
    for length in (0..log.len()).step_by(211).chain([log.len()]) {
        let again = TempDir::new().unwrap();
        let file = place(again.path()).file;
        std::fs::write(&file, &whole).unwrap();
        std::fs::write(file.with_extension("db-wal"), &log[..length]).unwrap();
        // Whoever keeps a store notes in the keyring that it has gone on.
        let place = place(again.path());
        let opened = opening::open(&place, &keyring, &Files, Purpose::Look).await;
        assert_eq!(
            (opened.resting, opened.found),
            (Resting::OnDisk, Found::Continued),
            "{length} bytes"
        );
        let (found, integrity) = records(&opened.vault).await;
        assert_eq!(integrity, Integrity::Whole, "{length} bytes");
        assert!(found >= before, "{length} bytes: {found} after {before}");
        before = found;
    }
    assert_eq!(before, 4);
}
