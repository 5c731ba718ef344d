//! The machine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Duration, Utc};

use super::{
    missed::Missed,
    record::{Record, ReminderId, State},
    signals::{Action, Answered, Input, Planned, Why},
};
use crate::{awake::Awake, view::SnoozeChoice};

/// The reconciler of reminders.
#[derive(Debug)]
pub struct Reminders {
    planned: BTreeMap<ReminderId, Planned>,
    records: BTreeMap<ReminderId, Record>,
    restored: bool,
    muted: bool,
    /// What came due while nothing may ring. Their records are not for the
    /// disk: the shell was not told, so the next run has to ring them.
    withheld: BTreeSet<ReminderId>,
    collapse_after: Duration,
    /// Rings that are up: notified and not withdrawn in this run.
    notified: BTreeSet<ReminderId>,
    /// Rings that are in the ring window, with the moment they collapse.
    open: BTreeMap<ReminderId, DateTime<Utc>>,
    unsaved: BTreeSet<ReminderId>,
    saving: BTreeSet<ReminderId>,
    save_after: Option<DateTime<Utc>>,
    actions: VecDeque<Action>,
    /// How long this run has decided everything anew.
    awake: Awake,
    /// Since when the meetings of records are long over, by `awake`.
    over_since: BTreeMap<ReminderId, Duration>,
    missed: Missed,
}

/// One start of one meeting: its reminders stand in for each other.
type Begin = (String, DateTime<Utc>);

fn begin(planned: &Planned) -> Begin {
    (planned.meeting.clone(), planned.start)
}

/// Whether a later reminder of the same start has come due as well: who wakes
/// late, or has not answered the first, is told once and not twice.
fn is_overtaken(latest: &BTreeMap<Begin, DateTime<Utc>>, planned: &Planned) -> bool {
    latest
        .get(&begin(planned))
        .is_some_and(|due| planned.due < *due)
}

impl Reminders {
    /// How long a failed save waits for the next attempt.
    const SAVE_AGAIN: Duration = Duration::seconds(30);

    /// A machine that knows nothing yet. `collapse_after` is how long an
    /// unanswered ring stays in the window.
    pub fn new(collapse_after: Duration) -> Self {
        Self {
            planned: BTreeMap::new(),
            records: BTreeMap::new(),
            restored: false,
            muted: false,
            withheld: BTreeSet::new(),
            collapse_after,
            notified: BTreeSet::new(),
            open: BTreeMap::new(),
            unsaved: BTreeSet::new(),
            saving: BTreeSet::new(),
            save_after: None,
            actions: VecDeque::new(),
            awake: Awake::default(),
            over_since: BTreeMap::new(),
            missed: Missed::default(),
        }
    }

    /// How long an unanswered ring stays in the window from now on; what is in
    /// it already keeps its moment.
    pub fn collapse_after(&mut self, time: Duration) {
        self.collapse_after = time;
    }

    /// Takes an input in and decides everything anew.
    pub fn handle(&mut self, input: Input, now: DateTime<Utc>) -> Answered {
        self.note_what_was_missed(now);
        let answered = self.take(input, now);
        self.settle(now);
        answered
    }

    /// Decides everything anew: the moment of [`Reminders::poll_timeout`] has
    /// come, or the clock may have been set.
    pub fn handle_timeout(&mut self, now: DateTime<Utc>) {
        self.note_what_was_missed(now);
        self.settle(now);
    }

    /// The next thing to do.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When something will have to be decided if nothing else happens. A
    /// clock that is set back is not foreseen here: whoever waits looks again
    /// every 30 seconds.
    pub fn poll_timeout(&self) -> Option<(DateTime<Utc>, Why)> {
        let looked_at = self.awake.looked_at()?;
        let planned = self.planned.values().filter_map(|planned| {
            match self.state(&planned.id) {
                None => Some((planned.due, Why::Due)),
                Some(State::Snoozed { until, .. }) => {
                    Some((until.max(planned.due), Why::SnoozeOver))
                }
                Some(State::Rung { .. }) => Some((planned.end, Why::MeetingOver)),
                Some(State::Answered) => None,
            }
            .filter(|(at, _)| looked_at < *at && *at <= planned.end)
        });
        let collapse = self.open.values().map(|at| (*at, Why::Collapse));
        let save = self.save_after.map(|at| (at, Why::Save));
        planned.chain(collapse).chain(save).min()
    }

