//! What every [`Store`] must do. A new store calls [`suite`] in a test; the
//! suite panics where the store differs.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use crate::store::{
    BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, SealedSeries, Store, StoreError, Tag,
};

/// Runs everything. `fresh` gives an empty store each time it is asked.
pub async fn suite<F, T>(fresh: F)
where
    F: Fn() -> T,
    T: Future<Output = Arc<dyn Store>>,
{
    nothing_is_in_a_fresh_store(fresh().await.as_ref()).await;
    a_key_box_is_replaced_by_whoever_knows_it(fresh().await.as_ref()).await;
    a_batch_is_read_back(fresh().await.as_ref()).await;
    a_replacing_batch_leaves_nothing_else(fresh().await.as_ref()).await;
    who_is_overtaken_changes_nothing(fresh().await.as_ref()).await;
    a_forgotten_series_is_empty(fresh().await.as_ref()).await;
    blobs_of_every_size_come_back(fresh().await.as_ref()).await;
    a_long_series_is_read_whole_and_in_order(fresh().await.as_ref()).await;
    one_of_many_at_once_wins(fresh().await).await;
    for seed in 1..=8 {
        a_run_of_batches_leaves_what_a_map_would(fresh().await.as_ref(), seed).await;
    }
}

/// What a store must do beside that when records go through it that leave the
/// machine: it keeps the day on which each expires.
pub async fn suite_of_days<F, T>(fresh: F)
where
    F: Fn() -> T,
    T: Future<Output = Arc<dyn Store>>,
{
    days_come_back(fresh().await.as_ref()).await;
}

/// What a store of this machine must do beside [`suite`]: it keeps what is
/// sealed by itself beside records.
pub async fn suite_of_beside<F, T>(fresh: F)
where
    F: Fn() -> T,
    T: Future<Output = Arc<dyn Store>>,
{
    what_is_beside_goes_with_its_record(fresh().await.as_ref()).await;
}

async fn what_is_beside_goes_with_its_record(store: &dyn Store) {
    let beside = async |series: u8| {
        let mut found = Vec::new();
        for record in 1..=4 {
            let blob = store.beside(id(series), id(record)).await;
            found.extend(blob.unwrap_or_default().map(|blob| (record, blob)));
        }
        found
    };
    let of = |texts: &[(u8, &[u8])]| -> Vec<(u8, Vec<u8>)> {
        texts.iter().map(|(n, blob)| (*n, blob.to_vec())).collect()
    };
    let blind = |texts: &[(u8, &[u8])]| -> Vec<(BlindId, Vec<u8>)> {
        texts
            .iter()
            .map(|(n, blob)| (id(*n), blob.to_vec()))
            .collect()
    };
    assert_eq!(beside(1).await, of(&[]));
    let long = vec![0x5a; 20_000];
    let content: [(u8, &[u8]); 3] = [(1, b"one"), (2, b"two"), (3, b"three")];
    for series in [1, 2] {
        let first = SealedBatch {
            series: id(series),
            put: rows(&content),
            beside: blind(&[(1, b"first"), (2, &long)]),
            ..batch(None, b"head 1")
        };
        done(store, first).await;
        assert_eq!(beside(series).await, of(&[(1, b"first"), (2, &long)]));
    }
    // A record shows nothing of it.
    holds(store, 1, Some(b"head 1"), &content).await;
    let second = SealedBatch {
        put: rows(&[(1, b"one again"), (3, b"three again")]),
        beside: blind(&[(3, b"third")]),
        delete: vec![id(2)],
        ..batch(Some(b"head 1"), b"head 2")
    };
    done(store, second).await;
    assert_eq!(beside(1).await, of(&[(3, b"third")]));
    let overtaken = SealedBatch {
        put: rows(&content),
        ..batch(Some(b"head 1"), b"head 3")
    };
    assert_eq!(store.commit(overtaken).await, Ok(Outcome::Overtaken));
    assert_eq!(beside(1).await, of(&[(3, b"third")]));
    let third = SealedBatch {
        replace: Replace::Everything,
        put: rows(&[(3, b"three")]),
        ..batch(Some(b"head 2"), b"head 3")
    };
    done(store, third).await;
    assert_eq!(beside(1).await, of(&[]));
    assert_eq!(beside(2).await, of(&[(1, b"first"), (2, &long)]));
    assert_eq!(store.forget(id(2)).await, Ok(()));
    assert_eq!(beside(2).await, of(&[]));
}

