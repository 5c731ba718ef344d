//! One meeting at one time, and what has become of its ring.

use chrono::{DateTime, Duration, Utc};

use super::{Broken, Key, LEAD, LOSES_AT_MOST, Moment, RECOVERS_WITHIN, broken, runs_evenly};

#[derive(Debug, Clone)]
pub(super) struct Case {
    end: DateTime<Utc>,
    /// Whether it stands on the server.
    pub(super) stands: bool,
    /// What the client knows of that.
    pub(super) news: News,
    /// For how long it could have rung without a break.
    could_ring_for: Duration,
    /// By when its first ring had to come, in truth, where that is known
    /// exactly: the clock ran evenly over its moment, or jumped over it.
    must_ring_by: Option<DateTime<Utc>>,
    /// When it was counted among the rings that had to come.
    had_to_ring_at: Option<DateTime<Utc>>,
    /// Since when it would have rung if the user did not want silence.
    held_back_since: Option<DateTime<Utc>>,
    pub(super) rings: u32,
    rings_of_this_process: u32,
    snoozes: u32,
    snoozes_of_this_process: u32,
    excuses: u32,
    rang_last: Option<DateTime<Utc>>,
    snoozed: Option<Snoozed>,
    answered: Answered,
    dismissal: Option<Dismissal>,
}

/// Something that has changed on the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    pub(super) since: DateTime<Utc>,
    /// The client must know of it.
    pub(super) known: bool,
    /// It must also find that in its store after a restart.
    kept: bool,
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

/// Whether the user has dismissed it or joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// No.
    No,
    /// The client may take it for answered, or may have lost the answer.
    Perhaps,
    /// Yes, in this process at this moment, or in an earlier one.
    Yes(Option<DateTime<Utc>>),
}

/// Its reminder was dismissed on another screen, and there is a link to join.
#[derive(Debug, Clone, Copy)]
struct Dismissal {
    news: News,
    /// The ring was up then and waits for its answer.
    up: bool,
}

/// What came of a look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// It is one more of those that had to ring.
    pub(super) required: bool,
    /// Its ring is one more of those that went with a dismissal elsewhere.
    pub(super) gone: bool,
}

/// What the client is held to at a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) before: Option<&'a Moment>,
    pub(super) now: &'a Moment,
    /// How much time has passed since the last one.
    pub(super) passed: Duration,
    /// The user wants silence, or may still have it.
    pub(super) silent: bool,
}

