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
/// So many times what could not be read is asked for each minute; what is
/// broken for longer waits for the sweep.
const PARTLY_READ_MAX: u32 = 10;
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

/// The machine.
#[derive(Debug, Clone)]
pub struct Sync {
    zone: Tz,
    /// News waits for what else a save may bring.
    gathers: bool,
    pulling: bool,
    /// When the last pull began.
    pulled_at: Option<DateTime<Utc>>,
    pull_at: DateTime<Utc>,
    /// How far ahead the next pull was put at most.
    pull_wait: Duration,
    from_scratch: bool,
    watch: WatchState,
    /// How far ahead its opening was put at most.
    watch_wait: Duration,
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
            gathers: false,
            pulling: false,
            pulled_at: None,
            pull_at: now,
            pull_wait: SWEEP,
            from_scratch: false,
            watch: WatchState::Closed(now),
            watch_wait: Duration::zero(),
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
        self.gathers = true;
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
                self.pull_wait = self.pause();
                // A change that came during the pull has set an earlier time.
                self.pull_at = self.pull_at.min(now + self.pull_wait);
            }
            Input::Pulled(Err(failure)) => {
                self.pulling = false;
                self.failed_pulls = self.failed_pulls.saturating_add(1);
                self.pull_wait = self.after_failure(failure.kind);
                self.pull_at = now + self.pull_wait;
            }
            Input::WatchOpened(Ok(())) => {
                self.watch = WatchState::Open;
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
                self.watch = WatchState::Closed(now + wait);
                self.watch_wait = wait;
                self.pull_soon(now, wait.min(POLL));
            }
            Input::WatchEnded(Ok(())) => {
                self.watch_wait = self.spread(Duration::seconds(1));
                self.watch = WatchState::Closed(now + self.watch_wait);
            }
            Input::Woken(wake) => {
                self.lost_watches = 0;
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

    fn pull_soon(&mut self, now: DateTime<Utc>, wait: Duration) {
        self.pull_at = self.pull_at.min(now + wait);
    }

    /// How long is waited for what else a save may bring.
    fn patience(&self, now: DateTime<Utc>) -> Duration {
        let calm = |began| now - began >= COALESCE;
        if !self.gathers && !self.pulling && self.pulled_at.is_none_or(calm) {
            Duration::zero()
        } else {
            COALESCE
        }
    }

    /// How long after a pull the next one comes without any news.
    fn pause(&self) -> Duration {
        let soon = (1..=PARTLY_READ_MAX).contains(&self.partly_read) || self.lost_watches > 1;
        if soon { POLL } else { SWEEP }
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
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn start() -> (Sync, DateTime<Utc>) {
        let now = at("2026-11-23T09:00:00Z");
        (Sync::new(now, Tz::Europe__Stockholm, 7), now)
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure {
            kind,
            sentence: String::new(),
        }
    }

    const PULL: Option<Action> = Some(Action::Pull {
        from_scratch: false,
    });

    /// A machine that has pulled, listens, and has pulled after opening.
    fn listening() -> (Sync, DateTime<Utc>) {
        let (mut sync, now) = start();
        assert_eq!(sync.poll_action(now), PULL);
        sync.handle(Input::Pulled(Ok(Read::All)), now);
        assert_eq!(sync.poll_action(now), Some(Action::OpenWatch));
        sync.handle(Input::WatchOpened(Ok(())), now);
        assert_eq!(sync.poll_action(now), PULL, "nothing was heard before");
        sync.handle(Input::Pulled(Ok(Read::All)), now);
        assert_eq!(sync.poll_action(now), None);
        (sync, now)
    }

    #[test]
    fn it_pulls_then_listens_then_pulls_once_more() {
        listening();
    }

    #[test]
    fn the_first_event_of_a_save_pulls_and_the_others_make_one_more_pull() {
        let (mut sync, now) = listening();
        let now = now + COALESCE;
        sync.handle(Input::Woken(Wake::Changed), now);
        assert_eq!(sync.poll_action(now), PULL, "nothing is waited for");
        sync.handle(Input::Pulled(Ok(Read::All)), now);
        for _ in 0..5 {
            sync.handle(Input::Woken(Wake::Changed), now);
        }
        assert_eq!(sync.poll_action(now), None, "it waits for the last of them");
        let later = now + COALESCE;
        assert_eq!(sync.poll_timeout().unwrap().0, later);
        assert_eq!(sync.poll_action(later), PULL);
        sync.handle(Input::Pulled(Ok(Read::All)), later);
        assert_eq!(sync.poll_action(later), None);
    }

    #[test]
    fn one_of_many_mailboxes_waits_for_the_last_event_of_a_save() {
        let (sync, now) = listening();
        let (mut sync, now) = (sync.gathering(), now + COALESCE);
        for _ in 0..5 {
            sync.handle(Input::Woken(Wake::Changed), now);
        }
        assert_eq!(sync.poll_action(now), None);
        assert_eq!(sync.poll_action(now + COALESCE), PULL);
    }

    #[test]
    fn news_does_not_shorten_the_wait_that_the_server_asked_for() {
        let (mut sync, now) = listening();
        sync.handle(Input::Refresh, now);
        assert_eq!(sync.poll_action(now), PULL);
        let wait = std::time::Duration::from_secs(40);
        let throttled = failure(FailureKind::Throttled(wait));
        sync.handle(Input::Pulled(Err(throttled)), now);
        for wake in [Wake::Changed, Wake::Committed] {
            sync.handle(Input::Woken(wake), now);
        }
        assert_eq!(sync.poll_timeout().unwrap().0, now + to_chrono(wait));
    }

    #[test]
    fn what_is_there_as_a_whole_is_pulled_at_once() {
        let (mut sync, now) = listening();
        sync.handle(Input::Woken(Wake::Committed), now);
        assert_eq!(sync.poll_action(now), PULL);
        sync.handle(Input::Pulled(Ok(Read::All)), now);
        assert_eq!(sync.poll_action(now), None);
    }

    #[test]
    fn a_change_during_a_pull_asks_for_another_one() {
        let (mut sync, now) = listening();
        sync.handle(Input::Refresh, now);
        assert_eq!(sync.poll_action(now), PULL);
        sync.handle(Input::Woken(Wake::Changed), now);
        sync.handle(Input::Pulled(Ok(Read::All)), now);
        assert_eq!(sync.poll_action(now + COALESCE), PULL);
    }

    #[test]
    fn f17_a_stream_that_only_beats_is_swept_every_quarter_of_an_hour() {
        let (mut sync, mut now) = listening();
        for _ in 0..20 {
            now += Duration::seconds(45);
            sync.handle(Input::Woken(Wake::Alive), now);
        }
        assert_eq!(sync.poll_action(now), PULL);
    }

    #[test]
    fn sr_25_after_two_refused_sign_ins_it_waits_for_the_user() {
        let (mut sync, mut now) = start();
        let mut attempts = 0;
        for _ in 0..3600 {
            if sync.poll_action(now) == PULL {
                attempts += 1;
                sync.handle(Input::Pulled(Err(failure(FailureKind::Credentials))), now);
            }
            now += Duration::seconds(1);
        }
        assert_eq!(attempts, 2);
        assert_eq!(sync.poll_timeout(), None);
        sync.handle(Input::Refresh, now);
        assert_eq!(sync.poll_action(now), PULL);
    }

    #[test]
    fn f41_nothing_is_asked_while_the_server_wants_quiet() {
        let (mut sync, now) = start();
        sync.poll_action(now);
        let quiet = FailureKind::Throttled(std::time::Duration::from_secs(297));
        sync.handle(Input::Pulled(Err(failure(quiet))), now);
        let end = now + Duration::seconds(297);
        let mut moment = now;
        while moment < end {
            assert_eq!(sync.poll_action(moment), None);
            moment += Duration::seconds(1);
        }
        assert_eq!(sync.poll_action(end), PULL);
    }

    #[test]
    fn f28_a_lost_cursor_is_followed_by_one_pull_from_scratch() {
        let (mut sync, now) = start();
        sync.poll_action(now);
        sync.handle(Input::Pulled(Err(failure(FailureKind::CursorLost))), now);
        let from_scratch = Some(Action::Pull { from_scratch: true });
        assert_eq!(sync.poll_action(now), from_scratch);
        sync.handle(Input::Pulled(Ok(Read::All)), now);
        sync.handle(Input::Refresh, now);
        assert_eq!(sync.poll_action(now), PULL);
    }

    #[test]
    fn retries_come_ever_later_and_never_later_than_six_minutes() {
        let (mut sync, mut now) = start();
        let mut before = Duration::zero();
        for attempt in 0..12 {
            assert!(sync.poll_action(now).is_some(), "attempt {attempt}");
            let away = failure(FailureKind::Unreachable);
            sync.handle(Input::Pulled(Err(away)), now);
            let wait = sync.poll_timeout().unwrap().0 - now;
            assert!(wait <= Duration::minutes(6));
            if attempt < 8 {
                assert!(wait > before, "{wait} after {before}");
            }
            before = wait;
            now += wait;
        }
    }

    #[test]
    fn f30_what_could_not_be_read_is_asked_for_each_minute_and_later_with_the_sweep() {
        let (mut sync, mut now) = listening();
        sync.handle(Input::Refresh, now);
        let mut pulls = 0;
        for _ in 0..3600 {
            if sync.poll_action(now) == PULL {
                pulls += 1;
                sync.handle(Input::Pulled(Ok(Read::Partly)), now);
            }
            now += Duration::seconds(1);
        }
        assert!((12..=16).contains(&pulls), "{pulls} pulls in an hour");
    }

    #[test]
    fn the_window_moves_at_the_local_midnight() {
        let (mut sync, _) = listening();
        let midnight = at("2026-11-23T23:00:00Z");
        let mut now = midnight - Duration::minutes(1);
        sync.handle(Input::Refresh, now);
        assert_eq!(sync.poll_action(now), PULL);
        sync.handle(Input::Pulled(Ok(Read::All)), now);
        assert_eq!(sync.poll_timeout().unwrap().0, midnight);
        now = midnight;
        assert_eq!(sync.poll_action(now), PULL);
    }

    #[test]
    fn f05_a_clock_that_is_set_back_does_not_put_the_next_pull_off() {
        let (mut sync, now) = listening();
        let back = now - Duration::hours(2);
        sync.poll_action(back);
        assert!(sync.poll_timeout().unwrap().0 <= back + SWEEP);
    }

    #[test]
    fn f05_nor_does_it_put_off_the_next_attempt_after_a_failure() {
        let (mut sync, now) = start();
        sync.poll_action(now);
        let away = failure(FailureKind::Unreachable);
        sync.handle(Input::Pulled(Err(away)), now);
        let back = now - Duration::hours(2);
        sync.poll_action(back);
        assert!(sync.poll_timeout().unwrap().0 <= back + Duration::seconds(2));
    }

    #[test]
    fn a_pull_that_lasts_is_not_followed_by_another_one_at_once() {
        let (mut sync, now) = listening();
        for _ in 0..3 {
            let cut = failure(FailureKind::Unreachable);
            sync.handle(Input::WatchEnded(Err(cut)), now);
        }
        let later = now + POLL;
        assert_eq!(sync.poll_action(later), PULL);
        // Whatever wakes the loop while the pull is under way.
        while sync.poll_action(later).is_some() {}
        sync.handle(Input::Pulled(Ok(Read::All)), later);
        assert_ne!(sync.poll_action(later), PULL);
    }

    #[test]
    fn while_no_watch_can_be_held_it_polls_each_minute() {
        let (mut sync, mut now) = listening();
        for _ in 0..3 {
            let cut = failure(FailureKind::Unreachable);
            sync.handle(Input::WatchEnded(Err(cut)), now);
        }
        let mut pulls = 0;
        for _ in 0..600 {
            now += Duration::seconds(1);
            match sync.poll_action(now) {
                Some(Action::Pull { .. }) => {
                    pulls += 1;
                    sync.handle(Input::Pulled(Ok(Read::All)), now);
                }
                Some(Action::OpenWatch) => {
                    let away = failure(FailureKind::Unreachable);
                    sync.handle(Input::WatchOpened(Err(away)), now);
                }
                None => {}
            }
        }
        assert!((10..=25).contains(&pulls), "{pulls} pulls in ten minutes");
    }
}
