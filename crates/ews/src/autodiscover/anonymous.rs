//! The phase without credentials: V2 at the domain's own hosts, then the
//! service record.
//!
//! Nothing here can show a credential to anybody: no function takes one, and
//! the client that asks has none.

use std::{collections::VecDeque, error::Error as _};

use reqwest::{Client, header::LOCATION, redirect};
use url::Url;

use super::{
    Heard, Saying, WITHIN, Way,
    dns::{self, Srv},
    policy::{Domain, Trusted},
    trail::{Protocol, Trail},
    v2::{self, Answer},
};
use crate::transport::{TlsRefusal, tls_config, tls_refusal};

/// Bytes of an answer; a real one has about 150.
const ANSWER_MAX: usize = 64 * 1024;

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask this place.
    Ask(Trusted),
    /// Look this name up.
    LookUp(String),
    /// It is over.
    Over,
}

/// Decides whom to ask, without doing it.
#[derive(Debug)]
pub(super) struct Search {
    address: String,
    domain: Domain,
    queue: VecDeque<Trusted>,
    looked_up: bool,
    /// What was found.
    pub(super) server: Option<Trusted>,
    /// Whether a server was named that may not be given credentials.
    pub(super) named_elsewhere: bool,
    /// Hosts that may be asked with a sign-in afterwards.
    pub(super) hosts: Vec<Trusted>,
}

impl Search {
    pub(super) fn new(address: &str, domain: Domain, trail: &mut Trail) -> Self {
        let mut search = Self {
            address: address.to_owned(),
            queue: VecDeque::new(),
            looked_up: false,
            server: None,
            named_elsewhere: false,
            hosts: Vec::new(),
            domain,
        };
        for host in search.domain.candidates() {
            search.consider(&host, trail);
        }
        // Of a domain that is foreign, as one that a redirect names can be,
        // nothing is looked up either.
        search.looked_up = search.queue.is_empty();
        search
    }

    fn consider(&mut self, host: &str, trail: &mut Trail) {
        let Some(place) = v2::url(host).and_then(|url| trail.admit(&url)) else {
            return;
        };
        if trail.is_new(Protocol::V2, &place, &self.address) {
            self.queue.push_back(place);
        }
    }

    pub(super) fn next(&mut self) -> Next {
        if self.server.is_some() {
            return Next::Over;
        }
        if let Some(place) = self.queue.pop_front() {
            return Next::Ask(place);
        }
        if std::mem::replace(&mut self.looked_up, true) {
            return Next::Over;
        }
        Next::LookUp(dns::name(&self.domain.to_string()))
    }

    /// What a place said; `None` when it cannot be reached or is not trusted.
    pub(super) fn answered(&mut self, place: Trusted, answer: Option<Answer>, trail: &mut Trail) {
        let Some(answer) = answer else { return };
        self.hosts.push(place);
        match answer {
            Answer::Named(url) => {
                self.server = trail.admit(&url);
                self.named_elsewhere |= self.server.is_none() && url.scheme() == "https";
            }
            Answer::Redirected(url) => {
                if let Some(place) = trail.admit(&url)
                    && trail.may_redirect()
                    && trail.is_new(Protocol::V2, &place, &self.address)
                {
                    self.queue.push_front(place);
                }
            }
            Answer::Nothing => {}
        }
    }

    /// What the name servers said.
    pub(super) fn looked_up(&mut self, records: Vec<Srv>, trail: &mut Trail) {
        for record in dns::in_order(records) {
            let host = match record.port {
                443 => record.target,
                port => format!("{}:{port}", record.target),
            };
            self.consider(&host, trail);
        }
    }
}

/// A client that has no credentials, follows no redirect and keeps nothing.
#[derive(Debug, Clone)]
pub(super) struct AnonClient(Client);

impl AnonClient {
    pub(super) fn new(way: &Way) -> Result<Self, crate::Error> {
        let tls = tls_config(way.ca_file.as_deref())?;
        let unusable = |error: reqwest::Error| crate::Error::Unreachable {
            host: "the network".to_owned(),
            reason: error.to_string(),
        };
        let mut builder = Client::builder();
        if let Some(proxy) = &way.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(unusable)?);
        }
        builder
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .connect_timeout(WITHIN)
            .timeout(WITHIN)
            .user_agent(concat!("Joinbell/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(unusable)
    }

    async fn ask(&self, place: &Trusted, address: &str) -> (Option<Answer>, Saying) {
        let url = v2::question(place.url(), address);
        let response = match self.0.get(url.clone()).send().await {
            Ok(response) => response,
            Err(error) => return (None, trouble(&error)),
        };
        let status = response.status().as_u16();
        let (answer, saying) = match status {
            200..=299 => {
                let answer = v2::read(&body(response).await);
                let saying = match &answer {
                    Answer::Named(_) => Saying::Named,
                    Answer::Redirected(_) | Answer::Nothing => Saying::NothingOfUse { status },
                };
                (answer, saying)
            }
            300..=399 => {
                let location = response.headers().get(LOCATION);
                let location = location.and_then(|value| value.to_str().ok());
                let answer = v2::redirect(&url, location);
                (answer, Saying::Redirected)
            }
            _ => (Answer::Nothing, Saying::NothingOfUse { status }),
        };
        (Some(answer), saying)
    }
}

async fn body(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_MAX {
            return Vec::new();
        }
    }
    body
}

/// Which of the two a person can do something about: no connection, or a
/// certificate.
fn trouble(error: &reqwest::Error) -> Saying {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let refusal = inner.downcast_ref::<std::io::Error>().and_then(tls_refusal);
        if let Some(TlsRefusal::Certificate(reason)) = refusal {
            return Saying::Untrusted { reason };
        }
        cause = inner.source();
    }
    Saying::Unreachable
}

/// Asks until a server is found or nobody is left.
pub(super) async fn search(
    address: &str,
    domain: Domain,
    client: &AnonClient,
    way: &Way,
    trail: &mut Trail,
    heard: &mut Vec<Heard>,
) -> Search {
    let mut search = Search::new(address, domain, trail);
    loop {
        match search.next() {
            Next::Ask(place) => {
                let (answer, saying) = client.ask(&place, address).await;
                heard.push(Heard::new(Protocol::V2, place.place(), saying));
                search.answered(place, answer, trail);
            }
            Next::LookUp(name) => {
                let records = way.dns.srv(&name).await;
                let saying = Saying::Records {
                    number: records.len(),
                };
                heard.push(Heard::new(Protocol::Srv, &name, saying));
                search.looked_up(records, trail);
            }
            Next::Over => return search,
        }
    }
}

/// Where a question goes, as a URL of the same place.
pub(super) fn at(place: &Trusted, path: &str, trail: &mut Trail) -> Option<Trusted> {
    let mut url: Url = place.url().clone();
    url.set_path(path);
    url.set_query(None);
    trail.admit(&url)
}
