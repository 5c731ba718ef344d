//! The machine the client runs on: its clocks, its zone, and whether the
//! process still lives.

use std::{
    future::pending,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use engine::Clock;
use serde::{Deserialize, Serialize};
use tokio::{sync::Notify, time::Instant};

/// Whether one process is still there. What it asks of the world after its
/// end is never answered.
#[derive(Debug, Clone)]
pub struct Life {
    is_on: Arc<AtomicBool>,
    ended: Arc<OnceLock<Instant>>,
}

impl Life {
    /// A new process.
    pub fn begin() -> Self {
        Self {
            is_on: Arc::new(AtomicBool::new(true)),
            ended: Arc::default(),
        }
    }

    /// Kills it, without a word to it.
    pub fn end(&self) {
        self.is_on.store(false, Ordering::SeqCst);
        // The first end counts.
        let _once = self.ended.set(Instant::now());
    }

    /// Whether it is there.
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::SeqCst)
    }

    /// How long ago it ended, in time awake.
    pub fn over_for(&self) -> Duration {
        let ended = self.ended.get().map(Instant::elapsed);
        let passed = ended.and_then(|passed| Duration::from_std(passed).ok());
        passed.unwrap_or_default()
    }

    /// Goes on for the living only.
    pub async fn still(&self) {
        if !self.is_on() {
            pending::<()>().await;
        }
    }
}

/// What timers do while the machine sleeps or its clock is set (F11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Timers {
    /// They follow the wall clock.
    Wall,
    /// They count the time awake.
    Awake,
}

#[derive(Debug)]
struct State {
    slept: Duration,
    skew: Duration,
    zone: Tz,
    /// When the clock jumped last, in truth.
    jumped_at: Option<DateTime<Utc>>,
}

/// The machine.
#[derive(Debug)]
pub struct Host {
    base: DateTime<Utc>,
    since: Instant,
    state: Mutex<State>,
    /// Wakes in the order of waiting; a `watch` would draw lots.
    jumped: Notify,
    timers: Timers,
    /// By how many parts of a million the wall clock runs too fast (F06).
    drift: i32,
}

impl Host {
    /// A machine that is switched on at `base`, with a clock that runs too
    /// fast by so many parts of a million.
    pub fn at(base: DateTime<Utc>, zone: Tz, timers: Timers, drift: i32) -> Self {
        Self {
            base,
            since: Instant::now(),
            state: Mutex::new(State {
                slept: Duration::zero(),
                skew: Duration::zero(),
                zone,
                jumped_at: None,
            }),
            jumped: Notify::new(),
            timers,
            drift,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time as it is, by which the server lives.
    pub fn true_time(&self) -> DateTime<Utc> {
        let awake = Duration::from_std(self.since.elapsed()).unwrap_or_default();
        self.base + awake + self.state().slept
    }

    /// The time as the machine believes it to be.
    pub fn wall(&self) -> DateTime<Utc> {
        let time = self.true_time();
        let passed = (time - self.base).num_milliseconds();
        let drifted = Duration::milliseconds(passed * i64::from(self.drift) / 1_000_000);
        time + self.state().skew + drifted
    }

    /// The user's zone.
    pub fn zone(&self) -> Tz {
        self.state().zone
    }

    /// How timers behave here.
    pub fn timers(&self) -> Timers {
        self.timers
    }

    /// Sleeps: the world goes on, and nothing here does.
    pub fn suspend(&self, length: Duration) {
        self.state().slept += length;
        self.jump();
    }

    /// Sets the wall clock.
    pub fn step(&self, by: Duration) {
        self.state().skew += by;
        self.jump();
    }

    /// Puts the wall clock right.
    pub fn set_right(&self) {
        self.state().skew = Duration::zero();
        self.jump();
    }

    /// Moves to another zone.
    pub fn travel(&self, zone: Tz) {
        self.state().zone = zone;
    }

    /// When the machine woke last or its clock was set, in truth.
    pub fn jumped_at(&self) -> Option<DateTime<Utc>> {
        self.state().jumped_at
    }

    fn jump(&self) {
        let now = self.true_time();
        self.state().jumped_at = Some(now);
        self.jumped.notify_waiters();
    }
}

/// The clock as one process on the machine reads it.
pub struct HostClock {
    /// The machine.
    pub host: Arc<Host>,
    /// The process.
    pub life: Life,
}

#[async_trait]
impl Clock for HostClock {
    fn now(&self) -> DateTime<Utc> {
        self.host.wall()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        self.life.still().await;
        let longest = Duration::seconds(30);
        let left = (moment - self.now())
            .min(longest)
            .to_std()
            .unwrap_or_default();
        let jumped = self.host.jumped.notified();
        let jump = async {
            match self.host.timers {
                Timers::Wall => jumped.await,
                Timers::Awake => pending().await,
            }
        };
        let _over = tokio::time::timeout(left, jump).await;
        self.life.still().await;
    }
}
