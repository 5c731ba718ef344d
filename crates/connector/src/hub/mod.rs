//! The one loop that looks after all mailboxes: it lets each mailbox's
//! machine decide, starts what is due as far as Exchange and the store let it,
//! and tells the machines how that went.

mod board;
mod groups;
mod jobs;
pub(crate) mod roll;
mod searches;
mod trust;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::PathBuf,
    sync::Arc,
    time::{Duration as StdDuration, SystemTime},
};

use calendar::{join::Services, keyword::rooms::Rooms};
use chrono::{DateTime, Duration, Utc};
use engine::{
    Clock, Failure,
    exchange::{Account, Basic, Place, Proof, ServiceAccount, Told as MailedTo, WriteBack},
    sync::{Action, Input},
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};
use uuid::Uuid;
use vault::sensitive::Sensitive;

use crate::{
    cabinet::Cabinet,
    gate::Gate,
    governor::Governor,
    letters::{Letters, revocations},
    list::Entry,
    mailbox::{BoxId, Mailbox, PlaceId, Standing},
    measures::{Measures, set},
    settings::Settings,
    watch::{Post, Report, Wish},
};
use groups::Group;
use jobs::Done;
use trust::Trust;

/// Refused sign-ins after which the administrator is waited for: directories
/// lock accounts (SR-25).
pub(crate) const REFUSED_MAX: u32 = 2;
const REFUSED_WAIT: Duration = Duration::seconds(30);
/// The work of every hour.
const TENDED_EVERY: Duration = Duration::hours(1);
/// How long running requests may take at the end.
const END_WITHIN: StdDuration = StdDuration::from_secs(10);

/// What a connector runs with.
pub struct Setup {
    /// The administrator's decisions.
    pub settings: Settings,
    /// The mailboxes.
    pub entries: Vec<Entry>,
    /// The account's password.
    pub secret: Arc<Sensitive<String>>,
    /// Where what is found rests.
    pub cabinet: Arc<dyn Cabinet>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub measures: Arc<Measures>,
}

/// Whether a password was refused before the connector itself shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    NotRefused,
    Refused,
}

/// What a running connector is told.
pub(crate) enum Command {
    /// The list, and perhaps the password, were read again.
    Reload {
        entries: Vec<Entry>,
        secret: Arc<Sensitive<String>>,
        shown: Shown,
    },
    /// Every mailbox is looked at now.
    Sweep,
}

/// A running connector. Dropping it ends it at once.
#[derive(Debug)]
pub struct Connector {
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

impl Drop for Connector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connector {
    /// Starts in the current tokio runtime.
    pub fn start(setup: Setup) -> Self {
        let (commands, inbox) = mpsc::channel(4);
        let hub = Hub::new(setup);
        Self {
            commands,
            task: tokio::spawn(hub.run(inbox)),
        }
    }

    /// Goes on with another list, and another password where it is one.
    pub async fn reload(&self, entries: Vec<Entry>, secret: Arc<Sensitive<String>>) {
        self.reload_with(entries, (secret, Shown::NotRefused)).await;
    }

    /// The same, where the password may have been refused already: then it is
    /// tried once more and not twice.
    pub(crate) async fn reload_with(
        &self,
        entries: Vec<Entry>,
        (secret, shown): (Arc<Sensitive<String>>, Shown),
    ) {
        let command = Command::Reload {
            entries,
            secret,
            shown,
        };
        // It has ended; then there is nothing to go on with.
        let _told = self.commands.send(command).await;
    }

    /// Looks at every mailbox now, as it does every quarter of an hour.
    pub async fn sweep(&self) {
        // It has ended; then there is nothing to look at.
        let _told = self.commands.send(Command::Sweep).await;
    }

