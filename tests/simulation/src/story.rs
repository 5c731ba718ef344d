//! Short stories: ingredients that hardly ever meet by chance, at a moment
//! that the dice say. Half of all seeds have one beside their other troubles,
//! so that each sort of fault has days on which a client could fall for it.

use calendar::span::local_midnight;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{
    disk::{Mood, Side},
    net::Weather,
    plan::{LENGTH, Plan},
    step::{Illness, Step},
    truth::{Homes, Kind},
};

/// One story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Story {
    /// The stream goes deaf, and then a meeting is made that begins soon: only
    /// the sweep tells of it.
    DeafEar,
    /// The network goes away while the clock is far ahead, and comes back when
    /// it is right: the next attempt must not wait for the wrong hour.
    WrongHour,
    /// Something on the way lets no stream live, and a meeting is made that
    /// begins soon.
    NoStream,
    /// The network is away while the day ends.
    MidnightOffline,
    /// The day ends, and nobody changes anything any more: a far occurrence
    /// comes into the window by itself.
    QuietMidnight,
    /// Known meetings get another name while their items cannot be read.
    Unreadable,
    /// The same while answers leave out some of what was asked for.
    CutShort,
    /// The user snoozes, and then the clock is set back.
    SnoozedBack,
    /// The user travels to where the days have other ends.
    Traveller,
    /// Bits on the disk flip, the program starts again, and nobody changes
    /// anything any more.
    BitRot,
    /// The user asks for join details while others change the same meetings.
    Keywords,
}

const ALL: [Story; 11] = [
    Story::DeafEar,
    Story::WrongHour,
    Story::NoStream,
    Story::MidnightOffline,
    Story::QuietMidnight,
    Story::Unreadable,
    Story::CutShort,
    Story::SnoozedBack,
    Story::Traveller,
    Story::BitRot,
    Story::Keywords,
];

/// An evening whose midnight lies in the run.
const EVENING: &str = "2026-11-23T21:30:00Z";

/// Where the second of [`crate::plan::ZONES`] is: its days end six hours later.
const AWAY: usize = 1;

impl Story {
    /// Draws one, or none.
    pub(crate) fn draw(dice: &mut fastrand::Rng) -> Option<Self> {
        let drawn = dice.usize(..2 * ALL.len());
        ALL.get(drawn).copied()
    }

    /// Puts it into a plan.
    pub(crate) fn tell(self, plan: &mut Plan, dice: &mut fastrand::Rng) {
        // Not at once, so that something is known already, and early enough to
        // see what came of it.
        let at = dice.u32(60..LENGTH / 60 - 70) * 60;
        let minute = i32::try_from(at / 60).unwrap_or_default();
        match self {
            Self::DeafEar => {
                let start = minute + 27 + dice.i32(0..2);
                plan.also([
                    (at, Step::Ill(Illness::Deaf, 900)),
                    (at + 5, Step::LoseSubscriptions),
                    (at + 120, Step::Add(start, Kind::Call, Homes::One)),
                ]);
            }
            Self::WrongHour => {
                let ahead = dice.i32(3000..7200);
                let start = minute + 30 + dice.i32(0..10);
                plan.also([
                    (at, Step::SetClock(ahead, 300)),
                    (at + 100, Step::Net(Weather::Down, 500)),
                    (at + 700, Step::Add(start, Kind::Call, Homes::One)),
                ]);
            }
            Self::NoStream => {
                // What is changed first makes all wait for the next sweep.
                plan.accounts = 1;
                let ill = [Illness::Crowded, Illness::HeldBack][dice.usize(..2)];
                let start = minute + 16;
                plan.also([
                    (at - 10, Step::Add(minute + 200, Kind::Quiet, Homes::One)),
                    (at, Step::Ill(ill, 1500)),
                    (at + 2, Step::LoseSubscriptions),
                    (at + 30, Step::Add(start, Kind::Call, Homes::One)),
                ]);
            }
            Self::MidnightOffline => {
                let midnight = plan.begin_at_an_evening();
                let early = dice.u32(10..60);
                plan.also([(midnight - early, Step::Net(Weather::Down, 600))]);
            }
            Self::QuietMidnight => {
                let midnight = plan.begin_at_an_evening();
                plan.steps
                    .retain(|(at, step)| *at < midnight - 60 || !step.edits());
                let (at, days) = (dice.u32(..midnight / 2), dice.u32(33..40));
                plan.also([(at, Step::AddSeries(dice.i32(30..120), days, Homes::One))]);
            }
            Self::Unreadable => {
                plan.also([(at, Step::Ill(Illness::ItemsBroken, 600))]);
                plan.also([30, 60, 90].map(|after| (at + after, Step::Rename(dice.usize(..1000)))));
            }
            Self::CutShort => {
                plan.also([(at, Step::Ill(Illness::CutShort, 600))]);
                plan.also([30; 4].map(|after| (at + after, Step::Rename(dice.usize(..1000)))));
            }
            Self::SnoozedBack => {
                let back = -dice.i32(3000..7200);
                plan.also([
                    (at, Step::Add(minute + 7, Kind::Call, Homes::One)),
                    (at + 130, Step::Snooze),
                    (at + 140, Step::SetClock(back, 900)),
                ]);
            }
            Self::Traveller => {
                // An occurrence each day between the midnights of both zones.
                let night = next_midnight(plan.base, plan.zone) - plan.base;
                let start = i32::try_from(night.num_minutes()).unwrap_or_default();
                let start = start + dice.i32(70..280);
                plan.also([
                    (at - 1800, Step::AddSeries(start, 36, Homes::One)),
                    (at, Step::Travel(AWAY)),
                ]);
                let elsewhere = |step: &Step| matches!(step, Step::Travel(to) if *to != AWAY);
                plan.steps
                    .retain(|(when, step)| *when < at || !elsewhere(step));
            }
            Self::BitRot => {
                let late = LENGTH - 900;
                plan.steps.retain(|(at, step)| *at < late || !step.edits());
                plan.also([(); 4].map(|()| (late, Step::Flip(dice.usize(..100_000)))));
                plan.also([(late + 10, Step::Restart(5))]);
            }
            Self::Keywords => {
                plan.writes = true;
                let start = minute + 180;
                let asking = [Homes::One, Homes::All][dice.usize(..2)];
                plan.also([
                    (at, Step::Add(start, Kind::Keyword, asking)),
                    (at + 20, Step::AddKeywordOnOne(start + 30)),
                    (at + 60, Step::Ill(Illness::Conflicting, dice.u32(60..400))),
                    (at + 70, Step::Add(start + 60, Kind::Keyword, asking)),
                    (
                        at + dice.u32(75..400),
                        Step::RewriteKeyword(dice.usize(..100)),
                    ),
                ]);
            }
        }
    }
}

