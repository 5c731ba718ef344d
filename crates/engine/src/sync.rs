//! When to pull and when to listen.
//!
//! A state machine without I/O and without a clock: inputs come in with the
//! moment they happened, actions go out. The stream is a wake-up and never a
//! source, so each way of losing it costs a delay and no change: there is a
//! pull after every opening, and one every [`SWEEP`] in any case.

use calendar::span::local_midnight;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use crate::backend::{Failure, FailureKind, Read, Wake};

/// One save makes several events. The first of them pulls at once; after a
/// pull began, so long is waited for the others.
pub const COALESCE: Duration = Duration::seconds(2);
/// A pull happens at least this often: a zombie stream sends heartbeats only.
pub const SWEEP: Duration = Duration::minutes(15);
/// How often is pulled while no watch can be held open.
pub const POLL: Duration = Duration::seconds(60);
/// A watch that ends sooner was not held, however it ended: whoever cuts each
/// one would be asked for the next in a circle.
const HELD: Duration = Duration::seconds(60);
/// So many times what could not be read is asked for each minute, and until so
/// many every five minutes, as a server that fails; what is broken for longer
/// waits for the sweep.
const PARTLY_READ_SOON: u32 = 10;
const PARTLY_READ_MAX: u32 = 60;
const RETRY_FIRST: Duration = Duration::seconds(1);
const RETRY_LAST: Duration = Duration::minutes(5);
/// Refused sign-ins after which the user is asked: directories lock accounts
/// (SR-25).
pub const REFUSED_SIGN_INS_MAX: u32 = 2;

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The pull that was asked for has ended.
    Pulled(Result<Read, Failure>),
    /// The watch that was asked for is open, or could not be opened.
    WatchOpened(Result<(), Failure>),
    /// The watch said something.
    Woken(Wake),
    /// The watch ended; an error when it was not the way they end.
    WatchEnded(Result<(), Failure>),
    /// Another watch takes the place of this one.
    WatchMoved,
    /// Something else that was asked of the server was refused for the sign-in.
    SignInRefused,
    /// The user wants to see the newest now.
    Refresh,
    /// The user is in another zone.
    Zone(Tz),
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Pull what changed.
    Pull {
        /// Everything, without the cursor.
        from_scratch: bool,
    },
    /// Open a watch.
    OpenWatch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WatchState {
    /// Not open; may be tried from then on.
    Closed(DateTime<Utc>),
    Opening,
    Open,
}

/// What is done about the first event of a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstNews {
    PulledAtOnce,
    /// It waits for what else the save may bring.
    Gathered,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Sync {
    zone: Tz,
    first_news: FirstNews,
    pulling: bool,
    /// When the last pull began.
    pulled_at: Option<DateTime<Utc>>,
    pull_at: DateTime<Utc>,
    /// How far ahead the next pull was put at most.
    pull_wait: Duration,
    /// When the user asked for a look while a pull was under way.
    pressed: Option<DateTime<Utc>>,
    from_scratch: bool,
    watch: WatchState,
    /// How far ahead its opening was put at most.
    watch_wait: Duration,
    /// When it was opened last.
    opened_at: DateTime<Utc>,
    /// Watches in a row that could not be held.
    lost_watches: u32,
    /// Pulls in a row that failed.
    failed_pulls: u32,
    refused_sign_ins: u32,
    /// Pulls in a row of which something could not be read.
    partly_read: u32,
    pulled_once: bool,
    /// Local midnight after which the window has moved.
    day_ends: DateTime<Utc>,
    jitter: u64,
}

impl Sync {
    /// A machine that wants to pull at once. `seed` spreads its retries, so
    /// that many clients do not come back in the same second.
    pub fn new(now: DateTime<Utc>, zone: Tz, seed: u64) -> Self {
        Self {
            zone,
            first_news: FirstNews::PulledAtOnce,
            pressed: None,
            pulling: false,
            pulled_at: None,
            pull_at: now,
            pull_wait: SWEEP,
            from_scratch: false,
            watch: WatchState::Closed(now),
            watch_wait: Duration::zero(),
            opened_at: now,
            lost_watches: 0,
            failed_pulls: 0,
            refused_sign_ins: 0,
            partly_read: 0,
            pulled_once: false,
            day_ends: next_midnight(now, zone),
            jitter: seed | 1,
        }
    }

