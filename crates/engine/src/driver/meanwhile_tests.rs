//! What happens while a pull is under way, while the clock is wrong, and while
//! the store cannot be read.

use std::{
    future::pending,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use calendar::{Meeting, meeting::Response};
use rstest::rstest;
use tokio::sync::Notify;
use vault::{
    SeriesId, Store, Vault,
    between::{Between, Moody},
    key::Key,
    memory::MemoryStore,
};

use super::*;
use crate::backend::{Cursor, Listing};

const ZONE: Tz = Tz::Europe__Stockholm;
const MORNING: &str = "2026-11-23T09:00:00Z";
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// A clock that stands still until it is set.
struct HandClock {
    now: Mutex<DateTime<Utc>>,
    set: Notify,
}

impl HandClock {
    fn at(now: &str) -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(now.parse().unwrap()),
            set: Notify::new(),
        })
    }

    fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
        self.set.notify_waiters();
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        loop {
            let mut set = std::pin::pin!(self.set.notified());
            set.as_mut().enable();
            if self.now() >= moment {
                return;
            }
            set.await;
        }
    }
}

/// A calendar on a server. Each answer is made when it is asked for, and told
/// when the gate is open.
struct Server {
    meetings: Mutex<Vec<Meeting>>,
    changes: AtomicUsize,
    is_away: AtomicBool,
    gate: watch::Sender<bool>,
    asked: watch::Sender<usize>,
    /// How many meetings it has given.
    given: AtomicUsize,
}

impl Server {
    fn with(meetings: &[Meeting]) -> Arc<Self> {
        Arc::new(Self {
            meetings: Mutex::new(meetings.to_vec()),
            changes: AtomicUsize::new(1),
            is_away: AtomicBool::new(false),
            gate: watch::Sender::new(true),
            asked: watch::Sender::new(0),
            given: AtomicUsize::new(0),
        })
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Meeting>)) {
        change(&mut self.meetings.lock().unwrap());
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    async fn until_asked(&self, times: usize) {
        let mut asked = self.asked.subscribe();
        let wait = asked.wait_for(|asked| *asked >= times);
        let found = tokio::time::timeout(PATIENCE, wait).await;
        drop(found.expect("it is asked").unwrap());
    }

    fn answer(&self, known: Known<'_>) -> Pull {
        let cursor = Cursor(self.changes.load(Ordering::SeqCst).to_string());
        if known.same_window && known.cursor == Some(&cursor) {
            let listing = Listing::Unchanged;
            return Pull { cursor, listing };
        }
        let (mut kept, mut put) = (Vec::new(), Vec::new());
        for meeting in self.meetings.lock().unwrap().iter() {
            let version = Version {
                item: meeting.title.as_str().into(),
                change_key: "1".into(),
            };
            if known.versions.get(&meeting.id) == Some(&version) {
                kept.push(meeting.id.clone());
            } else {
                put.push((meeting.clone(), version));
            }
        }
        self.given.fetch_add(put.len(), Ordering::SeqCst);
        let read = Read::All;
        let listing = Listing::Complete { kept, put, read };
        Pull { cursor, listing }
    }
}

#[async_trait]
impl Backend for Server {
    async fn pull(&self, _: Window, _: Tz, known: Known<'_>) -> Result<Pull, Failure> {
        let answer = if self.is_away.load(Ordering::SeqCst) {
            Err(Failure {
                kind: FailureKind::Unreachable,
                sentence: "The server is away".to_owned(),
            })
        } else {
            Ok(self.answer(known))
        };
        self.asked.send_modify(|asked| *asked += 1);
        let mut gate = self.gate.subscribe();
        drop(gate.wait_for(|open| *open).await);
        answer
    }

    async fn watch(&self) -> Result<Box<dyn Watch>, Failure> {
        pending().await
    }

    async fn oof(&self) -> Result<Option<Oof>, Failure> {
        Ok(None)
    }
}

/// Half an hour, named by its title.
fn meeting(title: &str, start: &str) -> Meeting {
    let start: DateTime<Utc> = start.parse().unwrap();
    let end = start + Duration::minutes(30);
    Meeting {
        response: Response::Organizer,
        notes: "a text".into(),
        ..Meeting::sample(title, start, end)
    }
}

async fn series_in(store: Arc<dyn Store>) -> Series {
    let vault = Vault::open(store, &Key::generate()).await.unwrap();
    vault.series(SeriesId("meetings/anna".to_owned()))
}

fn start(server: &Arc<Server>, series: &Series, clock: &Arc<HandClock>) -> Handle {
    let (server, clock) = (Arc::clone(server), Arc::clone(clock));
    Engine::start(server, Some(series.clone()), clock, ZONE, 1)
}

