//! A store that somebody has been at.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::sync::Arc;

use proptest::prelude::*;
use vault::{
    Batch, Integrity, Loaded, RecordId, Series, SeriesId, Store, Vault, VaultError,
    key::Key,
    memory::MemoryStore,
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow, Tag},
};

const TEXT: &[u8] = b"Budget follow-up";

fn series(vault: &Vault, name: &str) -> Series {
    vault.series(SeriesId(name.to_owned()))
}

async fn vault_of(store: &Arc<MemoryStore>, kek: &Key, names: &[&str], records: usize) -> Vault {
    let vault = Vault::open(store.clone(), kek).await.unwrap();
    for name in names {
        let put = |number| (RecordId(format!("{number}")), TEXT.to_vec());
        let batch = Batch {
            put: (0..records).map(put).collect(),
            head: b"cursor".to_vec(),
            ..Batch::default()
        };
        series(&vault, name).commit(batch).await.unwrap();
    }
    vault
}

/// Writes rows past the vault, with the right tags, as an onlooker could.
async fn meddle(store: &MemoryStore, id: BlindId, put: Vec<SealedRow>, head: Option<Vec<u8>>) {
    let there = store.read(id).await.unwrap();
    let batch = SealedBatch {
        series: id,
        keys: store.keys().await.unwrap().as_deref().map(Tag::of),
        after: there.tag(),
        replace: Replace::Nothing,
        put,
        beside: Vec::new(),
        delete: Vec::new(),
        head: head.or(there.head).unwrap(),
    };
    assert_eq!(store.commit(batch).await, Ok(Outcome::Done));
}

fn with_blob(record: BlindId, blob: &[u8]) -> Vec<SealedRow> {
    vec![SealedRow {
        record,
        expires: None,
        blob: blob.to_vec(),
    }]
}

#[tokio::test]
async fn sr_02_no_two_of_fifty_records_can_change_places() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let vault = vault_of(&store, &kek, &["anna"], 25).await;
    let anna = store.series().await.unwrap()[0];
    vault_of(&store, &kek, &["bo"], 25).await;
    let mut rows = Vec::new();
    for id in store.series().await.unwrap() {
        let sealed = store.read(id).await.unwrap();
        rows.extend(sealed.rows.into_iter().map(|row| (id, row)));
    }
    assert_eq!(rows.len(), 50);
    let mut swaps = 0;
    for (from_series, from) in &rows {
        for (to_series, to) in &rows {
            if (from_series, from.record) == (to_series, to.record) {
                continue;
            }
            meddle(&store, *to_series, with_blob(to.record, &from.blob), None).await;
            let name = if *to_series == anna { "anna" } else { "bo" };
            let loaded = series(&vault, name).load().await.unwrap();
            assert_eq!((loaded.records.len(), loaded.quarantined), (24, 1));
            meddle(&store, *to_series, with_blob(to.record, &to.blob), None).await;
            swaps += 1;
        }
    }
    assert_eq!(swaps, 50 * 49);
}

#[tokio::test]
async fn sr_02_a_record_of_another_installation_does_not_open() {
    let kek = Key::generate();
    let (mine, theirs) = (
        Arc::new(MemoryStore::default()),
        Arc::new(MemoryStore::default()),
    );
    let vault = vault_of(&mine, &kek, &["anna"], 1).await;
    vault_of(&theirs, &kek, &["anna"], 1).await;
    let id = theirs.series().await.unwrap()[0];
    let foreign = theirs.read(id).await.unwrap();
    // The same key-encryption key: even the blind ids are the same.
    meddle(&mine, id, foreign.rows, foreign.head).await;
    let loaded = series(&vault, "anna").load().await.unwrap();
    assert_eq!((loaded.records.len(), loaded.quarantined), (0, 1));
    assert_eq!((loaded.head, loaded.integrity), (None, Integrity::Broken));
}

#[tokio::test]
async fn sr_12_every_flipped_byte_costs_one_record_until_it_is_fetched_again() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let vault = vault_of(&store, &kek, &["anna"], 3).await;
    let anna = series(&vault, "anna");
    let id = store.series().await.unwrap()[0];
    let row = store.read(id).await.unwrap().rows.swap_remove(1);
    for position in 0..row.blob.len() {
        let mut bad = row.blob.clone();
        bad[position] ^= 0xff;
        meddle(&store, id, with_blob(row.record, &bad), None).await;
        let loaded = anna.load().await.unwrap();
        assert_eq!(
            (loaded.records.len(), loaded.quarantined),
            (2, 1),
            "byte {position}"
        );
        assert_eq!(loaded.integrity, Integrity::Broken);
        meddle(&store, id, with_blob(row.record, &row.blob), None).await;
    }
    assert_eq!(anna.load().await.unwrap().integrity, Integrity::Whole);
}

