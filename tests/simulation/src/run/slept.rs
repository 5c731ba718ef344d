//! F03: a meeting that the machine slept through, from before its ring to its
//! end, stands in the agenda with a note; no other one does.

use chrono::{DateTime, Duration, Utc};

use super::Run;
use crate::{
    oracle::{Broken, Key},
    truth::Occurrence,
};

/// How long before its start a meeting rings.
const LEAD: Duration = Duration::minutes(5);
/// The clock is looked at every half minute, and then something is drawn.
const NOTED_WITHIN: Duration = Duration::seconds(60);
/// So long before nothing has changed, and nothing was wrong.
const CALM: Duration = Duration::minutes(10);

/// What the present process has slept through.
#[derive(Debug, Default)]
pub(super) struct Slept {
    /// With the moment when it has to stand there.
    through: Vec<(Key, DateTime<Utc>)>,
}

impl Slept {
    /// The process is gone, or the clock was set: what it slept through may be
    /// to come.
    pub(super) fn forget(&mut self) {
        self.through.clear();
    }
}

impl Run<'_> {
    /// The machine is about to sleep.
    pub(super) fn falls_asleep(&mut self, length: Duration) {
        let calm = self.now() - self.well_since > CALM && self.has_keys && self.endings.is_empty();
        let Some(client) = self.client.as_mut().filter(|_| calm) else {
            return;
        };
        let listed = client.listed();
        let (before, by) = (self.around.host.wall(), self.now() + length + NOTED_WITHIN);
        let after = before + length;
        let is_missed = |one: &&Occurrence| {
            let due = one.start - LEAD;
            let slept = before + NOTED_WITHIN < due && one.end + NOTED_WITHIN < after;
            slept && one.rings() && one.day.is_none()
        };
        for one in self.truth.occurrences().iter().filter(is_missed) {
            let key = (one.number, one.start);
            if listed.contains(&key) && self.oracle.is_owed(key) {
                self.slept.through.push((key, by));
            }
        }
    }

    /// Looks whether it stands there, and whether anything else does.
    pub(super) fn what_was_slept_through(&mut self) -> Result<(), Broken> {
        let (now, wall) = (self.now(), self.around.host.wall());
        let Some(client) = &mut self.client else {
            return Ok(());
        };
        let missed = client.missed();
        for number in &missed {
            let mut of_it = self
                .truth
                .occurrences()
                .iter()
                .filter(|one| one.number == *number);
            let (one, more) = (of_it.next(), of_it.next());
            // Of a series each day has the same number.
            if let (Some(one), None) = (one, more)
                && self.oracle.has_rung((*number, one.start))
            {
                let what = format!("{number} rang and is shown as missed at {wall}");
                return Err(broken(what));
            }
        }
        let listed = client.listed();
        let due = self.slept.through.extract_if(.., |(_, by)| *by < now);
        for (key, by) in due {
            if listed.contains(&key) && !missed.contains(&key.0) && self.oracle.stood_at(key, by) {
                return Err(broken(format!(
                    "{key:?} was slept through, and nothing says so"
                )));
            }
        }
        Ok(())
    }
}

fn broken(what: String) -> Broken {
    Broken {
        invariant: "F03",
        what,
    }
}
