//! A user's presence at rest: the head of a series of its own, which has no
//! records, so that nothing of it expires.

use chrono::{DateTime, Utc};
use engine::Oof;
use serde::{Deserialize, Serialize};
use vault::{Batch, Series, VaultError};

/// What the head holds, as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "oof", rename_all = "snake_case")]
pub enum Presence {
    /// No automatic replies.
    #[serde(rename = "off")]
    InOffice,
    /// Automatic replies until they are switched off.
    #[serde(rename = "on")]
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
pub async fn keep(series: &Series, presence: Presence) -> Result<(), VaultError> {
    let batch = Batch {
        // Names and times always have a JSON form.
        head: serde_json::to_vec(&presence).unwrap_or_default(),
        ..Batch::default()
    };
    series.commit(batch).await
}
