//! The HTTP side: connections, sign-in, streams, faults, records.

pub(crate) mod affinity;
mod answer;
mod authority;
mod autodiscover;
mod connection;
pub mod control;
mod effect;
mod extras;
pub mod faults;
mod gate;
pub mod limits;
mod ntlm;
mod outline;
pub mod record;
mod respond;
mod stream;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use crate::clock::{self, Clock};
use crate::operations::Subscriptions;
use crate::personality::Personality;
use crate::world::World;
use faults::Faults;
use limits::{Governor, Limits};
pub use record::Recorded;
use record::Recorder;

/// How a simulator runs.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes any free one. Loopback only.
    pub listen: SocketAddr,
    /// Plain HTTP, or HTTPS by an own certificate authority.
    pub transport: Transport,
    /// How clients sign in.
    pub sign_in: SignIn,
    /// Whether NTLM proofs must be tied to the TLS certificate.
    pub channel_binding: ChannelBinding,
    /// Time between a stream's signs of life; 45 s on a real server.
    pub heartbeat: Duration,
    /// What a stream takes for the minutes of `ConnectionTimeout`.
    pub stream_minute: Duration,
    /// How long a subscription lives without a stream; an open one keeps it alive.
    pub subscription_life: Duration,
    /// What one account may use.
    pub limits: Limits,
    /// How many mailbox servers stand behind this front end. A subscription
    /// is known to the one alone that it was made on.
    pub backends: usize,
    /// Gives the present moment.
    pub clock: Clock,
    /// Which server family it behaves as.
    pub personality: Personality,
    /// The host that it tells clients to reach it by, where a proxy leads
    /// there; its own address else.
    pub named: Option<String>,
    /// Whether requests and answers are kept.
    pub recording: Recording,
    /// An existing folder that requests are written into, and the answers which
    /// must follow Microsoft's schema: one file each, one of each outline. By
    /// default the one which `EXCHANGE_SIM_RECORD` names.
    pub record_into: Option<PathBuf>,
}

/// What carries HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Nothing in between.
    #[default]
    Plain,
    /// TLS.
    Tls,
}

/// How clients sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// NTLMv2, which proves a connection: all that Exchange offers until
    /// somebody switches Basic on. grommunio has no NTLM and takes Basic.
    #[default]
    Ntlm,
    /// NTLM, and Basic beside it where somebody switched that on.
    NtlmOrBasic,
    /// Name and password in every request, and nothing better.
    Basic,
    /// A token, of the world or of the authority that this server has beside
    /// it (`/adfs/oauth2/authorize`), as with modern authentication.
    Bearer,
}

/// Extended protection: whether NTLM proofs are tied to the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Not looked at.
    Ignored,
    /// Checked when the client sends it.
    #[default]
    Allowed,
    /// Needed over TLS.
    Required,
}

impl std::str::FromStr for ChannelBinding {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "none" => Ok(Self::Ignored),
            "allow" => Ok(Self::Allowed),
            "require" => Ok(Self::Required),
            other => Err(format!(
                "there is no channel binding {other}; use none, allow or require"
            )),
        }
    }
}

/// Whether requests and answers are kept for later inspection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// All of them.
    #[default]
    On,
    /// None: for long runs and benchmarks.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            transport: Transport::Plain,
            sign_in: SignIn::default(),
            channel_binding: ChannelBinding::Allowed,
            heartbeat: Duration::from_secs(45),
            stream_minute: Duration::from_mins(1),
            subscription_life: Duration::from_mins(30),
            limits: Limits::default(),
            backends: 1,
            clock: clock::system(),
            personality: Personality::ExchangeSe,
            named: None,
            recording: Recording::On,
            record_into: std::env::var_os("EXCHANGE_SIM_RECORD").map(PathBuf::from),
        }
    }
}

impl Options {
    /// grommunio forgets a subscription after five minutes, whatever is set.
    fn life_of_subscriptions(&self) -> Duration {
        match self.personality {
            Personality::ExchangeSe => self.subscription_life,
            Personality::Grommunio => self.subscription_life.min(5 * self.stream_minute),
        }
    }

