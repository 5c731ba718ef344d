//! The requests a simulator has seen, with its answers.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};

use super::{Recording, Shared};

/// A request and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The operation, by its name in Microsoft's documentation
    /// (`GetUserOofSettings`); empty when the request never got so far.
    pub operation: String,
    /// The mailbox acted for.
    pub mailbox: String,
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// The request's headers, names in lower case. Without `authorization`.
    pub headers: Vec<(String, String)>,
    /// The request's body.
    pub request: String,
    /// The answer's body, unpacked. Of a stream: each envelope so far.
    pub answers: Vec<String>,
}

/// Keeps a request with its answer; gives its place.
pub(super) fn keep(
    shared: &Shared,
    headers: &HeaderMap,
    operation: &str,
    mailbox: &str,
    status: StatusCode,
    request: String,
    answer: Option<String>,
) -> usize {
    let headers = headers
        .iter()
        .filter(|(name, _)| **name != AUTHORIZATION)
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    // 102 stands for an answer that never came.
    let status = if status == StatusCode::PROCESSING {
        0
    } else {
        status.as_u16()
    };
    shared.recorder.keep(Recorded {
        operation: operation.to_owned(),
        mailbox: mailbox.to_owned(),
        status,
        headers,
        request,
        answers: answer.into_iter().collect(),
    })
}

#[derive(Debug)]
pub(crate) struct Recorder {
    recording: Recording,
    folder: Option<PathBuf>,
    all: Mutex<Vec<Recorded>>,
}

impl Recorder {
    /// Also writes every answer into the folder, when one is given.
    pub(crate) fn new(recording: Recording, folder: Option<&Path>) -> Self {
        Self {
            recording,
            folder: folder.map(Path::to_owned),
            all: Mutex::default(),
        }
    }

    /// Keeps a request; gives its place, where answers can be added.
    pub(crate) fn keep(&self, recorded: Recorded) -> usize {
        let mut all = self.lock();
        if self.recording == Recording::On {
            all.push(recorded);
        }
        all.len()
    }

    /// Adds a stream's envelope to a request kept earlier.
    pub(crate) fn add(&self, place: usize, envelope: &str) {
        self.write("GetStreamingEvents", "answer", envelope);
        let mut all = self.lock();
        if let Some(recorded) = place.checked_sub(1).and_then(|at| all.get_mut(at)) {
            recorded.answers.push(envelope.to_owned());
        }
    }

    /// Writes one document under a name of its own; several simulators may share a
    /// folder. A folder that cannot be written to is told once per document.
    pub(crate) fn write(&self, operation: &str, kind: &str, document: &str) {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let Some(folder) = &self.folder else { return };
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number:06}-{operation}.{kind}.xml", std::process::id());
        if let Err(error) = std::fs::write(folder.join(&name), document) {
            tracing::warn!(name, %error, "cannot record an answer");
        }
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Recorded>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
