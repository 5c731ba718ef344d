//! What is so on the server: every change is made there and noted here.

mod elsewhere;
mod keywords;
mod sent;

use calendar::span::local_midnight;
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    World,
    world::{
        details::{Details, Person, Reminder, Response},
        id::ItemNumber,
        series::{Pattern, Range, Series},
    },
};
use serde::{Deserialize, Serialize};

use keywords::Asking;
pub use sent::title_of;

/// The first mailbox.
pub const ANNA: &str = "anna@example.org";

/// The mailboxes of the user's accounts, the first account's first.
pub fn mailbox(account: usize) -> &'static str {
    const ALL: [&str; 3] = [ANNA, "anna@example.com", "anna@example.net"];
    ALL[account % ALL.len()]
}

/// A word that stands in everything private and must be found nowhere.
pub const CANARY: &str = "canary7f3a";

/// What a meeting is like, as far as ringing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// It has a link to join.
    Call,
    /// Its owner wants to be reminded.
    Reminded,
    /// Neither.
    Quiet,
    /// The user's own, with a keyword in its location: join details are
    /// written into it.
    Keyword,
    /// It lasts the whole day.
    AllDay,
}

/// One meeting or one occurrence, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Which item; also a part of its title.
    pub number: u32,
    /// The day the series gives it; nothing for a single meeting.
    pub day: Option<NaiveDate>,
    /// Counts renamings.
    pub name: u32,
    /// Begin.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
    /// What it is like.
    pub kind: Kind,
    /// Called off.
    pub cancelled: bool,
    /// Declined by the user.
    pub declined: bool,
    /// Its reminder was dismissed on another screen.
    pub dismissed: bool,
}

impl Occurrence {
    /// Whether the user must be told when it begins.
    pub fn rings(&self) -> bool {
        let reminds = match self.kind {
            Kind::Call | Kind::Keyword => true,
            Kind::Reminded => !self.dismissed,
            Kind::Quiet | Kind::AllDay => false,
        };
        reminds && !self.cancelled && !self.declined
    }

    /// Whether it had a reminder of its own when it was made. Of the meetings
    /// with a link it is every other one; series have none, because of one
    /// occurrence of theirs no dismissal is heard.
    pub fn has_reminder(&self) -> bool {
        match self.kind {
            Kind::Reminded | Kind::Keyword | Kind::AllDay => true,
            Kind::Call => self.day.is_none() && self.number.is_multiple_of(2),
            Kind::Quiet => false,
        }
    }

    /// Its title.
    pub fn title(&self) -> String {
        let called_off = if self.cancelled { "Canceled: " } else { "" };
        format!("{called_off}{CANARY} {} v{}", self.number, self.name)
    }
}

/// A time of a day; nothing in an hour that clocks skip, of which generated
/// series stay clear.
fn at_time(day: NaiveDate, time: NaiveTime, zone: Tz) -> Option<DateTime<Utc>> {
    let local = day.and_time(time).and_local_timezone(zone);
    Some(local.earliest()?.with_timezone(&Utc))
}

impl Occurrence {
    /// The same so many days later, as a daily series has it.
    fn after(&self, days: u32, zone: Tz) -> Option<Self> {
        let first = self.start.with_timezone(&zone);
        let day = self.day? + Duration::days(i64::from(days));
        let start = at_time(day, first.time(), zone)?;
        Some(Self {
            day: Some(day),
            start,
            end: start + (self.end - self.start),
            ..self.clone()
        })
    }
}