    /// Ends after what is being sealed is sealed.
    pub async fn stop(mut self) {
        let (closed, _) = mpsc::channel(1);
        self.commands = closed;
        // It ends by itself when nobody can command it any more.
        let _ended = (&mut self.task).await;
    }
}

/// Whether the account is let in.
#[derive(Debug, Clone, Copy)]
enum SignIn {
    Good,
    Refused { times: u32, again: DateTime<Utc> },
}

struct Hub {
    settings: Settings,
    secret: Arc<Sensitive<String>>,
    cabinet: Arc<dyn Cabinet>,
    clock: Arc<dyn Clock>,
    measures: Arc<Measures>,
    gate: Arc<Gate>,
    store: Governor,
    sign_in: SignIn,
    boxes: Vec<Option<Mailbox>>,
    by_address: HashMap<Arc<str>, BoxId>,
    timers: BTreeSet<(DateTime<Utc>, BoxId)>,
    places: Vec<Place>,
    accounts: BTreeMap<String, ServiceAccount>,
    groups: BTreeMap<u64, Group>,
    next_group: u64,
    regroup_at: Option<DateTime<Utc>>,
    post: Post,
    watchers: JoinSet<()>,
    visits: VecDeque<BoxId>,
    questions: VecDeque<BoxId>,
    searches: VecDeque<BoxId>,
    running: JoinSet<Done>,
    searching: usize,
    /// So many may be under way. It grows with those that end well: each shows
    /// the password to several hosts, and a wrong one to as few as can be.
    searches_max: usize,
    trust: Trust,
    /// The kind of job that began last.
    turn: u8,
    tend_at: DateTime<Utc>,
    roll: roll::Roll,
    notice: board::Notice,
    reports: Option<mpsc::Receiver<Report>>,
    /// When mailboxes are counted for the gauges.
    count_at: Option<DateTime<Utc>>,
}

impl Hub {
    fn new(setup: Setup) -> Self {
        let now = setup.clock.now();
        let gate = Gate::new(setup.settings.exchange.concurrency, setup.clock.clone());
        let (sender, reports) = mpsc::channel(256);
        let post = Post {
            reports: sender,
            gate: gate.clone(),
            clock: setup.clock.clone(),
            measures: setup.measures.clone(),
        };
        let mut hub = Self {
            settings: setup.settings,
            secret: setup.secret,
            cabinet: setup.cabinet,
            clock: setup.clock,
            measures: setup.measures,
            gate,
            store: Governor::of_store(),
            sign_in: SignIn::Good,
            boxes: Vec::new(),
            by_address: HashMap::new(),
            timers: BTreeSet::new(),
            places: Vec::new(),
            accounts: BTreeMap::new(),
            groups: BTreeMap::new(),
            next_group: 0,
            regroup_at: None,
            post,
            watchers: JoinSet::new(),
            visits: VecDeque::new(),
            questions: VecDeque::new(),
            searches: VecDeque::new(),
            running: JoinSet::new(),
            searching: 0,
            searches_max: 1,
            trust: Trust::default(),
            turn: 0,
            tend_at: now + TENDED_EVERY,
            roll: roll::Roll::default(),
            notice: board::Notice::new(now),
            reports: Some(reports),
            count_at: Some(now),
        };
        hub.call_roll(&setup.entries, now);
        hub
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let Some(mut reports) = self.reports.take() else {
            return;
        };
        let (inquire, mut inquiries) = mpsc::channel(32);
        if let Some(office) = self.cabinet.office() {
            let (post, hub) = (self.post.clone(), inquire.clone());
            let owed = Arc::clone(&office);
            self.watchers
                .spawn(async move { revocations::run(&owed, hub, post).await });
            let letters = Letters::new(office, inquire.clone(), self.post.clone());
            self.watchers.spawn(letters.run());
        }
        loop {
            let gate = self.gate.clone();
            let mut departure = std::pin::pin!(gate.departure());
            departure.as_mut().enable();
            let now = self.clock.now();
            while let Some((at, id)) = self.timers.first().copied() {
                if at > now {
                    break;
                }
                self.touch(id, now);
            }
            if self.regroups().is_some_and(|at| at <= now) && self.searching == 0 {
                self.regroup(now);
            }
            if self.tend_at <= now {
                self.tend_at = now + TENDED_EVERY;
                self.begin_tending(now);
            }
            self.settle_roll(now);
            self.post_board(now);
            self.begin_what_may(now);
            if self.count_at.is_some_and(|at| at <= now) {
                self.count();
            }
            self.show();
            let due = self.next_moment(now);
            let clock = self.clock.clone();
            tokio::select! {
                biased;
                command = inbox.recv() => match command {
                    None => break,
                    Some(Command::Reload { entries, secret, shown }) => {
                        self.reload(&entries, (secret, shown), self.clock.now());
                    }
                    Some(Command::Sweep) => {
                        for id in self.ids_where(|one| one.standing == Standing::Tended) {
                            self.input(id, Input::Refresh, self.clock.now());
                        }
                    }
                },
                Some(done) = self.running.join_next() => {
                    // The program as it is built for use ends with a panic.
                    if let Ok(done) = done {
                        self.take(done, self.clock.now());
                    }
                }
                Some(report) = reports.recv() => self.hear(report, self.clock.now()),
                Some(inquiry) = inquiries.recv() => self.inform(inquiry),
                () = departure => {}
                () = clock.wait_until(due) => {}
            }
        }
        // Streams and letters end when nobody listens to them.
        drop((reports, inquiries));
        self.end().await;
    }

