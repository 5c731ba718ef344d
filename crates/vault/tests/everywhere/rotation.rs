//! Keys that change under way, programs that die in between, and two programs
//! on one store.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use vault::{
    Batch, Integrity, KEY_AGE_MAX, RecordId, Series, SeriesId, Store, StoreError, Vault,
    VaultError,
    between::{Between, Deed, Hand, take_one},
    envelope,
    key::Key,
    memory::MemoryStore,
};

/// A program that dies after a number of writes.
struct Mortal {
    writes_left: AtomicUsize,
}

impl Mortal {
    fn over(store: &Arc<MemoryStore>, writes_left: usize) -> Arc<Between<Self>> {
        let writes_left = AtomicUsize::new(writes_left);
        Between::new(store.clone(), Self { writes_left })
    }
}

impl Hand for Mortal {
    fn before(&self, deed: Deed<'_>) -> Result<(), StoreError> {
        match deed {
            Deed::Keys | Deed::Series | Deed::Read | Deed::Head | Deed::Beside => Ok(()),
            Deed::ReplaceKeys | Deed::Commit(_) | Deed::Forget | Deed::Compact => {
                let full = |_| StoreError::Full("memory".to_owned());
                take_one(&self.writes_left).map_err(full)
            }
        }
    }
}

fn day(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(24 * (20_000 + number))
}

fn series(vault: &Vault, name: &str) -> Series {
    vault.series(SeriesId(name.to_owned()))
}

fn put(id: &str, text: &str) -> Batch {
    Batch {
        put: vec![(RecordId(id.to_owned()), text.as_bytes().to_vec())],
        head: b"cursor".to_vec(),
        ..Batch::default()
    }
}

async fn filled(store: &Arc<MemoryStore>, kek: &Key) -> Vault {
    let vault = Vault::open(store.clone(), kek).await.unwrap();
    for name in ["anna", "bo", "reminders"] {
        for id in ["a", "b", "c"] {
            series(&vault, name).commit(put(id, name)).await.unwrap();
        }
    }
    vault.tend(day(0)).await.unwrap();
    vault
}

