//! The connector as a whole.

use std::sync::Arc;

use calendar::join::Services;
use chrono_tz::Tz;
use engine::{
    Clock, Failure,
    exchange::{Account, Acting, ExchangeBackend},
};
use thiserror::Error;
use tokio::{sync::watch, task::JoinSet};
use vault::{
    hybrid::passport::{Audience, Holder},
    opaque::OpaqueId,
    remote::{Answers, Caller, KeyService, Membership, Now, RemoteError},
};

use crate::{
    config::{self, Config, ConfigError},
    identity::Identity,
    letters::Letters,
    mailbox::Watched,
};

/// Why the connector does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server with the mailboxes.
    #[error("The Exchange server cannot be used: {0}")]
    Exchange(#[from] Failure),
    /// The service or the key service.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The account may act for a mailbox that it should not reach (SR-46).
    #[error(
        "The Exchange account may act for the mailbox that `exchange.outside` names; limit its \
         role ApplicationImpersonation to the users of Joinbell by a management scope"
    )]
    ScopeTooWide,
}

/// What all mailboxes share.
pub(crate) struct Shared {
    pub(crate) organization: OpaqueId,
    pub(crate) identity: Identity,
    pub(crate) backend: ExchangeBackend,
    pub(crate) service: Caller,
    pub(crate) answers: Answers,
    pub(crate) keys: KeyService,
    pub(crate) key_service: [u8; 32],
    pub(crate) keys_url: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) zone: Tz,
}

/// A running connector.
#[derive(Debug)]
pub struct Connector {
    end: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Connector {
    /// Checks the account's scope, then watches all mailboxes.
    pub async fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let addresses = config::mailboxes(&config.mailboxes)?;
        let shared = Arc::new(prepare(config, clock)?);
        check_scope(&shared.backend, &config.exchange.outside).await?;
        let (end, ending) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for address in &addresses {
            let watched = Watched::new(Arc::clone(&shared), address);
            tasks.spawn(watched.run(ending.clone()));
        }
        tasks.spawn(Letters::new(shared, addresses.into_iter().collect()).run(ending));
        Ok(Self { end, tasks })
    }

    /// Checks what the configuration names, and watches nothing.
    pub async fn check(config: &Config, clock: Arc<dyn Clock>) -> Result<(), StartError> {
        config::mailboxes(&config.mailboxes)?;
        let shared = prepare(config, clock)?;
        check_scope(&shared.backend, &config.exchange.outside).await
    }

    /// Ends it after what is under way is stored.
    pub async fn stop(mut self) {
        self.end.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

fn prepare(config: &Config, clock: Arc<dyn Clock>) -> Result<Shared, StartError> {
    let identity = Identity::read_or_make(&config.identity)?;
    let account = Account::new(
        config.exchange.server.clone(),
        config.exchange.user.clone(),
        config::password(&config.exchange.password_file)?,
        config.exchange.ca_file.clone(),
    );
    let backend = ExchangeBackend::new(&account, Services::built_in().clone())?;
    let time = Arc::clone(&clock);
    let now: Now = Arc::new(move || u64::try_from(time.now().timestamp()).unwrap_or(0));
    let caller = |url: &str, ca_file: Option<&std::path::Path>, audience| {
        let member = Membership {
            organization: config.organization,
            holder: Holder::Connector,
            key: identity.sign(),
        };
        Caller::new(
            url,
            ca_file,
            audience,
            Some(Arc::new(member)),
            Arc::clone(&now),
        )
    };
    let place = &config.service;
    let service = caller(&place.url, place.ca_file.as_deref(), Audience::Service)?;
    let place = &config.keys;
    let to_keys = caller(&place.url, place.ca_file.as_deref(), Audience::Keys)?;
    let key_service = <[u8; 32]>::try_from(place.public.0.as_slice()).map_err(|_| {
        RemoteError::Unusable(place.url.clone(), "keys.public has no 32 bytes".to_owned())
    })?;
    Ok(Shared {
        organization: config.organization,
        answers: Answers::new(service.clone()),
        keys: KeyService::new(to_keys, key_service),
        identity,
        backend,
        service,
        key_service,
        keys_url: config.keys.url.clone(),
        clock,
        zone: config.zone,
    })
}

async fn check_scope(backend: &ExchangeBackend, outside: &str) -> Result<(), StartError> {
    match backend.acting_for(outside).acting().await? {
        Acting::Denied => Ok(()),
        Acting::Allowed => Err(StartError::ScopeTooWide),
    }
}