async fn days_come_back(store: &dyn Store) {
    let dated = |number: u8, day: Option<u32>| SealedRow {
        expires: day.map(Day),
        ..row(number, b"dated")
    };
    let first = SealedBatch {
        put: vec![dated(1, Some(20_000)), dated(2, None), dated(3, Some(0))],
        ..batch(None, b"head 1")
    };
    done(store, first.clone()).await;
    let read = store.read(id(1)).await.map(|series| series.rows);
    assert_eq!(read, Ok(first.put));
    let second = SealedBatch {
        put: vec![dated(1, None), dated(2, Some(u32::MAX))],
        ..batch(Some(b"head 1"), b"head 2")
    };
    done(store, second).await;
    let read = store.read(id(1)).await.map(|series| series.rows);
    let expected = vec![dated(1, None), dated(2, Some(u32::MAX)), dated(3, Some(0))];
    assert_eq!(read, Ok(expected));
}

fn id(number: u8) -> BlindId {
    BlindId([number; 16])
}

fn row(number: u8, blob: &[u8]) -> SealedRow {
    SealedRow {
        record: id(number),
        expires: None,
        blob: blob.to_vec(),
    }
}

fn rows(content: &[(u8, &[u8])]) -> Vec<SealedRow> {
    content.iter().map(|(n, blob)| row(*n, blob)).collect()
}

/// A batch for a store without a key box.
fn batch(after: Option<&[u8]>, head: &[u8]) -> SealedBatch {
    SealedBatch {
        series: id(1),
        keys: None,
        after: after.map(Tag::of),
        replace: Replace::Nothing,
        put: Vec::new(),
        beside: Vec::new(),
        delete: Vec::new(),
        head: head.to_vec(),
    }
}

async fn done(store: &dyn Store, batch: SealedBatch) {
    assert_eq!(store.commit(batch).await, Ok(Outcome::Done));
}

async fn holds(store: &dyn Store, series: u8, head: Option<&[u8]>, content: &[(u8, &[u8])]) {
    let expected = SealedSeries {
        rows: rows(content),
        head: head.map(<[u8]>::to_vec),
    };
    assert_eq!(in_parts(store, series).await, Ok(expected.clone()));
    assert_eq!(store.head(id(series)).await, Ok(expected.head.clone()));
    assert_eq!(store.read(id(series)).await, Ok(expected));
}

async fn in_parts(store: &dyn Store, series: u8) -> Result<SealedSeries, StoreError> {
    let mut rows = Vec::new();
    let head = store
        .read_in_parts(id(series), &mut |part| rows.extend(part))
        .await?;
    Ok(SealedSeries { rows, head })
}

async fn a_long_series_is_read_whole_and_in_order(store: &dyn Store) {
    let long: Vec<SealedRow> = (0..700_u128)
        .map(|number| SealedRow {
            record: BlindId(number.to_be_bytes()),
            expires: None,
            blob: number.to_be_bytes().repeat(90),
        })
        .collect();
    let mut shuffled = long.clone();
    shuffled.sort_by_key(|row| row.record.0.map(u8::reverse_bits));
    let first = SealedBatch {
        put: shuffled,
        ..batch(None, b"head 1")
    };
    done(store, first).await;
    let expected = SealedSeries {
        rows: long,
        head: Some(b"head 1".to_vec()),
    };
    assert_eq!(in_parts(store, 1).await, Ok(expected));
}

