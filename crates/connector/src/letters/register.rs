//! The devices that this connector has taken in, at rest in its own vault.
//! Whom it does not find here it does not answer, whatever the service says.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use vault::{
    Batch, RecordId, Series, VaultError, hybrid::enrolment::Attestation, opaque::OpaqueId,
};

use crate::office::Office;

const SERIES: &str = "devices";

/// A device that was taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    /// Its user's address.
    pub(crate) address: String,
    /// The connector's own word for it.
    pub(crate) attestation: Attestation,
    /// When it was revoked, in seconds since 1970.
    pub(crate) revoked: Option<u64>,
    /// Which programs have heard of that.
    #[serde(default)]
    pub(crate) heard: Heard,
}

/// Which programs of the service have heard of a revocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heard {
    pub(crate) keys: bool,
    pub(crate) service: bool,
}

impl Device {
    /// Whether it is revoked and one of the programs has not heard of it.
    pub(crate) fn is_owed(&self) -> bool {
        self.revoked.is_some() && !(self.heard.keys && self.heard.service)
    }
}

/// All devices. A program beside the running one may change it, so it is read
/// anew for each use.
pub(crate) struct Register {
    series: Series,
    /// Held by who looks before it writes.
    turn: Arc<Mutex<()>>,
}

impl Register {
    pub(crate) fn of(office: &Office) -> Self {
        Self {
            series: office.series(SERIES),
            turn: Arc::clone(&office.register),
        }
    }

    pub(crate) async fn all(&self) -> Result<Vec<Device>, VaultError> {
        let loaded = self.series.load().await?;
        let read = |(_, bytes): &(RecordId, Vec<u8>)| serde_json::from_slice(bytes).ok();
        Ok(loaded.records.iter().filter_map(read).collect())
    }

    pub(crate) async fn find(&self, device: OpaqueId) -> Result<Option<Device>, VaultError> {
        let mut all = self.all().await?;
        let at = all
            .iter()
            .position(|known| known.attestation.device == device);
        Ok(at.map(|at| all.swap_remove(at)))
    }

    pub(crate) async fn put(&self, device: &Device) -> Result<(), VaultError> {
        let id = RecordId(device.attestation.device.to_string());
        let batch = Batch {
            // Texts and bytes always have a JSON form.
            put: vec![(id, serde_json::to_vec(device).unwrap_or_default())],
            ..Batch::default()
        };
        self.series.commit(batch).await
    }

    /// Notes who has heard of a device's revocation. One that has left
    /// meanwhile with its mailbox does not come back by that.
    pub(crate) async fn note(&self, device: &Device) -> Result<(), VaultError> {
        let _turn = self.turn.lock().await;
        let noted = self.find(device.attestation.device).await?;
        if noted.is_some_and(|noted| noted.heard != device.heard) {
            self.put(device).await?;
        }
        Ok(())
    }

    /// Forgets the devices of a mailbox that has gone.
    pub(crate) async fn forget(&self, mailbox: OpaqueId) -> Result<(), VaultError> {
        let _turn = self.turn.lock().await;
        let all = self.all().await?.into_iter();
        let gone: Vec<RecordId> = all
            .filter(|device| device.attestation.mailbox == mailbox)
            .map(|device| RecordId(device.attestation.device.to_string()))
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            delete: gone,
            ..Batch::default()
        };
        self.series.commit(batch).await
    }
}

#[cfg(test)]
impl Device {
    /// One that is revoked, of which nobody has heard.
    pub(crate) fn sample(mailbox: OpaqueId, device: OpaqueId) -> Self {
        use vault::hybrid::{enrolment::PublicKeys, wire::Bytes};
        let keys = PublicKeys {
            signing: [2; 32],
            sealing: [3; 32],
        };
        Self {
            address: "user@example.org".to_owned(),
            attestation: Attestation {
                organization: OpaqueId([0; 16]),
                mailbox,
                device,
                keys,
                issued: 1,
                signature: Bytes(Vec::new()),
            },
            revoked: Some(2),
            heard: Heard::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;
    use vault::{SeriesId, Vault, key::Key, memory::MemoryStore};

    use super::*;

    #[tokio::test]
    async fn a_device_that_has_left_does_not_come_back_by_a_note_of_who_has_heard() {
        let vault = Vault::open(Arc::new(MemoryStore::default()), &Key::generate()).await;
        let register = Register {
            series: vault
                .unwrap()
                .series(SeriesId("connector/devices".to_owned())),
            turn: Arc::default(),
        };
        let mailbox = OpaqueId([1; 16]);
        let mut device = Device::sample(mailbox, OpaqueId([2; 16]));
        register.put(&device).await.unwrap();
        device.heard.keys = true;
        register.note(&device).await.unwrap();
        let noted = register.find(device.attestation.device).await.unwrap();
        assert!(noted.unwrap().heard.keys);

        // Whoever looks and then writes keeps the other one waiting.
        let turn = register.turn.lock().await;
        let mut forgetting = std::pin::pin!(register.forget(mailbox));
        assert!(poll!(forgetting.as_mut()).is_pending());
        drop(turn);
        forgetting.await.unwrap();
        device.heard.service = true;
        register.note(&device).await.unwrap();
        assert!(register.all().await.unwrap().is_empty());
    }
}
