//! How much is asked of a server for one account: how many requests at a
//! time, and none while the server wants quiet.
//!
//! The rules stand in [`Budget`], which reads no clock; [`Governor`] lets
//! tasks wait for it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::ResponseCode;

/// Requests at a time: the user's other programs share the server's budget
/// (27 on a stock server).
const CONCURRENCY: usize = 4;
/// A wait that the server did not name: the first one, and the longest.
const UNNAMED_FIRST: Duration = Duration::from_secs(10);
const UNNAMED_MAX: Duration = Duration::from_mins(5);
/// The longest wait that is taken from a server's word.
const NAMED_MAX: Duration = Duration::from_mins(30);
/// Calls of one operation that are looked at together.
const SAMPLE: usize = 8;
/// A median below this is no sign of a server that is held back.
const PROMPT: Duration = Duration::from_millis(500);

/// What the answer to one request told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// An answer came.
    Answer,
    /// Nothing of use for the rules.
    Nothing,
}

/// The rules.
#[derive(Debug)]
struct Budget {
    /// Spreads the waits of many accounts, each its own way.
    seed: u64,
    running: usize,
    /// How many may run.
    limit: usize,
    /// How many the limit may rise to again.
    ceiling: usize,
    quiet_until: Option<Instant>,
    /// Requests for quiet in a row that named no wait.
    unnamed: u32,
    paces: BTreeMap<&'static str, Pace>,
}

/// How fast one operation is answered.
#[derive(Debug, Default)]
struct Pace {
    latest: Vec<Duration>,
    /// The best median so far.
    usual: Option<Duration>,
    /// The last call.
    last: Option<Duration>,
}

/// What a full sample says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    Slower,
    AsUsual,
}

impl Pace {
    fn record(&mut self, took: Duration) -> Option<Trend> {
        self.last = Some(took);
        self.latest.push(took);
        if self.latest.len() < SAMPLE {
            return None;
        }
        let mut sorted = std::mem::take(&mut self.latest);
        sorted.sort_unstable();
        let median = sorted[SAMPLE / 2];
        let usual = *self.usual.get_or_insert(median);
        self.usual = Some(usual.min(median));
        let slower = median > PROMPT && median >= usual * 2;
        Some(if slower {
            Trend::Slower
        } else {
            Trend::AsUsual
        })
    }
}

impl Budget {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            running: 0,
            limit: CONCURRENCY,
            ceiling: CONCURRENCY,
            quiet_until: None,
            unnamed: 0,
            paces: BTreeMap::new(),
        }
    }

    /// What is left of the quiet.
    fn quiet(&self, now: Instant) -> Option<Duration> {
        let until = self.quiet_until.filter(|until| *until > now)?;
        Some(until - now)
    }

    /// The server wants quiet, for as long as it named. Zero names nothing:
    /// a server that is busy for no time would be asked in a loop.
    fn busy(&mut self, named: Option<Duration>, now: Instant) -> Duration {
        let wait = if let Some(wait) = named.filter(|wait| !wait.is_zero()) {
            wait.min(NAMED_MAX)
        } else {
            self.unnamed += 1;
            self.unnamed_wait()
        };
        let until = now + wait;
        self.quiet_until = Some(self.quiet_until.map_or(until, |before| before.max(until)));
        wait
    }

    /// Doubles each time; between half and all of it, by account, so that a
    /// company's clients do not come back all at once.
    fn unnamed_wait(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.unnamed.saturating_sub(1));
        let whole = UNNAMED_FIRST.saturating_mul(doubled).min(UNNAMED_MAX);
        let mixed = self
            .seed
            .wrapping_add(u64::from(self.unnamed))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let thousandths = u32::try_from((mixed >> 32) % 501).unwrap_or(0);
        whole / 2 + whole * thousandths / 1000
    }

    /// The account has too many connections: one fewer, for good.
    fn too_many(&mut self) {
        self.ceiling = (self.ceiling - 1).max(1);
        self.limit = self.limit.min(self.ceiling);
    }

    /// An answer to an operation came. A server that holds answers back says
    /// nothing else of being pressed.
    fn answered(&mut self, operation: &'static str, took: Duration) {
        self.unnamed = 0;
        match self.paces.entry(operation).or_default().record(took) {
            Some(Trend::Slower) => self.limit = (self.limit / 2).max(1),
            Some(Trend::AsUsual) => self.limit = (self.limit + 1).min(self.ceiling),
            None => {}
        }
    }
}

