//! The journal at rest: one sealed record an intent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vault::{Batch, Integrity, RecordId, Series, VaultError};

use super::machine::{Restored, Settled};
use crate::scheduler::{Intent, RequestId};

/// One intent as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub request: RequestId,
    /// What is wanted.
    pub intent: Intent,
    /// When the user sent it; also the order in which intents are carried
    /// out.
    pub accepted: DateTime<Utc>,
    /// How many attempts there were, one that is about to be made counted.
    pub attempts: u32,
    /// When the last attempt was about to be made. Without any attempt: since
    /// when is looked for one that only its user knows of.
    pub attempted: Option<DateTime<Utc>>,
    /// What came of it.
    pub settled: Option<Settled>,
}

/// What earlier runs have left, and whether that is all of it.
pub(super) async fn load(series: &Series) -> Result<(Vec<Entry>, Restored), VaultError> {
    let loaded = series.load().await?;
    let all = loaded.records.len();
    let entries: Vec<Entry> = loaded
        .records
        .iter()
        .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
        .collect();
    let lost = all - entries.len() + loaded.quarantined;
    if lost == 0 && loaded.integrity == Integrity::Whole {
        return Ok((entries, Restored::Whole));
    }
    tracing::warn!(lost, "the outbox cannot be read as a whole");
    Ok((entries, Restored::Partly))
}

/// Writes an entry down, or over its older form.
pub(super) async fn keep(series: &Series, entry: &Entry) -> Result<(), VaultError> {
    // Texts, numbers and times always have a JSON form.
    let bytes = serde_json::to_vec(entry).unwrap_or_default();
    commit(
        series,
        vec![(RecordId(entry.request.0.clone()), bytes)],
        vec![],
    )
    .await
}

/// Takes an entry out.
pub(super) async fn erase(series: &Series, request: &RequestId) -> Result<(), VaultError> {
    commit(series, vec![], vec![RecordId(request.0.clone())]).await
}

async fn commit(
    series: &Series,
    put: Vec<(RecordId, Vec<u8>)>,
    delete: Vec<RecordId>,
) -> Result<(), VaultError> {
    series
        .commit(Batch {
            put,
            delete,
            head: Vec::new(),
            replace: false,
        })
        .await
}
