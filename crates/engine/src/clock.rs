//! The time, and waiting for it.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// The time, and waiting for it.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
    /// Returns at `moment`, or after 30 seconds.
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
        let left = (moment - self.now()).to_std().unwrap_or_default();
        tokio::time::sleep(left.min(Duration::from_secs(30))).await;
    }
}
