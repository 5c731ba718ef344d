//! Plays one plan and looks at everything every five seconds.

mod at_rest;
mod good_end;
mod illness;
mod met;
mod sending;
mod slept;
mod sound;
mod steps;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Duration, Utc};
use exchange_sim::{
    Options, Personality, Recording, SignIn, Simulator, World, server::limits::Limits,
};
use sha2::{Digest, Sha256};

use crate::{
    client::{Around, Client, PASSWORD},
    disk::{Mood, Side},
    host::{Host, Timers},
    keyring::{Temper, TemperedKeyRing},
    leak::Leak,
    net::{Net, Weather},
    oracle::{Broken, Key, Moment, Oracle},
    plan::{LENGTH, Plan},
    quiet::Quiet,
    shell::Screen,
    truth::{ANNA, CANARY, Truth, mailbox},
};

use met::Waiting;
use sending::Letters;
use slept::Slept;

/// How far apart two looks are.
const TICK: Duration = Duration::seconds(5);
/// In lasting good weather a change is known within this time.
const HEARS_WITHIN: Duration = Duration::seconds(15);
/// And within this time when the stream tells no changes (I10).
const SWEEPS_WITHIN: Duration = Duration::seconds(15 * 60 + 15);
/// And within this time while no stream can be held: two minutes may pass
/// before a stream that says nothing counts as dead, and a minute between two
/// pulls.
const POLLS_WITHIN: Duration = Duration::minutes(4);
/// A store or a keyring that was not to be had is asked again within this
/// time: two minutes, the half minute between two looks, and the answer.
const ASKS_AGAIN_WITHIN: Duration = Duration::seconds(160);
/// Where timers follow the wall clock a jump of it wakes whoever waits.
const WAKES_WITHIN: Duration = Duration::seconds(2);
/// Elsewhere the clock is looked at every half minute.
const LOOKS_WITHIN: Duration = Duration::seconds(31);
/// The longest life of a stream.
const STREAM_LIFE: Duration = Duration::minutes(30);
/// How often it is looked whether something private rests on the disk.
const LEAKS_EVERY: u32 = 60;
/// How long the weather is good at the end.
const GOOD_END: Duration = Duration::minutes(32);

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The promise that was broken, if any.
    pub broken: Option<Broken>,
    /// Rings that came.
    pub rung: u64,
    /// Rings that had to come.
    pub required: u64,
    /// Rings that came back after a snooze.
    pub returned: u64,
    /// Rings that a silence had held back.
    pub held_back: u64,
    /// Rings that went when their reminder was dismissed on another screen.
    pub gone_elsewhere: u64,
    /// Meetings that the user has made.
    pub sent: u64,
    /// Invitations that the user has answered, and was told so.
    pub answered: u64,
    /// Stores that were compared with the truth in the end: one, or none.
    pub stores_compared: u64,
    /// How often each fault of the catalogue happened.
    pub faults: BTreeMap<u8, u64>,
    /// How long the run was for the client.
    pub simulated: Duration,
    /// Names the course of the run: the same plan gives the same (I12).
    pub trace: Vec<u8>,
}

/// Plays a plan from beginning to end.
pub fn play(plan: &Plan) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(async {
            match Run::begin(plan).await {
                Ok(run) => run.whole().await,
                Err(reason) => Outcome {
                    broken: Some(Broken {
                        invariant: "start",
                        what: reason,
                    }),
                    ..Outcome::default()
                },
            }
        }),
        Err(error) => Outcome {
            broken: Some(Broken {
                invariant: "start",
                what: error.to_string(),
            }),
            ..Outcome::default()
        },
    }
}

/// Something that ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Network,
    Server,
    Disk,
    Keyring,
    Clock,
    Down,
    Another,
}

