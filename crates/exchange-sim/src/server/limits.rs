//! Throttling: budgets and counts per mailbox that a request is charged to.
//!
//! Microsoft, "EWS throttling in Exchange": an account's budget recharges
//! steadily up to its burst. Below zero requests are delayed a little; below
//! the cutoff they are refused, with the time until the balance is back at zero.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::wire::fault::Fault;

/// What one account may use. Nothing is limited by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Open streams (`HangingConnectionLimit`).
    pub streams: Option<usize>,
    /// Open subscriptions to one mailbox (`EwsMaxSubscriptions`).
    pub subscriptions: Option<usize>,
    /// Requests at the same time (`EwsMaxConcurrency`).
    pub requests: Option<usize>,
    /// `SyncFolderItems` at the same time (`ConcurrentSyncCalls`).
    pub syncs: Option<usize>,
    /// Server time.
    pub budget: Option<Budget>,
}

/// A token bucket of server time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most that can be saved up (`EwsMaxBurst`).
    pub burst: Duration,
    /// What comes back in an hour (`EwsRechargeRate`).
    pub recharge: Duration,
    /// The debt from which requests are refused (`EwsCutoffBalance`).
    pub cutoff: Duration,
    /// What every request costs here, whatever it took.
    pub cost: Duration,
}

impl Limits {
    /// The default policy of Exchange 2016 and later; a request costs 50 ms.
    pub fn of_exchange() -> Self {
        Self::of_exchange_at(Duration::from_millis(50))
    }

    /// The same, where a request costs so much.
    pub fn of_exchange_at(cost: Duration) -> Self {
        Self {
            streams: Some(10),
            subscriptions: Some(5000),
            requests: Some(27),
            syncs: None,
            budget: Some(Budget {
                burst: Duration::from_mins(5),
                recharge: Duration::from_mins(15),
                cutoff: Duration::from_mins(50),
                cost,
            }),
        }
    }
}

/// The longest that an answer is held back for a debt.
const LONGEST_DELAY: Duration = Duration::from_millis(100);

/// What an account uses now.
#[derive(Debug, Default)]
struct Usage {
    streams: usize,
    requests: usize,
    syncs: usize,
    /// Milliseconds, and when they were counted.
    balance: Option<(i64, DateTime<Utc>)>,
}

/// Keeps count for all accounts.
#[derive(Debug, Default)]
pub(super) struct Governor(Mutex<HashMap<String, Usage>>);

/// A request that was let in; its place is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Pass {
    governor: Arc<Governor>,
    account: String,
    kind: Kind,
    /// How long the answer is held back.
    pub(super) delay: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Stream,
    Sync,
    Other,
}

impl Governor {
    /// Lets a request in, or refuses it with the fault that a real server has.
    pub(super) fn admit(
        self: &Arc<Self>,
        limits: &Limits,
        account: &str,
        operation: &str,
        now: DateTime<Utc>,
    ) -> Result<Pass, Fault> {
        let kind = match operation {
            "GetStreamingEvents" => Kind::Stream,
            "SyncFolderItems" => Kind::Sync,
            _ => Kind::Other,
        };
        let mut all = self.lock();
        let usage = all.entry(account.to_owned()).or_default();
        let over = |used: usize, limit: Option<usize>| limit.is_some_and(|limit| used >= limit);
        if kind == Kind::Stream && over(usage.streams, limits.streams)
            || kind != Kind::Stream && over(usage.requests, limits.requests)
        {
            return Err(Fault::new(
                "ErrorExceededConnectionCount",
                "You have exceeded the available concurrent connections for your account.",
            ));
        }
        if kind == Kind::Sync && over(usage.syncs, limits.syncs) {
            return Err(Fault::busy(1000));
        }
        let delay = match limits.budget {
            Some(budget) => charge(usage, budget, now)?,
            None => Duration::ZERO,
        };
        match kind {
            Kind::Stream => usage.streams += 1,
            Kind::Sync => {
                usage.syncs += 1;
                usage.requests += 1;
            }
            Kind::Other => usage.requests += 1,
        }
        drop(all);
        Ok(Pass {
            governor: Arc::clone(self),
            account: account.to_owned(),
            kind,
            delay,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Usage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(usage) = self.governor.lock().get_mut(&self.account) {
            match self.kind {
                Kind::Stream => usage.streams -= 1,
                Kind::Sync => {
                    usage.syncs -= 1;
                    usage.requests -= 1;
                }
                Kind::Other => usage.requests -= 1,
            }
        }
    }
}

fn milliseconds(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// Takes a request's cost; gives how long its answer is held back.
fn charge(usage: &mut Usage, budget: Budget, now: DateTime<Utc>) -> Result<Duration, Fault> {
    const HOUR: i64 = 3_600_000;
    let (burst, recharge) = (milliseconds(budget.burst), milliseconds(budget.recharge));
    let balance = match usage.balance {
        None => burst,
        Some((balance, at)) => {
            let passed = (now - at).num_milliseconds().max(0);
            (balance + passed.saturating_mul(recharge) / HOUR).min(burst)
        }
    };
    if balance < -milliseconds(budget.cutoff) {
        usage.balance = Some((balance, now));
        let wait = (-balance).saturating_mul(HOUR) / recharge.max(1);
        return Err(Fault::busy(u64::try_from(wait).unwrap_or_default()));
    }
    usage.balance = Some((balance - milliseconds(budget.cost), now));
    Ok(if balance < 0 {
        budget.cost.min(LONGEST_DELAY)
    } else {
        Duration::ZERO
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn budget() -> Limits {
        Limits {
            budget: Some(Budget {
                burst: Duration::from_millis(200),
                recharge: Duration::from_mins(6),
                cutoff: Duration::from_millis(300),
                cost: Duration::from_millis(100),
            }),
            ..Limits::default()
        }
    }

    #[test]
    fn a_spent_budget_delays_then_refuses_and_comes_back() {
        let governor = Arc::new(Governor::default());
        let ask = |second| governor.admit(&budget(), "anna", "GetItem", at(second));
        let delays: Vec<_> = (0..7)
            .map(|_| ask(0).map(|pass| pass.delay.as_millis()).ok())
            .collect();
        assert_eq!(
            delays,
            [
                Some(0),
                Some(0),
                Some(0),
                Some(100),
                Some(100),
                Some(100),
                None
            ]
        );
        let busy = ask(0).unwrap_err();
        assert_eq!(busy.code, "ErrorServerBusy");
        assert!(busy.document().contains(">4000<"), "{}", busy.document());
        assert_eq!(ask(4).unwrap().delay, Duration::ZERO);
    }

    #[test]
    fn streams_are_counted_per_account_until_they_end() {
        let governor = Arc::new(Governor::default());
        let limits = Limits {
            streams: Some(2),
            ..Limits::default()
        };
        let open = |who| governor.admit(&limits, who, "GetStreamingEvents", at(0));
        let (_first, second) = (open("anna").unwrap(), open("anna").unwrap());
        assert_eq!(
            open("anna").unwrap_err().code,
            "ErrorExceededConnectionCount"
        );
        assert!(open("bo").is_ok());
        drop(second);
        assert!(open("anna").is_ok());
    }
}
