//! What one seed stands for: a day on the server, and what goes wrong.

use std::fmt;

use chrono::{DateTime, Duration, Offset, Utc};
use chrono_tz::Tz;
use exchange_sim::Personality;

use crate::{
    disk::{Mood, Side},
    host::Timers,
    keyring::Temper,
    net::Weather,
    story::Story,
    truth::{Homes, Kind},
};

/// A fault of the server, for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Illness {
    /// It asks for so many seconds of quiet, by a SOAP fault (F41).
    Busy(u32),
    /// It asks for quiet inside a success (F41).
    HiddenBusy(u32),
    /// 503 with `Retry-After` (F42).
    Unavailable(u32),
    /// 500 without a hint (F43).
    Failing,
    /// It takes requests and never answers (F16).
    Hanging,
    /// It hangs up without an answer (F53).
    HangingUp,
    /// Its answers break off (F53).
    Truncating,
    /// It sends something that is no SOAP (F54).
    Babbling,
    /// It answers a listing with an empty, well-formed page of errors (I5).
    Refusing,
    /// Items cannot be read (F30).
    ItemsBroken,
    /// Answers take twenty seconds (F45).
    Slow,
    /// Streams open and then say nothing (F16).
    Stalling,
    /// Something on the way holds streams back to their end (F26).
    HeldBack,
    /// Streams end at once with an error of the subscription (F21).
    Missed(Missed),
    /// Streams tell everything twice and in the wrong order (F24).
    Disordered,
    /// It refuses streams and subscriptions for their number (F27).
    Crowded,
    /// It serves one item of each batch (F29).
    BatchesStop,
    /// It gives the same page of changes again and again (F29).
    Repeating,
    /// It adds what no schema knows, and leaves the zone off its times (F10).
    Odd(bool),
    /// It says the mailbox is served elsewhere (F22).
    Elsewhere,
    /// Streams give heartbeats and no changes (F17).
    Deaf,
    /// The password is another one (F47).
    PasswordChanged,
    /// It sends XML that is made to hurt (F55).
    Malicious,
    /// It takes no change: somebody else has just made one (F36).
    Conflicting,
    /// Answers say nothing of some of what was asked for (I5).
    CutShort,
}

/// What a stream may say of its subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// `ErrorMissedNotificationEvents`.
    Events,
    /// `ErrorInvalidWatermark`.
    Watermark,
    /// `ErrorReadEventsFailed`.
    Read,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A meeting is made, so many minutes after the start of the run.
    Add(i32, Kind, Homes),
    /// So many meetings are made at one minute (F13).
    Crowd(i32, u32),
    /// A series is made, of so many days (F33).
    AddSeries(i32, u32, Homes),
    /// A series of the user's own, with a keyword in one occurrence (F40).
    AddKeywordOnOne(i32),
    /// A keyword becomes another one (F38).
    RewriteKeyword(usize),
    /// One is moved by so many minutes.
    Shift(usize, i32),
    /// One is renamed.
    Rename(usize),
    /// One is called off (F34).
    Cancel(usize),
    /// One is deleted.
    Delete(usize),
    /// Out of office is switched on or off (F82).
    OutOfOffice(bool),
    /// The network changes for so many seconds.
    Net(Weather, u32),
    /// The server is ill for so many seconds.
    Ill(Illness, u32),
    /// The server forgets all sync states (F28).
    LoseSyncStates,
    /// The server forgets all subscriptions (F19).
    LoseSubscriptions,
    /// A mailbox moves to another mailbox server (F22).
    MoveMailbox(usize),
    /// A mailbox server fails: all mailboxes move, subscriptions and
    /// connections are gone (F23).
    FailOver,
    /// A mailbox was restored: its calendar and all items have new ids (F39).
    RecreateMailbox(usize),
    /// The disk behaves differently for so many seconds.
    Disk(Mood, u32),
    /// A bit on the disk flips (F60).
    Flip(usize),
    /// A copy of the store is made.
    BackUp,
    /// The copy is put back while the client is down (F60, SR-08).
    PutBack,
    /// The file is destroyed while the client is down (F60).
    Damage,
    /// The keyring behaves differently for so many seconds, from the next
    /// start on.
    KeyRing(Temper, u32),
    /// The key of the store is lost (F66).
    LoseKey,
    /// The machine sleeps for so many seconds; its connections go silent, or
    /// break (F01 to F03).
    Sleep(u32, bool),
    /// The machine is so busy that nothing here runs for so many seconds (F12).
    Starve(u32),
    /// The wall clock is set by so many seconds, and put right after the
    /// second number of them (F04, F05).
    SetClock(i32, u32),
    /// The user is in another zone (F08).
    Travel(usize),
    /// The process is killed, and starts again after so many seconds (F56).
    Kill(u32),
    /// The process is killed at its next commit (F56, F57).
    KillAtCommit(Side, u32),
    /// The user ends the program and starts it again after so many seconds.
    Restart(u32),
    /// The program is started a second time, and ended after a minute (F62).
    StartAnother,
    /// The user joins from the notification that rang last, which may be of
    /// an earlier process (F70).
    JoinOld,
    /// The user dismisses what rings.
    Dismiss,
    /// The user snoozes what rings.
    Snooze,
    /// The user joins what rings.
    Join,
    /// The user asks for the newest.
    Refresh,
}

