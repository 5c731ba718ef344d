//! The control port: faults and events as switches, by JSON over HTTP on
//! loopback.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /faults` | the faults in force |
//! | `POST /faults` | sets one, [`Switch`] |
//! | `DELETE /faults` | takes all back |
//! | `POST /subscriptions/forget` | forgets every subscription |
//! | `POST /streams/close` | ends the open streams in good order |
//! | `POST /sync-states/lose` | makes every sync state invalid |
//! | `POST /mailboxes/ADDRESS/move` | moves a mailbox to the next server |
//! | `POST /mailboxes/ADDRESS/recreate` | gives a mailbox and all in it new ids |
//! | `POST /mailboxes/ADDRESS/password` | the owner's password is the body from now on |
//! | `POST /mailboxes/ADDRESS/tokens/revoke` | takes the owner's tokens back |
//! | `POST /clock/ahead` | moves the server's clock forward by the seconds in the body |
//! | `POST /channel-binding/MODE` | extended protection is none, allow or require from now on |

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use chrono::Duration;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::faults::{Effect, Fault, Lasts};
use super::{Shared, StartError};

/// The furthest that the clock is moved at once, in seconds.
const YEAR: u64 = 366 * 86_400;

/// A fault as the control port takes it: `{"operation": "GetItem", "times": 1,
/// "effect": {"status": {"status": 503, "retry_after": 5}}}`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// The operation it strikes; all when absent.
    pub operation: Option<String>,
    /// The mailbox it strikes; all when absent.
    pub mailbox: Option<String>,
    /// For so many requests; until it is taken back when absent.
    pub times: Option<u32>,
    /// For so many seconds, unless `times` is there.
    pub seconds: Option<u32>,
    /// What happens.
    pub effect: Effect,
}

/// Listens; gives the address.
pub(super) async fn open(
    shared: Arc<Shared>,
    listen: SocketAddr,
) -> Result<SocketAddr, StartError> {
    if !listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(listen));
    }
    let failed = |error| StartError::Listen(listen, error);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    tokio::spawn(accept(listener, shared));
    Ok(address)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut stopping = shared.stopping.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { Ok::<_, Infallible>(answer(&shared, request).await) }
        });
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a control connection ended early");
            }
        });
    }
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, 1024 * 1024).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return told(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"),
    };
    let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
    match (&head.method, path.as_slice()) {
        (&Method::GET, ["faults"]) => match serde_json::to_string(&shared.faults.all()) {
            Ok(text) => told(StatusCode::OK, &text),
            Err(error) => told(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        (&Method::POST, ["faults"]) => match serde_json::from_slice::<Switch>(&body) {
            Ok(Switch {
                effect: Effect::Status { status, .. } | Effect::Answer { status, .. },
                ..
            }) if !(200..=599).contains(&status) => told(
                StatusCode::BAD_REQUEST,
                "no such fault: a status is a number from 200 to 599",
            ),
            Ok(switch) => {
                set(shared, switch);
                told(StatusCode::CREATED, "set")
            }
            Err(error) => told(StatusCode::BAD_REQUEST, &format!("no such fault: {error}")),
        },
        (&Method::DELETE, ["faults"]) => {
            shared.faults.clear();
            told(StatusCode::OK, "cleared")
        }
        (&Method::POST, ["subscriptions", "forget"]) => {
            shared.forget_subscriptions();
            told(StatusCode::OK, "forgotten")
        }
        (&Method::POST, ["streams", "close"]) => {
            shared.closing.notify_waiters();
            told(StatusCode::OK, "closed")
        }
        (&Method::POST, ["mailboxes", address, "password"]) => {
            let Ok(password) = std::str::from_utf8(&body) else {
                return told(StatusCode::BAD_REQUEST, "a password is UTF-8");
            };
            let mut state = shared.state();
            let mailbox = state.world.mailbox_mut(address);
            done(
                mailbox
                    .map(|one| password.clone_into(&mut one.password))
                    .is_some(),
            )
        }
        (&Method::POST, ["channel-binding", mode]) => match mode.parse() {
            Ok(mode) => {
                shared.state().channel_binding = mode;
                told(StatusCode::OK, "set")
            }
            Err(error) => told(StatusCode::BAD_REQUEST, &error),
        },
        (&Method::POST, ["clock", "ahead"]) => {
            let seconds = std::str::from_utf8(&body)
                .ok()
                .and_then(|text| text.trim().parse().ok());
            match seconds {
                Some(seconds @ 0..=YEAR) => {
                    shared.advance(std::time::Duration::from_secs(seconds));
                    told(StatusCode::OK, "moved")
                }
                _ => told(
                    StatusCode::BAD_REQUEST,
                    "seconds are a number up to a year's",
                ),
            }
        }
        (&Method::POST, ["sync-states", "lose"]) => {
            shared.state().world.lose_sync_states();
            told(StatusCode::OK, "lost")
        }
        (&Method::POST, ["mailboxes", address, "tokens", "revoke"]) => {
            done(shared.revoke_tokens(address))
        }
        (&Method::POST, ["mailboxes", address, "move"]) => done(shared.move_mailbox(address)),
        (&Method::POST, ["mailboxes", address, "recreate"]) => {
            let done_so = shared.state().world.recreate_mailbox(address);
            done(done_so.is_ok())
        }
        _ => told(StatusCode::NOT_FOUND, "there is no such switch"),
    }
}

fn set(shared: &Shared, switch: Switch) {
    let lasts = match (switch.times, switch.seconds) {
        (Some(times), _) => Lasts::Times(times),
        (None, Some(seconds)) => {
            Lasts::Until((shared.options.clock)() + Duration::seconds(i64::from(seconds)))
        }
        (None, None) => Lasts::Always,
    };
    shared.faults.set(Fault {
        operation: switch.operation,
        mailbox: switch.mailbox,
        lasts,
        effect: switch.effect,
    });
}

fn done(happened: bool) -> Response<Full<Bytes>> {
    if happened {
        told(StatusCode::OK, "done")
    } else {
        told(StatusCode::NOT_FOUND, "there is no such mailbox")
    }
}

fn told(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::from(format!("{text}\n")));
    *answer.status_mut() = status;
    answer
}
