use std::{fs, time::Duration};

use vault::{Store as _, sqlite::SqliteStore};

use super::{stage::*, tests::meeting};
use crate::reminders::Record;

/// The sealed records, as somebody reads them who has the file.
async fn sealed(stage: &Stage) -> Vec<Vec<u8>> {
    let file = stage.folder().join("store.sqlite3");
    let store = SqliteStore::open(&file).await.unwrap();
    let mut blobs = Vec::new();
    for series in store.series().await.unwrap() {
        let rows = store.read(series).await.unwrap().rows;
        blobs.extend(rows.into_iter().map(|row| row.blob));
    }
    blobs
}

/// Whether a file of the folder holds these bytes, the write-ahead log too.
fn is_on_disk(stage: &Stage, bytes: &[u8]) -> bool {
    fs::read_dir(stage.folder()).unwrap().any(|file| {
        let held = fs::read(file.unwrap().path()).unwrap_or_default();
        held.windows(bytes.len()).any(|part| part == bytes)
    })
}

#[tokio::test]
async fn sr_61_what_is_long_over_is_off_the_disk_within_the_hour() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    let patience = Duration::from_secs(20);
    let record = tokio::time::timeout(patience, async {
        loop {
            if let Some(record) = sealed(&stage).await.pop() {
                break record;
            }
        }
    });
    let record = record.await.expect("what has rung is stored");
    assert!(is_on_disk(&stage, &record));

    stage.servers.tell(&[]);
    until(session.agenda(), |agenda| agenda.heroes.is_empty()).await;
    let long = Record::KEPT_AFTER_END + chrono::Duration::days(1);
    stage.clock.pass(long);
    let forgotten = tokio::time::timeout(patience, async {
        while sealed(&stage).await.contains(&record) {
            tokio::task::yield_now().await;
        }
    });
    forgotten.await.expect("it is no record any more");
    stage.clock.pass(chrono::Duration::hours(1));
    let gone = tokio::time::timeout(patience, async {
        while is_on_disk(&stage, &record) {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("nor is it in any file");
    session.stop().await;
}
