//! The schedule window's half that thinks: a draft, people's time, what is
//! suggested, and what came of sending. No I/O and no clock; what is to be
//! asked and kept comes out as actions, of which the session makes I/O.

mod changes;
mod draft;
mod grid;
mod people;
mod request;
mod rooms;
mod sender;
mod sending;
mod suggestions;
#[cfg(test)]
mod tests;
mod times;
mod view;
mod way;

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
};

use calendar::{
    availability::{Hours, Party, Stretches, Taken},
    meeting::ShowAs,
    recurrence::Weekdays,
    span::local_midnight,
};
use chrono::{DateTime, Days, Duration, NaiveTime, Utc};
use engine::scheduler::{Intent, PersonTime, Refusal, RequestId};

use draft::{Edited, Known};
use grid::Own;
use rooms::Rooms;
use suggestions::{Named, Suggested};

pub(crate) use draft::Draft;
pub(crate) use people::Acquaintances;
pub use request::Missing;
pub(crate) use request::body;
pub(crate) use sender::Sender;
pub(crate) use sending::Mail;
pub(crate) use times::Question;
pub(crate) use view::refused;
pub(crate) use way::own_room;

use crate::{
    account::AccountId,
    board::{Board, Entry},
    screen::Scene,
    view::Part,
};

/// After so long the server is asked again who somebody is.
const RESOLVE_AGAIN: Duration = Duration::seconds(30);

/// So long after the last thing the user did there the window counts as looked
/// at.
const ATTENDED_FOR: Duration = Duration::minutes(30);

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Ask the server who has this name: [`Schedule::resolved`].
    Resolve(String),
    /// Ask an account's server for its lists of rooms: [`Schedule::rooms_told`].
    AskRooms(AccountId),
    /// Ask the server when people have time: [`Schedule::told`].
    Ask(Question),
    /// Keep the draft: [`Schedule::kept`].
    Keep(Box<Draft>),
    /// The draft is of no use any more: take it from the store.
    Drop {
        /// The name under which it is kept.
        of: Option<String>,
    },
    /// Look whether an account has sent this in an earlier run.
    Seek(RequestId, Option<AccountId>, Box<Intent>),
    /// What came of the request is taken in.
    Forget(RequestId),
}

/// What came of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Progressing {
    Not,
    Sending,
    Sent(DateTime<Utc>),
    Unsure(DateTime<Utc>),
    /// It may have been sent, which shows when this account can be asked again.
    Waiting(String),
    Refused(Refusal),
}

impl Progressing {
    /// As far as the draft itself knows.
    fn of(draft: &Draft) -> Self {
        match (&draft.sent, &draft.refused) {
            (Some(_), _) => Self::Sending,
            (None, Some(refusal)) => Self::Refused(refusal.clone()),
            (None, None) => Self::Not,
        }
    }
}

/// Whether the draft is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saved {
    No,
    OnDisk,
    InMemory,
}

/// The schedule window.
#[derive(Debug)]
pub(crate) struct Schedule {
    draft: Draft,
    /// Which draft that is: what was half typed for another one is not for it.
    turn: u32,
    /// New meetings that were left: one while another meeting is changed, and
    /// those that were put aside on their way.
    left: Vec<Draft>,
    acquaintances: Acquaintances,
    own: Vec<Own>,
    own_address: Option<String>,
    senders: Vec<Sender>,
    rooms: Rooms,
    times: times::Times,
    suggested: Suggested,
    progress: Progressing,
    /// What was sent and was not certain at some time.
    doubted: BTreeSet<RequestId>,
    saved: Saved,
    /// Drafts of changes that were left, in this run or in an earlier one.
    resumable: Vec<Draft>,
    /// Until when somebody looks at it, as far as can be told: nothing is
    /// asked afterwards.
    attended_until: Option<DateTime<Utc>>,
    asked_who: Vec<(String, DateTime<Utc>)>,
    actions: VecDeque<Action>,
}

