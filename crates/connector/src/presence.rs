//! A user's presence at rest: one record in a series of its own.

use chrono::{DateTime, Utc};
use engine::Oof;
use serde::{Deserialize, Serialize};
use vault::{Batch, RecordId, Series, VaultError};

/// The record's name.
pub const RECORD: &str = "oof";

/// What the record holds, as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Presence {
    /// No automatic replies.
    InOffice,
    /// Automatic replies until they are switched off.
    OutOfOffice,
    /// Automatic replies within `[start, end)`.
    Planned {
        /// From.
        start: DateTime<Utc>,
        /// Until.
        end: DateTime<Utc>,
    },
}

impl From<Option<Oof>> for Presence {
    fn from(oof: Option<Oof>) -> Self {
        match oof {
            None => Self::InOffice,
            Some(Oof::On) => Self::OutOfOffice,
            Some(Oof::Planned { start, end }) => Self::Planned { start, end },
        }
    }
}

/// Seals what is known now in the place of what was.
pub async fn keep(
    series: &Series,
    presence: Presence,
    now: DateTime<Utc>,
) -> Result<(), VaultError> {
    // Names and times always have a JSON form.
    let record = serde_json::to_vec(&presence).unwrap_or_default();
    let batch = Batch {
        put: vec![(RecordId(RECORD.to_owned()), record)],
        head: now.to_rfc3339().into_bytes(),
        replace: true,
        ..Batch::default()
    };
    series.commit(batch).await
}
