//! A session on a stage: scripted servers, a clock that is set by hand, a
//! keyring with moods, and a shell that remembers.

mod canary;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use calendar::{Agenda, Meeting, Window, join::Services, meeting::MeetingId};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use engine::{
    Clock, Scheduler,
    exchange::{Enriched, Mode, NotFound, WriteBack},
    remote::enrol::NotAdded,
};
use tokio::sync::{Notify, watch};
use url::Url;
use vault::{
    Series,
    hybrid::enrolment::Refusal,
    keyring::{KeyRing, KeyRingError, MemoryKeyRing},
    passphrase::StandIn,
    sensitive::Sensitive,
    shelf::Files,
};

use super::{
    Course, Enrolment, EnrolmentFailed, Face, Feed, Running, Search, SearchAs, Secret, Servers,
    Session, Setup, scripted_scheduler::ScriptedScheduler,
};
use crate::{
    Shell, ShellRefused,
    account::Account,
    account::SignIn,
    folder::DataFolder,
    problem::ServerTrouble,
    settings::Settings,
    view::{AccountForm, NotificationView, Problem},
};

/// A clock that stands still until it is set.
pub(super) struct HandClock {
    now: Mutex<DateTime<Utc>>,
    set: Notify,
}

impl HandClock {
    fn new(now: &str) -> Self {
        Self {
            now: Mutex::new(at(now)),
            set: Notify::new(),
        }
    }

    pub(super) fn set(&self, now: &str) {
        self.set_day(0, now);
    }

    pub(super) fn pass(&self, time: chrono::Duration) {
        *self.now.lock().unwrap() += time;
        self.set.notify_waiters();
    }

    /// A time of a later day.
    pub(super) fn set_day(&self, later: i64, now: &str) {
        *self.now.lock().unwrap() = at(now) + chrono::Duration::days(later);
        self.set.notify_waiters();
    }
}

/// A clock on which every wait is over at once, up to the moment it may run
/// to; it counts the waits.
pub(super) struct LeapClock {
    now: Mutex<DateTime<Utc>>,
    end: watch::Sender<DateTime<Utc>>,
    pub(super) waits: Mutex<usize>,
}

impl LeapClock {
    pub(super) fn new(now: &str) -> Self {
        Self {
            now: Mutex::new(at(now)),
            end: watch::Sender::new(at(now)),
            waits: Mutex::new(0),
        }
    }

    /// Lets the time pass up to `end`, and waits for that.
    pub(super) async fn run_to(&self, end: &str) {
        self.end.send_replace(at(end));
        while self.now() < at(end) {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Clock for LeapClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        let now = self.now();
        // Only a closed channel gives an error, and the sender is here.
        let mut end = self.end.subscribe();
        drop(end.wait_for(|end| now < *end).await);
        *self.waits.lock().unwrap() += 1;
        *self.now.lock().unwrap() = moment.min(now + chrono::Duration::seconds(30)).max(now);
    }
}

/// A moment of 23 November 2026, UTC.
pub(super) fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-23T{time}:00Z").parse().unwrap()
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        loop {
            let mut set = std::pin::pin!(self.set.notified());
            set.as_mut().enable();
            if self.now() >= moment {
                return;
            }
            set.await;
        }
    }
}

/// How the keyring behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mood {
    Works,
    Fails(KeyRingError),
    Hangs,
}

/// A keyring with a mood.
pub(super) struct MoodyKeyRing {
    pub(super) secrets: MemoryKeyRing,
    pub(super) mood: Mutex<Mood>,
    pub(super) asked: Mutex<usize>,
}

impl MoodyKeyRing {
    async fn mood(&self) -> Result<(), KeyRingError> {
        *self.asked.lock().unwrap() += 1;
        let mood = self.mood.lock().unwrap().clone();
        match mood {
            Mood::Works => Ok(()),
            Mood::Fails(error) => Err(error),
            Mood::Hangs => pending().await,
        }
    }
}

#[async_trait]
impl KeyRing for MoodyKeyRing {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        self.mood().await?;
        self.secrets.get(name).await
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        self.mood().await?;
        self.secrets.set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        self.mood().await?;
        self.secrets.delete(name).await
    }
}

