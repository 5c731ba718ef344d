//! The draft of a meeting, as it is kept: what the user has asked, and no
//! answer that can be asked again.

use calendar::{Meeting, meeting::Role};
use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use engine::scheduler::{Refusal, RequestId, Standing};
use serde::{Deserialize, Serialize};

use crate::{account::AccountId, board::Entry, view::Part};

/// The lengths that are offered, in minutes.
pub(super) const LENGTHS: [u16; 7] = [15, 30, 45, 60, 90, 120, 180];
/// The longest meeting, in minutes.
const LENGTH_MAX: u16 = 24 * 60;
/// How many days can be looked at.
const DAYS_MAX: u64 = 31;
/// So many days after those that it was for a draft is given up: what rests
/// on the disk has an end.
const KEPT_DAYS: u64 = 31;

/// One meeting that is being made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// The meeting that is changed; `None` for a new one.
    pub(super) edits: Option<Edited>,
    /// The account from which a new one is called, where one was chosen.
    #[serde(default)]
    pub(super) account: Option<AccountId>,
    /// Title.
    pub(super) title: String,
    /// Message.
    pub(super) message: String,
    /// Who is asked, in the order they were named.
    pub(super) invitees: Vec<Invitee>,
    /// Length in minutes.
    pub(super) length: u16,
    /// First day that is looked at.
    pub(super) first: NaiveDate,
    /// Last day that is looked at.
    pub(super) last: NaiveDate,
    /// The day in the grid.
    pub(super) day: NaiveDate,
    /// The way to meet: a keyword, `own` or `none`; `None` for the usual one.
    pub(super) way: Option<String>,
    /// The own link as typed.
    pub(super) own_link: String,
    /// The chosen begin.
    pub(super) start: Option<DateTime<Utc>>,
    /// Whether the user has chosen it, and not the best suggestion.
    pub(super) by_hand: bool,
    /// The request under which it was sent.
    pub(super) sent: Option<RequestId>,
    /// The account from which it was sent: its journal alone knows of it.
    #[serde(default)]
    pub(super) sent_from: Option<AccountId>,
    /// The request of a new one that was put aside while nobody knew what had
    /// come of it: it is kept beside the new meeting that came after it.
    #[serde(default)]
    pub(super) aside: Option<RequestId>,
    /// Why what was sent is not done, until something is changed.
    #[serde(default)]
    pub(super) refused: Option<Refusal>,
    /// Whether that was in this run: then what the journal says may be older.
    #[serde(skip)]
    pub(super) sent_here: bool,
    /// Whether the user has done anything with it. What was kept has been.
    #[serde(skip, default = "by_all_means")]
    pub(super) touched: bool,
}

/// A meeting of the user's own, as it was when its change began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edited {
    /// Its name across all accounts.
    pub(super) name: String,
    /// Whose calendar.
    pub(super) account: AccountId,
    /// Where it stands.
    pub(super) standing: Standing,
    /// Its title.
    pub(super) title: String,
    /// Who was asked by address.
    pub(super) people: Vec<(String, Part)>,
    /// Whether somebody was asked who has no address: the list cannot be
    /// written without losing them.
    pub(super) nameless: bool,
}

/// Somebody who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invitee {
    /// As typed, until it is known who is meant; the address then.
    pub(super) address: String,
    /// Name; empty where none is known.
    pub(super) name: String,
    /// What for.
    pub(super) part: Part,
    /// What is known.
    pub(super) known: Known,
}

/// Whether it is known who an invitee is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Known {
    /// The server is being asked, or has not answered.
    Asked,
    /// Yes.
    Yes,
    /// Nobody has that name or address.
    Nobody,
    /// Several have it.
    Several,
    /// Somebody outside, whom the user has named in angle brackets.
    Outside,
}

impl Invitee {
    /// Whether an invitation will be sent.
    pub(super) fn is_invited(&self) -> bool {
        matches!(self.known, Known::Yes | Known::Outside)
    }

    /// Name, or the address where no name is known.
    pub(super) fn shown(&self) -> &str {
        if self.name.is_empty() {
            &self.address
        } else {
            &self.name
        }
    }
}

