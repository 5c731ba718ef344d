//! The hybrid service as the place where things rest: each mailbox has a
//! store of its own there, and keys that the key service releases by the week.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use engine::Clock;
use engine::remote::{MEETINGS, PRESENCE, colleagues::COLLEAGUES};
use serde::Deserialize;
use vault::{
    Series, SeriesId, StoreError, Vault, VaultError,
    hybrid::{
        passport::{Audience, Holder, SignKey},
        wire::Bytes,
    },
    opaque::{OpaqueId, Space},
    remote::{Answers, Caller, KeyService, Membership, Now, RemoteError, RemoteStore},
};

use crate::{
    cabinet::Cabinet,
    identity::Identity,
    letters::{Leftovers, Register},
    office::Office,
    program::Trouble,
};

/// Opened vaults that are kept for the next visit. A vault holds keys in
/// memory: not one for each of thousands of mailboxes.
const KEPT: usize = 64;
/// So long a released key is used: a mailbox that was taken away is noticed
/// then, and the next week's key comes in time.
const KEPT_FOR: Duration = Duration::hours(1);

/// Where the two programs of the service are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The organization's id, 32 hexadecimal digits.
    pub organization: String,
    /// The store: an address with `https`.
    pub url: String,
    /// The key service: an address with `https`.
    pub keys_url: String,
    /// The key service's public key, in base64.
    pub keys_public: Bytes,
    /// Certificates in PEM form that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether each device of the organization may know who of it is out of
    /// office.
    #[serde(default = "yes")]
    pub share_presence: bool,
}

fn yes() -> bool {
    true
}

/// A vault that is kept for the next visit.
struct Kept {
    mailbox: OpaqueId,
    vault: Vault,
    until: DateTime<Utc>,
}

/// Series at the service.
pub struct AtService {
    office: Arc<Office>,
    store: Caller,
    clock: Arc<dyn Clock>,
    /// Mailboxes that both programs were told of in this run: a service whose
    /// database was lost is filled again at the next start.
    introduced: Mutex<HashSet<OpaqueId>>,
    /// The one used last stands last.
    kept: Mutex<Vec<Kept>>,
}

impl AtService {
    /// Prepares; nothing is asked yet.
    pub fn new(
        service: &Service,
        own: Vault,
        identity: Identity,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Trouble> {
        let organization: OpaqueId = service
            .organization
            .parse()
            .map_err(|_| Trouble::BadService("organization has no 32 hexadecimal digits"))?;
        let public = <[u8; 32]>::try_from(service.keys_public.0.as_slice())
            .map_err(|_| Trouble::BadService("keys_public has no 32 bytes"))?;
        let mut urls = [&service.url, &service.keys_url].into_iter();
        if !urls.all(|url| url.starts_with("https://")) {
            return Err(Trouble::BadService(
                "url and keys_url must begin with https://",
            ));
        }
        let time = Arc::clone(&clock);
        let now: Now = Arc::new(move || u64::try_from(time.now().timestamp()).unwrap_or(0));
        let caller = |url: &str, audience| {
            let member = Membership {
                organization,
                holder: Holder::Connector,
                key: SignKey::from_bytes(identity.sign.expose()),
            };
            let ca_file = service.ca_file.as_deref();
            Caller::new(
                url,
                ca_file,
                audience,
                Some(Arc::new(member)),
                Arc::clone(&now),
            )
        };
        let store = caller(&service.url, Audience::Service)?;
        let keys = KeyService::new(caller(&service.keys_url, Audience::Keys)?, public);
        let office = Office {
            organization,
            identity,
            answers: Answers::new(store.clone()),
            keys,
            key_service: public,
            keys_url: service.keys_url.clone(),
            register: Register::new(&own),
            leftovers: Leftovers::new(&own),
            own,
        };
        Ok(Self {
            office: Arc::new(office),
            store,
            clock,
            introduced: Mutex::default(),
            kept: Mutex::default(),
        })
    }

    /// The vault of a mailbox, with keys of at most an hour.
    async fn vault(&self, address: &str) -> Result<Vault, VaultError> {
        self.vault_of(self.office.identity.mailbox(address)).await
    }

    async fn vault_of(&self, mailbox: OpaqueId) -> Result<Vault, VaultError> {
        let office = &self.office;
        if let Some(vault) = self.take_kept(mailbox) {
            return Ok(vault);
        }
        let own = &office.identity.open;
        if !self.introduced().contains(&mailbox) {
            office.keys.put_mailbox(mailbox).await.map_err(away)?;
            office.answers.put_mailbox(mailbox).await.map_err(away)?;
            self.introduced().insert(mailbox);
        }
        let keys = office.keys.release(mailbox, own).await.map_err(away)?;
        let store = RemoteStore::new(self.store.clone(), mailbox);
        let vault = Vault::of_mailbox(Arc::new(store), keys);
        self.keep(mailbox, vault.clone());
        Ok(vault)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn introduced(&self) -> MutexGuard<'_, HashSet<OpaqueId>> {
        let introduced = self.introduced.lock();
        introduced.unwrap_or_else(PoisonError::into_inner)
    }

    fn take_kept(&self, mailbox: OpaqueId) -> Option<Vault> {
        let now = self.clock.now();
        let mut kept = self.kept();
        // A clock that was set back must not keep a key for ever.
        kept.retain(|one| now < one.until && one.until <= now + KEPT_FOR);
        let at = kept.iter().position(|one| one.mailbox == mailbox)?;
        let one = kept.remove(at);
        let vault = one.vault.clone();
        kept.push(one);
        Some(vault)
    }

    fn keep(&self, mailbox: OpaqueId, vault: Vault) {
        let until = self.clock.now() + KEPT_FOR;
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Kept {
            mailbox,
            vault,
            until,
        });
    }
}

