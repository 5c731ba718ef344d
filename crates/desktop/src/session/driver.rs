//! The loop: one event after the other.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use tokio::sync::{mpsc, watch};

use super::{
    asking::Typing,
    cabinet::{self, Cabinet},
    command::Reply,
    engines::{Unlocking, take_folder},
    enrolment::Asked,
    event::Event,
    feed::Course,
    handle::Session,
    lane::Lane,
    outlets::Outlets,
    post::Post,
    preferences::{Preferences, keep_no_silence},
    rediscovery::Rediscovery,
    servers::Running,
    setup::{Face, Setup},
    state::State,
};
use crate::{
    Shell,
    account::AccountId,
    accounts::Accounts,
    awake::Awake,
    folder::FolderLock,
    problem::Trouble,
    reminders::{Action, Input, ReminderId},
    schedule::Schedule,
    screen::Surroundings,
};

/// Requests that may wait for the loop.
const QUEUE: usize = 64;

/// How often the store is tended: what was deleted is off the disk within it.
const TEND_EVERY: Duration = Duration::hours(1);

/// The longest wait in one piece: a clock that was set, or a zone that was
/// left, is noticed within it.
const LOOK_AGAIN: Duration = Duration::seconds(30);

/// The loop with everything it owns.
pub(super) struct Driver {
    pub(super) setup: Setup,
    pub(super) shell: Arc<dyn Shell>,
    pub(super) state: State,
    /// The list on disk; `None` when it cannot be read, and must not be
    /// written over.
    pub(super) accounts: Option<Accounts>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) engines: BTreeMap<AccountId, Box<dyn Running>>,
    pub(super) cabinet: Option<Cabinet>,
    pub(super) preferences: Preferences,
    pub(super) lock: Option<FolderLock>,
    /// Why the folder cannot be taken, where nobody else has it.
    pub(super) barred: Option<Trouble>,
    pub(super) unlocking: Unlocking,
    /// When a store or a keyring that was not to be had is asked again.
    pub(super) ask_at: DateTime<Utc>,
    /// Waits for a keyring that did not answer in time.
    pub(super) keyring_watch: tokio::task::JoinSet<()>,
    /// How long whoever holds the folder has been waited for, before anything
    /// rings; `None` when there is nobody to wait for.
    pub(super) waited: Option<Awake>,
    /// When the reminders were planned last: what was over then may not be
    /// over after the clock was set back.
    planned_at: DateTime<Utc>,
    /// When the store is tended next.
    tend_at: DateTime<Utc>,
    saves: tokio::task::JoinSet<()>,
    /// The device that waits for its code.
    pub(super) asked: Option<Asked>,
    /// What the accounts send.
    pub(super) post: Post,
    /// The schedule window.
    pub(super) schedule: Schedule,
    /// Writes drafts, one after the other.
    pub(super) drafts: Lane,
    pub(super) typing: Typing,
    /// When servers are searched for again.
    pub(super) rediscovery: Rediscovery,
    outlets: Outlets,
    /// From when to when the screens hold if nothing happens.
    drawn: Range<DateTime<Utc>>,
    /// Something has happened since.
    pub(super) changed: bool,
    pub(super) stopping: Option<Reply<()>>,
}

impl Session {
    /// Starts a session. Returns at once: keyring, store and servers are
    /// asked beside it, and what they say is watched. Must be called within a
    /// tokio runtime.
    pub fn start(setup: Setup, shell: Arc<dyn Shell>) -> Self {
        let (events, inbox) = mpsc::channel(QUEUE);
        let (driver, session) = Driver::new(setup, shell, events);
        tokio::spawn(driver.run(inbox));
        session
    }
}

