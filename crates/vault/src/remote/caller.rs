//! Signed requests to one of the two programs.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use reqwest::{Client, Method, Response, StatusCode, header::AUTHORIZATION, redirect};
use serde::Serialize;
use thiserror::Error;

use super::tls;
use crate::{
    hybrid::{
        cbor,
        passport::{self, Audience, Head, Holder, Request, SignKey},
    },
    opaque::OpaqueId,
};

/// Gives the present moment, in seconds since 1970.
pub type Now = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Who somebody is in an organization.
#[derive(Debug)]
pub struct Membership {
    /// The organization.
    pub organization: OpaqueId,
    /// Who in it.
    pub holder: Holder,
    /// The key that says so.
    pub key: SignKey,
}

/// Why one of the programs did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RemoteError {
    /// The address or the CA file is of no use.
    #[error("{0} cannot be used: {1}")]
    Unusable(String, String),
    /// It does not answer.
    #[error("{0} does not answer; check the network, it is tried again")]
    Away(String),
    /// Its certificate is not trusted.
    #[error(
        "The certificate of {0} is not trusted; name the file with your organization's authority"
    )]
    Untrusted(String),
    /// It does not know who asks, or not any more.
    #[error("{0} does not know this device; add it again")]
    Unknown(String),
    /// Its clock and the one here are too far apart for it to believe who asks.
    #[error(
        "The clocks of this computer and of {0} are two minutes apart or more; set the clock, it \
         is tried again"
    )]
    Clock(String),
    /// It is for others.
    #[error("{0} refuses this; it is for others")]
    Refused(String),
    /// There is no such thing, or not for this asker.
    #[error("{0} has no such thing for this device")]
    Absent(String),
    /// The message is too long for it.
    #[error("{0} does not take so much at once; whoever runs it can let it take more")]
    TooLong(String),
    /// It asks for quiet.
    #[error("{0} is busy; it is tried again in a minute")]
    Busy(String),
    /// Its answer makes no sense.
    #[error("{0} gave an answer that makes no sense; it is tried again")]
    Garbled(String),
    /// What it sealed is not for this question, or not by the key service.
    #[error("{0} did not prove to be your organization's key service; nothing was taken over")]
    Impostor(String),
}

/// A question.
pub struct Asked<'a> {
    method: Method,
    path: &'a str,
    body: Vec<u8>,
    media_type: &'static str,
}

const JSON: &str = "application/json";

impl<'a> Asked<'a> {
    fn with(method: Method, path: &'a str, message: &impl Serialize) -> Self {
        Self {
            method,
            path,
            // Messages are texts, numbers and lists of them: they have a JSON
            // form.
            body: serde_json::to_vec(message).unwrap_or_default(),
            media_type: JSON,
        }
    }

    fn bare(method: Method, path: &'a str) -> Self {
        Self {
            method,
            path,
            body: Vec::new(),
            media_type: JSON,
        }
    }

    /// Without a body; the answer has sealed records, in CBOR.
    pub fn get_records(path: &'a str) -> Self {
        Self {
            media_type: cbor::MEDIA_TYPE,
            ..Self::get(path)
        }
    }

    /// With a message that has sealed records, in CBOR.
    pub fn post_records(path: &'a str, message: &impl Serialize) -> Self {
        Self {
            method: Method::POST,
            path,
            body: cbor::encode(message),
            media_type: cbor::MEDIA_TYPE,
        }
    }

    /// Without a body.
    pub fn get(path: &'a str) -> Self {
        Self::bare(Method::GET, path)
    }

    /// Without a body.
    pub fn delete(path: &'a str) -> Self {
        Self::bare(Method::DELETE, path)
    }

    /// With a message.
    pub fn put(path: &'a str, message: &impl Serialize) -> Self {
        Self::with(Method::PUT, path, message)
    }

    /// Without a body.
    pub fn put_bare(path: &'a str) -> Self {
        Self::bare(Method::PUT, path)
    }

    /// With a message.
    pub fn post(path: &'a str, message: &impl Serialize) -> Self {
        Self::with(Method::POST, path, message)
    }
}

