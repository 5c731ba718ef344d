//! What an account proves itself by: fetched from the keyring, or got by a
//! sign-in in the browser.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engine::{
    Failure, FailureKind,
    exchange::{self, Basic, Issuer, Proof, Registration, TICKETS, TokenStore, Tokens},
};
use url::Url;
use vault::{
    keyring::{KeyRing, KeyRingError},
    sensitive::Sensitive,
};
use zeroize::Zeroizing;

use super::{exchange::trouble, unlock};
use crate::{
    ShellRefused,
    account::{Account, AccountId, Registered, SignIn, Source},
    problem::{KeyringTrouble, Seat, ServerTrouble, Trouble},
};

/// What an account proves itself by. Clones share it.
#[derive(Debug, Clone)]
pub enum Secret {
    /// A password.
    Password(Arc<Sensitive<String>>),
    /// The ticket of whoever is logged in to this computer; nothing is kept.
    Ticket,
    /// Tokens; the refresh token is what is kept.
    Tokens(Arc<Tokens>, Arc<Drawer>),
    /// The key of this device, for a hybrid service.
    Device(Arc<Sensitive<String>>),
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// The keyring does not say.
    Keyring(KeyringTrouble),
    /// It could not be used.
    Unusable(ServerTrouble),
}

impl Secret {
    /// A password as it was typed.
    pub fn password(typed: String) -> Self {
        Self::Password(Arc::new(Sensitive::new(typed)))
    }

    /// What the keyring has for an account; `None` when it has nothing.
    pub(super) async fn fetch(
        keyring: &Arc<dyn KeyRing>,
        account: &Account,
    ) -> Result<Option<Self>, Lack> {
        if account.sign_in == SignIn::Kerberos {
            return Ok(Some(Self::Ticket));
        }
        let kept = keyring.get(&unlock::secret_name(&account.id)).await;
        let kept = kept.map_err(|error| Lack::Keyring(unlock::keyring_trouble(&error)))?;
        let Some(kept) = kept.and_then(|kept| String::from_utf8(kept.expose().clone()).ok()) else {
            return Ok(None);
        };
        if account.source == Source::Service {
            return Ok(Some(Self::Device(Arc::new(Sensitive::new(kept)))));
        }
        let SignIn::OAuth(registered) = &account.sign_in else {
            return Ok(Some(Self::password(kept)));
        };
        let drawer = Drawer::new(keyring, &account.id, Where::Keyring);
        *drawer.latest() = Some(Zeroizing::new(kept));
        let unusable = |trouble: Trouble| match trouble {
            Trouble::Server(_, trouble) => Lack::Unusable(trouble),
            _ => Lack::Unusable(ServerTrouble::NotEws),
        };
        Self::tokens(account, registered, drawer)
            .map(Some)
            .map_err(unusable)
    }

    /// Signs somebody in in the browser, which `open` shows an address in.
    /// Nothing is in the keyring before [`Secret::keep`].
    pub(super) async fn by_browser(
        account: &Account,
        registered: &Registered,
        keyring: &Arc<dyn KeyRing>,
        open: impl FnOnce(&Url) -> Result<(), ShellRefused> + Send,
    ) -> Result<Self, Trouble> {
        let drawer = Drawer::new(keyring, &account.id, Where::Memory);
        let secret = Self::tokens(account, registered, drawer)?;
        let Self::Tokens(tokens, drawer) = &secret else {
            return Ok(secret);
        };
        let host = authority_host(registered);
        let (refused, no_browser) = tokio::sync::oneshot::channel();
        let signing_in = tokens.sign_in(|address| {
            if let Err(reason) = open(address) {
                tracing::warn!(%reason, "the browser is not opened");
                // The wait ends with it.
                let _ended = refused.send(());
            }
        });
        let outcome = tokio::select! {
            outcome = signing_in => outcome.map_err(Failure::from),
            Ok(()) = no_browser => return Err(Trouble::OpenFailed { host }),
        };
        outcome.map_err(|failure| match failure.kind {
            FailureKind::Credentials => Trouble::Browser { host: host.clone() },
            kind => Trouble::Server(at(&host, account), trouble(kind)),
        })?;
        if drawer.latest().is_none() {
            return Err(Trouble::NotLasting { host });
        }
        Ok(secret)
    }

    fn tokens(account: &Account, registered: &Registered, drawer: Drawer) -> Result<Self, Trouble> {
        let issuer = Issuer::at(&registered.authority).ok_or_else(|| Trouble::Authority {
            written: registered.authority.clone(),
        })?;
        let registration = Registration {
            issuer,
            client_id: registered.client.clone(),
            server: account.server.clone(),
        };
        let drawer = Arc::new(drawer);
        let store = Arc::clone(&drawer) as Arc<dyn TokenStore>;
        let tokens = Tokens::new(registration, store, account.ca_file.as_deref());
        let tokens = tokens.map_err(|error| {
            let kind = Failure::from(error).kind;
            Trouble::Server(Seat::from(account), trouble(kind))
        })?;
        Ok(Self::Tokens(Arc::new(tokens), drawer))
    }

