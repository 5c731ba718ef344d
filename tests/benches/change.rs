//! From a change on the server to the snapshot that has it, far from the
//! server: in milliseconds and in round trips. The first event of a save is
//! followed at once; the news needs half a round trip to come, and the answer
//! to what was asked for then a whole one. What crossed the network in between
//! is counted there, so that the number of ways is seen and not reckoned.
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
    crossings::Journey,
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
        let seen = measure(round_trip).await;
        let of = |part: fn(&Seen) -> Duration| median(&seen, part).as_secs_f64() * 1000.0;
        let whole = of(|one| one.whole);
        let ways = seen.iter().map(|one| one.journey.round_trips());
        let (fewest, most) = ways.fold((f64::MAX, 0.0_f64), |(fewest, most), one| {
            (fewest.min(one), most.max(one))
        });
        println!(
            "  {:>3} ms there and back: {fewest} to {most} round trips, in {} pieces out; median \
             {whole:>6.1} ms, which is {:.2} times there and back",
            round_trip.as_millis(),
            seen.iter()
                .map(|one| one.journey.asked)
                .max()
                .unwrap_or_default(),
            whole / 1000.0 / round_trip.as_secs_f64(),
        );
        println!(
            "      medians of the parts: {:.1} ms the server, {:.1} ms the client, {:.1} ms the \
             network",
            of(|one| one.journey.server),
            of(|one| one.journey.client),
            of(|one| one.journey.network),
        );
    }
}

/// One change: how long it took, and what crossed the network for it.
struct Seen {
    whole: Duration,
    journey: Journey,
}

fn median(seen: &[Seen], part: fn(&Seen) -> Duration) -> Duration {
    let mut all: Vec<Duration> = seen.iter().map(part).collect();
    all.sort();
    all.get(CHANGES / 2).copied().unwrap_or_default()
}

async fn measure(round_trip: Duration) -> Vec<Seen> {
    let options = Options {
        recording: Recording::Off,
        ..Options::default()
    };
    let server = Simulator::start(world((options.clock)(), MEETINGS), options)
        .await
        .expect("a simulator");
    let (near, crossings) = network::far_away(server.address(), round_trip / 2).await;
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
    let mut all = Vec::new();
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
        let shown = Instant::now();
        all.push(Seen {
            whole: shown - begun,
            journey: crossings.journey(begun, shown),
        });
        // The next one is the first event after a while.
        tokio::time::sleep(calm + round_trip * 4).await;
    }
    engine.stop().await;
    all
}