/// Servers that say what they are told to.
#[derive(Default)]
pub(super) struct ScriptedServers {
    pub(super) refusal: Mutex<Option<ServerTrouble>>,
    /// What searches say, in place of what the domain says.
    pub(super) found: Mutex<Option<Result<Url, NotFound>>>,
    /// Whether each search was signed in.
    pub(super) searched: Mutex<Vec<bool>>,
    feeds: Mutex<BTreeMap<String, watch::Sender<Feed>>>,
    pub(super) started: Mutex<Vec<(String, String, bool)>>,
    pub(super) refreshed: Arc<Mutex<usize>>,
    /// The text of every meeting.
    text: Arc<Mutex<String>>,
    pub(super) scheduler: Arc<ScriptedScheduler>,
    /// The personal room of each change that running accounts heard of.
    pub(super) adopted: Mutex<Vec<String>>,
    /// What the calendars have held that is nobody's business.
    words: Mutex<BTreeSet<String>>,
}

impl ScriptedServers {
    /// The accounts' meetings are these from now on.
    pub(super) fn tell(&self, meetings: &[Meeting]) {
        self.hides(meetings.iter().flat_map(canary::words_of));
        let agenda: Agenda = meetings.iter().cloned().collect();
        for feed in self.feeds.lock().unwrap().values() {
            feed.send_replace(Feed {
                agenda: Arc::new(agenda.clone()),
                course: Course::UpToDate,
                as_of: Some(at("09:00")),
                away: None,
            });
        }
    }

    /// The text of every meeting is this from now on.
    pub(super) fn says(&self, text: &str) {
        self.hides([text.to_owned()]);
        text.clone_into(&mut self.text.lock().unwrap());
    }

    /// Words that must be in no file when the scene ends.
    pub(super) fn hides(&self, words: impl IntoIterator<Item = String>) {
        self.words.lock().unwrap().extend(words);
    }

    /// One account fares like this from now on.
    pub(super) fn fare_of(&self, account: &str, course: Course) {
        self.feeds.lock().unwrap()[account].send_modify(|feed| feed.course = course);
    }

    /// The accounts fare like this from now on.
    pub(super) fn fare(&self, course: Course) {
        for feed in self.feeds.lock().unwrap().values() {
            feed.send_modify(|feed| feed.course = course);
        }
    }
}

struct ScriptedEngine {
    scheduler: Arc<ScriptedScheduler>,
    feed: watch::Receiver<Feed>,
    text: Arc<Mutex<String>>,
    refreshed: Arc<Mutex<usize>>,
}

#[async_trait]
impl Servers for ScriptedServers {
    async fn find(&self, search: &Search, sign_in: Option<&SearchAs>) -> Result<Url, NotFound> {
        self.searched.lock().unwrap().push(sign_in.is_some());
        if let Some(said) = self.found.lock().unwrap().clone() {
            return said;
        }
        match search.address.split_once('@') {
            // A domain whose hosts tell nobody who has not signed in.
            Some((_, "example.net")) if sign_in.is_some() => {
                Ok(Url::parse("https://mail.example.net/EWS/Exchange.asmx").unwrap())
            }
            Some((_, "example.org")) => {
                Ok(Url::parse("https://mail.example.org/EWS/Exchange.asmx").unwrap())
            }
            Some((_, domain)) => Err(NotFound::Nobody {
                domain: domain.to_owned(),
                asked: String::new(),
            }),
            None => Err(NotFound::Address(engine::exchange::BadAddress)),
        }
    }

    async fn probe(&self, _: &Account, _: &Secret) -> Result<(), ServerTrouble> {
        (*self.refusal.lock().unwrap()).map_or(Ok(()), Err)
    }

    async fn enrol(&self, _: &Account) -> Result<Arc<dyn Enrolment>, NotAdded> {
        Ok(Arc::new(ScriptedEnrolment))
    }

    async fn enrich(
        &self,
        _: &Account,
        _: &Secret,
        _: &WriteBack,
        _: (Window, Tz),
        _: Mode,
    ) -> Result<Vec<Enriched>, ServerTrouble> {
        (*self.refusal.lock().unwrap()).map_or(Ok(Vec::new()), Err)
    }