impl Driver {
    fn new(setup: Setup, shell: Arc<dyn Shell>, events: mpsc::Sender<Event>) -> (Self, Session) {
        let (settings, settings_trouble) = setup.folder.settings();
        let (services, services_trouble) = setup.folder.services(&settings.join);
        let mut house = settings_trouble
            .map(Trouble::from)
            .or_else(|| services_trouble.map(Trouble::from));
        let accounts = match setup.folder.accounts() {
            Ok(accounts) => Some(accounts),
            Err(trouble) => {
                house = Some(trouble.into());
                None
            }
        };
        let (lock, barred) = take_folder(&setup);
        let held = lock.is_some() || barred.is_some();
        let taken = !held && house.is_none() && setup.face == Face::Desktop;
        if taken {
            house = Some(Trouble::FolderTaken);
        }
        house = house.or_else(|| barred.clone());
        let surroundings = Surroundings::new(settings, &setup.locale, (setup.zone)());
        let list = accounts
            .as_ref()
            .map(|accounts| accounts.list.clone())
            .unwrap_or_default();
        let mut state = State::new(list, surroundings);
        state.house = house;
        state.services = services;
        let now = setup.clock.now();
        let kept = setup.folder.muted_until();
        let preferences = Preferences::new(kept, now);
        if kept.is_some() && preferences.muted_until().is_none() && setup.face == Face::Desktop {
            // What is over does not come back when the clock is set.
            keep_no_silence(&setup.folder);
        }
        if preferences.muted_until().is_some() {
            state.reminders.handle(Input::Muted, now);
        }
        let screens = state.screens(now, &preferences);
        let (agenda, agenda_watch) = watch::channel(Arc::new(screens.agenda));
        let (opened, opened_watch) = watch::channel(Arc::new(screens.opened));
        let (ring, ring_watch) = watch::channel(Arc::new(screens.ring));
        let (tray, tray_watch) = watch::channel(Arc::new(screens.tray));
        let (views, views_watch) = watch::channel(Arc::new(screens.accounts));
        let (report, report_watch) = watch::channel(Arc::new(state.report()));
        let (settings, settings_watch) = watch::channel(Arc::new(screens.settings));
        let (environment, environment_watch) = watch::channel(Arc::new(screens.environment));
        let schedule = Schedule::new(&state.surroundings.scene(now));
        let view = schedule.view(&state.surroundings.scene(now));
        let (schedule_outlet, schedule_watch) = watch::channel(Arc::new(view));
        let session = Session {
            events: events.clone(),
            agenda: agenda_watch,
            opened: opened_watch,
            ring: ring_watch,
            tray: tray_watch,
            accounts: views_watch,
            report: report_watch,
            settings: settings_watch,
            environment: environment_watch,
            schedule: schedule_watch,
        };
        let driver = Self {
            setup,
            shell,
            state,
            accounts,
            events,
            engines: BTreeMap::new(),
            cabinet: None,
            preferences,
            lock,
            barred,
            unlocking: Unlocking::Rests,
            ask_at: now,
            keyring_watch: tokio::task::JoinSet::new(),
            waited: taken.then(|| Awake::since(now)),
            planned_at: now,
            tend_at: now,
            saves: tokio::task::JoinSet::new(),
            asked: None,
            post: Post::default(),
            schedule,
            drafts: Lane::start(),
            typing: Typing::default(),
            rediscovery: Rediscovery::default(),
            outlets: Outlets {
                agenda,
                opened,
                ring,
                tray,
                accounts: views,
                report,
                settings,
                environment,
                schedule: schedule_outlet,
            },
            drawn: DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH,
            changed: true,
            stopping: None,
        };
        (driver, session)
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Event>) {
        self.unlock();
        let mut look_at = self.setup.clock.now();
        while self.stopping.is_none() {
            let clock = Arc::clone(&self.setup.clock);
            // In this order, so that the same run takes the same course again.
            tokio::select! {
                biased;
                event = inbox.recv() => match event {
                    Some(event) => self.handle(event),
                    None => break,
                },
                () = clock.wait_until(look_at) => {}
            }
            // What has piled up is taken in before anything is drawn.
            while let Ok(event) = inbox.try_recv() {
                self.handle(event);
            }
            look_at = self.follow_up();
        }
        // What is still to be said to the loop is not waited for.
        drop(inbox);
        self.end().await;
    }

