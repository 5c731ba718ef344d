//! Who names a holder has not proven to be it: to find that out costs a look
//! into the database. Those of one address come at a pace of their own, and
//! who has proven who it is from there is no newcomer any more (SR-64).

use std::{
    collections::HashSet,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

use vault::{hybrid::passport::Holder, opaque::OpaqueId};

use crate::{connections::Origin, pace::OfEach};

/// Holders that are remembered; beyond, all prove themselves anew.
const REMEMBERED: usize = 1 << 17;

/// Who says to be whom, and from where.
pub(crate) type Said = (Option<Origin>, OpaqueId, Holder);

pub(crate) struct Newcomers {
    pace: OfEach,
    proven: Mutex<HashSet<Said>>,
}

impl Newcomers {
    pub(crate) fn new(a_minute: NonZeroU32) -> Self {
        Self {
            pace: OfEach::new(a_minute),
            proven: Mutex::default(),
        }
    }

    fn with_proven<T>(&self, f: impl FnOnce(&mut HashSet<Said>) -> T) -> T {
        f(&mut self.proven.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it is looked up who this is.
    pub(crate) fn may_prove(&self, said: Said) -> bool {
        self.with_proven(|proven| proven.contains(&said)) || self.may_look(said.0)
    }

    /// Whether somebody who proves nothing but that they know an id is let look
    /// for it.
    pub(crate) fn may_look(&self, origin: Option<Origin>) -> bool {
        self.pace.lets(origin)
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
