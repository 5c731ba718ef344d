//! What shall go wrong, for which requests, and for how long.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A fault to show to clients.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Fault {
    /// The operation it strikes (`GetItem`, `GetUserOofSettings`, …); all when absent.
    pub operation: Option<String>,
    /// The mailbox it strikes; all when absent.
    pub mailbox: Option<String>,
    /// How long it lasts.
    pub lasts: Lasts,
    /// What happens.
    pub effect: Effect,
}

impl Fault {
    /// A fault of the next request of an operation.
    pub fn once(operation: &str, effect: Effect) -> Self {
        Self {
            operation: Some(operation.to_owned()),
            mailbox: None,
            lasts: Lasts::Times(1),
            effect,
        }
    }

    /// A fault of every request until it is cleared.
    pub fn always(effect: Effect) -> Self {
        Self {
            operation: None,
            mailbox: None,
            lasts: Lasts::Always,
            effect,
        }
    }
}

/// How long a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lasts {
    /// For so many matching requests.
    Times(u32),
    /// Until this moment.
    Until(DateTime<Utc>),
    /// Until it is cleared.
    Always,
}

/// What happens instead of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A bare HTTP status, with seconds in `Retry-After` when given.
    Status {
        /// HTTP status code.
        status: u16,
        /// Seconds.
        retry_after: Option<u64>,
    },
    /// A SOAP fault with HTTP status 500.
    SoapFault {
        /// Exchange's response code.
        code: String,
        /// `BackOffMilliseconds` when given.
        back_off: Option<u64>,
    },
    /// Status 200 with an answer of `ErrorInternalServerError` that hides
    /// `ErrorServerBusy` and a back-off in milliseconds in its `MessageXml`.
    HiddenBusy(u64),
    /// Status 200 with one response message of class `Error` and this response
    /// code, such as `ErrorMailboxStoreUnavailable`.
    Refused(String),
    /// Status 200 with this body.
    Body(String),
    /// No answer; the connection stays open.
    Hang,
    /// The connection closes without an answer.
    Close,
    /// The answer breaks off in the middle and the connection closes.
    Truncate,
    /// The answer comes after so many milliseconds.
    Delay(u64),
    /// A stream opens and then says nothing, not even heartbeats.
    Stall,
    /// Status 503 with this text in `Retry-After`, which need not make sense.
    RetryAfter(String),
    /// Any status with any body of any type.
    Answer {
        /// HTTP status code.
        status: u16,
        /// `Content-Type`.
        kind: String,
        /// The body's bytes, as text.
        body: String,
    },
    /// `SyncFolderItems` gives the same state again and says there is more.
    Repeat,
    /// `GetItem` serves so many ids and warns of
    /// `ErrorBatchProcessingStopped` for the rest.
    BatchStops(usize),
    /// `GetItem` answers for so many ids and does not speak of the rest.
    CutsShort(usize),
    /// Unknown elements and unknown words of enumerations, at places drawn
    /// from this seed.
    Extras(u64),
    /// Times in the answer have lost their `Z`.
    NaiveTimes,
    /// A stream opens and gives heartbeats, and no change is ever told.
    Deaf,
    /// A stream opens and then tells of this error for its first
    /// subscription, with the connection status `OK` that it does not have.
    StreamError(String),
    /// The same, and no subscription is named.
    StreamErrorOfNone(String),
    /// A stream tells every event twice, the later ones first.
    Disorder,
    /// A stream tells of changes so many milliseconds late.
    Late(u64),
    /// A stream opens, and the server closes it at once in good order.
    EndStream,
    /// The answer's `Date` is so many seconds ahead, or behind.
    Skew(i64),
}

/// The faults in force.
#[derive(Debug, Default)]
pub struct Faults {
    set: Mutex<Vec<Fault>>,
    struck: Mutex<Vec<Effect>>,
}

impl Faults {
    /// Adds a fault.
    pub fn set(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Those set and not yet over.
    pub fn all(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Takes all faults back.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The effects that have struck a request since the last call, each once.
    pub fn take_struck(&self) -> Vec<Effect> {
        std::mem::take(&mut self.struck.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The effect for a request, counting it.
    pub(crate) fn strike(
        &self,
        operation: &str,
        mailbox: &str,
        now: DateTime<Utc>,
    ) -> Option<Effect> {
        let mut set = self.lock();
        set.retain(|fault| match fault.lasts {
            Lasts::Times(times) => times > 0,
            Lasts::Until(end) => now < end,
            Lasts::Always => true,
        });
        let fault = set.iter_mut().find(|fault| {
            fault
                .operation
                .as_deref()
                .is_none_or(|one| one == operation)
                && fault
                    .mailbox
                    .as_deref()
                    .is_none_or(|one| one.eq_ignore_ascii_case(mailbox))
        })?;
        if let Lasts::Times(times) = &mut fault.lasts {
            *times -= 1;
        }
        let effect = fault.effect.clone();
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        if !struck.contains(&effect) {
            struck.push(effect.clone());
        }
        Some(effect)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
