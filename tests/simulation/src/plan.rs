//! What one seed stands for: a day on the server, and what goes wrong.

use std::fmt;

use chrono::{DateTime, Duration, Offset, Utc};
use chrono_tz::Tz;
use exchange_sim::Personality;
use serde::{Deserialize, Serialize};

use crate::{
    disk::{Mood, Side},
    host::Timers,
    keyring::Temper,
    net::Weather,
    step::{Illness, Missed, Step},
    story::Story,
    truth::{Homes, Kind},
};

/// What one seed stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// When it begins.
    pub base: DateTime<Utc>,
    /// Where the user is.
    pub zone: Tz,
    /// How timers behave.
    pub timers: Timers,
    /// By how many minutes the server's clock is ahead (F06).
    pub skew: i32,
    /// By how many parts of a million the machine's clock runs too fast (F06).
    pub drift: i32,
    /// How many accounts the user has.
    pub accounts: usize,
    /// Whether the server counts what is asked, as a stock one does (F44).
    pub throttled: bool,
    /// Which server it is.
    pub personality: Personality,
    /// Whether join details are written into the user's own meetings.
    pub writes: bool,
    /// Whether the machine sleeps for a month in the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub month: bool,
    /// What happens in it beside chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<Story>,
    /// What happens, by the second of the run.
    pub steps: Vec<(u32, Step)>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            base,
            zone,
            timers,
            skew,
            drift,
            accounts,
            throttled,
            personality,
            writes,
            month,
            story,
            steps,
        } = self;
        writeln!(
            f,
            "seed {seed}: {base}, {zone}, timers follow {timers:?}, the clock drifts by {drift} ppm, \
             the server is {skew} min ahead and {}, {accounts} accounts on {personality:?}, join details are {}",
            if *throttled {
                "throttles"
            } else {
                "does not throttle"
            },
            if *writes { "written" } else { "not written" }
        )?;
        if *month {
            writeln!(f, "  a month of sleep in the end")?;
        }
        if let Some(story) = story {
            writeln!(f, "  the story of {story:?}")?;
        }
        for (at, step) in steps {
            writeln!(f, "  {at:>6} s  {step:?}")?;
        }
        Ok(())
    }
}

/// How long the bad part of a run lasts, in seconds; a good part follows.
pub const LENGTH: u32 = 4 * 3600;

/// Begins of runs: an ordinary morning, an evening before midnight, and the
/// two nights of 2026 in which clocks change.
const BASES: [&str; 5] = [
    "2026-11-23T07:00:00Z",
    "2026-11-23T12:10:00Z",
    "2026-11-23T21:30:00Z",
    "2026-03-28T22:15:00Z",
    "2026-10-24T22:45:00Z",
];

/// Zones users travel between.
pub const ZONES: [Tz; 4] = [
    Tz::Europe__Stockholm,
    Tz::America__New_York,
    Tz::Asia__Kolkata,
    Tz::Australia__Lord_Howe,
];

/// Kinds of trouble; each seed has some of them, so that rare pairs meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Network,
    Server,
    Cursor,
    Disk,
    Keyring,
    Sleep,
    Clock,
    Process,
}

const TROUBLES: [Trouble; 8] = [
    Trouble::Network,
    Trouble::Server,
    Trouble::Cursor,
    Trouble::Disk,
    Trouble::Keyring,
    Trouble::Sleep,
    Trouble::Clock,
    Trouble::Process,
];

