//! The connector's own keys, which never leave its folder.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use vault::{
    Batch, Integrity, RecordId, SeriesId, StoreError, Vault, VaultError,
    hybrid::{enrolment::PublicKeys, passport::SignKey, sealing::OpenKey},
    opaque::OpaqueId,
};

/// The connector's own keys at rest, in its own vault.
const IDENTITY: &str = "connector/identity";
const RECORD: &str = "keys";

/// The connector's own keys.
pub struct Identity {
    pub(crate) sign: SignKey,
    pub(crate) open: OpenKey,
}

impl Identity {
    /// Takes them out of the connector's own vault, and makes them at the
    /// first time. Keys that are there and do not open are an error: with
    /// others in their place all mailboxes would have other ids, and no device
    /// could be revoked any more.
    pub async fn of(own: &Vault) -> Result<Self, VaultError> {
        let series = own.series(SeriesId(IDENTITY.to_owned()));
        let loaded = series.load().await?;
        let damaged = || StoreError::Damaged("The record of the connector's own keys".to_owned());
        if loaded.integrity == Integrity::Broken {
            return Err(damaged().into());
        }
        let kept = loaded.records.into_iter().find(|(id, _)| id.0 == RECORD);
        if let Some((_, bytes)) = kept {
            return Self::decode(&bytes).ok_or_else(|| damaged().into());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vault::{key::Key, memory::MemoryStore};

    use super::*;

    #[tokio::test]
    async fn sr_55_keys_that_do_not_open_are_not_made_anew() {
        let (store, key) = (Arc::new(MemoryStore::default()), Key::generate());
        let vault = Vault::open(store.clone(), &key).await.unwrap();
        let made = Identity::of(&vault).await.unwrap().public();
        let whole = store.copy();
        let damaged = async |vault: &Vault| {
            let again = Identity::of(vault).await.map(|found| found.public());
            assert!(
                matches!(again, Err(VaultError::Store(StoreError::Damaged(_)))),
                "{again:?}"
            );
        };
        store.tamper(|blob| {
            if let Some(last) = blob.last_mut() {
                *last ^= 1;
            }
        });
        damaged(&vault).await;
        damaged(&vault).await;
        // The folder's copy helps.
        let restored = Vault::open(Arc::new(whole), &key).await.unwrap();
        assert_eq!(Identity::of(&restored).await.unwrap().public(), made);
        let batch = Batch {
            put: vec![(RecordId(RECORD.to_owned()), vec![7; 3])],
            ..Batch::default()
        };
        let series = restored.series(SeriesId(IDENTITY.to_owned()));
        series.commit(batch).await.unwrap();
        damaged(&restored).await;
    }

    fn identity() -> Identity {
        Identity {
            sign: SignKey::generate(),
            open: OpenKey::generate(),
        }
    }

    #[test]
    fn sr_59_each_bit_of_a_mailboxs_id_is_as_good_as_random_and_each_connectors_own() {
        let (one, other) = (identity(), identity());
        let (mut any, mut all) = ([0; 16], [0xff; 16]);
        // Neighbouring addresses, of which each bit has been 0 and 1.
        for number in 0..128 {
            let address = format!("user{number:03}@example.org");
            let id = one.mailbox(&address);
            assert_eq!(id, one.mailbox(&address.to_uppercase()));
            assert_ne!(id, other.mailbox(&address));
            for (at, byte) in id.0.into_iter().enumerate() {
                any[at] |= byte;
                all[at] &= byte;
            }
        }
        assert_eq!((any, all), ([0xff; 16], [0; 16]));
    }
}
