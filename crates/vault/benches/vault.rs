//! `cargo bench -p vault`: the vault beside the same work done bare, in one
//! run. 1.2 kB a record, as an average meeting has.

#![expect(clippy::unwrap_used, reason = "a bench ends where a step fails")]

use std::{hint::black_box, path::Path, sync::Arc};

use aes_gcm::aead::Generate;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use vault::{
    Batch, Integrity, RecordId, SeriesId, Store as _, Vault,
    envelope::{self, KeyId, Outside, Revision},
    key::Key,
    sqlite::SqliteStore,
};

const RECORD: usize = 1200;

fn ring_key() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap())
}

fn ring_nonce(bytes: [u8; 12]) -> Nonce {
    Nonce::assume_unique_for_key(bytes)
}

async fn open_and_load(path: &Path) -> usize {
    let key = Key::from_bytes(&[7; 32]).unwrap();
    let store = SqliteStore::open(path).await.unwrap();
    let vault = Vault::open(Arc::new(store), &key).await.unwrap();
    let series = vault.series(SeriesId("meetings/anna".to_owned()));
    let loaded = series.load().await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    loaded.records.len()
}

async fn fill(path: &Path, count: usize) {
    let key = Key::from_bytes(&[7; 32]).unwrap();
    let store = SqliteStore::open(path).await.unwrap();
    let vault = Vault::open(Arc::new(store.clone()), &key).await.unwrap();
    let record = |number| (RecordId(format!("{number}")), vec![0x61; RECORD]);
    let batch = Batch {
        put: (0..count).map(record).collect(),
        head: vec![0x62; 500],
        ..Batch::default()
    };
    let series = vault.series(SeriesId("meetings/anna".to_owned()));
    series.commit(batch).await.unwrap();
    vault.compact().await.unwrap();
    store.close().await;
}

async fn bare_connection(path: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// Open, select, `open_in_place` with ring: what cannot be left out.
async fn bare_open_and_load(path: &Path, key: &LessSafeKey) -> usize {
    let mut connection = bare_connection(path).await;
    let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as("SELECT id, sealed FROM bare ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut opened = 0;
    for (id, mut sealed) in rows {
        let nonce = <[u8; 12]>::try_from(&sealed[..12]).unwrap();
        key.open_in_place(ring_nonce(nonce), Aad::from(id), &mut sealed[12..])
            .unwrap();
        opened += 1;
    }
    opened
}

async fn bare_fill(path: &Path, count: u32, key: &LessSafeKey) {
    let mut connection = bare_connection(path).await;
    sqlx::query("CREATE TABLE bare (id BLOB PRIMARY KEY, sealed BLOB) WITHOUT ROWID")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    for number in 0..count {
        let id = number.to_be_bytes().repeat(4);
        let nonce = <[u8; 12]>::generate();
        let mut sealed = vec![0x61; RECORD];
        key.seal_in_place_append_tag(ring_nonce(nonce), Aad::from(&id), &mut sealed)
            .unwrap();
        sqlx::query("INSERT INTO bare VALUES (?, ?)")
            .bind(id)
            .bind([nonce.to_vec(), sealed].concat())
            .execute(&mut *transaction)
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
}

fn opening(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("open and load");
    for count in [200_u32, 5000] {
        let folder = TempDir::new().unwrap();
        let (sealed, bare) = (
            folder.path().join("vault.db"),
            folder.path().join("bare.db"),
        );
        let key = ring_key();
        runtime.block_on(fill(&sealed, count as usize));
        runtime.block_on(bare_fill(&bare, count, &key));
        group.bench_function(BenchmarkId::new("vault", count), |bencher| {
            bencher.iter(|| black_box(runtime.block_on(open_and_load(&sealed))));
        });
        group.bench_function(BenchmarkId::new("bare sqlx and ring", count), |bencher| {
            bencher.iter(|| black_box(runtime.block_on(bare_open_and_load(&bare, &key))));
        });
    }
}

fn sealing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1 kB");
    group.throughput(Throughput::Bytes(1024));
    let (key, ring) = (Key::from_bytes(&[7; 32]).unwrap(), ring_key());
    let place = [0x70; 96];
    let text = vec![0x61; 1024];
    let outside = Outside {
        key: KeyId(1),
        revision: Revision(1),
    };
    group.bench_function("seal, envelope", |bencher| {
        bencher.iter(|| black_box(envelope::seal(&key, outside, &place, &text)));
    });
    group.bench_function("seal, ring alone", |bencher| {
        bencher.iter(|| {
            let mut buffer = text.clone();
            let nonce = ring_nonce(<[u8; 12]>::generate());
            ring.seal_in_place_append_tag(nonce, Aad::from(place), &mut buffer)
                .unwrap();
            black_box(buffer)
        });
    });
    let blob = envelope::seal(&key, outside, &place, &text);
    group.bench_function("open, envelope", |bencher| {
        bencher.iter(|| black_box(envelope::open(|_| Some(&key), &place, &blob).unwrap()));
    });
    let mut sealed = text.clone();
    ring.seal_in_place_append_tag(ring_nonce([0; 12]), Aad::from(place), &mut sealed)
        .unwrap();
    group.bench_function("open, ring alone", |bencher| {
        bencher.iter(|| {
            let mut buffer = sealed.clone();
            let nonce = ring_nonce([0; 12]);
            ring.open_in_place(nonce, Aad::from(place), &mut buffer)
                .unwrap();
            black_box(buffer)
        });
    });
}

criterion_group!(benches, opening, sealing);
criterion_main!(benches);
