//! Two times a user waits for, over real sockets and a real file: the first
//! sync of 200 meetings, and the first line from the sealed store.
//!
//! `cargo bench -p scenarios`

#![expect(clippy::expect_used, reason = "a bench ends where a step fails")]

use std::{path::Path, sync::Arc};

use calendar::join::Services;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use criterion::{Criterion, criterion_group, criterion_main};
use engine::{
    Engine, Health, SystemClock,
    exchange::{Account, ExchangeBackend},
};
use exchange_sim::{Options, Recording, Simulator, World, world::details::Details};
use tokio::runtime::Runtime;
use vault::{Series, SeriesId, Vault, key::Key, sensitive::Sensitive, sqlite::SqliteStore};

const ANNA: &str = "anna@example.org";
const ZONE: Tz = Tz::Europe__Stockholm;
const MEETINGS: usize = 200;

fn world(now: DateTime<Utc>) -> World {
    let mut world = World::empty(now);
    world.add_mailbox(ANNA, "Anna Berg", ZONE, "password");
    for number in 0..MEETINGS {
        let hours = i64::try_from(number).unwrap_or(0) * 4;
        let start = now - Duration::days(6) + Duration::hours(hours);
        let body = "<p>Agenda of the meeting, with a few words for each point.</p>".repeat(20);
        let details = Details::new(
            format!("Meeting {number}"),
            start,
            start + Duration::hours(1),
            ZONE,
        )
        .at("https://acme.webex.com/meet/ana")
        .html(body);
        world.add(ANNA, details).expect("an item");
    }
    world
}

async fn series(path: &Path, key: &Key) -> Series {
    let store = SqliteStore::open(path).await.expect("a store");
    let vault = Vault::open(Arc::new(store), key).await.expect("a vault");
    vault.series(SeriesId("meetings/anna".to_owned()))
}

async fn sync(url: &str, series: Option<Series>) {
    let password = Sensitive::new("password".to_owned());
    let account = Account::new(url, ANNA, password, None);
    let backend = ExchangeBackend::new(&account, Services::built_in().clone()).expect("a back end");
    let engine = Engine::start(Arc::new(backend), series, Arc::new(SystemClock), ZONE, 1);
    let mut snapshots = engine.snapshots();
    let found = snapshots
        .wait_for(|s| s.health == Health::UpToDate)
        .await
        .expect("the engine runs");
    assert_eq!(found.agenda.len(), MEETINGS);
    drop(found);
    engine.stop().await;
}

fn first_sync(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let now = exchange_sim::clock::system()();
    let options = Options {
        recording: Recording::Off,
        ..Options::default()
    };
    let simulator = runtime
        .block_on(Simulator::start(world(now), options))
        .expect("a simulator");
    let url = simulator.ews_url();
    let folder = tempfile::tempdir().expect("a folder");
    let key = Key::generate();
    let mut group = c.benchmark_group("200 meetings");
    group.sample_size(20);
    let mut run = 0;
    group.bench_function("first sync from the server, sealed on disk", |b| {
        b.iter(|| {
            run += 1;
            let path = folder.path().join(format!("{run}.sqlite3"));
            runtime.block_on(async { sync(&url, Some(series(&path, &key).await)).await });
        });
    });
    let kept = folder.path().join("kept.sqlite3");
    runtime.block_on(async { sync(&url, Some(series(&kept, &key).await)).await });
    group.bench_function("start to the agenda from the sealed store", |b| {
        b.iter(|| {
            runtime.block_on(async {
                let series = series(&kept, &key).await;
                let snapshot = Engine::stored(&series).await.expect("a snapshot");
                assert_eq!(snapshot.agenda.in_order(ZONE).len(), MEETINGS);
            });
        });
    });
    group.finish();
}

criterion_group!(benches, first_sync);
criterion_main!(benches);