/// Asks one of the programs. Clones share the connections.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    base: Arc<str>,
    audience: Audience,
    member: Option<Arc<Membership>>,
    now: Now,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caller")
    }
}

/// How long a connection and an answer may take.
const WITHIN: Duration = Duration::from_secs(30);
/// How long a feed may be silent: it says something every 15 seconds.
const SILENT: Duration = Duration::from_secs(45);

impl Caller {
    /// Asks the program at `base`, an address with `https`, and trusts the
    /// system's authorities and those of `ca_file`.
    pub fn new(
        base: &str,
        ca_file: Option<&Path>,
        audience: Audience,
        member: Option<Arc<Membership>>,
        now: Now,
    ) -> Result<Self, RemoteError> {
        let unusable = |why: String| RemoteError::Unusable(base.to_owned(), why);
        if !base.starts_with("https://") {
            return Err(unusable("it must begin with https://".to_owned()));
        }
        let tls = tls::config(ca_file).map_err(unusable)?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .connect_timeout(WITHIN)
            .read_timeout(SILENT)
            .user_agent(concat!("Joinbell/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| RemoteError::Unusable(base.to_owned(), error.to_string()))?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').into(),
            audience,
            member,
            now,
        })
    }

    /// Where it is, for errors.
    pub fn host(&self) -> String {
        self.base.trim_start_matches("https://").to_owned()
    }

    /// Who asks; `None` for a stranger.
    pub fn member(&self) -> Option<&Membership> {
        self.member.as_deref()
    }

    /// The present moment.
    pub fn now(&self) -> u64 {
        (self.now)()
    }

    /// Asks, and reads an answer of at most `most` bytes.
    pub async fn ask(&self, asked: Asked<'_>, most: usize) -> Result<Vec<u8>, RemoteError> {
        let all = async {
            let mut response = self.open(asked).await?;
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|_| self.away())? {
                if bytes.len() + chunk.len() > most {
                    return Err(RemoteError::Garbled(self.host()));
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        };
        let answer = tokio::time::timeout(2 * WITHIN, all).await;
        answer.unwrap_or_else(|_| Err(self.away()))
    }

    fn away(&self) -> RemoteError {
        RemoteError::Away(self.host())
    }

    /// Asks, and gives the answer while it comes.
    pub(super) async fn open(&self, asked: Asked<'_>) -> Result<Response, RemoteError> {
        let url = format!("{}{}", self.base, asked.path);
        let mut request = self
            .client
            .request(asked.method.clone(), url)
            .header(reqwest::header::ACCEPT, asked.media_type);
        if let Some(member) = &self.member {
            let signed = Request {
                head: Head {
                    audience: self.audience,
                    method: asked.method.as_str(),
                    path: asked.path,
                },
                body: &asked.body,
            };
            let (organization, holder) = (member.organization, member.holder);
            let value = passport::sign(&member.key, organization, holder, signed, self.now());
            request = request.header(AUTHORIZATION, value);
        }
        if !asked.body.is_empty() {
            request = request
                .header(reqwest::header::CONTENT_TYPE, asked.media_type)
                .body(asked.body);
        }
        let response = request.send().await.map_err(|error| {
            if tls::is_untrusted(&error) {
                RemoteError::Untrusted(self.host())
            } else {
                self.away()
            }
        })?;
        let host = self.host();
        Err(match response.status() {
            status if status.is_success() => return Ok(response),
            StatusCode::UNAUTHORIZED if response.headers().contains_key(passport::EXPIRED) => {
                RemoteError::Clock(host)
            }
            StatusCode::UNAUTHORIZED => RemoteError::Unknown(host),
            StatusCode::FORBIDDEN => RemoteError::Refused(host),
            StatusCode::NOT_FOUND => RemoteError::Absent(host),
            StatusCode::PAYLOAD_TOO_LARGE => RemoteError::TooLong(host),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                RemoteError::Busy(host)
            }
            _ => RemoteError::Garbled(host),
        })
    }
}
