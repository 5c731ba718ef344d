//! The loop's half of making, changing and answering meetings.

use std::sync::Arc;

use chrono::{DateTime, Duration, DurationRound as _, Utc};
use engine::{
    Courier, Scheduler,
    scheduler::{Answer, Intent, NewMeeting, People, Refusal, RequestId, Standing},
};
use tokio::sync::oneshot;
use url::Url;
use uuid::Uuid;

use super::{
    cabinet,
    command::{Reply, ScheduleCommand},
    driver::Driver,
    event::{Event, News},
    post::Way,
    setup::Face,
    signed_out::SignedOut,
};
use crate::{
    account::{Account, AccountId},
    board::Entry,
    problem::Trouble,
    schedule::{self, Action, Sender},
    screen,
    view::{AnswerChoice, Problem, ScheduleChange, SchedulePurpose, ScheduleView},
    words::Words,
};

/// How long a meeting lasts that begins now.
const NOW_LASTS: Duration = Duration::minutes(30);

impl Driver {
    /// An account's engine runs: it can send as well, in the desktop program.
    pub(super) fn open_post(&mut self, id: &AccountId, scheduler: Arc<dyn Scheduler>) {
        self.open_office(id, scheduler, Way::Open);
    }

    /// An account cannot sign in. What it has sent before is looked at all the
    /// same, where its journal is there.
    pub(super) fn open_post_signed_out(&mut self, id: &AccountId) {
        if self.cabinet.is_some() && !self.post.has(id) {
            self.open_office(id, Arc::new(SignedOut), Way::Shut);
        }
    }

    fn open_office(&mut self, id: &AccountId, scheduler: Arc<dyn Scheduler>, way: Way) {
        if self.setup.face != Face::Desktop {
            return;
        }
        let journal = self.cabinet.as_ref().map(|cabinet| cabinet.outbox(id));
        let clock = Arc::clone(&self.setup.clock);
        let events = self.events.clone();
        let name = id.clone();
        let journaled = journal.is_some();
        self.post.open(
            id.clone(),
            (scheduler, way),
            journaled,
            |scheduler, former| {
                let courier = Courier::start(scheduler, journal, clock, former);
                let mut posted = courier.posted();
                tokio::spawn(async move {
                    // Ends with the courier, or with the session.
                    while posted.changed().await.is_ok() {
                        let posts = Arc::clone(&posted.borrow_and_update());
                        let news = News::Posted(name.clone(), posts);
                        if events.send(Event::News(news)).await.is_err() {
                            return;
                        }
                    }
                });
                courier
            },
        );
    }

    pub(super) fn schedule_command(&mut self, command: ScheduleCommand) {
        match command {
            ScheduleCommand::Open { purpose, reply } => {
                let outcome = self.open_schedule(purpose);
                self.answer(reply, outcome);
            }
            ScheduleCommand::Change { change, reply } => {
                let surroundings = Arc::clone(&self.state.surroundings);
                let scene = surroundings.scene(self.setup.clock.now());
                let elsewhere = matches!(change, ScheduleChange::Account { .. });
                self.schedule.change(change, &scene);
                if elsewhere {
                    self.know();
                }
                self.answer(reply, Ok(()));
            }
            ScheduleCommand::Send { reply } => {
                let outcome = self.send_schedule();
                self.answer(reply, outcome);
            }
            ScheduleCommand::Complete { text, part, reply } => self.complete(text, part, reply),
            ScheduleCommand::Cancel {
                meeting,
                message,
                reply,
            } => {
                let intent = |entry: &Entry, standing| {
                    is_own(entry)?;
                    Ok(Intent::Cancel {
                        meeting: standing,
                        message,
                    })
                };
                self.send_about(&meeting, reply, intent);
            }
            ScheduleCommand::Remove { meeting, reply } => {
                self.send_about(&meeting, reply, |entry, meeting| {
                    is_alone(entry)?;
                    is_own(entry)?;
                    Ok(Intent::Remove { meeting })
                });
            }
            ScheduleCommand::Answer {
                meeting,
                answer,
                reply,
            } => {
                let answer = match answer {
                    AnswerChoice::Accept => Answer::Accept,
                    AnswerChoice::Tentative => Answer::Tentative,
                    AnswerChoice::Decline => Answer::Decline,
                };
                self.send_about(&meeting, reply, |_, meeting| {
                    Ok(Intent::Answer { meeting, answer })
                });
            }
            ScheduleCommand::MeetNow { reply } => self.meet_now(reply),
        }
    }

