//! A small model of what a good client does: which rings are allowed, which
//! must have come, and what must be on the agenda (invariants I1 to I5).
//!
//! It knows the truth on the server and the fate of the machine, and nothing
//! of how the client works. Where a fault excuses the client the model is
//! lenient; in good weather it is strict.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use calendar::Window;
use chrono::{DateTime, Duration, Utc};

use crate::truth::{Occurrence, number_in};

/// How early a meeting rings.
const LEAD: Duration = Duration::minutes(5);
/// After a fault the client has come back within this time: the longest
/// pause between two attempts is six minutes.
const RECOVERS_WITHIN: Duration = Duration::seconds(430);
/// A killed process may lose what it did in its last moments.
const LOSES_AT_MOST: Duration = Duration::seconds(10);

/// Names one meeting at one time: what a reminder belongs to.
pub type Key = (u32, DateTime<Utc>);

/// How things stand at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The time as it is.
    pub true_time: DateTime<Utc>,
    /// The time as the machine believes it.
    pub wall: DateTime<Utc>,
    /// Since when nothing is wrong between client and server, nor with the
    /// process and its keyring; nothing while something is.
    pub well_since: Option<DateTime<Utc>>,
    /// Since when everything the process commits is kept.
    pub keeps_since: Option<DateTime<Utc>>,
    /// The days that are kept.
    pub window: Window,
    /// How long a change takes to be known in good weather.
    pub hears_within: Duration,
    /// How late a ring may be when the clock jumps over its moment.
    pub looks_within: Duration,
}

/// The client broke a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which invariant, for example `I1`.
    pub invariant: &'static str,
    /// What happened.
    pub what: String,
}

fn broken(invariant: &'static str, what: impl Into<String>) -> Broken {
    Broken {
        invariant,
        what: what.into(),
    }
}

#[derive(Debug, Clone)]
struct Case {
    end: DateTime<Utc>,
    /// Since when it stands on the server, or does not.
    stands: bool,
    since: DateTime<Utc>,
    /// The client must know that.
    known: bool,
    /// It must also find that in its store after a restart.
    kept: bool,
    /// For how long it could have rung without a break.
    could_ring_for: Duration,
    /// Whether the clock ran evenly over the moment it came due.
    came_due_at: Option<DateTime<Utc>>,
    /// When it was counted among the rings that had to come.
    had_to_ring_at: Option<DateTime<Utc>>,
    rings: u32,
    rings_of_this_process: u32,
    snoozes: u32,
    snoozes_of_this_process: u32,
    excuses: u32,
    rang_last: Option<DateTime<Utc>>,
    snoozed: Option<Snoozed>,
}

/// A ring that the user wants again.
#[derive(Debug, Clone)]
struct Snoozed {
    /// When, by the machine's clock.
    until: DateTime<Utc>,
    asked_at: DateTime<Utc>,
    /// For how long it could have rung again without a break.
    could_ring_for: Duration,
}

/// The model.
#[derive(Debug, Default)]
pub struct Oracle {
    cases: BTreeMap<Key, Case>,
    /// What the agenda held at the last look, while the same process ran.
    listed: Option<Arc<BTreeSet<Key>>>,
    before: Option<Moment>,
    /// The store was harmed since the process began.
    harmed: bool,
    /// Rings that were due and came.
    pub rung: u64,
    /// Meetings at one time each that could have rung for so long that they
    /// had to.
    pub required: u64,
    /// Rings that came back after a snooze.
    pub returned: u64,
}

impl Oracle {
    /// The truth has changed, or may have.
    pub fn note_truth(&mut self, occurrences: &[Occurrence], at: DateTime<Utc>) {
        let standing: BTreeMap<Key, &Occurrence> = occurrences
            .iter()
            .filter(|occurrence| occurrence.rings())
            .map(|occurrence| ((occurrence.number, occurrence.start), occurrence))
            .collect();
        for (key, occurrence) in &standing {
            let case = self.cases.entry(*key).or_insert_with(|| Case {
                end: occurrence.end,
                stands: false,
                since: at,
                known: false,
                kept: false,
                could_ring_for: Duration::zero(),
                came_due_at: None,
                had_to_ring_at: None,
                rings: 0,
                rings_of_this_process: 0,
                snoozes: 0,
                snoozes_of_this_process: 0,
                excuses: 0,
                rang_last: None,
                snoozed: None,
            });
            if !case.stands {
                case.turn(true, at);
            }
        }
        for (key, case) in &mut self.cases {
            if case.stands && !standing.contains_key(key) {
                case.turn(false, at);
            }
        }
    }

    /// The user asked for a ring again later: at `until`, by the machine's
    /// clock.
    pub fn note_snooze(&mut self, key: Key, until: DateTime<Utc>, at: DateTime<Utc>) {
        if let Some(case) = self.cases.get_mut(&key) {
            case.snoozes += 1;
            case.snoozes_of_this_process += 1;
            case.snoozed = Some(Snoozed {
                until,
                asked_at: at,
                could_ring_for: Duration::zero(),
            });
        }
    }

