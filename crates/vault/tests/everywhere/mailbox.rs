//! Vaults whose keys a key service releases, on a store that is not trusted
//! (SR-57).

#![expect(
    clippy::unwrap_used,
    clippy::assigning_clones,
    clippy::needless_pass_by_value,
    reason = "a test ends where a step fails; tricks read as what they show"
)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use vault::{
    Batch, Integrity, RecordId, Series, SeriesId, Store, Vault,
    between::{Between, Hand},
    key::Key,
    mailbox::{Epoch, MailboxKeys},
    memory::MemoryStore,
    store::{Day, SealedSeries},
};

const TODAY: Day = Day(20_000);

fn keys(seed: u8, epochs: &[u32]) -> MailboxKeys {
    let key = |number: u8| Key::from_bytes(&[number; 32]).unwrap();
    let epochs = epochs.iter().map(|number| {
        (
            Epoch(*number),
            key(seed ^ u8::try_from(*number % 200).unwrap()),
        )
    });
    MailboxKeys::new(key(seed), epochs.collect())
}

fn series(vault: &Vault) -> Series {
    vault.series(SeriesId("meetings".to_owned()))
}

fn id(number: usize) -> RecordId {
    RecordId(format!("meeting {number}"))
}

/// Commits `count` meetings, each expiring on a day of its own from today on.
async fn fill(vault: &Vault, count: usize, text: &str) {
    let put = (0..count).map(|n| (id(n), format!("{text} {n}").into_bytes()));
    let expires: BTreeMap<_, _> = (0..count)
        .map(|n| (id(n), Day(TODAY.0 + u32::try_from(n).unwrap())))
        .collect();
    let batch = Batch {
        put: put.collect(),
        head: b"cursor".to_vec(),
        ..Batch::default()
    };
    series(vault).commit_until(batch, &expires).await.unwrap();
}

/// What a malicious store shows in the place of what it has.
type Trick = dyn Fn(SealedSeries) -> SealedSeries + Send + Sync;

/// Before a store whose reader sees what the trick makes of it.
struct Hostile(Mutex<Arc<Trick>>);

impl Hostile {
    fn over(inner: Arc<dyn Store>) -> Arc<Between<Self>> {
        Between::new(inner, Self(Mutex::new(Arc::new(|honest| honest))))
    }

    fn plays(&self, trick: impl Fn(SealedSeries) -> SealedSeries + Send + Sync + 'static) {
        *self.0.lock().unwrap() = Arc::new(trick);
    }
}

impl Hand for Hostile {
    fn shows(&self, series: SealedSeries) -> SealedSeries {
        let trick = Arc::clone(&self.0.lock().unwrap());
        trick(series)
    }
}

#[tokio::test]
async fn what_the_connector_seals_the_client_opens_with_the_same_keys() {
    let store = Arc::new(MemoryStore::default());
    fill(
        &Vault::of_mailbox(store.clone(), keys(1, &[7])),
        3,
        "Budget",
    )
    .await;
    let client = Vault::of_mailbox(store.clone(), keys(1, &[6, 7, 8]));
    let loaded = series(&client).load_on(TODAY).await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    assert_eq!(loaded.records[1], (id(1), b"Budget 1".to_vec()));
    assert_eq!(loaded.head.as_deref(), Some(&b"cursor"[..]));
    assert_eq!(store.keys().await, Ok(None), "no key rests in the store");
}

#[tokio::test]
async fn sr_55_without_the_key_of_its_week_a_record_does_not_open() {
    let store = Arc::new(MemoryStore::default());
    fill(
        &Vault::of_mailbox(store.clone(), keys(1, &[7])),
        3,
        "Budget",
    )
    .await;
    let later = Vault::of_mailbox(store, keys(1, &[8]));
    let loaded = series(&later).load_on(TODAY).await.unwrap();
    assert_eq!((loaded.records.len(), loaded.quarantined), (0, 3));
    assert_eq!(loaded.integrity, Integrity::Broken);
}

