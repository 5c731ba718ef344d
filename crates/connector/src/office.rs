//! What letters of clients are answered with: who the connector is at the
//! hybrid service, and what it keeps of the devices that it took in.

use vault::{
    Series, SeriesId, Vault,
    opaque::OpaqueId,
    remote::{Answers, KeyService},
};

use crate::{
    identity::Identity,
    letters::{Leftovers, Register},
};

/// The connector's place in an organization.
pub struct Office {
    /// The organization.
    pub(crate) organization: OpaqueId,
    /// The connector's own keys.
    pub(crate) identity: Identity,
    /// Its end of the letters at the service.
    pub(crate) answers: Answers,
    /// The key service, which has to know of devices as well.
    pub(crate) keys: KeyService,
    /// The public key by which its answers are known.
    pub(crate) key_service: [u8; 32],
    /// Its address, as devices reach it.
    pub(crate) keys_url: String,
    /// The connector's own vault.
    pub(crate) own: Vault,
    /// The devices that were taken in.
    pub(crate) register: Register,
    /// What is to be taken away after enrolments.
    pub(crate) leftovers: Leftovers,
}

impl Office {
    /// A series of the connector's own.
    pub(crate) fn series(&self, name: &str) -> Series {
        self.own.series(SeriesId(format!("connector/{name}")))
    }
}
