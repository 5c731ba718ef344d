//! The hybrid service as the place where things rest: each mailbox has a
//! store of its own there, and keys that the key service releases by the week.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use engine::Clock;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;
use vault::{
    Batch, RecordId, Series, SeriesId, StoreError, Vault, VaultError,
    hybrid::{
        enrolment::PublicKeys,
        passport::{Audience, Holder, SignKey},
        sealing::OpenKey,
        wire::Bytes,
    },
    opaque::OpaqueId,
    remote::{Answers, Caller, KeyService, Membership, Now, RemoteError, RemoteStore},
};

use crate::cabinet::Cabinet;

/// Opened vaults that are kept for the next visit. A vault holds keys in
/// memory: not one for each of thousands of mailboxes.
const KEPT: usize = 64;
/// So long a released key is used: a mailbox that was taken away is noticed
/// then, and the next week's key comes in time.
const KEPT_FOR: Duration = Duration::hours(1);

/// The connector's own keys at rest, in its own vault.
const IDENTITY: &str = "connector/identity";
const RECORD: &str = "keys";

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
}

/// The connector's own keys.
pub struct Identity {
    sign: SignKey,
    open: OpenKey,
}

impl Identity {
    /// Takes them out of the connector's own vault, and makes them at the
    /// first time.
    pub async fn of(own: &Vault) -> Result<Self, VaultError> {
        let series = own.series(SeriesId(IDENTITY.to_owned()));
        let loaded = series.load().await?;
        let kept = loaded.records.into_iter().find(|(id, _)| id.0 == RECORD);
        if let Some(identity) = kept.and_then(|(_, bytes)| Self::decode(&bytes)) {
            return Ok(identity);
        }
        let made = Self {
            sign: SignKey::generate(),
            open: OpenKey::generate(),
        };
        let bytes = [*made.sign.expose(), *made.open.expose()].concat();
        let batch = Batch {
            put: vec![(RecordId(RECORD.to_owned()), bytes)],
            replace: true,
            ..Batch::default()
        };
        series.commit(batch).await?;
        Ok(made)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (sign, open) = bytes.split_first_chunk::<32>()?;
        Some(Self {
            sign: SignKey::from_bytes(sign),
            open: OpenKey::from_bytes(open.try_into().ok()?),
        })
    }

    /// What both programs have to know of the connector.
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            signing: self.sign.public(),
            sealing: self.open.public(),
        }
    }

    /// The id by which the service knows the mailbox of an address: a keyed
    /// hash, so that who knows addresses finds no mailbox by them.
    pub fn mailbox(&self, address: &str) -> OpaqueId {
        let mut id = [0; 16];
        // HMAC takes keys of every length.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.sign.expose()) {
            mac.update(b"joinbell mailbox id 1");
            mac.update(address.trim().to_lowercase().as_bytes());
            id.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        OpaqueId(id)
    }
}

/// A vault that is kept for the next visit.
struct Kept {
    mailbox: OpaqueId,
    vault: Vault,
    until: DateTime<Utc>,
}

/// Series at the service.
pub struct AtService {
    own: Vault,
    identity: Identity,
    store: Caller,
    answers: Answers,
    keys: KeyService,
    clock: Arc<dyn Clock>,
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
    ) -> Result<Self, RemoteError> {
        let unusable = |what: &str| RemoteError::Unusable("[service]".to_owned(), what.to_owned());
        let organization: OpaqueId = service
            .organization
            .parse()
            .map_err(|_| unusable("organization has no 32 hexadecimal digits"))?;
        let public = <[u8; 32]>::try_from(service.keys_public.0.as_slice())
            .map_err(|_| unusable("keys_public has no 32 bytes"))?;
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
        Ok(Self {
            own,
            answers: Answers::new(store.clone()),
            store,
            keys,
            identity,
            clock,
            kept: Mutex::default(),
        })
    }

    /// The vault of a mailbox, with keys of at most an hour.
    async fn vault(&self, address: &str) -> Result<Vault, VaultError> {
        let mailbox = self.identity.mailbox(address);
        if let Some(vault) = self.take_kept(mailbox) {
            return Ok(vault);
        }
        let keys = match self.keys.release(mailbox, &self.identity.open).await {
            // Neither program knows it yet.
            Err(RemoteError::Absent(_)) => {
                self.keys.put_mailbox(mailbox).await.map_err(away)?;
                self.answers.put_mailbox(mailbox).await.map_err(away)?;
                self.keys.release(mailbox, &self.identity.open).await
            }
            released => released,
        };
        let store = RemoteStore::new(self.store.clone(), mailbox);
        let vault = Vault::of_mailbox(Arc::new(store), keys.map_err(away)?);
        self.keep(mailbox, vault.clone());
        Ok(vault)
    }

    fn take_kept(&self, mailbox: OpaqueId) -> Option<Vault> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
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
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
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
#[expect(
    clippy::needless_pass_by_value,
    reason = "errors are mapped by it as they come"
)]
fn away(error: RemoteError) -> VaultError {
    StoreError::Failed("The hybrid service".to_owned(), error.to_string()).into()
}

#[async_trait]
impl Cabinet for AtService {
    async fn meetings(&self, address: &str) -> Result<Series, VaultError> {
        let vault = self.vault(address).await?;
        Ok(vault.series(SeriesId("meetings".to_owned())))
    }

    async fn presence(&self, address: &str) -> Result<Series, VaultError> {
        let vault = self.vault(address).await?;
        Ok(vault.series(SeriesId("presence".to_owned())))
    }

    async fn own(&self, name: &str) -> Result<Series, VaultError> {
        Ok(self.own.series(SeriesId(format!("connector/{name}"))))
    }

    async fn tend(&self, now: SystemTime) -> Result<(), VaultError> {
        // The service tends what is its own.
        self.own.tend(now).await
    }

    async fn close(&self) {
        self.own.close().await;
    }
}
