//! How often each address may come that has not proven who it is (SR-64).

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::connections::Origin;

/// After so many requests those addresses are forgotten that are quiet.
const SWEEP_EVERY: u32 = 8192;

/// A pace of its own for each address.
pub(crate) struct OfEach {
    pace: DefaultKeyedRateLimiter<Option<Origin>>,
    came: AtomicU32,
}

impl OfEach {
    pub(crate) fn new(a_minute: NonZeroU32) -> Self {
        Self {
            pace: RateLimiter::keyed(Quota::per_minute(a_minute)),
            came: AtomicU32::new(0),
        }
    }

    /// Whether another request of this address is let through.
    pub(crate) fn lets(&self, origin: Option<Origin>) -> bool {
        if self.came.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.pace.retain_recent();
        }
        self.pace.check_key(&origin).is_ok()
    }
}
