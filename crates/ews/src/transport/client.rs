//! Sends operations to one server for one account.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
};
use rustls::ClientConfig;
use tokio::time::Instant;

use super::{
    affinity::{Group, Jar},
    answer::Answer,
    connection::Connection,
    dial::{Dial, Tcp},
    endpoint::{Credentials, Endpoint},
    governor::{Governor, Leave, Told},
    receive::ANSWER_MAX,
    request::{Gzip, Outgoing},
    sign_in::{Basic, Scheme, Standing},
    stream::{Flood, Splitter, StreamReader},
    tls,
};
use crate::{
    Error, Operation,
    item::Smtp,
    operation::GetStreamingEvents,
    soap::{self, ServerVersion},
    xml::reader::XmlError,
};

/// A server has a minute for a request, and may delay it.
const ANSWER_WITHIN: Duration = Duration::from_secs(100);
/// Bytes of a request after which its connection is used again. grommunio
/// refuses the next request after one of 64 KiB and more (its quirk 2).
const KEPT_AFTER: usize = 60_000;
/// Servers close idle connections after two minutes, proxies after one.
const IDLE_MAX: Duration = Duration::from_mins(1);

/// What may differ beside the account.
#[derive(Clone)]
pub struct Options {
    /// How connections are opened.
    pub dial: Arc<dyn Dial>,
    /// Whose mailbox, when the account impersonates.
    pub impersonate: Option<Smtp>,
    /// Bytes of one answer, unpacked, beyond which it is given up: 64 MiB,
    /// which is more than a calendar's answers have.
    pub answer_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dial: Arc::new(Tcp),
            impersonate: None,
            answer_max: ANSWER_MAX,
        }
    }
}

/// One account at one server, for one mailbox. Clones share everything: the
/// sign-in, connections, cookies and the governor, which is why an account has
/// one client and clones of it.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    /// The mailbox that is acted for, where the account impersonates.
    pub(super) mailbox: Option<Smtp>,
    /// Servers keep one budget for each mailbox that is acted for.
    pub(super) governor: Arc<Governor>,
    pub(super) cookies: Jar,
    pub(super) group: Anchored,
}

/// Where subscriptions are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchored {
    pub(super) anchor: Option<Smtp>,
    pub(super) cookies: Jar,
}

