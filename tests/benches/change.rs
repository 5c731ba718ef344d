//! From a change on the server to the snapshot that has it, far from the
//! server: in milliseconds and in round trips. The first event of a save is
//! followed at once; the news needs half a round trip to come, and the answer
//! to what was asked for then a whole one.
//!
//! `cargo bench -p scenarios --bench change`

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench ends where a step fails, and measures real time"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use calendar::join::Services;
use engine::{
    Engine, Health, SystemClock,
    exchange::{Account, ExchangeBackend},
};
use exchange_sim::{Options, Recording, Simulator};
use scenarios::{
    full_calendar::{OWNER, PASSWORD, ZONE, world},
    network,
};
use vault::{SeriesId, Vault, key::Key, sensitive::Sensitive, sqlite::SqliteStore};

const MEETINGS: usize = 200;
const CHANGES: usize = 9;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    println!("change on the server to snapshot, {MEETINGS} meetings, {CHANGES} changes each");
    for round_trip in [20, 100].map(Duration::from_millis) {
        let mut times = measure(round_trip).await;
        times.sort();
        let median = times.get(CHANGES / 2).copied().unwrap_or_default();
        println!(
            "  {:>3} ms there and back: median {:>6.1} ms, thus {:.2} round trips; {:>4.1} ms \
             more than the network takes",
            round_trip.as_millis(),
            median.as_secs_f64() * 1000.0,
            median.as_secs_f64() / round_trip.as_secs_f64(),
            median.saturating_sub(round_trip * 3 / 2).as_secs_f64() * 1000.0,
        );
    }
}

async fn measure(round_trip: Duration) -> Vec<Duration> {
    let options = Options {
        recording: Recording::Off,
        ..Options::default()
    };
    let server = Simulator::start(world((options.clock)(), MEETINGS), options)
        .await
        .expect("a simulator");
    let near = network::far_away(server.address(), round_trip / 2).await;
    let url = server
        .ews_url()
        .replace(&server.address().to_string(), &near.to_string());
    let account = Account::new(&url, OWNER, Sensitive::new(PASSWORD.to_owned()), None);
    let backend = ExchangeBackend::new(&account, Services::built_in().clone()).expect("a back end");
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(&folder.path().join("store.sqlite3"))
        .await
        .expect("a store");
    let vault = Vault::open(Arc::new(store), &Key::generate())
        .await
        .expect("a vault");
    let series = vault.series(SeriesId("meetings/anna".to_owned()));
    let engine = Engine::start(
        Arc::new(backend),
        Some(series),
        Arc::new(SystemClock),
        ZONE,
        1,
    );
    let mut snapshots = engine.snapshots();
    let in_step = snapshots.wait_for(|s| s.health == Health::UpToDate).await;
    drop(in_step.expect("the engine runs"));
    // The watch opens, and a pull follows it.
    tokio::time::sleep(round_trip * 10 + Duration::from_secs(4)).await;
    let calm = engine::sync::COALESCE.to_std().unwrap_or_default();
    let mut times = Vec::new();
    for change in 0..CHANGES {
        let title = format!("Changed {change}");
        let number = server
            .world(|world| world.find(OWNER, &format!("Meeting {}", 60 + change)))
            .expect("a meeting");
        let begun = Instant::now();
        server
            .world(|world| {
                world.change(OWNER, number, |item| {
                    item.details.subject.clone_from(&title);
                })
            })
            .expect("it can be changed");
        let seen = snapshots.wait_for(|s| s.agenda.iter().any(|meeting| meeting.title == title));
        drop(seen.await.expect("the engine runs"));
        times.push(begun.elapsed());
        // The next one is the first event after a while.
        tokio::time::sleep(calm + round_trip * 4).await;
    }
    engine.stop().await;
    times
}