#[tokio::test]
async fn sr_61_what_does_not_open_any_more_goes_with_the_next_commit() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let vault = vault_of(&store, &kek, &["anna"], 3).await;
    let id = store.series().await.unwrap()[0];
    let row = store.read(id).await.unwrap().rows.swap_remove(1);
    let mut bad = row.blob.clone();
    bad[row.blob.len() / 2] ^= 1;
    meddle(&store, id, with_blob(row.record, &bad), None).await;
    let anna = series(&vault, "anna");
    let loaded = anna.load().await.unwrap();
    assert_eq!((loaded.records.len(), loaded.quarantined), (2, 1));
    anna.commit(Batch::default()).await.unwrap();
    let left = store.read(id).await.unwrap().rows;
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|left| left.record != row.record));
    let loaded = anna.load().await.unwrap();
    assert_eq!(
        (loaded.quarantined, loaded.integrity),
        (0, Integrity::Whole)
    );

    // What is fetched again comes in the place of what did not open.
    let other = left[0].record;
    let mut bad = left[0].blob.clone();
    bad[left[0].blob.len() / 2] ^= 1;
    meddle(&store, id, with_blob(other, &bad), None).await;
    assert_eq!(anna.load().await.unwrap().quarantined, 1);
    let put = (0..3).map(|number| (RecordId(format!("{number}")), TEXT.to_vec()));
    let all = Batch {
        put: put.collect(),
        ..Batch::default()
    };
    anna.commit(all).await.unwrap();
    let loaded = anna.load().await.unwrap();
    assert_eq!(
        (loaded.records.len(), loaded.integrity),
        (3, Integrity::Whole)
    );
}

#[tokio::test]
async fn sr_12_a_flipped_byte_in_the_head_is_noticed_and_mended_by_a_commit() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let vault = vault_of(&store, &kek, &["anna"], 3).await;
    let anna = series(&vault, "anna");
    let id = store.series().await.unwrap()[0];
    let head = store.read(id).await.unwrap().head.unwrap();
    for position in 0..head.len() {
        let mut bad = head.clone();
        bad[position] ^= 0xff;
        meddle(&store, id, Vec::new(), Some(bad)).await;
        let loaded = anna.load().await.unwrap();
        assert_eq!(
            (loaded.records.len(), loaded.head),
            (3, None),
            "byte {position}"
        );
        assert_eq!(loaded.integrity, Integrity::Broken);
    }
    anna.commit(Batch {
        head: b"next".to_vec(),
        ..Batch::default()
    })
    .await
    .unwrap();
    let mended = anna.load().await.unwrap();
    assert_eq!(
        (mended.records.len(), mended.integrity),
        (3, Integrity::Whole)
    );
}

/// Everything that rests in a store.
async fn at_rest(store: &MemoryStore) -> Vec<Vec<u8>> {
    let mut all: Vec<_> = store.keys().await.unwrap().into_iter().collect();
    for id in store.series().await.unwrap() {
        let sealed = store.read(id).await.unwrap();
        all.extend(sealed.rows.into_iter().map(|row| row.blob));
        all.extend(sealed.head);
    }
    all
}

/// Puts another key box in, past the vault.
async fn replace_box(store: &MemoryStore, sealed: &[u8]) {
    let before = store.keys().await.unwrap().as_deref().map(Tag::of);
    let replaced = store.replace_keys(before, sealed.to_vec()).await;
    assert_eq!(replaced, Ok(Outcome::Done));
}

#[tokio::test]
async fn sr_12_every_flipped_byte_of_the_key_box_is_refused_and_nothing_is_written() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let running = vault_of(&store, &kek, &["anna"], 3).await;
    let good = store.keys().await.unwrap().unwrap();
    for position in 0..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 0xff;
        replace_box(&store, &bad).await;
        let before = at_rest(&store).await;
        // The next start is refused, and so is a program that runs on.
        let opened = Vault::open(store.clone(), &kek).await.map(drop);
        assert_eq!(opened, Err(VaultError::WrongKey), "byte {position}");
        let batch = Batch {
            put: vec![(RecordId("new".to_owned()), TEXT.to_vec())],
            ..Batch::default()
        };
        let committed = series(&running, "anna").commit(batch).await;
        assert_eq!(committed, Err(VaultError::WrongKey), "byte {position}");
        let tended = running.tend(std::time::SystemTime::UNIX_EPOCH).await;
        assert_eq!(tended, Err(VaultError::WrongKey), "byte {position}");
        assert_eq!(at_rest(&store).await, before, "byte {position}");
        // With the right box everything is there again, here and there.
        replace_box(&store, &good).await;
        for vault in [&running, &Vault::open(store.clone(), &kek).await.unwrap()] {
            let loaded = series(vault, "anna").load().await.unwrap();
            assert_eq!(
                (loaded.records.len(), loaded.integrity),
                (3, Integrity::Whole)
            );
        }
    }
}

#[tokio::test]
async fn sr_08_an_old_series_put_back_whole_is_noticed_by_who_has_seen_the_newer() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let vault = vault_of(&store, &kek, &["anna"], 3).await;
    let id = store.series().await.unwrap()[0];
    let old = store.read(id).await.unwrap();
    let anna = series(&vault, "anna");
    let change = Batch {
        put: vec![(RecordId("1".to_owned()), b"moved".to_vec())],
        head: b"newer".to_vec(),
        ..Batch::default()
    };
    anna.commit(change).await.unwrap();
    meddle(&store, id, old.rows, old.head).await;
    assert_eq!(anna.load().await.unwrap().integrity, Integrity::Broken);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn sr_12_no_bytes_in_a_store_stop_the_reader(
        blobs in proptest::collection::vec(
            (any::<[u8; 16]>(), proptest::collection::vec(any::<u8>(), 0..200)), 0..8),
        head in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let loaded: Loaded = runtime.block_on(async {
            let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
            let vault = vault_of(&store, &kek, &["anna"], 1).await;
            let id = store.series().await.unwrap()[0];
            let rows = blobs.iter().map(|(record, blob)| SealedRow {
                record: BlindId(*record),
                expires: None,
                blob: blob.clone(),
            });
            meddle(&store, id, rows.collect(), Some(head)).await;
            series(&vault, "anna").load().await.unwrap()
        });
        prop_assert_eq!(loaded.records.len(), 1);
        prop_assert_eq!(loaded.integrity, Integrity::Broken);
    }
}
