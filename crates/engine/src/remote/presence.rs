//! Out-of-office settings as they are sealed and sent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vault::{Batch, Loaded, Series, VaultError};

use crate::snapshot::Oof;

/// Out-of-office settings, in JSON.
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

impl From<Presence> for Option<Oof> {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::InOffice => None,
            Presence::OutOfOffice => Some(Oof::On),
            Presence::Planned { start, end } => Some(Oof::Planned { start, end }),
        }
    }
}

/// Settings as they are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    #[serde(flatten)]
    pub(super) presence: Presence,
    /// When the connector knew them; connectors of before did not say.
    pub(super) as_of: Option<DateTime<Utc>>,
}

/// Seals what is known now in the place of what was; for the connector. It
/// stands in the head of a series of its own: a series without records has
/// nothing that could expire.
pub async fn keep(
    series: &Series,
    presence: Presence,
    now: DateTime<Utc>,
) -> Result<(), VaultError> {
    let sealed = Sealed {
        presence,
        as_of: Some(now),
    };
    let batch = Batch {
        // Names and times always have a JSON form.
        head: serde_json::to_vec(&sealed).unwrap_or_default(),
        ..Batch::default()
    };
    series.commit(batch).await
}

/// What was stored last; `None` when that is nothing yet.
pub(super) fn read(loaded: &Loaded) -> Option<Sealed> {
    serde_json::from_slice(loaded.head.as_deref()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_by_programs_of_before_and_the_other_way_round() {
        let start = DateTime::UNIX_EPOCH;
        let end = start + chrono::Duration::days(1);
        for presence in [
            Presence::InOffice,
            Presence::OutOfOffice,
            Presence::Planned { start, end },
        ] {
            let as_of = Some(end);
            let now = serde_json::to_vec(&Sealed { presence, as_of }).unwrap();
            assert_eq!(serde_json::from_slice::<Presence>(&now).unwrap(), presence);
            let both: Sealed = serde_json::from_slice(&now).unwrap();
            assert_eq!(both, Sealed { presence, as_of });
            let before = serde_json::to_vec(&presence).unwrap();
            let read: Sealed = serde_json::from_slice(&before).unwrap();
            let as_of = None;
            assert_eq!(read, Sealed { presence, as_of });
        }
    }
}
