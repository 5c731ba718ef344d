//! How much is asked of Exchange for all mailboxes together.
//!
//! A server keeps one budget for each mailbox that is acted for ("EWS
//! throttling in Exchange"), and the client of one mailbox keeps to that one
//! by itself. What stands here is the connector's own: how many requests run
//! at a time, fewer while the server is pressed, and none at all for a while
//! when one mailbox after the other finds it busy or away.

use chrono::{DateTime, Duration, Utc};

/// Mailboxes in a row that find the server busy or away before all of them
/// are held back. One alone may have trouble of its own.
const OF_SERVER: u32 = 3;
/// The store is the same for all.
const OF_STORE: u32 = 1;
const REST_FIRST: Duration = Duration::seconds(1);
const REST_LAST: Duration = Duration::minutes(1);
/// The longest wait that one mailbox's answer may put upon all.
const NAMED_MAX: Duration = Duration::minutes(5);
/// Calls of one kind that are looked at together.
const SAMPLE: usize = 16;
/// A median below this is no sign of a server that is held back.
const PROMPT: Duration = Duration::milliseconds(500);

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An answer came.
    Answered,
    /// The server wants quiet for so long.
    Busy(Duration),
    /// The network or the server is away.
    Away,
    /// It failed in a way that says nothing of the server's state.
    Neither,
}

/// The rules.
#[derive(Debug)]
pub struct Governor {
    ceiling: usize,
    limit: usize,
    running: usize,
    /// Answers since the limit was last changed.
    answered: usize,
    in_a_row: u32,
    /// So many failures in a row make a rest.
    tolerated: u32,
    rest: Option<Rest>,
    rests: u32,
    latest: Vec<Duration>,
    usual: Option<Duration>,
}

/// A time in which one request at a time looks whether the server is back.
#[derive(Debug, Clone, Copy)]
struct Rest {
    until: DateTime<Utc>,
    /// How far ahead that was put: a clock that is set back must not make it
    /// longer.
    length: Duration,
}

impl Governor {
    /// Exchange, with at most `ceiling` requests at a time.
    pub fn of_server(ceiling: usize) -> Self {
        Self::new(ceiling, OF_SERVER)
    }

    /// The store, which is asked by as many as the server lets through.
    pub fn of_store() -> Self {
        Self::new(usize::MAX, OF_STORE)
    }

    fn new(ceiling: usize, tolerated: u32) -> Self {
        Self {
            tolerated,
            ceiling: ceiling.max(1),
            limit: ceiling.max(1),
            running: 0,
            answered: 0,
            in_a_row: 0,
            rest: None,
            rests: 0,
            latest: Vec::with_capacity(SAMPLE),
            usual: None,
        }
    }

    /// Whether a request may begin.
    pub fn may_begin(&self, now: DateTime<Utc>) -> bool {
        match self.rest {
            // The first one after a rest goes alone.
            Some(rest) => self.running == 0 && now >= rest.ends(now),
            None => self.running < self.limit,
        }
    }

    /// When that has to be asked again if nothing happens before.
    pub fn rests_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.rest.map(|rest| rest.ends(now))
    }

    /// Whether the server is left alone.
    pub fn is_resting(&self) -> bool {
        self.rest.is_some()
    }

    /// How many requests may run at a time now.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// A request begins.
    pub fn begin(&mut self) {
        self.running += 1;
    }

    /// A request has ended.
    pub fn end(&mut self, verdict: Verdict, now: DateTime<Utc>) {
        self.running = self.running.saturating_sub(1);
        match verdict {
            Verdict::Answered => {
                (self.in_a_row, self.rests, self.rest) = (0, 0, None);
                self.answered += 1;
                if self.answered >= self.limit {
                    self.answered = 0;
                    self.limit = self.limit.saturating_add(1).min(self.ceiling);
                }
            }
            Verdict::Busy(wait) => {
                self.fewer();
                self.trouble(Some(wait.min(NAMED_MAX)), now);
            }
            Verdict::Away => self.trouble(None, now),
            Verdict::Neither => {}
        }
    }

    /// How long a request took of the kind that always asks for the same. A
    /// server that holds answers back says nothing else of being pressed.
    pub fn took(&mut self, time: Duration) {
        self.latest.push(time);
        if self.latest.len() < SAMPLE {
            return;
        }
        self.latest.sort_unstable();
        let median = self.latest.get(SAMPLE / 2).copied().unwrap_or_default();
        self.latest.clear();
        let usual = *self.usual.get_or_insert(median);
        self.usual = Some(usual.min(median));
        if median > PROMPT && median >= usual * 2 {
            self.fewer();
        }
    }

    fn fewer(&mut self) {
        self.limit = (self.limit / 2).max(1);
        self.answered = 0;
    }

    fn trouble(&mut self, named: Option<Duration>, now: DateTime<Utc>) {
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.in_a_row < self.tolerated && self.rest.is_none() {
            return;
        }
        let resting = self.rest.filter(|rest| now < rest.ends(now));
        let length = match (resting, named) {
            // It had begun before the rest did, and says nothing new.
            (Some(_), None) => return,
            (Some(rest), Some(named)) if now + named <= rest.ends(now) => return,
            (_, Some(named)) => named.max(REST_FIRST),
            (None, None) => {
                let doubled = REST_FIRST * (1_i32 << self.rests.min(10));
                self.rests += 1;
                doubled.min(REST_LAST)
            }
        };
        self.rest = Some(Rest {
            until: now + length,
            length,
        });
    }
}