impl Schedule {
    /// Nothing asked, nothing known.
    pub(crate) fn new(scene: &Scene<'_>) -> Self {
        Self {
            draft: Draft::new(scene.now, scene.zone),
            turn: 0,
            left: Vec::new(),
            acquaintances: Acquaintances::default(),
            own: Vec::new(),
            own_address: None,
            senders: Vec::new(),
            rooms: Rooms::default(),
            times: times::Times::default(),
            suggested: Suggested::default(),
            progress: Progressing::Not,
            doubted: BTreeSet::new(),
            saved: Saved::No,
            resumable: Vec::new(),
            attended_until: None,
            asked_who: Vec::new(),
            actions: VecDeque::new(),
        }
    }

    /// The drafts that earlier runs have left. What the user has begun
    /// meanwhile stays.
    pub(crate) fn restore(&mut self, drafts: Vec<Draft>, scene: &Scene<'_>) {
        let aside: Vec<RequestId> = drafts.iter().filter_map(|one| one.aside.clone()).collect();
        for draft in drafts {
            let sent = draft.sent.as_ref().filter(|_| draft.aside.is_none());
            let is_aside = sent.is_some_and(|sent| aside.contains(sent));
            if is_aside || draft.is_given_up(scene.now, scene.zone) {
                let of = draft.kept_as();
                self.actions.push_back(Action::Drop { of });
                continue;
            }
            if draft.edits.is_some() {
                self.resumable.push(draft);
                continue;
            }
            if draft.aside.is_some() {
                self.left.push(draft);
                continue;
            }
            if !self.draft.is_empty() {
                continue;
            }
            self.begin(draft);
            self.draft.catch_up(scene.now, scene.zone);
            self.saved = Saved::OnDisk;
        }
        self.reckon(scene);
    }

    /// Lets go of drafts that are left from days long over, but for one that
    /// somebody looks at.
    pub(crate) fn give_up(&mut self, scene: &Scene<'_>) {
        let is_over = |draft: &Draft| draft.is_given_up(scene.now, scene.zone);
        let resumable = self.resumable.extract_if(.., |draft| is_over(draft));
        let left = self.left.extract_if(.., |draft| is_over(draft));
        let mut over: Vec<Draft> = resumable.chain(left).collect();
        let unseen = !self.draft.is_empty() && !self.is_attended(scene.now);
        if unseen && is_over(&self.draft) {
            over.push(self.begin(Draft::new(scene.now, scene.zone)));
            self.reckon(scene);
        }
        for draft in over {
            let of = draft.kept_as();
            self.actions.push_back(Action::Drop { of });
        }
    }

    /// The meetings of all accounts, and those that can send.
    pub(crate) fn know(&mut self, board: &Board, senders: Vec<Sender>, scene: &Scene<'_>) {
        self.senders = senders;
        self.acquaintances = self.acquaintances_on(board);
        self.own_address = self.sender().and_then(|one| one.address.clone());
        let zone = scene.zone;
        let stands = board.entries.iter().filter(|entry| entry.stands());
        self.own = stands
            .filter_map(|entry| {
                let edited = self.draft.edits.as_ref();
                // The meeting that is moved does not stand in its own way.
                if edited.is_some_and(|edited| entry.is_called(&edited.name)) {
                    return None;
                }
                Some(Own {
                    start: entry.meeting.span.start(zone),
                    end: entry.meeting.span.end(zone),
                    taken: taken(entry.meeting.show_as)?,
                    title: scene.title(&entry.meeting),
                })
            })
            .collect();
        self.reckon(scene);
    }

    /// Goes on with the new meeting that was left, or with an empty one after
    /// one that was sent.
    pub(crate) fn open_new(&mut self, scene: &Scene<'_>) {
        self.attend(scene);
        let done = matches!(self.progress, Progressing::Sent(_));
        let is_left = self.left.iter().any(Draft::is_gone_on_with);
        if self.draft.edits.is_some() {
            let draft = self.next_new(scene);
            self.turn_to(draft);
        } else if done || (is_left && self.draft.is_empty()) {
            let draft = self.next_new(scene);
            self.begin(draft);
        }
        self.draft.catch_up(scene.now, scene.zone);
        self.reckon(scene);
    }