/// Lets requests through for one account at one server.
#[derive(Debug)]
pub(crate) struct Governor {
    budget: Mutex<Budget>,
    changed: Notify,
}

/// Leave to have one request under way.
#[derive(Debug)]
pub(crate) struct Leave<'a> {
    governor: &'a Governor,
    operation: &'static str,
    since: Instant,
}

impl Governor {
    /// `server` and `account` only spread waits.
    pub(crate) fn new(server: &str, account: &str) -> Self {
        // FNV-1a; the same account always waits alike.
        let seed = server
            .bytes()
            .chain(account.bytes())
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self {
            budget: Mutex::new(Budget::new(seed)),
            changed: Notify::new(),
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        // Each holder leaves a whole state behind.
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is left of the quiet that the server asked for.
    pub(crate) fn quiet(&self) -> Option<Duration> {
        self.budget().quiet(Instant::now())
    }

    /// How long the last answered call of an operation took.
    pub(crate) fn last_took(&self, operation: &str) -> Option<Duration> {
        self.budget().paces.get(operation)?.last
    }

    /// Waits for its turn; `Err` with what is left when the server wants
    /// quiet, also when that begins during the wait.
    pub(crate) async fn leave(&self, operation: &'static str) -> Result<Leave<'_>, Duration> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            {
                let mut budget = self.budget();
                let now = Instant::now();
                if let Some(left) = budget.quiet(now) {
                    return Err(left);
                }
                if budget.running < budget.limit {
                    budget.running += 1;
                    return Ok(Leave {
                        governor: self,
                        operation,
                        since: now,
                    });
                }
            }
            changed.await;
        }
    }

    /// The server wants quiet. How long it will get it.
    pub(crate) fn busy(&self, code: Option<&ResponseCode>, named: Option<Duration>) -> Duration {
        let wait = {
            let mut budget = self.budget();
            if code == Some(&ResponseCode::ErrorExceededConnectionCount) {
                budget.too_many();
            }
            budget.busy(named, Instant::now())
        };
        // Whoever waits for a turn hears of it.
        self.changed.notify_waiters();
        wait
    }
}

impl Leave<'_> {
    /// Ends with what came of the request.
    pub(crate) fn end(self, told: Told) {
        if told == Told::Answer {
            let took = Instant::now() - self.since;
            self.governor.budget().answered(self.operation, took);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.governor.budget().running -= 1;
        self.governor.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use rstest::rstest;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget() -> (Budget, Instant) {
        (Budget::new(7), Instant::now())
    }

    #[rstest]
    #[case::named(Some(90 * SECOND), 90 * SECOND)]
    #[case::by_the_millisecond(
        Some(Duration::from_millis(297_749)),
        Duration::from_millis(297_749)
    )]
    #[case::a_day(Some(86_400 * SECOND), NAMED_MAX)]
    #[case::for_ever(Some(Duration::MAX), NAMED_MAX)]
    fn a_named_wait_is_kept_up_to_half_an_hour(
        #[case] named: Option<Duration>,
        #[case] wait: Duration,
    ) {
        let (mut budget, now) = budget();
        assert_eq!(budget.busy(named, now), wait);
        assert_eq!(budget.quiet(now), Some(wait));
        assert_eq!(budget.quiet(now + wait), None);
    }

    #[rstest]
    #[case(None)]
    #[case(Some(Duration::ZERO))]
    fn an_unnamed_wait_doubles_up_to_five_minutes_and_starts_anew(#[case] named: Option<Duration>) {
        let (mut budget, now) = budget();
        for whole in [10, 20, 40, 80, 160, 300, 300].map(Duration::from_secs) {
            let wait = budget.busy(named, now);
            assert!(wait >= whole / 2 && wait <= whole, "{wait:?} of {whole:?}");
        }
        budget.answered("GetItem", SECOND);
        assert!(budget.busy(named, now) <= 10 * SECOND);
    }

    #[test]
    fn a_shorter_wait_does_not_cut_a_longer_one_short() {
        let (mut budget, now) = budget();
        budget.busy(Some(60 * SECOND), now);
        budget.busy(Some(5 * SECOND), now);
        assert_eq!(budget.quiet(now), Some(60 * SECOND));
    }

    #[test]
    fn accounts_of_one_server_do_not_come_back_all_at_once() {
        let waits: std::collections::BTreeSet<_> = (0..100)
            .map(|n| Governor::new("mail.example.org", &format!("{n}@example.org")))
            .map(|governor| governor.busy(None, None))
            .collect();
        assert!(waits.len() > 50, "{} different waits", waits.len());
    }

