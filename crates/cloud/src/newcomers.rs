//! Who names a holder has not proven to be it: to find that out costs a look
//! into the database. Those of one address come at a pace of their own, and
//! who has proven who it is from there is no newcomer any more (SR-64).

use std::{
    collections::HashSet,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use vault::{hybrid::passport::Holder, opaque::OpaqueId};

use crate::connections::Origin;

/// After so many newcomers those addresses are forgotten that are quiet.
const SWEEP_EVERY: u32 = 8192;
/// Holders that are remembered; beyond, all prove themselves anew.
const REMEMBERED: usize = 1 << 17;

/// Who says to be whom, and from where.
pub(crate) type Said = (Option<Origin>, OpaqueId, Holder);

pub(crate) struct Newcomers {
    pace: DefaultKeyedRateLimiter<Option<Origin>>,
    came: AtomicU32,
    proven: Mutex<HashSet<Said>>,
}

impl Newcomers {
    pub(crate) fn new(a_minute: NonZeroU32) -> Self {
        Self {
            pace: RateLimiter::keyed(Quota::per_minute(a_minute)),
            came: AtomicU32::new(0),
            proven: Mutex::default(),
        }
    }

    fn with_proven<T>(&self, f: impl FnOnce(&mut HashSet<Said>) -> T) -> T {
        f(&mut self.proven.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is looked up who this is.
    pub(crate) fn may_prove(&self, said: Said) -> bool {
        if self.with_proven(|proven| proven.contains(&said)) {
            return true;
        }
        if self.came.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.pace.retain_recent();
        }
        self.pace.check_key(&said.0).is_ok()
    }

    /// It is.
    pub(crate) fn has_proven(&self, said: Said) {
        self.with_proven(|proven| {
            if proven.len() >= REMEMBERED {
                proven.clear();
            }
            proven.insert(said);
        });
    }
}
