//! The system's clock, for programs that know no engine.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use vault::store::Day;

/// Gives the present moment, in seconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The system's clock.
pub fn system() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where these programs read the system's clock"
    )]
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    })
}

/// The present day in UTC.
pub fn today(clock: &Clock) -> Day {
    Day::of_seconds(clock())
}

/// Waits on tokio's clock, which tests may pause.
pub(crate) async fn wait(length: Duration) {
    // A wait is a time-out of what never comes.
    let _over = tokio::time::timeout(length, std::future::pending::<()>()).await;
}