/// What a process can do with the file of its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoreIs {
    /// It reads and writes it.
    Open,
    /// It will find it of no use when it opens it next, and keeps nothing
    /// before.
    Lost,
    /// It found it of no use and could not make another one.
    Away,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and they come in any combination"
)]
struct Run<'a> {
    plan: &'a Plan,
    simulator: Arc<Simulator>,
    around: Around,
    truth: Truth,
    oracle: Oracle,
    quiet: Quiet,
    client: Option<Client>,
    endings: Vec<(DateTime<Utc>, Ending)>,
    well_since: DateTime<Utc>,
    keeps_since: DateTime<Utc>,
    /// The notification that came last, and whether the process that sent it
    /// still runs.
    last_rung: Option<((String, String), Key, bool)>,
    /// A second start of the program.
    another: Option<Client>,
    /// The server has, or had, an illness that is none of streams alone.
    server_is_ill: bool,
    /// The server refuses the password.
    password_changed: bool,
    /// Until then a stream may be open that tells no changes.
    deaf_until: DateTime<Utc>,
    /// The keyring worked when the process started.
    has_keys: bool,
    /// Everything the process committed was kept.
    kept_all: bool,
    store: StoreIs,
    /// The store was harmed once.
    was_harmed: bool,
    /// The trap in which the process died.
    sprung: Option<Side>,
    /// Faults that nothing has run into yet.
    waiting: Vec<Waiting>,
    /// Refused sign-ins that were looked at.
    refused: usize,
    leak: Leak,
    letters: Letters,
    slept: Slept,
    ticks: u32,
    /// Until when the process stays down after its end.
    down_for: Duration,
    next_step: usize,
    outcome: Outcome,
    trace: Sha256,
    /// What the trace knows of the agenda.
    traced: Arc<BTreeSet<Key>>,
}

impl<'a> Run<'a> {
    async fn begin(plan: &'a Plan) -> Result<Self, String> {
        let host = Arc::new(Host::at(plan.base, plan.zone, plan.timers, plan.drift));
        let mut world = World::empty(plan.base);
        for account in 0..plan.accounts {
            world.add_mailbox(mailbox(account), "Anna Berg", plan.zone, PASSWORD);
        }
        let (time, skew) = (Arc::clone(&host), Duration::minutes(i64::from(plan.skew)));
        let options = Options {
            clock: Arc::new(move || time.true_time() + skew),
            backends: 2,
            personality: plan.personality,
            limits: if plan.throttled {
                Limits {
                    syncs: Some(1),
                    ..Limits::of_exchange()
                }
            } else {
                Limits::default()
            },
            recording: Recording::On,
            // The handshake is not what these days are about.
            sign_in: SignIn::Basic,
            ..Options::default()
        };
        let simulator = Simulator::start(world, options)
            .await
            .map_err(|error| error.to_string())?;
        let simulator = Arc::new(simulator);
        let around = Around {
            net: Arc::new(Net::to(Arc::clone(&simulator))),
            host,
            disk: Arc::default(),
            keyring: Arc::new(TemperedKeyRing::default()),
            screen: Arc::new(Screen::default()),
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
            spread: plan.seed,
        };
        around.set_up(plan.accounts, plan.writes).await?;
        let mut run = Self {
            plan,
            simulator,
            around,
            truth: Truth::of(plan.accounts),
            oracle: Oracle::default(),
            quiet: Quiet::of(skew),
            client: None,
            endings: Vec::new(),
            well_since: plan.base,
            keeps_since: plan.base,
            deaf_until: plan.base,
            server_is_ill: false,
            password_changed: false,
            last_rung: None,
            another: None,
            has_keys: true,
            kept_all: true,
            store: StoreIs::Open,
            was_harmed: false,
            sprung: None,
            waiting: Vec::new(),
            refused: 0,
            leak: Leak::of(CANARY),
            letters: Letters::default(),
            slept: Slept::default(),
            ticks: 0,
            down_for: Duration::zero(),
            next_step: 0,
            outcome: Outcome::default(),
            trace: Sha256::new(),
            traced: Arc::default(),
        };
        // Both kinds of timers take their turns (F11), streams end after 29
        // minutes (F18), and the simulator cuts its chunks anywhere (F25).
        run.outcome.faults.extend([(11, 1), (18, 1), (25, 1)]);
        let always = [
            (6, plan.skew != 0 || plan.drift != 0),
            (7, plan.changes_clocks()),
            (44, plan.throttled),
        ];
        let seen = always.iter().filter(|(_, on)| *on);
        run.outcome
            .faults
            .extend(seen.map(|(fault, _)| (*fault, 1)));
        run.start()?;
        Ok(run)
    }

    async fn whole(mut self) -> Outcome {
        let outcome = self.all().await;
        if let Err(broken) = outcome {
            self.outcome.broken = Some(broken);
        }
        self.outcome.rung = self.oracle.rung;
        self.outcome.required = self.oracle.required;
        self.outcome.returned = self.oracle.returned;
        self.outcome.held_back = self.oracle.held_back;
        self.outcome.gone_elsewhere = self.oracle.gone_elsewhere;
        self.outcome.simulated = self.now() - self.plan.base;
        self.outcome.trace = self.trace.clone().finalize().to_vec();
        self.outcome
    }

