//! `GetStreamingEvents`: one answer that goes on for minutes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::sync::mpsc;

use super::answer::{Body, Cut, xml};
use super::faults::Effect;
use super::limits::Pass;
use super::{Shared, State};
use crate::clock;
use crate::operations::subscriptions::not_found;
use crate::operations::{Refusal, failure, messages, stream_events, success};
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
use crate::wire::envelope::{DECLARATION, wrap};
use crate::wire::tree::Node;

/// Who opened a stream, and how it shall go.
pub(super) struct Listener {
    pub(super) account: String,
    pub(super) backend: usize,
    /// Where the request was recorded.
    pub(super) place: usize,
    pub(super) effect: Option<Effect>,
    /// Held while the stream is open.
    pub(super) _pass: Pass,
}

/// Opens the stream; its envelopes come from a task of their own.
pub(super) fn open(shared: &Arc<Shared>, listener: Listener, request: &Node) -> Response<Body> {
    let ids: Vec<String> = request
        .child("SubscriptionIds")
        .map(|ids| {
            ids.children
                .iter()
                .map(|id| id.text.trim().to_owned())
                .collect()
        })
        .unwrap_or_default();
    let minutes: u32 = request
        .text_of("ConnectionTimeout")
        .and_then(|minutes| minutes.parse().ok())
        .unwrap_or(1);
    let (frames, body) = mpsc::channel(16);
    let writer = Writer {
        shared: Arc::clone(shared),
        listener,
        ids,
        frames,
        written: 0,
        streams: Vec::new(),
        watching: HashMap::new(),
        revision: 0,
        seen: None,
    };
    tokio::spawn(writer.run(shared.options.stream_minute * minutes));
    let frames = stream::unfold(body, |mut body| async move {
        body.recv().await.map(|frame| (frame, body))
    });
    xml(StatusCode::OK, StreamBody::new(frames).boxed())
}

struct Writer {
    shared: Arc<Shared>,
    listener: Listener,
    ids: Vec<String>,
    frames: mpsc::Sender<Result<Frame<Bytes>, Cut>>,
    written: usize,
    streams: Vec<u64>,
    /// The places in `ids` of those that watch a mailbox.
    watching: HashMap<String, Vec<usize>>,
    /// The subscriptions' revision at the last look at all of them.
    revision: u64,
    /// The world's serial at the last look.
    seen: Option<u64>,
}

/// The client has gone.
struct Gone;

enum Ending {
    Refused(Refusal, Vec<String>),
}

impl Writer {
    async fn run(mut self, length: Duration) {
        let closed = self.frames.clone();
        tokio::select! {
            biased;
            () = closed.closed() => {}
            _ = self.tell(length) => {}
        }
    }

