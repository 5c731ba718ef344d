//! The loop that does what [`Outbox`] decides.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use futures_util::future::{BoxFuture, FutureExt as _, OptionFuture};
use thiserror::Error;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use vault::Series;

use super::{
    journal::{self, Entry},
    machine::{Action, Input, Outbox, Posts, Restored},
};
use crate::{
    clock::Clock,
    scheduler::{Attempt, Intent, RequestId, Scheduler},
};

/// After how long what the journal did not do is tried again.
const AGAIN: Duration = Duration::seconds(30);

enum Command {
    Send(RequestId, Intent),
    Seek(RequestId, Intent),
    Forget(RequestId),
}

/// Carries what the user sends to a server. Dropping it ends it at once: what
/// was under way is settled by the next one on the same journal.
#[derive(Debug)]
pub struct Courier {
    commands: mpsc::Sender<Command>,
    posted: watch::Receiver<Arc<Posts>>,
    /// Gives what is not forgotten.
    task: JoinHandle<Vec<Entry>>,
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Courier {
    /// Starts in the current tokio runtime, with what `journal` has from
    /// earlier runs. Without a journal nothing outlives the run. The `former`
    /// is ended first, and what it has not brought to an end is gone on with:
    /// it may have had another journal, or none.
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
            restored: Restored::No,
            unread: false,
            unerased: BTreeSet::new(),
            again_at: None,
            outlet,
        };
        Self {
            commands,
            posted,
            task: tokio::spawn(async move {
                let left = match former {
                    Some(former) => former.stop().await,
                    None => Vec::new(),
                };
                run.run(inbox, left).await
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

    /// Looks for something that an earlier run may have sent, and that the
    /// journal has lost; it is not sent again.
    pub fn seek(&self, request: RequestId, intent: Intent) {
        // In a full queue it stays unknown, and whoever sent it asks again.
        let _queued = self.commands.try_send(Command::Seek(request, intent));
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
    /// under way is not waited for, and settled in the next run. Gives what is
    /// not forgotten.
    pub async fn stop(mut self) -> Vec<Entry> {
        let (closed, _) = mpsc::channel(1);
        self.commands = closed;
        // One that has ended by a panic leaves what its journal has.
        (&mut self.task).await.unwrap_or_default()
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
    restored: Restored,
    /// The journal could not be read so far.
    unread: bool,
    /// What could not be taken out of it: on a full disk it has to stay, and
    /// no longer than that.
    unerased: BTreeSet<RequestId>,
    /// When both is tried again.
    again_at: Option<DateTime<Utc>>,
    outlet: watch::Sender<Arc<Posts>>,
}

impl Run {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>, left: Vec<Entry>) -> Vec<Entry> {
        self.restore(left).await;
        let mut job: Option<BoxFuture<'static, Input>> = None;
        loop {
            let now = self.clock.now();
            // A clock that was set back must not put it off.
            let is_due = |at| at <= now || at > now + AGAIN;
            if self.again_at.is_some_and(is_due) {
                self.try_again().await;
            }
            while let Some(action) = self.outbox.poll_action(now) {
                match action {
                    // Both are quick, and must not be left half done.
                    Action::Keep(entry) => {
                        let kept = self.keep(&entry).await;
                        self.take(Input::Kept(entry.request, kept));
                    }
                    Action::Erase(request) => self.erase(request).await,
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
            let half_minute = now + Duration::seconds(30);
            let due = self.outbox.poll_timeout().unwrap_or(half_minute);
            let due = self.again_at.map_or(due, |at| due.min(at));
            let clock = Arc::clone(&self.clock);
            let idle = job.is_none() && self.outbox.poll_timeout().is_none();
            let idle = idle && self.again_at.is_none();
            // In this order, so that the same run takes the same course again.
            tokio::select! {
                biased;
                command = inbox.recv() => match command {
                    None => return self.outbox.into_entries(),
                    Some(Command::Send(request, intent)) => {
                        self.take(Input::Accept(request, intent));
                    }
                    Some(Command::Seek(request, intent)) => self.seek(request, intent).await,
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

    /// Goes on with what the former courier has `left`, and with what only the
    /// journal knows of.
    async fn restore(&mut self, left: Vec<Entry>) {
        let entries = self.read().await;
        for entry in &left {
            // What is not written down is not lost by that, in this run.
            let _kept = self.keep(entry).await;
        }
        self.take(Input::Restored(left));
        self.take(Input::Restored(entries));
    }

    /// What the journal has. One that cannot be read now is read again later:
    /// what waits in it is still to be sent.
    async fn read(&mut self) -> Vec<Entry> {
        self.unread = false;
        let Some(journal) = &self.journal else {
            self.restored = Restored::Whole;
            return Vec::new();
        };
        match journal::load(journal).await {
            Ok((mut entries, restored)) => {
                self.restored = restored;
                let is_over = |entry: &Entry| self.unerased.contains(&entry.request);
                entries.retain(|entry| !is_over(entry));
                entries
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read");
                self.restored = Restored::Partly;
                self.unread = true;
                self.again_at = Some(self.clock.now() + AGAIN);
                Vec::new()
            }
        }
    }

    /// What the journal did not do when it was asked first.
    async fn try_again(&mut self) {
        self.again_at = None;
        for request in std::mem::take(&mut self.unerased) {
            self.erase(request).await;
        }
        if self.unread {
            let entries = self.read().await;
            self.take(Input::Restored(entries));
        }
    }

    async fn seek(&mut self, request: RequestId, intent: Intent) {
        if self
            .outbox
            .posted()
            .iter()
            .any(|one| one.request == request)
        {
            return;
        }
        let now = self.clock.now();
        let entry = Entry {
            request,
            intent,
            accepted: now,
            attempts: 0,
            attempted: Some(now),
            settled: None,
        };
        // Where that fails its user asks for it again in the next run.
        let _kept = self.keep(&entry).await;
        self.take(Input::Restored(vec![entry]));
    }

    async fn keep(&self, entry: &Entry) -> Result<(), ()> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        journal::keep(journal, entry).await.map_err(|error| {
            tracing::warn!(%error, "an entry of the outbox cannot be written down");
        })
    }

    async fn erase(&mut self, request: RequestId) {
        let Some(journal) = &self.journal else { return };
        if let Err(error) = journal::erase(journal, &request).await {
            tracing::warn!(%error, "an entry of the outbox stays in the journal for now");
            self.unerased.insert(request);
            self.again_at = Some(self.clock.now() + AGAIN);
        }
    }

    fn publish(&self) {
        let posted = Posts {
            restored: self.restored,
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

#[cfg(test)]
mod tests;
