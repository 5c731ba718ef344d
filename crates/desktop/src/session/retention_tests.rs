use std::{fs, time::Duration};

use vault::{
    Batch, RecordId, Store as _,
    keyring::KeyRing as _,
    opening::Purpose,
    shelf::{Files, Shelf as _, set_aside_path},
    sqlite::SqliteStore,
};

use super::{cabinet::Cabinet, setup::Face, stage::*, unlock};
use crate::{
    account::AccountId,
    reminders::Record,
    view::{ScheduleChange, SchedulePurpose},
};

/// The sealed records, as somebody reads them who has the file.
pub(super) async fn sealed(stage: &Stage) -> Vec<Vec<u8>> {
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
            stage.clock.pass(chrono::Duration::seconds(20));
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

/// The store of a stage whose session has ended, opened.
pub(super) async fn opened(stage: &Stage) -> Cabinet {
    let setup = stage.setup(Face::Terminal);
    let install = setup.folder.accounts().unwrap().install;
    let place = unlock::place(setup.folder.store(), install);
    let (keyring, shelf) = (setup.keyring.as_ref(), setup.shelf.as_ref());
    let cabinet = unlock::cabinet(keyring, shelf, Some(place), Purpose::Keep).await;
    cabinet.ok().flatten().expect("the store opens")
}

/// One record, and nothing else.
pub(super) fn record(bytes: &[u8]) -> Batch {
    Batch {
        put: vec![(RecordId("one".to_owned()), bytes.to_vec())],
        ..Batch::default()
    }
}

#[tokio::test]
async fn what_belongs_to_no_account_any_more_is_taken_from_the_store() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let cabinet = opened(&stage).await;
    let gone = AccountId("gone".into());
    for series in [cabinet.meetings(&gone), cabinet.outbox(&gone)] {
        series.commit(record(b"left behind")).await.unwrap();
    }
    let own = &stage.setup(Face::Terminal).folder.accounts().unwrap().list[0];
    for series in [cabinet.meetings(&own.id), cabinet.drafts()] {
        series.commit(record(b"of use")).await.unwrap();
    }
    cabinet.close().await;
    assert_eq!(sealed(&stage).await.len(), 4);
    let session = stage.start();
    let patience = Duration::from_secs(20);
    let purged = tokio::time::timeout(patience, async {
        while sealed(&stage).await.len() > 2 {
            tokio::task::yield_now().await;
        }
    });
    purged.await.expect("nobody can remove it any more");
    session.stop().await;
    assert_eq!(sealed(&stage).await.len(), 2);
}

#[tokio::test]
async fn a_list_of_accounts_that_is_away_takes_nothing_from_those_that_run() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let cabinet = opened(&stage).await;
    let own = &stage.setup(Face::Terminal).folder.accounts().unwrap().list[0];
    for series in [cabinet.meetings(&own.id), cabinet.outbox(&own.id)] {
        series.commit(record(b"of use")).await.unwrap();
    }
    cabinet.close().await;
    let before = sealed(&stage).await;
    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "12:00", "12:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    let file = stage.folder().join("store.sqlite3");
    let aside = set_aside_path(&file);
    fs::write(&aside, "of last week").unwrap();
    let list = stage.folder().join("accounts.toml");
    fs::rename(&list, stage.folder().join("elsewhere")).unwrap();
    stage.clock.pass(chrono::Duration::hours(1));
    let tended = tokio::time::timeout(Duration::from_secs(20), async {
        while aside.exists() {
            stage.clock.pass(chrono::Duration::minutes(1));
            tokio::task::yield_now().await;
        }
    });
    tended.await.expect("the hourly work is done");
    session.stop().await;
    let after = sealed(&stage).await;
    assert!(before.iter().all(|blob| after.contains(blob)));
}

#[tokio::test]
async fn what_was_set_aside_goes_as_soon_as_the_next_store_is_filled() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let file = stage.folder().join("store.sqlite3");
    let aside = set_aside_path(&file);
    fs::write(&aside, "of last week").unwrap();
    stage.clock.pass(chrono::Duration::hours(1));
    // Whoever was answered twice knows that the loop has looked.
    session.show_ring().await.unwrap_err();
    session.show_ring().await.unwrap_err();
    assert!(aside.exists(), "no meeting has come yet");
    stage.servers.tell(&[meeting("Review", "12:00", "12:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    let gone = tokio::time::timeout(Duration::from_secs(20), async {
        while aside.exists() {
            stage.clock.pass(chrono::Duration::minutes(1));
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("nobody needs it");
    session.stop().await;
    assert!(!Files.is_damaged(&file));
}

/// A letter about a meeting of half an hour, which ended so many days ago.
fn letter(name: &str, days: i64) -> Batch {
    let end = at("09:00") - chrono::Duration::days(days);
    let entry = serde_json::json!({
        "request": name,
        "intent": {
            "kind": "remove",
            "meeting": { "id": name, "start": end - chrono::Duration::minutes(30), "end": end },
        },
        "accepted": end - chrono::Duration::hours(1),
        "attempts": 1,
        "attempted": end - chrono::Duration::hours(1),
        "settled": null,
    });
    Batch {
        put: vec![(RecordId(name.to_owned()), entry.to_string().into_bytes())],
        ..Batch::default()
    }
}

/// Its password is lost, so that nothing gets to its server.
#[tokio::test]
async fn sr_61_what_an_account_that_cannot_sign_in_has_sent_goes_with_its_week() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let own = stage.setup(Face::Terminal).folder.accounts().unwrap().list[0].clone();
    let cabinet = opened(&stage).await;
    let outbox = cabinet.outbox(&own.id);
    for (name, days) in [("of this week", 2), ("long over", 9)] {
        outbox.commit(letter(name, days)).await.unwrap();
    }
    cabinet.close().await;
    let password = unlock::secret_name(&own.id);
    stage.keyring.delete(&password).await.unwrap();
    let session = stage.start();
    let patience = Duration::from_secs(20);
    let gone = tokio::time::timeout(patience, async {
        while sealed(&stage).await.len() > 1 {
            stage.clock.pass(chrono::Duration::minutes(1));
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("it goes");
    session.stop().await;
    let cabinet = opened(&stage).await;
    let left = cabinet.outbox(&own.id).load().await.unwrap().records;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0.0, "of this week");
    cabinet.close().await;
}

#[tokio::test]
async fn sr_61_a_draft_of_days_that_are_long_over_goes_while_the_program_runs() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let new = SchedulePurpose::New {};
    session.open_schedule(new).await.unwrap();
    let text = "Planning".to_owned();
    let change = ScheduleChange::Title { text };
    session.change_schedule(change).await.unwrap();
    until(session.schedule(), |view| view.saved == "Draft saved").await;
    assert_eq!(sealed(&stage).await.len(), 1);
    stage.clock.pass(chrono::Duration::days(60));
    let gone = tokio::time::timeout(Duration::from_secs(20), async {
        while !sealed(&stage).await.is_empty() {
            stage.clock.pass(chrono::Duration::minutes(1));
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("it goes");
    let view = session.schedule().borrow().clone();
    assert_eq!(view.title, "");
    session.stop().await;
}
