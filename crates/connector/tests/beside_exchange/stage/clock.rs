//! Time that passes when a test says so.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use engine::{Clock, SystemClock};
use tokio::sync::watch;

/// The system's time and what was added to it; whoever waits is told at once.
#[derive(Clone)]
pub(crate) struct SetClock(watch::Sender<Duration>);

impl Default for SetClock {
    fn default() -> Self {
        Self(watch::Sender::new(Duration::zero()))
    }
}

impl SetClock {
    pub(crate) fn pass(&self, length: Duration) {
        self.0.send_modify(|ahead| *ahead += length);
    }
}

#[async_trait]
impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + *self.0.borrow()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        let mut set = self.0.subscribe();
        let ahead = *set.borrow_and_update();
        tokio::select! {
            _set = set.changed() => {}
            () = SystemClock.wait_until(moment - ahead) => {}
        }
    }
}
