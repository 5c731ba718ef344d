//! What sealing adds to a calendar: the head of the envelope, the tag, and what
//! fills records up to their size class.

use std::{collections::BTreeMap, sync::Arc};

use calendar::join::Services;
use engine::{
    Engine, Health, SystemClock,
    exchange::{Account, ExchangeBackend},
};
use exchange_sim::{Options, Recording, Simulator};
use scenarios::full_calendar::{self, OWNER, PASSWORD, ZONE};
use vault::{
    SeriesId, Store as _, Vault,
    hybrid::{cbor, wire::SeriesMessage},
    key::Key,
    mailbox::{Epoch, MailboxKeys},
    memory::MemoryStore,
    sensitive::Sensitive,
    store::Day,
};

use crate::scene::now;

const MEETINGS: usize = 100;

/// Meetings of three attendees and 1.3 kB of HTML, as a connector seals them.
#[tokio::test(flavor = "multi_thread")]
async fn a_typical_meeting_is_hardly_longer_sealed_than_in_the_clear() {
    let options = Options {
        recording: Recording::Off,
        ..Options::default()
    };
    let world = full_calendar::world(now(), MEETINGS);
    let simulator = Simulator::start(world, options).await.unwrap();
    let store = Arc::new(MemoryStore::default());
    let today = u32::try_from(now().timestamp() / 86_400).unwrap();
    let week = BTreeMap::from([(Epoch::of(Day(today)), Key::generate())]);
    let keys = MailboxKeys::new(Key::generate(), week);
    let series = Vault::of_mailbox(store.clone(), keys).series(SeriesId("meetings".to_owned()));

    let password = Sensitive::new(PASSWORD.to_owned());
    let account = Account::new(simulator.ews_url(), OWNER, password, None);
    let backend = ExchangeBackend::new(&account, Services::built_in().clone()).unwrap();
    let backend = Arc::new(backend);
    let clock = Arc::new(SystemClock);
    let engine = Engine::start(backend, Some(series.clone()), clock, ZONE, 1);
    let mut snapshots = engine.snapshots();
    let all = snapshots.wait_for(|s| s.health == Health::UpToDate).await;
    assert_eq!(all.unwrap().agenda.len(), MEETINGS);
    engine.stop().await;
    simulator.stop().await;

    let loaded = series.load().await.unwrap();
    let plain: usize = loaded.records.iter().map(|(_, bytes)| bytes.len()).sum();
    let rows = store.series().await.unwrap();
    let sealed_series = store.read(rows[0]).await.unwrap();
    let sealed: usize = sealed_series.rows.iter().map(|row| row.blob.len()).sum();
    let message = SeriesMessage::from(sealed_series);
    let sent = cbor::encode(&message).len();
    let readable = serde_json::to_vec(&message).unwrap().len();
    let number = |bytes: usize| f64::from(u32::try_from(bytes).unwrap());
    let times = |bytes| number(bytes) / number(plain);
    println!(
        "{MEETINGS} meetings in the clear: {plain} bytes, {} each",
        plain / MEETINGS
    );
    println!("sealed: {sealed} bytes, {:.3} times", times(sealed));
    println!(
        "sealed, on the way in CBOR: {sent} bytes, {:.3} times",
        times(sent)
    );
    println!(
        "sealed, on the way in JSON: {readable} bytes, {:.3} times",
        times(readable)
    );
    assert!(times(sent) <= 1.20, "{:.3}", times(sent));
    assert!(times(sealed) <= 1.15, "{:.3}", times(sealed));
}