    fn handle(&mut self, event: Event) {
        self.changed = true;
        match event {
            Event::Command(command) => self.command(command),
            Event::Unlocked(unlocked) => self.unlocked(*unlocked),
            Event::KeyringAnswers => self.unlock(),
            // An engine that has begun meanwhile knows better.
            Event::Left(id, _) if self.engines.contains_key(&id) => {}
            Event::Left(id, left) => {
                self.state.amend(&id, |feed| {
                    feed.agenda = left.agenda;
                    feed.as_of = left.as_of;
                });
                self.plan();
                self.tell_schedule();
            }
            Event::Fed(id, feed) => {
                self.state.absorb(&id, feed);
                self.plan();
                self.tell_schedule();
            }
            Event::Stored { durable } => {
                let input = if durable {
                    Input::Saved
                } else {
                    Input::NotSaved
                };
                self.state.reminders.handle(input, self.setup.clock.now());
            }
            Event::News(news) => self.news(news),
            Event::ServerFound { outcome, reply } => self.server_found(outcome, reply),
            Event::Sought {
                form,
                secret,
                outcome,
                reply,
            } => self.sought(form, secret, outcome, reply),
            Event::CodeSent { outcome, reply } => self.code_sent(outcome, reply),
            Event::PassphraseDone { outcome, reply } => self.passphrase_done(outcome, reply),
            Event::SoughtAgain(id, sought) => self.sought_again(&id, sought),
            Event::Begin(new) => {
                self.state.seeking(&new.account.id, false);
                // It may have been removed meanwhile.
                if self.state.accounts.contains(&new.account) {
                    self.state
                        .amend(&new.account.id, |feed| feed.course = Course::Updating);
                    self.start_engine(&new.account, &new.secret);
                }
            }
            Event::Probed { outcome, reply } => self.probed(outcome, reply),
        }
    }

    /// What follows from the state: rings, saves, screens. Gives the moment to
    /// look again.
    fn follow_up(&mut self) -> DateTime<Utc> {
        let now = self.setup.clock.now();
        if self.state.travel((self.setup.zone)(), &self.setup.locale) {
            for engine in self.engines.values() {
                engine.travel(self.state.surroundings.zone);
            }
            self.plan();
            self.changed = true;
        }
        if now < self.planned_at {
            self.plan();
        }
        self.take_over(now);
        self.ask_again(now);
        self.tend(now);
        self.search_again(now);
        self.keep_silence(now);
        self.run_schedule();
        self.look_at_text();
        self.state.reminders.handle_timeout(now);
        let (mut rings, mut over, mut saves) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(action) = self.state.reminders.poll_action() {
            match action {
                Action::Ring(id) => rings.push(id),
                Action::Withdraw(id) => over.push(id),
                Action::Save { put, forget } => saves.push((put, forget)),
            }
        }
        let look_at = self.show(rings, over, now);
        // After the ring, so that a program which is killed in between rings
        // once more at its next start, and not never.
        for (put, forget) in saves {
            self.save(put, forget);
        }
        look_at
    }

    /// Rings, withdraws and draws. Gives the moment to look again.
    fn show(
        &mut self,
        rings: Vec<ReminderId>,
        over: Vec<ReminderId>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        // A look that finds the clock where it was expected changes no text.
        let expected = self.drawn.start <= now && now < self.drawn.end;
        if !std::mem::take(&mut self.changed) && expected && rings.is_empty() && over.is_empty() {
            return self.look_at(now);
        }
        if self.setup.face != Face::Desktop {
            // Nobody has windows, and nothing rings.
            self.outlets.tell(self.state.report());
            self.drawn = now..self.state.next_change(now);
            return self.look_at(now);
        }
        let screens = self.state.screens(now, &self.preferences);
        let was_open = !self.outlets.ring.borrow().rings.is_empty();
        let is_open = !screens.ring.rings.is_empty();
        let schedule = self.schedule_view(now);
        self.outlets.draw(screens, self.state.report(), schedule);
        for id in over {
            self.shell.withdraw(&id.0);
        }
        for id in rings {
            if let Some(notification) = self.state.notification(&id, now) {
                self.shell.ring(&notification);
            }
        }
        if was_open && !is_open {
            self.shell.hide_ring();
        }
        let reminder = self.state.reminders.poll_timeout().map(|(at, _)| at);
        let change = self.state.next_change(now);
        self.drawn = now..change.min(reminder.unwrap_or(change)).max(now);
        self.look_at(now)
    }