    /// The new meeting that was left last, or an empty one.
    fn next_new(&mut self, scene: &Scene<'_>) -> Draft {
        let place = self.left.iter().rposition(Draft::is_gone_on_with);
        let left = place.map(|place| self.left.remove(place));
        left.unwrap_or_else(|| Draft::new(scene.now, scene.zone))
    }

    /// Changes a meeting of the user's own.
    pub(crate) fn open_edit(&mut self, entry: &Entry, scene: &Scene<'_>) {
        self.attend(scene);
        let same = |edited: &Edited| entry.is_called(&edited.name);
        let going_on = self.draft.edits.as_ref().is_some_and(same)
            && !matches!(self.progress, Progressing::Sent(_));
        if !going_on {
            let fresh = Draft::of_meeting(entry, scene.now, scene.zone);
            // What was left, where the meeting is still where it was then.
            let left = self.resumable.iter().position(|draft| {
                let edited = draft.edits.as_ref();
                edited.is_some_and(|one| {
                    same(one) && Some(&one.standing) == fresh.edits.as_ref().map(|f| &f.standing)
                })
            });
            let draft = left.map_or(fresh, |place| self.resumable.remove(place));
            self.turn_to(draft);
        }
        self.reckon(scene);
    }

    /// Somebody looks at it now.
    fn attend(&mut self, scene: &Scene<'_>) {
        self.attended_until = Some(scene.now + ATTENDED_FOR);
    }

    /// Another draft is in the window; the former one is gone on with later.
    fn turn_to(&mut self, draft: Draft) {
        let done = matches!(self.progress, Progressing::Sent(_));
        let former = self.begin(draft);
        if done || !former.is_worth_keeping() {
            return;
        }
        let Some(name) = former.changes().map(str::to_owned) else {
            self.left.push(former);
            return;
        };
        self.resumable
            .retain(|one| one.changes() != Some(name.as_str()) || one.sent.is_some());
        self.resumable.push(former);
    }

    /// Another draft is in the window; hands back the former one.
    fn begin(&mut self, draft: Draft) -> Draft {
        self.progress = Progressing::of(&draft);
        self.saved = Saved::No;
        self.asked_who.clear();
        self.turn = self.turn.wrapping_add(1);
        std::mem::replace(&mut self.draft, draft)
    }

    /// What the server says about people's time.
    pub(crate) fn told(&mut self, serial: u64, times: Option<Vec<PersonTime>>, scene: &Scene<'_>) {
        self.times.answer(serial, times, scene.now);
        self.reckon(scene);
    }

    /// Whether the draft is kept.
    pub(crate) fn kept(&mut self, on_disk: bool) {
        self.saved = if on_disk {
            Saved::OnDisk
        } else {
            Saved::InMemory
        };
    }

    fn keep(&mut self) {
        // Of several changes in a row the last one counts.
        let of = self.draft.kept_as();
        self.actions
            .retain(|one| !matches!(one, Action::Keep(draft) if draft.kept_as() == of));
        let draft = Box::new(self.draft.clone());
        self.actions.push_back(Action::Keep(draft));
    }