    #[test]
    fn answers_that_take_twice_as_long_halve_what_runs_at_a_time() {
        let (mut budget, _) = budget();
        let sample = |budget: &mut Budget, took: Duration| {
            (0..SAMPLE).for_each(|_| budget.answered("GetItem", took));
            budget.limit
        };
        assert_eq!(sample(&mut budget, SECOND), 4);
        assert_eq!(sample(&mut budget, 2 * SECOND), 2);
        assert_eq!(sample(&mut budget, 5 * SECOND), 1);
        assert_eq!(sample(&mut budget, 5 * SECOND), 1);
        // As fast as before, it gets back what it had, step by step.
        assert_eq!(sample(&mut budget, SECOND), 2);
        assert_eq!(sample(&mut budget, SECOND), 3);
        assert_eq!(sample(&mut budget, SECOND), 4);
        assert_eq!(sample(&mut budget, SECOND), 4);
    }

    #[test]
    fn slowness_is_judged_by_operation_and_not_by_jitter() {
        let (mut budget, _) = budget();
        for _ in 0..SAMPLE {
            budget.answered("GetFolder", Duration::from_millis(10));
        }
        for _ in 0..SAMPLE {
            budget.answered("GetFolder", Duration::from_millis(100));
            budget.answered("GetUserAvailability", 9 * SECOND);
        }
        assert_eq!(budget.limit, CONCURRENCY);
    }

    #[test]
    fn too_many_connections_mean_one_fewer_for_good() {
        let (mut budget, _) = budget();
        budget.too_many();
        for _ in 0..10 * SAMPLE {
            budget.answered("GetItem", SECOND);
        }
        assert_eq!(budget.limit, CONCURRENCY - 1);
        (0..10).for_each(|_| budget.too_many());
        assert_eq!(budget.limit, 1);
    }

    #[tokio::test]
    async fn a_fifth_request_waits_for_one_of_four_to_end() {
        let governor = Governor::new("mail.example.org", "anna");
        let mut four = Vec::new();
        for _ in 0..CONCURRENCY {
            four.push(governor.leave("GetItem").await.unwrap());
        }
        let fifth = governor.leave("GetItem");
        tokio::pin!(fifth);
        assert!(fifth.as_mut().now_or_never().is_none());
        four.pop().unwrap().end(Told::Answer);
        assert!(fifth.as_mut().now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn how_long_the_last_answer_took_is_known_by_operation() {
        let governor = Governor::new("mail.example.org", "anna");
        assert_eq!(governor.last_took("GetItem"), None);
        for took in [SECOND, 3 * SECOND] {
            let leave = governor.leave("GetItem").await.unwrap();
            tokio::time::advance(took).await;
            leave.end(Told::Answer);
        }
        let leave = governor.leave("GetItem").await.unwrap();
        tokio::time::advance(9 * SECOND).await;
        leave.end(Told::Nothing);
        assert_eq!(governor.last_took("GetItem"), Some(3 * SECOND));
        assert_eq!(governor.last_took("FindItem"), None);
    }

    #[tokio::test]
    async fn who_waits_for_a_turn_hears_that_the_server_wants_quiet() {
        let governor = Governor::new("mail.example.org", "anna");
        let mut four = Vec::new();
        for _ in 0..CONCURRENCY {
            four.push(governor.leave("GetItem").await.unwrap());
        }
        let fifth = governor.leave("GetItem");
        tokio::pin!(fifth);
        assert!(fifth.as_mut().now_or_never().is_none());
        governor.busy(None, Some(60 * SECOND));
        let left = fifth.await.unwrap_err();
        assert!(left > 59 * SECOND);
        drop(four);
        assert!(governor.leave("GetItem").await.is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_happens_something_may_run_and_no_wait_is_endless(
            events in proptest::collection::vec((0_u8..4, 0_u64..u64::MAX), 0..200),
        ) {
            let (mut budget, now) = budget();
            for (event, number) in events {
                match event {
                    0 => budget.too_many(),
                    1 => budget.answered("FindItem", Duration::from_millis(number % 100_000)),
                    2 => { budget.busy(Some(Duration::from_millis(number)), now); }
                    _ => { budget.busy(None, now); }
                }
                proptest::prop_assert!((1..=CONCURRENCY).contains(&budget.limit));
                proptest::prop_assert!(budget.quiet(now) <= Some(NAMED_MAX));
            }
        }
    }
}