async fn keys_in_use(store: &MemoryStore) -> Vec<u32> {
    let mut keys = Vec::new();
    for series in store.series().await.unwrap() {
        let sealed = store.read(series).await.unwrap();
        let blobs = sealed.rows.into_iter().map(|row| row.blob);
        for blob in blobs.chain(sealed.head) {
            keys.push(envelope::outside(&blob).unwrap().key.0);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

async fn everything_is_there(vault: &Vault) {
    for name in ["anna", "bo", "reminders"] {
        let loaded = series(vault, name).load().await.unwrap();
        assert_eq!(loaded.integrity, Integrity::Whole, "{name}");
        assert_eq!(loaded.records.len(), 3, "{name}");
        assert_eq!(loaded.head.as_deref(), Some(&b"cursor"[..]), "{name}");
    }
}

#[tokio::test]
async fn sr_04_after_thirty_days_everything_is_sealed_with_another_key() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let vault = filled(&store, &kek).await;
    vault.tend(day(29)).await.unwrap();
    assert_eq!(keys_in_use(&store).await, [1]);
    vault.tend(day(0) + KEY_AGE_MAX).await.unwrap();
    assert_eq!(keys_in_use(&store).await, [2]);
    everything_is_there(&vault).await;
    everything_is_there(&Vault::open(store, &kek).await.unwrap()).await;
}

#[tokio::test]
async fn sr_05_a_change_of_keys_that_dies_at_any_write_loses_nothing() {
    let kek = Key::generate();
    let mut deaths = 0;
    for writes in 0.. {
        let store = Arc::new(MemoryStore::default());
        filled(&store, &kek).await;
        // Each key takes its place in the box.
        let of_one_key = store.keys().await.unwrap().unwrap().len();
        let dying = Vault::open(Mortal::over(&store, writes), &kek)
            .await
            .unwrap();
        let survived = dying.tend(day(30)).await.is_ok();
        drop(dying);
        let vault = Vault::open(store.clone(), &kek).await.unwrap();
        everything_is_there(&vault).await;
        vault.tend(day(30)).await.unwrap();
        everything_is_there(&vault).await;
        assert_eq!(keys_in_use(&store).await, [2], "died at write {writes}");
        let key_box = store.keys().await.unwrap().unwrap();
        assert_eq!(key_box.len(), of_one_key, "the old key is no more");
        if survived {
            break;
        }
        deaths += 1;
    }
    assert!(deaths >= 6, "there were {deaths} writes to die at");
}

#[tokio::test]
async fn a_commit_that_dies_at_any_write_leaves_the_old_or_the_new() {
    let kek = Key::generate();
    for writes in 0..4 {
        let store = Arc::new(MemoryStore::default());
        let dying = Vault::open(Mortal::over(&store, writes), &kek)
            .await
            .unwrap();
        let anna = series(&dying, "anna");
        let told = [
            anna.commit(put("a", "1")).await.is_ok(),
            anna.commit(put("a", "2")).await.is_ok(),
        ];
        let vault = Vault::open(store, &kek).await.unwrap();
        let loaded = series(&vault, "anna").load().await.unwrap();
        assert_eq!(loaded.integrity, Integrity::Whole);
        let text = loaded.records.first().map(|(_, bytes)| bytes.clone());
        let expected = match told {
            [_, true] => Some(b"2".to_vec()),
            [true, false] => Some(b"1".to_vec()),
            [false, false] => None,
        };
        assert_eq!(text, expected, "{writes} writes");
    }
}

#[tokio::test]
async fn two_programs_on_one_store_do_not_undo_each_other() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let one = Vault::open(store.clone(), &kek).await.unwrap();
    let two = Vault::open(store.clone(), &kek).await.unwrap();
    let (mine, theirs) = (series(&one, "anna"), series(&two, "anna"));
    for step in 0..20 {
        mine.commit(put(&format!("one {step}"), "x")).await.unwrap();
        theirs
            .commit(put(&format!("two {step}"), "x"))
            .await
            .unwrap();
    }
    for vault in [&one, &two, &Vault::open(store, &kek).await.unwrap()] {
        let loaded = series(vault, "anna").load().await.unwrap();
        assert_eq!(loaded.integrity, Integrity::Whole);
        assert_eq!(loaded.records.len(), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_04_many_at_once_use_no_nonce_twice_and_lose_nothing() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Arc::new(Key::generate()));
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let (store, kek) = (store.clone(), kek.clone());
            tokio::spawn(async move {
                let vault = Vault::open(store, &kek).await.unwrap();
                let mine = series(&vault, &format!("series {}", task % 4));
                for step in 0..50 {
                    mine.commit(put(&format!("{task}/{step}"), "x"))
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let vault = Vault::open(store.clone(), &kek).await.unwrap();
    let mut nonces = std::collections::BTreeSet::new();
    let mut blobs = 0;
    for name in 0..4 {
        let loaded = series(&vault, &format!("series {name}"))
            .load()
            .await
            .unwrap();
        assert_eq!(loaded.integrity, Integrity::Whole);
        assert_eq!(loaded.records.len(), 100);
    }
    for series in store.series().await.unwrap() {
        for row in store.read(series).await.unwrap().rows {
            use coset::CborSerializable;
            let cose = coset::CoseEncrypt0::from_slice(&row.blob).unwrap();
            nonces.insert(cose.unprotected.iv);
            blobs += 1;
        }
    }
    assert_eq!(nonces.len(), blobs);
}

#[tokio::test]
async fn a_program_that_slept_through_a_change_of_keys_goes_on() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let sleeper = filled(&store, &kek).await;
    let (reads, writes) = (series(&sleeper, "anna"), series(&sleeper, "bo"));
    let other = Vault::open(store.clone(), &kek).await.unwrap();
    other.tend(day(30)).await.unwrap();
    assert_eq!(reads.load().await.unwrap().integrity, Integrity::Whole);
    writes.commit(put("d", "after the sleep")).await.unwrap();
    assert_eq!(keys_in_use(&store).await, [2]);
    let loaded = series(&other, "bo").load().await.unwrap();
    assert_eq!(
        (loaded.integrity, loaded.records.len()),
        (Integrity::Whole, 4)
    );
}

#[tokio::test]
async fn a_sleeper_that_commits_first_does_not_use_the_old_key() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let sleeper = filled(&store, &kek).await;
    let bo = series(&sleeper, "bo");
    bo.load().await.unwrap();
    Vault::open(store.clone(), &kek)
        .await
        .unwrap()
        .tend(day(30))
        .await
        .unwrap();
    bo.commit(put("d", "after the sleep")).await.unwrap();
    assert_eq!(keys_in_use(&store).await, [2]);
    let loaded = bo.load().await.unwrap();
    assert_eq!(
        (loaded.integrity, loaded.records.len()),
        (Integrity::Whole, 4)
    );
}

/// A program that reads while another part of it, or another program, changes
/// the keys must not take the store for one that is not whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_while_keys_change_is_whole() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let one = filled(&store, &kek).await;
    let two = Vault::open(store.clone(), &kek).await.unwrap();
    let days = Arc::new(AtomicUsize::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let tending: Vec<_> = [&one, &one, &two]
        .into_iter()
        .map(|vault| {
            let (vault, days) = (vault.clone(), Arc::clone(&days));
            tokio::spawn(async move {
                for _ in 0..100 {
                    let days = days.fetch_add(31, Ordering::SeqCst) as u64;
                    // Who is overtaken again and again gives up.
                    let tended = vault.tend(day(days)).await;
                    assert!(matches!(tended, Ok(()) | Err(VaultError::Contended)));
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let reading: Vec<_> = (0..2)
        .map(|_| {
            let (vault, is_over) = (one.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    everything_is_there(&vault).await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for task in tending {
        task.await.unwrap();
    }
    is_over.store(true, Ordering::SeqCst);
    for task in reading {
        task.await.unwrap();
    }
    everything_is_there(&Vault::open(store, &kek).await.unwrap()).await;
}

#[tokio::test]
async fn a_batch_above_the_limit_of_a_key_is_refused_and_nothing_is_lost() {
    let (store, kek) = (Arc::new(MemoryStore::default()), Key::generate());
    let vault = filled(&store, &kek).await;
    let id = RecordId("same".to_owned());
    let many = usize::try_from(vault::SEALS_PER_KEY_MAX).unwrap();
    let batch = Batch {
        put: vec![(id, Vec::new()); many],
        ..Batch::default()
    };
    let refused = series(&vault, "anna").commit(batch).await;
    assert_eq!(refused, Err(VaultError::TooMany));
    everything_is_there(&vault).await;
}
