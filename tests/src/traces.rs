//! What a session leaves behind: files, and what it has logged.

#![expect(clippy::expect_used, reason = "a scenario ends where a step fails")]

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, Once, PoisonError},
};

use exchange_sim::Simulator;
use tracing_subscriber::EnvFilter;

use crate::canary::{self, Search};

/// Joinbell's own words, all of them. What others log is held back by the
/// programs as well.
const OWN: &str = "off,calendar=trace,desktop=trace,engine=trace,ews=trace,vault=trace";

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct IntoLog;

impl Write for IntoLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what this program logs from now on.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| log_into(IntoLog));
}

/// Writes what this program logs from now on into `place`; once.
///
/// # Panics
/// When it is not the first call.
pub fn log_into(place: impl Write + Send + 'static) {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(OWN))
        .with_ansi(false)
        .with_writer(Mutex::new(place))
        .init();
}

/// What has been logged since [`listen`].
pub fn logged() -> Vec<u8> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Each file below `folder`. SQLite may take one away meanwhile.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                found.push((path, bytes));
            }
        }
    }
    found
}

/// SR-06, SR-65, at the end of a scenario: neither a file below `folder` nor
/// the log holds what the mailboxes do or one of `secrets`. The log does not
/// name the user `own` either; the list of accounts has to.
///
/// # Panics
/// When one does.
pub fn hold_nothing_private(
    folder: &Path,
    log: &[u8],
    simulator: &Simulator,
    (own, secrets): (&str, &[&str]),
) {
    let words = simulator.world(|world| canary::words_of(world));
    let secrets = secrets.iter().map(|&word| word.to_owned());
    let words: Vec<String> = words.into_iter().chain(secrets).collect();
    let others = words.iter().filter(|word| *word != own).cloned();
    let search = Search::new(others);
    let all = files(folder);
    assert!(!all.is_empty(), "there is nothing to look at");
    for (file, bytes) in all {
        assert_eq!(search.found(&bytes), None, "in {}", file.display());
    }
    let search = Search::new(words.into_iter().chain([own.to_owned()]));
    assert!(!log.is_empty(), "nothing was logged");
    let found = search.found(log);
    assert_eq!(found, None, "it was logged");
}

/// Whether a file below `folder` holds these bytes, the write-ahead log too.
///
/// # Panics
/// When there are no bytes to look for.
pub fn is_on_disk(folder: &Path, bytes: &[u8]) -> bool {
    let first = bytes.first().expect("bytes");
    files(folder).iter().any(|(_, held)| {
        held.iter().enumerate().any(|(at, byte)| {
            byte == first && held.get(at..).is_some_and(|rest| rest.starts_with(bytes))
        })
    })
}
