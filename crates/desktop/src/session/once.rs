//! A meeting from the terminal: people's time, and one sending, without a
//! running session.

use std::{ops::Range, sync::Arc};

use calendar::availability::Stretches;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use engine::{
    Clock, Courier, Scheduler,
    outbox::{Outcome, Progress},
    scheduler::RequestId,
};
use uuid::Uuid;
use vault::{Series, opening::Purpose};

use super::{Session, absence, cabinet::Cabinet, scheduling::own_address, setup::Setup, unlock};
use crate::{
    account::Account,
    folder::FolderLock,
    problem::{Seat, Trouble},
    schedule::{Action, Schedule, Sender},
    screen::Surroundings,
    view::{Part, Problem, ScheduleChange, ScheduleView},
};

/// So long what is not certain is waited for; the journal has it then, and the
/// next run goes on with it.
const PATIENCE: Duration = Duration::minutes(5);

/// A meeting that is asked about or made.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Title.
    pub title: String,
    /// Message; plain text.
    pub message: String,
    /// Who is asked, by address or name.
    pub people: Vec<(String, Part)>,
    /// Length in minutes.
    pub minutes: u16,
    /// The days that are looked at, the last one counted.
    pub days: (NaiveDate, NaiveDate),
    /// When it begins; the best time where that is not said.
    pub start: Option<DateTime<Utc>>,
    /// A keyword such as `@webex`, `own`, or `none`; the usual one where that
    /// is not said.
    pub way: Option<String>,
    /// The own link.
    pub link: String,
}

/// What is known about a wanted meeting.
#[derive(Debug)]
pub struct Looked {
    /// How it is worded.
    pub surroundings: Surroundings,
    /// What the window would show.
    pub view: ScheduleView,
    /// The days that were looked at.
    pub within: Range<DateTime<Utc>>,
    /// The user first, then all who would be asked.
    pub people: Vec<PersonLooked>,
    /// The times that suit, as `view` words them.
    pub suggestions: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// The time that is chosen.
    pub chosen: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Somebody's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLooked {
    /// Address; empty for the user.
    pub address: String,
    /// Name.
    pub name: String,
    /// What for.
    pub part: Part,
    /// How it is taken; `None` where the server does not tell.
    pub time: Option<Stretches>,
}

/// A wanted meeting with the way to its server.
struct Counter {
    account: Account,
    scheduler: Arc<dyn Scheduler>,
    surroundings: Surroundings,
    schedule: Schedule,
}

impl Session {
    /// When people have time for a meeting, and what suits.
    pub async fn look_at_times(setup: &Setup, wanted: &Wanted) -> Result<Looked, Problem> {
        let counter = Counter::open(setup, wanted).await?;
        Ok(counter.looked(setup.clock.now()))
    }

    /// Makes a meeting, once, and comes back when it is certain what came of
    /// it. Nothing is sent when somebody who is asked is not known.
    pub async fn make_meeting(setup: &Setup, wanted: &Wanted) -> Result<Looked, Problem> {
        let mut counter = Counter::open(setup, wanted).await?;
        let now = setup.clock.now();
        let words = &counter.surroundings.words;
        let scene = counter.surroundings.scene(now);
        let view = counter.schedule.view(&scene);
        if let Some(one) = view.invitees.iter().find(|one| !one.invited) {
            let who = one.address.clone();
            return Err(Trouble::NobodyThere { who }.problem(words));
        }
        let request = RequestId(Uuid::new_v4().to_string());
        let token = Uuid::new_v4().simple().to_string();
        let from = counter.account.id.clone();
        let sent = counter.schedule.send(request.clone(), from, &token, &scene);
        let intent = sent.map_err(|missing| Trouble::NotReady(missing).problem(words))?;

        let kept = Kept::open(setup, &counter.account).await;
        let journal = kept.as_ref().map(|kept| kept.journal.clone());
        let clock = Arc::clone(&setup.clock);
        let scheduler = Arc::clone(&counter.scheduler);
        let courier = Courier::start(scheduler, journal, Arc::clone(&clock), None);
        let outcome = match courier.send(request.clone(), intent) {
            Ok(()) => settled(&courier, &request, clock.as_ref()).await,
            Err(_) => Err(Trouble::NoScheduling),
        };
        if !matches!(outcome, Err(Trouble::NotCertain)) {
            courier.forget(request);
        }
        courier.stop().await;
        if let Some(kept) = kept {
            kept.cabinet.close().await;
        }
        outcome.map_err(|trouble| trouble.problem(words))?;
        Ok(counter.looked(setup.clock.now()))
    }
}

/// Waits until it is certain what came of a request.
async fn settled(courier: &Courier, request: &RequestId, clock: &dyn Clock) -> Result<(), Trouble> {
    let until = clock.now() + PATIENCE;
    let mut posted = courier.posted();
    loop {
        let state = posted
            .borrow_and_update()
            .find(request)
            .map(|one| one.state.clone());
        if let Some(Progress::Settled(settled)) = state {
            return match settled.outcome {
                Outcome::Done => Ok(()),
                Outcome::Refused { refusal } => Err(Trouble::NotDone(refusal)),
            };
        }
        if until <= clock.now() {
            return Err(Trouble::NotCertain);
        }
        tokio::select! {
            changed = posted.changed() => if changed.is_err() {
                return Err(Trouble::NotCertain);
            },
            () = clock.wait_until(until) => {}
        }
    }
}

