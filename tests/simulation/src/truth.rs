//! What is so on the server: every change is made there and noted here.

use calendar::span::local_midnight;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    World,
    world::{
        details::{Details, Person, Reminder, Response},
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
        !self.cancelled && matches!(self.kind, Kind::Call | Kind::Reminded)
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

/// The items of the mailbox.
#[derive(Debug, Default)]
pub struct Truth {
    accounts: usize,
    occurrences: Vec<Occurrence>,
    items: Vec<(u32, ItemNumber)>,
    next: u32,
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

    fn item(&self, number: u32) -> Option<ItemNumber> {
        let (_, item) = self.items.iter().find(|(known, _)| *known == number)?;
        Some(*item)
    }

    /// Adds a single meeting.
    pub fn add(&mut self, world: &mut World, zone: Tz, start: DateTime<Utc>, kind: Kind) {
        let today = start.with_timezone(&zone).date_naive();
        let (start, end) = match kind {
            Kind::AllDay => (
                local_midnight(today, zone),
                local_midnight(today + Duration::days(1), zone),
            ),
            Kind::Call | Kind::Reminded | Kind::Quiet => (start, start + Duration::minutes(30)),
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
        let home = self.home(occurrence.number);
        let Ok(item) = world.add(home, details(&occurrence, zone)) else {
            return;
        };
        self.items.push((occurrence.number, item));
        self.occurrences.push(occurrence);
    }

    /// Adds a series of so many days.
    pub fn add_series(&mut self, world: &mut World, zone: Tz, start: DateTime<Utc>, days: u32) {
        let first = start.with_timezone(&zone);
        let number = self.fresh();
        let one = Occurrence {
            number,
            day: Some(first.date_naive()),
            name: 1,
            start,
            end: start + Duration::minutes(20),
            kind: Kind::Call,
            cancelled: false,
        };
        let series = Series {
            pattern: Pattern::Daily { every: 1 },
            first: first.date_naive(),
            range: Range::Count(days),
            changed: std::collections::BTreeMap::new(),
            deleted: std::collections::BTreeSet::new(),
        };
        let Ok(item) = world.add_series(self.home(number), details(&one, zone), series) else {
            return;
        };
        self.items.push((number, item));
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
            |details| details.subject = title,
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
                details.subject = title;
            },
        );
    }

    /// Deletes a meeting or one occurrence.
    pub fn delete(&mut self, world: &mut World, at: usize) {
        let Some(occurrence) = self.occurrences.get(at) else {
            return;
        };
        let Some(item) = self.item(occurrence.number) else {
            return;
        };
        let home = self.home(occurrence.number);
        let done = match occurrence.day {
            Some(day) => world.delete_occurrence(home, item, day).is_ok(),
            None => world.delete(home, item).is_ok(),
        };
        if done {
            self.occurrences.remove(at);
        }
    }

    fn change(
        &mut self,
        world: &mut World,
        at: usize,
        note: impl FnOnce(&mut Occurrence),
        make: impl FnOnce(&mut Details),
    ) {
        let Some(occurrence) = self.occurrences.get(at) else {
            return;
        };
        let Some(item) = self.item(occurrence.number) else {
            return;
        };
        let home = self.home(occurrence.number);
        let done = match occurrence.day {
            Some(day) => world.change_occurrence(home, item, day, make).is_ok(),
            None => world
                .change(home, item, |item| make(&mut item.details))
                .is_ok(),
        };
        if let Some(occurrence) = self.occurrences.get_mut(at).filter(|_| done) {
            note(occurrence);
        }
    }
}

fn details(occurrence: &Occurrence, zone: Tz) -> Details {
    let mut details = Details::new(occurrence.title(), occurrence.start, occurrence.end, zone)
        .text(format!("Notes of {CANARY}"))
        .called_by(
            Person::new(format!("Bo {CANARY}"), format!("{CANARY}@example.org")),
            Response::Accept,
        );
    details.reminder = Reminder::Off;
    match occurrence.kind {
        Kind::Call => {
            details.location = format!("https://acme.webex.com/meet/{CANARY}");
        }
        Kind::Reminded => details.reminder = Reminder::Minutes(15),
        Kind::Quiet => {}
        Kind::AllDay => {
            details.all_day = true;
            details.reminder = Reminder::Minutes(15);
        }
    }
    details
}
