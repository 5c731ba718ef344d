//! An account on an Exchange server, and whether it works.

use std::{path::PathBuf, sync::Arc};

use ews::{
    Client, Endpoint, Options,
    autodiscover::NotFound,
    item::Smtp,
    oauth::Issuer,
    operation::{ConvertId, GetCalendarFolder},
    transport::{Dial, Tcp},
};
use url::Url;
use vault::sensitive::Sensitive;

use super::proof::Proof;
use crate::backend::Failure;

/// What is needed to reach a mailbox.
pub struct Account {
    /// The EWS address, or a host.
    pub server: String,
    /// The user as the server knows them.
    pub user: String,
    /// What proves them.
    pub proof: Proof,
    /// Certificates in PEM form that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How connections are opened; an in-process link in simulations.
    pub dial: Arc<dyn Dial>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Account(‹redacted›)")
    }
}

impl Account {
    /// An account reached over TCP, which proves its password by NTLM.
    pub fn new(
        server: impl Into<String>,
        user: impl Into<String>,
        password: Sensitive<String>,
        ca_file: Option<PathBuf>,
    ) -> Self {
        Self::proven(server, user, Proof::password(password), ca_file)
    }

    /// An account reached over TCP, which proves itself as it is told.
    pub fn proven(
        server: impl Into<String>,
        user: impl Into<String>,
        proof: Proof,
        ca_file: Option<PathBuf>,
    ) -> Self {
        Self {
            server: server.into(),
            user: user.into(),
            proof,
            ca_file,
            dial: Arc::new(Tcp),
        }
    }

    pub(super) fn client(&self) -> Result<Client, Failure> {
        let endpoint = Endpoint::new(&self.server, self.ca_file.clone())?;
        let credentials = self.proof.credentials(&self.user);
        let options = Options {
            dial: self.dial.clone(),
            ..Options::default()
        };
        Ok(Client::new(endpoint, credentials, options)?)
    }

    pub(super) fn address(&self) -> Option<Smtp> {
        let (name, domain) = self.user.split_once('@')?;
        (!name.is_empty() && !domain.is_empty()).then(|| Smtp(self.user.clone()))
    }
}

/// Asks the server whether it is there, is trusted, speaks EWS, lets the user
/// in (ConvertId) and has a calendar for them (GetFolder).
pub async fn probe(account: &Account) -> Result<(), Failure> {
    let client = account.client()?;
    let mailbox = account
        .address()
        .unwrap_or_else(|| Smtp("user@example.org".to_owned()));
    client.call(&ConvertId { mailbox }).await?;
    client.call(&GetCalendarFolder).await?;
    Ok(())
}

/// Finds the EWS address of a mailbox by its e-mail address. Without `sign_in`
/// nobody is shown a credential; with it, hosts of the address's own domain and
/// `confirmed` places are asked signed in, where the others know nothing. An
/// HTTP `proxy` stands in the place of those of the environment where strangers
/// ask.
pub async fn find_server(
    address: &str,
    ca_file: Option<PathBuf>,
    confirmed: &[String],
    proxy: Option<&Url>,
    sign_in: Option<(&str, &Proof)>,
) -> Result<Url, NotFound> {
    let way = ews::autodiscover::Way {
        ca_file,
        proxy: proxy.cloned(),
        confirmed: confirmed.to_vec(),
        ..ews::autodiscover::Way::default()
    };
    let discovery = match sign_in {
        None => ews::autodiscover::find(address, &way).await,
        Some((user, proof)) => {
            let credentials = proof.credentials(user);
            ews::autodiscover::find_as(address, &credentials, &way).await
        }
    };
    discovery.outcome.map(|found| found.url)
}

/// Who gives out the tokens that a server takes, asked without an account.
/// `None` where it takes none, or does not say.
pub async fn issuer(server: &str, ca_file: Option<PathBuf>) -> Result<Option<Issuer>, Failure> {
    let endpoint = Endpoint::new(server, ca_file)?;
    Ok(ews::oauth::issuer(&endpoint, &Tcp).await?)
}
