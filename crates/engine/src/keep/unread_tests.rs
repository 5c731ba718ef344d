use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use vault::{SeriesId, Vault, key::Key, memory::MemoryStore};

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn pull(read: Read) -> Pull {
    Pull {
        cursor: Cursor("next".to_owned()),
        listing: Listing::Complete {
            kept: Vec::new(),
            put: Vec::new(),
            read,
        },
    }
}

#[tokio::test]
async fn what_no_version_can_read_goes_with_the_first_pull_that_has_read_everything() {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::open(store, &Key::generate()).await.unwrap();
    let series = vault.series(SeriesId("meetings/anna".to_owned()));
    let of_another_layout = (RecordId("old".to_owned()), b"\xffother".to_vec());
    let batch = Batch {
        put: vec![of_another_layout],
        ..Batch::default()
    };
    series.commit(batch).await.unwrap();
    let window = Window::around(now(), Tz::UTC);
    let mut held = load(&series).await.unwrap();
    for (read, left) in [(Read::Partly, 1), (Read::All, 0)] {
        let step = held.merge(window, pull(read), now());
        save(&series, &held, chrono_tz::Tz::UTC, &step)
            .await
            .unwrap();
        let records = series.load().await.unwrap().records;
        assert_eq!(records.len(), left, "{read:?}");
    }
    let held = load(&series).await.unwrap();
    assert_eq!(held.read, Read::All);
}