    /// Takes in what came of what the schedule asked for.
    pub(super) fn news(&mut self, news: News) {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        match news {
            News::Resolved(who, found) => self.schedule.resolved(&who, found, &scene),
            News::Rooms(account, rooms) => {
                self.schedule.rooms_told(account, rooms);
                self.know();
            }
            News::Told(serial, times) => self.schedule.told(serial, times, &scene),
            News::Text(of, said) => self.state.looking.told(&of, said),
            News::Kept { on_disk } => self.schedule.kept(on_disk),
            News::Whereabouts(told) => self.state.whereabouts.put(told, scene.now),
            News::Outgoing(account, request, intent) => {
                if !self.post.send(&account, request.clone(), *intent) {
                    self.schedule.not_sent(&request);
                    self.state.house = Some(Trouble::NoScheduling);
                }
            }
            News::TakenIn(request) => self.post.forget(&request),
            News::Posted(id, posts) => self.posted(&id, &posts),
        }
    }

    /// The board is another one: an open window shows it.
    pub(super) fn tell_schedule(&mut self) {
        let now = self.setup.clock.now();
        if self.schedule.is_attended(now) {
            self.know();
        }
    }

    /// What earlier runs have left.
    pub(super) fn restore_drafts(&mut self, drafts: Vec<schedule::Draft>) {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        self.schedule.restore(drafts, &scene);
    }

    /// Drafts of days that are long over go, from the disk as well.
    pub(super) fn give_up_drafts(&mut self) {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        self.schedule.give_up(&scene);
        self.run_schedule();
    }

    /// The schedule window at `now`.
    pub(super) fn schedule_view(&self, now: DateTime<Utc>) -> ScheduleView {
        self.schedule.view(&self.state.surroundings.scene(now))
    }

    fn know(&mut self) {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        let able = |account: &&Account| self.post.can_send(&account.id);
        let senders = self
            .state
            .accounts
            .iter()
            .filter(able)
            .map(|account| Sender {
                account: account.id.clone(),
                name: account_name(account, &self.state.accounts),
                address: own_address(account),
            });
        self.schedule
            .know(&self.state.board(), senders.collect(), &scene);
    }

    /// The account from which the draft would be sent.
    fn sender(&self) -> Option<Account> {
        let order = self.state.accounts.iter().map(|account| account.id.clone());
        let (id, _) = self.post.scheduler(self.schedule.account(), order)?;
        self.state.accounts.iter().find(|one| one.id == id).cloned()
    }

    fn open_schedule(&mut self, purpose: SchedulePurpose) -> Result<(), Trouble> {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        match purpose {
            SchedulePurpose::New {} => self.schedule.open_new(&scene),
            SchedulePurpose::Edit { meeting } => {
                let board = self.state.board();
                let entry = board.find(&meeting).ok_or(Trouble::MeetingGone)?;
                is_own(entry)?;
                if !screen::changeable(&entry.meeting) {
                    return Err(Trouble::WholeDays);
                }
                self.schedule.open_edit(entry, &scene);
            }
        }
        self.settle_drafts();
        self.know();
        Ok(())
    }

    fn send_schedule(&mut self) -> Result<(), Trouble> {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        let account = self.sender().ok_or(Trouble::NoScheduling)?;
        let request = new_request();
        let from = account.id.clone();
        let sent = self.schedule.send(request.clone(), from, &token(), &scene);
        let intent = sent.map_err(Trouble::NotReady)?;
        self.run_schedule();
        // After the draft: whoever finds that after a crash without its name
        // would send it again beside what the journal has.
        let outgoing = News::Outgoing(account.id, request, Box::new(intent));
        self.when_drafts_are_written(outgoing);
        Ok(())
    }

    fn when_drafts_are_written(&self, news: News) {
        let events = self.events.clone();
        self.drafts.push(async move {
            let _ended = events.send(Event::News(news)).await;
        });
    }

    /// Sends something about a meeting that is there; `reply` waits for what
    /// comes of it.
    fn send_about(
        &mut self,
        meeting: &str,
        reply: Reply<()>,
        intent: impl FnOnce(&Entry, Standing) -> Result<Intent, Trouble>,
    ) {
        let board = self.state.board();
        let Some(entry) = board.find(meeting) else {
            return self.answer(reply, Err(Trouble::MeetingGone));
        };
        let zone = self.state.surroundings.zone;
        let standing = Standing {
            id: entry.meeting.id.clone(),
            start: entry.meeting.span.start(zone),
            end: entry.meeting.span.end(zone),
        };
        match intent(entry, standing) {
            Ok(intent) => self.send_and_wait(&entry.account, intent, reply),
            Err(trouble) => self.answer(reply, Err(trouble)),
        }
    }

    fn send_and_wait(&mut self, account: &AccountId, intent: Intent, reply: Reply<()>) {
        let request = new_request();
        if self.post.send(account, request.clone(), intent) {
            self.post.await_outcome(request, reply);
        } else {
            self.answer(reply, Err(Trouble::NoScheduling));
        }
    }

