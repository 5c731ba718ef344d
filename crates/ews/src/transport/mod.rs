//! Connections to one server for one account.

mod affinity;
mod answer;
mod certificate;
mod challenge;
mod client;
mod connection;
mod cookies;
mod dial;
mod each;
mod endpoint;
mod entry;
mod governor;
mod kerberos;
mod knock;
mod ntlm;
mod post;
mod proxy;
mod receive;
mod request;
mod sign_in;
mod stream;
mod tls;

pub use affinity::Group;
pub use certificate::Certificate;
pub use challenge::ServerDomain;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use challenge::read as read_challenge;
pub use client::{Client, Options};
pub use dial::{Dial, Dialing, Io, Tcp};
pub use endpoint::{Credentials, Endpoint};
pub use kerberos::TICKETS;
pub(crate) use knock::bearer_challenge;
pub use knock::{Knocked, knock, server_domain};
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use ntlm::Handshake;
pub(crate) use post::Posted;
pub use proxy::Proxies;
pub use sign_in::Basic;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use stream::Splitter;
pub use stream::StreamReader;
pub(crate) use tls::{Refusal as TlsRefusal, config as tls_config, refusal as tls_refusal};
