//! The requests a simulator has seen, with its answers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};

use super::{Recording, Shared, outline};
use crate::personality::Personality;

/// The header of a request that breaks the schema on purpose. It is written
/// under a name of its own, and whoever holds the requests against the schema
/// can tell it from one that is broken by mistake.
pub const BROKEN_ON_PURPOSE: &str = "x-broken-on-purpose";

/// A request and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The operation, by its name in Microsoft's documentation
    /// (`GetUserOofSettings`); empty when the request never got so far.
    pub operation: String,
    /// The mailbox acted for.
    pub mailbox: String,
    /// When it had arrived, by the server's clock.
    pub arrived: DateTime<Utc>,
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// What the answer's `Retry-After` says, if it has one.
    pub retry_after: Option<String>,
    /// The request's headers, names in lower case. Of `authorization` its
    /// scheme alone.
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
    status: StatusCode,
    mut recorded: Recorded,
) -> usize {
    recorded.headers = headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let kept = if *name == AUTHORIZATION {
                text.split(' ').next().unwrap_or_default()
            } else {
                &text
            };
            (name.to_string(), kept.to_owned())
        })
        .collect();
    // 102 stands for an answer that never came.
    recorded.status = if status == StatusCode::PROCESSING {
        0
    } else {
        status.as_u16()
    };
    shared.recorder.keep(recorded)
}

#[derive(Debug)]
pub(crate) struct Recorder {
    recording: Recording,
    folder: Option<PathBuf>,
    /// grommunio's answers break the schema by their nature.
    personality: Personality,
    all: Mutex<Vec<Recorded>>,
}

impl Recorder {
    /// Also writes documents into the folder, when one is given.
    pub(crate) fn new(
        recording: Recording,
        folder: Option<&Path>,
        personality: Personality,
    ) -> Self {
        Self {
            recording,
            folder: folder.map(Path::to_owned),
            personality,
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

    /// Notes the `Retry-After` of the answer to a request kept earlier.
    pub(crate) fn note_retry_after(&self, place: usize, text: &str) {
        let mut all = self.lock();
        if let Some(recorded) = place.checked_sub(1).and_then(|at| all.get_mut(at)) {
            recorded.retry_after = Some(text.to_owned());
        }
    }

    /// Adds a stream's envelope to a request kept earlier.
    pub(crate) fn add(&self, place: usize, envelope: &str) {
        self.write_answer("GetStreamingEvents", envelope);
        let mut all = self.lock();
        if let Some(recorded) = place.checked_sub(1).and_then(|at| all.get_mut(at)) {
            recorded.answers.push(envelope.to_owned());
        }
    }

    /// Writes a request.
    pub(crate) fn write_request(&self, operation: &str, headers: &HeaderMap, document: &str) {
        let broken = headers.contains_key(BROKEN_ON_PURPOSE);
        let kind = if broken { "broken" } else { "request" };
        self.write(operation, kind, document);
    }

    /// Writes an answer that follows the schema as far as a server's do.
    pub(crate) fn write_answer(&self, operation: &str, document: &str) {
        if self.personality == Personality::ExchangeSe {
            self.write(operation, "answer", document);
        }
    }

    /// Writes a document under a name of its own, unless the process has
    /// written one like it; several simulators may share a folder. A folder
    /// that cannot be written to is told once per document.
    fn write(&self, operation: &str, kind: &str, document: &str) {
        static WRITTEN: Mutex<BTreeSet<(String, u64)>> = Mutex::new(BTreeSet::new());
        let Some(folder) = &self.folder else { return };
        let number = {
            let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
            if !written.insert((format!("{}{kind}", folder.display()), outline::of(document))) {
                return;
            }
            written.len()
        };
        let name = format!("{}-{number:06}-{operation}.{kind}.xml", std::process::id());
        if let Err(error) = std::fs::write(folder.join(&name), document) {
            tracing::warn!(name, %error, "cannot record a document");
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