    /// grommunio gathers events: its stock setting is 5 s for heartbeats of 45.
    fn event_delay(&self) -> Option<Duration> {
        (self.personality == Personality::Grommunio).then(|| self.heartbeat / 9)
    }
}

/// Why a simulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is not on this machine alone.
    #[error("the simulator listens on loopback addresses only, not on {0}; use 127.0.0.1:0")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}; choose another port")]
    Listen(SocketAddr, std::io::Error),
    /// The certificates could not be made.
    #[error("cannot make the certificates of the simulated server: {0}")]
    Certificate(String),
}

/// What all connections share.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Milliseconds that its clock was moved forward by.
    ahead: Arc<AtomicI64>,
    pub(crate) faults: Faults,
    pub(crate) recorder: Recorder,
    governor: Arc<Governor>,
    pub(crate) options: Options,
    /// Where it listens, with the scheme.
    pub(crate) origin: String,
    /// Wakes the streams. A `watch` would wake them in an order drawn by lot,
    /// and no simulated day could be lived again.
    pub(crate) changed: Notify,
    /// The number of the world's last change that they were woken for.
    announced: AtomicU64,
    /// Told when the open streams shall end.
    pub(crate) closing: Notify,
    pub(crate) stopping: watch::Sender<bool>,
}

/// The world and the subscriptions to it.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) subscriptions: Subscriptions,
    /// Extended protection as it is now.
    pub(crate) channel_binding: ChannelBinding,
    /// What the authority has given out.
    pub(crate) grants: authority::Grants,
}

impl Shared {
    /// The state, at the present moment.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.world.set_now((self.options.clock)());
        state
    }

    /// A URL of this server, as it tells it.
    pub(crate) fn url(&self, path: &str) -> String {
        match &self.options.named {
            Some(host) => format!("https://{host}{path}"),
            None => format!("{}{path}", self.origin),
        }
    }

    /// The URL of Exchange Web Services, as it tells it.
    pub(crate) fn ews_url(&self) -> String {
        self.url("/EWS/Exchange.asmx")
    }

    fn revoke_tokens(&self, address: &str) -> bool {
        let mut state = self.state();
        let Some(address) = state.world.mailbox(address).map(|one| one.address.clone()) else {
            return false;
        };
        state.grants.revoke(&address);
        state.world.forget_tokens(&address);
        true
    }

    /// Moves the clock forward.
    fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(by, Ordering::Relaxed);
    }

    /// Forgets every subscription.
    fn forget_subscriptions(&self) {
        self.state().subscriptions.clear();
        self.changed.notify_waiters();
    }

    /// Moves a mailbox to the next server; its subscriptions are lost there.
    /// Whether there is such a mailbox.
    fn move_mailbox(&self, address: &str) -> bool {
        let mut state = self.state();
        let moved = state.world.mailbox_mut(address).map(|mailbox| {
            mailbox.moves += 1;
            mailbox.address.clone()
        });
        if let Some(address) = &moved {
            state.subscriptions.drop_of(address);
        }
        drop(state);
        self.changed.notify_waiters();
        moved.is_some()
    }

    /// Wakes the streams when the world has changed.
    pub(crate) fn announce(&self, serial: u64) {
        if self.announced.swap(serial, Ordering::Relaxed) != serial {
            self.changed.notify_waiters();
        }
    }
}

/// A running simulated Exchange Server. It stops when dropped.
pub struct Simulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    authority: Option<String>,
}

