//! What is so on the server: every change is made there and noted here.

use calendar::span::local_midnight;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    World,
    world::{
        details::{Body, Details, Person, Reminder, Response},
        id::ItemNumber,
        series::{Pattern, Range, Series},
    },
};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl Occurrence {
    /// Whether the user must be told when it begins.
    pub fn rings(&self) -> bool {
        !self.cancelled && matches!(self.kind, Kind::Call | Kind::Reminded | Kind::Keyword)
    }

    /// Its title.
    pub fn title(&self) -> String {
        let called_off = if self.cancelled { "Canceled: " } else { "" };
        format!("{called_off}{CANARY} {} v{}", self.number, self.name)
    }
}

/// The number in a title.
pub fn number_in(title: &str) -> Option<u32> {
    let (_, rest) = title.split_once(CANARY)?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Whose calendars an item is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Homes {
    /// One of the user's.
    One,
    /// All of them: the first has the organizer's copy.
    All,
}

/// One copy of an item.
type Copied = (&'static str, ItemNumber);

/// A keyword that asks for join details: in an item, or in one occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asking {
    number: u32,
    day: Option<NaiveDate>,
}

/// The words around join details that Joinbell has written.
const BLOCK: &str = "---- Joinbell ----";

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

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
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

    /// Adds a series of three days of the user's own, with a keyword in the
    /// first of them alone (F40).
    pub fn add_keyword_on_one(&mut self, world: &mut World, zone: Tz, start: DateTime<Utc>) {
        let number = self.next + 1;
        self.series(world, zone, start, 3, Kind::Reminded, Homes::All);
        let day = start.with_timezone(&zone).date_naive();
        let Some((home, item)) = self.copies(number).first().copied() else {
            return;
        };
        let asked = world.change_occurrence(home, item, day, |details| {
            "@webex".clone_into(&mut details.location);
        });
        if asked.is_ok() {
            let day = Some(day);
            self.keywords.push(Asking { number, day });
        }
    }

    /// Writes another keyword in the place of one (F38).
    pub fn rewrite_keyword(&mut self, world: &mut World, which: usize) {
        let count = self.keywords.len();
        let chosen = which
            .checked_rem(count)
            .and_then(|at| self.keywords.get(at));
        let Some(Asking { number, day: None }) = chosen else {
            return;
        };
        for (home, item) in self.copies(*number) {
            // It may have been deleted meanwhile.
            let _changed = world.change(home, item, |item| {
                "@meet:myroom".clone_into(&mut item.details.location);
            });
        }
    }

    /// How many keywords have asked so far.
    pub fn keywords(&self) -> usize {
        self.keywords.len()
    }

    /// I7, as far as it holds at any time: join details stand nowhere twice,
    /// and only where they were asked for and in the organizer's copy. At the
    /// end (`now`) they stand wherever a meeting that is not over asks.
    pub fn join_details(&self, world: &World, end: Option<DateTime<Utc>>) -> Result<(), String> {
        for (number, (home, item)) in &self.items {
            let Some(item) = world.mailbox(home).and_then(|m| m.calendar.item(*item)) else {
                continue;
            };
            let organizes = self.copies(*number).first().map(|(first, _)| first) == Some(home);
            let mut bodies = vec![(None, body(&item.details))];
            if let Some(series) = &item.series {
                let changed = series.changed.iter();
                bodies.extend(changed.map(|(day, details)| (Some(*day), body(details))));
            }
            for (day, body) in bodies {
                let blocks = body.matches(BLOCK).count();
                let number = *number;
                let asks = organizes && self.keywords.contains(&Asking { number, day });
                if blocks > usize::from(asks) {
                    return Err(format!(
                        "{blocks} blocks of join details in {number} {day:?}"
                    ));
                }
                let of_this = |one: &&Occurrence| {
                    one.number == number && (one.day == day || one.day.is_none())
                };
                let stands = self.occurrences.iter().find(of_this);
                let lasts = stands
                    .is_some_and(|one| end.is_some_and(|end| end < one.end) && !one.cancelled);
                if asks && lasts && blocks == 0 {
                    return Err(format!(
                        "{number} {day:?} asks for join details and has none"
                    ));
                }
            }
        }
        Ok(())
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
        for day in 0..days {
            let date = first.date_naive() + Duration::days(i64::from(day));
            let local = date.and_time(first.time()).and_local_timezone(zone);
            // Generated series stay clear of the hours that clocks skip.
            let Some(start) = local.earliest().map(|local| local.with_timezone(&Utc)) else {
                continue;
            };
            self.occurrences.push(Occurrence {
                day: Some(date),
                start,
                end: start + Duration::minutes(20),
                ..one.clone()
            });
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

fn body(details: &Details) -> &str {
    match &details.body {
        Body::Text(text) | Body::Html(text) => text,
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
    details.reminder = Reminder::Off;
    match occurrence.kind {
        Kind::Call => {
            details.location = format!("https://acme.webex.com/meet/{CANARY}");
        }
        Kind::Reminded => details.reminder = Reminder::Minutes(15),
        Kind::Quiet => {}
        Kind::Keyword => {
            details.reminder = Reminder::Minutes(15);
            "@webex".clone_into(&mut details.location);
        }
        Kind::AllDay => {
            details.all_day = true;
            details.reminder = Reminder::Minutes(15);
        }
    }
    details
}
