//! Where a desktop has no keyring: secrets in one file, sealed by a key that
//! Argon2id makes of the user's passphrase (SR-09).
//!
//! The user asks for it; without that a desktop without a keyring keeps
//! nothing. While the file is there it counts, and until the passphrase has
//! been typed it is like a keyring that is locked. A keyring that comes later
//! is preferred: with the next right passphrase the secrets move into it and
//! the file goes.

mod files;
mod layout;
mod stretch;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use thiserror::Error;

pub use self::stretch::Cost;
use self::{
    files::{File, Strongbox},
    layout::Secrets,
};
use crate::{
    keyring::{KeyRing, KeyRingError, on_own_thread},
    sensitive::Sensitive,
};

/// Fewest characters of a passphrase that is chosen. Whoever has the file can
/// guess for as long as they like.
pub const SHORTEST: usize = 12;

/// What a keyring is asked for to see whether it is there.
const PROBE: &str = "joinbell";

/// Why the file did not open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotOpened {
    /// There is none.
    #[error("There is no file with secrets; choose a passphrase")]
    Missing,
    /// It is whole, and not of this passphrase.
    #[error("This is not the passphrase; try again")]
    WrongPassphrase,
    /// It is not what was written.
    #[error("The file with the secrets is damaged; put a copy back, or forget the passphrase")]
    Damaged,
    /// A later version of the program has written it.
    #[error("A later version has written the file with the secrets; use that version")]
    Newer,
    /// Its header asks for work that is out of all proportion.
    #[error(
        "The file with the secrets asks for more work than it may; put a copy back, or forget \
         the passphrase"
    )]
    Cost,
    /// There is no memory to stretch the passphrase in.
    #[error("There is too little memory to try the passphrase; close other programs")]
    Memory,
    /// It has been sealed too often by one key.
    #[error("The file with the secrets is full; forget the passphrase and choose another")]
    Full,
    /// The disk refused; the text is the system's own.
    #[error("The file with the secrets cannot be used ({0}); make the folder usable")]
    Disk(String),
}

/// Why no passphrase was taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotChosen {
    /// It is shorter than [`SHORTEST`].
    #[error("A passphrase needs at least 12 characters")]
    TooShort,
    /// There is a keyring.
    #[error("This desktop has a keyring, which needs no passphrase")]
    KeyRing,
    /// There is a file already.
    #[error("A passphrase was chosen already; enter it")]
    Taken,
    /// The file could not be made.
    #[error("{0}")]
    NotMade(NotOpened),
}

/// Where the secrets are once the passphrase was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// In the file.
    Opened,
    /// In the keyring, which is there now; the file is gone.
    Moved,
}

/// The system's keyring, and in its place, where there is none and the user
/// wants it, a file under a passphrase.
pub struct StandIn {
    system: Arc<dyn KeyRing>,
    file: File,
    opened: Mutex<Option<Arc<Strongbox>>>,
}

impl std::fmt::Debug for StandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StandIn").finish_non_exhaustive()
    }
}

impl StandIn {
    /// A stand-in for `system`, whose file is, or will be, at `file`.
    pub fn new(system: Arc<dyn KeyRing>, file: PathBuf) -> Self {
        Self {
            system,
            file: File::at(file),
            opened: Mutex::default(),
        }
    }

    /// Whether the file waits for its passphrase.
    pub fn is_closed(&self) -> bool {
        self.file.exists() && self.opened().is_none()
    }

    /// Makes the file, under a passphrase that was just chosen. Only for a
    /// desktop without a keyring.
    pub async fn choose(&self, passphrase: Sensitive<String>) -> Result<(), NotChosen> {
        if passphrase.expose().chars().count() < SHORTEST {
            return Err(NotChosen::TooShort);
        }
        if self.file.exists() {
            return Err(NotChosen::Taken);
        }
        if self.system.get(PROBE).await.err() != Some(KeyRingError::Absent) {
            return Err(NotChosen::KeyRing);
        }
        let file = self.file.clone();
        let made = stretching(move || file.make(&passphrase)).await;
        match made {
            Ok(Some(made)) => {
                *self.opened() = Some(Arc::new(made));
                Ok(())
            }
            Ok(None) => Err(NotChosen::Taken),
            Err(error) => Err(NotChosen::NotMade(error)),
        }
    }