    /// The same for one of many mailboxes that share a limit: the first event
    /// of a save waits for the others, so that they cost one pull.
    #[must_use]
    pub fn gathering(mut self) -> Self {
        self.first_news = FirstNews::Gathered;
        self
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input, now: DateTime<Utc>) {
        match input {
            Input::Pulled(Ok(read)) => {
                self.pulling = false;
                self.partly_read = match read {
                    Read::All => 0,
                    Read::Partly => self.partly_read.saturating_add(1),
                };
                self.pulled_once = true;
                self.failed_pulls = 0;
                self.refused_sign_ins = 0;
                self.from_scratch = false;
                self.pressed = None;
                self.pull_wait = self.pause();
                // A change that came during the pull has set an earlier time.
                self.pull_at = self.pull_at.min(now + self.pull_wait);
            }
            Input::Pulled(Err(failure)) => {
                self.pulling = false;
                self.failed_pulls = self.failed_pulls.saturating_add(1);
                self.pull_wait = self.after_failure(failure.kind);
                let is_quiet = matches!(failure.kind, FailureKind::Throttled(_));
                if self.pressed.take().is_some() && !is_quiet {
                    // Who pressed while it was under way wants a look at what
                    // is now.
                    self.pull_wait = Duration::zero();
                }
                self.pull_at = now + self.pull_wait;
            }
            Input::WatchOpened(Ok(())) => {
                self.watch = WatchState::Open;
                self.opened_at = now;
                // What happened between the last pull and now was not heard.
                self.pull_soon(now, Duration::zero());
            }
            Input::WatchOpened(Err(failure)) | Input::WatchEnded(Err(failure)) => {
                self.lost_watches = self.lost_watches.saturating_add(1);
                if failure.kind == FailureKind::Credentials {
                    self.refused_sign_ins = self.refused_sign_ins.saturating_add(1);
                }
                let wait = match failure.kind {
                    FailureKind::Throttled(wait) => to_chrono(wait),
                    _ => self.retry(self.lost_watches),
                };
                self.close_watch(wait, now);
            }
            Input::WatchEnded(Ok(())) if !self.is_held(now) => {
                self.lost_watches = self.lost_watches.saturating_add(1);
                // It can be opened, and tells what happens until it is cut.
                let wait = self.retry(self.lost_watches).min(POLL);
                self.close_watch(wait, now);
            }
            Input::WatchEnded(Ok(())) | Input::WatchMoved => {
                self.watch_wait = self.spread(Duration::seconds(1));
                self.watch = WatchState::Closed(now + self.watch_wait);
            }
            Input::Woken(wake) => {
                if self.is_held(now) {
                    self.lost_watches = 0;
                }
                match wake {
                    // The pull that comes after the wait finds it too.
                    Wake::Changed | Wake::Committed if self.failed_pulls > 0 => {}
                    Wake::Changed => self.pull_soon(now, self.patience(now)),
                    Wake::Committed => self.pull_soon(now, Duration::zero()),
                    Wake::Alive => {}
                }
            }
            Input::SignInRefused => {
                self.refused_sign_ins = self.refused_sign_ins.saturating_add(1);
            }
            Input::Refresh => {
                self.refused_sign_ins = 0;
                self.pull_at = now;
                self.pressed = self.pulling.then_some(now);
            }
            Input::Zone(zone) => {
                self.zone = zone;
                self.day_ends = next_midnight(now, zone);
                self.pull_soon(now, Duration::zero());
            }
        }
    }

    /// What to do now; asked until it answers `None`.
    pub fn poll_action(&mut self, now: DateTime<Utc>) -> Option<Action> {
        // Another day has come, or a clock that was wrong has been put right.
        let midnight = next_midnight(now, self.zone);
        if self.day_ends != midnight {
            self.day_ends = midnight;
            self.pull_soon(now, Duration::zero());
        }
        // A clock that was set back must not put off what is due. What the
        // server asked for is waited for again in full.
        self.pull_at = self.pull_at.min(now + self.pull_wait);
        if let WatchState::Closed(from) = &mut self.watch {
            *from = (*from).min(now + self.watch_wait);
        }
        self.opened_at = self.opened_at.min(now);
        if self.needs_sign_in() {
            return None;
        }
        if !self.pulling && now >= self.pull_at {
            self.pulling = true;
            self.pulled_at = Some(now);
            // Anything that is heard from now on asks for another one.
            self.pull_wait = self.pause();
            self.pull_at = now + self.pull_wait;
            return Some(Action::Pull {
                from_scratch: self.from_scratch,
            });
        }
        // The first pull comes first: it also says whether the server is there.
        if self.pulled_once
            && self.failed_pulls == 0
            && let WatchState::Closed(from) = self.watch
            && now >= from
        {
            self.watch = WatchState::Opening;
            return Some(Action::OpenWatch);
        }
        None
    }