    /// The reminders that belong in the ring window.
    pub fn open(&self) -> impl Iterator<Item = &Planned> {
        self.open.keys().filter_map(|id| self.planned.get(id))
    }

    /// What was slept through.
    pub fn missed(&self) -> &Missed {
        &self.missed
    }

    /// A reminder as it is planned.
    pub fn planned(&self, id: &ReminderId) -> Option<&Planned> {
        self.planned.get(id)
    }

    /// Whether a ring waits for an answer, in the window or in the tray.
    pub fn is_waiting(&self, now: DateTime<Utc>) -> bool {
        self.waiting(now).next().is_some()
    }

    fn state(&self, id: &ReminderId) -> Option<State> {
        self.records.get(id).map(|record| record.state)
    }

    /// Reminders that have rung, without answer, while their meeting lasts.
    fn waiting(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Planned> {
        let latest = self.latest(now);
        self.planned.values().filter(move |planned| {
            now < planned.end
                && !is_overtaken(&latest, planned)
                && matches!(self.state(&planned.id), Some(State::Rung { .. }))
        })
    }

    /// When the last of each meeting's reminders that are due came due. One
    /// that something has happened to counts as well where the clock was set
    /// back before it.
    fn latest(&self, now: DateTime<Utc>) -> BTreeMap<Begin, DateTime<Utc>> {
        let mut latest = BTreeMap::new();
        let counts = |one: &&Planned| one.due <= now || self.records.contains_key(&one.id);
        for planned in self.planned.values().filter(counts) {
            let due = latest.entry(begin(planned)).or_insert(planned.due);
            *due = planned.due.max(*due);
        }
        latest
    }

    fn take(&mut self, input: Input, now: DateTime<Utc>) -> Answered {
        match input {
            Input::Restored(records) => {
                self.restored = true;
                for record in records {
                    // What happened in this run is newer, but to what is
                    // withheld nothing has happened.
                    if self.withheld.remove(&record.id) {
                        self.records.remove(&record.id);
                    }
                    self.records.entry(record.id.clone()).or_insert(record);
                }
            }
            Input::Planned(planned) => {
                let planned = planned.into_iter().map(|p| (p.id.clone(), p)).collect();
                let before = std::mem::replace(&mut self.planned, planned);
                self.hear_of_dismissals(&before);
            }
            Input::Dismiss(id) => return self.answer(&id),
            Input::Snooze(id, choice) => return self.snooze(&id, choice, now),
            Input::Joined(meeting) => {
                // Who has joined is not rung at by the leads to come either.
                let rung = self.latest(now);
                let of_meeting: Vec<ReminderId> = self
                    .planned
                    .values()
                    .filter(|planned| planned.meeting == meeting)
                    .filter(|planned| rung.contains_key(&begin(planned)))
                    .map(|planned| planned.id.clone())
                    .collect();
                for id in of_meeting {
                    self.answer(&id);
                }
            }
            Input::Show => self.bring_back(now),
            Input::Muted => self.muted = true,
            Input::Unmuted => self.unmute(now),
            Input::Saved => {
                self.saving.clear();
                self.save_after = None;
            }
            Input::NotSaved => {
                self.unsaved.append(&mut self.saving);
                self.save_after = Some(now + Self::SAVE_AGAIN);
            }
        }
        Answered::Found
    }

    /// Puts what waits into the window.
    fn bring_back(&mut self, now: DateTime<Utc>) {
        let at = now + self.collapse_after;
        let ids: Vec<ReminderId> = self
            .waiting(now)
            .map(|planned| planned.id.clone())
            .collect();
        self.open.extend(ids.into_iter().map(|id| (id, at)));
    }

    fn unmute(&mut self, now: DateTime<Utc>) {
        self.muted = false;
        // Without a record they are due, and ring where their meeting is on.
        for id in std::mem::take(&mut self.withheld) {
            self.records.remove(&id);
        }
        // What has rung comes back to the window and rings no second time,
        // whichever run it rang in.
        self.bring_back(now);
    }

    /// Outlook and its kin take a reminder that is dismissed from its meeting.
    /// Where that happens while it rings here as well, the user has seen it.
    /// What has not rung yet rings all the same when there is something to
    /// join, and what was snoozed here was asked for.
    fn hear_of_dismissals(&mut self, before: &BTreeMap<ReminderId, Planned>) {
        let was_reminded = |one: &Planned| {
            let earlier = before.get(&one.id);
            // Another account's view of the meeting says nothing about this one.
            earlier.is_some_and(|earlier| earlier.reminded && earlier.meeting == one.meeting)
        };
        let dismissed: Vec<ReminderId> = self
            .planned
            .values()
            .filter(|one| !one.reminded && was_reminded(one))
            .filter(|one| matches!(self.state(&one.id), Some(State::Rung { .. })))
            .map(|one| one.id.clone())
            .collect();
        for id in dismissed {
            self.answer(&id);
        }
    }

    fn answer(&mut self, id: &ReminderId) -> Answered {
        let Some(end) = self.end_of(id) else {
            return Answered::Gone;
        };
        self.record(id.clone(), State::Answered, end);
        Answered::Found
    }

    fn snooze(&mut self, id: &ReminderId, choice: SnoozeChoice, now: DateTime<Utc>) -> Answered {
        let Some(planned) = self.planned.get(id) else {
            return Answered::Gone;
        };
        let (start, end) = (planned.start, planned.end);
        match choice.until(start, now) {
            Some(until) if until < end => {
                self.record(
                    id.clone(),
                    State::Snoozed {
                        choice,
                        asked_at: now,
                        until,
                    },
                    end,
                );
                Answered::Found
            }
            _ => Answered::Gone,
        }
    }

    /// When the meeting of a reminder ends, also of one that is not planned
    /// any more: a notification may be answered late.
    fn end_of(&self, id: &ReminderId) -> Option<DateTime<Utc>> {
        let planned = self.planned.get(id).map(|planned| planned.end);
        planned.or_else(|| self.records.get(id).map(|record| record.end))
    }

    fn record(&mut self, id: ReminderId, state: State, end: DateTime<Utc>) {
        self.withheld.remove(&id);
        let record = Record {
            id: id.clone(),
            state,
            end,
        };
        if self.records.get(&id) != Some(&record) {
            self.records.insert(id.clone(), record);
            self.unsaved.insert(id);
        }
    }

    fn settle(&mut self, now: DateTime<Utc>) {
        if !self.restored {
            return;
        }
        self.awake.look(now);
        self.follow_the_clock(now);
        self.ring_what_is_due(now);
        self.withdraw_what_is_over(now);
        self.forget_what_is_long_over(now);
        self.save(now);
    }

    fn follow_the_clock(&mut self, now: DateTime<Utc>) {
        for record in self.records.values_mut() {
            let state = record.state.after_clock_step(now);
            if state != record.state {
                record.state = state;
                self.unsaved.insert(record.id.clone());
            }
        }
    }

    /// Notes meetings whose rings all came due after the last look, and that are
    /// over by now. In a silence nobody has missed anything.
    fn note_what_was_missed(&mut self, now: DateTime<Utc>) {
        self.missed.look(now);
        let looked_at = self.awake.looked_at().filter(|_| !self.muted);
        let Some(before) = looked_at.filter(|_| self.restored) else {
            return;
        };
        let slept = |one: &&Planned| before < one.due && one.end <= now;
        for one in self.planned.values().filter(slept) {
            let of_it = |other: &&Planned| begin(other) == begin(one);
            let mut all = self.planned.values().filter(of_it);
            if all.all(|other| self.state(&other.id).is_none()) {
                self.missed.note(one.meeting.clone(), one.start, one.end);
            }
        }
    }

    fn ring_what_is_due(&mut self, now: DateTime<Utc>) {
        let latest = self.latest(now);
        let due: Vec<Planned> = self
            .planned
            .values()
            .filter(|planned| !is_overtaken(&latest, planned))
            .filter(|planned| {
                let since = match self.state(&planned.id) {
                    None => planned.due,
                    // A clock that was set back must not make it ring before
                    // it is due.
                    Some(State::Snoozed { until, .. }) => until.max(planned.due),
                    Some(State::Rung { .. } | State::Answered) => return false,
                };
                since <= now && now < planned.end
            })
            .cloned()
            .collect();
        for planned in due {
            self.open.insert(
                planned.id.clone(),
                planned.start.max(now) + self.collapse_after,
            );
            if self.muted {
                self.withhold(planned, now);
                continue;
            }
            self.notified.insert(planned.id.clone());
            self.actions.push_back(Action::Ring(planned.id.clone()));
            self.record(planned.id, State::Rung { at: now }, planned.end);
        }
    }

    /// It waits like a ring, and only this run knows.
    fn withhold(&mut self, planned: Planned, now: DateTime<Utc>) {
        let record = Record {
            id: planned.id.clone(),
            state: State::Rung { at: now },
            end: planned.end,
        };
        self.records.insert(planned.id.clone(), record);
        self.withheld.insert(planned.id);
    }

    fn withdraw_what_is_over(&mut self, now: DateTime<Utc>) {
        let waiting: BTreeSet<ReminderId> = self
            .waiting(now)
            .map(|planned| planned.id.clone())
            .collect();
        self.open
            .retain(|id, collapses_at| waiting.contains(id) && now < *collapses_at);
        let over: Vec<ReminderId> = self.notified.difference(&waiting).cloned().collect();
        for id in over {
            self.notified.remove(&id);
            self.actions.push_back(Action::Withdraw(id));
        }
    }

    /// What is long over by a clock that is wrong for a while is not over.
    fn forget_what_is_long_over(&mut self, now: DateTime<Utc>) {
        let awake = self.awake.time();
        let long_over = self
            .records
            .values()
            .filter(|record| !self.planned.contains_key(&record.id))
            .filter(|record| record.end + Record::KEPT_AFTER_END < now)
            .map(|record| {
                let since = self.over_since.get(&record.id).copied();
                (record.id.clone(), since.unwrap_or(awake))
            });
        self.over_since = long_over.collect();
        let is_sure = |since: &Duration| awake - *since >= Record::OVER_FOR;
        let sure = self.over_since.extract_if(.., |_, since| is_sure(since));
        let sure: Vec<ReminderId> = sure.map(|(id, _)| id).collect();
        for id in sure {
            self.records.remove(&id);
            self.unsaved.insert(id);
        }
    }

    /// One save at a time: two in flight could come to the disk in the other
    /// order.
    fn save(&mut self, now: DateTime<Utc>) {
        // A clock that was set back must not hold the save up.
        let waits = self
            .save_after
            .is_some_and(|at| now < at && at - now <= Self::SAVE_AGAIN);
        if self.unsaved.is_empty() || !self.saving.is_empty() || waits {
            return;
        }
        self.saving = std::mem::take(&mut self.unsaved);
        self.save_after = None;
        let save = self.save_of_these();
        self.actions.push_back(save);
    }

    /// The last [`Action::Save`] of a run: everything that is not known to be
    /// on disk, also what a save is under way for. Nobody answers it any more.
    pub fn last_save(&mut self) -> Option<Action> {
        self.saving.append(&mut self.unsaved);
        (self.restored && !self.saving.is_empty()).then(|| self.save_of_these())
    }

    fn save_of_these(&self) -> Action {
        let mut put = Vec::new();
        let mut forget = Vec::new();
        for id in &self.saving {
            // The disk must not know of a ring that is withheld, not even where
            // the snooze before it is not saved yet.
            let told = |_: &&Record| !self.withheld.contains(id);
            match self.records.get(id).filter(told) {
                Some(record) => put.push(record.clone()),
                None => forget.push(id.clone()),
            }
        }
        Action::Save { put, forget }
    }
}
