//! Where the stores of installations stand: files in the program, a disk with
//! faults in simulations.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

use crate::{
    sqlite::{SqliteStore, damage_mark},
    store::{Store, StoreError},
};

/// A place for stores.
#[async_trait]
pub trait Shelf: Send + Sync + 'static {
    /// Opens the store at `file`, and makes it when it is not there.
    async fn open(&self, file: &Path) -> Result<Arc<dyn Store>, StoreError>;
    /// Whether damage was found in the store after it was opened last.
    fn is_damaged(&self, file: &Path) -> bool;
    /// Moves a store that cannot be used any more out of the way, in the place
    /// of the one that was moved before.
    fn set_aside(&self, file: &Path) -> io::Result<()>;
    /// Removes what was set aside: once the next store stands nobody needs it,
    /// and what it holds is past its time.
    fn remove_set_aside(&self, file: &Path);
}

/// SQLite files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files;

/// The file and SQLite's own files beside it.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Where a file goes that cannot be used any more.
pub fn set_aside_path(file: &Path) -> PathBuf {
    beside(file, ".set-aside")
}

#[async_trait]
impl Shelf for Files {
    async fn open(&self, file: &Path) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(SqliteStore::open(file).await?))
    }

    fn is_damaged(&self, file: &Path) -> bool {
        damage_mark(file).exists()
    }

    fn set_aside(&self, file: &Path) -> io::Result<()> {
        for suffix in SUFFIXES {
            let to = beside(&set_aside_path(file), suffix);
            match std::fs::rename(beside(file, suffix), to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        // It is absent, or the next opening sets the new file aside too.
        let _removed = std::fs::remove_file(damage_mark(file));
        Ok(())
    }

    fn remove_set_aside(&self, file: &Path) {
        for suffix in SUFFIXES {
            // There is none, or it is tried again at the next opening.
            let _removed = std::fs::remove_file(beside(&set_aside_path(file), suffix));
        }
    }
}