    /// Opens the file. Where there is a keyring by now, what is in the file
    /// moves there.
    pub async fn enter(&self, passphrase: Sensitive<String>) -> Result<Entered, NotOpened> {
        let file = self.file.clone();
        let opened = Arc::new(stretching(move || file.open(&passphrase)).await?);
        if self.system.get(PROBE).await.is_ok() && self.move_out(&opened).await.is_some() {
            *self.opened() = None;
            return Ok(Entered::Moved);
        }
        *self.opened() = Some(opened);
        Ok(Entered::Opened)
    }

    /// Removes the file with all that is in it. What was sealed by the key in
    /// it is lost; the servers have it.
    pub async fn forget(&self) -> Result<(), NotOpened> {
        let file = self.file.clone();
        blocking(move || file.remove(&file.hold()?)).await?;
        *self.opened() = None;
        Ok(())
    }

    /// Gives the keyring every secret, and removes the file when the keyring
    /// has them all; `None` when that went wrong, and the file still counts.
    async fn move_out(&self, opened: &Arc<Strongbox>) -> Option<()> {
        let file = self.file.clone();
        // Nobody writes to the file meanwhile.
        let held = blocking(move || file.hold()).await.ok()?;
        let reading = Arc::clone(opened);
        let secrets: Secrets = blocking(move || reading.secrets()).await.ok()?;
        for (name, secret) in &secrets {
            self.system.set(name, secret).await.ok()?;
            let kept = self.system.get(name).await.ok()??;
            (kept.expose() == secret.expose()).then_some(())?;
        }
        self.file.remove(&held).ok()
    }

    fn opened(&self) -> MutexGuard<'_, Option<Arc<Strongbox>>> {
        // Each holder puts one value in and cannot leave it half done.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` on the open file; `None` when there is no file, and the
    /// system's keyring is meant.
    async fn in_file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Strongbox) -> Result<T, NotOpened> + Send + 'static,
    ) -> Result<Option<T>, KeyRingError> {
        if !self.file.exists() {
            *self.opened() = None;
            return Ok(None);
        }
        let opened = self.opened().clone();
        let opened = opened.ok_or(KeyRingError::Passphrase)?;
        match on_own_thread(move || Ok(work(&opened))).await? {
            Ok(done) => Ok(Some(done)),
            // Another process has moved the secrets, or chosen anew.
            Err(NotOpened::Missing) => {
                *self.opened() = None;
                Ok(None)
            }
            Err(NotOpened::WrongPassphrase) => {
                *self.opened() = None;
                Err(KeyRingError::Passphrase)
            }
            Err(other) => Err(KeyRingError::Refused(other.to_string())),
        }
    }
}

#[async_trait]
impl KeyRing for StandIn {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        let wanted = name.to_owned();
        match self.in_file(move |file| file.get(&wanted)).await? {
            Some(found) => Ok(found),
            None => self.system.get(name).await,
        }
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        let wanted = name.to_owned();
        let copy = Sensitive::new(secret.expose().clone());
        match self.in_file(move |file| file.set(wanted, copy)).await? {
            Some(()) => Ok(()),
            None => self.system.set(name, secret).await,
        }
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        let wanted = name.to_owned();
        match self.in_file(move |file| file.delete(&wanted)).await? {
            Some(()) => Ok(()),
            None => self.system.delete(name).await,
        }
    }

    async fn answered_late(&self) {
        self.system.answered_late().await;
    }

    fn stand_in(&self) -> Option<&StandIn> {
        Some(self)
    }
}

/// Argon2id is a second of the processor's, which no thread of the runtime's
/// has to spare.
async fn stretching<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NotOpened> + Send + 'static,
) -> Result<T, NotOpened> {
    let worked = tokio::task::spawn_blocking(work).await;
    worked.unwrap_or_else(|ended| Err(NotOpened::Disk(ended.to_string())))
}

/// Whoever else has the file does not keep it for long, and may not hold this
/// program up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NotOpened> + Send + 'static,
) -> Result<T, NotOpened> {
    match on_own_thread(move || Ok(work())).await {
        Ok(done) => done,
        Err(error) => Err(NotOpened::Disk(error.to_string())),
    }
}