impl Illness {
    /// Whether it strikes nothing but streams: what is asked is answered.
    pub fn is_of_streams(self) -> bool {
        matches!(
            self,
            Self::Stalling | Self::HeldBack | Self::Missed(_) | Self::Crowded
        )
    }
}

impl Step {
    /// Whether it changes calendars.
    pub fn edits(&self) -> bool {
        matches!(
            self,
            Self::Add(..)
                | Self::Crowd(..)
                | Self::AddSeries(..)
                | Self::AddKeywordOnOne(_)
                | Self::RewriteKeyword(_)
                | Self::Shift(..)
                | Self::Rename(_)
                | Self::Cancel(_)
                | Self::Delete(_)
                | Self::RecreateMailbox(_)
        )
    }

    /// The faults of the catalogue that it stands for, whatever the moment.
    pub fn faults(&self) -> &'static [u8] {
        match self {
            Self::Crowd(..) => &[13],
            Self::Add(_, _, Homes::All) => &[35],
            Self::AddSeries(_, _, Homes::All) => &[33, 35],
            Self::AddSeries(..) => &[33],
            Self::FailOver => &[22, 23],
            Self::RecreateMailbox(_) => &[39],
            Self::StartAnother => &[62],
            Self::Cancel(_) => &[34],
            Self::OutOfOffice(_) => &[82],
            Self::Net(Weather::Down, _) => &[52],
            Self::Net(Weather::Silent, _) => &[15],
            Self::Net(Weather::Portal, _) => &[51],
            Self::Ill(illness, _) => match illness {
                Illness::Busy(_) | Illness::HiddenBusy(_) => &[41],
                Illness::Unavailable(_) => &[42],
                Illness::Failing => &[43],
                Illness::Hanging | Illness::Stalling => &[16],
                Illness::HangingUp | Illness::Truncating => &[53],
                Illness::Babbling | Illness::Refusing => &[54],
                Illness::ItemsBroken => &[30],
                Illness::Slow => &[45],
                Illness::Deaf => &[17],
                Illness::HeldBack => &[26],
                Illness::Missed(_) => &[21],
                Illness::Disordered => &[24],
                Illness::Crowded => &[27],
                Illness::BatchesStop | Illness::Repeating | Illness::CutShort => &[29],
                Illness::Odd(_) => &[10],
                Illness::Elsewhere => &[22],
                Illness::PasswordChanged => &[47],
                Illness::Malicious => &[55],
                // Counted where it happens, and where keywords are obeyed.
                Illness::Conflicting => &[],
            },
            Self::LoseSyncStates => &[28],
            Self::LoseSubscriptions => &[19],
            Self::MoveMailbox(_) => &[22],
            Self::Starve(_) => &[12],
            Self::Disk(Mood::Full, _) => &[58],
            Self::Disk(Mood::ReadOnly, _) => &[59],
            Self::Flip(_) | Self::PutBack | Self::Damage => &[60],
            Self::KeyRing(Temper::Absent, _) => &[63],
            Self::KeyRing(Temper::Locked, _) => &[64],
            Self::KeyRing(Temper::Hangs, _) => &[65],
            Self::LoseKey => &[66],
            Self::SetClock(by, _) if *by > 0 => &[4],
            Self::SetClock(..) => &[5],
            Self::Travel(_) => &[8],
            Self::Kill(_) => &[56],
            Self::KillAtCommit(..) => &[56, 57],
            Self::Net(Weather::Fine, _)
            | Self::Disk(Mood::Works, _)
            | Self::KeyRing(Temper::Works, _)
            | Self::Add(..)
            | Self::AddKeywordOnOne(_)
            | Self::RewriteKeyword(_)
            | Self::JoinOld
            | Self::Shift(..)
            | Self::Rename(_)
            | Self::Delete(_)
            | Self::BackUp
            | Self::Restart(_)
            | Self::Dismiss
            | Self::Snooze
            | Self::Join
            | Self::Sleep(..)
            | Self::Refresh => &[],
        }
    }
}

/// What one seed stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// How many accounts the user has.
    pub accounts: usize,
    /// Whether the server counts what is asked, as a stock one does (F44).
    pub throttled: bool,
    /// Which server it is.
    pub personality: Personality,
    /// Whether join details are written into the user's own meetings.
    pub writes: bool,
    /// What happens in it beside chance.
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
            accounts,
            throttled,
            personality,
            writes,
            story,
            steps,
        } = self;
        writeln!(
            f,
            "seed {seed}: {base}, {zone}, timers follow {timers:?}, the server is {skew} min ahead \
             and {}, {accounts} accounts on {personality:?}, join details are {}",
            if *throttled {
                "throttles"
            } else {
                "does not throttle"
            },
            if *writes { "written" } else { "not written" }
        )?;
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
            accounts: [1, 1, 2, 3][dice.usize(..4)],
            throttled: dice.bool(),
            story: None,
            steps,
        };
        if let Some(story) = Story::draw(&mut of_story) {
            plan.story = Some(story);
            story.tell(&mut plan, &mut of_story);
        }
        // Stable, so that what was drawn first happens first.
        plan.steps.sort_by_key(|(at, _)| *at);
        plan
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
        10 => Illness::Slow,
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