/// The number in a title.
pub fn number_in(title: &str) -> Option<u32> {
    let (_, rest) = title.split_once(CANARY)?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Whose calendars an item is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Homes {
    /// One of the user's.
    One,
    /// All of them: the first has the organizer's copy.
    All,
}

/// One copy of an item.
type Copied = (&'static str, ItemNumber);

/// The items of the mailbox.
#[derive(Debug, Default)]
pub struct Truth {
    accounts: usize,
    occurrences: Vec<Occurrence>,
    /// Each copy of each item, by the number in its title.
    items: Vec<(u32, Copied)>,
    next: u32,
    /// Where a keyword asks for join details.
    keywords: Vec<Asking>,
    /// What the client has made, and where.
    made: Vec<(u32, &'static str)>,
}

impl Truth {
    /// Of a user with so many accounts, whose meetings take turns in them.
    pub fn of(accounts: usize) -> Self {
        Self {
            accounts,
            ..Self::default()
        }
    }

    fn home(&self, number: u32) -> &'static str {
        mailbox(number as usize % self.accounts.max(1))
    }

    /// Everything that is in the mailboxes.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }

    /// Names one more item.
    pub(crate) fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// Whether an item was put into a calendar.
    pub fn is_in(&self, home: &str, number: u32) -> bool {
        let made = self
            .made
            .iter()
            .any(|(known, at)| (*known, *at) == (number, home));
        made || self.copies(number).iter().any(|(known, _)| *known == home)
    }

    fn copies(&self, number: u32) -> Vec<Copied> {
        let of_number = self.items.iter().filter(|(known, _)| *known == number);
        of_number.map(|(_, copy)| *copy).collect()
    }

    /// Puts an item into its calendars; `false` when the server does not take
    /// it.
    fn put(
        &mut self,
        world: &mut World,
        one: &Occurrence,
        zone: Tz,
        series: Option<&Series>,
        homes: Homes,
    ) -> bool {
        let all: Vec<&'static str> = match homes {
            Homes::One => vec![self.home(one.number)],
            Homes::All => (0..self.accounts.max(1)).map(mailbox).collect(),
        };
        let mut uid = None;
        for (place, home) in all.into_iter().enumerate() {
            let organizes = one.kind == Kind::Keyword && place == 0;
            let organizes = organizes || homes == Homes::All && place == 0;
            let details = details(one, zone, organizes.then_some(home));
            let Ok(item) = world.insert(home, details, series.cloned(), uid.clone()) else {
                return false;
            };
            self.items.push((one.number, (home, item)));
            let calendar = world.mailbox(home).map(|mailbox| &mailbox.calendar);
            uid = calendar.and_then(|c| Some(c.item(item)?.uid.clone()));
        }
        true
    }

    /// Adds a single meeting.
    pub fn add(
        &mut self,
        world: &mut World,
        zone: Tz,
        start: DateTime<Utc>,
        kind: Kind,
        homes: Homes,
    ) {
        let today = start.with_timezone(&zone).date_naive();
        let (start, end) = match kind {
            Kind::AllDay => (
                local_midnight(today, zone),
                local_midnight(today + Duration::days(1), zone),
            ),
            Kind::Call | Kind::Reminded | Kind::Quiet | Kind::Keyword => {
                (start, start + Duration::minutes(30))
            }
        };
        let occurrence = Occurrence {
            number: self.fresh(),
            day: None,
            name: 1,
            start,
            end,
            kind,
            cancelled: false,
            declined: false,
            dismissed: false,
        };
        if !self.put(world, &occurrence, zone, None, homes) {
            return;
        }
        if kind == Kind::Keyword {
            let number = occurrence.number;
            self.keywords.push(Asking { number, day: None });
        }
        self.occurrences.push(occurrence);
    }

    /// Adds a series of so many days.
    pub fn add_series(
        &mut self,
        world: &mut World,
        zone: Tz,
        start: DateTime<Utc>,
        days: u32,
        homes: Homes,
    ) {
        self.series(world, zone, start, days, Kind::Call, homes);
    }

    fn series(
        &mut self,
        world: &mut World,
        zone: Tz,
        start: DateTime<Utc>,
        days: u32,
        kind: Kind,
        homes: Homes,
    ) {
        let first = start.with_timezone(&zone);
        let number = self.fresh();
        let one = Occurrence {
            number,
            day: Some(first.date_naive()),
            name: 1,
            start,
            end: start + Duration::minutes(20),
            kind,
            cancelled: false,
            declined: false,
            dismissed: false,
        };
        let series = Series {
            pattern: Pattern::Daily { every: 1 },
            first: first.date_naive(),
            range: Range::Count(days),
            changed: std::collections::BTreeMap::new(),
            deleted: std::collections::BTreeSet::new(),
        };
        if !self.put(world, &one, zone, Some(&series), homes) {
            return;
        }
        let all = (0..days).filter_map(|day| one.after(day, zone));
        self.occurrences.extend(all);
    }

    /// Adds a series of two hundred and sixty days, of which sixty are gone and
    /// a hundred and forty differ (F33); most of them are long over.
    pub fn add_patchwork(&mut self, world: &mut World, zone: Tz, start: DateTime<Utc>) {
        let today = start.with_timezone(&zone);
        let first = today.date_naive() - Duration::days(180);
        let Some(start) = at_time(first, today.time(), zone) else {
            return;
        };
        let one = Occurrence {
            number: self.fresh(),
            day: Some(first),
            name: 1,
            start,
            end: start + Duration::minutes(20),
            kind: Kind::Call,
            cancelled: false,
            declined: false,
            dismissed: false,
        };
        let days = 260;
        let mut series = Series::new(Pattern::Daily { every: 1 }, first, Range::Count(days));
        let mut left = Vec::new();
        for (at, mut occurrence) in (0..days).filter_map(|at| Some((at, one.after(at, zone)?))) {
            let Some(day) = occurrence.day else { continue };
            match at % 13 {
                0..=2 => {}
                3..=5 => {
                    series.deleted.insert(day);
                    continue;
                }
                6..=8 => {
                    let by = Duration::minutes(i64::from(15 * (at % 3 + 1)));
                    occurrence.start += by;
                    occurrence.end += by;
                }
                9..=11 => occurrence.name += 1,
                _ => occurrence.cancelled = true,
            }
            if at % 13 > 2 {
                let mut differs = details(&occurrence, zone, None);
                differs.cancelled = occurrence.cancelled;
                series.changed.insert(day, differs);
            }
            left.push(occurrence);
        }
        if self.put(world, &one, zone, Some(&series), Homes::One) {
            self.occurrences.extend(left);
        }
    }

    /// Fills the first calendar with meetings that do not ring, for a month
    /// (F31).
    pub fn fill(&mut self, world: &mut World, zone: Tz, from: DateTime<Utc>, many: u32) {
        for place in 0..many {
            let start = from + Duration::minutes(i64::from(40 * place));
            let occurrence = Occurrence {
                number: self.fresh(),
                day: None,
                name: 1,
                start,
                end: start + Duration::minutes(30),
                kind: Kind::Quiet,
                cancelled: false,
                declined: false,
                dismissed: false,
            };
            let inserted = world.insert(ANNA, details(&occurrence, zone, None), None, None);
            if let Ok(item) = inserted {
                self.items.push((occurrence.number, (ANNA, item)));
                self.occurrences.push(occurrence);
            }
        }
    }

    /// Moves a meeting or one occurrence.
    pub fn shift(&mut self, world: &mut World, at: usize, by: Duration) {
        let whole_day = |occurrence: &Occurrence| occurrence.kind == Kind::AllDay;
        if self.occurrences.get(at).is_some_and(whole_day) {
            return;
        }
        self.change(
            world,
            at,
            |occurrence| {
                occurrence.start += by;
                occurrence.end += by;
            },
            |details| {
                details.start += by;
                details.end += by;
            },
        );
    }

    /// Gives a meeting or one occurrence another name.
    pub fn rename(&mut self, world: &mut World, at: usize) {
        let Some(occurrence) = self.occurrences.get(at) else {
            return;
        };
        let mut renamed = occurrence.clone();
        renamed.name += 1;
        let title = renamed.title();
        self.change(
            world,
            at,
            |occurrence| occurrence.name += 1,
            |details| details.subject.clone_from(&title),
        );
    }

    /// Calls a meeting or one occurrence off.
    pub fn cancel(&mut self, world: &mut World, at: usize) {
        let Some(occurrence) = self.occurrences.get(at) else {
            return;
        };
        let called_off = Occurrence {
            cancelled: true,
            ..occurrence.clone()
        };
        let title = called_off.title();
        self.change(
            world,
            at,
            |occurrence| occurrence.cancelled = true,
            |details| {
                details.cancelled = true;
                details.subject.clone_from(&title);
            },
        );
    }

    /// Deletes a meeting or one occurrence.
    pub fn delete(&mut self, world: &mut World, at: usize) {
        let Some(occurrence) = self.occurrences.get(at) else {
            return;
        };
        let mut done = false;
        for (home, item) in self.copies(occurrence.number) {
            done |= match occurrence.day {
                Some(day) => world.delete_occurrence(home, item, day).is_ok(),
                None => world.delete(home, item).is_ok(),
            };
        }
        if done {
            self.occurrences.remove(at);
        }
    }

    fn change(
        &mut self,
        world: &mut World,
        at: usize,
        note: impl FnOnce(&mut Occurrence),
        make: impl Fn(&mut Details),
    ) {
        let Some(occurrence) = self.occurrences.get(at) else {
            return;
        };
        let mut done = false;
        for (home, item) in self.copies(occurrence.number) {
            done |= match occurrence.day {
                Some(day) => world.change_occurrence(home, item, day, &make).is_ok(),
                None => world
                    .change(home, item, |item| make(&mut item.details))
                    .is_ok(),
            };
        }
        if let Some(occurrence) = self.occurrences.get_mut(at).filter(|_| done) {
            note(occurrence);
        }
    }
}

/// The details of an item; `organizer` is the user's own address where it is
/// the organizer's copy.
fn details(occurrence: &Occurrence, zone: Tz, organizer: Option<&str>) -> Details {
    let details = Details::new(occurrence.title(), occurrence.start, occurrence.end, zone)
        .text(format!("Notes of {CANARY}"));
    let bo = Person::new(format!("Bo {CANARY}"), format!("{CANARY}@example.org"));
    let mut details = match organizer {
        Some(own) => details
            .called_by(Person::new("Anna Berg", own), Response::Organizer)
            .with(bo, Response::Accept),
        None => details.called_by(bo, Response::Accept),
    };
    details.reminder = if occurrence.has_reminder() {
        Reminder::Minutes(15)
    } else {
        Reminder::Off
    };
    match occurrence.kind {
        Kind::Call => {
            details.location = format!("https://acme.webex.com/meet/{CANARY}");
        }
        Kind::Reminded | Kind::Quiet => {}
        Kind::Keyword => "@webex".clone_into(&mut details.location),
        Kind::AllDay => details.all_day = true,
    }
    details
}
