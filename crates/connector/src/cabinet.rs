//! Where what is found rests. The connector knows series of a vault and never
//! how a store keeps them: in a file beside it, or with a service elsewhere.

use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use engine::remote::colleagues::COLLEAGUES;
use vault::{Series, SeriesId, Vault, VaultError};

use crate::office::Office;

/// The series of each mailbox.
#[async_trait]
pub trait Cabinet: Send + Sync + 'static {
    /// The meetings of a mailbox. An error when its keys are away: nothing
    /// is asked of Exchange then.
    async fn meetings(&self, address: &str) -> Result<Series, VaultError>;
    /// The presence of its user.
    async fn presence(&self, address: &str) -> Result<Series, VaultError>;
    /// Who of the organization is away, for all of its devices.
    async fn colleagues(&self) -> Result<Series, VaultError>;
    /// What the connector keeps for itself.
    async fn own(&self, name: &str) -> Result<Series, VaultError>;
    /// Forgets a mailbox that left the list, with all that is kept of it.
    async fn forget(&self, address: &str) -> Result<(), VaultError> {
        self.meetings(address).await?.forget().await?;
        self.presence(address).await?.forget().await
    }
    /// The store does not know a mailbox that it knew before.
    fn introduce_again(&self, _address: &str) {}
    /// The work of every hour.
    async fn tend(&self, now: SystemTime) -> Result<(), VaultError>;
    /// Writes everything out.
    async fn close(&self);
    /// Where clients' letters are answered; `None` where nobody can write.
    fn office(&self) -> Option<Arc<Office>> {
        None
    }
}

/// One vault for all mailboxes.
#[derive(Debug, Clone)]
pub struct OneVault(pub Vault);

#[async_trait]
impl Cabinet for OneVault {
    async fn meetings(&self, address: &str) -> Result<Series, VaultError> {
        Ok(self.0.series(SeriesId(format!("meetings/{address}"))))
    }

    async fn presence(&self, address: &str) -> Result<Series, VaultError> {
        Ok(self.0.series(SeriesId(format!("presence/{address}"))))
    }

    async fn colleagues(&self) -> Result<Series, VaultError> {
        Ok(self.0.series(SeriesId(COLLEAGUES.to_owned())))
    }

    async fn own(&self, name: &str) -> Result<Series, VaultError> {
        Ok(self.0.series(SeriesId(format!("connector/{name}"))))
    }

    async fn tend(&self, now: SystemTime) -> Result<(), VaultError> {
        self.0.tend(now).await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}