/// What all mailboxes of an account share.
pub(super) struct Shared {
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Credentials,
    pub(super) answer_max: usize,
    dial: Arc<dyn Dial>,
    tls: Option<Arc<ClientConfig>>,
    idle: Mutex<Vec<(Connection, Instant)>>,
    standing: Mutex<Standing>,
    /// What the server's clock showed when it sent its last good answer.
    pub(super) told: Mutex<Option<DateTime<Utc>>>,
    /// What the server said of itself first.
    version: OnceLock<ServerVersion>,
    /// One at a time proves itself, so that a wrong password is not tried
    /// four times at once.
    pub(super) door: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.shared.endpoint.authority())
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Each holder changes one value and cannot leave it half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// Prepares; nothing is connected yet.
    pub fn new(
        endpoint: Endpoint,
        credentials: Credentials,
        options: Options,
    ) -> Result<Self, Error> {
        let tls = if endpoint.is_tls() {
            let ca_file = endpoint.ca_file().map(std::path::PathBuf::as_path);
            Some(Arc::new(tls::config(ca_file)?))
        } else {
            None
        };
        let (at_once, user) = match &credentials {
            // What the server offers decides.
            Credentials::Password { user, .. } => (None, user.as_str()),
            // They are for one server; no other one is shown any.
            Credentials::Tokens(tokens) if tokens.server().origin() != endpoint.url().origin() => {
                return Err(Error::SignInNeeded {
                    host: endpoint.authority(),
                });
            }
            Credentials::Tokens(_) => (Some(Scheme::Bearer), ""),
            Credentials::Ticket => (Some(Scheme::Kerberos), ""),
        };
        let governor = Governor::new(&endpoint.authority(), user);
        let own = Self {
            shared: Arc::new(Shared {
                endpoint,
                credentials,
                answer_max: options.answer_max,
                dial: options.dial,
                tls,
                idle: Mutex::default(),
                standing: Mutex::new(Standing::starting_with(at_once)),
                told: Mutex::default(),
                version: OnceLock::new(),
                door: tokio::sync::Mutex::default(),
            }),
            mailbox: None,
            governor: Arc::new(governor),
            cookies: Jar::default(),
            group: Anchored::default(),
        };
        Ok(match options.impersonate {
            Some(mailbox) => own.for_mailbox(mailbox),
            None => own,
        })
    }

    /// A client of the same account which acts for a mailbox. It shares the
    /// sign-in and the connections; cookies and the budget are that mailbox's.
    #[must_use]
    pub fn for_mailbox(&self, mailbox: Smtp) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            governor: Arc::new(Governor::new(&self.host(), &mailbox.0)),
            cookies: Jar::default(),
            group: Anchored {
                anchor: Some(mailbox.clone()),
                cookies: Jar::default(),
            },
            mailbox: Some(mailbox),
        }
    }

    /// The same client with its subscriptions in a group.
    #[must_use]
    pub fn in_group(&self, group: &Group) -> Self {
        Self {
            group: Anchored {
                anchor: Some(group.anchor().clone()),
                cookies: group.cookies.clone(),
            },
            ..self.clone()
        }
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        self.shared.endpoint.authority()
    }

    /// What the server says of itself; nothing before its first answer, and
    /// where it, or a proxy, does not tell.
    pub fn server_version(&self) -> Option<ServerVersion> {
        self.shared.version.get().copied()
    }

    /// What the server's clock showed when it sent its last good answer; nothing
    /// where it does not tell. What says nothing of the calendar may come from
    /// somebody on the way.
    pub fn server_time(&self) -> Option<DateTime<Utc>> {
        *lock(&self.shared.told)
    }

    pub(super) fn note_version(&self, document: &str) {
        if self.shared.version.get().is_none()
            && let Some(version) = soap::server_version(document)
        {
            let _known = self.shared.version.set(version);
        }
    }

    /// Sends an operation. While the server asks for quiet nothing is sent
    /// and the answer is [`Error::Throttled`] with what is left of the wait.
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Response, Error> {
        let leave = self.leave(O::NAME).await?;
        let outgoing = self.outgoing(operation, Gzip::Yes);
        let exchange = async {
            let (connection, response) = self.exchange(&outgoing, O::REPEATABLE).await?;
            self.finish(connection, response, &outgoing).await
        };
        let answer = self.in_time(exchange).await?;
        let response = self.interpret(operation, &answer);
        leave.end(match &response {
            Ok(_) => Told::Answer,
            Err(_) => Told::Nothing,
        });
        response
    }

    /// How long the last answered call of an operation took on its way there
    /// and back; `None` before the first one.
    pub fn last_took<O: Operation>(&self) -> Option<Duration> {
        self.governor.last_took(O::NAME)
    }

    pub(super) async fn leave(&self, operation: &'static str) -> Result<Leave<'_>, Error> {
        let leave = self.governor.leave(operation).await;
        leave.map_err(|wait| self.throttled(wait))
    }

    pub(super) async fn in_time<T>(
        &self,
        exchange: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let timed = tokio::time::timeout(ANSWER_WITHIN, exchange).await;
        timed.map_err(|_| Error::Silent {
            host: self.host(),
            after: ANSWER_WITHIN,
        })?
    }

    /// Opens a stream on a connection of its own.
    pub async fn stream(&self, operation: GetStreamingEvents) -> Result<StreamReader, Error> {
        self.check_quiet()?;
        let outgoing = self.outgoing(&operation, Gzip::No);
        let (connection, response) = self.in_time(self.enter(&outgoing)).await?;
        if response.status() != StatusCode::OK {
            let answer = self.collect(response, &outgoing).await?;
            self.interpret(&operation, &answer)?;
            return Err(self.http(answer.status));
        }
        // A proxy's page in the place of the stream (quirk 11).
        let kind = response.headers().get(CONTENT_TYPE);
        if kind.is_some_and(|kind| !is_xml(kind)) {
            return Err(Error::Garbled {
                host: self.host(),
                operation: GetStreamingEvents::NAME,
                reason: XmlError::Missing("an envelope"),
            });
        }
        let jar = self.jar_of(&outgoing).clone();
        jar.cookies().keep(response.headers());
        Ok(StreamReader {
            host: self.host(),
            jar,
            operation,
            body: response.into_body(),
            splitter: Splitter::of_envelopes(),
            flood: Flood::starting(Instant::now()),
            heard: Instant::now(),
            connection,
        })
    }

    fn check_quiet(&self) -> Result<(), Error> {
        match self.governor.quiet() {
            Some(wait) => Err(self.throttled(wait)),
            None => Ok(()),
        }
    }

    fn throttled(&self, wait: Duration) -> Error {
        Error::Throttled {
            host: self.host(),
            wait,
        }
    }

    /// The one place where requests leave: none does while the server wants
    /// quiet, not even the rest of a handshake.
    pub(super) async fn send(
        &self,
        connection: &mut Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Error> {
        self.check_quiet()?;
        let sent = connection.send(request).await;
        sent.map_err(|_| Error::Cut { host: self.host() })
    }

    pub(super) async fn connect(&self) -> Result<Connection, Error> {
        let shared = &self.shared;
        Connection::open(&shared.endpoint, shared.dial.as_ref(), shared.tls.as_ref()).await
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = lock(&self.shared.idle);
        let now = Instant::now();
        idle.retain(|(connection, since)| connection.is_ready() && now - *since < IDLE_MAX);
        idle.pop().map(|(connection, _)| connection)
    }

    /// One request, up to the head of its answer. A connection that was idle may have
    /// been closed by the server just now; then a fresh one is tried, once.
    pub(super) async fn exchange(
        &self,
        outgoing: &Outgoing,
        repeatable: bool,
    ) -> Result<(Connection, Response<Incoming>), Error> {
        if !self.standing().may_try() {
            return Err(self.refused_login());
        }
        // Servers under pressure refuse what they let in a moment ago: what
        // was good before is tried once more (quirk 3).
        let mut again = self.standing().was_good();
        // Beside the door several would show a password that is refused.
        let at_once = repeatable && !self.standing().is_in_doubt();
        if at_once && let Some(mut connection) = self.take_idle() {
            let request = self.request(outgoing, self.authorization_again().await?)?;
            match self.send(&mut connection, request).await {
                Ok(response) if response.status() != StatusCode::UNAUTHORIZED => {
                    return Ok((connection, response));
                }
                // Under NTLM a refusal only says that the server has
                // forgotten the connection.
                Ok(_) if self.standing().scheme() == Some(Scheme::Basic) => {
                    self.standing().refused();
                    again = false;
                }
                Err(error @ Error::Throttled { .. }) => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        let mut entered = self.enter(outgoing).await?;
        if again && entered.1.status() == StatusCode::UNAUTHORIZED && self.standing().may_try() {
            entered = self.enter(outgoing).await?;
        }
        Ok(entered)
    }

    /// The whole answer.
    pub(super) async fn finish(
        &self,
        connection: Connection,
        response: Response<Incoming>,
        outgoing: &Outgoing,
    ) -> Result<Answer, Error> {
        let answer = self.collect(response, outgoing).await?;
        if answer.status.is_success() {
            self.keep(connection, outgoing);
        }
        Ok(answer)
    }

    /// Keeps a connection for the next request, after a good answer that was
    /// read to its end.
    pub(super) fn keep(&self, connection: Connection, outgoing: &Outgoing) {
        if outgoing.body.len() <= KEPT_AFTER {
            lock(&self.shared.idle).push((connection, Instant::now()));
        }
    }

    /// Forgets the refusals so far: the user has a say in every further
    /// attempt (SR-25).
    pub fn try_again(&self) {
        self.standing().forgive();
    }

    pub(super) fn standing(&self) -> std::sync::MutexGuard<'_, Standing> {
        lock(&self.shared.standing)
    }

    /// Whether the password may be sent to this server.
    pub(super) fn basic(&self) -> Basic {
        match &self.shared.credentials {
            Credentials::Password { .. } if self.shared.endpoint.is_local() => Basic::Allowed,
            Credentials::Password { basic, .. } => *basic,
            Credentials::Tokens(_) | Credentials::Ticket => Basic::Refused,
        }
    }
}

fn is_xml(kind: &HeaderValue) -> bool {
    kind.to_str()
        .is_ok_and(|kind| kind.to_ascii_lowercase().contains("xml"))
}