impl Rest {
    fn ends(self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.until.min(now + self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> (Governor, DateTime<Utc>) {
        (
            Governor::of_server(16),
            "2026-11-23T09:00:00Z".parse().unwrap(),
        )
    }

    fn ends(governor: &mut Governor, verdict: Verdict, now: DateTime<Utc>) {
        governor.begin();
        governor.end(verdict, now);
    }

    #[test]
    fn so_many_run_at_a_time_and_no_more() {
        let (mut governor, now) = start();
        for _ in 0..16 {
            assert!(governor.may_begin(now));
            governor.begin();
        }
        assert!(!governor.may_begin(now));
        governor.end(Verdict::Answered, now);
        assert!(governor.may_begin(now));
    }

    #[test]
    fn one_busy_mailbox_halves_what_runs_and_stops_nobody() {
        let (mut governor, now) = start();
        ends(&mut governor, Verdict::Busy(Duration::minutes(4)), now);
        assert_eq!(governor.limit(), 8);
        assert!(governor.may_begin(now));
        for _ in 0..200 {
            ends(&mut governor, Verdict::Answered, now);
        }
        assert_eq!(governor.limit(), 16, "step by step it gets back");
    }

    #[test]
    fn after_three_busy_ones_in_a_row_all_are_quiet_for_as_long_as_was_asked() {
        let (mut governor, now) = start();
        for _ in 0..3 {
            ends(&mut governor, Verdict::Busy(Duration::seconds(90)), now);
        }
        assert!(!governor.may_begin(now + Duration::seconds(89)));
        let over = now + Duration::seconds(90);
        assert!(governor.may_begin(over));
        governor.begin();
        assert!(!governor.may_begin(over), "the first one goes alone");
        governor.end(Verdict::Answered, over);
        assert!(governor.may_begin(over) && !governor.is_resting());
    }

    #[test]
    fn while_the_server_is_away_it_is_looked_for_ever_later_and_once_a_minute_at_least() {
        let (mut governor, mut now) = start();
        let mut attempts = 0;
        for _ in 0..3600 {
            if governor.may_begin(now) {
                attempts += 1;
                ends(&mut governor, Verdict::Away, now);
            }
            now += Duration::seconds(1);
        }
        assert!((60..=75).contains(&attempts), "{attempts} in an hour");
    }

    #[test]
    fn many_that_fail_at_once_make_one_short_rest() {
        let (mut governor, now) = start();
        (0..16).for_each(|_| governor.begin());
        (0..16).for_each(|_| governor.end(Verdict::Away, now));
        assert_eq!(governor.rests_until(now), Some(now + REST_FIRST));
    }

    #[test]
    fn f05_a_clock_that_is_set_back_does_not_make_a_rest_longer() {
        let (mut governor, now) = start();
        for _ in 0..3 {
            ends(&mut governor, Verdict::Busy(Duration::seconds(90)), now);
        }
        let back = now - Duration::hours(2);
        let end = governor.rests_until(back);
        assert_eq!(end, Some(back + Duration::seconds(90)));
    }

    #[test]
    fn answers_that_take_twice_as_long_halve_what_runs_at_a_time() {
        let (mut governor, _) = start();
        let sample = |governor: &mut Governor, milliseconds| {
            (0..SAMPLE).for_each(|_| governor.took(Duration::milliseconds(milliseconds)));
            governor.limit()
        };
        assert_eq!(sample(&mut governor, 300), 16);
        assert_eq!(sample(&mut governor, 450), 16, "that is prompt still");
        assert_eq!(sample(&mut governor, 900), 8);
    }
}
