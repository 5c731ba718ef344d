//! The system's clock, for a simulator that runs beside real clients.

use std::sync::Arc;

use chrono::{DateTime, Utc};

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

/// Waits on tokio's clock, which tests may pause.
pub(crate) async fn wait(length: std::time::Duration) {
    // A wait is a time-out of what never comes.
    let _ = tokio::time::timeout(length, std::future::pending::<()>()).await;
}
