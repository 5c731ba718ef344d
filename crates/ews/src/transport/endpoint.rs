//! Which server, and as whom.

use std::{path::PathBuf, sync::Arc};

use url::{Host, Url};
use zeroize::Zeroizing;

use super::sign_in::Basic;
use crate::{Error, error::AddressProblem, oauth::Tokens};

/// A server's address that may be given credentials: `https`, or `http` to
/// this very machine, where the simulated Exchange listens (SR-16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    ca_file: Option<PathBuf>,
}

/// The path of EWS on every Exchange Server.
const PATH: &str = "/EWS/Exchange.asmx";

impl Endpoint {
    /// Checks an address as people write it; a bare host gets the usual path.
    /// `ca_file` names certificates in PEM form that are trusted beside the
    /// system's.
    pub fn new(address: &str, ca_file: Option<PathBuf>) -> Result<Self, Error> {
        let address = address.trim();
        let with_scheme = if address.contains("://") {
            address.to_owned()
        } else {
            format!("https://{address}")
        };
        let mut url =
            Url::parse(&with_scheme).map_err(|_| Error::Address(AddressProblem::NoUrl))?;
        let Some(host) = url.host() else {
            return Err(Error::Address(AddressProblem::NoUrl));
        };
        let loopback = is_loopback(&host);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(Error::Address(AddressProblem::NotEncrypted)),
            _ => return Err(Error::Address(AddressProblem::NoUrl)),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Address(AddressProblem::Userinfo));
        }
        let name = host.to_string();
        if ["outlook.office365.com", "outlook.office.com"].contains(&name.as_str()) {
            return Err(Error::ExchangeOnline { host: name });
        }
        if url.path() == "/" {
            url.set_path(PATH);
        }
        url.set_fragment(None);
        Ok(Self { url, ca_file })
    }

    /// The address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn ca_file(&self) -> Option<&PathBuf> {
        self.ca_file.as_ref()
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the server is on this very machine.
    pub(crate) fn is_local(&self) -> bool {
        self.url.host().is_some_and(|host| is_loopback(&host))
    }

    /// Host without brackets, for TLS and for connecting.
    pub(crate) fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// Host and, where it is not the usual one, port.
    pub(crate) fn authority(&self) -> String {
        self.url.authority().to_owned()
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// As whom to sign in.
#[derive(Clone)]
pub enum Credentials {
    /// A password, proven by NTLM or, by permission, sent.
    Password {
        /// As the server knows the user.
        user: String,
        /// Wiped when dropped.
        password: Zeroizing<String>,
        /// Whether it may be sent. To this very machine it always may.
        basic: Basic,
    },
    /// Tokens, and nothing else: no server talks the account down from them.
    Tokens(Arc<Tokens>),
    /// The Kerberos ticket of whoever is logged in to this machine, and
    /// nothing else. A build without the feature `kerberos` has none
    /// ([`crate::transport::TICKETS`]).
    Ticket,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(‹redacted›)")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mail.example.org", "https://mail.example.org/EWS/Exchange.asmx")]
    #[case(
        "https://mail.example.org",
        "https://mail.example.org/EWS/Exchange.asmx"
    )]
    #[case(
        " https://mail.example.org/ews/exchange.asmx ",
        "https://mail.example.org/ews/exchange.asmx"
    )]
    #[case(
        "http://127.0.0.1:8080/EWS/Exchange.asmx",
        "http://127.0.0.1:8080/EWS/Exchange.asmx"
    )]
    fn an_address_is_taken_as_people_write_it(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Endpoint::new(text, None).unwrap().url().as_str(), expected);
    }

    #[rstest]
    #[case(
        "http://mail.example.org/EWS/Exchange.asmx",
        AddressProblem::NotEncrypted
    )]
    #[case("http://127.0.0.1.example.org/", AddressProblem::NotEncrypted)]
    #[case("ftp://mail.example.org/", AddressProblem::NoUrl)]
    #[case("https://", AddressProblem::NoUrl)]
    #[case("https://anna:secret@mail.example.org/", AddressProblem::Userinfo)]
    fn sr_16_an_address_without_encryption_or_sense_is_refused(
        #[case] text: &str,
        #[case] problem: AddressProblem,
    ) {
        assert_eq!(Endpoint::new(text, None), Err(Error::Address(problem)));
    }

    #[test]
    fn exchange_online_is_refused_by_name() {
        let refused = Endpoint::new("outlook.office365.com", None);
        assert!(matches!(refused, Err(Error::ExchangeOnline { .. })));
    }
}
