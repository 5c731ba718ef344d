use std::{
    future::pending,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use calendar::meeting::Person;
use chrono_tz::Tz;
use rstest::rstest;
use vault::{
    Batch, RecordId, SeriesId, Vault,
    between::{Between, Moody},
    key::Key,
    memory::MemoryStore,
};

use super::*;
use crate::{
    backend::Failure,
    outbox::{
        Outcome, Progress,
        tests::{at, name, planning},
    },
    scheduler::{Found, PersonTime, Refusal},
};

/// A clock on which every wait is over at once.
struct Leap(Mutex<DateTime<Utc>>);

impl Leap {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(at("09:00:00"))))
    }
}

#[async_trait]
impl Clock for Leap {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        tokio::task::yield_now().await;
        let mut now = self.0.lock().unwrap();
        *now = moment.min(*now + Duration::seconds(30)).max(*now);
    }
}

/// A server that never answers an attempt, and has done it or not.
struct Mute {
    attempts: AtomicUsize,
    found: Found,
}

impl Mute {
    fn new(found: Found) -> Arc<Self> {
        Arc::new(Self {
            attempts: AtomicUsize::new(0),
            found,
        })
    }

    fn attempts(&self) -> usize {
        self.attempts.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Scheduler for Mute {
    async fn attempt(&self, _: &RequestId, _: &Intent) -> Attempt {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        pending().await
    }

    async fn look(&self, _: &RequestId, _: &Intent) -> Result<Found, Failure> {
        Ok(self.found)
    }

    async fn people(&self, _: &str) -> Result<Vec<Person>, Failure> {
        Ok(Vec::new())
    }

    async fn rooms(&self) -> Result<Vec<Person>, Failure> {
        Ok(Vec::new())
    }

    async fn time_of(
        &self,
        _: &[String],
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: Tz,
    ) -> Result<Vec<PersonTime>, Failure> {
        Ok(Vec::new())
    }
}

async fn journal() -> Series {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::open(store, &Key::generate()).await.unwrap();
    vault.series(SeriesId("outbox/anna".to_owned()))
}

/// A journal that cannot be read keeps what waits in it: it is sent later.
#[rstest]
#[tokio::test]
async fn what_waits_in_a_journal_that_cannot_be_read_for_a_while_is_sent(
    #[values(1, 3, 7)] failures: usize,
) {
    let store = Between::new(Arc::new(MemoryStore::default()), Moody::default());
    let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
    let journal = vault.series(SeriesId("outbox/anna".to_owned()));
    let clock = Leap::new();
    let entry = Entry {
        request: name("a"),
        intent: planning(),
        accepted: clock.now(),
        attempts: 0,
        attempted: None,
        settled: None,
    };
    journal::keep(&journal, &entry).await.unwrap();
    store.hand.fail(failures);
    let server = Mute::new(Found::Done);
    let courier = Courier::start(server.clone(), Some(journal), clock, None);
    let sent = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while server.attempts() == 0 {
            tokio::task::yield_now().await;
        }
    });
    sent.await.expect("it is sent");
    assert_eq!(courier.posted().borrow().restored, Restored::Whole);
}

/// Titles and people of what was sent go from a disk that has room again, and
/// not with the next start.
#[tokio::test]
async fn what_a_full_disk_keeps_in_the_journal_goes_when_there_is_room() {
    let store = Between::new(Arc::new(MemoryStore::default()), Moody::default());
    let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
    let journal = vault.series(SeriesId("outbox/anna".to_owned()));
    let clock = Leap::new();
    let entry = Entry {
        request: name("a"),
        intent: planning(),
        accepted: clock.now(),
        attempts: 1,
        attempted: Some(clock.now()),
        settled: None,
    };
    journal::keep(&journal, &entry).await.unwrap();
    let server = Mute::new(Found::Done);
    let courier = Courier::start(server, Some(journal.clone()), clock.clone(), None);
    assert_eq!(outcome(&courier).await, Outcome::Done);
    store.hand.be_full(true);
    courier.forget(name("a"));
    let later = clock.now() + Duration::minutes(5);
    while clock.now() < later {
        tokio::task::yield_now().await;
    }
    assert_eq!(journal.load().await.unwrap().records.len(), 1);
    assert_eq!(
        courier.posted().borrow().all,
        [],
        "nobody hears of it again"
    );
    store.hand.be_full(false);
    let room = clock.now();
    let gone = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while !journal.load().await.unwrap().records.is_empty() {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("it goes");
    assert!(clock.now() - room < Duration::hours(1));
}

/// What becomes certain of the request "a".
async fn outcome(courier: &Courier) -> Outcome {
    let mut posted = courier.posted();
    let certain = posted.wait_for(|all| {
        let one = all.find(&name("a"));
        one.is_some_and(|one| matches!(one.state, Progress::Settled(_)))
    });
    let patience = std::time::Duration::from_secs(20);
    let all = tokio::time::timeout(patience, certain).await;
    let all = all.expect("it becomes certain").unwrap().clone();
    match &all.find(&name("a")).unwrap().state {
        Progress::Settled(settled) => settled.outcome.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_sent_without_a_journal_is_written_down_and_settled_when_there_is_one() {
    let (server, clock, journal) = (Mute::new(Found::Done), Leap::new(), journal().await);
    let first = Courier::start(server.clone(), None, clock.clone(), None);
    first.send(name("a"), planning()).unwrap();
    while server.attempts() == 0 {
        tokio::task::yield_now().await;
    }
    let second = Courier::start(server.clone(), Some(journal.clone()), clock, Some(first));
    assert_eq!(outcome(&second).await, Outcome::Done);
    assert_eq!(server.attempts(), 1, "it is looked for and not sent again");
    second.stop().await;
    assert_eq!(journal.load().await.unwrap().records.len(), 1);
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_as_a_whole_says_so_and_what_it_lost_is_looked_for() {
    let (server, clock, journal) = (Mute::new(Found::Absent), Leap::new(), journal().await);
    let of_another_layout = (RecordId("a".to_owned()), b"{}".to_vec());
    let batch = Batch {
        put: vec![of_another_layout],
        ..Batch::default()
    };
    journal.commit(batch).await.unwrap();
    let courier = Courier::start(server.clone(), Some(journal.clone()), clock.clone(), None);
    let mut posted = courier.posted();
    let read = posted.wait_for(|posts| posts.restored != Restored::No);
    assert_eq!(read.await.unwrap().restored, Restored::Partly);
    courier.seek(name("a"), planning());
    let refused = Outcome::Refused {
        refusal: Refusal::NotKept,
    };
    assert_eq!(outcome(&courier).await, refused);
    assert!(clock.now() >= at("09:02:00"), "what is late may come yet");
    assert_eq!(server.attempts(), 0, "sending it again is the user's to do");
    courier.stop().await;
    // What came of it is in the place of what could not be read.
    let courier = Courier::start(server, Some(journal), clock, None);
    let mut posted = courier.posted();
    let read = posted.wait_for(|posts| posts.restored != Restored::No);
    assert_eq!(read.await.unwrap().restored, Restored::Whole);
}