    /// Waits for what is under way, and ends the subscriptions.
    async fn end(mut self) {
        self.groups.clear();
        let under_way = async {
            while self.running.join_next().await.is_some() {}
            while self.watchers.join_next().await.is_some() {}
        };
        let _ended = tokio::time::timeout(END_WITHIN, under_way).await;
        // What has not ended by now goes on at the next start.
        self.running.abort_all();
        self.watchers.abort_all();
        let _closed = tokio::time::timeout(END_WITHIN, self.cabinet.close()).await;
    }

    fn get(&mut self, id: BoxId) -> Option<&mut Mailbox> {
        self.boxes.get_mut(id.0 as usize)?.as_mut()
    }

    /// Lets a mailbox's machine decide, and notes when to ask it again.
    fn touch(&mut self, id: BoxId, now: DateTime<Utc>) {
        let Some(mailbox) = self.boxes.get_mut(id.0 as usize).and_then(Option::as_mut) else {
            self.timers.retain(|(_, other)| *other != id);
            return;
        };
        let mut joins = false;
        if mailbox.standing == Standing::Tended && mailbox.place.is_some() {
            while let Some(action) = mailbox.sync.poll_action(now) {
                match action {
                    Action::Pull { from_scratch } => {
                        mailbox.from_scratch = from_scratch;
                        mailbox.visiting = true;
                        // What somebody has just done comes before what is
                        // only looked at again.
                        if mailbox.urgent {
                            self.visits.push_front(id);
                        } else {
                            self.visits.push_back(id);
                        }
                    }
                    Action::OpenWatch => joins = true,
                }
            }
            if mailbox.in_step && !mailbox.asking && mailbox.oof_at <= now {
                mailbox.asking = true;
                self.questions.push_back(id);
            }
        }
        if mailbox.standing != Standing::Leaving && !mailbox.searching && mailbox.search_at <= now {
            mailbox.searching = true;
            self.searches.push_back(id);
        }
        if let Some(before) = mailbox.due.take() {
            self.timers.remove(&(before, id));
        }
        mailbox.due = mailbox.next();
        if let Some(at) = mailbox.due {
            self.timers.insert((at, id));
        }
        if joins {
            self.wish(id);
        }
    }

    fn next_moment(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let soon = now + Duration::seconds(30);
        let timer = self.timers.first().map(|(at, _)| *at);
        let waits = !self.visits.is_empty() || !self.questions.is_empty();
        let store = self.store.rests_until(now).filter(|_| waits);
        let sign_in = match self.sign_in {
            SignIn::Refused { times, again } if times < REFUSED_MAX => Some(again),
            SignIn::Refused { .. } | SignIn::Good => None,
        };
        let gate = waits.then(|| self.gate.opens());
        let moments = [
            timer,
            store,
            sign_in,
            gate,
            self.regroups(),
            self.count_at,
            Some(self.tend_at),
            Some(self.notice.due()),
        ];
        let next = moments.into_iter().flatten().fold(soon, DateTime::min);
        // What is over already waits for something else.
        if next <= now {
            now + Duration::milliseconds(50)
        } else {
            next
        }
    }

    fn sign_in_refused(&mut self, now: DateTime<Utc>) {
        let times = match self.sign_in {
            // Several were under way when the first one was refused.
            SignIn::Refused { times, again } if now < again => times,
            SignIn::Refused { times, .. } => times + 1,
            SignIn::Good => 1,
        };
        self.sign_in = SignIn::Refused {
            times,
            again: now + REFUSED_WAIT,
        };
        tracing::error!(times, "the account's sign-in is refused");
    }

