//! The connector's own keys, which never leave its folder.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use vault::{
    Batch, RecordId, SeriesId, Vault, VaultError,
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

#[cfg(test)]
mod tests {
    use super::*;

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
