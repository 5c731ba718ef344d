//! Lets requests to Exchange through as the [`Governor`] says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};
use engine::{Clock, Failure, FailureKind};
use tokio::sync::{Notify, futures::Notified};

use crate::governor::{Governor, Verdict};

/// The one gate of a connector.
pub(crate) struct Gate {
    governor: Mutex<Governor>,
    changed: Notify,
    clock: Arc<dyn Clock>,
}

/// Leave to have one request under way.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    verdict: Verdict,
}

impl Gate {
    pub(crate) fn new(ceiling: usize, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            governor: Mutex::new(Governor::of_server(ceiling)),
            changed: Notify::new(),
            clock,
        })
    }

    fn governor(&self) -> MutexGuard<'_, Governor> {
        // Each holder leaves a whole state behind.
        self.governor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leave, where it is to be had at once.
    pub(crate) fn try_enter(self: &Arc<Self>) -> Option<Pass> {
        let mut governor = self.governor();
        governor.may_begin(self.clock.now()).then(|| {
            governor.begin();
            Pass {
                gate: Arc::clone(self),
                verdict: Verdict::Neither,
            }
        })
    }

    /// Waits for leave.
    pub(crate) async fn enter(self: &Arc<Self>) -> Pass {
        loop {
            let mut changed = std::pin::pin!(self.departure());
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(pass) = self.try_enter() {
                return pass;
            }
            tokio::select! {
                () = changed => {}
                () = self.clock.wait_until(self.opens()) => {}
            }
        }
    }

    /// When it is worth trying again, if nobody leaves before.
    pub(crate) fn opens(&self) -> DateTime<Utc> {
        let now = self.clock.now();
        let later = now + Duration::seconds(30);
        self.governor().rests_until(now).unwrap_or(later)
    }

    /// Somebody leaves. Who enables it before trying to enter misses nobody.
    pub(crate) fn departure(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub(crate) fn is_resting(&self) -> bool {
        self.governor().is_resting()
    }

    pub(crate) fn limit(&self) -> usize {
        self.governor().limit()
    }

    /// How long a request took of the kind that always asks for the same.
    pub(crate) fn took(&self, time: Duration) {
        self.governor().took(time);
    }
}

impl Pass {
    /// Ends with what came of the request.
    pub(crate) fn end<T>(mut self, outcome: Result<&T, &Failure>) {
        self.verdict = match outcome {
            Ok(_) => Verdict::Answered,
            Err(failure) => verdict(failure.kind),
        };
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let now = self.gate.clock.now();
        self.gate.governor().end(self.verdict, now);
        self.gate.changed.notify_waiters();
    }
}

fn verdict(kind: FailureKind) -> Verdict {
    match kind {
        FailureKind::Throttled(wait) => {
            Verdict::Busy(Duration::from_std(wait).unwrap_or(Duration::MAX))
        }
        FailureKind::Unreachable
        | FailureKind::Untrusted
        | FailureKind::NotEws
        | FailureKind::Unsupported
        | FailureKind::Failing
        | FailureKind::Service(_) => Verdict::Away,
        // That is about one mailbox, and an answer.
        FailureKind::Refused | FailureKind::Elsewhere | FailureKind::CursorLost => {
            Verdict::Answered
        }
        FailureKind::Credentials
        | FailureKind::NoTicket
        | FailureKind::NoCommonScheme
        | FailureKind::CaFile => Verdict::Neither,
    }
}