#[tokio::test]
async fn sr_55_a_record_that_is_needed_longer_than_its_key_is_named_until_it_is_put_again() {
    let (week, next) = (Epoch(7), Epoch(8));
    let end = week.destroyed_on();
    let (short, long) = (id(1), id(2));
    let put = |id: &RecordId| (id.clone(), b"holiday".to_vec());
    let days = BTreeMap::from([(short.clone(), Day(end.0 - 1)), (long.clone(), end)]);
    let batch = |put| Batch {
        put,
        head: b"cursor".to_vec(),
        ..Batch::default()
    };
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::of_mailbox(store.clone(), keys(1, &[week.0]));
    let both = batch(vec![put(&short), put(&long)]);
    series(&vault).commit_until(both, &days).await.unwrap();
    let aging = async |vault: &Vault| series(vault).load_on(TODAY).await.unwrap().aging;
    assert!(aging(&vault).await.is_empty(), "there is no later key yet");

    vault.take_keys(keys(1, &[week.0, next.0]));
    assert!(aging(&vault).await.iter().eq([&long]));
    let again = batch(vec![put(&long)]);
    series(&vault).commit_until(again, &days).await.unwrap();
    assert!(aging(&vault).await.is_empty());

    // On that day the first week's key is no more, and the other record's
    // time is over.
    let client = Vault::of_mailbox(store, keys(1, &[next.0]));
    let loaded = series(&client).load_on(end).await.unwrap();
    assert_eq!(loaded.records, vec![put(&long)]);
    assert_eq!(loaded.integrity, Integrity::Whole);
}

#[tokio::test]
async fn a_new_week_s_key_is_taken_and_the_old_records_still_open() {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::of_mailbox(store.clone(), keys(1, &[7]));
    fill(&vault, 3, "Budget").await;
    vault.take_keys(keys(1, &[7, 8]));
    fill(&vault, 1, "Changed").await;
    let loaded = series(&vault).load_on(TODAY).await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    assert_eq!(loaded.records[0].1, b"Changed 0");
    assert_eq!(loaded.records[2].1, b"Budget 2");
}

#[tokio::test]
async fn sr_61_what_a_service_forgets_in_time_is_not_missed_and_too_early_is() {
    let store = Arc::new(MemoryStore::default());
    fill(
        &Vault::of_mailbox(store.clone(), keys(1, &[7])),
        5,
        "Budget",
    )
    .await;
    let hostile = Hostile::over(store);
    let client = Vault::of_mailbox(hostile.clone(), keys(1, &[7]));
    hostile.hand.plays(|mut seen| {
        seen.rows
            .retain(|row| row.expires >= Some(Day(TODAY.0 + 2)));
        seen
    });
    let on = async |day| series(&client).load_on(Day(day)).await.unwrap().integrity;
    assert_eq!(on(TODAY.0 + 2).await, Integrity::Whole);
    assert_eq!(on(TODAY.0 + 1).await, Integrity::Broken);
}

