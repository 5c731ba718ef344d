//! Clocks that go as a test wants them to.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use engine::Clock;
use tokio::sync::{Notify, watch};

/// A moment of 23 November 2026, UTC.
pub(in crate::session) fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-23T{time}:00Z").parse().unwrap()
}

/// A clock that stands still until it is set.
pub(in crate::session) struct HandClock {
    now: Mutex<DateTime<Utc>>,
    set: Notify,
}

impl HandClock {
    pub(super) fn new(now: &str) -> Self {
        Self {
            now: Mutex::new(at(now)),
            set: Notify::new(),
        }
    }

    pub(in crate::session) fn set(&self, now: &str) {
        self.set_day(0, now);
    }

    pub(in crate::session) fn pass(&self, time: chrono::Duration) {
        *self.now.lock().unwrap() += time;
        self.set.notify_waiters();
    }

    /// A time of a later day.
    pub(in crate::session) fn set_day(&self, later: i64, now: &str) {
        *self.now.lock().unwrap() = at(now) + chrono::Duration::days(later);
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

/// A clock on which every wait is over at once, up to the moment it may run
/// to; it counts the waits.
pub(in crate::session) struct LeapClock {
    now: Mutex<DateTime<Utc>>,
    end: watch::Sender<DateTime<Utc>>,
    pub(in crate::session) waits: Mutex<usize>,
}

impl LeapClock {
    pub(in crate::session) fn new(now: &str) -> Self {
        Self {
            now: Mutex::new(at(now)),
            end: watch::Sender::new(at(now)),
            waits: Mutex::new(0),
        }
    }

    /// Lets the time pass up to `end`, and waits for that.
    pub(in crate::session) async fn run_to(&self, end: &str) {
        self.end.send_replace(at(end));
        while self.now() < at(end) {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Clock for LeapClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        let now = self.now();
        // Only a closed channel gives an error, and the sender is here.
        let mut end = self.end.subscribe();
        drop(end.wait_for(|end| now < *end).await);
        *self.waits.lock().unwrap() += 1;
        *self.now.lock().unwrap() = moment.min(now + chrono::Duration::seconds(30)).max(now);
    }
}
