//! What the two protocols that need a sign-in can answer.

use url::Url;

/// The answer about one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Where its EWS is.
    Settings(Settings),
    /// Ask again for this address. The user name stays as it is (quirk 53).
    RedirectAddress(String),
    /// Ask there.
    RedirectUrl(Url),
    /// There is no such mailbox.
    NoMailbox,
    /// An error, or nothing that can be read.
    Nothing,
}

/// What is taken of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// Addresses of EWS, best first: one for outside the company's network is
    /// of use inside as well, as a rule; the other way round never.
    pub(super) servers: Vec<Url>,
    /// Mailboxes of the same grouping can share a stream.
    pub(super) grouping: Option<String>,
}

impl Settings {
    /// Sorts addresses by rank and drops the second of two equals.
    pub(super) fn new(mut ranked: Vec<(u8, Url)>, grouping: Option<String>) -> Self {
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut servers: Vec<Url> = Vec::new();
        for (_, url) in ranked {
            if !servers.contains(&url) {
                servers.push(url);
            }
        }
        Self { servers, grouping }
    }
}

/// A URL as it stands in an answer.
pub(super) fn url(text: &str) -> Option<Url> {
    Url::parse(text.trim()).ok()
}
