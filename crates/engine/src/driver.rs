//! The loop that does what [`Sync`] decides.

use std::{collections::BTreeSet, sync::Arc};

use calendar::{Window, meeting::MeetingId};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use futures_util::future::{BoxFuture, FutureExt as _, OptionFuture};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use vault::{RecordId, Series, VaultError};

use crate::{
    backend::{
        Backend, Failure, FailureKind, Known, Pull, Read, ServiceFailure, Version, Wake, Watch,
        WrittenBack,
    },
    clock::Clock,
    keep::{self, Held, Step},
    skew,
    snapshot::{Health, Oof, Snapshot},
    sync::{Action, Input, Sync},
    texts::Texts,
};

/// Out-of-office settings have no events; so often they are asked for.
const OOF_EVERY: Duration = Duration::minutes(10);

enum Command {
    Refresh,
    /// Something of the calendar is known to be different.
    Changed,
    Zone(Tz),
    /// The text of a meeting is not where it was put.
    Lost(MeetingId),
}

/// Starts engines.
#[derive(Debug)]
pub struct Engine;

/// A running engine. Dropping it ends the engine at once.
#[derive(Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    texts: Texts,
    series: Option<Series>,
    task: JoinHandle<()>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Handle {
    /// The newest snapshot, now and whenever there is another one.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Pulls now, also after refused sign-ins.
    pub fn refresh(&self) {
        // A full queue has a refresh in it already.
        let _queued = self.commands.try_send(Command::Refresh);
    }

    /// The calendar has changed, as its user or another program did something
    /// in it: pulls soon, where the server can be asked. The user has no say in
    /// this, so what was refused stays refused.
    pub fn changed(&self) {
        let _queued = self.commands.try_send(Command::Changed);
    }

    /// Tells that the user is in another zone.
    pub fn set_zone(&self, zone: Tz) {
        let _queued = self.commands.try_send(Command::Zone(zone));
    }

    /// The text of a meeting's invitation, from memory or from the store.
    /// `None` when it is not known; what the store should have had is asked of
    /// the server again, and another snapshot has a new version of the meeting
    /// then.
    pub fn text(
        &self,
        meeting: &MeetingId,
    ) -> impl Future<Output = Option<String>> + Send + 'static {
        let (texts, series) = (self.texts.clone(), self.series.clone());
        // Whoever asks does not keep the engine from ending.
        let (commands, meeting) = (self.commands.downgrade(), meeting.clone());
        async move {
            if let Some(text) = texts.get(&meeting) {
                return Some(text.as_ref().to_owned());
            }
            match series?.beside(&RecordId(meeting.to_string())).await {
                Ok(Some(text)) => String::from_utf8(text).ok(),
                Ok(None) => {
                    let commands = commands.upgrade()?;
                    let _ended = commands.send(Command::Lost(meeting)).await;
                    None
                }
                Err(error) => {
                    tracing::warn!(%error, "the text of an invitation cannot be read");
                    None
                }
            }
        }
    }

    /// Nobody is going to ask for texts: where no store takes them, none is
    /// held from now on.
    pub fn forgo_texts(&self) {
        if self.series.is_none() {
            self.texts.forgo();
        }
    }

    /// Ends the engine after what it is storing is stored.
    pub async fn stop(mut self) {
        let (closed, _) = mpsc::channel(1);
        self.commands = closed;
        // It ends by itself when nobody can command it any more.
        let _ended = (&mut self.task).await;
    }
}

impl Engine {
    /// What an earlier run has left in `series`, without asking any server.
    pub async fn stored(series: &Series) -> Result<Snapshot, VaultError> {
        Ok(keep::load(series).await?.left())
    }

    /// The same where no engine runs that would forget what is over before
    /// `window` begins: that goes from `series` now.
    pub async fn stored_within(
        series: &Series,
        window: Window,
        zone: Tz,
    ) -> Result<Snapshot, VaultError> {
        Ok(keep::load_within(series, window, zone).await?.left())
    }

