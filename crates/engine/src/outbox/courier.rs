//! The loop that does what [`Outbox`] decides.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, OptionFuture};
use thiserror::Error;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use vault::Series;

use super::{
    journal,
    machine::{Action, Input, Outbox, Posts},
};
use crate::{
    clock::Clock,
    scheduler::{Attempt, Intent, RequestId, Scheduler},
};

enum Command {
    Send(RequestId, Intent),
    Forget(RequestId),
}

/// Carries what the user sends to a server. Dropping it ends it at once: what
/// was under way is settled by the next one on the same journal.
#[derive(Debug)]
pub struct Courier {
    commands: mpsc::Sender<Command>,
    posted: watch::Receiver<Arc<Posts>>,
    task: JoinHandle<()>,
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Courier {
    /// Starts in the current tokio runtime, with what `journal` has from
    /// earlier runs. Without a journal nothing outlives the run. Of two on the
    /// same journal the `former` is ended first.
    pub fn start(
        scheduler: Arc<dyn Scheduler>,
        journal: Option<Series>,
        clock: Arc<dyn Clock>,
        former: Option<Self>,
    ) -> Self {
        let (commands, inbox) = mpsc::channel(32);
        let (outlet, posted) = watch::channel(Arc::default());
        let run = Run {
            scheduler,
            journal,
            clock,
            outbox: Outbox::new(),
            outlet,
        };
        Self {
            commands,
            posted,
            task: tokio::spawn(async move {
                if let Some(former) = former {
                    former.stop().await;
                }
                run.run(inbox).await;
            }),
        }
    }

    /// Sends something. What comes of it is watched.
    ///
    /// # Errors
    /// Nothing is sent while too much waits already.
    pub fn send(&self, request: RequestId, intent: Intent) -> Result<(), Full> {
        let sent = self.commands.try_send(Command::Send(request, intent));
        sent.map_err(|_| Full)
    }

    /// What came of it has been taken in, and need not be kept.
    pub fn forget(&self, request: RequestId) {
        // In a full queue it stays known, which does no harm.
        let _queued = self.commands.try_send(Command::Forget(request));
    }

    /// All that is on its way or certain and not forgotten.
    pub fn posted(&self) -> watch::Receiver<Arc<Posts>> {
        self.posted.clone()
    }

    /// Ends it. What is being written down is written; an attempt that is
    /// under way is not waited for, and settled in the next run.
    pub async fn stop(mut self) {
        let (closed, _) = mpsc::channel(1);
        self.commands = closed;
        let _ended = (&mut self.task).await;
    }
}

/// Too much waits to be sent already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too much waits to be sent already; try again in a minute")]
pub struct Full;

struct Run {
    scheduler: Arc<dyn Scheduler>,
    journal: Option<Series>,
    clock: Arc<dyn Clock>,
    outbox: Outbox,
    outlet: watch::Sender<Arc<Posts>>,
}

impl Run {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        self.restore().await;
        let mut job: Option<BoxFuture<'static, Input>> = None;
        loop {
            let now = self.clock.now();
            while let Some(action) = self.outbox.poll_action(now) {
                match action {
                    // Both are quick, and must not be left half done.
                    Action::Keep(entry) => {
                        let kept = self.keep(&entry).await;
                        self.take(Input::Kept(entry.request, kept));
                    }
                    Action::Erase(request) => self.erase(&request).await,
                    Action::Attempt(request, intent) => {
                        let scheduler = Arc::clone(&self.scheduler);
                        let attempt = async move {
                            let outcome = scheduler.attempt(&request, &intent).await;
                            Input::Attempted(request, outcome)
                        };
                        job = Some(attempt.boxed());
                    }
                    Action::Look(request, intent) => {
                        let scheduler = Arc::clone(&self.scheduler);
                        let look = async move {
                            let found = scheduler.look(&request, &intent).await;
                            Input::Looked(request, found.map_err(|failure| failure.kind))
                        };
                        job = Some(look.boxed());
                    }
                }
            }
            self.publish();
            let half_minute = now + chrono::Duration::seconds(30);
            let due = self.outbox.poll_timeout().unwrap_or(half_minute);
            let clock = Arc::clone(&self.clock);
            let idle = job.is_none() && self.outbox.poll_timeout().is_none();
            // In this order, so that the same run takes the same course again.
            tokio::select! {
                biased;
                command = inbox.recv() => match command {
                    None => return,
                    Some(Command::Send(request, intent)) => {
                        self.take(Input::Accept(request, intent));
                    }
                    Some(Command::Forget(request)) => self.take(Input::Forget(request)),
                },
                Some(input) = OptionFuture::from(job.as_mut()) => {
                    job = None;
                    self.take(input);
                }
                // With nothing on its way there is nothing to wake up for.
                () = clock.wait_until(due.min(half_minute)), if !idle => {}
            }
        }
    }

    fn take(&mut self, input: Input) {
        if let Input::Attempted(_, outcome) = &input {
            match outcome {
                Attempt::Unsure(failure) => {
                    tracing::warn!(kind = ?failure.kind, "what was sent is not certain");
                }
                Attempt::Refused(refusal) => {
                    tracing::warn!(?refusal, "what was sent is refused");
                }
                Attempt::Done => {}
            }
        }
        self.outbox.handle(input, self.clock.now());
    }

    async fn restore(&mut self) {
        let Some(journal) = &self.journal else { return };
        match journal::load(journal).await {
            Ok(entries) => self.take(Input::Restored(entries)),
            Err(error) => tracing::warn!(%error, "the outbox cannot be read"),
        }
    }

    async fn keep(&self, entry: &journal::Entry) -> Result<(), ()> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        journal::keep(journal, entry).await.map_err(|error| {
            tracing::warn!(%error, "an entry of the outbox cannot be written down");
        })
    }

    async fn erase(&self, request: &RequestId) {
        let Some(journal) = &self.journal else { return };
        if let Err(error) = journal::erase(journal, request).await {
            tracing::warn!(%error, "an entry of the outbox stays in the journal");
        }
    }

    fn publish(&self) {
        let posted = Posts {
            restored: true,
            all: self.outbox.posted(),
        };
        self.outlet.send_if_modified(|known| {
            let changed = **known != posted;
            if changed {
                *known = Arc::new(posted);
            }
            changed
        });
    }
}