    /// What to do now; asked until it answers `None`.
    pub(crate) fn poll_action(&mut self, scene: &Scene<'_>) -> Option<Action> {
        if let Some(action) = self.actions.pop_front() {
            return Some(action);
        }
        let now = scene.now;
        if !self.is_attended(now) {
            return None;
        }
        let waits = |at: DateTime<Utc>| at <= now && now < at + RESOLVE_AGAIN;
        let sender = self.sender().map(|one| one.account.clone());
        let can_ask = sender.is_some();
        if let Some(account) = sender.filter(|account| self.rooms.ask(account, now)) {
            return Some(Action::AskRooms(account));
        }
        // Before an account runs nobody is there to be asked: that must not
        // count as a question without an answer.
        let asked = self.draft.invitees.iter().find(|one| {
            can_ask
                && one.known == Known::Asked
                && !self
                    .asked_who
                    .iter()
                    .any(|(who, at)| *who == one.address && waits(*at))
        });
        if let Some(one) = asked {
            let who = one.address.clone();
            self.asked_who.retain(|(name, _)| *name != who);
            self.asked_who.push((who.clone(), now));
            return Some(Action::Resolve(who));
        }
        if self.is_on_its_way_or_sent() {
            return None;
        }
        let mut people: BTreeSet<String> = self
            .draft
            .invited()
            .map(|one| one.address.to_lowercase())
            .collect();
        people.extend(self.own_address.as_ref().map(|own| own.to_lowercase()));
        let within = self.within(scene);
        self.times.ask(people, within, now).map(Action::Ask)
    }

    /// Whether somebody looks at it, as far as can be told.
    pub(crate) fn is_attended(&self, now: DateTime<Utc>) -> bool {
        // A clock that was set back must not make it last for ever.
        let until = self.attended_until;
        until.is_some_and(|until| now < until && until <= now + ATTENDED_FOR)
    }

    /// The times that are suggested, best first.
    pub(crate) fn suggested_times(&self) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let best = self.suggested.best.iter();
        best.map(|one| (one.start, one.end)).collect()
    }

    /// The chosen time.
    pub(crate) fn chosen(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.draft.start.zip(self.draft.end())
    }

    /// The days that are looked at.
    pub(crate) fn within(&self, scene: &Scene<'_>) -> Range<DateTime<Utc>> {
        let after = self.draft.last.checked_add_days(Days::new(1));
        local_midnight(self.draft.first, scene.zone)
            ..local_midnight(after.unwrap_or(self.draft.last), scene.zone)
    }

    /// Looks for times anew, and takes the best one where the user has chosen
    /// none.
    fn reckon(&mut self, scene: &Scene<'_>) {
        let people = self.people(scene);
        let within = self.within(scene);
        self.suggested = suggestions::look(&people, self.draft.length, within, scene.now);
        if self.draft.by_hand || self.is_on_its_way_or_sent() {
            return;
        }
        let best = self.suggested.best.first().map(|one| one.start);
        if best != self.draft.start {
            self.draft.start = best;
            if let Some(start) = best {
                self.draft.day = scene.date_of(start);
            }
        }
    }

    /// The user, with what their own calendars have and when they work.
    fn you(&self, scene: &Scene<'_>) -> Named {
        let told = self
            .own_address
            .as_deref()
            .and_then(|own| self.times.of(own));
        let usual = Hours {
            days: Weekdays::WORKING,
            from: NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default(),
            to: NaiveTime::from_hms_opt(17, 0, 0).unwrap_or_default(),
            zone: scene.zone,
        };
        let own = self.own.iter().map(|own| (own.start, own.end, own.taken));
        // What the server knows goes further than the list of meetings, and
        // has the meeting in it that is to be moved.
        let server = told
            .filter(|_| self.draft.edits.is_none())
            .and_then(|told| told.time.as_ref());
        let theirs = server.into_iter().flat_map(Stretches::iter);
        let theirs = theirs.map(|one| (one.start, one.end, one.taken));
        Named {
            address: String::new(),
            name: scene.words.text("you"),
            part: Part::Required,
            party: Party {
                part: calendar::availability::Part::Required,
                time: Some(Stretches::merged(own.chain(theirs))),
                hours: Some(told.and_then(|told| told.hours).unwrap_or(usual)),
            },
        }
    }
}

fn taken(show_as: ShowAs) -> Option<Taken> {
    match show_as {
        ShowAs::Free => None,
        ShowAs::Elsewhere => Some(Taken::Elsewhere),
        ShowAs::Tentative => Some(Taken::Tentative),
        ShowAs::Busy => Some(Taken::Busy),
        ShowAs::OutOfOffice => Some(Taken::OutOfOffice),
    }
}