    async fn all(&mut self) -> Result<(), Broken> {
        let length = Duration::seconds(i64::from(LENGTH));
        let mut passed = Duration::zero();
        while passed < length {
            self.do_what_is_due(passed).await?;
            self.tick().await?;
            passed += TICK;
        }
        self.good_end().await
    }

    fn now(&self) -> DateTime<Utc> {
        self.around.host.true_time()
    }

    fn start(&mut self) -> Result<(), String> {
        self.client = Some(Client::start(&self.around)?);
        self.store = match (self.store, self.is_on(Ending::Disk)) {
            (StoreIs::Lost | StoreIs::Away, Some(_)) => StoreIs::Away,
            _ => StoreIs::Open,
        };
        self.kept_all = self.is_on(Ending::Disk).is_none();
        self.has_keys = self.is_on(Ending::Keyring).is_none();
        self.oracle
            .note_begin(self.around.host.wall(), self.has_keys);
        self.meet_at_start();
        self.unwell();
        Ok(())
    }

    fn is_on(&self, ending: Ending) -> Option<DateTime<Utc>> {
        let of = |(at, is): &(DateTime<Utc>, Ending)| (*is == ending).then_some(*at);
        self.endings.iter().filter_map(of).max()
    }

    /// From now on the client has to find its feet again.
    fn unwell(&mut self) {
        self.well_since = self.now();
    }

    async fn do_what_is_due(&mut self, passed: Duration) -> Result<(), Broken> {
        let now = self.now();
        let (over, still): (Vec<_>, Vec<_>) =
            self.endings.drain(..).partition(|(at, _)| *at <= now);
        self.endings = still;
        for (_, ending) in over {
            self.end(ending)?;
        }
        while let Some((at, step)) = self.plan.steps.get(self.next_step) {
            if i64::from(*at) > passed.num_seconds() {
                break;
            }
            self.next_step += 1;
            self.expect(step);
            self.trace.update(format!("{step:?}"));
            self.take(*step).await;
        }
        Ok(())
    }

    /// A fault of the catalogue has happened so many times.
    fn count(&mut self, fault: u8, times: usize) {
        if times > 0 {
            let times = u64::try_from(times).unwrap_or_default();
            *self.outcome.faults.entry(fault).or_default() += times;
        }
    }

    async fn tick(&mut self) -> Result<(), Broken> {
        let length = TICK.to_std().unwrap_or_default();
        let _over = tokio::time::timeout(length, std::future::pending::<()>()).await;
        self.letters_arrive()?;
        self.hear()?;
        if self
            .client
            .as_ref()
            .is_some_and(|client| !client.life.is_on())
        {
            self.died(true);
        }
        self.meet();
        if let Some(client) = &mut self.client {
            let listed = client.listed();
            if !Arc::ptr_eq(&self.traced, &listed) {
                for (number, start) in listed.iter() {
                    self.trace.update(number.to_le_bytes());
                    self.trace.update(start.timestamp().to_le_bytes());
                }
                let at = self.around.host.true_time().timestamp();
                self.trace.update(at.to_le_bytes());
                self.traced = Arc::clone(&listed);
            }
            let troubled = [Ending::Network, Ending::Keyring, Ending::Clock]
                .into_iter()
                .any(|ending| self.is_on(ending).is_some())
                || self.server_is_ill;
            let moment = Moment {
                true_time: self.now(),
                wall: self.around.host.wall(),
                well_since: (self.has_keys && !troubled).then_some(self.well_since),
                keeps_since: (self.has_keys
                    && self.is_on(Ending::Disk).is_none()
                    && self.store == StoreIs::Open)
                    .then_some(self.keeps_since),
                window: calendar::Window::around(self.around.host.wall(), self.around.host.zone()),
                // grommunio's change log says nothing of single occurrences.
                hears_within: if self.now() < self.deaf_until
                    || self.plan.personality == Personality::Grommunio
                {
                    SWEEPS_WITHIN
                } else if self.is_on(Ending::Server).is_some() {
                    POLLS_WITHIN
                } else {
                    HEARS_WITHIN
                },
                looks_within: match self.around.host.timers() {
                    Timers::Wall => WAKES_WITHIN,
                    Timers::Awake => LOOKS_WITHIN,
                },
                jumped_at: self.around.host.jumped_at(),
            };
            self.oracle.look(moment, listed)?;
            if let Some(client) = &self.client {
                self.oracle
                    .look_at_rings(client.rings(), moment.true_time)?;
            }
        }
        if self.another.is_some() {
            self.quiet.forget_wanted();
        }
        self.quiet.look(&self.simulator, self.now())?;
        if self.plan.writes {
            self.join_details(None)?;
        }
        self.clocks_are_told(false)?;
        self.what_was_slept_through()?;
        self.ticks += 1;
        if self.ticks.is_multiple_of(LEAKS_EVERY) {
            self.nothing_leaks()?;
        }
        self.sound()
    }

