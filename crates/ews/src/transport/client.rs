//! Sends operations to one server for one account.

use std::{
    io::Read as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST,
        HeaderValue, RETRY_AFTER, USER_AGENT, WWW_AUTHENTICATE,
    },
};
use rustls::ClientConfig;
use tokio::{sync::Semaphore, time::Instant};

use super::{
    connection::Connection,
    cookies::Cookies,
    dial::{Dial, Tcp},
    endpoint::{Credentials, Endpoint},
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
    shared: Arc<Shared>,
}

struct Shared {
    endpoint: Endpoint,
    credentials: Credentials,
    options: Options,
    tls: Option<Arc<ClientConfig>>,
    idle: Mutex<Vec<(Connection, Instant)>>,
    cookies: Mutex<Cookies>,
    slots: Semaphore,
    quiet_until: Mutex<Option<Instant>>,
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
struct Answer {
    status: StatusCode,
    body: String,
    retry_after: Option<Duration>,
    offered: String,
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
        let mut connection = self.connect().await?;
        let request = self.request(body, Gzip::No)?;
        let response = tokio::time::timeout(ANSWER_WITHIN, connection.send(request))
            .await
            .map_err(|_| Error::Silent {
                host: self.host(),
                after: ANSWER_WITHIN,
            })?
            .map_err(|_| Error::Cut { host: self.host() })?;
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

    async fn connect(&self) -> Result<Connection, Error> {
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
        if repeatable && let Some(mut connection) = self.take_idle() {
            let request = self.request(body.clone(), Gzip::Yes)?;
            if let Ok(response) = connection.send(request).await {
                return self.finish(connection, response).await;
            }
        }
        let mut connection = self.connect().await?;
        let request = self.request(body, Gzip::Yes)?;
        let response = connection
            .send(request)
            .await
            .map_err(|_| Error::Cut { host: self.host() })?;
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

    fn request(&self, body: String, gzip: Gzip) -> Result<Request<Full<Bytes>>, Error> {
        let shared = &self.shared;
        let Credentials::Basic { user, password } = &shared.credentials;
        let token = BASE64_STANDARD.encode(format!("{user}:{}", password.as_str()));
        let mut authorization =
            HeaderValue::from_str(&format!("Basic {token}")).map_err(|_| self.refused_login())?;
        authorization.set_sensitive(true);
        let mut request = Request::post(shared.endpoint.url().path())
            .header(HOST, shared.endpoint.authority())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(ACCEPT, "text/xml")
            .header(USER_AGENT, concat!("Joinbell/", env!("CARGO_PKG_VERSION")))
            .header("client-request-id", uuid::Uuid::new_v4().to_string())
            .header("return-client-request-id", "true")
            .header(AUTHORIZATION, authorization);
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
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Error::Cut { host: self.host() })
    }

    async fn collect(&self, response: Response<Incoming>) -> Result<Answer, Error> {
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
        let offered: Vec<&str> = head
            .headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|v| v.to_str().ok()?.split_whitespace().next())
            .collect();
        Ok(Answer {
            status: head.status,
            body: String::from_utf8(bytes)
                .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
            retry_after: text(RETRY_AFTER)
                .and_then(|t| t.trim().parse().ok().map(Duration::from_secs)),
            offered: offered.join(", "),
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
            401 if answer.offered.is_empty() || answer.offered.contains("Basic") => {
                return Err(self.refused_login());
            }
            401 => {
                return Err(Error::NoCommonScheme {
                    host: self.host(),
                    offered: answer.offered.clone(),
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
                404 | 405 | 410 => self.not_ews("there is nothing at this path"),
                _ => self.http(answer.status),
            }),
        }
    }

    fn refused_login(&self) -> Error {
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
enum Gzip {
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