    async fn tell(&mut self, length: Duration) -> Result<(), Gone> {
        let shared = Arc::clone(&self.shared);
        let closing = shared.closing.notified();
        tokio::pin!(closing);
        if let Err(Ending::Refused(refusal, ids)) = self.take() {
            return self.refuse(&refusal, &ids, "Closed").await;
        }
        self.write(&status("OK")).await?;
        match &self.listener.effect {
            Some(Effect::Stall) => std::future::pending::<()>().await,
            Some(Effect::StreamError(code)) => {
                let refusal = Refusal::told(code, "The stream has failed.");
                let first = self.ids.iter().take(1).cloned().collect::<Vec<_>>();
                return self.refuse(&refusal, &first, "OK").await;
            }
            Some(Effect::StreamErrorOfNone(code)) => {
                let refusal = Refusal::told(code, "The stream has failed.");
                return self.refuse(&refusal, &[], "OK").await;
            }
            Some(Effect::EndStream) => return self.write(&status("Closed")).await,
            _ => {}
        }
        let heartbeat = self.shared.options.heartbeat;
        let end = clock::wait(length);
        tokio::pin!(end);
        let (mut over, begun) = (false, tokio::time::Instant::now());
        // Whatever happens to others, a stream is never silent for longer.
        let mut beats_at = begun + heartbeat;
        loop {
            // Whatever happens from before the look on wakes it again.
            let changed = shared.changed.notified();
            match self.look() {
                Err(Ending::Refused(refusal, ids)) => {
                    return self.refuse(&refusal, &ids, "Closed").await;
                }
                Ok(notifications) if !notifications.is_empty() => {
                    self.write(&message(notifications)).await?;
                    beats_at = tokio::time::Instant::now() + heartbeat;
                }
                Ok(_) => {}
            }
            // grommunio looks at the stream's length at heartbeats only.
            let ends_anywhere = self.shared.options.personality == Personality::ExchangeSe;
            // In this order, so that the same world gives the same stream.
            tokio::select! {
                biased;
                () = &mut end, if ends_anywhere || over => break,
                () = &mut closing => break,
                woken = tokio::time::timeout_at(beats_at, changed) => {
                    if let (Ok(()), Some(late)) = (&woken, self.delay()) {
                        clock::wait(late).await;
                    }
                    if woken.is_err() {
                        over = begun.elapsed() >= length;
                        let beats = self.ids.iter().map(|id| {
                            element("m:Notification")
                                .child(text("t:SubscriptionId", id.clone()))
                                .child(element("t:StatusEvent"))
                        });
                        let beats = beats.collect();
                        // Also a quiet stream keeps its subscriptions alive.
                        self.revision = 0;
                        self.write(&message(beats)).await?;
                        beats_at = tokio::time::Instant::now() + heartbeat;
                    }
                }
            }
        }
        self.write(&status("Closed")).await
    }

    /// How late changes are told.
    fn delay(&self) -> Option<Duration> {
        match self.listener.effect {
            Some(Effect::Late(milliseconds)) => Some(Duration::from_millis(milliseconds)),
            _ => self.shared.options.event_delay(),
        }
    }