impl News {
    fn at(since: DateTime<Utc>) -> Self {
        Self {
            since,
            known: false,
            kept: false,
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

    fn was_known_at(self, before: &Moment) -> bool {
        let mut then = Self::at(self.since);
        then.learn(before);
        then.known
    }

    /// The process is gone.
    fn survive(&mut self, harmed: bool) {
        self.known &= self.kept && !harmed;
    }
}

impl Case {
    /// One that ends at `end`, of which nothing is known at `at`.
    pub(super) fn new(end: DateTime<Utc>, at: DateTime<Utc>) -> Self {
        Self {
            end,
            stands: false,
            news: News::at(at),
            could_ring_for: Duration::zero(),
            must_ring_by: None,
            had_to_ring_at: None,
            held_back_since: None,
            rings: 0,
            rings_of_this_process: 0,
            snoozes: 0,
            snoozes_of_this_process: 0,
            excuses: 0,
            rang_last: None,
            snoozed: None,
            answered: Answered::No,
            dismissal: None,
        }
    }

    /// It is made, or goes.
    pub(super) fn turn(&mut self, stands: bool, at: DateTime<Utc>) {
        self.stands = stands;
        self.news = News::at(at);
        self.could_ring_for = Duration::zero();
        self.must_ring_by = None;
        self.held_back_since = None;
        self.snoozed = None;
        self.is_not_up();
    }

    /// Nothing is asked any more of the ring that was up at a dismissal.
    fn is_not_up(&mut self) {
        if let Some(dismissal) = &mut self.dismissal {
            dismissal.up = false;
        }
    }

    pub(super) fn snooze(&mut self, until: DateTime<Utc>, at: DateTime<Utc>) {
        self.snoozes += 1;
        self.snoozes_of_this_process += 1;
        self.snoozed = Some(Snoozed {
            until,
            asked_at: at,
            could_ring_for: Duration::zero(),
        });
        self.answered = Answered::No;
        // What is snoozed here comes back whatever is done elsewhere.
        self.is_not_up();
    }

    /// The user wants no further ring of it.
    pub(super) fn answer(&mut self, at: DateTime<Utc>) {
        self.snoozed = None;
        self.answered = Answered::Yes(Some(at));
    }

    /// It may be that the user wants no further ring of it.
    pub(super) fn perhaps_answer(&mut self) {
        self.snoozed = None;
        if self.answered == Answered::No {
            self.answered = Answered::Perhaps;
        }
    }

    /// Its reminder is dismissed on another screen.
    pub(super) fn dismiss_elsewhere(&mut self, at: DateTime<Utc>) {
        let waits = self.snoozed.is_none() && self.answered == Answered::No;
        self.dismissal = Some(Dismissal {
            news: News::at(at),
            up: self.rings_of_this_process > 0 && waits,
        });
    }

    /// What rests on the disk is not what the client left there.
    pub(super) fn harm(&mut self, runs: bool) {
        self.news.kept = false;
        if let Some(dismissal) = &mut self.dismissal {
            dismissal.news.kept = false;
        }
        if !runs {
            self.forget();
            self.excuse();
            self.doubt_answer();
        }
    }

    /// A process knows nothing of it, nor of a snooze.
    pub(super) fn forget(&mut self) {
        self.news.known = false;
        if let Some(dismissal) = &mut self.dismissal {
            dismissal.news.known = false;
        }
        self.snoozed = None;
    }

    /// The process is gone.
    pub(super) fn end_process(
        &mut self,
        at: DateTime<Utc>,
        killed: bool,
        kept_all: bool,
        harmed: bool,
    ) {
        let too_late = |moment: DateTime<Utc>| killed && at - moment <= LOSES_AT_MOST;
        let lost = self.rang_last.is_some_and(too_late);
        if self.rings_of_this_process > 0 && (lost || !kept_all) || harmed {
            self.excuse();
        }
        self.snoozed = self
            .snoozed
            .take()
            .filter(|snoozed| kept_all && !harmed && !too_late(snoozed.asked_at));
        if let Answered::Yes(of_this_process) = self.answered {
            if harmed || of_this_process.is_some_and(|at| !kept_all || too_late(at)) {
                self.doubt_answer();
            } else {
                self.answered = Answered::Yes(None);
            }
        }
        self.news.survive(harmed);
        if let Some(dismissal) = &mut self.dismissal {
            dismissal.news.survive(harmed);
        }
        self.is_not_up();
        self.rings_of_this_process = 0;
        self.snoozes_of_this_process = 0;
        self.could_ring_for = Duration::zero();
        self.must_ring_by = None;
    }

    /// What is known of its rings may be lost.
    fn excuse(&mut self) {
        if self.rings > 0 {
            self.excuses += 1 + self.snoozes;
        }
    }

    fn doubt_answer(&mut self) {
        if self.answered != Answered::No {
            self.answered = Answered::Perhaps;
        }
    }

    /// It rang at `wall`, by the machine's clock; gives whether it came back
    /// after a snooze.
    pub(super) fn ring(
        &mut self,
        key: Key,
        wall: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<bool, Broken> {
        if wall < key.1 - LEAD {
            return Err(broken("I3", format!("{key:?} rang early, at {wall}")));
        }
        if wall >= self.end {
            let what = format!("{key:?} rang after its end, at {wall}");
            return Err(broken("I3", what));
        }
        if !self.stands && self.news.known {
            let since = self.news.since;
            let what = format!("{key:?} rang at {at}, gone since {since}");
            return Err(broken("I3", what));
        }
        if let Answered::Yes(_) = self.answered {
            let what = format!("{key:?} rang at {wall} and was answered before");
            return Err(broken("I2", what));
        }
        self.answered = Answered::No;
        self.rings += 1;
        self.rings_of_this_process += 1;
        self.rang_last = Some(at);
        let comes_back = self.snoozed.take().is_some();
        if self.rings_of_this_process > 1 + self.snoozes_of_this_process
            || self.rings > 1 + self.snoozes + self.excuses
        {
            let (rings, snoozes, excuses) = (self.rings, self.snoozes, self.excuses);
            let with = format!("with {snoozes} snoozes and {excuses} excuses");
            return Err(broken("I2", format!("{key:?} rang {rings} times, {with}")));
        }
        if let Some(due) = self.must_ring_by.filter(|due| *due < at)
            && self.rings == 1
        {
            let what = format!("{key:?} had to ring by {due} and rang at {at}");
            return Err(broken("I1", what));
        }
        Ok(comes_back)
    }

    /// Whether it rings now and was held back by a silence before.
    pub(super) fn take_held_back(&mut self) -> bool {
        self.held_back_since.take().is_some()
    }

    /// Whether it must not be shown as ringing: it is known to be gone, or to
    /// be dismissed on another screen while it was up.
    pub(super) fn is_gone(&self) -> bool {
        let dismissed = |one: Dismissal| one.up && one.news.known;
        !self.stands && self.news.known || self.dismissal.is_some_and(dismissed)
    }

    /// Looks at it while a process runs.
    pub(super) fn look(&mut self, key: Key, look: Look<'_>) -> Result<Seen, Broken> {
        let Look { now, silent, .. } = look;
        let is_due = key.1 - LEAD < now.wall;
        let mut seen = Seen {
            required: false,
            gone: self.hear_of_dismissal(now, silent && is_due),
        };
        self.news.learn(now);
        let could_ring = self.stands && self.news.known && is_due && now.wall < self.end;
        if could_ring && silent && self.is_owed() {
            self.held_back_since.get_or_insert(now.true_time);
        }
        if could_ring && !silent {
            self.could_ring(key, look);
        } else {
            self.could_ring_for = Duration::zero();
            self.must_ring_by = None;
        }
        if let Some(due) = self.must_ring_by
            && match self.rings {
                0 => self.is_owed() && due < now.true_time,
                1 => self.rang_last.is_some_and(|at| due < at),
                _ => false,
            }
        {
            let (at, rang) = (now.true_time, self.rang_last);
            let what = format!("{key:?} had to ring by {due}; it is {at}, and it rang at {rang:?}");
            return Err(broken("I1", what));
        }
        let late = now.looks_within;
        let has_to = self.could_ring_for > late && (self.rings > 0 || self.is_owed());
        if has_to && self.had_to_ring_at.is_none() {
            self.had_to_ring_at = Some(now.true_time);
            seen.required = true;
        }
        if has_to && self.rings == 0 {
            let seconds = self.could_ring_for.num_seconds();
            let what = format!(
                "{key:?} could have rung for {seconds} s at {} and did not",
                now.wall
            );
            return Err(broken("I1", what));
        }
        self.comes_back(key, look)?;
        Ok(seen)
    }

    /// It has not rung, and nobody has put that off or made it needless.
    pub(super) fn is_owed(&self) -> bool {
        self.rings == 0 && self.snoozes == 0 && self.answered == Answered::No
    }

    /// It has rung in the process that runs, and nobody wanted it again: the
    /// second ring of one that was snoozed can be slept through.
    pub(super) fn has_rung(&self) -> bool {
        self.rings_of_this_process > 0 && self.snoozes == 0
    }

    /// Whether the client must know now, and has not before, that its ring is
    /// dismissed elsewhere.
    fn hear_of_dismissal(&mut self, now: &Moment, held_back: bool) -> bool {
        let Some(dismissal) = &mut self.dismissal else {
            return false;
        };
        let known = dismissal.news.known;
        dismissal.news.learn(now);
        let gone = dismissal.up && !known && dismissal.news.known;
        // What a silence holds back waits like a ring, and is over when the
        // client hears of it.
        if held_back && !known && (self.is_owed() || self.snoozed.is_some()) {
            self.perhaps_answer();
        }
        gone
    }

    fn has_not_rung_before(&self, look: &Moment) -> bool {
        match self.rings {
            0 => true,
            1 => self.rang_last.is_some_and(|at| look.true_time <= at),
            _ => false,
        }
    }

    fn could_ring(&mut self, key: Key, look: Look<'_>) {
        let Look { now, passed, .. } = look;
        let due = key.1 - LEAD;
        // It was known for long, and the clock came over its moment since the
        // last look.
        if self.could_ring_for.is_zero()
            && let Some(before) = look.before
            && before.wall < due
            && self.has_not_rung_before(before)
            && now.true_time - self.news.since > Duration::minutes(10)
            && self.news.was_known_at(before)
            && before
                .well_since
                .is_some_and(|well| before.true_time - well > Duration::minutes(1))
        {
            // When the clock comes to it, unless it jumps over it.
            let due = now.true_time - (now.wall - due);
            let jumped = now.jumped_at.filter(|at| before.true_time <= *at);
            self.must_ring_by = match jumped {
                Some(at) => Some(at.max(due) + now.looks_within),
                None if runs_evenly(before, now) => Some(due + Duration::milliseconds(1100)),
                None => None,
            };
        }
        if self.could_ring_for.is_zero() {
            self.could_ring_for = Duration::milliseconds(1);
        } else {
            // Asleep it could not.
            self.could_ring_for += passed.min(Duration::seconds(5));
        }
    }

    /// A snoozed ring is back when its time has come, and no sooner than the
    /// reminder is due: what was snoozed may have rung by a wrong clock.
    fn comes_back(&mut self, key: Key, look: Look<'_>) -> Result<(), Broken> {
        let Look { now, passed, .. } = look;
        let could_ring = self.stands && self.news.known && now.wall < self.end && !look.silent;
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
        if snoozed.could_ring_for > now.looks_within + Duration::seconds(5) {
            let what = format!(
                "{key:?} was to ring again at {until} and did not, at {}",
                now.wall
            );
            return Err(broken("I1", what));
        }
        Ok(())
    }
}