    fn hear(&mut self) -> Result<(), Broken> {
        for rung in self.around.screen.take_rings() {
            self.trace.update(format!("{} {}", rung.title, rung.wall));
            let key = self.oracle.hear(&rung)?;
            self.last_rung = Some(((rung.meeting, rung.host), key, true));
        }
        for address in self.around.screen.take_opened() {
            if address.as_str() != format!("https://acme.webex.com/meet/{CANARY}") {
                return Err(Broken {
                    invariant: "I8",
                    what: format!("{address} was opened"),
                });
            }
        }
        Ok(())
    }

    fn died(&mut self, killed: bool) {
        let Some(client) = self.client.take() else {
            return;
        };
        // A commit may have killed it since the last look.
        let ended = self.now() - client.life.over_for();
        self.around.net.forget_connections();
        if let Some((.., of_this_process)) = &mut self.last_rung {
            *of_this_process = false;
        }
        self.end_another();
        self.slept.forget();
        self.around.leave_folder();
        self.quiet.forget(self.around.host.true_time());
        let kept_all = self.kept_all && self.has_keys && self.store == StoreIs::Open;
        if self.oracle.is_harmed() {
            self.letters.lose();
        }
        self.letters.end_process(ended, killed, kept_all);
        self.oracle.note_end(ended, killed, kept_all);
        if self.torn() {
            self.was_harmed = true;
            self.oracle.note_harm(false);
            self.letters.lose();
        }
        let up = self.now() + self.down_for.max(Duration::seconds(1));
        self.endings.push((up, Ending::Down));
    }

    fn end_another(&mut self) {
        if let Some(another) = self.another.take() {
            another.life.end();
            self.quiet.forget_wanted();
        }
    }

    fn begin_trouble(&mut self, ending: Ending, seconds: u32) {
        let end = self.now() + Duration::seconds(i64::from(seconds));
        self.endings.push((end, ending));
    }

    fn end(&mut self, ending: Ending) -> Result<(), Broken> {
        // A second trouble of the same kind may still be on.
        if self.is_on(ending).is_some() {
            return Ok(());
        }
        self.meet();
        self.waiting
            .retain(|waiting| waiting.ends_with != Some(ending));
        match ending {
            Ending::Network => self.around.net.turn(Weather::Fine),
            Ending::Server => {
                self.server_is_ill = false;
                self.simulator.faults().clear();
                if std::mem::take(&mut self.password_changed) {
                    self.simulator.world(|world| {
                        if let Some(mailbox) = world.mailbox_mut(ANNA) {
                            PASSWORD.clone_into(&mut mailbox.password);
                        }
                    });
                    // A refused sign-in waits for the user; all other troubles
                    // of a server pass by themselves.
                    self.refresh();
                }
            }
            Ending::Disk => {
                self.around.disk.set_mood(Mood::Works);
                self.keeps_since = self.now();
                if self.store == StoreIs::Away {
                    // It is asked for again every few minutes.
                    self.store = StoreIs::Open;
                    self.keeps_since += ASKS_AGAIN_WITHIN;
                }
            }
            Ending::Keyring => {
                self.around.keyring.set_temper(Temper::Works);
                // A locked one is opened by its user, who then presses "Try
                // again"; one that is there again, or has its answer ready, is
                // noticed.
                if self.around.keyring.take_refused_locked() {
                    self.refresh();
                }
                self.has_keys = true;
                // Engines begin with the store.
                self.keeps_since = self.now();
            }
            Ending::Clock => self.around.host.set_right(),
            Ending::Down if self.client.is_none() => {
                self.start().map_err(|what| Broken {
                    invariant: "start",
                    what,
                })?;
            }
            Ending::Another => self.end_another(),
            Ending::Down => {}
        }
        self.unwell();
        Ok(())
    }

    fn refresh(&mut self) {
        self.quiet.ask_again();
        if let Some(client) = &self.client {
            client.refresh();
        }
    }
}
