//! Finding a mailbox's server from its address.
//!
//! [`find`] is the anonymous phase: no credential is within reach of it, and
//! no name outside the address's own domain is ever asked. In 2021 clients
//! which "backed off" to `autodiscover.<tld>` handed hundreds of thousands of
//! passwords to whoever owned those names (Guardicore). [`find_as`] begins in
//! the same way and then signs in, at hosts alone that the [`Policy`] let
//! through as [`Trusted`].
//! Reference: "Autodiscover for Exchange", MS-OXDISCO, MS-OXDSCLI,
//! MS-OXWSADISC.

mod anonymous;
mod dns;
mod policy;
mod pox;
mod said;
#[cfg(test)]
mod samples;
mod signed_in;
mod soap;
#[cfg(test)]
mod tests;
mod trail;
mod v2;

use std::{path::PathBuf, sync::Arc, time::Duration};

use thiserror::Error;
use url::Url;

pub use dns::{Answering, Dns, NameServers, Srv};
pub use policy::{BadAddress, Distrust, Domain, Policy, Trust, Trusted};
pub use trail::Protocol;

use crate::transport::{Credentials, Dial, Endpoint, Tcp, knock};
use anonymous::AnonClient;
use signed_in::End;
use trail::Trail;

/// One answer's time.
const WITHIN: Duration = Duration::from_secs(5);
/// The time of a whole search, however many hosts are slow.
const WHOLE_WITHIN: Duration = Duration::from_mins(2);

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
        /// The host that was named, and its port where that is not 443.
        host: String,
    },
    /// The mailbox is in Exchange Online.
    #[error(
        "{domain} keeps its mailboxes in Exchange Online ({host}), where EWS ends in April 2027; \
         Joinbell serves Exchange on your own premises"
    )]
    ExchangeOnline {
        /// The address's domain.
        domain: String,
        /// The host that was named.
        host: String,
    },
    /// The password was refused.
    #[error(
        "{host} refused the user name or the password; check both (some servers want \
         DOMAIN\\name, others name@domain)"
    )]
    SignIn {
        /// Who refused.
        host: String,
    },
    /// The server has no such mailbox.
    #[error("{host} knows no mailbox of this address; check how it is written")]
    NoMailbox {
        /// Who says so.
        host: String,
    },
}

/// How hosts are reached.
#[derive(Clone)]
pub struct Way {
    /// Certificates in PEM form that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// An HTTP proxy of the anonymous phase; without one those of the
    /// environment's usual variables are taken.
    pub proxy: Option<Url>,
    /// Places outside the address's domain, `host` or `host:port`, which the
    /// user has seen and confirmed.
    pub confirmed: Vec<String>,
    /// Who is asked for service records.
    pub dns: Arc<dyn Dns>,
    /// How the phase that signs in opens its connections.
    pub dial: Arc<dyn Dial>,
    /// Whether somebody who signs in asks for the grouping where the server
    /// itself is known without.
    pub wants_grouping: bool,
}

impl Default for Way {
    fn default() -> Self {
        Self {
            ca_file: None,
            proxy: None,
            confirmed: Vec::new(),
            dns: Arc::new(NameServers::default()),
            dial: Arc::new(Tcp),
            wants_grouping: false,
        }
    }
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Way")
            .field("ca_file", &self.ca_file)
            .field("confirmed", &self.confirmed)
            .finish_non_exhaustive()
    }
}

/// The server of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The address of EWS; the policy let it through.
    pub url: Url,
    /// How it was found.
    pub protocol: Protocol,
    /// The mailbox's own address, where a redirect told another one than was
    /// asked for. The user name does not change with it.
    pub address: String,
    /// Mailboxes with the same grouping and server can share a stream.
    pub grouping: Option<String>,
}

/// One step of a search, for whoever looks for a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// How was asked.
    pub protocol: Protocol,
    /// Who was asked: a host, or the name of a service record.
    pub place: String,
    /// What came of it.
    pub saying: Saying,
}

