//! Servers that say what they are told to.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use calendar::{Agenda, Meeting, Window, join::Services, meeting::MeetingId};
use chrono_tz::Tz;
use engine::{
    Scheduler,
    exchange::{Enriched, Mode, NotFound, WriteBack},
    remote::enrol::NotAdded,
};
use tokio::sync::watch;
use url::Url;
use vault::{Series, hybrid::enrolment::Refusal, sensitive::Sensitive};

use super::{DEVICE, at, canary};
use crate::{
    account::Account,
    problem::ServerTrouble,
    session::{
        Course, Enrolment, EnrolmentFailed, Face, Feed, Running, Search, SearchAs, Secret, Servers,
        scripted_scheduler::ScriptedScheduler,
    },
    settings::Settings,
};

/// Servers that say what they are told to.
#[derive(Default)]
pub(in crate::session) struct ScriptedServers {
    pub(in crate::session) refusal: Mutex<Option<ServerTrouble>>,
    /// What searches say, in place of what the domain says.
    pub(in crate::session) found: Mutex<Option<Result<Url, NotFound>>>,
    /// Whether each search was signed in.
    pub(in crate::session) searched: Mutex<Vec<bool>>,
    feeds: Mutex<BTreeMap<String, watch::Sender<Feed>>>,
    pub(in crate::session) started: Mutex<Vec<(String, String, bool)>>,
    pub(in crate::session) refreshed: Arc<Mutex<usize>>,
    /// How often engines were told that the calendar has changed.
    pub(in crate::session) changed: Arc<Mutex<usize>>,
    /// The text of every meeting.
    text: Arc<Mutex<String>>,
    pub(in crate::session) scheduler: Arc<ScriptedScheduler>,
    /// The personal room of each change that running accounts heard of.
    pub(in crate::session) adopted: Mutex<Vec<String>>,
    /// What the calendars have held that is nobody's business.
    pub(super) words: Mutex<BTreeSet<String>>,
}

impl ScriptedServers {
    /// The accounts' meetings are these from now on.
    pub(in crate::session) fn tell(&self, meetings: &[Meeting]) {
        self.hides(meetings.iter().flat_map(canary::words_of));
        let agenda: Agenda = meetings.iter().cloned().collect();
        for feed in self.feeds.lock().unwrap().values() {
            feed.send_replace(Feed {
                agenda: Arc::new(agenda.clone()),
                course: Course::UpToDate,
                as_of: Some(at("09:00")),
                away: None,
                ahead: None,
            });
        }
    }

    /// The text of every meeting is this from now on.
    pub(in crate::session) fn says(&self, text: &str) {
        self.hides([text.to_owned()]);
        text.clone_into(&mut self.text.lock().unwrap());
    }

    /// Words that must be in no file when the scene ends.
    pub(in crate::session) fn hides(&self, words: impl IntoIterator<Item = String>) {
        self.words.lock().unwrap().extend(words);
    }

    /// The servers' clocks are so far ahead from now on.
    pub(in crate::session) fn are_ahead(&self, ahead: Option<chrono::Duration>) {
        for feed in self.feeds.lock().unwrap().values() {
            feed.send_modify(|feed| feed.ahead = ahead);
        }
    }

    /// One account fares like this from now on.
    pub(in crate::session) fn fare_of(&self, account: &str, course: Course) {
        self.feeds.lock().unwrap()[account].send_modify(|feed| feed.course = course);
    }

    /// The accounts fare like this from now on.
    pub(in crate::session) fn fare(&self, course: Course) {
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
    changed: Arc<Mutex<usize>>,
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
            changed: Arc::clone(&self.changed),
        })
    }
}

/// The code that a scripted service puts into a calendar.
pub(in crate::session) const CODE: &str = "7K3F-Q2ZD-9M4X-1TBV";

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

    fn changed(&self) {
        *self.changed.lock().unwrap() += 1;
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