    /// Starts an engine in the current tokio runtime. What `series` holds is
    /// published first, then what the server has. `spread` is any number that
    /// differs between clients, so that they do not all come back in the same
    /// second.
    pub fn start(
        backend: Arc<dyn Backend>,
        series: Option<Series>,
        clock: Arc<dyn Clock>,
        zone: Tz,
        spread: u64,
    ) -> Handle {
        let (commands, inbox) = mpsc::channel(8);
        let first = Snapshot {
            agenda: Arc::default(),
            health: Health::Starting,
            as_of: None,
            oof: None,
            ahead: None,
        };
        let (outlet, snapshots) = watch::channel(Arc::new(first));
        let now = clock.now();
        let (held, beside) = (Held::default(), series.clone());
        let texts = held.texts.clone();
        let run = Run {
            backend,
            series,
            sync: Sync::new(now, zone, spread),
            clock,
            zone,
            held,
            health: Health::Starting,
            oof: None,
            oof_at: now,
            ahead: None,
            deceived: None,
            expired_before: None,
            upset: false,
            unloaded: false,
            owed: Step::default(),
            written: BTreeSet::new(),
            outlet,
        };
        Handle {
            commands,
            snapshots,
            texts,
            series: beside,
            task: tokio::spawn(run.run(inbox)),
        }
    }
}

struct Run {
    backend: Arc<dyn Backend>,
    series: Option<Series>,
    clock: Arc<dyn Clock>,
    sync: Sync,
    zone: Tz,
    held: Held,
    health: Health,
    oof: Option<Oof>,
    oof_at: DateTime<Utc>,
    /// By how much the server's clock is ahead, where they differ.
    ahead: Option<Duration>,
    /// What is told while the service shows a presence that is not the
    /// connector's, or not its last one, however good its meetings are.
    deceived: Option<Health>,
    /// Before which moment everything has been forgotten.
    expired_before: Option<DateTime<Utc>>,
    /// Whether something was taken out or is to be asked for again since the
    /// last pull began: what that brings knows nothing of it.
    upset: bool,
    /// Whether nobody knows what is at rest: nothing is put beside it.
    unloaded: bool,
    /// What is held and not yet stored.
    owed: Step,
    /// Versions into which join details were written, or tried to be.
    written: BTreeSet<Version>,
    outlet: watch::Sender<Arc<Snapshot>>,
}

/// What was pulled, of which days, and since when that was under way.
type Pulling = BoxFuture<'static, (Window, DateTime<Utc>, Result<Pull, Failure>)>;
type Opening = BoxFuture<'static, Result<Box<dyn Watch>, Failure>>;
type Writing = BoxFuture<'static, Result<WrittenBack, Failure>>;
type Asking = BoxFuture<'static, Result<Option<Oof>, Failure>>;

/// What may be under way at one time.
#[derive(Default)]
struct Jobs {
    pull: Option<Pulling>,
    open: Option<Opening>,
    oof: Option<Asking>,
    write: Option<Writing>,
    watch: Option<Box<dyn Watch>>,
}

