//! What was not to be had at the start and is there a minute later: the disk,
//! the folder, the keyring, the password.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rstest::rstest;
use tokio::sync::{Notify, watch};
use vault::{
    Shelf, Store, StoreError,
    between::{Between, Moody},
    keyring::{KeyRing, KeyRingError},
    sensitive::Sensitive,
    shelf::Files,
};

use super::{
    Course, Session, Setup,
    retention_tests::{opened, record},
    setup::Face,
    stage::*,
    unlock::secret_name,
};
use crate::{Shell, problem::ServerTrouble, view::SyncState};

/// Files on a disk that may be full, and that may fail the next reads.
#[derive(Default)]
struct Disk {
    full: AtomicBool,
    busy: Moody,
}

#[async_trait]
impl Shelf for Disk {
    async fn open(&self, file: &Path) -> Result<Arc<dyn Store>, StoreError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(StoreError::Full(file.display().to_string()));
        }
        let store = Files.open(file).await?;
        Ok(Between::new(store, self.busy.clone()))
    }

    fn is_damaged(&self, file: &Path) -> bool {
        Files.is_damaged(file)
    }

    fn set_aside(&self, file: &Path) -> io::Result<()> {
        Files.set_aside(file)
    }

    fn remove_set_aside(&self, file: &Path) {
        Files.remove_set_aside(file);
    }
}

/// A keyring behind a door: it gives nothing out while that is shut.
struct Door {
    keyring: Arc<MoodyKeyRing>,
    open: watch::Sender<bool>,
    late: Notify,
}

impl Door {
    fn before(stage: &Stage, open: bool) -> Arc<Self> {
        Arc::new(Self {
            keyring: Arc::clone(&stage.keyring),
            open: watch::Sender::new(open),
            late: Notify::new(),
        })
    }

    async fn pass(&self) {
        let mut open = self.open.subscribe();
        // Only a closed channel gives an error, and the sender is here.
        drop(open.wait_for(|open| *open).await);
    }
}

#[async_trait]
impl KeyRing for Door {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        self.pass().await;
        self.keyring.get(name).await
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        self.keyring.set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        self.pass().await;
        self.keyring.delete(name).await
    }

    async fn answered_late(&self) {
        self.late.notified().await;
    }
}

fn start(stage: &Stage, adapt: impl FnOnce(&mut Setup)) -> Session {
    let mut setup = stage.setup(Face::Desktop);
    adapt(&mut setup);
    Session::start(setup, Arc::clone(&stage.shell) as Arc<dyn Shell>)
}

/// Whether each engine that was started so far had a store, when there are so
/// many.
async fn started(stage: &Stage, count: usize) -> Vec<bool> {
    let begun = stage.until_started(count);
    let begun = tokio::time::timeout(Duration::from_secs(20), begun).await;
    begun.expect("they are started");
    let started = stage.servers.started.lock().unwrap();
    started.iter().map(|(_, _, stored)| *stored).collect()
}

/// Waits until the loop has done all that follows from what it was told.
async fn calm(session: &Session) {
    for _ in 0..2 {
        // Whether anything rings or not: it is answered.
        let _answered = session.show_ring().await;
    }
}

#[rstest]
#[case::when_the_user_asks(true)]
#[case::by_itself(false)]
#[tokio::test]
async fn f59_a_store_that_opens_late_is_given_to_the_accounts_that_run(#[case] asks: bool) {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let disk = Arc::new(Disk::default());
    disk.full.store(true, Ordering::Relaxed);
    let session = start(&stage, |setup| {
        setup.shelf = Arc::clone(&disk) as Arc<dyn Shelf>;
    });
    assert_eq!(started(&stage, 2).await, [true, false]);
    until(session.agenda(), |a| a.banner.is_some()).await;
    disk.full.store(false, Ordering::Relaxed);
    if asks {
        session.refresh();
    } else {
        stage.clock.pass(chrono::Duration::minutes(2));
    }
    assert_eq!(started(&stage, 3).await, [true, false, true]);
    until(session.agenda(), |a| a.banner.is_none()).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    session.stop().await;
}