    /// Puts it into the keyring, in place of what was there for the account.
    pub(super) async fn keep(
        &self,
        keyring: &dyn KeyRing,
        id: &AccountId,
    ) -> Result<(), KeyRingError> {
        let name = unlock::secret_name(id);
        match self {
            Self::Password(password) | Self::Device(password) => {
                let bytes = Sensitive::new(password.expose().clone().into_bytes());
                keyring.set(&name, &bytes).await
            }
            Self::Ticket => {
                // There may be the password of before, and there may be no
                // keyring, which a ticket does not need.
                if let Err(error) = keyring.delete(&name).await {
                    tracing::info!(%error, "the keyring is left as it is");
                }
                Ok(())
            }
            Self::Tokens(_, drawer) => drawer.settle().await,
        }
    }

    /// As the engine takes it.
    pub(crate) fn proof(&self, sign_in: &SignIn) -> Proof {
        let basic = match sign_in {
            SignIn::NtlmOrBasic => Basic::Allowed,
            SignIn::Ntlm | SignIn::Kerberos | SignIn::OAuth(_) => Basic::Refused,
        };
        match self {
            Self::Password(password) => Proof::Password(Arc::clone(password), basic),
            // The key of a device is nothing that an Exchange server is shown.
            Self::Ticket | Self::Device(_) => Proof::Ticket,
            Self::Tokens(tokens, _) => Proof::Tokens(Arc::clone(tokens)),
        }
    }
}

/// The account with the authority that its server names, where the form left
/// that to it.
pub(super) async fn with_authority(mut account: Account) -> Result<Account, Trouble> {
    if account.sign_in == SignIn::Kerberos && !TICKETS {
        return Err(Trouble::NoKerberos);
    }
    let SignIn::OAuth(registered) = &mut account.sign_in else {
        return Ok(account);
    };
    registered.client = registered.client.trim().to_owned();
    registered.authority = registered.authority.trim().to_owned();
    if registered.client.is_empty() {
        return Err(Trouble::NoClientId);
    }
    if registered.authority.is_empty() {
        let named = exchange::issuer(account.server.as_str(), account.ca_file.clone()).await;
        let seat = Seat::from(&account);
        let named = named.map_err(|failure| Trouble::Server(seat, trouble(failure.kind)))?;
        let Some(issuer) = named else {
            return Err(Trouble::NoAuthority {
                host: account.host(),
            });
        };
        if let SignIn::OAuth(registered) = &mut account.sign_in {
            registered.authority = issuer.authorize.to_string();
        }
    }
    Ok(account)
}

fn authority_host(registered: &Registered) -> String {
    let url = Url::parse(&registered.authority).ok();
    let host = url.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_default()
}

/// The account, at its authority.
fn at(host: &str, account: &Account) -> Seat {
    Seat {
        host: host.to_owned(),
        ..Seat::from(account)
    }
}

/// Where a refresh token goes when the authority gives the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// Nowhere yet: the account is not kept.
    Memory,
    /// The keyring as well.
    Keyring,
    /// The keyring as well, which did not take the latest one yet.
    Owed,
}

/// The place of an account's refresh token: the keyring, under the name that a
/// password would have.
pub struct Drawer {
    keyring: Arc<dyn KeyRing>,
    name: String,
    latest: Mutex<Option<Zeroizing<String>>>,
    place: Mutex<Where>,
}

impl std::fmt::Debug for Drawer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drawer(‹redacted›)")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each holder changes one value and cannot leave it half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drawer {
    fn new(keyring: &Arc<dyn KeyRing>, id: &AccountId, place: Where) -> Self {
        Self {
            keyring: Arc::clone(keyring),
            name: unlock::secret_name(id),
            latest: Mutex::default(),
            place: Mutex::new(place),
        }
    }

    fn latest(&self) -> MutexGuard<'_, Option<Zeroizing<String>>> {
        lock(&self.latest)
    }

    /// The account is kept, and from now on whatever comes is.
    async fn settle(&self) -> Result<(), KeyRingError> {
        self.write().await?;
        *lock(&self.place) = Where::Keyring;
        Ok(())
    }

    /// Gives the keyring what is the latest.
    async fn pay(&self) {
        let written = self.write().await;
        *lock(&self.place) = match written {
            Ok(()) => Where::Keyring,
            Err(error) => {
                tracing::warn!(%error, "the keyring does not take the next refresh token");
                Where::Owed
            }
        };
    }

    async fn write(&self) -> Result<(), KeyRingError> {
        let latest = self.latest().clone();
        match latest {
            Some(token) => {
                let bytes = Sensitive::new(token.as_bytes().to_vec());
                self.keyring.set(&self.name, &bytes).await
            }
            None => self.keyring.delete(&self.name).await,
        }
    }
}

#[async_trait]
impl TokenStore for Drawer {
    async fn load(&self) -> Option<Zeroizing<String>> {
        let place = *lock(&self.place);
        match place {
            Where::Memory => {}
            Where::Owed => self.pay().await,
            Where::Keyring => match self.keyring.get(&self.name).await {
                Ok(kept) => {
                    let kept = kept.and_then(|kept| String::from_utf8(kept.expose().clone()).ok());
                    *self.latest() = kept.map(Zeroizing::new);
                }
                // What was fetched last is good as long as nobody else has
                // asked for the next one.
                Err(error) => tracing::warn!(%error, "the refresh token is not read again"),
            },
        }
        self.latest().clone()
    }

    async fn keep(&self, token: Option<&str>) {
        *self.latest() = token.map(|token| Zeroizing::new(token.to_owned()));
        let place = *lock(&self.place);
        if place != Where::Memory {
            self.pay().await;
        }
    }
}