impl Run {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        self.load().await;
        let mut jobs = Jobs::default();
        loop {
            let now = self.clock.now();
            self.expire(Window::around(now, self.zone)).await;
            while let Some(action) = self.sync.poll_action(now) {
                self.begin(action, now, &mut jobs);
            }
            if jobs.oof.is_none() && now >= self.oof_at && self.health == Health::UpToDate {
                let backend = self.backend.clone();
                jobs.oof = Some(async move { backend.oof().await }.boxed());
            }
            let due = self
                .sync
                .poll_timeout()
                .map_or(now + Duration::seconds(30), |(due, _why)| due)
                .min(now + Duration::seconds(30));
            let clock = self.clock.clone();
            // In this order, so that the same run takes the same course again.
            tokio::select! {
                biased;
                command = inbox.recv() => match command {
                    None => return,
                    Some(Command::Refresh) => {
                        self.backend.try_again();
                        if self.deceived.is_some() {
                            self.oof_at = now;
                        }
                        self.take(Input::Refresh);
                    }
                    Some(Command::Changed) => self.take(Input::Woken(Wake::Committed)),
                    Some(Command::Lost(meeting)) => {
                        self.held.ask_again(&meeting);
                        self.upset = true;
                        self.take(Input::Woken(Wake::Changed));
                    }
                    Some(Command::Zone(zone)) => {
                        self.zone = zone;
                        self.take(Input::Zone(zone));
                    }
                },
                Some((window, began, outcome)) = OptionFuture::from(jobs.pull.as_mut()) => {
                    jobs.pull = None;
                    if outcome.is_ok() {
                        self.compare_clocks(began);
                    }
                    self.pulled(window, outcome).await;
                    self.begin_writing(&mut jobs);
                }
                Some(outcome) = OptionFuture::from(jobs.open.as_mut()) => {
                    jobs.open = None;
                    let opened = outcome.map(|watch| jobs.watch = Some(watch));
                    self.take(Input::WatchOpened(opened));
                }
                Some(outcome) = OptionFuture::from(jobs.oof.as_mut()) => {
                    jobs.oof = None;
                    self.asked(outcome);
                }
                Some(outcome) = OptionFuture::from(jobs.write.as_mut()) => {
                    jobs.write = None;
                    if self.wrote(outcome).await {
                        // What was pulled meanwhile may ask as well.
                        self.begin_writing(&mut jobs);
                    }
                }
                Some(word) = next_word(jobs.watch.as_mut()) => match word {
                    Ok(Some(wake)) => self.take(Input::Woken(wake)),
                    ended => {
                        jobs.watch = None;
                        self.take(Input::WatchEnded(ended.map(|_| ())));
                    }
                },
                () = clock.wait_until(due) => {}
            }
        }
    }

    fn take(&mut self, input: Input) {
        self.sync.handle(input, self.clock.now());
    }

    async fn load(&mut self) {
        let Some(series) = &self.series else { return };
        let loaded = keep::load(series).await;
        self.unloaded = loaded.is_err();
        match loaded {
            Ok(mut held) => {
                // Records of earlier versions have the texts in them: they are
                // written anew with the next pull.
                if series.keeps_beside() {
                    self.owed.put = held.texts.ids();
                }
                self.held.texts.take_over(&held.texts);
                held.texts = self.held.texts.clone();
                self.held = held;
                self.publish();
            }
            Err(error) => tracing::warn!(%error, "the last agenda cannot be loaded"),
        }
    }

    fn begin(&mut self, action: Action, now: DateTime<Utc>, jobs: &mut Jobs) {
        let backend = self.backend.clone();
        match action {
            Action::OpenWatch => jobs.open = Some(async move { backend.watch().await }.boxed()),
            Action::Pull { from_scratch } => {
                if self.health == Health::UpToDate {
                    self.health = Health::Updating;
                    self.publish();
                }
                let (window, zone) = (Window::around(now, self.zone), self.zone);
                let cursor = self.held.cursor.clone().filter(|_| !from_scratch);
                let same_window = self.held.known(window, None).same_window;
                let versions = Arc::clone(&self.held.versions);
                self.upset = false;
                let pull = async move {
                    let known = Known {
                        cursor: cursor.as_ref(),
                        versions: &versions,
                        same_window,
                    };
                    (window, now, backend.pull(window, zone, known).await)
                };
                jobs.pull = Some(pull.boxed());
            }
        }
    }

    async fn pulled(&mut self, window: Window, outcome: Result<Pull, Failure>) {
        if self.unloaded && self.held.as_of.is_none() {
            // The pull has asked for everything, and goes on top of it.
            self.load().await;
        }
        let (outcome, step) = match outcome {
            Ok(pull) => {
                let step = self.merge(window, pull);
                self.health = Health::UpToDate;
                let read = if self.upset {
                    Read::Partly
                } else {
                    self.held.read
                };
                (Ok(read), Some(step))
            }
            Err(failure) => {
                tracing::info!(kind = ?failure.kind, "a pull failed");
                self.health = Health::Failing {
                    kind: failure.kind,
                    sentence: failure.sentence.clone(),
                };
                (Err(failure), None)
            }
        };
        self.take(Input::Pulled(outcome));
        // What is shown does not wait for the disk.
        self.publish();
        if let Some(step) = step {
            self.store(step).await;
        }
    }

    /// A pull that began then has brought good answers.
    fn compare_clocks(&mut self, began: DateTime<Utc>) {
        let (was, ended) = (self.backend.server_time(), self.clock.now());
        let before = self.ahead;
        self.ahead = was.and_then(|was| skew::ahead(was, began, ended));
        if let (None, Some(ahead)) = (before, self.ahead) {
            let ahead = ahead.num_seconds();
            tracing::warn!(ahead, "the server's clock and this one differ, by seconds");
        }
    }

    fn merge(&mut self, window: Window, pull: Pull) -> Step {
        let mut step = self.held.merge(window, pull, self.clock.now());
        if self.upset {
            self.held.window = None;
        }
        if self.expired_before != Some(window.start) {
            // The day has ended since it began: it has brought what is over.
            self.expired_before = None;
        }
        if self.unloaded && self.held.read == Read::All && !self.upset {
            self.unloaded = false;
            step.put = self.held.versions.keys().cloned().collect();
            step.whole = true;
        }
        step
    }

    /// Forgets what is before the window, here and in the store, also while no
    /// server answers. That a time is over is evidence enough.
    async fn expire(&mut self, window: Window) {
        if self.expired_before == Some(window.start) {
            // What the disk did not take then is not left there for a day.
            if !self.owed.gone.is_empty() {
                self.store(Step::default()).await;
            }
            return;
        }
        self.expired_before = Some(window.start);
        let gone = self.held.expired(window, self.zone);
        if gone.is_empty() {
            return;
        }
        self.held.let_go(&gone);
        self.upset = true;
        self.store(Step::without(gone)).await;
        self.publish();
    }

    /// Stores a step together with what could not be stored before. The
    /// cursor must not get ahead of the records: what it has passed would
    /// never be asked for again after a restart.
    async fn store(&mut self, step: Step) {
        let Some(series) = &self.series else { return };
        self.owed.add(step);
        if self.unloaded {
            return;
        }
        match keep::save(series, &self.held, self.zone, &self.owed).await {
            Ok(()) => self.owed = Step::default(),
            Err(VaultError::Incomplete) => self.begin_anew(),
            Err(error) => tracing::warn!(%error, "the agenda cannot be stored"),
        }
    }

    /// What was stored is not there any more, and nobody knows what of it is: the
    /// next pull brings everything, and that goes in its place.
    fn begin_anew(&mut self) {
        tracing::warn!("something of the stored agenda is lost; everything is fetched again");
        self.held.ask_for_all();
        (self.upset, self.unloaded) = (true, true);
        self.take(Input::Woken(Wake::Changed));
    }

    fn asked(&mut self, outcome: Result<Option<Oof>, Failure>) {
        self.oof_at = self.clock.now() + OOF_EVERY;
        match outcome {
            Ok(oof) => {
                self.oof = oof;
                self.deceived = None;
            }
            // The last known state stays; presence must not flap.
            Err(failure) => {
                tracing::info!(kind = ?failure.kind, "out of office is not known");
                match failure.kind {
                    FailureKind::Credentials => self.take(Input::SignInRefused),
                    FailureKind::Service(ServiceFailure::Untrue | ServiceFailure::Stale) => {
                        self.deceived = Some(Health::Failing {
                            kind: failure.kind,
                            sentence: failure.sentence,
                        });
                    }
                    _ => {}
                }
            }
        }
        self.publish();
    }

    fn publish(&self) {
        let health = match (&self.health, &self.deceived) {
            (Health::UpToDate | Health::Updating, Some(deceived)) => deceived,
            (health, _) => health,
        };
        let snapshot = Snapshot {
            agenda: Arc::clone(&self.held.agenda),
            health: health.clone(),
            as_of: self.held.as_of,
            oof: self.oof,
            ahead: self.ahead,
        };
        self.outlet.send_replace(Arc::new(snapshot));
    }
}

/// The next word of an open watch; never, when none is open.
async fn next_word(watch: Option<&mut Box<dyn Watch>>) -> Option<Result<Option<Wake>, Failure>> {
    match watch {
        Some(watch) => Some(watch.next().await),
        None => None,
    }
}

mod writing;

#[cfg(test)]
mod meanwhile_tests;