impl Simulator {
    /// Starts to serve a world.
    ///
    /// # Errors
    /// When the address is not loopback or is taken, or certificates cannot be made.
    pub async fn start(mut world: World, mut options: Options) -> Result<Self, StartError> {
        if !options.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(options.listen));
        }
        let tls = match options.transport {
            Transport::Plain => None,
            Transport::Tls => Some(tls::Identity::new().map_err(StartError::Certificate)?),
        };
        let listen = |error| StartError::Listen(options.listen, error);
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        if options.personality == Personality::Grommunio {
            world.keep_occurrences_out_of_the_log();
        }
        let serial = world.serial();
        let ahead = Arc::new(AtomicI64::new(0));
        options.clock = clock::ahead_of(options.clock, Arc::clone(&ahead));
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                world,
                subscriptions: Subscriptions::default(),
                channel_binding: options.channel_binding,
                grants: authority::Grants::default(),
            }),
            ahead,
            faults: Faults::default(),
            governor: Arc::default(),
            recorder: Recorder::new(
                options.recording,
                options.record_into.as_deref(),
                options.personality,
            ),
            origin: format!(
                "{}://{address}",
                if tls.is_some() { "https" } else { "http" }
            ),
            options,
            changed: Notify::new(),
            announced: AtomicU64::new(serial),
            closing: Notify::new(),
            stopping: watch::Sender::new(false),
        });
        let (authority, acceptor) = tls
            .map(|identity| {
                (
                    identity.authority_pem,
                    (identity.acceptor, Arc::new(identity.hash)),
                )
            })
            .unzip();
        tokio::spawn(connection::accept(listener, acceptor, Arc::clone(&shared)));
        Ok(Self {
            shared,
            address,
            authority,
        })
    }

    /// The URL of Exchange Web Services, where it listens.
    pub fn ews_url(&self) -> String {
        format!("{}/EWS/Exchange.asmx", self.shared.origin)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of its authority in PEM form; none without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Looks at or changes the world; open streams hear of a change at once.
    pub fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut state = self.shared.state();
        let result = act(&mut state.world);
        let serial = state.world.serial();
        drop(state);
        self.shared.announce(serial);
        result
    }

    /// What shall go wrong.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The requests so far with their answers, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.recorder.all()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.shared.recorder.clear();
    }

    /// How many subscriptions are open.
    pub fn subscriptions(&self) -> usize {
        self.shared.state().subscriptions.len()
    }

    /// Forgets every subscription, as a restarted or moved server does; open
    /// streams end with `ErrorSubscriptionNotFound`.
    pub fn forget_subscriptions(&self) {
        self.shared.forget_subscriptions();
    }

    /// Moves a mailbox to the next mailbox server: its subscriptions are
    /// lost. Whether there is such a mailbox.
    pub fn move_mailbox(&self, address: &str) -> bool {
        self.shared.move_mailbox(address)
    }

    /// Ends the open streams in good order, as a server does when their time
    /// is over; their subscriptions stay.
    pub fn close_streams(&self) {
        self.shared.closing.notify_waiters();
    }

    /// Takes back an account's tokens, and what it could get new ones with.
    /// Whether there is such an account.
    pub fn revoke_tokens(&self, address: &str) -> bool {
        self.shared.revoke_tokens(address)
    }

    /// Sets extended protection anew; connections that are signed in stay so.
    pub fn set_channel_binding(&self, channel_binding: ChannelBinding) {
        self.shared.state().channel_binding = channel_binding;
    }

    /// Moves the server's clock forward: budgets recharge, tokens run out.
    /// Waits that have begun, such as those between heartbeats, stay.
    pub fn advance(&self, by: Duration) {
        self.shared.advance(by);
    }

    /// Opens the control port, [`control`]; gives where it listens.
    ///
    /// # Errors
    /// When the address is not loopback or is taken.
    pub async fn open_control(&self, listen: SocketAddr) -> Result<SocketAddr, StartError> {
        control::open(Arc::clone(&self.shared), listen).await
    }

    /// One HTTP connection inside the process, without a socket: write
    /// requests to it and read answers. It is never encrypted.
    pub fn duplex(&self) -> DuplexStream {
        let (client, server) = tokio::io::duplex(64 * 1024);
        tokio::spawn(connection::serve(server, Arc::clone(&self.shared), None));
        client
    }

    /// Ends every connection and stops listening.
    pub async fn stop(self) {
        self.shared.stopping.send_replace(true);
        // Connections end on their own tasks; those that hang are cut there.
        tokio::task::yield_now().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stopping.send_replace(true);
    }
}