    fn adopt(&self, settings: &Settings, _: &str, _: Services, _: Face) {
        let room = settings.keywords.rooms.personal.clone();
        self.adopted.lock().unwrap().push(room);
    }

    async fn stored_within(&self, series: Series, _: Window, _: Tz) -> Option<Feed> {
        Some(self.stored(series).await)
    }

    async fn stored(&self, _: Series) -> Feed {
        Feed {
            course: Course::Stored,
            as_of: Some(at("08:00")),
            ..Feed::waiting()
        }
    }

    fn start(
        &self,
        account: &Account,
        secret: &Secret,
        series: Option<Series>,
        _: Tz,
    ) -> Box<dyn Running> {
        let (feed, feed_watch) = watch::channel(Feed {
            course: Course::Starting,
            ..Feed::waiting()
        });
        self.feeds
            .lock()
            .unwrap()
            .insert(account.id.to_string(), feed);
        let password = match secret {
            Secret::Password(text) | Secret::Device(text) => text.expose().clone(),
            Secret::Ticket => "the ticket".to_owned(),
            Secret::Tokens(..) => "the tokens".to_owned(),
        };
        self.started
            .lock()
            .unwrap()
            .push((account.user.clone(), password, series.is_some()));
        Box::new(ScriptedEngine {
            scheduler: Arc::clone(&self.scheduler),
            feed: feed_watch,
            text: Arc::clone(&self.text),
            refreshed: Arc::clone(&self.refreshed),
        })
    }
}

/// The code that a scripted service puts into a calendar.
pub(super) const CODE: &str = "7K3F-Q2ZD-9M4X-1TBV";

struct ScriptedEnrolment;

#[async_trait]
impl Enrolment for ScriptedEnrolment {
    async fn prove(&self, code: &str) -> Result<Secret, EnrolmentFailed> {
        if code == CODE {
            let device = Sensitive::new(DEVICE.to_owned());
            Ok(Secret::Device(Arc::new(device)))
        } else {
            Err(EnrolmentFailed::NotAdded(Refusal::WrongCode.into()))
        }
    }
}

#[async_trait]
impl Running for ScriptedEngine {
    fn feed(&self) -> watch::Receiver<Feed> {
        self.feed.clone()
    }

    fn refresh(&self) {
        *self.refreshed.lock().unwrap() += 1;
    }

    fn travel(&self, _: Tz) {}

    fn text(&self, _: &MeetingId) -> Pin<Box<dyn Future<Output = Option<String>> + Send>> {
        let text = self.text.lock().unwrap().clone();
        Box::pin(std::future::ready(Some(text)))
    }

    fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        Some(Arc::clone(&self.scheduler) as Arc<dyn Scheduler>)
    }

    async fn stop(self: Box<Self>) {}
}

/// A shell that remembers what it was asked for.
#[derive(Default)]
pub(super) struct MemoShell {
    pub(super) done: Mutex<Vec<String>>,
}

impl MemoShell {
    fn note(&self, what: String) {
        self.done.lock().unwrap().push(what);
    }

    pub(super) fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.done.lock().unwrap())
    }
}

impl Shell for MemoShell {
    fn ring(&self, notification: &NotificationView) {
        self.note(format!("ring {}", notification.title));
    }

    fn show_ring(&self) {
        self.note("show".to_owned());
    }

    fn bring_ring_back(&self) {
        self.note("back".to_owned());
    }

    fn hide_ring(&self) {
        self.note("hide".to_owned());
    }

    fn withdraw(&self, _: &str) {
        self.note("withdraw".to_owned());
    }

    fn open(&self, address: &Url) -> Result<(), ShellRefused> {
        self.note(format!("open {address}"));
        Ok(())
    }

    fn copy(&self, text: &str) -> Result<(), ShellRefused> {
        self.note(format!("copy {text}"));
        Ok(())
    }

    fn failed_late(&self, problem: &Problem, in_schedule: bool) {
        let place = if in_schedule { "shown" } else { "late" };
        self.note(format!("{place} {}", problem.text));
    }
}