    /// Takes the subscriptions over from any earlier stream.
    fn take(&mut self) -> Result<(), Ending> {
        let mut state = self.shared.state();
        let now = state.world.now();
        state
            .subscriptions
            .expire(now, self.shared.options.life_of_subscriptions());
        let mut unknown = Vec::new();
        for (place, id) in self.ids.iter().enumerate() {
            match state.subscriptions.take_over(
                id,
                &self.listener.account,
                self.listener.backend,
                now,
            ) {
                Some((stream, mailbox)) => {
                    self.streams.push(stream);
                    self.watching.entry(mailbox).or_default().push(place);
                }
                None => unknown.push(id.clone()),
            }
        }
        drop(state);
        // An older stream on the same subscription must notice at once.
        self.shared.changed.notify_waiters();
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(Ending::Refused(self.unknown(), unknown))
        }
    }

    /// Whether all subscriptions are still there, and this stream's.
    fn check(&self, state: &mut State) -> Result<(), Ending> {
        let now = state.world.now();
        for (id, stream) in self.ids.iter().zip(&self.streams) {
            let Some(subscription) =
                state
                    .subscriptions
                    .of(id, &self.listener.account, self.listener.backend)
            else {
                return Err(Ending::Refused(self.unknown(), vec![id.clone()]));
            };
            if subscription.stream != *stream {
                let refusal = Refusal::new(
                    "ErrorNewEventStreamConnectionOpened",
                    "Another connection was opened against this event stream, disconnecting this connection.",
                );
                return Err(Ending::Refused(refusal, vec![id.clone()]));
            }
            subscription.touched = now;
        }
        Ok(())
    }

    /// What happened since the last look. A change costs a stream one look at
    /// the mailbox it was in, however many mailboxes the stream watches.
    fn look(&mut self) -> Result<Vec<Element>, Ending> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        let state = &mut *state;
        let revision = state.subscriptions.revision;
        if self.revision != revision {
            self.check(state)?;
            self.revision = revision;
        }
        let serial = state.world.serial();
        let changed = self.seen.and_then(|seen| state.world.changed_since(seen));
        let mut places: Vec<usize> = match changed {
            Some(mailboxes) => mailboxes
                .filter_map(|mailbox| self.watching.get(mailbox))
                .flatten()
                .copied()
                .collect(),
            None => (0..self.ids.len()).collect(),
        };
        places.sort_unstable();
        places.dedup();
        self.seen = Some(serial);
        if self.listener.effect == Some(Effect::Deaf) {
            return Ok(Vec::new());
        }
        let personality = shared.options.personality;
        let mut notifications = Vec::new();
        for id in places.into_iter().filter_map(|place| self.ids.get(place)) {
            if let Some(subscription) =
                state
                    .subscriptions
                    .of(id, &self.listener.account, self.listener.backend)
            {
                notifications.extend(stream_events(&state.world, id, subscription, personality));
            }
        }
        if self.listener.effect == Some(Effect::Disorder) {
            let twice = notifications.clone();
            notifications.extend(twice);
            notifications.reverse();
        }
        Ok(notifications)
    }

    fn unknown(&self) -> Refusal {
        match self.shared.options.personality {
            Personality::ExchangeSe => not_found(),
            Personality::Grommunio => {
                Refusal::new("ErrorInvalidSubscription", "The subscription is invalid.")
            }
        }
    }

    async fn refuse(
        &mut self,
        refusal: &Refusal,
        ids: &[String],
        connection: &str,
    ) -> Result<(), Gone> {
        let name = match self.shared.options.personality {
            Personality::ExchangeSe => "t:SubscriptionId",
            // Without the namespace that it belongs to.
            Personality::Grommunio => "SubscriptionId",
        };
        let mut message = failure("m:GetStreamingEventsResponseMessage", refusal);
        if !ids.is_empty() {
            let ids = ids.iter().map(|id| text(name, id.clone()));
            message = message.child(element("m:ErrorSubscriptionIds").children(ids));
        }
        let message = message.child(text("m:ConnectionStatus", connection));
        self.write(&messages("m:GetStreamingEventsResponse", [message]))
            .await
    }

    /// Writes an envelope. Where chunks begin has nothing to do with where
    /// envelopes do: the cuts wander through the text.
    async fn write(&mut self, body: &Element) -> Result<(), Gone> {
        let mut envelope = wrap(body, self.shared.options.personality);
        if self.written == 0 {
            envelope.insert_str(0, DECLARATION);
        }
        // The first envelope tells that the stream is open; the cut comes in
        // the middle of what follows.
        let cuts = self.written > 0 && self.listener.effect == Some(Effect::Truncate);
        if !cuts {
            self.shared.recorder.add(self.listener.place, &envelope);
        }
        let mut rest = Bytes::from(envelope);
        if cuts {
            rest.truncate(rest.len() / 2);
        }
        while !rest.is_empty() {
            self.written += 1;
            let cut = match self.shared.options.personality {
                Personality::ExchangeSe => (self.written * 397 % 911 + 64).min(rest.len()),
                // One envelope a chunk.
                Personality::Grommunio => rest.len(),
            };
            let chunk = rest.split_to(cut);
            self.frames
                .send(Ok(Frame::data(chunk)))
                .await
                .map_err(|_| Gone)?;
        }
        if cuts {
            // What was sent must be on its way before the connection is cut.
            clock::wait(Duration::from_millis(5)).await;
            let _ = self.frames.send(Err(Cut)).await;
            return Err(Gone);
        }
        Ok(())
    }
}

fn status(word: &str) -> Element {
    let message =
        success("m:GetStreamingEventsResponseMessage").child(text("m:ConnectionStatus", word));
    messages("m:GetStreamingEventsResponse", [message])
}

fn message(notifications: Vec<Element>) -> Element {
    let message = success("m:GetStreamingEventsResponseMessage")
        .child(element("m:Notifications").children(notifications));
    messages("m:GetStreamingEventsResponse", [message])
}
