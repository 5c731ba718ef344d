//! Out-of-office settings as a sealed record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vault::{Batch, Loaded, Series, VaultError};

use crate::snapshot::Oof;

#[derive(Serialize, Deserialize)]
#[serde(tag = "oof", rename_all = "snake_case")]
enum Kept {
    Off,
    On,
    Planned {
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    },
}

/// Stores what the server said; for the connector. It stands in the head: a
/// series without records has nothing that could expire.
pub async fn keep(series: &Series, oof: Option<Oof>) -> Result<(), VaultError> {
    let kept = match oof {
        None => Kept::Off,
        Some(Oof::On) => Kept::On,
        Some(Oof::Planned { start, end }) => Kept::Planned { start, end },
    };
    let batch = Batch {
        // Names and times always have a JSON form.
        head: serde_json::to_vec(&kept).unwrap_or_default(),
        ..Batch::default()
    };
    series.commit(batch).await
}

/// What was stored last; `None` when that is nothing.
pub(super) fn read(loaded: &Loaded) -> Option<Oof> {
    match serde_json::from_slice(loaded.head.as_deref()?).ok()? {
        Kept::Off => None,
        Kept::On => Some(Oof::On),
        Kept::Planned { start, end } => Some(Oof::Planned { start, end }),
    }
}
