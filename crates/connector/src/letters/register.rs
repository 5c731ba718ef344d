//! The devices that this connector has taken in, at rest in its own vault.
//! Whom it does not find here it does not answer, whatever the service says.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use vault::{
    Batch, Integrity, RecordId, Series, StoreError, VaultError, hybrid::enrolment::Attestation,
    opaque::OpaqueId,
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
    /// Whether that is new.
    fn revoke(&mut self, now: u64) -> bool {
        let is_new = self.revoked.is_none();
        if is_new {
            self.revoked = Some(now);
            self.heard = Heard::default();
        }
        is_new
    }

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

    /// All or none: a device that does not open would be one that nobody can
    /// revoke, and of whose revocation nobody is told. The next change to the
    /// register would take its record out for good.
    pub(crate) async fn all(&self) -> Result<Vec<Device>, VaultError> {
        let loaded = self.series.load().await?;
        let read = |(_, bytes): &(RecordId, Vec<u8>)| serde_json::from_slice(bytes).ok();
        let all: Option<Vec<Device>> = loaded.records.iter().map(read).collect();
        all.filter(|_| loaded.integrity == Integrity::Whole)
            .ok_or_else(|| StoreError::Damaged("The register of devices".to_owned()).into())
    }

    pub(crate) async fn find(&self, device: OpaqueId) -> Result<Option<Device>, VaultError> {
        let mut all = self.all().await?;
        let at = all
            .iter()
            .position(|known| known.attestation.device == device);
        Ok(at.map(|at| all.swap_remove(at)))
    }

    /// Writes a new device down. A register that does not open is left as it
    /// is.
    pub(crate) async fn add(&self, device: &Device) -> Result<(), VaultError> {
        let _turn = self.turn.lock().await;
        self.all().await?;
        self.put(device).await
    }

    async fn put(&self, device: &Device) -> Result<(), VaultError> {
        let id = RecordId(device.attestation.device.to_string());
        let batch = Batch {
            // Texts and bytes always have a JSON form.
            put: vec![(id, serde_json::to_vec(device).unwrap_or_default())],
            ..Batch::default()
        };
        self.series.commit(batch).await
    }

    /// Notes who has heard of a device's revocation.
    pub(crate) async fn note(&self, device: &Device) -> Result<(), VaultError> {
        let _turn = self.turn.lock().await;
        let noted = self.find(device.attestation.device).await?;
        if noted.is_some_and(|noted| noted.heard != device.heard) {
            self.put(device).await?;
        }
        Ok(())
    }

    /// Revokes a device at a moment in seconds since 1970; one that was revoked
    /// before stays so. `None` when there is no such device.
    pub(crate) async fn revoke(
        &self,
        device: OpaqueId,
        now: u64,
    ) -> Result<Option<Device>, VaultError> {
        let _turn = self.turn.lock().await;
        let Some(mut found) = self.find(device).await? else {
            return Ok(None);
        };
        if found.revoke(now) {
            self.put(&found).await?;
        }
        Ok(Some(found))
    }

    /// Revokes the devices of a mailbox that has gone. They stay here: a
    /// program that is restored from a copy has to hear of them again.
    pub(crate) async fn revoke_all(&self, mailbox: OpaqueId, now: u64) -> Result<(), VaultError> {
        let _turn = self.turn.lock().await;
        for mut device in self.all().await? {
            if device.attestation.mailbox == mailbox && device.revoke(now) {
                self.put(&device).await?;
            }
        }
        Ok(())
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

    async fn register() -> Register {
        register_in(Arc::default()).await
    }

    async fn register_in(store: Arc<MemoryStore>) -> Register {
        let vault = Vault::open(store, &Key::generate()).await;
        Register {
            series: vault
                .unwrap()
                .series(SeriesId("connector/devices".to_owned())),
            turn: Arc::default(),
        }
    }

    #[tokio::test]
    async fn whoever_looks_and_then_writes_keeps_the_others_waiting() {
        let register = register().await;
        let (mailbox, id) = (OpaqueId([1; 16]), OpaqueId([2; 16]));
        let mut device = Device::sample(mailbox, id);
        register.put(&device).await.unwrap();
        let turn = register.turn.lock().await;
        device.heard.keys = true;
        let mut noting = std::pin::pin!(register.note(&device));
        assert!(poll!(noting.as_mut()).is_pending());
        drop(turn);
        noting.await.unwrap();
        let noted = register.find(id).await.unwrap();
        assert!(noted.unwrap().heard.keys);
    }

    #[tokio::test]
    async fn the_devices_of_a_mailbox_that_left_are_revoked_and_stay_to_be_told_of() {
        let register = register().await;
        let live = |mailbox: u8, id: u8| Device {
            revoked: None,
            ..Device::sample(OpaqueId([mailbox; 16]), OpaqueId([id; 16]))
        };
        for device in [live(1, 2), live(1, 3), live(4, 5)] {
            register.put(&device).await.unwrap();
        }
        register.revoke(OpaqueId([2; 16]), 7).await.unwrap();
        register.revoke_all(OpaqueId([1; 16]), 9).await.unwrap();
        let all = register.all().await.unwrap();
        let revoked = |id: u8| {
            let of = |one: &&Device| one.attestation.device == OpaqueId([id; 16]);
            all.iter().find(of).unwrap().revoked
        };
        assert_eq!([2, 3, 5].map(revoked), [Some(7), Some(9), None]);
    }

    #[tokio::test]
    async fn sr_55_a_device_that_does_not_open_is_not_left_out() {
        let store = Arc::new(MemoryStore::default());
        let register = register_in(Arc::clone(&store)).await;
        let device = |id: u8| Device::sample(OpaqueId([1; 16]), OpaqueId([id; 16]));
        register.add(&device(2)).await.unwrap();
        register.add(&device(3)).await.unwrap();
        let mut is_first = true;
        store.tamper(|blob| {
            if std::mem::take(&mut is_first) {
                blob.reverse();
            }
        });
        let is_damaged = |outcome: Result<(), VaultError>| {
            assert!(
                matches!(outcome, Err(VaultError::Store(StoreError::Damaged(_)))),
                "{outcome:?}"
            );
        };
        is_damaged(register.all().await.map(|_| ()));
        is_damaged(register.revoke(OpaqueId([2; 16]), 9).await.map(|_| ()));
        is_damaged(register.revoke(OpaqueId([3; 16]), 9).await.map(|_| ()));
        is_damaged(register.revoke_all(OpaqueId([1; 16]), 9).await);
        is_damaged(register.add(&device(4)).await);
        // Nothing that was tried has hidden it.
        is_damaged(register.all().await.map(|_| ()));
    }
}