/// Every trick of SR-57, by name.
fn tricks(
    older: SealedSeries,
    foreign: SealedSeries,
    other_week: SealedSeries,
) -> Vec<(&'static str, Box<Trick>)> {
    let (older_head, older_row) = (older.head.clone(), older.rows[1].clone());
    let (foreign_head, foreign_row) = (foreign.head.clone(), foreign.rows[0].clone());
    let week_row = other_week.rows[0].clone();
    vec![
        (
            "swaps two records",
            Box::new(|mut seen| {
                let first = seen.rows[0].blob.clone();
                seen.rows[0].blob = std::mem::replace(&mut seen.rows[1].blob, first);
                seen
            }),
        ),
        (
            "drops a record",
            Box::new(|mut seen| {
                seen.rows.remove(1);
                seen
            }),
        ),
        (
            "drops all records",
            Box::new(|mut seen| {
                seen.rows.clear();
                seen
            }),
        ),
        (
            "drops the head",
            Box::new(|mut seen| {
                seen.head = None;
                seen
            }),
        ),
        (
            "shows a record twice",
            Box::new(|mut seen| {
                seen.rows.insert(0, seen.rows[0].clone());
                seen
            }),
        ),
        (
            "shows a record twice under two ids",
            Box::new(|mut seen| {
                seen.rows[1].blob = seen.rows[0].blob.clone();
                seen
            }),
        ),
        (
            "reorders",
            Box::new(|mut seen| {
                seen.rows.reverse();
                seen
            }),
        ),
        ("shows an older state", Box::new(move |_| older.clone())),
        (
            "shows an older head",
            Box::new(move |mut seen| {
                seen.head = older_head.clone();
                seen
            }),
        ),
        (
            "shows an older record",
            Box::new(move |mut seen| {
                seen.rows[1] = older_row.clone();
                seen
            }),
        ),
        (
            "cuts a record",
            Box::new(|mut seen| {
                let half = seen.rows[0].blob.len() / 2;
                seen.rows[0].blob.truncate(half);
                seen
            }),
        ),
        (
            "cuts the head",
            Box::new(|mut seen| {
                let half = seen.head.as_ref().map_or(0, Vec::len) / 2;
                seen.head.iter_mut().for_each(|head| head.truncate(half));
                seen
            }),
        ),
        (
            "changes the day of a record",
            Box::new(|mut seen| {
                seen.rows[0].expires = Some(Day(TODAY.0 + 30));
                seen
            }),
        ),
        (
            "takes the day from a record",
            Box::new(|mut seen| {
                seen.rows[0].expires = None;
                seen
            }),
        ),
        (
            "shows a record of another mailbox",
            Box::new(move |mut seen| {
                seen.rows[0].blob = foreign_row.blob.clone();
                seen
            }),
        ),
        ("shows another mailbox", Box::new(move |_| foreign.clone())),
        (
            "shows the head of another mailbox",
            Box::new(move |mut seen| {
                seen.head = foreign_head.clone();
                seen
            }),
        ),
        (
            "shows a record of another week",
            Box::new(move |mut seen| {
                seen.rows[0].blob = week_row.blob.clone();
                seen
            }),
        ),
    ]
}

#[tokio::test]
async fn sr_57_every_trick_of_a_hostile_store_is_noticed() {
    let first_series = async |store: &dyn Store| {
        let id = store.series().await.unwrap()[0];
        store.read(id).await.unwrap()
    };
    let store = Arc::new(MemoryStore::default());
    let connector = Vault::of_mailbox(store.clone(), keys(1, &[7]));
    fill(&connector, 5, "Budget").await;
    let older = first_series(store.as_ref()).await;
    fill(&connector, 5, "Changed").await;
    let foreign = Arc::new(MemoryStore::default());
    fill(
        &Vault::of_mailbox(foreign.clone(), keys(2, &[7])),
        5,
        "Of Ben",
    )
    .await;
    let other_week = Arc::new(MemoryStore::default());
    fill(
        &Vault::of_mailbox(other_week.clone(), keys(1, &[6])),
        5,
        "Last week",
    )
    .await;

    let tricks = tricks(
        older,
        first_series(foreign.as_ref()).await,
        first_series(other_week.as_ref()).await,
    );
    let hostile = Hostile::over(store);
    let mut unnoticed = Vec::new();
    for (name, trick) in tricks {
        let client = Vault::of_mailbox(hostile.clone(), keys(1, &[6, 7]));
        hostile.hand.plays(|honest| honest);
        let honest = series(&client).load_on(TODAY).await.unwrap();
        assert_eq!(honest.integrity, Integrity::Whole);
        hostile.hand.plays(trick);
        let seen = series(&client).load_on(TODAY).await.unwrap();
        if seen.integrity == Integrity::Whole && seen.revision >= honest.revision {
            unnoticed.push(name);
        }
    }
    assert!(unnoticed.is_empty(), "unnoticed: {unnoticed:?}");
}

#[tokio::test]
async fn lengths_at_rest_are_of_classes() {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::of_mailbox(store.clone(), keys(1, &[7]));
    fill(&vault, 2, &"x".repeat(10)).await;
    let short = store.read(store.series().await.unwrap()[0]).await.unwrap();
    fill(&vault, 2, &"x".repeat(200)).await;
    let long = store.read(store.series().await.unwrap()[0]).await.unwrap();
    assert_eq!(short.rows[0].blob.len(), long.rows[0].blob.len());
}
