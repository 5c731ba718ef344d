//! Ways to join a meeting.

pub mod address;
mod find;
mod safe_links;
mod scan;
mod services;
pub mod text;

pub use find::{Sources, find};
pub use services::{BadTable, Services};

use serde::{Deserialize, Serialize};
use url::Url;

/// One way to join.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JoinLink {
    /// What is opened: `https`, or an address of a video system or telephone
    /// whose form [`address::shown`] has checked.
    pub url: Url,
    /// Service as people call it, for example `Webex`; the host where the
    /// service is not known.
    pub provider: String,
    /// Host that is opened, as it is shown to the user; the number of a
    /// telephone.
    pub host: String,
    /// Where the service's own program takes the link; opened in place of
    /// [`JoinLink::url`] for the services the user has chosen it for.
    #[serde(default)]
    pub app: Option<Box<Url>>,
}

/// All ways to join, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JoinLinks(pub Vec<JoinLink>);

impl JoinLink {
    /// Whether a browser opens it.
    pub fn is_web(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it leads to a service of the table that is built in, or of the
    /// file which the settings name. Nothing in a meeting adds to these.
    pub fn is_known(&self) -> bool {
        self.provider != self.host
    }
}

impl JoinLinks {
    /// The best one.
    pub fn best(&self) -> Option<&JoinLink> {
        self.0.first()
    }

    /// Those to choose from, with their places. Beside a web address the
    /// addresses of video systems and telephones are another way into the
    /// same meeting as a rule, and no choice that has to be made.
    pub fn choices(&self) -> impl Iterator<Item = (usize, &JoinLink)> {
        let on_the_web = self.0.iter().any(JoinLink::is_web);
        self.0
            .iter()
            .enumerate()
            .filter(move |(_, link)| link.is_web() || !on_the_web)
    }

    /// `true` when the links lead to different services, so that the user
    /// has to say which is meant.
    pub fn is_ambiguous(&self) -> bool {
        let mut choices = self.choices().map(|(_, link)| link);
        let Some(first) = choices.next() else {
            return false;
        };
        choices.any(|other| {
            if first.is_web() {
                other.provider != first.provider
            } else {
                other.host != first.host
            }
        })
    }
}
