//! What is sealed by itself beside a record, and opened when somebody asks.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use vault::{
    Batch, Beside, Integrity, KEY_AGE_MAX, RecordId, Series, SeriesId, Store, Vault, envelope,
    key::Key,
    memory::MemoryStore,
    sqlite::SqliteStore,
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow, Tag},
};

fn id(name: &str) -> RecordId {
    RecordId(name.to_owned())
}

fn anna(vault: &Vault) -> Series {
    vault.series(SeriesId("meetings/anna".to_owned()))
}

async fn put(series: &Series, name: &str, long: Option<&str>) {
    let batch = Batch {
        put: vec![(id(name), b"short".to_vec())],
        ..Batch::default()
    };
    let long = long.map(|text| (id(name), text.as_bytes().to_vec()));
    let beside = Beside {
        long: long.into_iter().collect(),
        ..Beside::default()
    };
    series.commit_with(batch, beside).await.unwrap();
}

async fn beside(series: &Series, name: &str) -> Option<String> {
    let bytes = series.beside(&id(name)).await.unwrap()?;
    Some(String::from_utf8(bytes).unwrap())
}

/// A vault with two records, each with a text, and the store's names for them.
async fn two(store: Arc<MemoryStore>) -> (Vault, BlindId, [BlindId; 2]) {
    let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
    put(&anna(&vault), "a", Some("first")).await;
    let series = store.series().await.unwrap()[0];
    let first = store.read(series).await.unwrap().rows[0].record;
    put(&anna(&vault), "b", Some("second")).await;
    let rows = store.read(series).await.unwrap().rows;
    let second = rows.iter().find(|row| row.record != first).unwrap();
    (vault, series, [first, second.record])
}

/// Writes past the vault, with the right tags, as an onlooker could.
async fn meddle(store: &MemoryStore, series: BlindId, beside: (BlindId, Vec<u8>)) {
    let there = store.read(series).await.unwrap();
    let batch = SealedBatch {
        series,
        keys: store.keys().await.unwrap().as_deref().map(Tag::of),
        after: there.tag(),
        replace: Replace::Nothing,
        put: Vec::new(),
        beside: vec![beside],
        delete: Vec::new(),
        head: there.head.unwrap(),
    };
    assert_eq!(store.commit(batch).await, Ok(Outcome::Done));
}

#[tokio::test]
async fn a_text_is_there_after_a_restart_and_goes_with_its_record() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vault.db");
    let kek = Key::generate();
    let open = async || {
        let store = SqliteStore::open(&path).await.unwrap();
        Vault::open(Arc::new(store), &kek).await.unwrap()
    };
    let vault = open().await;
    put(&anna(&vault), "a", Some("a long text")).await;
    put(&anna(&vault), "b", Some("another one")).await;
    put(&anna(&vault), "c", None).await;
    vault.close().await;

    let vault = open().await;
    let series = anna(&vault);
    assert_eq!(beside(&series, "a").await.as_deref(), Some("a long text"));
    assert_eq!(beside(&series, "b").await.as_deref(), Some("another one"));
    assert_eq!(beside(&series, "c").await, None);
    assert_eq!(series.load().await.unwrap().records.len(), 3);
    put(&series, "a", None).await;
    assert_eq!(beside(&series, "a").await, None);
    let gone = Batch {
        delete: vec![id("b")],
        ..Batch::default()
    };
    series.commit(gone).await.unwrap();
    assert_eq!(beside(&series, "b").await, None);
}

#[tokio::test]
async fn sr_02_a_text_opens_beside_its_own_record_alone() {
    let store = Arc::new(MemoryStore::default());
    let (vault, series, [first, second]) = two(store.clone()).await;
    let of_first = store.beside(series, first).await.unwrap().unwrap();
    meddle(&store, series, (second, of_first)).await;
    assert_eq!(beside(&anna(&vault), "b").await, None);
    assert_eq!(beside(&anna(&vault), "a").await.as_deref(), Some("first"));
}

