//! The schedule window: the question on the left, people's time and the
//! suggestions on the right, and what came of sending.
//!
//! The session keeps the draft and everything that is reckoned from it. The
//! window shows a [`ScheduleView`] and says what the user did by a
//! [`ScheduleChange`]; positions in the grid are counted in quarters of an
//! hour from its left edge.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::OptionView;

/// Why the window is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SchedulePurpose {
    // With braces, because serde reads past whatever stands beside the tag of a
    // variant without.
    /// A new meeting, or the draft that was left.
    New {},
    /// Changes a meeting which the user organizes.
    Edit {
        /// Meeting id.
        meeting: String,
    },
}

/// The whole schedule window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// Which draft this is: another number for another one.
    pub draft: u32,
    /// Whether it changes a meeting that is there.
    pub edits: bool,
    /// For example "Schedule meeting" or "Change meeting".
    pub heading: String,
    /// For example "Draft saved"; empty when there is nothing to say.
    pub saved: String,
    /// The accounts from which it can be called; none where there is no choice.
    pub accounts: Vec<OptionView>,
    /// Title as typed.
    pub title: String,
    /// Message as typed; plain text.
    pub message: String,
    /// Everybody who is asked, in the order they were named, the user not
    /// among them.
    pub invitees: Vec<InviteeView>,
    /// Lengths that are offered, in minutes.
    pub lengths: Vec<u16>,
    /// The chosen length, in minutes.
    pub length: u16,
    /// First day that is looked at, as `YYYY-MM-DD`.
    pub first_day: String,
    /// Last day that is looked at, as `YYYY-MM-DD`.
    pub last_day: String,
    /// The same two as a person reads them, for example "24 – 27 Nov".
    pub between: String,
    /// Rooms of the organization, when the server names any.
    pub rooms: Vec<RoomView>,
    /// Ways to meet, one of them chosen.
    pub meet_by: Vec<MeetByView>,
    /// The own link, when that way is chosen.
    pub own_link: String,
    /// What the chosen way means, for example "Your personal room
    /// acme.webex.com/meet/you", or what is wrong with the own link.
    pub meet_note: String,
    /// For example "Times in Stockholm (UTC+1)".
    pub zone: String,
    /// For example "3 of 14, best first"; says why when there is none.
    pub suggested: String,
    /// The best times, best first.
    pub suggestions: Vec<SuggestionView>,
    /// Whether people's time is being asked for.
    pub asking: bool,
    /// The day that is looked at.
    pub grid: GridView,
    /// The chosen time, for example "Tue 24 Nov, 10:30 – 11:15".
    pub when: String,
    /// The same in other people's zones, for example "16:30 in Hanoi".
    pub elsewhere: String,
    /// The send button.
    pub send: SendView,
    /// What came of sending; `None` before.
    pub outcome: Option<OutcomeView>,
}

/// What somebody is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Must be there.
    Required,
    /// May be there.
    Optional,
    /// A room.
    Room,
}

/// One person or room that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct InviteeView {
    /// The address; it names the invitee in a [`ScheduleChange`].
    pub address: String,
    /// Name, or the address where no name is known.
    pub name: String,
    /// What is asked for.
    pub part: Part,
    /// Whether an invitation will be sent.
    pub invited: bool,
    /// Why not, or what else there is to know; mostly empty.
    pub note: String,
}

/// A person or room whose name begins as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// The address.
    pub address: String,
    /// Name, or the address where no name is known.
    pub name: String,
    /// For example a job title or "met 4 times"; mostly empty.
    pub note: String,
}

/// A room that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RoomView {
    /// The address.
    pub address: String,
    /// Name.
    pub name: String,
}

/// A way to meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MeetByView {
    /// Names the way in a [`ScheduleChange`]: a keyword such as `@webex`,
    /// `own`, or `none`.
    pub way: String,
    /// Text.
    pub text: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A time that suits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SuggestionView {
    /// For example "Tue 24 Nov 10:30".
    pub when: String,
    /// Why, for example "All 4 free · Öresund 2 free".
    pub reasons: String,
    /// Whether the chosen time is this one.
    pub chosen: bool,
}

/// One day of everybody's time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GridView {
    /// For example "Tuesday 24 November".
    pub day: String,
    /// Whether there is a day before within what is looked at.
    pub earlier: bool,
    /// Whether there is a day after within what is looked at.
    pub later: bool,
    /// Width in quarters of an hour.
    pub quarters: u16,
    /// Hours along the top.
    pub hours: Vec<HourView>,
    /// The user first, then people, then rooms.
    pub lines: Vec<LineView>,
    /// The chosen time, when it lies in this day.
    pub slot: Option<SlotView>,
}