/// The engine begins anew with a store that has nothing, and its server does
/// not answer: what was known a moment ago stays until it does.
#[tokio::test]
async fn f58_an_engine_that_begins_anew_on_an_empty_store_takes_no_meeting_away() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let disk = Arc::new(Disk::default());
    disk.full.store(true, Ordering::Relaxed);
    let session = start(&stage, |setup| {
        setup.shelf = Arc::clone(&disk) as Arc<dyn Shelf>;
    });
    assert_eq!(started(&stage, 2).await, [true, false]);
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    disk.full.store(false, Ordering::Relaxed);
    stage.clock.pass(chrono::Duration::minutes(2));
    assert_eq!(started(&stage, 3).await, [true, false, true]);
    let silent = Course::Trouble(ServerTrouble::Unreachable);
    stage.servers.fare(silent);
    let agenda = until(session.agenda(), |a| a.sync.state == SyncState::Offline).await;
    assert_eq!(agenda.heroes.len(), 1, "it stands all the same");
    stage.servers.tell(&[]);
    until(session.agenda(), |a| a.heroes.is_empty()).await;
    session.stop().await;
}

#[rstest]
#[tokio::test]
async fn what_has_rung_does_not_ring_again_where_the_store_was_busy_at_the_start(
    #[values(1, 2)] failures: usize,
) {
    let stage = Stage::new("09:56");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    stage.shell.taken();

    let disk = Arc::new(Disk::default());
    disk.busy.fail(failures);
    let session = start(&stage, |setup| {
        setup.shelf = Arc::clone(&disk) as Arc<dyn Shelf>;
    });
    assert_eq!(started(&stage, 2).await, [true, true]);
    assert_eq!(disk.busy.left(), 0);
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    calm(&session).await;
    session.stop().await;
    let rung = stage.shell.taken();
    assert!(!rung.contains(&"ring Review".to_owned()), "{rung:?}");
}

#[tokio::test]
async fn a_store_that_does_not_tell_what_has_rung_is_opened_later() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let disk = Arc::new(Disk::default());
    disk.busy.fail(3);
    let session = start(&stage, |setup| {
        setup.shelf = Arc::clone(&disk) as Arc<dyn Shelf>;
    });
    assert_eq!(started(&stage, 2).await, [true, false]);
    until(session.agenda(), |a| a.banner.is_some()).await;
    stage.clock.pass(chrono::Duration::minutes(2));
    assert_eq!(started(&stage, 3).await, [true, false, true]);
    until(session.agenda(), |a| a.banner.is_none()).await;
    session.stop().await;
}

#[tokio::test]
async fn f62_a_folder_that_is_let_go_while_the_keyring_thinks_is_read_before_anything_rings() {
    let stage = Stage::new("09:56");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    stage.shell.taken();

    let held = stage.setup(Face::Terminal).folder.lock().unwrap();
    let door = Door::before(&stage, false);
    let session = start(&stage, |setup| {
        setup.keyring = Arc::clone(&door) as Arc<dyn KeyRing>;
    });
    calm(&session).await;
    drop(held);
    calm(&session).await;
    door.open.send_replace(true);
    assert_eq!(started(&stage, 2).await, [true, true]);
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    calm(&session).await;
    session.stop().await;
    let rung = stage.shell.taken();
    assert!(!rung.contains(&"ring Review".to_owned()), "{rung:?}");
}

#[tokio::test]
async fn sr_10_a_keyring_that_comes_up_late_is_asked_again_by_itself() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Fails(KeyRingError::Absent);
    let session = stage.start();
    until(session.agenda(), |a| a.banner.is_some()).await;
    *stage.keyring.mood.lock().unwrap() = Mood::Works;
    stage.clock.pass(chrono::Duration::minutes(2));
    assert_eq!(started(&stage, 2).await, [true, true]);
    until(session.agenda(), |a| a.banner.is_none()).await;
    session.stop().await;
}

