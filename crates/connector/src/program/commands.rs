//! What the program is asked beside its run: its keys, and the devices that
//! were added.

use chrono::DateTime;
use vault::opaque::OpaqueId;

use super::{Program, Trouble};
use crate::{
    Identity,
    letters::{Device, revocations},
};

impl Program {
    /// The connector's public keys as JSON, which both programs of the
    /// service have to be told.
    pub async fn keys(self) -> Result<String, Trouble> {
        let identity = Identity::of(&self.vault).await?;
        self.vault.close().await;
        // Bytes always have a JSON form.
        Ok(serde_json::to_string(&identity.public()).unwrap_or_default())
    }

    /// The devices that were added: a line for each with its id, since when,
    /// and whose it is.
    pub async fn devices(self) -> Result<String, Trouble> {
        let office = self.office().await?;
        let devices = office.register.all().await?;
        self.vault.close().await;
        let lines = devices.iter().map(|device| {
            let said = &device.attestation;
            let day = |seconds: u64| {
                let moment = DateTime::from_timestamp(seconds.cast_signed(), 0);
                moment.unwrap_or_default().format("%Y-%m-%d")
            };
            let revoked = device.revoked.map(|at| format!(", revoked {}", day(at)));
            let (id, address) = (said.device, &device.address);
            let since = day(said.issued);
            format!("{id} {since} {address}{}\n", revoked.unwrap_or_default())
        });
        Ok(lines.collect())
    }

    /// Revokes a device: first here, so that it is not answered any more
    /// whoever else is away, then at both programs of the service. Who is away
    /// hears of it by the connector that runs. With `whose`, the address of its
    /// user, also one that is not known here: it was added after the copy of
    /// the folder that was put back. Of such a one nothing stays where both
    /// programs say that there is none, and the address that was given last
    /// counts as long as none of them has said that there is.
    pub async fn revoke(self, device: OpaqueId, whose: Option<&str>) -> Result<(), Trouble> {
        let office = self.office().await?;
        let now = u64::try_from(self.clock.now().timestamp()).unwrap_or(0);
        let mut found = office.register.revoke(device, now).await?;
        let is_to_be_found = found.as_ref().is_none_or(Device::is_hearsay);
        if let Some(address) = whose.filter(|_| is_to_be_found) {
            let address = address.trim().to_lowercase();
            let mailbox = office.identity.mailbox(&address);
            let unknown = Device::unknown(&address, (office.organization, mailbox, device), now);
            office.register.add(&unknown).await?;
            found = Some(unknown);
        }
        let found = found.ok_or(Trouble::NoDevice)?;
        let told = revocations::tell(&office, found, now).await?;
        self.vault.close().await;
        let device = told.map_err(Trouble::Unheard)?;
        if device.is_nowhere() {
            return Err(Trouble::Nowhere);
        }
        Ok(())
    }
}