impl Draft {
    /// An empty one, for the coming days.
    pub(super) fn new(now: DateTime<Utc>, zone: Tz) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        Self {
            edits: None,
            account: None,
            title: String::new(),
            message: String::new(),
            invitees: Vec::new(),
            length: 30,
            first: today,
            last: after(today, 4),
            day: today,
            way: None,
            own_link: String::new(),
            start: None,
            by_hand: false,
            sent: None,
            sent_from: None,
            aside: None,
            refused: None,
            sent_here: false,
            touched: false,
        }
    }

    /// A change of a meeting which the user organizes.
    pub(super) fn of_meeting(entry: &Entry, now: DateTime<Utc>, zone: Tz) -> Self {
        let meeting = &entry.meeting;
        let (start, end) = (meeting.span.start(zone), meeting.span.end(zone));
        let invitees: Vec<Invitee> = meeting
            .attendees
            .iter()
            .filter_map(|one| {
                Some(Invitee {
                    address: one.person.address.clone()?,
                    name: one.person.name.clone(),
                    part: part_of(one.role),
                    known: Known::Yes,
                })
            })
            .collect();
        let day = start.with_timezone(&zone).date_naive();
        let today = now.with_timezone(&zone).date_naive();
        let people = invitees.iter().map(|one| (one.address.clone(), one.part));
        Self {
            edits: Some(Edited {
                name: entry.id(),
                account: entry.account.clone(),
                standing: Standing {
                    id: meeting.id.clone(),
                    start,
                    end,
                },
                title: meeting.title.clone(),
                people: people.collect(),
                nameless: invitees.len() < meeting.attendees.len(),
            }),
            account: None,
            title: meeting.title.clone(),
            message: String::new(),
            length: length_of(meeting, zone),
            invitees,
            first: day.min(today.max(day)),
            last: after(day, 4),
            day,
            way: Some(KEPT.to_owned()),
            own_link: String::new(),
            start: Some(start),
            by_hand: true,
            sent: None,
            sent_from: None,
            aside: None,
            refused: None,
            sent_here: false,
            touched: false,
        }
    }

    /// Sets the length within what a meeting can have.
    pub(super) fn set_length(&mut self, minutes: u16) {
        self.length = minutes.clamp(5, LENGTH_MAX);
    }

    /// Looks at other days: not before `today`, and not at too many.
    pub(super) fn set_days(&mut self, first: NaiveDate, last: NaiveDate, today: NaiveDate) {
        self.first = first.max(today).min(after(today, DAYS_MAX));
        self.last = last.clamp(self.first, after(self.first, DAYS_MAX));
        self.day = self.day.clamp(self.first, self.last);
    }

    /// Looks at the days from today on, where they have passed since it was
    /// written.
    pub(super) fn catch_up(&mut self, now: DateTime<Utc>, zone: Tz) {
        let today = now.with_timezone(&zone).date_naive();
        if self.first < today {
            let days = (self.last - self.first).num_days();
            let last = after(today, u64::try_from(days).unwrap_or(0));
            self.set_days(today, last, today);
        }
        if !self.by_hand && self.start.is_some_and(|start| start < now) {
            self.start = None;
        }
    }

    /// Who is asked with an invitation.
    pub(super) fn invited(&self) -> impl Iterator<Item = &Invitee> {
        self.invitees.iter().filter(|one| one.is_invited())
    }

    /// When it ends, where a begin is chosen.
    pub(super) fn end(&self) -> Option<DateTime<Utc>> {
        let start = self.start?;
        Some(start + chrono::Duration::minutes(i64::from(self.length)))
    }

    /// Whether it is left from days that are long over.
    pub(super) fn is_given_up(&self, now: DateTime<Utc>, zone: Tz) -> bool {
        let today = now.with_timezone(&zone).date_naive();
        after(self.last, KEPT_DAYS) < today
    }

    /// The account that it is sent from, where that is named.
    pub(super) fn sender(&self) -> Option<&AccountId> {
        let edited = self.edits.as_ref().map(|edited| &edited.account);
        edited.or(self.account.as_ref())
    }

    /// The name of the meeting that it changes.
    pub(crate) fn changes(&self) -> Option<&str> {
        self.edits.as_ref().map(|edited| edited.name.as_str())
    }

    /// The name under which it is kept; `None` for the new meeting of which
    /// there is one.
    pub(crate) fn kept_as(&self) -> Option<String> {
        let aside = self.aside.as_ref();
        let aside = aside.map(|request| format!("aside/{}", request.0));
        self.changes().map(str::to_owned).or(aside)
    }

    /// Whether it is gone on with when its meeting is changed again.
    pub(super) fn is_worth_keeping(&self) -> bool {
        self.edits.is_none() || self.touched || self.sent.is_some()
    }

    /// Whether it comes back by itself when a new meeting is made: not what
    /// was put aside for that one, as long as nobody knows what came of it.
    pub(super) fn is_gone_on_with(&self) -> bool {
        self.aside.is_none() || self.sent.is_none()
    }

    /// Whether there is anything in it that would be missed.
    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_none()
            && self.title.is_empty()
            && self.message.is_empty()
            && self.invitees.is_empty()
            && self.sent.is_none()
    }
}

fn by_all_means() -> bool {
    true
}

/// The way to meet that a changed meeting has already.
pub(super) const KEPT: &str = "kept";

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

pub(super) fn part_of(role: Role) -> Part {
    match role {
        Role::Required => Part::Required,
        Role::Optional => Part::Optional,
        Role::Resource => Part::Room,
    }
}

fn length_of(meeting: &Meeting, zone: Tz) -> u16 {
    let minutes = (meeting.span.end(zone) - meeting.span.start(zone)).num_minutes();
    u16::try_from(minutes)
        .unwrap_or(LENGTH_MAX)
        .clamp(5, LENGTH_MAX)
}