async fn nothing_is_in_a_fresh_store(store: &dyn Store) {
    assert_eq!(store.keys().await, Ok(None));
    assert_eq!(store.series().await, Ok(Vec::new()));
    holds(store, 1, None, &[]).await;
    assert_eq!(store.forget(id(1)).await, Ok(()));
    assert_eq!(store.compact().await, Ok(()));
}

async fn a_key_box_is_replaced_by_whoever_knows_it(store: &dyn Store) {
    let replace = |before: Option<&'static [u8]>, sealed: &'static [u8]| {
        store.replace_keys(before.map(Tag::of), sealed.to_vec())
    };
    assert_eq!(
        replace(Some(b"none yet"), b"x").await,
        Ok(Outcome::Overtaken)
    );
    assert_eq!(replace(None, b"first").await, Ok(Outcome::Done));
    assert_eq!(replace(None, b"x").await, Ok(Outcome::Overtaken));
    assert_eq!(store.keys().await, Ok(Some(b"first".to_vec())));
    assert_eq!(replace(Some(b"first"), b"second").await, Ok(Outcome::Done));
    assert_eq!(replace(Some(b"first"), b"x").await, Ok(Outcome::Overtaken));
    assert_eq!(store.keys().await, Ok(Some(b"second".to_vec())));
}

async fn a_batch_is_read_back(store: &dyn Store) {
    let first = SealedBatch {
        put: rows(&[(9, b"nine"), (3, b"three")]),
        ..batch(None, b"head 1")
    };
    done(store, first).await;
    // The order is that of the ids.
    holds(store, 1, Some(b"head 1"), &[(3, b"three"), (9, b"nine")]).await;
    let second = SealedBatch {
        put: rows(&[(3, b"changed"), (4, b"new")]),
        delete: vec![id(9), id(200)],
        ..batch(Some(b"head 1"), b"head 2")
    };
    done(store, second).await;
    holds(store, 1, Some(b"head 2"), &[(3, b"changed"), (4, b"new")]).await;
    let other = SealedBatch {
        series: id(2),
        put: rows(&[(3, b"of another series")]),
        ..batch(None, b"head")
    };
    done(store, other).await;
    holds(store, 1, Some(b"head 2"), &[(3, b"changed"), (4, b"new")]).await;
    assert_eq!(store.series().await, Ok(vec![id(1), id(2)]));
}

async fn a_replacing_batch_leaves_nothing_else(store: &dyn Store) {
    let first = SealedBatch {
        put: rows(&[(1, b"one"), (2, b"two")]),
        ..batch(None, b"head 1")
    };
    done(store, first).await;
    let other = SealedBatch {
        series: id(2),
        put: rows(&[(1, b"one")]),
        ..batch(None, b"head")
    };
    done(store, other).await;
    let whole = SealedBatch {
        replace: Replace::Everything,
        put: rows(&[(2, b"two again")]),
        ..batch(Some(b"head 1"), b"head 2")
    };
    done(store, whole).await;
    holds(store, 1, Some(b"head 2"), &[(2, b"two again")]).await;
    holds(store, 2, Some(b"head"), &[(1, b"one")]).await;
}

async fn who_is_overtaken_changes_nothing(store: &dyn Store) {
    let keys = Tag::of(b"box");
    assert_eq!(
        store.replace_keys(None, b"box".to_vec()).await,
        Ok(Outcome::Done)
    );
    let known = |after: Option<&[u8]>, head: &[u8]| SealedBatch {
        keys: Some(keys),
        ..batch(after, head)
    };
    let first = SealedBatch {
        put: rows(&[(1, b"one")]),
        ..known(None, b"head 1")
    };
    done(store, first).await;
    let meddling = [
        batch(Some(b"head 1"), b"no key box"),
        SealedBatch {
            keys: Some(Tag::of(b"another box")),
            ..batch(Some(b"head 1"), b"x")
        },
        known(None, b"as if it were the first"),
        known(Some(b"head 0"), b"after another head"),
    ];
    for late in meddling {
        let late = SealedBatch {
            replace: Replace::Everything,
            put: rows(&[(7, b"seven")]),
            ..late
        };
        assert_eq!(store.commit(late).await, Ok(Outcome::Overtaken));
        holds(store, 1, Some(b"head 1"), &[(1, b"one")]).await;
    }
    done(store, known(Some(b"head 1"), b"head 2")).await;
}

