//! The time, and waiting for it.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// The time, and waiting for it.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
    /// Returns at `moment`, or earlier: no wait lasts longer than 30 seconds.
    async fn wait_until(&self, moment: DateTime<Utc>);
    /// Returns when `moment` has come, and not before.
    async fn pass(&self, moment: DateTime<Utc>) {
        while self.now() < moment {
            self.wait_until(moment).await;
        }
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where time comes from"
    )]
    fn now(&self) -> DateTime<Utc> {
        DateTime::<Utc>::from(std::time::SystemTime::now())
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        let now = self.now();
        // Everybody who waits long looks again at the same half minute: the
        // process wakes once for all of them.
        let half_minute = 30_000 - now.timestamp_millis().rem_euclid(30_000);
        let moment = moment.min(now + TimeDelta::milliseconds(half_minute));
        if now < moment {
            wait::until(now, moment).await;
        }
    }
}

#[cfg(target_os = "linux")]
mod wait {
    //! Timers that follow the wall clock: the machine's own ones stand still
    //! while it sleeps, and know nothing of a clock that is set.

    use std::{io, os::fd::OwnedFd};

    use chrono::{DateTime, Utc};
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::{Interest, unix::AsyncFd};

    pub(super) async fn until(now: DateTime<Utc>, moment: DateTime<Utc>) {
        match timer(moment) {
            Ok(timer) => {
                // It ends at the moment, and as soon as the clock was set.
                let _over = timer.readable().await;
            }
            // No file descriptor is free.
            Err(_) => super::count_down(now, moment).await,
        }
    }

    #[expect(
        deprecated,
        reason = "its successor is unsafe, for descriptors that are not owned; this one is"
    )]
    fn timer(moment: DateTime<Utc>) -> io::Result<AsyncFd<OwnedFd>> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Realtime, flags)?;
        let when = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec {
                tv_sec: moment.timestamp(),
                // Zero for both would mean never.
                tv_nsec: i64::from(moment.timestamp_subsec_nanos().max(1)),
            },
        };
        let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
        timerfd_settime(&timer, flags, &when)?;
        AsyncFd::with_interest(timer, Interest::READABLE)
    }
}

#[cfg(not(target_os = "linux"))]
mod wait {
    pub(super) use super::count_down as until;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where time is waited for"
)]
async fn count_down(now: DateTime<Utc>, moment: DateTime<Utc>) {
    tokio::time::sleep((moment - now).to_std().unwrap_or_default()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_at_its_moment_and_not_before() {
        let moment = SystemClock.now() + TimeDelta::milliseconds(80);
        let most = std::time::Duration::from_secs(20);
        while SystemClock.now() < moment {
            let wait = SystemClock.wait_until(moment);
            tokio::time::timeout(most, wait).await.expect("it ends");
        }
        assert!(SystemClock.now() >= moment);
    }

    #[tokio::test]
    async fn a_moment_that_is_over_is_not_waited_for() {
        let moment = SystemClock.now() - TimeDelta::hours(1);
        SystemClock.wait_until(moment).await;
    }
}
