//! The file on the disk: read anew for each question, so that two programs
//! see what the other has written, and replaced as a whole.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::PathBuf,
};

use aes_gcm::aead::Generate as _;

use super::{
    NotOpened,
    layout::{self, Header, LONGEST, Secrets},
    stretch::{Cost, SALT_BYTES, stretch},
};
use crate::{SEALS_PER_KEY_MAX, envelope::Revision, key::Key, sensitive::Sensitive};

/// Where it is, or will be.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: PathBuf,
}

/// The right to write it, while it lives.
pub(super) struct Held {
    _lock: fs::File,
}

/// An open file: where it is and what opens it. No secret stays in memory.
pub(super) struct Strongbox {
    file: File,
    header: Header,
    key: Key,
}

impl File {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn exists(&self) -> bool {
        // A link to nowhere is somebody's doing, and read as a file.
        self.path.symlink_metadata().is_ok()
    }

    /// Waits until nobody else writes.
    pub(super) fn hold(&self) -> Result<Held, NotOpened> {
        let lock = private()
            .truncate(false)
            .create(true)
            .open(self.beside("lock"))?;
        lock.lock()?;
        Ok(Held { _lock: lock })
    }

    /// A new file without secrets; `None` when there is one meanwhile.
    pub(super) fn make(
        &self,
        passphrase: &Sensitive<String>,
    ) -> Result<Option<Strongbox>, NotOpened> {
        let header = Header {
            cost: Cost::USUAL,
            salt: <[u8; SALT_BYTES]>::generate(),
        };
        let key = stretch(passphrase.expose(), &header.salt, header.cost)?;
        let held = self.hold()?;
        if self.exists() {
            return Ok(None);
        }
        let bytes = layout::write(&header, &key, Revision(1), &Secrets::new());
        self.replace(&held, &bytes)?;
        Ok(Some(Strongbox {
            file: self.clone(),
            header,
            key,
        }))
    }

    /// Opens it with a passphrase that was typed.
    pub(super) fn open(&self, passphrase: &Sensitive<String>) -> Result<Strongbox, NotOpened> {
        let bytes = self.bytes()?;
        let sealed = layout::read(&bytes)?;
        let header = sealed.header;
        let key = stretch(passphrase.expose(), &header.salt, header.cost)?;
        sealed.open(&key)?;
        Ok(Strongbox {
            file: self.clone(),
            header,
            key,
        })
    }

    /// Removes it; no error when there is none.
    pub(super) fn remove(&self, _: &Held) -> Result<(), NotOpened> {
        for path in [self.beside("new"), self.path.clone()] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn bytes(&self) -> Result<Vec<u8>, NotOpened> {
        let file = match fs::File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(NotOpened::Missing);
            }
            other => other?,
        };
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(NotOpened::Damaged);
        }
        Ok(bytes)
    }

    /// Either the old or the new file is there, whatever happens meanwhile.
    fn replace(&self, _: &Held, bytes: &[u8]) -> Result<(), NotOpened> {
        if bytes.len() as u64 > LONGEST {
            return Err(NotOpened::Full);
        }
        let fresh = self.beside("new");
        // What a run that was killed has left, with whatever rights.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut file = private().create_new(true).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        #[cfg(unix)]
        if let Some(folder) = self.path.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        name.into()
    }
}

impl Strongbox {
    pub(super) fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, NotOpened> {
        Ok(self.secrets()?.remove(name))
    }

    pub(super) fn set(&self, name: String, secret: Sensitive<Vec<u8>>) -> Result<(), NotOpened> {
        self.change(|secrets| drop(secrets.insert(name, secret)))
    }

    pub(super) fn delete(&self, name: &str) -> Result<(), NotOpened> {
        self.change(|secrets| drop(secrets.remove(name)))
    }

    pub(super) fn secrets(&self) -> Result<Secrets, NotOpened> {
        Ok(self.read()?.1)
    }

    fn read(&self) -> Result<(Revision, Secrets), NotOpened> {
        let bytes = self.file.bytes()?;
        let sealed = layout::read(&bytes)?;
        if sealed.header != self.header {
            return Err(NotOpened::WrongPassphrase);
        }
        sealed.open(&self.key)
    }

    fn change(&self, change: impl FnOnce(&mut Secrets)) -> Result<(), NotOpened> {
        let held = self.file.hold()?;
        let (revision, mut secrets) = self.read()?;
        // SR-04: random nonces allow this many under one key.
        if revision.0 >= SEALS_PER_KEY_MAX {
            return Err(NotOpened::Full);
        }
        change(&mut secrets);
        let next = Revision(revision.0 + 1);
        let bytes = layout::write(&self.header, &self.key, next, &secrets);
        self.file.replace(&held, &bytes)
    }
}

impl From<io::Error> for NotOpened {
    fn from(error: io::Error) -> Self {
        Self::Disk(error.to_string())
    }
}

/// Writes a file that is its user's alone.
fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
