//! A user's desk with one of the two ways to the calendar.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use desktop::{
    Session, Shell, ShellRefused,
    account::SignIn,
    folder::DataFolder,
    session::{Face, Report, Setup},
    view::{AccountForm, AgendaView, NotificationView, ServiceForm, SyncState},
};
use engine::{Clock as _, SystemClock};
use exchange_sim::{
    Simulator, World,
    server::faults::{Effect, Fault},
    world::{
        details::{Busy, Details},
        mailbox::OofState,
        series::{Pattern, Range, Series},
    },
};
use scenarios::{
    agreed,
    hybrid::{Beside, Hybrid, exchange},
    stage::{ANNA, PASSWORD, ZONE},
};
use tempfile::TempDir;
use tokio::sync::watch;
use url::Url;
use vault::keyring::MemoryKeyRing;

use crate::BO;

/// Where the session reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At Exchange.
    Direct,
    /// At the hybrid service.
    Hybrid,
}

pub(crate) fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// Half an hour that begins so many minutes from now.
pub(crate) fn meeting(title: &str, minutes: i64) -> Details {
    let start = now() + Duration::minutes(minutes);
    Details::new(title, start, start + Duration::minutes(30), ZONE)
}

/// The day of the occurrence with this number of a series from [`daily`].
pub(crate) fn day(number: i64) -> NaiveDate {
    let first = now() + Duration::minutes(60);
    first.with_timezone(&ZONE).date_naive() + Duration::days(number)
}

fn daily(count: u32) -> Series {
    Series::new(Pattern::Daily { every: 1 }, day(0), Range::Count(count))
}

/// Anna's "Daily" on four days.
pub(crate) fn add_daily(world: &mut World) {
    let series = world.add_series(ANNA, meeting("Daily", 60), daily(4));
    series.expect("a series");
}

/// A colleague.
pub(crate) fn add_bo(world: &mut World) {
    world.add_mailbox(BO, "Bo Ekman", ZONE, PASSWORD);
}

/// What comes about within half a minute.
pub(crate) async fn soon<T: std::fmt::Debug>(
    mut watched: watch::Receiver<Arc<T>>,
    is: impl FnMut(&Arc<T>) -> bool,
) -> Arc<T> {
    let patience = std::time::Duration::from_secs(30);
    let there = tokio::time::timeout(patience, watched.wait_for(is)).await;
    let there = there.map(|there| Arc::clone(&there.expect("the session runs")));
    there.unwrap_or_else(|_| unreachable!("it does not come about: {:#?}", watched.borrow()))
}

/// A shell that writes down what rang.
#[derive(Default)]
struct Bell(Mutex<Vec<String>>);

impl Shell for Bell {
    fn ring(&self, notification: &NotificationView) {
        let mut rang = self.0.lock().expect("nobody panics");
        rang.push(notification.title.clone());
    }
    fn show_ring(&self) {}
    fn bring_ring_back(&self) {}
    fn hide_ring(&self) {}
    fn withdraw(&self, _: &str) {}
    fn open(&self, _: &Url) -> Result<(), ShellRefused> {
        Ok(())
    }
    fn copy(&self, _: &str) -> Result<(), ShellRefused> {
        Ok(())
    }
}

enum Server {
    Exchange(Box<Simulator>),
    Service(Box<Hybrid>, Beside),
}

pub(crate) struct Office {
    server: Server,
    folder: TempDir,
    keyring: Arc<MemoryKeyRing>,
    bell: Arc<Bell>,
}

impl Office {
    pub(crate) async fn new(end: End, fill: impl FnOnce(&mut World)) -> Self {
        Self::of(end, &[ANNA], fill).await
    }

    /// With these users of the organization, all but Anna by `fill`.
    pub(crate) async fn of(end: End, users: &[&str], fill: impl FnOnce(&mut World)) -> Self {
        let mut world = World::empty(now());
        world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
        fill(&mut world);
        let users: Vec<String> = users.iter().map(|one| (*one).to_owned()).collect();
        let exchange = exchange(world, &users).await;
        let server = match end {
            End::Direct => Server::Exchange(Box::new(exchange)),
            End::Hybrid => {
                let hybrid = Hybrid::beside(exchange, users).await;
                let connector = hybrid.connector().await;
                Server::Service(Box::new(hybrid), connector)
            }
        };
        Self {
            server,
            folder: tempfile::tempdir().expect("a folder"),
            keyring: Arc::default(),
            bell: Arc::default(),
        }
    }

