//! Sends operations to one server for one account.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST,
        HeaderValue, USER_AGENT,
    },
};
use rustls::ClientConfig;
use tokio::time::Instant;

use super::{
    answer::Answer,
    connection::Connection,
    cookies::Cookies,
    dial::{Dial, Tcp},
    endpoint::{Credentials, Endpoint},
    governor::{Governor, Told},
    sign_in::{Basic, Scheme, Standing},
    stream::{Splitter, StreamReader},
    tls,
};
use crate::{
    Error, Operation, item::Smtp, operation::GetStreamingEvents, soap, xml::reader::XmlError,
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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dial: Arc::new(Tcp),
            impersonate: None,
        }
    }
}

/// One account at one server. Clones share connections, cookies and the
/// governor.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Credentials,
    options: Options,
    tls: Option<Arc<ClientConfig>>,
    idle: Mutex<Vec<(Connection, Instant)>>,
    pub(super) cookies: Mutex<Cookies>,
    pub(super) governor: Governor,
    standing: Mutex<Standing>,
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
        // Nothing leaves the machine then.
        let at_once = (endpoint.is_local() && !endpoint.is_tls()).then_some(Scheme::Basic);
        let Credentials::Password { user, .. } = &credentials;
        let governor = Governor::new(&endpoint.authority(), user);
        Ok(Self {
            shared: Arc::new(Shared {
                endpoint,
                credentials,
                options,
                tls,
                idle: Mutex::default(),
                cookies: Mutex::default(),
                governor,
                standing: Mutex::new(Standing::starting_with(at_once)),
                door: tokio::sync::Mutex::default(),
            }),
        })
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        self.shared.endpoint.authority()
    }

    /// Sends an operation. While the server asks for quiet nothing is sent
    /// and the answer is [`Error::Throttled`] with what is left of the wait.
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Response, Error> {
        let governor = &self.shared.governor;
        let leave = governor.leave(O::NAME).await;
        let leave = leave.map_err(|wait| self.throttled(wait))?;
        let body = soap::request(operation, self.shared.options.impersonate.as_ref());
        let exchange = self.exchange(body, O::REPEATABLE);
        let answer = tokio::time::timeout(ANSWER_WITHIN, exchange)
            .await
            .map_err(|_| Error::Silent {
                host: self.host(),
                after: ANSWER_WITHIN,
            })??;
        let response = self.interpret(operation, &answer);
        leave.end(match &response {
            Ok(_) => Told::Answer,
            Err(_) => Told::Nothing,
        });
        response
    }

    /// Opens a stream on a connection of its own.
    pub async fn stream(&self, operation: GetStreamingEvents) -> Result<StreamReader, Error> {
        self.check_quiet()?;
        let body = soap::request(&operation, self.shared.options.impersonate.as_ref());
        let opening = self.enter(&body, Gzip::No);
        let (connection, response) = tokio::time::timeout(ANSWER_WITHIN, opening)
            .await
            .map_err(|_| Error::Silent {
                host: self.host(),
                after: ANSWER_WITHIN,
            })??;
        if response.status() != StatusCode::OK {
            let answer = self.collect(response).await?;
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
        lock(&self.shared.cookies).keep(response.headers());
        Ok(StreamReader {
            host: self.host(),
            operation,
            body: response.into_body(),
            splitter: Splitter::default(),
            heard: Instant::now(),
            connection,
        })
    }

    fn check_quiet(&self) -> Result<(), Error> {
        match self.shared.governor.quiet() {
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
        Connection::open(
            &shared.endpoint,
            shared.options.dial.as_ref(),
            shared.tls.as_ref(),
        )
        .await
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = lock(&self.shared.idle);
        let now = Instant::now();
        idle.retain(|(connection, since)| connection.is_ready() && now - *since < IDLE_MAX);
        idle.pop().map(|(connection, _)| connection)
    }

    /// One request and its whole answer. A connection that was idle may have
    /// been closed by the server just now; then a fresh one is tried, once.
    async fn exchange(&self, body: String, repeatable: bool) -> Result<Answer, Error> {
        if !self.standing().may_try() {
            return Err(self.refused_login());
        }
        // Servers under pressure refuse what they let in a moment ago: what
        // was good before is tried once more (quirk 3).
        let mut again = self.standing().was_good();
        if repeatable && let Some(mut connection) = self.take_idle() {
            let request = self.request(&body, Gzip::Yes, self.authorization_again())?;
            match self.send(&mut connection, request).await {
                Ok(response) if response.status() != StatusCode::UNAUTHORIZED => {
                    return self.finish(connection, response, body.len()).await;
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
        let mut entered = self.enter(&body, Gzip::Yes).await?;
        if again && entered.1.status() == StatusCode::UNAUTHORIZED && self.standing().may_try() {
            entered = self.enter(&body, Gzip::Yes).await?;
        }
        let (connection, response) = entered;
        self.finish(connection, response, body.len()).await
    }

    async fn finish(
        &self,
        connection: Connection,
        response: Response<Incoming>,
        sent: usize,
    ) -> Result<Answer, Error> {
        let answer = self.collect(response).await?;
        if answer.status.is_success() && sent <= KEPT_AFTER {
            lock(&self.shared.idle).push((connection, Instant::now()));
        }
        Ok(answer)
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
        let Credentials::Password { basic, .. } = &self.shared.credentials;
        if self.shared.endpoint.is_local() {
            Basic::Allowed
        } else {
            *basic
        }
    }

    pub(super) fn request(
        &self,
        body: &str,
        gzip: Gzip,
        authorization: Option<HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, Error> {
        let shared = &self.shared;
        let mut request = Request::post(shared.endpoint.url().path())
            .header(HOST, shared.endpoint.authority())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(ACCEPT, "text/xml")
            .header(USER_AGENT, concat!("Joinbell/", env!("CARGO_PKG_VERSION")))
            .header("client-request-id", uuid::Uuid::new_v4().to_string())
            .header("return-client-request-id", "true")
            .header(CONTENT_LENGTH, body.len());
        if let Some(mut authorization) = authorization {
            authorization.set_sensitive(true);
            request = request.header(AUTHORIZATION, authorization);
        }
        if gzip == Gzip::Yes {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        if let Some(mailbox) = &shared.options.impersonate {
            request = request.header("X-AnchorMailbox", &mailbox.0);
        }
        if let Some(cookies) = lock(&shared.cookies).header() {
            request = request.header(COOKIE, cookies);
        }
        request
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .map_err(|_| Error::Cut { host: self.host() })
    }
}

fn is_xml(kind: &HeaderValue) -> bool {
    kind.to_str()
        .is_ok_and(|kind| kind.to_ascii_lowercase().contains("xml"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gzip {
    Yes,
    No,
}