impl Heard {
    fn new(protocol: Protocol, place: &str, saying: Saying) -> Self {
        Self {
            protocol,
            place: place.to_owned(),
            saying,
        }
    }
}

impl std::fmt::Display for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let protocol = match self.protocol {
            Protocol::V2 => "V2",
            Protocol::Srv => "SRV",
            Protocol::Soap => "SOAP",
            Protocol::Pox => "POX",
        };
        write!(f, "{protocol} {}: ", self.place)?;
        match &self.saying {
            Saying::Named => f.write_str("named a server"),
            Saying::Redirected => f.write_str("redirected"),
            Saying::Records { number } => write!(f, "{number} records"),
            Saying::NothingOfUse { status } => write!(f, "HTTP {status}"),
            Saying::Unreachable => f.write_str("unreachable"),
            Saying::Untrusted { reason } => write!(f, "certificate not trusted ({reason})"),
            Saying::NoMailbox => f.write_str("no such mailbox"),
            Saying::SignInRefused => f.write_str("sign-in refused"),
            Saying::NoCommonScheme { offered } => write!(f, "offers only {offered:?}"),
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saying {
    /// It named a server.
    Named,
    /// It named another place or address.
    Redirected,
    /// It answered with so many service records.
    Records {
        /// How many.
        number: usize,
    },
    /// It answered with this HTTP status, and with nothing of use.
    NothingOfUse {
        /// HTTP status code.
        status: u16,
    },
    /// No connection, or no answer in time.
    Unreachable,
    /// Its certificate is not trusted; nothing was sent.
    Untrusted {
        /// What the verifier says.
        reason: String,
    },
    /// It knows no such mailbox.
    NoMailbox,
    /// It refused the password.
    SignInRefused,
    /// It offers no sign-in that the account allows; nothing was sent.
    NoCommonScheme {
        /// What it offers.
        offered: String,
    },
}

/// A search and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// The steps, in order.
    pub heard: Vec<Heard>,
    /// What was found.
    pub outcome: Result<Found, NotFound>,
}

/// Finds the EWS address of a mailbox without showing anybody a credential:
/// Autodiscover V2 at `autodiscover.DOMAIN` and `DOMAIN`, then at the targets
/// of the service record, as far as they are in the domain or confirmed.
/// A foreign server is an error which names it, so that a person can decide.
///
/// There is no way to pass a credential:
///
/// ```compile_fail
/// # async fn search(way: &ews::autodiscover::Way, credentials: &ews::Credentials) {
/// ews::autodiscover::find("anna@example.org", credentials, way).await;
/// # }
/// ```
pub async fn find(address: &str, way: &Way) -> Discovery {
    search(address, None, way).await
}

/// The same, and where that finds nothing, SOAP and plain XML with a sign-in
/// at the same hosts. At most three refused passwords, whatever happens, and
/// at most ten redirects.
pub async fn find_as(address: &str, credentials: &Credentials, way: &Way) -> Discovery {
    search(address, Some(credentials), way).await
}

async fn search(address: &str, credentials: Option<&Credentials>, way: &Way) -> Discovery {
    let mut heard = Vec::new();
    let looking = look(address, credentials, way, &mut heard);
    let looked = tokio::time::timeout(WHOLE_WITHIN, looking).await;
    let outcome = looked.unwrap_or_else(|_| {
        let domain = Domain::of_address(address)?.to_string();
        let asked = asked(&heard);
        Err(NotFound::Nobody { domain, asked })
    });
    Discovery { heard, outcome }
}

