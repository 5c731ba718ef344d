//! Work that is done one after the other, beside the loop: of two writes of
//! the same draft the later one counts.

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::{sync::mpsc, task::JoinHandle};

/// One thing after the other, in the order in which they were put in.
pub(super) struct Lane {
    work: mpsc::UnboundedSender<BoxFuture<'static, ()>>,
    task: JoinHandle<()>,
}

impl Lane {
    /// Starts in the current tokio runtime.
    pub(super) fn start() -> Self {
        let (work, mut inbox) = mpsc::unbounded_channel::<BoxFuture<'static, ()>>();
        let task = tokio::spawn(async move {
            while let Some(one) = inbox.recv().await {
                one.await;
            }
        });
        Self { work, task }
    }

    /// Adds to what is to be done.
    pub(super) fn push(&self, one: impl Future<Output = ()> + Send + 'static) {
        // The other end lives as long as this one.
        let _queued = self.work.send(one.boxed());
    }

    /// Comes back when all of it is done.
    pub(super) async fn finish(self) {
        drop(self.work);
        let _done = self.task.await;
    }
}
