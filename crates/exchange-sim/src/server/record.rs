//! The requests a simulator has seen, with its answers.

use std::sync::{Mutex, PoisonError};

use super::Recording;

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

#[derive(Debug)]
pub(crate) struct Recorder {
    recording: Recording,
    all: Mutex<Vec<Recorded>>,
}

impl Recorder {
    pub(crate) fn new(recording: Recording) -> Self {
        Self {
            recording,
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
        let mut all = self.lock();
        if let Some(recorded) = place.checked_sub(1).and_then(|at| all.get_mut(at)) {
            recorded.answers.push(envelope.to_owned());
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