    /// The user wants no further ring of it.
    pub fn note_answer(&mut self, key: Key) {
        if let Some(case) = self.cases.get_mut(&key) {
            case.snoozed = None;
        }
    }

    /// What rests on the disk is not what the client left there. A process that
    /// runs will not look again before it ends.
    pub fn note_harm(&mut self, runs: bool) {
        self.harmed = runs;
        for case in self.cases.values_mut() {
            case.kept = false;
            if !runs {
                case.known = false;
                case.snoozed = None;
                case.excuse();
            }
        }
    }

    /// The process is gone. `killed` at this moment, or ended by itself.
    pub fn note_end(&mut self, at: DateTime<Utc>, killed: bool, kept_all: bool) {
        for case in self.cases.values_mut() {
            let lost = killed
                && case
                    .rang_last
                    .is_some_and(|rang| at - rang <= LOSES_AT_MOST);
            if case.rings_of_this_process > 0 && (lost || !kept_all) || self.harmed {
                case.excuse();
            }
            case.snoozed = case.snoozed.take().filter(|snoozed| {
                kept_all && !self.harmed && !(killed && at - snoozed.asked_at <= LOSES_AT_MOST)
            });
            case.known &= case.kept && !self.harmed;
            case.rings_of_this_process = 0;
            case.snoozes_of_this_process = 0;
            case.could_ring_for = Duration::zero();
            case.came_due_at = None;
        }
        self.listed = None;
        self.before = None;
        self.harmed = false;
    }

    /// A process began, with a keyring that works or does not.
    pub fn note_begin(&mut self, has_keys: bool) {
        if !has_keys {
            for case in self.cases.values_mut() {
                case.known = false;
                case.snoozed = None;
            }
        }
    }

    /// A ring was heard; gives what rang.
    pub fn hear(
        &mut self,
        title: &str,
        reminder: &str,
        wall: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Key, Broken> {
        let key = key_of(title, reminder)
            .ok_or_else(|| broken("I3", format!("a ring that names no meeting: {reminder}")))?;
        let Some(case) = self.cases.get_mut(&key) else {
            return Err(broken("I3", format!("{key:?} rang and never was")));
        };
        if wall < key.1 - LEAD {
            return Err(broken("I3", format!("{key:?} rang early, at {wall}")));
        }
        if wall >= case.end {
            return Err(broken(
                "I3",
                format!("{key:?} rang after its end, at {wall}"),
            ));
        }
        if !case.stands && case.known {
            return Err(broken(
                "I3",
                format!("{key:?} rang at {at}, gone since {}", case.since),
            ));
        }
        case.rings += 1;
        case.rings_of_this_process += 1;
        case.rang_last = Some(at);
        self.returned += u64::from(case.snoozed.take().is_some());
        self.rung += 1;
        if case.rings_of_this_process > 1 + case.snoozes_of_this_process
            || case.rings > 1 + case.snoozes + case.excuses
        {
            return Err(broken(
                "I2",
                format!(
                    "{key:?} rang {} times, with {} snoozes and {} excuses",
                    case.rings, case.snoozes, case.excuses
                ),
            ));
        }
        if let Some(due) = case.came_due_at
            && case.rings == 1
            && wall - due > Duration::milliseconds(1100)
        {
            return Err(broken(
                "I1",
                format!("{key:?} was due at {due} and rang at {wall}"),
            ));
        }
        Ok(key)
    }

    /// How many meetings at how many times there have been.
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// Looks at everything while a process runs. `listed` is what is on the
    /// agenda.
    pub fn look(&mut self, now: Moment, listed: Arc<BTreeSet<Key>>) -> Result<(), Broken> {
        let passed = self
            .before
            .map_or(Duration::zero(), |before| now.true_time - before.true_time);
        for (key, case) in &mut self.cases {
            case.learn(&now);
            let due = key.1 - LEAD;
            let could_ring = case.stands && case.known && due < now.wall && now.wall < case.end;
            if could_ring {
                // Evenly means: known a minute before, and no jump since.
                if case.could_ring_for.is_zero()
                    && let Some(before) = self.before
                    && before.wall < due
                    && runs_evenly(&before, &now)
                    && now.true_time - case.since > Duration::minutes(10)
                    && passed <= Duration::seconds(5)
                    && case.was_known_at(&before)
                    && now
                        .well_since
                        .is_some_and(|well| now.true_time - well > Duration::minutes(1))
                {
                    case.came_due_at = Some(due);
                }
                if case.could_ring_for.is_zero() {
                    case.could_ring_for = Duration::milliseconds(1);
                } else {
                    // Asleep it could not.
                    case.could_ring_for += passed.min(Duration::seconds(5));
                }
            } else {
                case.could_ring_for = Duration::zero();
            }
            let late = now.looks_within + Duration::seconds(5);
            if case.could_ring_for > late && case.had_to_ring_at.is_none() {
                case.had_to_ring_at = Some(now.true_time);
                self.required += 1;
            }
            if case.could_ring_for > late && case.rings == 0 {
                return Err(broken(
                    "I1",
                    format!(
                        "{key:?} could have rung for {} s at {} and did not",
                        case.could_ring_for.num_seconds(),
                        now.wall
                    ),
                ));
            }
            case.comes_back(*key, &now, passed, late)?;
        }
        self.keep_what_stands(&now, &listed)?;
        self.listed = Some(listed);
        self.before = Some(now);
        Ok(())
    }

    /// I3: what is known to be gone, or to want no ring any more, is not shown
    /// as ringing either.
    pub fn look_at_rings(
        &self,
        shown: impl IntoIterator<Item = Key>,
        at: DateTime<Utc>,
    ) -> Result<(), Broken> {
        for key in shown {
            let gone = self
                .cases
                .get(&key)
                .is_none_or(|case| !case.stands && case.known);
            if gone {
                return Err(broken("I3", format!("{key:?} is shown as ringing at {at}")));
            }
        }
        Ok(())
    }

    /// I5: nothing but the truth takes a meeting from the agenda.
    fn keep_what_stands(&self, now: &Moment, listed: &Arc<BTreeSet<Key>>) -> Result<(), Broken> {
        let (Some(were), Some(before)) = (&self.listed, &self.before) else {
            return Ok(());
        };
        if Arc::ptr_eq(were, listed) {
            return Ok(());
        }
        for key in were.difference(listed) {
            let stood = self
                .cases
                .get(key)
                .is_some_and(|case| case.stands && case.since < before.true_time);
            let in_window = now.window.start < key.1 && key.1 < now.window.end;
            if stood && in_window {
                return Err(broken("I5", format!("{key:?} vanished and stands")));
            }
        }
        Ok(())
    }
}

impl Case {
    fn turn(&mut self, stands: bool, at: DateTime<Utc>) {
        self.stands = stands;
        self.since = at;
        self.known = false;
        self.kept = false;
        self.could_ring_for = Duration::zero();
        self.came_due_at = None;
        self.snoozed = None;
    }

