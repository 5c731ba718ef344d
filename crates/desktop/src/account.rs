//! One account.

use std::{fmt, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
pub use engine::exchange::TICKETS;
use serde::{Deserialize, Serialize};
use specta::Type;
use url::Url;

/// Names an account on this machine, for as long as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub Arc<str>);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is written down about an account. The password is not: it is in the
/// keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name on this machine.
    pub id: AccountId,
    /// Where its meetings are read.
    #[serde(default, skip_serializing_if = "is_exchange")]
    pub source: Source,
    /// Address of the EWS endpoint, or of the hybrid service.
    pub server: Url,
    /// User name as the server knows it; the mailbox's address where a hybrid
    /// service is read.
    pub user: String,
    /// PEM file with an authority of one's own, beside the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// How it may sign in.
    #[serde(default)]
    pub sign_in: SignIn,
    /// By which search the server was found; `None` where somebody named it,
    /// who is the only one to change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

/// A server that was found by an e-mail address. It is searched for again each
/// day, and when the mailbox seems to have moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// When the search last named a server that lets the account in.
    pub asked: DateTime<Utc>,
    /// By whose address, and where it may be.
    pub by: FoundBy,
}

/// What a server was searched for by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct FoundBy {
    /// E-mail address of the mailbox.
    pub address: String,
    /// Places outside the address's domain, `host` or `host:port`, which the
    /// user has confirmed.
    pub trusted: Vec<String>,
}

/// Where an account's meetings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// At the Exchange server, signed in as the user.
    #[default]
    Exchange,
    /// At the organization's hybrid service, by the key of this device.
    Service,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_exchange(source: &Source) -> bool {
    *source == Source::Exchange
}

/// How an account signs in. There is no step from one to another but the
/// user's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// By NTLM, which never sends the password.
    #[default]
    Ntlm,
    /// Also by Basic, which sends it over TLS, where the server offers no NTLM.
    NtlmOrBasic,
    /// By the Kerberos ticket of whoever is logged in to this computer.
    Kerberos,
    /// In the browser, by OAuth 2.0; the refresh token is in the keyring.
    #[serde(rename = "oauth")]
    OAuth(Registered),
}

/// What an organisation has registered Joinbell as, for a sign-in in the
/// browser.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The client's id. It is no secret.
    pub client: String,
    /// The address where people sign in, `…/oauth2/authorize`. Empty in a form
    /// where the server is to name it; an account that is kept has it.
    pub authority: String,
}

/// What a user is asked for when a server does not let an account in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A password.
    Password,
    /// A ticket.
    Ticket,
    /// A sign-in in the browser.
    Browser,
}

impl SignIn {
    /// What the user is asked for.
    pub fn way(&self) -> Way {
        match self {
            Self::Ntlm | Self::NtlmOrBasic => Way::Password,
            Self::Kerberos => Way::Ticket,
            Self::OAuth(_) => Way::Browser,
        }
    }
}

impl Account {
    /// Whether signing in and writing down the same once more is meant.
    pub(crate) fn is_of(&self, server: &Url, user: &str) -> bool {
        self.server == *server && self.user == user
    }

    /// Host of the server, as it is shown.
    pub fn host(&self) -> String {
        self.server.host_str().unwrap_or_default().to_owned()
    }
}

/// Path of the EWS endpoint on a server that was named without a path.
const ENDPOINT: &str = "/EWS/Exchange.asmx";

/// The address of an EWS endpoint as people write it: a host name will do.
/// `None` when it is no web address, or one that would carry the password in
/// the clear: `http` is for the own machine only.
pub fn endpoint(written: &str) -> Option<Url> {
    let written = written.trim();
    let with_scheme = if written.contains("://") {
        written.to_owned()
    } else {
        format!("https://{written}")
    };
    let mut url: Url = with_scheme.parse().ok()?;
    let local = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let allowed = url.scheme() == "https" || (url.scheme() == "http" && local);
    if !allowed || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    if url.path() == "/" {
        url.set_path(ENDPOINT);
    }
    url.set_fragment(None);
    Some(url)
}

/// The address of a hybrid service as people write it: a host name will do,
/// and the organization's id stands behind it where the service has several.
/// `None` when it is no web address or not over TLS.
pub fn service(written: &str) -> Option<Url> {
    let written = written.trim();
    let with_scheme = if written.contains("://") {
        written.to_owned()
    } else {
        format!("https://{written}")
    };
    let mut url: Url = with_scheme.parse().ok()?;
    let allowed = url.scheme() == "https" && url.has_host();
    if !allowed || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mail.example.org", "https://mail.example.org/EWS/Exchange.asmx")]
    #[case(
        " https://mail.example.org/ ",
        "https://mail.example.org/EWS/Exchange.asmx"
    )]
    #[case(
        "https://mail.example.org:444/ews/x",
        "https://mail.example.org:444/ews/x"
    )]
    #[case("http://127.0.0.1:8080", "http://127.0.0.1:8080/EWS/Exchange.asmx")]
    #[case("http://[::1]:8080/e", "http://[::1]:8080/e")]
    fn an_address_is_taken_as_people_write_it(#[case] written: &str, #[case] url: &str) {
        assert_eq!(endpoint(written).unwrap().as_str(), url);
    }

    #[rstest]
    #[case("")]
    #[case("http://mail.example.org/EWS/Exchange.asmx")]
    #[case("https://anna:secret@mail.example.org/")]
    #[case("ftp://mail.example.org")]
    #[case("https://")]
    #[case("mail example org")]
    #[case("http://127.0.0.1.example.org/")]
    fn an_address_that_cannot_be_used_safely_is_refused(#[case] written: &str) {
        assert_eq!(endpoint(written), None);
    }

    #[rstest]
    #[case("joinbell.example.org", Some("https://joinbell.example.org/"))]
    #[case(
        " https://joinbell.example.org:8443/0123?x#y ",
        Some("https://joinbell.example.org:8443/0123")
    )]
    #[case("http://127.0.0.1:8443", None)]
    #[case("https://anna:secret@joinbell.example.org", None)]
    #[case("", None)]
    #[case("two words", None)]
    fn a_service_is_spoken_to_over_tls_alone(#[case] written: &str, #[case] url: Option<&str>) {
        assert_eq!(service(written).as_ref().map(Url::as_str), url);
    }
}
