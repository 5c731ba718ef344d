//! The agenda window: presence, freshness, the next meeting, days and their rows.

use serde::{Deserialize, Serialize};
use specta::Type;

/// The whole agenda window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AgendaView {
    /// The user's presence, when it is known.
    pub presence: Option<PresenceChip>,
    /// How fresh the list is.
    pub sync: SyncChip,
    /// What needs the user's hand, above the list and never instead of it.
    pub banner: Option<BannerView>,
    /// The meetings of now, or the next one; two when two can be joined.
    pub heroes: Vec<HeroView>,
    /// Days in order, today first; past days are in `past_days`.
    pub days: Vec<DayView>,
    /// Up to seven days back, oldest first.
    pub past_days: Vec<DayView>,
    /// True until the first list, from the store or from the server, is there.
    pub loading: bool,
    /// Whose clocks the times follow, where a meeting of the list was called
    /// by other ones; empty otherwise. For example "Times in Stockholm (UTC+1)".
    pub zone: String,
    /// Whether any account is set up; without one the first-run window shows.
    pub has_account: bool,
}

/// Presence in the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PresenceChip {
    /// Picks the colour and the shape of the mark.
    pub kind: PresenceKind,
    /// For example "In a meeting".
    pub text: String,
    /// For example "until 10:00"; empty when not known.
    pub until: String,
}

/// Kinds of presence by rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PresenceKind {
    /// Out of office.
    OutOfOffice,
    /// Busy without a meeting.
    Busy,
    /// In a meeting.
    InMeeting,
    /// Working elsewhere.
    Elsewhere,
    /// Free.
    Free,
}

/// Freshness in the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SyncChip {
    /// Picks the mark.
    pub state: SyncState,
    /// For example "Offline, as of 09:12".
    pub text: String,
}

/// How fresh the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// In step with the server.
    UpToDate,
    /// A pull is under way.
    Updating,
    /// The server cannot be reached; the list is as old as the text says.
    Offline,
    /// The server refused the credentials.
    NeedsSignIn,
    /// Something else is wrong; the banner says what.
    Failed,
}

/// One sentence and at most one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BannerView {
    /// What failed, where, what to do.
    pub text: String,
    /// The way out, when the window can offer one.
    pub action: Option<BannerAction>,
    /// Id of the account that it is about; `None` where it is about none.
    pub account: Option<String>,
}

/// What the banner's button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum BannerAction {
    /// Opens the window in which the banner's account is signed in again.
    SignIn,
    /// Pulls again now.
    Retry,
    /// The same; or opens the account window where a passphrase is chosen.
    Protect,
    /// Opens the account window where the passphrase is entered.
    Passphrase,
}

/// The card of the meeting that is on or comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HeroView {
    /// Meeting id.
    pub id: String,
    /// For example "In 4 min" or "Started 3 min ago".
    pub when: String,
    /// Whether the meeting has begun.
    pub stage: Stage,
    /// For example "10:00 – 10:45".
    pub times: String,
    /// Title.
    pub title: String,
    /// For example "Ana Berg · 6 people · Webex".
    pub subtitle: String,
    /// Whether it belongs to a series.
    pub recurring: bool,
    /// Ways to join, the best first; more than one means that none is the
    /// obvious one.
    pub joins: Vec<JoinView>,
}

/// Where now is relative to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not begun.
    Before,
    /// Begun less than a minute ago.
    Now,
    /// Begun earlier and still on.
    Late,
}

/// One way to join. The address itself stays in Rust: the window asks to open
/// `(meeting, index, host)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JoinView {
    /// Place in the meeting's list of links.
    pub index: u32,
    /// Service, for example "Webex"; empty where it is none that is known.
    pub provider: String,
    /// Host that will be opened.
    pub host: String,
    /// Whether the host is a known service; an unknown one is named on its button.
    pub known: bool,
}

/// One day of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DayView {
    /// ISO date; a key, not a text.
    pub id: String,
    /// "Today", "Tomorrow", or empty.
    pub heading: String,
    /// For example "Monday 23 November".
    pub date: String,
    /// Meetings in order.
    pub rows: Vec<RowView>,
    /// What an empty day says.
    pub empty_text: String,
}

/// One meeting in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RowView {
    /// Meeting id.
    pub id: String,
    /// For example "10:00"; "All day" for whole days.
    pub start: String,
    /// For example "10:45"; empty for whole days.
    pub end: String,
    /// Title.
    pub title: String,
    /// For example "Teams · Room Öresund 2".
    pub subtitle: String,
    /// The place as written, when it is one.
    pub place: String,
    /// Names of the people, one a line; for the search.
    pub people: String,
    /// Drawing of the bar.
    pub bar: Bar,
    /// Whether it is over.
    pub over: bool,
    /// Struck through: cancelled or declined.
    pub struck: bool,
    /// Marks behind the title.
    pub marks: Vec<Mark>,
    /// For example "Overlaps"; empty when there is none.
    pub tag: String,
    /// Ways to join, the best first.
    pub joins: Vec<JoinView>,
    /// Whether it begins so soon that the row itself offers them.
    pub can_join: bool,
    /// What the user has to do with it.
    pub part: PartView,
}

/// How the bar of a row is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Busy.
    Solid,
    /// Tentative.
    Dashed,
    /// Free.
    Hollow,
    /// Out of office.
    Away,
    /// Working elsewhere.
    Dotted,
    /// Cancelled or declined.
    Faint,
}

/// Marks behind a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Belongs to a series.
    Recurring,
    /// Private.
    Private,
    /// Something is attached.
    Attachment,
}

/// Which meeting is open, or is to be. Sent beside the agenda, so that the
/// texts of all others stay where they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OpenedView {
    /// Meeting id.
    pub meeting: Option<String>,
    /// What its row shows; missing when the meeting is gone.
    pub details: Option<DetailsView>,
    /// The meeting which the ring, the tray or a link wants to be shown: the
    /// window goes there and opens it, which ends the wish.
    pub wanted: Option<String>,
}

/// The opened row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DetailsView {
    /// The invitation's text; plain text, shown as such.
    pub notes: String,
    /// People with their answers.
    pub people: Vec<PersonView>,
    /// For example "2 yes · 1 no · 1 waiting".
    pub answers: String,
    /// Host of the meeting's page in Outlook on the web, shown where it can be
    /// opened; none where the server names none.
    pub web_host: Option<String>,
}

/// What the user has to do with a meeting, and thus can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PartView {
    /// Nothing can be done: it is over, called off, or nobody says whose it is.
    Onlooker,
    /// The user was asked, and can answer or answer anew.
    Invited {
        /// The answer so far.
        answer: Answer,
    },
    /// The user called it: others are told when it is called off.
    Organizer {
        /// Whether it can be changed here.
        changeable: bool,
    },
    /// The user's own, without anybody else: it is deleted, nobody is told.
    Owner {
        /// Whether it can be changed here.
        changeable: bool,
    },
}

/// One invited person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// Name, or the address where there is no name.
    pub name: String,
    /// Up to two letters.
    pub initials: String,
    /// The answer.
    pub answer: Answer,
    /// The answer in words, for example "accepted".
    pub answer_text: String,
    /// Where they are, for example "Out of office until 14:00"; missing while
    /// it has not been asked for, or the server does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[specta(optional)]
    pub presence: Option<String>,
}

/// A person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Called the meeting.
    Organizer,
    /// Yes.
    Yes,
    /// Perhaps.
    Maybe,
    /// No.
    No,
    /// Not answered.
    Waiting,
}
