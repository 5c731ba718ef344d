//! What may happen on a day: steps of the server, of the machine and of the
//! user, and the faults of the catalogue that they stand for.

use serde::{Deserialize, Serialize};

use crate::{
    disk::{Mood, Side},
    keyring::Temper,
    net::Weather,
    truth::{Homes, Kind},
};

/// A fault of the server, for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Illness {
    /// It asks for so many seconds of quiet, by a SOAP fault (F41).
    Busy(u32),
    /// It asks for quiet inside a success (F41).
    HiddenBusy(u32),
    /// 503 with `Retry-After` (F42).
    Unavailable(u32),
    /// The same, with the moment in place of the seconds.
    UnavailableUntil(u32),
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
    /// Answers take so many seconds (F45).
    Slow(u32),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missed {
    /// `ErrorMissedNotificationEvents`.
    Events,
    /// `ErrorInvalidWatermark`.
    Watermark,
    /// `ErrorReadEventsFailed`.
    Read,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// A meeting is made, so many minutes after the start of the run.
    Add(i32, Kind, Homes),
    /// So many meetings are made at one minute (F13).
    Crowd(i32, u32),
    /// A series is made, of so many days (F33).
    AddSeries(i32, u32, Homes),
    /// A series is made of which two hundred occurrences differ or are gone
    /// (F33).
    AddPatchwork(i32),
    /// So many meetings without a ring are made, more than one answer names
    /// (F31).
    Fill(u32),
    /// A series of the user's own, with a keyword in one occurrence (F40).
    AddKeywordOnOne(i32),
    /// A keyword becomes another one (F38).
    RewriteKeyword(usize),
    /// One is moved by so many minutes.
    Shift(usize, i32),
    /// One is renamed.
    Rename(usize),
    /// One is called off (F34, where it is one of a series).
    Cancel(usize),
    /// The user declines one of a series on another screen (F34).
    Decline(usize),
    /// The user dismisses the reminder of one on another screen.
    DismissElsewhere(usize),
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
    /// A bit of the key box flips (F60).
    FlipKeys(usize),
    /// A copy of the store is made.
    BackUp,
    /// The copy is put back while the client is down (F60, SR-08).
    PutBack,
    /// The file is destroyed while the client is down (F60).
    Damage,
    /// A later version of the program has written the file (F61).
    Outdate,
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
    /// The user begins a meeting, and chooses its time and its people by this
    /// number; or goes on with the one that was not sent.
    Compose(u32),
    /// The user sends it.
    Send,
    /// The user answers an invitation: declines, or may come.
    Answer(usize, bool),
    /// The process is killed when so many more commits are done.
    KillAfterCommits(u32, Side, u32),
    /// The user wants silence for an hour.
    Mute,
    /// The user does not want silence any more.
    Unmute,
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
                | Self::AddPatchwork(..)
                | Self::Fill(_)
                | Self::AddKeywordOnOne(_)
                | Self::RewriteKeyword(_)
                | Self::Shift(..)
                | Self::Rename(_)
                | Self::Cancel(_)
                | Self::Decline(_)
                | Self::DismissElsewhere(_)
                | Self::Delete(_)
                | Self::RecreateMailbox(_)
        )
    }

    /// The faults of the catalogue that it stands for, and what has to run
    /// into them so that they count. What is counted where it happens is
    /// not here.
    pub fn faults(&self) -> (By, &'static [u8]) {
        match self {
            Self::MoveMailbox(_) => (By::Running, &[22]),
            Self::FailOver => (By::Running, &[22, 23]),
            Self::LoseSubscriptions => (By::Running, &[19]),
            Self::Starve(_) => (By::Running, &[12]),
            Self::Kill(_) => (By::Running, &[56]),
            Self::LoseSyncStates => (By::Next, &[28]),
            Self::RecreateMailbox(_) => (By::Next, &[39]),
            Self::OutOfOffice(_) => (By::Next, &[82]),
            Self::Travel(_) => (By::Next, &[8]),
            Self::SetClock(by, seconds) if *by > 0 => (By::Within(*seconds), &[4]),
            Self::SetClock(_, seconds) => (By::Within(*seconds), &[5]),
            Self::Net(weather, _) => match weather {
                Weather::Fine => NOTHING,
                Weather::Down => (By::Weather(*weather), &[52]),
                Weather::Silent => (By::Weather(*weather), &[15]),
                Weather::Portal => (By::Weather(*weather), &[51]),
            },
            Self::Disk(mood, _) => match mood {
                Mood::Works => NOTHING,
                Mood::Full => (By::Write(*mood), &[58]),
                Mood::ReadOnly => (By::Write(*mood), &[59]),
            },
            Self::KeyRing(temper, _) => match temper {
                Temper::Works => NOTHING,
                Temper::Absent => (By::Question(*temper), &[63]),
                Temper::Locked => (By::Question(*temper), &[64]),
                Temper::Hangs => (By::Question(*temper), &[65]),
            },
            Self::KillAtCommit(side, _) | Self::KillAfterCommits(_, side, _) => match side {
                Side::Before | Side::After => (By::Trap(*side), &[56]),
                Side::Torn | Side::Lost => (By::Trap(*side), &[56, 57]),
            },
            _ => NOTHING,
        }
    }
}

const NOTHING: (By, &[u8]) = (By::Running, &[]);

/// What has to run into a fault so that it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A client that runs in that moment.
    Running,
    /// A client that runs then or later.
    Next,
    /// A client that runs then or within so many seconds.
    Within(u32),
    /// A client that starts later.
    Start,
    /// A connection, open or wanted.
    Weather(Weather),
    /// A write.
    Write(Mood),
    /// A question to the keyring.
    Question(Temper),
    /// A commit that dies.
    Trap(Side),
}

impl Illness {
    /// The faults of the catalogue that it stands for; they count when a
    /// request is struck.
    pub fn faults(self) -> &'static [u8] {
        match self {
            Self::Busy(_) | Self::HiddenBusy(_) => &[41],
            Self::Unavailable(_) | Self::UnavailableUntil(_) => &[42],
            Self::Failing => &[43],
            Self::Hanging | Self::Stalling => &[16],
            Self::HangingUp | Self::Truncating => &[53],
            Self::Babbling | Self::Refusing => &[54],
            Self::ItemsBroken => &[30],
            Self::Slow(_) => &[45],
            Self::Deaf => &[17],
            Self::HeldBack => &[26],
            Self::Missed(_) => &[21],
            Self::Disordered => &[24],
            Self::Crowded => &[27],
            Self::BatchesStop | Self::Repeating | Self::CutShort => &[29],
            Self::Odd(_) => &[10],
            Self::Elsewhere => &[22],
            Self::PasswordChanged => &[47],
            Self::Malicious => &[55],
            // Counted where keywords are obeyed.
            Self::Conflicting => &[],
        }
    }
}