    /// Draws what rings, for a window that is about to show it; says whether
    /// anything does.
    pub(super) fn draw_ring(&self) -> bool {
        let ring = self.state.ring(self.setup.clock.now());
        let rings = !ring.rings.is_empty();
        if rings {
            self.outlets.draw_ring(ring);
        }
        rings
    }

    /// Lets the store do the work of every hour, beside the loop.
    fn tend(&mut self, now: DateTime<Utc>) {
        // A clock that was set back must not put it off.
        let due = self.tend_at <= now || self.tend_at > now + TEND_EVERY;
        let Some(cabinet) = self.cabinet.clone().filter(|_| due) else {
            return;
        };
        self.tend_at = now + TEND_EVERY;
        let accounts = self.all_accounts();
        if self.state.is_in_step() {
            // What was set aside is filled again, and past its time.
            let file = self.setup.folder.store();
            self.setup.shelf.remove_set_aside(&file);
        }
        self.give_up_drafts();
        let left = self.read_what_is_left(self.without_engine());
        self.saves.spawn(async move {
            left.await;
            if let Err(error) = cabinet.keep_accounts(accounts).await {
                tracing::warn!(%error, "what removed accounts have left is not taken out");
            }
            if let Err(error) = cabinet.tend(now).await {
                tracing::warn!(%error, "the store is not tended; it is tried again in an hour");
            }
        });
    }

    /// Reads which accounts there are: those that run, and those on disk, where
    /// another program may have added some. Nobody knows them while the list of
    /// this installation is not there.
    fn all_accounts(&self) -> impl FnOnce() -> Option<Vec<AccountId>> + Send + 'static {
        let folder = self.setup.folder.clone();
        let own = self.accounts.as_ref().map(|accounts| accounts.install);
        let running = self.state.accounts.iter().map(|one| one.id.clone());
        let mut all: Vec<AccountId> = running.collect();
        move || {
            let on_disk = folder.accounts().ok()?;
            // One that is missing is read as the list of a new installation.
            if own != Some(on_disk.install) {
                return None;
            }
            all.extend(on_disk.list.into_iter().map(|account| account.id));
            Some(all)
        }
    }

    fn look_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let silence = self.preferences.muted_until();
        let next = self.drawn.end.min(now + LOOK_AGAIN);
        silence.map_or(next, |until| next.min(until))
    }

    fn save(&mut self, put: Vec<crate::reminders::Record>, forget: Vec<ReminderId>) {
        let events = self.events.clone();
        let series = self.cabinet.as_ref().map(Cabinet::reminders);
        self.saves.spawn(async move {
            let durable = match series {
                None => false,
                Some(series) => match cabinet::store_records(&series, put, forget).await {
                    Ok(()) => true,
                    Err(error) => {
                        tracing::warn!(%error, "a reminder's record is not stored");
                        false
                    }
                },
            };
            let _ended = events.send(Event::Stored { durable }).await;
        });
    }

    /// Tells the reconciler what the calendar wants now. In a terminal nothing
    /// rings.
    pub(super) fn plan(&mut self) {
        let now = self.setup.clock.now();
        self.planned_at = now;
        if self.setup.face != Face::Desktop {
            return;
        }
        let planned = self.state.planned(now);
        self.state.reminders.handle(Input::Planned(planned), now);
    }

    async fn end(mut self) {
        for (_, engine) in std::mem::take(&mut self.engines) {
            engine.stop().await;
        }
        while self.saves.join_next().await.is_some() {}
        // One save at a time: what came up during the last one is owed.
        if let Some(Action::Save { put, forget }) = self.state.reminders.last_save() {
            self.save(put, forget);
            while self.saves.join_next().await.is_some() {}
        }
        self.post.stop().await;
        self.drafts.finish().await;
        if let Some(cabinet) = self.cabinet.take() {
            cabinet.close().await;
        }
        drop(self.lock.take());
        if let Some(reply) = self.stopping.take() {
            let _gone = reply.send(Ok(()));
        }
    }
}