fn titles(snapshot: &Snapshot) -> Vec<&str> {
    let agenda = snapshot.agenda.iter();
    agenda.map(|meeting| meeting.title.as_str()).collect()
}

async fn until_listed(engine: &Handle, expected: &[&str]) {
    let mut snapshots = engine.snapshots();
    let wait = snapshots.wait_for(|snapshot| titles(snapshot) == expected);
    let found = tokio::time::timeout(PATIENCE, wait).await;
    drop(found.expect("they are listed").unwrap());
}

async fn until_in_step(engine: &Handle) {
    let mut snapshots = engine.snapshots();
    let wait = snapshots.wait_for(|snapshot| snapshot.health == Health::UpToDate);
    let found = tokio::time::timeout(PATIENCE, wait).await;
    drop(found.expect("it is in step").unwrap());
}

#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    TheEngineRuns,
    ItIsStartedAnew,
    /// Nobody can sign in, and what is over goes all the same.
    NoEngineRuns,
}

#[rstest]
#[tokio::test]
async fn f05_a_clock_that_was_days_ahead_takes_no_meeting_for_good(
    #[values(
        Meanwhile::TheEngineRuns,
        Meanwhile::ItIsStartedAnew,
        Meanwhile::NoEngineRuns
    )]
    meanwhile: Meanwhile,
) {
    let clock = HandClock::at(MORNING);
    let server = Server::with(&[meeting("Review", "2026-11-23T14:00:00Z")]);
    let series = series_in(Arc::new(MemoryStore::default())).await;
    let mut engine = start(&server, &series, &clock);
    until_listed(&engine, &["Review"]).await;
    until_in_step(&engine).await;
    server.set_away(true);
    if let Meanwhile::NoEngineRuns = meanwhile {
        engine.stop().await;
        clock.pass(Duration::days(8));
        let window = Window::around(clock.now(), ZONE);
        let left = Engine::stored_within(&series, window, ZONE).await.unwrap();
        assert_eq!(titles(&left), [""; 0]);
        clock.pass(-Duration::days(8));
        engine = start(&server, &series, &clock);
    } else {
        clock.pass(Duration::days(8));
        until_listed(&engine, &[]).await;
        clock.pass(-Duration::days(8));
        if let Meanwhile::ItIsStartedAnew = meanwhile {
            engine.stop().await;
            engine = start(&server, &series, &clock);
        }
    }
    server.set_away(false);
    engine.refresh();
    until_listed(&engine, &["Review"]).await;
}

#[tokio::test]
async fn what_was_forgotten_by_a_wrong_clock_during_a_pull_comes_back() {
    let clock = HandClock::at(MORNING);
    let server = Server::with(&[meeting("Review", "2026-11-23T14:00:00Z")]);
    let series = series_in(Arc::new(MemoryStore::default())).await;
    let engine = start(&server, &series, &clock);
    until_listed(&engine, &["Review"]).await;
    until_in_step(&engine).await;
    server.gate.send_replace(false);
    engine.refresh();
    server.until_asked(2).await;
    clock.pass(Duration::days(8));
    until_listed(&engine, &[]).await;
    clock.pass(-Duration::days(8));
    server.gate.send_replace(true);
    until_listed(&engine, &["Review"]).await;
}