impl Plan {
    /// The user wants silence for an hour, in which meetings come due that are
    /// over with it and others that are not, and may start the program anew.
    pub(crate) fn quiet_hour(&mut self, dice: &mut fastrand::Rng) {
        let at = dice.u32(60..LENGTH / 60 - 100) * 60;
        let minute = i32::try_from(at / 60).unwrap_or_default();
        for _ in 0..dice.u32(1..4) {
            let kind = [Kind::Call, Kind::Reminded][dice.usize(..2)];
            // Meetings last half an hour.
            let start = minute + dice.i32(8..66);
            self.also([(at - dice.u32(60..1800), Step::Add(start, kind, Homes::One))]);
        }
        self.also([(at, Step::Mute)]);
        let again = dice.u32(1..300);
        match dice.u8(..4) {
            0 => self.also([(at + dice.u32(30..3700), Step::Restart(again))]),
            1 => self.also([(at + dice.u32(30..3700), Step::Kill(again))]),
            _ => {}
        }
        if dice.u8(..3) == 0 {
            let answer = [Step::Dismiss, Step::Snooze, Step::Join][dice.usize(..3)];
            self.also([(at + dice.u32(60..3600), answer)]);
        }
        match dice.u8(..6) {
            0 | 1 => self.also([(at + dice.u32(300..3600), Step::Unmute)]),
            2 => self.also([(at + dice.u32(300..3600), Step::Mute)]),
            _ => {}
        }
    }

    /// Two meetings with links, of which the user dismisses one on another
    /// screen, before it rings or while it does.
    pub(crate) fn seen_elsewhere(&mut self, dice: &mut fastrand::Rng) {
        let at = dice.u32(60..LENGTH / 60 - 70) * 60;
        let start = i32::try_from(at / 60).unwrap_or_default() + 20;
        // Of two that are made one after the other one has a reminder.
        self.also([(at, Step::Add(start, Kind::Call, Homes::One)); 2]);
        let rings = at + 15 * 60;
        for _ in 0..dice.u32(1..4) {
            let when = rings - 300 + dice.u32(0..2000);
            self.also([(when, Step::DismissElsewhere(dice.usize(..100_000)))]);
        }
    }

    /// The user makes a meeting, or two, and presses again where it was not
    /// sent; in the midst of the trouble in which an answer is lost.
    pub(crate) fn posts(&mut self, dice: &mut fastrand::Rng) {
        for _ in 0..dice.u32(1..4) {
            let at = dice.u32(60..LENGTH - 600);
            let short = dice.u32(20..600);
            let side = [Side::Before, Side::After, Side::Torn][dice.usize(..3)];
            let trouble = match dice.u8(..14) {
                0..=2 => Step::Ill(Illness::Truncating, short),
                3 => Step::Ill(Illness::HangingUp, short),
                4 => Step::Ill(Illness::Hanging, short),
                5 => Step::Ill(Illness::Slow(dice.u32(101..130)), short),
                6 => Step::Ill(Illness::Busy(dice.u32(5..400)), short),
                7 => Step::Net(Weather::Silent, short),
                8 => Step::Net(Weather::Down, short),
                9 => Step::Disk(Mood::Full, short),
                10..=12 => Step::KillAfterCommits(dice.u32(..4), side, dice.u32(1..300)),
                _ => Step::Refresh,
            };
            self.also([
                (at - 5, Step::Compose(dice.u32(..10_000))),
                (at, trouble),
                (at, Step::Send),
            ]);
            if dice.bool() {
                let again = at + dice.u32(5..590);
                self.also([
                    (again, Step::Compose(dice.u32(..10_000))),
                    (again + 5, Step::Send),
                ]);
            }
            if dice.u8(..3) == 0 {
                self.also([(at + dice.u32(..200), Step::Kill(dice.u32(1..300)))]);
            }
        }
        for _ in 0..dice.u32(..3) {
            let answer = Step::Answer(dice.usize(..1000), dice.bool());
            self.also([(dice.u32(LENGTH / 4..LENGTH), answer)]);
        }
    }

    /// Adds steps.
    fn also(&mut self, steps: impl IntoIterator<Item = (u32, Step)>) {
        self.steps.extend(steps);
    }

    /// Lets the run begin at an evening; gives the second of its midnight.
    fn begin_at_an_evening(&mut self) -> u32 {
        self.base = EVENING.parse().unwrap_or(self.base);
        let until = next_midnight(self.base, self.zone) - self.base;
        u32::try_from(until.num_seconds()).unwrap_or_default()
    }
}

fn next_midnight(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    local_midnight(today + Duration::days(1), zone)
}