async fn look(
    address: &str,
    credentials: Option<&Credentials>,
    way: &Way,
    heard: &mut Vec<Heard>,
) -> Result<Found, NotFound> {
    let mut address = address.trim().to_owned();
    let own = Domain::of_address(&address)?;
    let client = AnonClient::new(way)?;
    let mut trail = Trail::new(Policy::new(own, &way.confirmed));
    trail.may_turn_to(&address);
    let (mut refused_by, mut unknown_to) = (None, None);
    while let Ok(domain) = Domain::of_address(&address) {
        let search = anonymous::search(&address, domain, &client, way, &mut trail, heard).await;
        let found = |url: &Trusted, protocol, grouping| Found {
            url: url.url().clone(),
            protocol,
            address: address.clone(),
            grouping,
        };
        if let Some(server) = &search.server {
            let named = found(server, Protocol::V2, None);
            let Some(credentials) = credentials.filter(|_| way.wants_grouping) else {
                return Ok(named);
            };
            // V2 tells no grouping; whoever has answered it is asked again.
            let hosts = &search.hosts;
            let interview =
                signed_in::interview(&address, hosts, credentials, way, &mut trail, heard).await;
            // Whoever refused is one of the hosts that were asked; what the
            // server itself says of the password is decisive.
            let refused_by = interview.refused_by.clone();
            return match (interview.end(), refused_by) {
                (End::Servers(_, grouping), _) => Ok(Found { grouping, ..named }),
                (_, Some(host)) if host == server.place() => Err(NotFound::SignIn { host }),
                (End::Address(_) | End::Nobody, _) => Ok(named),
            };
        }
        // Who was named a place that has to be confirmed first is asked, and
        // not those who would name the same place for the password.
        let Some(credentials) = credentials.filter(|_| !search.named_elsewhere) else {
            break;
        };
        let interview =
            signed_in::interview(&address, &search.hosts, credentials, way, &mut trail, heard)
                .await;
        refused_by = interview.refused_by.clone().or(refused_by);
        unknown_to = interview.unknown_to.clone().or(unknown_to);
        match interview.end() {
            End::Servers(servers, grouping) => {
                let protocol = heard.last().map_or(Protocol::Soap, |step| step.protocol);
                if let Some(server) = first_within_reach(&servers, way).await {
                    return Ok(found(server, protocol, grouping));
                }
                break;
            }
            End::Address(next) => address = next,
            End::Nobody => break,
        }
    }
    Err(reason(&trail, refused_by, unknown_to, heard))
}

/// Path and body of the plain question about a mailbox, for a host that was
/// found otherwise.
pub(crate) fn question_of(address: &str) -> (&'static str, String) {
    (pox::PATH, pox::request(address))
}

/// The first server that answers over a trusted connection, as one may be for
/// inside the company's network and another for outside. Where none does, the
/// first: the next call says what is wrong with it.
async fn first_within_reach<'a>(servers: &'a [Trusted], way: &Way) -> Option<&'a Trusted> {
    if servers.len() > 1 {
        for server in servers {
            let Ok(endpoint) = Endpoint::new(server.url().as_str(), way.ca_file.clone()) else {
                continue;
            };
            if knock(&endpoint, way.dial.as_ref()).await.is_ok() {
                return Some(server);
            }
        }
    }
    servers.first()
}

/// The reason that helps most.
fn reason(
    trail: &Trail,
    refused_by: Option<String>,
    unknown_to: Option<String>,
    heard: &[Heard],
) -> NotFound {
    let domain = trail.policy().domain().to_string();
    if let Some(host) = trail.foreign() {
        let host = host.to_owned();
        return NotFound::Foreign { domain, host };
    }
    if let Some(host) = trail.online() {
        let host = host.to_owned();
        return NotFound::ExchangeOnline { domain, host };
    }
    if let Some(host) = refused_by {
        return NotFound::SignIn { host };
    }
    if let Some(host) = unknown_to {
        return NotFound::NoMailbox { host };
    }
    let asked = asked(heard);
    NotFound::Nobody { domain, asked }
}

/// The hosts that were asked, once each.
fn asked(heard: &[Heard]) -> String {
    let mut asked: Vec<&str> = Vec::new();
    for step in heard {
        if step.protocol != Protocol::Srv && !asked.contains(&step.place.as_str()) {
            asked.push(&step.place);
        }
    }
    asked.join(" and ")
}

/// Reads an answer as all the languages of Autodiscover, for fuzzing.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn read_in_every_language(bytes: &[u8]) {
    let document = String::from_utf8_lossy(bytes);
    let _said = v2::read(bytes);
    let _said = soap::read(&document);
    let _said = pox::read(&document);
}