    fn meet_now(&mut self, reply: Reply<()>) {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        let rooms = &scene.settings.keywords.rooms;
        let Some(link) = schedule::own_room(rooms, &token()) else {
            return self.answer(reply, Err(Trouble::NoOwnRoom));
        };
        let order = self.state.accounts.iter().map(|account| account.id.clone());
        let Some((account, _)) = self.post.scheduler(None, order) else {
            return self.answer(reply, Err(Trouble::NoScheduling));
        };
        let start = scene.now.duration_trunc(Duration::minutes(1));
        let start = start.unwrap_or(scene.now);
        let meeting = NewMeeting {
            title: scene.words.text("meet-now-title"),
            message: schedule::body("", Some(&link), &scene),
            start,
            end: start + NOW_LASTS,
            zone: scene.zone,
            location: link.to_string(),
            people: People::default(),
            join: Some(link.clone()),
            reminder_minutes: 0,
        };
        let reply = self.copying(link, reply);
        self.send_and_wait(&account, Intent::Make(Box::new(meeting)), reply);
    }

    /// Copies the link of a meeting once that is made, and answers then.
    fn copying(&self, link: Url, reply: Reply<()>) -> Reply<()> {
        let (made, waits) = oneshot::channel::<Result<(), Problem>>();
        let shell = Arc::clone(&self.shell);
        let words = Words::new(self.state.surroundings.words.language());
        tokio::spawn(async move {
            let Ok(outcome) = waits.await else {
                return;
            };
            let copied = outcome.and_then(|()| {
                let copied = shell.copy(link.as_str());
                copied.map_err(|refused| {
                    tracing::warn!(%refused, "the link is not copied");
                    Trouble::MadeNotCopied.problem(&words)
                })
            });
            // Whoever asked may have gone away meanwhile.
            let _gone = reply.send(copied);
        });
        made
    }

    /// Does what the schedule wants.
    pub(super) fn run_schedule(&mut self) {
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        while let Some(action) = self.schedule.poll_action(&scene) {
            self.changed = true;
            match action {
                Action::Resolve(who) => self.resolve(who),
                Action::Ask(question) => self.ask_time(question),
                Action::AskRooms(account) => self.ask_rooms(&account),
                Action::Keep(draft) => {
                    let series = self.cabinet.as_ref().map(cabinet::Cabinet::drafts);
                    let events = self.events.clone();
                    self.drafts.push(async move {
                        let on_disk = match series {
                            None => false,
                            Some(series) => {
                                let of = draft.kept_as();
                                let of = of.as_deref();
                                let stored = cabinet::store_draft(&series, of, Some(&draft));
                                noted(&stored.await)
                            }
                        };
                        let news = Event::News(News::Kept { on_disk });
                        let _ended = events.send(news).await;
                    });
                }
                Action::Drop { of } => {
                    if let Some(series) = self.cabinet.as_ref().map(cabinet::Cabinet::drafts) {
                        self.drafts.push(async move {
                            noted(&cabinet::store_draft(&series, of.as_deref(), None).await);
                        });
                    }
                }
                Action::Seek(request, account, intent) => {
                    let order = self.state.accounts.iter().map(|account| account.id.clone());
                    let first = || self.post.scheduler(None, order);
                    // Also one that cannot be asked now: its courier writes it
                    // down, and waits.
                    if let Some(id) = account.or_else(|| first().map(|(id, _)| id)) {
                        self.post.seek(&id, request, *intent);
                    }
                }
                // The journal knows of it until the draft is gone.
                Action::Forget(request) => self.when_drafts_are_written(News::TakenIn(request)),
            }
        }
    }
}

fn noted(stored: &Result<(), vault::VaultError>) -> bool {
    if let Err(error) = stored {
        tracing::warn!(%error, "a draft is not stored");
    }
    stored.is_ok()
}

/// Only what the user has called can be changed or called off.
fn is_own(entry: &Entry) -> Result<(), Trouble> {
    let is_own = entry.meeting.is_own().then_some(());
    is_own.ok_or(Trouble::NotYourMeeting)
}

/// The window may show what is older than the board.
fn is_alone(entry: &Entry) -> Result<(), Trouble> {
    let is_alone = entry.meeting.attendees.is_empty().then_some(());
    is_alone.ok_or(Trouble::NotDone(Refusal::OthersAsked))
}

/// What an account is called: its user, with the server where that is not
/// enough.
pub(super) fn account_name(account: &Account, all: &[Account]) -> String {
    let same = |one: &&Account| one.user == account.user;
    if all.iter().filter(same).count() > 1 {
        format!("{} · {}", account.user, account.host())
    } else {
        account.user.clone()
    }
}

/// The user's own address, where the user name is one.
pub(super) fn own_address(account: &Account) -> Option<String> {
    account.user.contains('@').then(|| account.user.clone())
}

fn new_request() -> RequestId {
    RequestId(Uuid::new_v4().to_string())
}

fn token() -> String {
    Uuid::new_v4().simple().to_string()
}