    fn exchange(&self) -> &Simulator {
        match &self.server {
            Server::Exchange(exchange) => exchange,
            Server::Service(hybrid, _) => &hybrid.exchange,
        }
    }

    pub(crate) fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.exchange().world(act)
    }

    /// The second day of Anna's "Daily" is changed, and the third goes.
    pub(crate) fn change_daily(&self, change: impl FnOnce(&mut Details)) {
        self.world(|world| {
            let series = world.find(ANNA, "Daily").expect("it is there");
            let changed = world.change_occurrence(ANNA, series, day(1), change);
            changed.expect("an occurrence");
            let gone = world.delete_occurrence(ANNA, series, day(2));
            gone.expect("an occurrence");
        });
    }

    /// What stands in somebody's calendar under a title.
    pub(crate) fn titled(&self, whose: &str, title: &str) -> Vec<Details> {
        self.world(|world| {
            let items = world.mailbox(whose).expect("a mailbox").calendar.items();
            let named = items.filter(|item| item.details.subject == title);
            named.map(|item| item.details.clone()).collect()
        })
    }

    /// Waits until something holds at Exchange.
    pub(crate) async fn until(&self, is: impl Fn() -> bool, what: &str) {
        let end = now() + Duration::seconds(30);
        while !is() {
            assert!(now() < end, "{what}");
            let soon = now() + Duration::milliseconds(100);
            SystemClock.wait_until(soon).await;
        }
    }

    /// A run of the program.
    pub(crate) fn session(&self) -> Session {
        let folder = DataFolder::open(Some(self.folder.path().to_owned()));
        let keyring = Arc::clone(&self.keyring);
        let folder = folder.expect("a data folder");
        let mut setup = Setup::with_keyring(folder, keyring, Face::Desktop);
        "en_GB".clone_into(&mut setup.locale);
        setup.zone = Arc::new(|| ZONE);
        Session::start(setup, Arc::clone(&self.bell) as Arc<dyn Shell>)
    }

    /// The first run: the only thing that differs.
    pub(crate) async fn signed_in(&self) -> Session {
        let session = self.session();
        let account = match &self.server {
            Server::Exchange(exchange) => {
                let form = AccountForm {
                    server: exchange.ews_url(),
                    user: ANNA.to_owned(),
                    password: PASSWORD.to_owned(),
                    ca_file: String::new(),
                    sign_in: SignIn::NtlmOrBasic,
                    found: None,
                };
                session.add_account(form).await
            }
            Server::Service(hybrid, _) => {
                let form = ServiceForm {
                    service: hybrid.url().to_string(),
                    address: ANNA.to_owned(),
                    ca_file: hybrid.ca_file().display().to_string(),
                };
                session.ask_for_code(form).await.expect("a code");
                let code = hybrid.code_of(ANNA).expect("it is in the calendar");
                // The user takes the entry away, as it says.
                self.world(|world| {
                    let subject = format!("Joinbell code {}", code.shown().as_str());
                    let number = world.find(ANNA, &subject).expect("the entry");
                    world.delete(ANNA, number).expect("it goes");
                });
                session.add_device(code.shown().as_str()).await
            }
        };
        account.expect("the account is set up");
        session
    }

    /// Waits until these are the meetings, in their order.
    pub(crate) async fn until_titles(&self, session: &Session, titles: &[&str]) {
        let patience = std::time::Duration::from_secs(30);
        let mut report = session.report();
        let wait = report.wait_for(|report| {
            let board = &report.board;
            let entries = board.entries.iter();
            !board.freshness.loading
                && entries
                    .map(|one| one.meeting.title.as_str())
                    .eq(titles.iter().copied())
        });
        if tokio::time::timeout(patience, wait).await.is_err() {
            let board = Arc::clone(&session.report().borrow().board);
            let found: Vec<_> = board.entries.iter().map(|one| &one.meeting.title).collect();
            assert_eq!(found, titles, "{:?}", session.report().borrow().problem);
        }
    }

    /// The name of the meeting with this title, once it is there.
    pub(crate) async fn until_has(&self, session: &Session, title: &str) -> String {
        let patience = std::time::Duration::from_secs(30);
        let name = |report: &Report| {
            let mut entries = report.board.entries.iter();
            let found = entries.find(|one| one.meeting.title == title);
            found.map(desktop::board::Entry::id)
        };
        let mut report = session.report();
        let there = report.wait_for(|report| name(report).is_some());
        let there = tokio::time::timeout(patience, there).await;
        let there = there.expect("it comes").expect("the session runs");
        name(&there).expect("it is there")
    }

    pub(crate) async fn until_offline(&self, session: &Session) -> Arc<AgendaView> {
        let is_offline = |agenda: &Arc<AgendaView>| agenda.sync.state == SyncState::Offline;
        soon(session.agenda(), is_offline).await
    }

    pub(crate) async fn until_in_step(&self, session: &Session) {
        let is_in_step = |agenda: &Arc<AgendaView>| agenda.sync.state == SyncState::UpToDate;
        soon(session.agenda(), is_in_step).await;
    }

    /// What rang, in all runs.
    pub(crate) fn rang(&self) -> Vec<String> {
        self.bell.0.lock().expect("nobody panics").clone()
    }

    /// Opens a meeting until Bo is shown like this in it.
    pub(crate) async fn until_bo_is(&self, session: &Session, meeting: &str, how: &str) {
        let (end, mut shown) = (now() + Duration::seconds(30), None);
        while shown.as_deref() != Some(how) {
            assert!(now() < end, "Bo is shown as {shown:?}");
            session.open_meeting(Some(meeting)).await.expect("it opens");
            SystemClock
                .wait_until(now() + Duration::milliseconds(200))
                .await;
            let opened = session.opened().borrow().clone();
            let people = opened.details.iter().flat_map(|details| &details.people);
            let mut bo = people.filter(|one| one.name == "Bo Ekman");
            shown = bo.find_map(|one| one.presence.clone());
        }
    }

    /// Somebody leaves for two days, as far as Exchange lets others know of
    /// it: by the calendar, or by automatic replies, which the connector alone
    /// may read. It asks for these rarely, and at its start.
    pub(crate) async fn goes_away(&mut self, who: &str) {
        let (start, end) = (now() - Duration::hours(1), now() + Duration::days(2));
        let Server::Service(hybrid, connector) = &mut self.server else {
            let mut leave = Details::new("Leave", start, end, ZONE);
            leave.busy = Busy::OutOfOffice;
            self.world(|world| world.add(who, leave).expect("an item"));
            return;
        };
        hybrid.exchange.world(|world| {
            let oof = &mut world.mailbox_mut(who).expect("a mailbox").oof;
            oof.state = OofState::Scheduled;
            oof.duration = (start, end);
        });
        connector.end().await;
        *connector = hybrid.connector().await;
    }

    /// The way to the server, cut or restored.
    pub(crate) async fn network(&mut self, up: bool) {
        match (&mut self.server, up) {
            (Server::Exchange(exchange), false) => {
                exchange.faults().set(Fault::always(Effect::Close));
                exchange.close_streams();
            }
            (Server::Exchange(exchange), true) => exchange.faults().clear(),
            (Server::Service(hybrid, _), false) => hybrid.stop_service().await,
            (Server::Service(hybrid, _), true) => hybrid.start_service().await,
        }
    }

    /// Everything that was written.
    pub(crate) fn at_rest(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut bytes: Vec<u8> = files
            .flatten()
            .filter(|file| file.path().is_file())
            .flat_map(|file| std::fs::read(file.path()).expect("a file"))
            .collect();
        if let Server::Service(hybrid, _) = &self.server {
            bytes.extend(hybrid.at_rest());
        }
        bytes
    }

    /// Whichever way the calendar is read: of all that a test has made people
    /// do.
    fn sr_47_nothing_was_asked_beyond_what_was_agreed(&self) {
        let (asked, beyond) = agreed::asked_of(self.exchange());
        assert!(beyond.is_empty(), "{beyond:?}");
        assert!(asked.contains("SyncFolderItems"), "{asked:?}");
    }

    pub(crate) async fn close(self) {
        self.sr_47_nothing_was_asked_beyond_what_was_agreed();
        if let Server::Service(hybrid, connector) = self.server {
            connector.stop().await;
            hybrid.stop().await;
        }
    }
}