/// Everything around a session. The session itself can be started again and
/// again on the same stage.
pub(super) struct Stage {
    pub(super) place: tempfile::TempDir,
    pub(super) clock: Arc<HandClock>,
    pub(super) keyring: Arc<MoodyKeyRing>,
    pub(super) servers: Arc<ScriptedServers>,
    pub(super) shell: Arc<MemoShell>,
}

impl Stage {
    pub(super) fn new(now: &str) -> Self {
        Self {
            place: tempfile::tempdir().unwrap(),
            clock: Arc::new(HandClock::new(now)),
            keyring: Arc::new(MoodyKeyRing {
                secrets: MemoryKeyRing::default(),
                mood: Mutex::new(Mood::Works),
                asked: Mutex::new(0),
            }),
            servers: Arc::new(ScriptedServers::default()),
            shell: Arc::new(MemoShell::default()),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn start(&self) -> Session {
        self.start_as(Face::Desktop)
    }

    pub(super) fn start_as(&self, face: Face) -> Session {
        Session::start(self.setup(face), Arc::clone(&self.shell) as Arc<dyn Shell>)
    }

    pub(super) fn start_with_clock(&self, clock: Arc<dyn Clock>) -> Session {
        let setup = Setup {
            clock,
            ..self.setup(Face::Desktop)
        };
        Session::start(setup, Arc::clone(&self.shell) as Arc<dyn Shell>)
    }

    pub(super) fn setup(&self, face: Face) -> Setup {
        let folder = DataFolder::open(Some(self.folder().to_owned())).unwrap();
        let system = Arc::clone(&self.keyring) as Arc<dyn KeyRing>;
        Setup {
            keyring: Arc::new(StandIn::new(system, folder.secrets())),
            folder,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            shelf: Arc::new(Files),
            servers: Arc::clone(&self.servers) as Arc<dyn Servers>,
            zone: Arc::new(|| Tz::Europe__Stockholm),
            locale: "en_GB".to_owned(),
            face,
        }
    }

    /// A session with one account whose engine runs.
    pub(super) async fn start_with_account(&self) -> Session {
        let session = self.start();
        session.add_account(form()).await.unwrap();
        self.until_started(1).await;
        session
    }

    /// Waits until the shell was asked for something that begins so.
    pub(super) async fn until_told(&self, beginning: &str) -> String {
        let told = async {
            loop {
                let done = self.shell.done.lock().unwrap().clone();
                if let Some(one) = done.into_iter().find(|one| one.starts_with(beginning)) {
                    return one;
                }
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        let told = tokio::time::timeout(patience, told).await;
        told.expect("the shell was asked for it")
    }

    /// Waits until that many engines have been started.
    pub(super) async fn until_started(&self, count: usize) {
        while self.servers.started.lock().unwrap().len() < count {
            tokio::task::yield_now().await;
        }
    }
}

impl Stage {
    /// The first file that holds what was typed to sign in, or what the
    /// calendars have held, in any form.
    pub(super) fn leak(&self) -> Option<(PathBuf, String)> {
        let mut words = self.servers.words.lock().unwrap().clone();
        words.extend([PASSWORD, DEVICE].map(str::to_owned));
        canary::found(self.folder(), &words)
    }
}

/// SR-06 and SR-23, at the end of every scene: none of it is in the data
/// folder, the open store and its write-ahead log included.
impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.leak(), None, "it rests in the clear");
        }
    }
}

const PASSWORD: &str = "CANARY-password";
/// What a device proves itself by.
const DEVICE: &str = "CANARY-device";

pub(super) fn form() -> AccountForm {
    AccountForm {
        server: "https://mail.example.org".to_owned(),
        user: "anna".to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: String::new(),
        sign_in: SignIn::default(),
        found: None,
    }
}

/// Waits until what is watched is as it should be.
pub(super) async fn until<T: Clone>(
    mut watched: watch::Receiver<T>,
    is_so: impl FnMut(&T) -> bool,
) -> T {
    let wait = watched.wait_for(is_so);
    let patience = std::time::Duration::from_secs(20);
    tokio::time::timeout(patience, wait)
        .await
        .expect("it came about")
        .unwrap()
        .clone()
}