impl Plan {
    /// The plan of a seed: always the same.
    pub fn of(seed: u64) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let base = BASES[dice.usize(..BASES.len())];
        let troubles: Vec<Trouble> = TROUBLES.into_iter().filter(|_| dice.u8(..3) == 0).collect();
        let mut steps = Vec::new();
        for _ in 0..dice.u32(4..10) {
            let at = dice.u32(..LENGTH / 2);
            steps.push((at, new_meeting(&mut dice, at)));
        }
        for _ in 0..dice.u32(2..12) {
            steps.push((dice.u32(..LENGTH), edit(&mut dice)));
        }
        for _ in 0..dice.u32(1..8) {
            steps.push((dice.u32(..LENGTH), user(&mut dice)));
        }
        for trouble in troubles {
            for _ in 0..dice.u32(1..5) {
                steps.push((dice.u32(..LENGTH), fault(trouble, &mut dice)));
            }
        }
        // Dice of their own, so that what is added here changes nothing of
        // the above.
        let mut more = fastrand::Rng::with_seed(seed ^ 0x6a6f_696e);
        let personality = match more.u8(..6) {
            0 => Personality::Grommunio,
            _ => Personality::ExchangeSe,
        };
        for _ in 0..more.u32(..4) {
            let at = more.u32(..LENGTH / 2);
            steps.push((at, shared_meeting(&mut more, at)));
        }
        if more.u8(..3) == 0 {
            for _ in 0..more.u32(1..4) {
                let at = more.u32(..LENGTH);
                let step = rare(&mut more);
                steps.push((at, step));
            }
        }
        let mut last = fastrand::Rng::with_seed(seed ^ 0x6c61_7374);
        let drift = match last.u8(..8) {
            0 => 500,
            1 => -500,
            _ => 0,
        };
        if last.u8(..3) == 0 {
            for _ in 0..last.u32(1..4) {
                let at = last.u32(..LENGTH);
                let step = newer(&mut last, at);
                steps.push((at, step));
            }
        }
        if last.u8(..150) == 0 {
            let late = last.u32(LENGTH / 2..LENGTH);
            steps.push((late, Step::Fill(last.u32(1010..1100))));
        }
        let mut of_story = fastrand::Rng::with_seed(seed ^ 0x0073_746f_7279);
        let mut plan = Self {
            personality,
            writes: of_story.u8(..5) == 0,
            seed,
            base: base.parse().unwrap_or_default(),
            zone: ZONES[0],
            timers: if dice.bool() {
                Timers::Wall
            } else {
                Timers::Awake
            },
            skew: [0, 0, 10, -10][dice.usize(..4)],
            drift,
            accounts: [1, 1, 2, 3][dice.usize(..4)],
            throttled: dice.bool(),
            month: fastrand::Rng::with_seed(seed ^ 0x006d_6f6e_7468).u8(..8) == 0,
            story: None,
            steps,
        };
        if let Some(story) = Story::draw(&mut of_story) {
            plan.story = Some(story);
            story.tell(&mut plan, &mut of_story);
        }
        let mut of_quiet = fastrand::Rng::with_seed(seed ^ 0x0071_7569_6574);
        match of_quiet.u8(..6) {
            0 | 1 => plan.quiet_hour(&mut of_quiet),
            2 => plan.seen_elsewhere(&mut of_quiet),
            _ => {}
        }
        let mut of_post = fastrand::Rng::with_seed(seed ^ 0x706f_7374);
        if of_post.u8(..4) == 0 {
            plan.posts(&mut of_post);
        }
        // Stable, so that what was drawn first happens first.
        plan.steps.sort_by_key(|(at, _)| *at);
        plan
    }

    /// Whether the machine's clock is the server's all the time, but for what
    /// two minutes are.
    pub fn has_one_time(&self) -> bool {
        let sets = |(_, step): &(u32, Step)| matches!(step, Step::SetClock(..));
        self.skew == 0 && self.drift == 0 && !self.steps.iter().any(sets)
    }

    /// Whether clocks change while it runs (F07).
    pub fn changes_clocks(&self) -> bool {
        let offset = |at: DateTime<Utc>| at.with_timezone(&self.zone).offset().fix();
        offset(self.base) != offset(self.base + Duration::seconds(i64::from(LENGTH)))
    }
}

fn new_meeting(dice: &mut fastrand::Rng, at: u32) -> Step {
    let now = i32::try_from(at / 60).unwrap_or_default();
    let start = now + dice.i32(-10..150);
    match dice.u8(..10) {
        0 => Step::Crowd(start, dice.u32(2..30)),
        1 => Step::AddSeries(start, dice.u32(2..12), Homes::One),
        // One that reaches beyond the window.
        2 => Step::AddSeries(start, dice.u32(30..40), Homes::One),
        3 => Step::Add(start, Kind::Quiet, Homes::One),
        4 => Step::Add(start, Kind::AllDay, Homes::One),
        5 | 6 => Step::Add(start, Kind::Reminded, Homes::One),
        _ => Step::Add(start, Kind::Call, Homes::One),
    }
}

/// A meeting that all of the user's calendars have, or one with a keyword.
fn shared_meeting(dice: &mut fastrand::Rng, at: u32) -> Step {
    let now = i32::try_from(at / 60).unwrap_or_default();
    let start = now + dice.i32(-10..150);
    match dice.u8(..8) {
        0 | 1 => Step::Add(start, Kind::Call, Homes::All),
        2 => Step::Add(start, Kind::Reminded, Homes::All),
        3 => Step::AddSeries(start, dice.u32(2..6), Homes::All),
        4 => Step::Add(after(dice), Kind::Keyword, Homes::One),
        5 => Step::Add(after(dice), Kind::Keyword, Homes::All),
        6 => Step::AddKeywordOnOne(after(dice)),
        _ => Step::RewriteKeyword(dice.usize(..100)),
    }
}

/// A start after the end of the run: then it is looked whether join details
/// have been written.
fn after(dice: &mut fastrand::Rng) -> i32 {
    i32::try_from(LENGTH / 60).unwrap_or_default() + dice.i32(60..400)
}

fn rare(dice: &mut fastrand::Rng) -> Step {
    let short = dice.u32(20..900);
    match dice.u8(..7) {
        0 => Step::FailOver,
        1 => Step::RecreateMailbox(dice.usize(..3)),
        2 => Step::StartAnother,
        3 | 4 => Step::JoinOld,
        5 => Step::Ill(Illness::Conflicting, short),
        _ => Step::Ill(Illness::Malicious, short),
    }
}

