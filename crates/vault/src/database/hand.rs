//! Connections at hand. sqlx's pool asks a connection whether it is alive each
//! time that it is given back, in a task of its own; here the next transaction
//! finds that out by itself, so one that came to its end lies at hand.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{Any, AnyConnection, AnyPool, Error, pool::PoolConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::prepared::Prepared;

/// How long somebody waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// So many times of tidying a connection is used.
const LIFE: u64 = 30;

/// A connection, and which statements are prepared on it.
struct Ready {
    connection: PoolConnection<Any>,
    prepared: Prepared,
    /// When it was opened, in times of tidying.
    opened: u64,
    /// Whether it was at hand the last time already.
    is_idle: bool,
}

impl Ready {
    fn close(mut self) {
        self.connection.close_on_drop();
    }
}

#[derive(Default)]
struct Shelf {
    ready: Vec<Ready>,
    tidied: u64,
}

/// The connections of a database. At most as many are out at once as the pool
/// opens, so that whoever is let through finds one here or opens one.
pub(super) struct Hand {
    pool: AnyPool,
    room: Arc<Semaphore>,
    shelf: Mutex<Shelf>,
}

impl std::fmt::Debug for Hand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hand")
    }
}

impl Hand {
    pub(super) fn of(pool: AnyPool) -> Self {
        let most = usize::try_from(pool.options().get_max_connections());
        Self {
            room: Arc::new(Semaphore::new(most.unwrap_or(Semaphore::MAX_PERMITS))),
            pool,
            shelf: Mutex::default(),
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Shelf) -> T) -> T {
        f(&mut self.shelf.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A connection on which no transaction is open.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Held, Error> {
        let room = tokio::time::timeout(PATIENCE, Arc::clone(&self.room).acquire_owned()).await;
        let permit = room
            .map_err(|_| Error::PoolTimedOut)?
            .map_err(|_| Error::PoolClosed)?;
        let ready = match self.with(|shelf| shelf.ready.pop()) {
            Some(ready) => ready,
            None => Ready {
                connection: self.pool.acquire().await?,
                prepared: Prepared::default(),
                opened: self.with(|shelf| shelf.tidied),
                is_idle: false,
            },
        };
        Ok(Held {
            ready: Some(ready),
            is_whole: false,
            hand: Arc::clone(self),
            _permit: permit,
        })
    }

    /// Closes those that nobody has taken since the last time, and old ones.
    pub(super) fn tidy(&self) {
        let gone = self.with(|shelf| {
            shelf.tidied += 1;
            let tidied = shelf.tidied;
            let is_over = |one: &mut Ready| one.is_idle || tidied - one.opened >= LIFE;
            let gone: Vec<Ready> = shelf.ready.extract_if(.., is_over).collect();
            for one in &mut shelf.ready {
                one.is_idle = true;
            }
            gone
        });
        gone.into_iter().for_each(Ready::close);
    }

    /// Closes all at hand: one of them was found to be of no use, and the
    /// server has mostly ended them together.
    pub(super) fn drop_all(&self) {
        let gone = self.with(|shelf| std::mem::take(&mut shelf.ready));
        gone.into_iter().for_each(Ready::close);
    }

    /// Waits for those that are out, and closes all.
    pub(super) async fn close(&self) {
        let all = self.pool.options().get_max_connections();
        // It fails where this was done before.
        let _all_are_back = self.room.acquire_many(all).await;
        self.room.close();
        let gone = self.with(|shelf| std::mem::take(&mut shelf.ready));
        for ready in gone {
            let _closed = ready.connection.close().await;
        }
        self.pool.close().await;
    }
}

/// A connection that somebody has. It is closed, which undoes a transaction,
/// where nothing has ended that: a caller may give up waiting at any point.
pub(super) struct Held {
    ready: Option<Ready>,
    /// Whether it is as it was taken.
    pub(super) is_whole: bool,
    hand: Arc<Hand>,
    _permit: OwnedSemaphorePermit,
}

impl Held {
    pub(super) fn connection(&mut self) -> Result<&mut AnyConnection, Error> {
        self.parts().map(|(connection, _)| connection)
    }

    /// The connection, and which statements are prepared on it.
    pub(super) fn parts(&mut self) -> Result<(&mut AnyConnection, &mut Prepared), Error> {
        let ready = self.ready.as_mut().ok_or(Error::PoolClosed)?;
        Ok((&mut ready.connection, &mut ready.prepared))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut ready) = self.ready.take() else {
            return;
        };
        if self.is_whole {
            ready.is_idle = false;
            self.hand.with(|shelf| shelf.ready.push(ready));
        } else {
            ready.close();
        }
    }
}
