//! Ways to join a meeting.

mod find;
mod services;
pub mod text;

pub use find::{Sources, find};
pub use services::{BadTable, Services};

use serde::{Deserialize, Serialize};
use url::Url;

/// One way to join.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JoinLink {
    /// What is opened: `https`, or a vendor's scheme from the allow-list.
    pub url: Url,
    /// Service as people call it, for example `Webex`; the host where the
    /// service is not known.
    pub provider: String,
    /// Host that is opened, as it is shown to the user.
    pub host: String,
}

/// All ways to join, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JoinLinks(pub Vec<JoinLink>);

impl JoinLinks {
    /// The best one.
    pub fn best(&self) -> Option<&JoinLink> {
        self.0.first()
    }
    /// `true` when the links lead to different services, so that the user
    /// has to say which is meant.
    pub fn is_ambiguous(&self) -> bool {
        self.0
            .windows(2)
            .any(|pair| pair[0].provider != pair[1].provider)
    }
}