async fn a_forgotten_series_is_empty(store: &dyn Store) {
    for series in [1, 2] {
        let some = SealedBatch {
            series: id(series),
            put: rows(&[(1, b"one")]),
            ..batch(None, b"head")
        };
        done(store, some).await;
    }
    assert_eq!(store.forget(id(1)).await, Ok(()));
    holds(store, 1, None, &[]).await;
    holds(store, 2, Some(b"head"), &[(1, b"one")]).await;
    assert_eq!(store.series().await, Ok(vec![id(2)]));
    assert_eq!(store.compact().await, Ok(()));
    done(store, batch(None, b"it may begin again")).await;
}

async fn blobs_of_every_size_come_back(store: &dyn Store) {
    let sizes = [0, 1, 255, 4096, 65_537, 1 << 20];
    let blobs: Vec<Vec<u8>> = sizes.iter().map(|size| vec![0xa5; *size]).collect();
    let content: Vec<(u8, &[u8])> = (1..).zip(blobs.iter().map(Vec::as_slice)).collect();
    let head = vec![0; 100_000];
    let all = SealedBatch {
        put: rows(&content),
        ..batch(None, &head)
    };
    done(store, all).await;
    holds(store, 1, Some(&head), &content).await;
}

async fn one_of_many_at_once_wins(store: Arc<dyn Store>) {
    let tries: Vec<_> = (0..16_u8)
        .map(|number| {
            let store = Arc::clone(&store);
            let mine = SealedBatch {
                put: vec![row(number, b"mine")],
                ..batch(None, &[number])
            };
            tokio::spawn(async move { store.commit(mine).await })
        })
        .collect();
    let mut won = 0;
    for outcome in tries {
        won += u8::from(matches!(outcome.await, Ok(Ok(Outcome::Done))));
    }
    assert_eq!(won, 1);
    let left = store.read(id(1)).await.map(|series| series.rows.len());
    assert_eq!(left, Ok(1));
}

/// Numbers that look random and are the same for the same seed (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The remainder is below 256.
        u8::try_from(self.0 % u64::from(bound.max(1))).unwrap_or(0)
    }
}

async fn a_run_of_batches_leaves_what_a_map_would(store: &dyn Store, seed: u64) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut expected = BTreeMap::new();
    let mut head: Option<Vec<u8>> = None;
    for step in 0..40_u8 {
        let replace = if numbers.below(8) == 0 {
            expected.clear();
            Replace::Everything
        } else {
            Replace::Nothing
        };
        let put: BTreeMap<u8, Vec<u8>> = (0..numbers.below(6))
            .map(|_| (numbers.below(20), vec![step; usize::from(step) + 1]))
            .collect();
        let delete: Vec<u8> = (0..numbers.below(4))
            .map(|_| numbers.below(20))
            .filter(|number| !put.contains_key(number))
            .collect();
        for number in &delete {
            expected.remove(number);
        }
        let next = vec![step; 8];
        let change = SealedBatch {
            replace,
            put: put
                .iter()
                .map(|(number, blob)| row(*number, blob))
                .collect(),
            delete: delete.into_iter().map(id).collect(),
            ..batch(head.as_deref(), &next)
        };
        expected.extend(put);
        done(store, change).await;
        if numbers.below(10) == 0 {
            assert_eq!(store.compact().await, Ok(()));
        }
        let content: Vec<(u8, &[u8])> = expected
            .iter()
            .map(|(number, blob)| (*number, blob.as_slice()))
            .collect();
        holds(store, 1, Some(&next), &content).await;
        head = Some(next);
    }
}