#[tokio::test]
async fn sr_10_a_keyring_that_is_opened_a_minute_later_is_asked_again_by_itself() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Fails(KeyRingError::Silent);
    let door = Door::before(&stage, true);
    let session = start(&stage, |setup| {
        setup.keyring = Arc::clone(&door) as Arc<dyn KeyRing>;
    });
    until(session.agenda(), |a| a.banner.is_some()).await;
    *stage.keyring.mood.lock().unwrap() = Mood::Works;
    door.late.notify_one();
    assert_eq!(started(&stage, 2).await, [true, true]);
    until(session.agenda(), |a| a.banner.is_none()).await;
    session.stop().await;
}

#[rstest]
#[case(KeyRingError::Locked)]
#[case(KeyRingError::Silent)]
#[tokio::test]
async fn a_keyring_that_may_ask_for_its_password_is_not_asked_every_few_minutes(
    #[case] error: KeyRingError,
) {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Fails(error);
    let session = stage.start();
    until(session.agenda(), |a| a.banner.is_some()).await;
    let asked = *stage.keyring.asked.lock().unwrap();
    for _ in 0..10 {
        stage.clock.pass(chrono::Duration::minutes(2));
        calm(&session).await;
    }
    session.stop().await;
    assert_eq!(*stage.keyring.asked.lock().unwrap(), asked);
}

#[tokio::test]
async fn a_slow_answer_of_the_keyring_does_not_count_once_one_has_signed_in_again() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let own = &stage.setup(Face::Terminal).folder.accounts().unwrap().list[0];
    let secrets = &stage.keyring.secrets;
    secrets.delete(&secret_name(&own.id)).await.unwrap();
    let door = Door::before(&stage, true);
    let session = start(&stage, |setup| {
        setup.keyring = Arc::clone(&door) as Arc<dyn KeyRing>;
    });
    // The store is open, and the account has no password.
    until(session.agenda(), |a| a.banner.is_some()).await;
    door.open.send_replace(false);
    session.refresh();
    calm(&session).await;
    session.add_account(form()).await.unwrap();
    assert_eq!(started(&stage, 2).await, [true, true]);
    let asked = *stage.keyring.asked.lock().unwrap();
    door.open.send_replace(true);
    while *stage.keyring.asked.lock().unwrap() == asked {
        tokio::task::yield_now().await;
    }
    calm(&session).await;
    assert_eq!(stage.servers.started.lock().unwrap().len(), 2);
    session.stop().await;
}

#[tokio::test]
async fn what_comes_due_right_after_signing_in_again_rings() {
    let stage = Stage::new("09:54");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    session.add_account(form()).await.unwrap();
    started(&stage, 2).await;
    // Its engine has not told anything yet.
    stage.clock.set("09:55");
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    calm(&session).await;
    session.stop().await;
    let rung = stage.shell.taken();
    assert!(rung.contains(&"ring Review".to_owned()), "{rung:?}");
}

#[tokio::test]
async fn an_outbox_that_cannot_be_read_is_told_of() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let cabinet = opened(&stage).await;
    let own = &stage.setup(Face::Terminal).folder.accounts().unwrap().list[0];
    let of_another_layout = record(b"{}");
    cabinet
        .outbox(&own.id)
        .commit(of_another_layout)
        .await
        .unwrap();
    cabinet.close().await;
    let session = stage.start();
    let told = stage.until_told("late ").await;
    assert!(told.contains("cannot be read"), "{told}");
    // The banner is for what can be ended.
    assert_eq!(session.agenda().borrow().banner, None);
    session.stop().await;
}

#[tokio::test]
async fn f05_a_clock_that_is_set_does_not_end_the_wait_for_whoever_holds_the_folder() {
    let stage = Stage::new("09:56");
    stage.start_with_account().await.stop().await;
    let held = stage.setup(Face::Terminal).folder.lock().unwrap();
    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |agenda| !agenda.heroes.is_empty()).await;
    stage.clock.set("10:02");
    for _ in 0..2 {
        let _answered = session.show_ring().await;
    }
    assert_eq!(stage.shell.taken(), [""; 0]);
    session.stop().await;
    drop(held);
}