    /// The gauges are counted anew within a second.
    fn uncounted(&mut self, now: DateTime<Utc>) {
        self.count_at.get_or_insert(now + Duration::seconds(1));
    }

    /// When groups are made anew: not while the sign-in is refused, as their
    /// streams would show the password beside the one that tries it.
    fn regroups(&self) -> Option<DateTime<Utc>> {
        self.regroup_at
            .filter(|_| matches!(self.sign_in, SignIn::Good))
    }

    fn may_sign_in(&self, now: DateTime<Utc>) -> bool {
        match self.sign_in {
            SignIn::Good => true,
            SignIn::Refused { times, again } => {
                times < REFUSED_MAX && now >= again && self.running.is_empty()
            }
        }
    }

    fn show(&self) {
        let measures = &self.measures;
        set(&measures.owed, self.visits.len());
        set(&measures.limit, self.gate.limit());
        set(
            &measures.server_resting,
            usize::from(self.gate.is_resting()),
        );
        set(
            &measures.store_resting,
            usize::from(self.store.is_resting()),
        );
        let refused = matches!(self.sign_in, SignIn::Refused { .. });
        set(&measures.sign_in_refused, usize::from(refused));
        let open = self.groups.values().filter(|group| group.is_open());
        set(&measures.streams, open.count());
    }

    /// The account at a server.
    fn account_at(&mut self, server: &str) -> Result<ServiceAccount, Failure> {
        if let Some(account) = self.accounts.get(server) {
            return Ok(account.clone());
        }
        let mut account = account(&self.settings, &self.secret);
        server.clone_into(&mut account.server);
        let made = ServiceAccount::new(&account, Services::built_in().clone())?;
        self.accounts.insert(server.to_owned(), made.clone());
        Ok(made)
    }

    fn write_back(&self, address: &str) -> Option<WriteBack> {
        let keywords = self.settings.keywords.as_ref()?;
        let rooms: Rooms = keywords.rooms_of(address);
        Some(WriteBack {
            rooms,
            told: if keywords.tell_attendees {
                MailedTo::Attendees
            } else {
                MailedTo::Nobody
            },
            language: keywords.in_language(),
            token: || Uuid::new_v4().simple().to_string(),
        })
    }

    fn begin_tending(&mut self, now: DateTime<Utc>) {
        let cabinet = self.cabinet.clone();
        self.running.spawn(async move {
            let tended = cabinet.tend(SystemTime::from(now)).await;
            if let Err(error) = tended {
                tracing::warn!(%error, "the store is not tended");
            }
            Done::Tended
        });
    }
}

/// The account as the settings have it, without a server where they name
/// none.
pub(crate) fn account(settings: &Settings, secret: &Sensitive<String>) -> Account {
    let exchange = &settings.exchange;
    let ca_file: Option<PathBuf> = exchange.ca_file.clone();
    let basic = if exchange.allow_basic {
        Basic::Allowed
    } else {
        Basic::Refused
    };
    let secret = Arc::new(Sensitive::new(secret.expose().clone()));
    Account::proven(
        exchange.server.clone().unwrap_or_default(),
        exchange.account.clone(),
        Proof::Password(secret, basic),
        ca_file,
    )
}

/// Places are few; each is kept once.
fn place_id(places: &mut Vec<Place>, place: Place) -> PlaceId {
    let at = places.iter().position(|one| *one == place);
    let at = at.unwrap_or_else(|| {
        places.push(place);
        places.len() - 1
    });
    PlaceId(u16::try_from(at).unwrap_or(u16::MAX))
}

impl Hub {
    /// Tells a mailbox's machine what happened.
    fn input(&mut self, id: BoxId, input: Input, now: DateTime<Utc>) {
        if let Some(mailbox) = self.get(id) {
            mailbox.sync.handle(input, now);
            self.touch(id, now);
        }
    }

    fn wish(&mut self, id: BoxId) {
        let Some(mailbox) = self.get(id) else { return };
        mailbox.wishes = true;
        // Without a seat it is told when it gets one.
        if let Some(seat) = mailbox.seat
            && let Some(group) = self.groups.get(&seat.group)
        {
            group.wish(Wish::Join(seat.member));
        }
    }
}
