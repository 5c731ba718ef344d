//! The devices that this connector has taken in, at rest in its own vault.
//! Whom it does not find here it does not answer, whatever the service says.

use serde::{Deserialize, Serialize};
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
pub(crate) struct Register(Series);

impl Register {
    pub(crate) fn of(office: &Office) -> Self {
        Self(office.series(SERIES))
    }

    pub(crate) async fn all(&self) -> Result<Vec<Device>, VaultError> {
        let loaded = self.0.load().await?;
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
        self.0.commit(batch).await
    }

    /// Forgets the devices of a mailbox that has gone.
    pub(crate) async fn forget(&self, mailbox: OpaqueId) -> Result<(), VaultError> {
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
        self.0.commit(batch).await
    }
}