#[tokio::test]
async fn a_text_that_is_missed_during_a_pull_is_asked_for_by_the_next() {
    let clock = HandClock::at(MORNING);
    let review = meeting("Review", "2026-11-23T14:00:00Z");
    let server = Server::with(std::slice::from_ref(&review));
    let series = series_in(Arc::new(MemoryStore::default())).await;
    let engine = start(&server, &series, &clock);
    until_listed(&engine, &["Review"]).await;
    until_in_step(&engine).await;
    server.change(|_| ());
    server.gate.send_replace(false);
    engine.refresh();
    server.until_asked(2).await;
    engine
        .commands
        .send(Command::Lost(review.id))
        .await
        .unwrap();
    server.gate.send_replace(true);
    // Two seconds later it is asked again.
    let asked_again = tokio::time::timeout(PATIENCE, async {
        while *server.asked.borrow() < 3 {
            clock.pass(Duration::seconds(1));
            tokio::task::yield_now().await;
        }
    });
    asked_again.await.expect("it is asked again");
    assert_eq!(server.given.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn sr_61_a_pull_over_midnight_brings_nothing_back_that_is_over() {
    let clock = HandClock::at("2026-11-24T22:59:30Z");
    let known = meeting("Known", "2026-11-17T09:00:00Z");
    let young = meeting("Young", "2026-11-18T09:00:00Z");
    let server = Server::with(&[known, young]);
    let series = series_in(Arc::new(MemoryStore::default())).await;
    let engine = start(&server, &series, &clock);
    until_listed(&engine, &["Known", "Young"]).await;
    until_in_step(&engine).await;
    server.change(|all| all.push(meeting("Late", "2026-11-17T10:00:00Z")));
    server.gate.send_replace(false);
    engine.refresh();
    server.until_asked(2).await;
    clock.pass(Duration::minutes(1));
    until_listed(&engine, &["Young"]).await;
    server.set_away(true);
    server.gate.send_replace(true);
    // The next one begins when this one is taken in.
    server.until_asked(3).await;
    until_listed(&engine, &["Young"]).await;
    engine.stop().await;
    assert_eq!(titles(&Engine::stored(&series).await.unwrap()), ["Young"]);
}

/// Three reads at the start, three more after the first pull, and one before
/// what it brought is stored.
#[rstest]
#[tokio::test]
async fn a_store_that_cannot_be_read_at_the_start_keeps_no_meeting_that_is_gone(
    #[values(1, 3, 6, 7)] failures: usize,
) {
    let clock = HandClock::at(MORNING);
    let stays = meeting("Stays", "2026-11-23T14:00:00Z");
    let goes = meeting("Goes", "2026-11-23T15:00:00Z");
    let server = Server::with(&[goes, stays]);
    let disk = Arc::new(MemoryStore::default());
    let store = Between::new(disk.clone(), Moody::default());
    let kek = Key::generate();
    let opened = async || {
        let vault = Vault::open(store.clone(), &kek).await.unwrap();
        vault.series(SeriesId("meetings/anna".to_owned()))
    };
    let engine = start(&server, &opened().await, &clock);
    until_listed(&engine, &["Goes", "Stays"]).await;
    until_in_step(&engine).await;
    engine.stop().await;

    server.change(|all| all.retain(|meeting| meeting.title == "Stays"));
    let series = opened().await;
    store.hand.fail(failures);
    let engine = start(&server, &series, &clock);
    until_listed(&engine, &["Stays"]).await;
    until_in_step(&engine).await;
    let asked = *server.asked.borrow();
    for more in 1..=2 {
        // The second begins when what the first has brought is stored.
        engine.refresh();
        server.until_asked(asked + more).await;
    }
    engine.stop().await;
    assert_eq!(store.hand.left(), 0);
    let left = Engine::stored(&series).await.unwrap();
    assert_eq!(titles(&left), ["Stays"]);
}

/// The commit goes on top of what it has to read again, and its cursor has
/// passed what is lost there.
#[tokio::test]
async fn what_is_lost_on_the_disk_behind_a_commit_that_failed_is_fetched_again() {
    let clock = HandClock::at(MORNING);
    let first = meeting("First", "2026-11-23T14:00:00Z");
    let second = meeting("Second", "2026-11-23T15:00:00Z");
    let server = Server::with(&[first, second]);
    let disk = Arc::new(MemoryStore::default());
    let store = Between::new(disk.clone(), Moody::default());
    let kek = Key::generate();
    let opened = async || {
        let vault = Vault::open(store.clone(), &kek).await.unwrap();
        vault.series(SeriesId("meetings/anna".to_owned()))
    };
    // The second begins when what the first has brought is stored.
    let pull_twice = async |engine: &Handle, server: &Server| {
        for _ in 0..2 {
            let asked = *server.asked.borrow();
            engine.refresh();
            server.until_asked(asked + 1).await;
            until_in_step(engine).await;
        }
    };
    let engine = start(&server, &opened().await, &clock);
    until_listed(&engine, &["First", "Second"]).await;
    pull_twice(&engine, &server).await;
    store.hand.be_full(true);
    server.change(|all| all.push(meeting("Third", "2026-11-23T16:00:00Z")));
    pull_twice(&engine, &server).await;
    store.hand.be_full(false);
    let mut blobs = 0;
    disk.tamper(|blob| {
        if blobs == 0 {
            *blob.last_mut().unwrap() ^= 1;
        }
        blobs += 1;
    });
    server.change(|all| all.push(meeting("Fourth", "2026-11-23T17:00:00Z")));
    pull_twice(&engine, &server).await;
    let all = ["First", "Fourth", "Second", "Third"];
    until_listed(&engine, &all).await;
    pull_twice(&engine, &server).await;
    engine.stop().await;
    let series = opened().await;
    assert_eq!(titles(&Engine::stored(&series).await.unwrap()), all);
    let loaded = series.load().await.unwrap();
    assert_eq!(
        (loaded.integrity, loaded.quarantined),
        (vault::Integrity::Whole, 0)
    );
    for (id, _) in loaded.records {
        assert_eq!(
            series.beside(&id).await.unwrap().as_deref(),
            Some(&b"a text"[..])
        );
    }
}
