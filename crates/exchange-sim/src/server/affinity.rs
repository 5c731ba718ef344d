//! Which mailbox server a request reaches, and the marks it leaves in the answer.
//!
//! Microsoft, "Maintain affinity between a group of subscriptions and the
//! Mailbox server": the override cookie decides when affinity is asked for,
//! else the anchor mailbox, else the mailbox itself.

use http::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use http::{HeaderMap, Response};

use crate::world::World;
use crate::world::id::MailboxGuid;

const OVERRIDE: &str = "X-BackEndOverrideCookie";
const BACK_END: &str = "X-BackEndCookie";
/// The number behind a server's name in its cookie; it means its version.
const VERSION: &str = "~1941962754";

/// Where a request goes and what its answer tells of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    /// Counts the mailbox servers from 0.
    pub(super) backend: usize,
    /// The request asks to keep its server and has no cookie that names one.
    first: bool,
    known: bool,
    client_request: Option<HeaderValue>,
}

/// The full name of a mailbox server.
pub(crate) fn server(backend: usize) -> String {
    format!("exch{:02}.example.org", backend + 1)
}

/// The server that holds a mailbox; after a move it is the next one.
fn home(world: &World, address: &str, backends: usize) -> usize {
    world.mailbox(address).map_or(0, |mailbox| {
        let MailboxGuid(guid) = &mailbox.guid;
        let sum: usize = guid.bytes().map(usize::from).sum();
        (sum + mailbox.moves) % backends.max(1)
    })
}

impl Route {
    /// Reads the headers of a request for a mailbox.
    pub(super) fn of(headers: &HeaderMap, world: &World, mailbox: &str, backends: usize) -> Self {
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let cookie = |wanted: &str| {
            headers
                .get_all(COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|cookies| cookies.split(';'))
                .find_map(|cookie| {
                    let (name, value) = cookie.trim().split_once('=')?;
                    (name == wanted).then_some(value)
                })
        };
        let keeps =
            value("x-preferserveraffinity").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let named = cookie(OVERRIDE).and_then(|value| {
            let name = value.split('~').next()?;
            (0..backends.max(1)).find(|backend| server(*backend) == name)
        });
        let anchor = value("x-anchormailbox").filter(|anchor| world.mailbox(anchor).is_some());
        let backend = match named {
            Some(backend) if keeps => backend,
            _ => home(world, anchor.unwrap_or(mailbox), backends),
        };
        Self {
            backend,
            first: keeps && named.is_none(),
            known: cookie(BACK_END).is_some(),
            client_request: headers
                .get("client-request-id")
                .filter(|_| value("return-client-request-id") == Some("true"))
                .cloned(),
        }
    }

    /// Marks an answer with the servers it came through.
    pub(super) fn mark<T>(&self, operation: &str, answer: &mut Response<T>) {
        let name = server(self.backend);
        let short = name.split('.').next().unwrap_or_default().to_uppercase();
        let headers = answer.headers_mut();
        let request = uuid::Uuid::new_v4().to_string();
        for (header, text) in [
            ("x-beserver", short.as_str()),
            ("x-diaginfo", short.as_str()),
            ("x-calculatedbetarget", name.as_str()),
            ("request-id", request.as_str()),
        ] {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(HeaderName::from_static(header), value);
            }
        }
        if let Some(id) = &self.client_request {
            headers.insert(HeaderName::from_static("client-request-id"), id.clone());
        }
        let mut set = |cookie: String| {
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                headers.append(SET_COOKIE, value);
            }
        };
        if !self.known {
            set(format!(
                "{BACK_END}={name}{VERSION}; path=/EWS; max-age=600; HttpOnly"
            ));
        }
        if self.first && operation == "Subscribe" {
            set(format!("{OVERRIDE}={name}{VERSION}; path=/; HttpOnly"));
        }
    }
}
