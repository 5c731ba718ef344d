//! What the user does in the window, and who is meant by a name.

use calendar::meeting::Person;
use chrono::{DateTime, Duration, Utc};

use super::{
    Action, Progressing, Saved, Schedule,
    draft::{Invitee, Known},
    grid::Grid,
    times::Times,
    way,
};
use crate::{
    account::AccountId,
    screen::Scene,
    view::{Part, ScheduleChange},
};

impl Schedule {
    /// Takes in what the user did. While it is on its way, and once it has
    /// been sent, only a new beginning is.
    pub(crate) fn change(&mut self, change: ScheduleChange, scene: &Scene<'_>) {
        self.attend(scene);
        if change == (ScheduleChange::Discard {}) {
            self.discard(scene);
            return;
        }
        if change == (ScheduleChange::Another {}) {
            self.put_aside(scene);
            return;
        }
        let looks_only = matches!(change, ScheduleChange::Day { .. });
        if !looks_only && self.is_on_its_way_or_sent() {
            return;
        }
        self.apply(change, scene);
        if !looks_only {
            self.progress = Progressing::Not;
            self.draft.refused = None;
            self.draft.touched = true;
            self.saved = Saved::No;
            self.keep();
        }
        self.reckon(scene);
    }

    fn apply(&mut self, change: ScheduleChange, scene: &Scene<'_>) {
        let draft = &mut self.draft;
        match change {
            ScheduleChange::Account { account } => {
                let chosen = AccountId(account.into());
                if draft.edits.is_none() && self.senders.iter().any(|one| one.account == chosen) {
                    draft.account = Some(chosen);
                    self.own_address = self.sender().and_then(|one| one.address.clone());
                    // Another server may see other calendars.
                    self.times = Times::default();
                }
            }
            ScheduleChange::Title { text } => draft.title = text,
            ScheduleChange::Message { text } => draft.message = text,
            ScheduleChange::Invite { who, part } => self.invite(&who, part),
            ScheduleChange::Uninvite { address } => {
                draft.invitees.retain(|one| one.address != address);
            }
            ScheduleChange::Length { minutes } => draft.set_length(minutes),
            ScheduleChange::Between { first, last } => {
                if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
                    draft.set_days(first, last, scene.today());
                    self.unpick_outside(scene);
                }
            }
            ScheduleChange::MeetBy { way } => {
                if way::is_way(&way, &scene.settings.keywords.rooms) {
                    draft.way = Some(way);
                }
            }
            ScheduleChange::OwnLink { text } => draft.own_link = text,
            ScheduleChange::Pick { index } => {
                let picked = usize::try_from(index)
                    .ok()
                    .and_then(|index| self.suggested.best.get(index))
                    .map(|one| one.start);
                if let Some(start) = picked {
                    self.choose(start, scene);
                }
            }
            ScheduleChange::Move { quarters } => {
                if let Some(start) = draft.start {
                    // Not beyond what any calendar shows.
                    let by = Duration::minutes(15) * quarters.clamp(-3000, 3000);
                    self.choose(start + by, scene);
                }
            }
            ScheduleChange::Place { quarter } => {
                let people = self.people(scene);
                let slot = self.draft.start.zip(self.draft.end());
                let grid = Grid::of(self.draft.day, slot, &people, scene.zone);
                self.choose(grid.moment(quarter.min(grid.quarters)), scene);
            }
            ScheduleChange::Day { step } => {
                let days = Duration::days(i64::from(step.clamp(-31, 31)));
                draft.day = (draft.day + days).clamp(draft.first, draft.last);
            }
            ScheduleChange::Discard {} | ScheduleChange::Another {} => {}
        }
    }

    pub(crate) fn choose(&mut self, start: DateTime<Utc>, scene: &Scene<'_>) {
        self.draft.start = Some(start);
        self.draft.by_hand = true;
        let day = scene.date_of(start);
        self.draft.day = day;
        // Moved beyond the days that are looked at: those follow.
        if day < self.draft.first {
            self.draft.first = day.max(scene.today()).min(day);
        }
        self.draft.last = self.draft.last.max(day);
    }

    /// A time that was not chosen by hand follows the days.
    fn unpick_outside(&mut self, scene: &Scene<'_>) {
        let (first, last) = (self.draft.first, self.draft.last);
        let inside = |start| {
            let day = scene.date_of(start);
            first <= day && day <= last
        };
        if !self.draft.start.is_some_and(inside) {
            self.draft.start = None;
            self.draft.by_hand = false;
        }
    }

    fn invite(&mut self, who: &str, part: Part) {
        let typed = who.trim();
        let outside = typed
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .filter(|address| is_address(address));
        let who = outside.unwrap_or(typed);
        if who.is_empty() {
            return;
        }
        let same = |one: &&mut Invitee| one.address.eq_ignore_ascii_case(who);
        if let Some(one) = self.draft.invitees.iter_mut().find(same) {
            // Named again: what for may be different, and who it is.
            one.part = part;
            if outside.is_some() && !one.is_invited() {
                one.known = Known::Outside;
            }
            return;
        }
        let met = self.acquaintances.find(who).cloned();
        let known = match (&met, outside) {
            (Some(_), _) => Known::Yes,
            (None, Some(_)) => Known::Outside,
            (None, None) => Known::Asked,
        };
        let (address, name) = match met {
            Some(person) => (
                person.address.unwrap_or_else(|| who.to_owned()),
                person.name,
            ),
            None => (who.to_owned(), String::new()),
        };
        self.draft.invitees.push(Invitee {
            address,
            name,
            part,
            known,
        });
    }

    /// What the server says about who has a name; `None` when it said nothing.
    pub(crate) fn resolved(&mut self, who: &str, found: Option<Vec<Person>>, scene: &Scene<'_>) {
        let asked = |one: &&mut Invitee| one.address == who && one.known == Known::Asked;
        let Some(found) = found else {
            return;
        };
        self.asked_who.retain(|(name, _)| name != who);
        let Some(one) = self.draft.invitees.iter_mut().find(asked) else {
            return;
        };
        let exact = found.iter().find(|person| {
            let address = person.address.as_deref();
            address.is_some_and(|address| address.eq_ignore_ascii_case(who))
                || person.name.eq_ignore_ascii_case(who)
        });
        let person = match (exact, found.as_slice()) {
            (Some(person), _) => Some(person),
            // The beginning of an address is not yet that address.
            (None, [only]) if !is_address(who) => Some(only),
            _ => None,
        };
        match person {
            Some(person) => {
                one.known = Known::Yes;
                one.name.clone_from(&person.name);
                if let Some(address) = &person.address {
                    one.address.clone_from(address);
                }
                let address = one.address.clone();
                self.once_each(&address);
            }
            None if found.len() > 1 && !is_address(who) => one.known = Known::Several,
            None => one.known = Known::Nobody,
        }
        self.keep();
        self.reckon(scene);
    }

    /// A name and an address may have been the same person.
    fn once_each(&mut self, address: &str) {
        let mut seen = false;
        self.draft.invitees.retain(|one| {
            let same = one.address.eq_ignore_ascii_case(address);
            let again = same && seen;
            seen |= same;
            !again
        });
    }

    fn discard(&mut self, scene: &Scene<'_>) {
        if self.is_on_its_way() {
            return;
        }
        let of = self.draft.kept_as();
        self.actions.push_back(Action::Drop { of });
        let next = self.next_new(scene);
        self.begin(next);
        self.reckon(scene);
    }

    /// Begins a new meeting beside one of which it is not certain whether it
    /// was sent.
    fn put_aside(&mut self, scene: &Scene<'_>) {
        if !matches!(
            self.progress,
            Progressing::Unsure(_) | Progressing::Waiting(_)
        ) {
            return;
        }
        if self.draft.kept_as().is_none() {
            self.draft.aside.clone_from(&self.draft.sent);
            self.keep();
            // After it: in between it is there twice, of which the next run takes
            // one.
            self.actions.push_back(Action::Drop { of: None });
        }
        let next = self.next_new(scene);
        self.turn_to(next);
        self.reckon(scene);
    }
}

/// Whether it has the form of a mail address.
fn is_address(text: &str) -> bool {
    match text.split_once('@') {
        Some((name, domain)) => {
            !name.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !text.contains(|c: char| c.is_whitespace() || "<>,;\"".contains(c))
                && !domain.contains('@')
        }
        None => false,
    }
}