/// The journal, where this run may write it.
struct Kept {
    journal: Series,
    cabinet: Cabinet,
    /// Held until the end.
    _lock: FolderLock,
}

impl Kept {
    /// While the desktop program has the store nothing is written down.
    async fn open(setup: &Setup, account: &Account) -> Option<Self> {
        let lock = setup.folder.lock().ok().flatten()?;
        let install = setup.folder.accounts().ok()?.install;
        let place = unlock::place(setup.folder.store(), install);
        let cabinet = unlock::cabinet(
            setup.keyring.as_ref(),
            setup.shelf.as_ref(),
            Some(place),
            Purpose::Keep,
        );
        let cabinet = cabinet.await.ok().flatten()?;
        Some(Self {
            journal: cabinet.outbox(&account.id),
            cabinet,
            _lock: lock,
        })
    }
}

impl Counter {
    /// Finds out who is asked and when they have time.
    async fn open(setup: &Setup, wanted: &Wanted) -> Result<Self, Problem> {
        let (settings, _) = setup.folder.settings();
        let surroundings = Surroundings::new(settings, &setup.locale, (setup.zone)());
        let words = &surroundings.words;
        let accounts = setup.folder.accounts().map_err(|trouble| {
            let trouble = Trouble::from(trouble);
            trouble.problem(words)
        })?;
        let Some(account) = accounts.list.into_iter().next() else {
            return Err(Trouble::NoAccount.problem(words));
        };
        let secret = unlock::secret(&setup.keyring, &account).await;
        let secret = secret.map_err(|trouble| trouble.problem(words))?;
        let scheduler = setup.servers.scheduler(&account, &secret);
        let scheduler = scheduler
            .map_err(|trouble| Trouble::Server(Seat::from(&account), trouble).problem(words))?;
        let scene = surroundings.scene(setup.clock.now());
        let mut schedule = Schedule::new(&scene);
        let sender = Sender {
            account: account.id.clone(),
            name: account.user.clone(),
            address: own_address(&account),
        };
        schedule.know(&crate::board::Board::empty(), vec![sender], &scene);
        for change in changes(wanted) {
            schedule.change(change, &scene);
        }
        if let Some(start) = wanted.start {
            schedule.choose(start, &scene);
        }
        let mut counter = Self {
            account,
            scheduler,
            surroundings,
            schedule,
        };
        counter.ask(setup.clock.as_ref()).await?;
        Ok(counter)
    }

    /// Does what the schedule wants until it wants nothing.
    async fn ask(&mut self, clock: &dyn Clock) -> Result<(), Problem> {
        loop {
            let scene = self.surroundings.scene(clock.now());
            let Some(action) = self.schedule.poll_action(&scene) else {
                return Ok(());
            };
            let failed = match action {
                Action::Resolve(who) => match self.scheduler.people(&who).await {
                    Ok(found) => {
                        self.schedule.resolved(&who, Some(found), &scene);
                        None
                    }
                    Err(failure) => Some(failure),
                },
                Action::Ask(question) => {
                    let times = absence::times(
                        self.scheduler.as_ref(),
                        &question.people,
                        &question.within,
                        (scene.now, self.surroundings.zone),
                    );
                    match times.await {
                        Ok(times) => {
                            self.schedule.told(question.serial, Some(times), &scene);
                            None
                        }
                        Err(failure) => Some(failure),
                    }
                }
                // A run in the terminal leaves drafts and choices to the windows.
                Action::AskRooms(_)
                | Action::Keep(_)
                | Action::Drop { .. }
                | Action::Seek(..)
                | Action::Forget(_) => None,
            };
            if let Some(failure) = failed {
                let trouble = super::exchange::trouble(failure.kind);
                let trouble = Trouble::Server(Seat::from(&self.account), trouble);
                return Err(trouble.problem(&self.surroundings.words));
            }
        }
    }

    fn looked(self, now: DateTime<Utc>) -> Looked {
        let scene = self.surroundings.scene(now);
        let people = self.schedule.people(&scene).into_iter();
        let people = people
            .map(|one| PersonLooked {
                address: one.address,
                name: one.name,
                part: one.part,
                time: one.party.time,
            })
            .collect();
        Looked {
            view: self.schedule.view(&scene),
            within: self.schedule.within(&scene),
            people,
            suggestions: self.schedule.suggested_times(),
            chosen: self.schedule.chosen(),
            surroundings: self.surroundings,
        }
    }
}

fn changes(wanted: &Wanted) -> Vec<ScheduleChange> {
    let (first, last) = wanted.days;
    let mut changes = vec![
        ScheduleChange::Title {
            text: wanted.title.clone(),
        },
        ScheduleChange::Message {
            text: wanted.message.clone(),
        },
        ScheduleChange::Length {
            minutes: wanted.minutes,
        },
        ScheduleChange::Between {
            first: first.to_string(),
            last: last.to_string(),
        },
        ScheduleChange::OwnLink {
            text: wanted.link.clone(),
        },
    ];
    changes.extend(wanted.way.clone().map(|way| ScheduleChange::MeetBy { way }));
    changes.extend(
        wanted
            .people
            .iter()
            .map(|(who, part)| ScheduleChange::Invite {
                who: who.clone(),
                part: *part,
            }),
    );
    changes
}