    /// A snoozed ring is back when its time has come, and no sooner than the
    /// reminder is due: what was snoozed may have rung by a wrong clock.
    fn comes_back(
        &mut self,
        key: Key,
        now: &Moment,
        passed: Duration,
        late: Duration,
    ) -> Result<(), Broken> {
        let could_ring = self.stands && self.known && now.wall < self.end;
        let Some(snoozed) = &mut self.snoozed else {
            return Ok(());
        };
        let until = snoozed.until.max(key.1 - LEAD);
        if !could_ring || now.wall < until {
            snoozed.could_ring_for = Duration::zero();
            return Ok(());
        }
        // Asleep it could not.
        snoozed.could_ring_for += passed.min(Duration::seconds(5));
        if snoozed.could_ring_for > late + Duration::seconds(5) {
            return Err(broken(
                "I1",
                format!(
                    "{key:?} was to ring again at {until} and did not, at {}",
                    now.wall
                ),
            ));
        }
        Ok(())
    }

    /// What is known of its rings may be lost.
    fn excuse(&mut self) {
        if self.rings > 0 {
            self.excuses += 1 + self.snoozes;
        }
    }

    fn learn(&mut self, now: &Moment) {
        let Some(well) = now.well_since else { return };
        let known_at = if well + RECOVERS_WITHIN <= self.since {
            self.since + now.hears_within
        } else {
            well.max(self.since) + RECOVERS_WITHIN.max(now.hears_within)
        };
        if now.true_time < known_at {
            return;
        }
        self.known = true;
        // Whatever pull brought it, its commit was kept.
        self.kept |= now
            .keeps_since
            .is_some_and(|keeps| keeps <= self.since.max(well));
    }

    fn was_known_at(&self, before: &Moment) -> bool {
        let mut then = self.clone();
        then.known = false;
        then.learn(before);
        then.known
    }
}

/// Whether no clock was set between two looks; one that drifts was not.
fn runs_evenly(before: &Moment, now: &Moment) -> bool {
    let off = (now.wall - before.wall) - (now.true_time - before.true_time);
    off.abs() <= Duration::milliseconds(50)
}

/// Which meeting at which time a reminder belongs to.
pub fn key_of(title: &str, reminder: &str) -> Option<Key> {
    let number = number_in(title)?;
    let (_, start) = reminder.rsplit_once('@')?;
    let start = DateTime::from_timestamp(start.parse().ok()?, 0)?;
    Some((number, start))
}
