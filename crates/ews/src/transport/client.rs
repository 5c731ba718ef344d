//! Sends operations to one server for one account.

use std::{
    io::Read as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
        COOKIE, DATE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT,
    },
};
use rustls::ClientConfig;
use tokio::{sync::Semaphore, time::Instant};

use super::{
    connection::Connection,
    cookies::Cookies,
    dial::{Dial, Tcp},
    endpoint::{Credentials, Endpoint},
    sign_in::{Basic, Offers, Scheme, Standing, retry_after},
    stream::{Splitter, StreamReader},
    tls,
};
use crate::{
    Class, Error, Operation,
    item::Smtp,
    operation::GetStreamingEvents,
    soap::{self, Fault},
};

/// A server has a minute for a request, and may delay it.
const ANSWER_WITHIN: Duration = Duration::from_secs(100);
/// Bytes of one answer, unpacked.
const ANSWER_MAX: usize = 64 * 1024 * 1024;
/// Connections at a time: the user's other programs share the budget.
const CONCURRENCY: usize = 4;
/// Servers close idle connections after two minutes, proxies after one.
const IDLE_MAX: Duration = Duration::from_mins(1);
const BACK_OFF_DEFAULT: Duration = Duration::from_secs(10);
const BACK_OFF_MAX: Duration = Duration::from_mins(30);

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
    cookies: Mutex<Cookies>,
    slots: Semaphore,
    quiet_until: Mutex<Option<Instant>>,
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Each holder changes one value and cannot leave it half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What HTTP brought.
pub(super) struct Answer {
    status: StatusCode,
    body: String,
    retry_after: Option<Duration>,
    offers: Offers,
    location: Option<String>,
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
        Ok(Self {
            shared: Arc::new(Shared {
                endpoint,
                credentials,
                options,
                tls,
                idle: Mutex::default(),
                cookies: Mutex::default(),
                slots: Semaphore::new(CONCURRENCY),
                quiet_until: Mutex::default(),
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
        self.check_quiet()?;
        let body = soap::request(operation, self.shared.options.impersonate.as_ref());
        let Ok(_slot) = self.shared.slots.acquire().await else {
            return Err(Error::Cut { host: self.host() });
        };
        self.check_quiet()?;
        let exchange = self.exchange(body, O::REPEATABLE);
        let answer = tokio::time::timeout(ANSWER_WITHIN, exchange)
            .await
            .map_err(|_| Error::Silent {
                host: self.host(),
                after: ANSWER_WITHIN,
            })??;
        self.interpret(operation, &answer)
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
        let mut until = lock(&self.shared.quiet_until);
        let now = Instant::now();
        match *until {
            Some(end) if end > now => Err(Error::Throttled {
                host: self.host(),
                wait: end - now,
            }),
            _ => {
                *until = None;
                Ok(())
            }
        }
    }

    fn be_quiet(&self, wait: Option<Duration>) -> Error {
        let wait = wait.unwrap_or(BACK_OFF_DEFAULT).min(BACK_OFF_MAX);
        let end = Instant::now() + wait;
        let mut until = lock(&self.shared.quiet_until);
        *until = Some(until.map_or(end, |before| before.max(end)));
        Error::Throttled {
            host: self.host(),
            wait,
        }
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
        if repeatable && let Some(mut connection) = self.take_idle() {
            let again = self.authorization_again();
            let request = self.request(&body, Gzip::Yes, again)?;
            if let Ok(response) = connection.send(request).await {
                let refused = response.status() == StatusCode::UNAUTHORIZED;
                let by_basic = self.standing().scheme() == Some(Scheme::Basic);
                if refused && by_basic {
                    self.standing().refused();
                }
                // Under NTLM a refusal only says that the server has
                // forgotten the connection.
                if !refused || by_basic {
                    return self.finish(connection, response).await;
                }
            }
        }
        let (connection, response) = self.enter(&body, Gzip::Yes).await?;
        self.finish(connection, response).await
    }

    async fn finish(
        &self,
        connection: Connection,
        response: Response<Incoming>,
    ) -> Result<Answer, Error> {
        let answer = self.collect(response).await?;
        if answer.status.is_success() {
            lock(&self.shared.idle).push((connection, Instant::now()));
        }
        Ok(answer)
    }

    /// Forgets the refusals so far: the user has a say in every further
    /// attempt (SR-25).
    pub fn try_again(&self) {
        self.standing().accepted();
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

    pub(super) async fn collect(&self, response: Response<Incoming>) -> Result<Answer, Error> {
        let (head, body) = response.into_parts();
        lock(&self.shared.cookies).keep(&head.headers);
        let text = |name| {
            let value: Option<&HeaderValue> = head.headers.get(name);
            value.and_then(|v| v.to_str().ok()).map(str::to_owned)
        };
        let bytes = Limited::new(body, ANSWER_MAX)
            .collect()
            .await
            .map_err(|_| Error::Cut { host: self.host() })?
            .to_bytes();
        let packed = text(CONTENT_ENCODING).is_some_and(|e| e.eq_ignore_ascii_case("gzip"));
        let bytes = if packed {
            unpack(&bytes).ok_or_else(|| Error::Cut { host: self.host() })?
        } else {
            bytes.to_vec()
        };
        Ok(Answer {
            status: head.status,
            body: String::from_utf8(bytes)
                .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
            retry_after: text(RETRY_AFTER).and_then(|t| retry_after(&t, text(DATE).as_deref())),
            offers: Offers::read(&head.headers),
            location: text(hyper::header::LOCATION),
        })
    }

    /// The body first, the status second: faults come with 200 and answers
    /// with 500 (quirk 1).
    fn interpret<O: Operation>(
        &self,
        operation: &O,
        answer: &Answer,
    ) -> Result<O::Response, Error> {
        match answer.status.as_u16() {
            401 => {
                let tried = self.standing().scheme();
                return Err(match tried {
                    Some(scheme) if answer.offers.has(scheme) => self.refused_login(),
                    _ => Error::NoCommonScheme {
                        host: self.host(),
                        offered: answer.offers.names(),
                    },
                });
            }
            403 => return Err(self.refused_login()),
            429 | 503 => return Err(self.be_quiet(answer.retry_after)),
            _ => {}
        }
        match soap::answer(operation, &answer.body) {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(Fault { code, back_off })) if code.class() == Class::Throttled => {
                tracing::info!(code = %code, "the server asks for quiet");
                Err(self.be_quiet(back_off))
            }
            Ok(Err(Fault { code, .. })) => Err(Error::Refused {
                host: self.host(),
                operation: O::NAME,
                code,
            }),
            Err(reason) => Err(match answer.status.as_u16() {
                200 if answer.body.contains("Envelope") => Error::Garbled {
                    host: self.host(),
                    operation: O::NAME,
                    reason,
                },
                200..=299 => self.not_ews("it sends something that is not SOAP"),
                300..=399 if answer.location.as_deref().is_some_and(is_error_page) => {
                    self.http(answer.status)
                }
                300..=399 => self.not_ews("it redirects to another page"),
                404 | 405 | 410 | 501 => self.not_ews("there is nothing at this path"),
                _ => self.http(answer.status),
            }),
        }
    }

    pub(super) fn refused_login(&self) -> Error {
        Error::Credentials { host: self.host() }
    }

    fn not_ews(&self, what: &str) -> Error {
        Error::NotEws {
            host: self.host(),
            what: what.to_owned(),
        }
    }

    fn http(&self, status: StatusCode) -> Error {
        Error::Http {
            host: self.host(),
            status: status.as_u16(),
        }
    }
}

/// A redirect there is a fault of the server that passes (quirk 4).
fn is_error_page(location: &str) -> bool {
    location
        .to_ascii_lowercase()
        .contains("/ews/genericerrorpage")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gzip {
    Yes,
    No,
}

fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let most = ANSWER_MAX as u64 + 1;
    flate2::read::GzDecoder::new(packed)
        .take(most)
        .read_to_end(&mut plain)
        .ok()?;
    (plain.len() <= ANSWER_MAX).then_some(plain)
}
