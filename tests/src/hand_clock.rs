//! A clock that stands still until a scenario sets it.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use engine::Clock;
use tokio::sync::Notify;

/// The clock.
#[derive(Debug)]
pub struct HandClock {
    now: Mutex<DateTime<Utc>>,
    set: Notify,
}

impl HandClock {
    /// One that shows `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now: Mutex::new(now),
            set: Notify::new(),
        }
    }

    /// Sets it, and wakes whoever waits.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.set.notify_waiters();
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        loop {
            let mut set = std::pin::pin!(self.set.notified());
            set.as_mut().enable();
            if moment <= self.now() {
                return;
            }
            set.await;
        }
    }
}
