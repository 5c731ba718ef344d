//! The system's clock, for a simulator that runs beside real clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};

/// Gives the present moment.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The system's clock.
pub fn system() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the simulator reads the system's clock"
    )]
    Arc::new(|| std::time::SystemTime::now().into())
}

/// A clock that is ahead of another by so many milliseconds.
pub(crate) fn ahead_of(clock: Clock, milliseconds: Arc<AtomicI64>) -> Clock {
    Arc::new(move || {
        let ahead = Duration::milliseconds(milliseconds.load(Ordering::Relaxed));
        clock() + ahead
    })
}

/// Waits on tokio's clock, which tests may pause.
pub(crate) async fn wait(length: std::time::Duration) {
    // A wait is a time-out of what never comes.
    let _ = tokio::time::timeout(length, std::future::pending::<()>()).await;
}