/// The service or its keys are away, as a store is.
fn away(error: RemoteError) -> VaultError {
    StoreError::from(error).into()
}

#[async_trait]
impl Cabinet for AtService {
    async fn meetings(&self, address: &str) -> Result<Series, VaultError> {
        let vault = self.vault(address).await?;
        Ok(vault.series(SeriesId(MEETINGS.to_owned())))
    }

    async fn presence(&self, address: &str) -> Result<Series, VaultError> {
        let vault = self.vault(address).await?;
        Ok(vault.series(SeriesId(PRESENCE.to_owned())))
    }

    async fn colleagues(&self) -> Result<Series, VaultError> {
        let space = Space::of_all(self.office.organization);
        let vault = self.vault_of(space.mailbox).await?;
        Ok(vault.series(SeriesId(COLLEAGUES.to_owned())))
    }

    async fn own(&self, name: &str) -> Result<Series, VaultError> {
        Ok(self.office.series(name))
    }

    /// Its keys are destroyed and its devices revoked, at once (SR-55).
    async fn forget(&self, address: &str) -> Result<(), VaultError> {
        let office = &self.office;
        let mailbox = office.identity.mailbox(address);
        self.kept().retain(|one| one.mailbox != mailbox);
        self.introduced().remove(&mailbox);
        // First here, so that they are told of until both have heard, and again
        // to one that was restored from a copy.
        let now = u64::try_from(self.clock.now().timestamp()).unwrap_or(0);
        office.register.revoke_all(mailbox, now).await?;
        let keys = office.keys.remove_mailbox(mailbox).await;
        // One that is away must not keep the other one from hearing of it.
        let service = office.answers.remove_mailbox(mailbox).await;
        keys.and(service).map_err(away)
    }

    /// A program that was restored from an older copy, or lost its database,
    /// does not know it.
    fn introduce_again(&self, address: &str) {
        let mailbox = self.office.identity.mailbox(address);
        self.kept().retain(|one| one.mailbox != mailbox);
        self.introduced().remove(&mailbox);
    }

    async fn tend(&self, now: SystemTime) -> Result<(), VaultError> {
        // The service tends what is its own.
        self.office.own.tend(now).await
    }

    async fn close(&self) {
        self.office.own.close().await;
    }

    fn office(&self) -> Option<Arc<Office>> {
        Some(Arc::clone(&self.office))
    }
}