    /// When something is due if nothing happens before, and why.
    pub fn poll_timeout(&self) -> Option<(DateTime<Utc>, &'static str)> {
        if self.needs_sign_in() {
            return None;
        }
        let mut next = (self.day_ends, "the window moves at midnight");
        if !self.pulling && self.pull_at < next.0 {
            next = (self.pull_at, "a pull is due");
        }
        if let WatchState::Closed(from) = self.watch
            && self.pulled_once
            && self.failed_pulls == 0
            && from < next.0
        {
            next = (from, "the watch may be opened again");
        }
        Some(next)
    }

    /// Whether it waits for the user, because the server refused the sign-in.
    pub fn needs_sign_in(&self) -> bool {
        self.refused_sign_ins >= REFUSED_SIGN_INS_MAX
    }

    /// Whether the watch has been open for so long that it counts.
    fn is_held(&self, now: DateTime<Utc>) -> bool {
        now - self.opened_at >= HELD
    }

    /// It may be opened again after `wait`, and what it would have told is
    /// pulled.
    fn close_watch(&mut self, wait: Duration, now: DateTime<Utc>) {
        self.watch = WatchState::Closed(now + wait);
        self.watch_wait = wait;
        self.pull_soon(now, wait.min(POLL));
    }

    fn pull_soon(&mut self, now: DateTime<Utc>, wait: Duration) {
        self.pull_at = self.pull_at.min(now + wait);
    }

    /// How long is waited for what else a save may bring.
    fn patience(&self, now: DateTime<Utc>) -> Duration {
        let calm = |began| now - began >= COALESCE;
        match self.first_news {
            FirstNews::PulledAtOnce if !self.pulling && self.pulled_at.is_none_or(calm) => {
                Duration::zero()
            }
            _ => COALESCE,
        }
    }

    /// How long after a pull the next one comes without any news.
    fn pause(&self) -> Duration {
        let soon = (1..=PARTLY_READ_SOON).contains(&self.partly_read) || self.lost_watches > 1;
        let later = (1..=PARTLY_READ_MAX).contains(&self.partly_read);
        match (soon, later) {
            (true, _) => POLL,
            (false, true) => RETRY_LAST,
            (false, false) => SWEEP,
        }
    }

    fn after_failure(&mut self, kind: FailureKind) -> Duration {
        match kind {
            FailureKind::Throttled(wait) => to_chrono(wait),
            FailureKind::CursorLost => {
                self.from_scratch = true;
                // Once at once; a server which loses every cursor is not
                // asked in a circle.
                if self.failed_pulls > 1 {
                    self.retry(self.failed_pulls)
                } else {
                    Duration::zero()
                }
            }
            FailureKind::Credentials => {
                self.refused_sign_ins = self.refused_sign_ins.saturating_add(1);
                // A 401 has been seen under load; one more try, later.
                Duration::seconds(30)
            }
            FailureKind::NoTicket
            | FailureKind::NoCommonScheme
            | FailureKind::Untrusted
            | FailureKind::CaFile
            | FailureKind::Unreachable
            | FailureKind::NotEws
            | FailureKind::Unsupported
            | FailureKind::Failing
            | FailureKind::Elsewhere
            | FailureKind::Refused
            | FailureKind::Service(_) => self.retry(self.failed_pulls),
        }
    }

    /// 1 s, 2 s, 4 s, … at most 5 minutes, spread by a fifth.
    fn retry(&mut self, attempt: u32) -> Duration {
        let doubled = RETRY_FIRST * (1_i32 << attempt.saturating_sub(1).min(16));
        let wait = doubled.min(RETRY_LAST);
        wait + self.spread(wait / 5)
    }

    /// Between nothing and `most`.
    fn spread(&mut self, most: Duration) -> Duration {
        // Xorshift (Marsaglia 2003): it has to differ, not to be secret.
        self.jitter ^= self.jitter << 13;
        self.jitter ^= self.jitter >> 7;
        self.jitter ^= self.jitter << 17;
        let share = i64::try_from(self.jitter % 1000).unwrap_or(0);
        Duration::milliseconds(most.num_milliseconds() * share / 1000)
    }
}

fn to_chrono(wait: std::time::Duration) -> Duration {
    Duration::from_std(wait).unwrap_or(RETRY_LAST)
}

fn next_midnight(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    local_midnight(today + Duration::days(1), zone)
}

#[cfg(test)]
mod tests;
