//! What must hold whatever happens: restarts, clocks that jump, disks that
//! fail, meetings that move.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use super::*;
use crate::view::SnoozeChoice;

/// One thing that happens to the desk.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// Time passes, in seconds.
    Pass(i64),
    /// The clock is set, by seconds.
    Step(i64),
    /// Meeting `0` now begins at minute `1` and lasts `2` minutes.
    Meeting(u8, i64, i64),
    /// The meeting is taken out.
    Cancel(u8),
    /// The user answers, snoozes, joins, looks.
    Dismiss(u8),
    /// The user dismisses the meeting's own reminder on another screen.
    Elsewhere(u8),
    Snooze(u8, SnoozeChoice),
    Join(u8),
    Show,
    /// The user wants silence, or does not any more; the next process knows.
    Silence(bool),
    /// The process ends, with or without the last save on disk, and starts.
    Restart,
    /// The disk fails or works from now on.
    Disk(bool),
}

fn event() -> impl Strategy<Value = Event> {
    let meeting = 0_u8..5;
    prop_oneof![
        6 => (0_i64..900).prop_map(Event::Pass),
        1 => (-7_200_i64..7_200).prop_map(Event::Step),
        3 => (meeting.clone(), 0_i64..180, 1_i64..60)
            .prop_map(|(meeting, start, lasts)| Event::Meeting(meeting, start, lasts)),
        1 => meeting.clone().prop_map(Event::Cancel),
        1 => meeting.clone().prop_map(Event::Dismiss),
        1 => meeting.clone().prop_map(Event::Elsewhere),
        1 => (meeting.clone(), prop::sample::select(SnoozeChoice::ALL.to_vec()))
            .prop_map(|(meeting, choice)| Event::Snooze(meeting, choice)),
        1 => meeting.prop_map(Event::Join),
        1 => Just(Event::Show),
        1 => any::<bool>().prop_map(Event::Silence),
        1 => Just(Event::Restart),
        1 => any::<bool>().prop_map(Event::Disk),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lead {
    Usual,
    AtStart,
}

/// The world around the machine, with a plain model of which rings are right.
struct World {
    machine: Reminders,
    now: DateTime<Utc>,
    /// By meeting, and by lead: some meetings ring once more at their start.
    plan: BTreeMap<(u8, Lead), Planned>,
    disk: BTreeMap<ReminderId, Record>,
    disk_works: bool,
    /// Rings that the model still allows: one for each reminder, one more for
    /// each snooze, and one more where a restart came before the save.
    allowed: BTreeMap<ReminderId, usize>,
    unsaved_rings: Vec<ReminderId>,
    silent: bool,
}

impl World {
    fn new() -> Self {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let mut machine = Reminders::new(Duration::minutes(10));
        machine.handle(Input::Restored(Vec::new()), now);
        Self {
            machine,
            now,
            plan: BTreeMap::new(),
            disk: BTreeMap::new(),
            disk_works: true,
            allowed: BTreeMap::new(),
            unsaved_rings: Vec::new(),
            silent: false,
        }
    }

    fn tell(&mut self, input: Input) -> Result<Answered, TestCaseError> {
        let answered = self.machine.handle(input, self.now);
        self.act()?;
        Ok(answered)
    }

    fn act(&mut self) -> Result<(), TestCaseError> {
        while let Some(action) = self.machine.poll_action() {
            match action {
                Action::Ring(id) => {
                    prop_assert!(!self.silent, "{id} rings in a silence");
                    let planned = self.plan.values().find(|planned| planned.id == id);
                    prop_assert!(planned.is_some(), "{id} rings and is not planned");
                    let left = self.allowed.entry(id.clone()).or_insert(1);
                    prop_assert!(*left > 0, "{id} rings once too often");
                    *left -= 1;
                    prop_assert!(planned.is_some_and(|planned| self.now < planned.end));
                    self.unsaved_rings.push(id);
                }
                Action::Withdraw(_) => {}
                Action::Save { put, forget } => {
                    let outcome = if self.disk_works {
                        self.unsaved_rings
                            .retain(|id| !put.iter().any(|record| record.id == *id));
                        self.disk
                            .extend(put.into_iter().map(|record| (record.id.clone(), record)));
                        self.disk.retain(|id, _| !forget.contains(id));
                        Input::Saved
                    } else {
                        Input::NotSaved
                    };
                    self.machine.handle(outcome, self.now);
                }
            }
        }
        Ok(())
    }

    /// What a window would answer: the reminder that came due last, else the
    /// first.
    fn id_of(&self, meeting: u8) -> ReminderId {
        let of_meeting = |lead| self.plan.get(&(meeting, lead));
        let again = of_meeting(Lead::AtStart).filter(|planned| planned.due <= self.now);
        again.or_else(|| of_meeting(Lead::Usual)).map_or_else(
            || ReminderId("none".to_owned()),
            |planned| planned.id.clone(),
        )
    }

    fn tell_plan(&mut self) -> Result<(), TestCaseError> {
        self.tell(Input::Planned(self.plan.values().cloned().collect()))
            .map(drop)
    }

    fn happen(&mut self, event: Event) -> Result<(), TestCaseError> {
        match event {
            Event::Pass(seconds) | Event::Step(seconds) => {
                self.now += Duration::seconds(seconds);
                self.machine.handle_timeout(self.now);
                self.act()?;
            }
            Event::Meeting(meeting, start, lasts) => {
                let day: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();
                let start = day + Duration::minutes(start);
                let planned = Planned {
                    id: ReminderId(format!("{meeting}@{start}")),
                    meeting: meeting.to_string(),
                    due: start - Duration::minutes(5),
                    start,
                    end: start + Duration::minutes(lasts),
                    reminded: true,
                };
                let again = Planned {
                    id: ReminderId(format!("{}-0", planned.id)),
                    due: start,
                    ..planned.clone()
                };
                if meeting % 2 == 1 {
                    self.plan.insert((meeting, Lead::AtStart), again);
                }
                self.plan.insert((meeting, Lead::Usual), planned);
                self.tell_plan()?;
            }
            Event::Cancel(meeting) => {
                self.plan.retain(|(one, _), _| *one != meeting);
                self.tell_plan()?;
            }
            Event::Dismiss(meeting) => {
                self.tell(Input::Dismiss(self.id_of(meeting)))?;
            }
            Event::Elsewhere(meeting) => {
                let mut was_reminded = false;
                for ((one, _), planned) in &mut self.plan {
                    if *one == meeting {
                        was_reminded |= std::mem::replace(&mut planned.reminded, false);
                    }
                }
                self.tell_plan()?;
                let meeting = meeting.to_string();
                let is_open = self.machine.open().any(|open| open.meeting == meeting);
                prop_assert!(!was_reminded || !is_open, "{meeting} is still open");
            }
            Event::Snooze(meeting, choice) => {
                let id = self.id_of(meeting);
                if self.tell(Input::Snooze(id.clone(), choice))? == Answered::Found {
                    // One that had not rung yet is put off, not doubled.
                    self.allowed.insert(id, 1);
                }
            }
            Event::Join(meeting) => {
                self.tell(Input::Joined(meeting.to_string()))?;
            }
            Event::Show => {
                self.tell(Input::Show)?;
            }
            Event::Silence(wanted) => {
                self.silent = wanted;
                self.tell(if wanted { Input::Muted } else { Input::Unmuted })?;
            }
            Event::Restart => {
                for id in std::mem::take(&mut self.unsaved_rings) {
                    *self.allowed.entry(id).or_insert(0) += 1;
                }
                // What was answered but not saved may ring once more as well.
                for id in self.plan.values().map(|planned| planned.id.clone()) {
                    if !self.disk.contains_key(&id) || !self.disk_works {
                        self.allowed.insert(id, 1);
                    }
                }
                self.machine = Reminders::new(Duration::minutes(10));
                if self.silent {
                    self.tell(Input::Muted)?;
                }
                self.tell(Input::Restored(self.disk.values().cloned().collect()))?;
                self.tell_plan()?;
            }
            Event::Disk(works) => self.disk_works = works,
        }
        Ok(())
    }

    /// After every look nothing that is due has been left out.
    fn check(&self) -> Result<(), TestCaseError> {
        for planned in self.plan.values() {
            let on = planned.due <= self.now && self.now < planned.end;
            let decided = self
                .machine
                .poll_timeout()
                .is_none_or(|(at, why)| why != Why::Due || at > self.now || !on);
            prop_assert!(decided, "{} is due and has not rung", planned.id);
            let known = self.allowed.get(&planned.id).copied();
            if on && known.is_none() && !self.silent {
                // Never rung: then the user has answered it before.
                prop_assert!(!self.machine.open().any(|open| open.id == planned.id));
            }
        }
        let mut begins = std::collections::BTreeSet::new();
        for open in self.machine.open() {
            prop_assert!(self.now < open.end, "{} is open after its end", open.id);
            let once = begins.insert((open.meeting.clone(), open.start));
            prop_assert!(once, "{} is open beside another of its start", open.id);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn i2_nothing_rings_twice_and_i3_nothing_rings_that_is_not_planned(
        events in prop::collection::vec(event(), 1..80),
    ) {
        let mut world = World::new();
        for event in events {
            world.happen(event)?;
            world.check()?;
        }
    }

    /// I1: silence puts a ring off and loses none, over restarts too.
    #[test]
    fn i1_what_came_due_in_a_silence_rings_once_after_it(
        naps in prop::collection::vec((1_i64..600, any::<bool>()), 0..12),
        start in 10_i64..60,
    ) {
        let mut world = World::new();
        world.happen(Event::Silence(true))?;
        world.happen(Event::Meeting(0, start, 240))?;
        for (nap, restart) in naps {
            world.happen(Event::Pass(nap))?;
            if restart {
                world.happen(Event::Restart)?;
            }
        }
        let planned = world.plan[&(0, Lead::Usual)].clone();
        let is_due = planned.due <= world.now;
        prop_assert_eq!(world.machine.is_waiting(world.now), is_due);
        world.allowed.insert(planned.id.clone(), 1);
        world.happen(Event::Silence(false))?;
        prop_assert_eq!(world.allowed.get(&planned.id), Some(&usize::from(!is_due)));
        world.happen(Event::Pass(60))?;
    }

    /// I1 with two leads: who is awake at some moment until the end is rung at
    /// by the last lead that was due then, and by each once at most.
    #[test]
    fn i1_the_last_lead_that_is_due_rings_whenever_one_wakes(
        naps in prop::collection::vec(1_i64..2_000, 1..40),
        start in 10_i64..300,
        lasts in 1_i64..120,
    ) {
        let mut world = World::new();
        world.happen(Event::Meeting(1, start, lasts))?;
        let usual = world.plan[&(1, Lead::Usual)].clone();
        let again = world.plan[&(1, Lead::AtStart)].clone();
        let (mut first, mut second) = (false, false);
        for nap in naps {
            world.happen(Event::Pass(nap))?;
            world.check()?;
            second |= again.due <= world.now && world.now < again.end;
            first |= usual.due <= world.now && world.now < again.due;
            prop_assert_eq!(world.allowed.get(&usual.id) == Some(&0), first);
            prop_assert_eq!(world.allowed.get(&again.id) == Some(&0), second);
        }
    }

    /// I1: whatever pattern of naps the machine takes, a meeting rings if the
    /// machine is awake at some moment from the reminder to the end.
    #[test]
    fn i1_nothing_is_missed_while_the_machine_is_awake_before_the_end(
        naps in prop::collection::vec(1_i64..2_000, 1..40),
        start in 10_i64..300,
        lasts in 1_i64..120,
    ) {
        let mut world = World::new();
        world.happen(Event::Meeting(0, start, lasts))?;
        let planned = world.plan[&(0, Lead::Usual)].clone();
        let mut awake_in_time = false;
        for nap in naps {
            world.happen(Event::Pass(nap))?;
            awake_in_time |= planned.due <= world.now && world.now < planned.end;
            let rung = world.allowed.get(&planned.id) == Some(&0);
            prop_assert_eq!(rung, awake_in_time);
        }
    }
}
