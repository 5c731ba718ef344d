//! What comes back: the answer of an operation, or one error that says what
//! can be done.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::{
    Response, StatusCode,
    body::Incoming,
    header::{CONTENT_ENCODING, DATE, HeaderValue, LOCATION, RETRY_AFTER},
    http::response::Parts,
};

use super::{
    client::{Client, lock},
    endpoint::Credentials,
    receive::{Packing, Unreceived, receive},
    request::Outgoing,
    sign_in::{Offers, retry_after},
};
use crate::{
    Class, Error, Operation, ResponseCode,
    soap::{self, Fault},
};

/// What HTTP brought.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: String,
    retry_after: Option<Duration>,
    /// When it was sent, by the server's clock.
    date: Option<DateTime<Utc>>,
    offers: Offers,
    location: Option<String>,
}

impl Answer {
    /// An answer whose body is here.
    pub(super) fn of(head: &Parts, body: String) -> Self {
        let text = |name| {
            let value: Option<&HeaderValue> = head.headers.get(name);
            value.and_then(|v| v.to_str().ok())
        };
        Self {
            status: head.status,
            body,
            retry_after: text(RETRY_AFTER).and_then(|t| retry_after(t, text(DATE))),
            date: text(DATE)
                .and_then(|text| DateTime::parse_from_rfc2822(text).ok())
                .map(|date| date.to_utc()),
            offers: Offers::read(&head.headers),
            location: text(LOCATION).map(str::to_owned),
        }
    }
}

impl Client {
    pub(super) async fn collect(
        &self,
        response: Response<Incoming>,
        outgoing: &Outgoing,
    ) -> Result<Answer, Error> {
        let (head, body) = response.into_parts();
        self.jar_of(outgoing).cookies().keep(&head.headers);
        let packing = head.headers.get(CONTENT_ENCODING);
        let packing = Packing::of(packing.and_then(|v| v.to_str().ok()));
        let bytes = receive(body, packing, self.shared.answer_max)
            .await
            .map_err(|reason| self.unreceived(reason))?;
        let body = String::from_utf8(bytes)
            .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Ok(Answer::of(&head, body))
    }

    /// The body first, the status second: faults come with 200 and answers
    /// with 500 (quirk 1).
    pub(super) fn interpret<O: Operation>(
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
            429 | 503 => return Err(self.be_quiet(None, answer.retry_after)),
            _ => {}
        }
        match soap::answer(operation, &answer.body) {
            Ok(Ok(response)) => {
                self.note_version(&answer.body);
                *lock(&self.shared.told) = answer.date;
                Ok(response)
            }
            // Too many subscriptions are no reason to ask for nothing else.
            Ok(Err(Fault { code, back_off }))
                if code.class() == Class::Throttled
                    && code != ResponseCode::ErrorExceededSubscriptionCount =>
            {
                Err(self.be_quiet(Some(&code), back_off))
            }
            Ok(Err(Fault { code, .. })) => {
                if O::KEEPS_SERVER {
                    self.group.cookies.learn(&code);
                }
                Err(Error::Refused {
                    host: self.host(),
                    operation: O::NAME,
                    code,
                })
            }
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

    /// Nothing more is sent for the account until the wait is over.
    pub(super) fn be_quiet(&self, code: Option<&ResponseCode>, named: Option<Duration>) -> Error {
        let wait = self.governor.busy(code, named);
        tracing::info!(
            code = code.map(ResponseCode::as_str),
            seconds = wait.as_secs(),
            "the server asks for quiet"
        );
        Error::Throttled {
            host: self.host(),
            wait,
        }
    }

    pub(super) fn unreceived(&self, reason: Unreceived) -> Error {
        let host = self.host();
        match reason {
            Unreceived::Cut => Error::Cut { host },
            Unreceived::TooLarge => Error::TooLarge {
                host,
                most: self.shared.answer_max,
            },
        }
    }

    pub(super) fn refused_login(&self) -> Error {
        match self.shared.credentials {
            Credentials::Password { .. } => Error::Credentials { host: self.host() },
            Credentials::Tokens(_) => Error::SignInNeeded { host: self.host() },
            Credentials::Ticket => Error::NoTicket {
                host: self.host(),
                reason: "the server refused it".to_owned(),
            },
        }
    }

    fn not_ews(&self, what: &str) -> Error {
        Error::NotEws {
            host: self.host(),
            what: what.to_owned(),
        }
    }

    pub(super) fn http(&self, status: StatusCode) -> Error {
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