/// What was thought of last.
fn newer(dice: &mut fastrand::Rng, at: u32) -> Step {
    let (which, short) = (dice.usize(..100_000), dice.u32(20..900));
    let start = i32::try_from(at / 60).unwrap_or_default() + dice.i32(-10..150);
    match dice.u8(..16) {
        0 => Step::AddPatchwork(start),
        1 | 2 => Step::Add(start, Kind::Reminded, Homes::One),
        3..=6 => Step::DismissElsewhere(which),
        7 | 8 => Step::Decline(which),
        9 => Step::FlipKeys(which),
        10 => Step::Outdate,
        11 | 12 => Step::KillAtCommit(Side::Torn, dice.u32(1..300)),
        13 => Step::KillAtCommit(Side::Lost, dice.u32(1..300)),
        14 => Step::Ill(Illness::Slow(dice.u32(101..130)), short),
        _ => Step::Ill(Illness::UnavailableUntil(dice.u32(5..400)), short),
    }
}

fn edit(dice: &mut fastrand::Rng) -> Step {
    let which = dice.usize(..1000);
    match dice.u8(..7) {
        0..=2 => Step::Shift(which, dice.i32(-12..24) * 5),
        3 => Step::Rename(which),
        4 => Step::Cancel(which),
        5 => Step::Delete(which),
        _ => Step::OutOfOffice(dice.bool()),
    }
}

fn user(dice: &mut fastrand::Rng) -> Step {
    match dice.u8(..6) {
        0 | 1 => Step::Dismiss,
        2 | 3 => Step::Snooze,
        4 => Step::Join,
        _ => Step::Refresh,
    }
}

fn fault(trouble: Trouble, dice: &mut fastrand::Rng) -> Step {
    let short = dice.u32(20..900);
    match trouble {
        Trouble::Network => {
            let weather = [Weather::Down, Weather::Silent, Weather::Portal];
            Step::Net(weather[dice.usize(..3)], short)
        }
        Trouble::Server => Step::Ill(illness(dice), short),
        Trouble::Cursor => match dice.u8(..3) {
            0 => Step::LoseSyncStates,
            1 => Step::LoseSubscriptions,
            _ => Step::MoveMailbox(dice.usize(..3)),
        },
        Trouble::Disk => match dice.u8(..7) {
            0 | 1 => Step::Disk(Mood::Full, short),
            2 => Step::Disk(Mood::ReadOnly, short),
            3 => Step::Flip(dice.usize(..100_000)),
            4 => Step::BackUp,
            5 => Step::PutBack,
            _ => Step::Damage,
        },
        Trouble::Keyring => {
            let tempers = [Temper::Absent, Temper::Locked, Temper::Hangs];
            match dice.u8(..4) {
                0 => Step::LoseKey,
                _ => Step::KeyRing(tempers[dice.usize(..3)], short),
            }
        }
        Trouble::Sleep => match dice.u8(..4) {
            0 => Step::Starve(dice.u32(5..60)),
            _ => Step::Sleep(dice.u32(30..7200), dice.bool()),
        },
        Trouble::Clock => match dice.u8(..3) {
            0 => Step::Travel(dice.usize(..ZONES.len())),
            _ => Step::SetClock(dice.i32(-7200..7200), short),
        },
        Trouble::Process => match dice.u8(..5) {
            0 => Step::Restart(dice.u32(1..300)),
            1 => Step::KillAtCommit(Side::Before, dice.u32(1..300)),
            2 => Step::KillAtCommit(Side::After, dice.u32(1..300)),
            _ => Step::Kill(dice.u32(1..300)),
        },
    }
}

fn illness(dice: &mut fastrand::Rng) -> Illness {
    let quiet = dice.u32(5..400);
    match dice.u8(..25) {
        0 => Illness::Busy(quiet),
        1 => Illness::HiddenBusy(quiet),
        2 => Illness::Unavailable(quiet),
        3 => Illness::Failing,
        4 => Illness::Hanging,
        5 => Illness::HangingUp,
        6 => Illness::Truncating,
        7 => Illness::Babbling,
        8 => Illness::Refusing,
        9 => Illness::ItemsBroken,
        10 => Illness::Slow(55 + quiet % 11),
        11 => Illness::Stalling,
        12 | 13 => Illness::Deaf,
        14 => Illness::HeldBack,
        15 | 16 => {
            Illness::Missed([Missed::Events, Missed::Watermark, Missed::Read][dice.usize(..3)])
        }
        17 => Illness::Disordered,
        18 => Illness::Crowded,
        19 => Illness::BatchesStop,
        20 => Illness::Repeating,
        21 => Illness::Odd(dice.bool()),
        22 => Illness::Elsewhere,
        _ => Illness::PasswordChanged,
    }
}
