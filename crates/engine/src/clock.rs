//! The time, and waiting for it.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// The time, and waiting for it.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
    /// Returns at `moment`, or earlier: no wait lasts longer than 30 seconds.
    async fn wait_until(&self, moment: DateTime<Utc>);
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where time comes from"
    )]
    fn now(&self) -> DateTime<Utc> {
        DateTime::<Utc>::from(std::time::SystemTime::now())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where time is waited for"
    )]
    async fn wait_until(&self, moment: DateTime<Utc>) {
        let now = self.now();
        // Everybody who waits long looks again at the same half minute: the
        // process wakes once for all of them.
        let half_minute = 30_000 - now.timestamp_millis().rem_euclid(30_000);
        let left = (moment - now).min(TimeDelta::milliseconds(half_minute));
        tokio::time::sleep(left.to_std().unwrap_or_default()).await;
    }
}