/// One hour along the top of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HourView {
    /// Where it begins.
    pub at: u16,
    /// For example "08" or "8 AM".
    pub text: String,
}

/// The chosen time in the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SlotView {
    /// First quarter.
    pub from: u16,
    /// First quarter after it.
    pub to: u16,
    /// For example "Tue 24 Nov, 10:30 – 11:15".
    pub text: String,
}

/// One person's or room's line in the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LineView {
    /// The address; empty for the user.
    pub address: String,
    /// Name, or "You".
    pub name: String,
    /// Whether it is a room.
    pub room: bool,
    /// Zone, when it is another one, for example "Hanoi, UTC+7".
    pub zone: String,
    /// How it stands at the chosen time, which is also the dot's colour.
    pub at_slot: SpanKind,
    /// What the dot means in words, for example "Omar Haddad is free".
    pub at_slot_text: String,
    /// What is known of the day, in order; what no span covers is free.
    pub spans: Vec<SpanView>,
}

/// A stretch of somebody's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SpanView {
    /// First quarter.
    pub from: u16,
    /// First quarter after it.
    pub to: u16,
    /// Pattern and colour.
    pub kind: SpanKind,
    /// What is written in it; empty where there is nothing to write.
    pub text: String,
    /// What a screen reader says, for example "Omar Haddad, 15:00 to 17:30,
    /// out of office".
    pub spoken: String,
}

/// How a stretch of time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// Nothing stands there.
    Free,
    /// Taken.
    Busy,
    /// Perhaps taken.
    Tentative,
    /// Out of office.
    OutOfOffice,
    /// Working elsewhere.
    Elsewhere,
    /// The server does not tell.
    Unknown,
    /// Outside of working hours.
    OutsideHours,
}

/// The send button.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SendView {
    /// For example "Send to 4 people" or "Put in my calendar".
    pub text: String,
    /// Whether it can be sent now.
    pub ready: bool,
    /// What is missing, for example "Choose a time."; empty when ready.
    pub missing: String,
}

/// What came of sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeView {
    /// Which end it came to.
    pub kind: OutcomeKind,
    /// For example "Sent. In your calendar since 10:31.", or what is not
    /// certain and what happens next.
    pub text: String,
}

/// The ends of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It is on its way.
    Sending,
    /// The server has made the meeting.
    Sent,
    /// The answer was lost; the session looks whether the meeting exists.
    Unsure,
    /// The server refused, or it could not be asked; the draft is kept.
    Refused,
}

/// What the user did in the schedule window.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScheduleChange {
    /// Chose the account from which it is called.
    Account {
        /// Its id.
        account: String,
    },
    /// Typed a title.
    Title {
        /// All of it.
        text: String,
    },
    /// Typed a message.
    Message {
        /// All of it.
        text: String,
    },
    /// Named somebody, by an address or a name which the server resolves.
    Invite {
        /// As typed or chosen.
        who: String,
        /// What for.
        part: Part,
    },
    /// Took somebody off, or changed what they are asked for.
    Uninvite {
        /// The address.
        address: String,
    },
    /// Chose a length.
    Length {
        /// In minutes.
        minutes: u16,
    },
    /// Chose the days that are looked at, both as `YYYY-MM-DD`.
    Between {
        /// First day.
        first: String,
        /// Last day.
        last: String,
    },
    /// Chose a way to meet.
    MeetBy {
        /// The way.
        way: String,
    },
    /// Typed an own link.
    OwnLink {
        /// All of it.
        text: String,
    },
    /// Took a suggestion.
    Pick {
        /// Its place in the list.
        index: u32,
    },
    /// Moved the time by so many quarters of an hour.
    Move {
        /// Negative is earlier.
        quarters: i32,
    },
    /// Put the time at a quarter of the day that is looked at.
    Place {
        /// Quarters from the grid's left edge.
        quarter: u16,
    },
    /// Looks at another day.
    Day {
        /// Days from the present one; -1 or 1.
        step: i32,
    },
    // With braces as above.
    /// Throws the draft away and begins anew.
    Discard {},
    /// Begins a new meeting beside one of which it is not certain whether it
    /// was sent.
    Another {},
}

/// How the user answers an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AnswerChoice {
    /// Comes.
    Accept,
    /// May come.
    Tentative,
    /// Does not come.
    Decline,
}
