//! What is past its time goes, within the hour (SR-61).

use std::{sync::Arc, time::Duration};

use vault::{StoreError, database::Database};

use super::letters;
use crate::{
    clock::{Clock, today, wait},
    directory,
    observe::Metrics,
    server::{Ending, ended},
};

/// How often the service looks.
pub const EVERY: Duration = Duration::from_mins(15);

/// Looks now and again until the program ends.
pub(super) async fn keep(database: Database, clock: Clock, metrics: Arc<Metrics>, ending: Ending) {
    loop {
        match once(&database, &clock).await {
            Ok(gone) => metrics.count_retention(gone),
            // It is tried again; an operator sees it in the log.
            Err(error) => {
                tracing::error!(%error, "retention did not get through");
                metrics.count_failure(&error, &clock);
            }
        }
        tokio::select! {
            () = wait(EVERY) => {}
            () = ended(ending.clone()) => return,
        }
    }
}

async fn once(database: &Database, clock: &Clock) -> Result<u64, StoreError> {
    let gone = forget(database, clock).await;
    // Also what went before: whoever read the file then, such as a backup, may
    // have kept its pages in the log. On a full disk it is what makes room.
    let compacted = database.compact().await;
    gone.and_then(|gone| compacted.map(|()| gone))
}

async fn forget(database: &Database, clock: &Clock) -> Result<u64, StoreError> {
    let mut gone = 0;
    for organization in directory::organizations(database).await? {
        gone += database.expire(organization, today(clock)).await?;
        gone += letters::expire(database, organization, clock()).await?;
    }
    Ok(gone)
}
