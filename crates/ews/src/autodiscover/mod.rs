//! Finding a mailbox's server from its address.
//!
//! The anonymous phase only: no credential is within reach of this module's
//! client, and no name outside the address's own domain is ever asked. In
//! 2021 clients which "backed off" to `autodiscover.<tld>` handed hundreds of
//! thousands of passwords to whoever owned those names (Guardicore).
//! Reference: "Autodiscover V2" (MS-OXDISCO), Exchange 2016 and later.

mod policy;

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;
use thiserror::Error;
use url::Url;

pub use policy::{BadAddress, Domain, Trust};

use crate::transport::tls_config;

/// One answer's time.
const WITHIN: Duration = Duration::from_secs(5);
/// Bytes of an answer; a real one has about 150.
const ANSWER_MAX: u64 = 64 * 1024;

/// Why no server was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotFound {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The CA file or the proxy cannot be used.
    #[error(transparent)]
    Way(#[from] crate::Error),
    /// Nobody answered.
    #[error(
        "No Exchange server was found for {domain}: {asked} did not tell one; ask your \
         administrator for the address of the EWS endpoint and name it as the server"
    )]
    Nobody {
        /// The address's domain.
        domain: String,
        /// What was asked.
        asked: String,
    },
    /// The server named is outside the domain.
    #[error(
        "{domain} names {host} as its server, which is outside that domain; if your \
         administrator confirms it, name it as the server yourself"
    )]
    Foreign {
        /// The address's domain.
        domain: String,
        /// The host that was named.
        host: String,
    },
}

/// How hosts are reached.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// Certificates in PEM form that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// An HTTP proxy; without one those of the environment's usual variables
    /// are taken.
    pub proxy: Option<Url>,
}

/// A client that has no credentials, follows no redirect and keeps nothing.
#[derive(Debug, Clone)]
struct AnonClient(reqwest::Client);

impl AnonClient {
    fn new(way: &Way) -> Result<Self, crate::Error> {
        let tls = tls_config(way.ca_file.as_deref())?;
        let unusable = |error: reqwest::Error| crate::Error::Unreachable {
            host: "the network".to_owned(),
            reason: error.to_string(),
        };
        let mut builder = reqwest::Client::builder();
        if let Some(proxy) = &way.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(unusable)?);
        }
        builder
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(WITHIN)
            .timeout(WITHIN)
            .user_agent(concat!("Joinbell/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(unusable)
    }

    /// What one host says; `None` when it says nothing of use.
    async fn ask(&self, host: &str, address: &str) -> Option<Url> {
        let mut url = Url::parse(&format!("https://{host}/autodiscover/autodiscover.json")).ok()?;
        url.query_pairs_mut()
            .append_pair("Email", address)
            .append_pair("Protocol", "Ews")
            .append_pair("RedirectCount", "0");
        let answer = self.0.get(url).send().await.ok()?;
        if !answer.status().is_success() || answer.content_length() > Some(ANSWER_MAX) {
            return None;
        }
        let answer: Answer = answer.json().await.ok()?;
        let url = Url::parse(&answer.url?).ok()?;
        (url.scheme() == "https" && url.host_str().is_some()).then_some(url)
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Url")]
    url: Option<String>,
}

/// Finds the EWS address of a mailbox without showing anybody a credential.
/// The answer lies within the address's own domain; a foreign one is an error
/// which names it, so that a person can decide.
pub async fn find(address: &str, way: &Way) -> Result<Url, NotFound> {
    let domain = Domain::of_address(address)?;
    let client = AnonClient::new(way)?;
    let candidates = domain.candidates();
    let mut foreign = None;
    for host in &candidates {
        let Some(url) = client.ask(host, address.trim()).await else {
            continue;
        };
        let named = url.host_str().unwrap_or_default().to_owned();
        match domain.trust(&named) {
            Trust::Own => return Ok(url),
            Trust::Foreign => foreign = foreign.or(Some(named)),
        }
    }
    Err(match foreign {
        Some(host) => NotFound::Foreign {
            domain: domain.to_string(),
            host,
        },
        None => NotFound::Nobody {
            domain: domain.to_string(),
            asked: candidates.join(" and "),
        },
    })
}
