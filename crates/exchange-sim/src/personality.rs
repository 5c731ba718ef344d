//! The server families a simulator can behave as.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which server answers. What differs shows on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Personality {
    /// Microsoft Exchange Server Subscription Edition.
    #[default]
    ExchangeSe,
    /// grommunio (Gromox 3.10): does not expand series in a CalendarView,
    /// keeps changes of occurrences out of the change log, tells of changes
    /// and deletions as events of the folder, takes a bad sync state as
    /// empty, and writes several values in forms of its own.
    Grommunio,
}

impl FromStr for Personality {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "exchange-se" => Ok(Self::ExchangeSe),
            "grommunio" => Ok(Self::Grommunio),
            other => Err(format!(
                "there is no personality {other}; use exchange-se or grommunio"
            )),
        }
    }
}
