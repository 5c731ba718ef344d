//! A small model of what a good client does: which rings are allowed, which
//! must have come, and what must be on the agenda (invariants I1 to I5).
//!
//! It knows the truth on the server and the fate of the machine, and nothing
//! of how the client works. Where a fault excuses the client the model is
//! lenient; in good weather it is strict.

mod case;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use calendar::Window;
use chrono::{DateTime, Duration, Utc};

use crate::{
    shell::Rung,
    silence::Silence,
    truth::{Occurrence, number_in},
};

use case::{Case, Look};

/// How early a meeting rings.
const LEAD: Duration = Duration::minutes(5);
/// After a fault the client has come back within this time: the longest
/// pause between two attempts is six minutes.
const RECOVERS_WITHIN: Duration = Duration::seconds(430);
/// A killed process may lose what it did in its last moments.
pub const LOSES_AT_MOST: Duration = Duration::seconds(2);

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
    /// How late a ring may be when nothing but a look at the clock tells that
    /// its moment has come: it was jumped over.
    pub looks_within: Duration,
    /// When the clock jumped last, in truth.
    pub jumped_at: Option<DateTime<Utc>>,
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

/// The model.
#[derive(Debug, Default)]
pub struct Oracle {
    cases: BTreeMap<Key, Case>,
    /// What the agenda held at the last look, while the same process ran.
    listed: Option<Arc<BTreeSet<Key>>>,
    before: Option<Moment>,
    /// The store was harmed since the process began.
    harmed: bool,
    /// The user wants nothing to ring, over restarts too.
    silence: Option<Silence>,
    /// Rings that were due and came.
    pub rung: u64,
    /// Meetings at one time each that could have rung for so long that they
    /// had to.
    pub required: u64,
    /// Rings that came back after a snooze.
    pub returned: u64,
    /// Rings that a silence had held back.
    pub held_back: u64,
    /// Rings that were up when their reminder was dismissed on another screen,
    /// and went.
    pub gone_elsewhere: u64,
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
            let new = || Case::new(occurrence.end, at);
            let case = self.cases.entry(*key).or_insert_with(new);
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
            case.snooze(until, at);
        }
    }

    /// The user has answered a ring that is shown, and wants no further one.
    pub fn note_answer(&mut self, key: Key, at: DateTime<Utc>) {
        if let Some(case) = self.cases.get_mut(&key) {
            case.answer(at);
        }
    }

    /// The user has answered a ring that may not be shown any more.
    pub fn note_late_answer(&mut self, key: Key) {
        if let Some(case) = self.cases.get_mut(&key) {
            case.perhaps_answer();
        }
    }

    /// The user has dismissed the reminder of a meeting with a link on another
    /// screen.
    pub fn note_dismissal(&mut self, key: Key, at: DateTime<Utc>) {
        if let Some(case) = self.cases.get_mut(&key) {
            case.dismiss_elsewhere(at);
        }
    }

    /// The user wants silence until `until`, by the machine's clock.
    pub fn note_silence(&mut self, until: DateTime<Utc>, at: DateTime<Utc>) {
        self.silence = Some(Silence::new(until, at));
    }

    /// The user does not want silence any more.
    pub fn note_silence_over(&mut self) {
        self.silence = None;
    }

    /// What rests on the disk is not what the client left there. A process that
    /// runs will not look again before it ends.
    pub fn note_harm(&mut self, runs: bool) {
        self.harmed = runs;
        for case in self.cases.values_mut() {
            case.harm(runs);
        }
    }

    /// The process is gone. `killed` at this moment, or ended by itself.
    pub fn note_end(&mut self, at: DateTime<Utc>, killed: bool, kept_all: bool) {
        for case in self.cases.values_mut() {
            case.end_process(at, killed, kept_all, self.harmed);
        }
        self.listed = None;
        self.before = None;
        self.harmed = false;
    }

    /// A process began at `wall`, by the machine's clock, with a keyring that
    /// works or does not.
    pub fn note_begin(&mut self, wall: DateTime<Utc>, has_keys: bool) {
        // A silence that is over at a start does not come back.
        self.silence = self.silence.filter(|silence| !silence.is_over(wall));
        if !has_keys {
            for case in self.cases.values_mut() {
                case.forget();
            }
        }
    }

    /// A ring was heard; gives what rang.
    pub fn hear(&mut self, rung: &Rung) -> Result<Key, Broken> {
        let (reminder, wall) = (&rung.reminder, rung.wall);
        let key = key_of(&rung.title, reminder)
            .ok_or_else(|| broken("I3", format!("a ring that names no meeting: {reminder}")))?;
        let Some(case) = self.cases.get_mut(&key) else {
            return Err(broken("I3", format!("{key:?} rang and never was")));
        };
        if self
            .silence
            .is_some_and(|silence| silence.forbids(wall, rung.at))
        {
            let what = format!("{key:?} rang at {wall}, in a silence");
            return Err(broken("I3", what));
        }
        let comes_back = case.ring(key, wall, rung.at)?;
        self.returned += u64::from(comes_back);
        self.held_back += u64::from(case.take_held_back());
        self.rung += 1;
        Ok(key)
    }

    /// Whether the process that runs has not looked at what was done to the
    /// store.
    pub fn is_harmed(&self) -> bool {
        self.harmed
    }

    /// Whether it still has to ring, and nobody has put that off.
    pub fn is_owed(&self, key: Key) -> bool {
        let owed = self.cases.get(&key).is_some_and(Case::is_owed);
        owed && self.silence.is_none()
    }

    /// Whether it has rung in the process that runs, and that was all.
    pub fn has_rung(&self, key: Key) -> bool {
        self.cases.get(&key).is_some_and(Case::has_rung)
    }

    /// Whether it stands, and has done so for ten minutes at that moment.
    pub fn stood_at(&self, key: Key, at: DateTime<Utc>) -> bool {
        let stood = |case: &Case| case.stands && case.news.since < at - Duration::minutes(10);
        self.cases.get(&key).is_some_and(stood)
    }

    /// How many meetings there have been that began at this moment.
    pub fn beginning(&self, start: DateTime<Utc>) -> usize {
        self.cases.keys().filter(|key| key.1 == start).count()
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
        let over = |mut silence: Silence| {
            // What ended since the last look may have ended just now.
            let late = now.looks_within + Duration::seconds(5);
            let ended = silence.has_ended(now.wall, passed, late);
            (!ended).then_some(silence)
        };
        self.silence = self.silence.and_then(over);
        let look = Look {
            before: self.before.as_ref(),
            now: &now,
            passed,
            silent: self.silence.is_some(),
        };
        for (key, case) in &mut self.cases {
            let seen = case.look(*key, look)?;
            self.required += u64::from(seen.required);
            self.gone_elsewhere += u64::from(seen.gone);
        }
        self.keep_what_stands(&now, &listed)?;
        self.listed = Some(listed);
        self.before = Some(now);
        Ok(())
    }

    /// I3: what is known to be gone, to want no ring any more, or to be
    /// dismissed on another screen is not shown as ringing either.
    pub fn look_at_rings(
        &self,
        shown: impl IntoIterator<Item = Key>,
        at: DateTime<Utc>,
    ) -> Result<(), Broken> {
        for key in shown {
            if self.cases.get(&key).is_none_or(Case::is_gone) {
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
                .is_some_and(|case| case.stands && case.news.since < before.true_time);
            let in_window = now.window.start < key.1 && key.1 < now.window.end;
            if stood && in_window {
                return Err(broken("I5", format!("{key:?} vanished and stands")));
            }
        }
        Ok(())
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