/// Record, text and head carry the same revision: their places alone tell
/// them apart.
#[tokio::test]
async fn sr_02_record_text_and_head_do_not_stand_in_for_each_other() {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
    put(&anna(&vault), "a", Some("a text")).await;
    let series = store.series().await.unwrap()[0];
    let sealed = store.read(series).await.unwrap();
    let record = sealed.rows[0].record;
    let text = store.beside(series, record).await.unwrap().unwrap();
    let blobs = [sealed.rows[0].blob.clone(), text, sealed.head.unwrap()];
    let places = ["the record", "the text", "the head"];
    for (from, blob) in blobs.iter().enumerate() {
        for to in (0..blobs.len()).filter(|to| *to != from) {
            let mut changed = blobs.clone();
            changed[to].clone_from(blob);
            let [row, text, head] = changed;
            let there = store.read(series).await.unwrap();
            let batch = SealedBatch {
                series,
                keys: store.keys().await.unwrap().as_deref().map(Tag::of),
                after: there.tag(),
                replace: Replace::Everything,
                put: vec![SealedRow {
                    record,
                    expires: None,
                    blob: row,
                }],
                beside: vec![(record, text)],
                delete: Vec::new(),
                head,
            };
            assert_eq!(store.commit(batch).await, Ok(Outcome::Done));
            let what = format!("{} for {}", places[from], places[to]);
            let loaded = anna(&vault).load().await.unwrap();
            let is_whole = loaded.integrity == Integrity::Whole;
            assert_eq!(loaded.records.len(), usize::from(to != 0), "{what}");
            assert_eq!(loaded.head.is_some(), to != 2, "{what}");
            assert_eq!(is_whole, to == 1, "{what}");
            if to == 1 {
                assert_eq!(beside(&anna(&vault), "a").await, None, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn sr_08_an_older_text_does_not_pass_for_the_present_one() {
    let store = Arc::new(MemoryStore::default());
    let (vault, series, [first, _]) = two(store.clone()).await;
    let older = store.beside(series, first).await.unwrap().unwrap();
    put(&anna(&vault), "a", Some("changed")).await;
    meddle(&store, series, (first, older)).await;
    assert_eq!(beside(&anna(&vault), "a").await, None);
}

#[tokio::test]
async fn sr_12_every_flipped_byte_of_a_text_is_noticed() {
    let store = Arc::new(MemoryStore::default());
    let (vault, series, [first, _]) = two(store.clone()).await;
    let whole = store.beside(series, first).await.unwrap().unwrap();
    for position in 0..whole.len() {
        let mut bad = whole.clone();
        bad[position] ^= 0xff;
        meddle(&store, series, (first, bad)).await;
        assert_eq!(beside(&anna(&vault), "a").await, None, "byte {position}");
    }
    meddle(&store, series, (first, whole)).await;
    assert_eq!(beside(&anna(&vault), "a").await.as_deref(), Some("first"));
}

#[tokio::test]
async fn sr_04_texts_are_sealed_again_with_the_next_key() {
    let store = Arc::new(MemoryStore::default());
    let (vault, series, records) = two(store.clone()).await;
    let start = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 20_000);
    vault.tend(start).await.unwrap();
    vault.tend(start + KEY_AGE_MAX).await.unwrap();
    for record in records {
        let blob = store.beside(series, record).await.unwrap().unwrap();
        assert_eq!(envelope::outside(&blob).unwrap().key.0, 2);
    }
    assert_eq!(beside(&anna(&vault), "a").await.as_deref(), Some("first"));
    assert_eq!(beside(&anna(&vault), "b").await.as_deref(), Some("second"));
}

#[tokio::test]
async fn a_file_of_format_1_takes_texts_and_keeps_its_records() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vault.db");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/store-1.db");
    std::fs::copy(golden, &path).unwrap();
    let kek = Key::from_bytes(&[7; 32]).unwrap();
    for text in ["a long text", "another one"] {
        let store = SqliteStore::open(&path).await.unwrap();
        let vault = Vault::open(Arc::new(store), &kek).await.unwrap();
        put(&anna(&vault), "b", Some(text)).await;
        assert_eq!(anna(&vault).load().await.unwrap().records.len(), 2);
        assert_eq!(beside(&anna(&vault), "a").await, None);
        assert_eq!(beside(&anna(&vault), "b").await.as_deref(), Some(text));
        vault.close().await;
    }
}
