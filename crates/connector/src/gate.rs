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
        // A rest that is over and still keeps others out has its first request
        // under way: its departure is waited for.
        let rest = self.governor().rests_until(now).filter(|at| *at > now);
        rest.unwrap_or(later)
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use futures_util::poll;

    use super::*;

    /// A clock that stands still, and bears no more than some waits for what is
    /// over.
    #[derive(Default)]
    struct Standing {
        now: Mutex<DateTime<Utc>>,
        over: AtomicUsize,
    }

    #[async_trait]
    impl Clock for Standing {
        fn now(&self) -> DateTime<Utc> {
            *self.now.lock().unwrap()
        }

        async fn wait_until(&self, moment: DateTime<Utc>) {
            if moment > self.now() {
                std::future::pending::<()>().await;
            }
            let over = self.over.fetch_add(1, Ordering::SeqCst);
            assert!(over < 100, "it looks again and again without waiting");
        }
    }

    #[tokio::test]
    async fn while_the_first_request_after_a_rest_is_under_way_the_others_wait_for_its_end() {
        let clock = Arc::new(Standing::default());
        let gate = Gate::new(4, clock.clone());
        for _ in 0..3 {
            let mut pass = gate.try_enter().unwrap();
            pass.verdict = Verdict::Away;
        }
        assert!(gate.is_resting() && gate.try_enter().is_none());
        *clock.now.lock().unwrap() += Duration::minutes(5);
        let first = gate.try_enter().unwrap();
        let mut second = std::pin::pin!(gate.enter());
        assert!(poll!(second.as_mut()).is_pending());
        first.end::<()>(Ok(&()));
        assert!(poll!(second.as_mut()).is_ready());
    }
}
