//! Sealed records of many mailboxes in one database: SQLite for one node,
//! PostgreSQL for many.
//!
//! Both take the same statements. Of PostgreSQL only what distributed engines
//! of its kind have as well is used: no advisory locks, no LISTEN, no
//! sequences. A transaction is one unit that is done again as a whole where
//! the database says that it could not be put in a row with others (SQLSTATE
//! 40001). Row-level security keeps organizations apart even where a statement
//! would not (SR-60).

mod failure;
mod lookup;
pub mod schema;
mod statements;
mod store;

use std::{path::Path, pin::Pin, sync::Arc, time::Duration};

use sqlx::{
    Any, AnyConnection, AnyPool, Error,
    any::{AnyPoolOptions, install_default_drivers},
    pool::PoolConnection,
};

pub use lookup::Lookup;
pub use statements::{commit, go_on_as, read};
pub use store::MailboxStore;

use failure::Undone;
use schema::Table;

use crate::{
    opaque::{OpaqueId, Space},
    store::{Day, StoreError},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// Sees one moment.
    ToRead,
    /// What is compared then still holds when it is written.
    ToWrite,
}

/// What a transaction does, on a connection that the caller holds.
pub type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'c>>;

/// How often a unit is tried when others change the same rows.
const ATTEMPTS: usize = 100;

/// An opened database. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
    kind: Kind,
    /// What errors call it: the path, or the host; never a password.
    name: Arc<str>,
}

impl Database {
    /// Opens a SQLite file, makes it where there is none, and its tables.
    pub async fn sqlite(path: &Path, tables: &[Table]) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        crate::sqlite::own(path).map_err(|_| StoreError::ReadOnly(name.clone()))?;
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    for pragma in schema::PRAGMAS {
                        sqlx::query(pragma).fetch_all(&mut *connection).await?;
                    }
                    Ok(())
                })
            });
        let url = format!("sqlite://{name}");
        let database = Self::connect(pool, &url, Kind::Sqlite, &name).await?;
        let statements = tables.iter().map(Table::in_sqlite);
        database.prepare(statements.collect()).await?;
        Ok(database)
    }

    /// Opens a PostgreSQL database as a role that owns nothing in it; the
    /// tables are there ([`Self::prepare_postgres`]).
    pub async fn postgres(url: &str, connections: u32) -> Result<Self, StoreError> {
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10));
        Self::connect(pool, url, Kind::Postgres, &host_of(url)).await
    }

    /// Makes the tables as their owner, and lets `role` read and write rows.
    /// Done again it changes nothing.
    pub async fn prepare_postgres(
        owner_url: &str,
        role: &str,
        tables: &[Table],
    ) -> Result<(), StoreError> {
        let owner = Self::postgres(owner_url, 1).await?;
        let statements: Arc<[String]> = tables
            .iter()
            .flat_map(|table| table.in_postgres(role))
            .collect();
        let prepared = owner.prepare(statements).await;
        owner.close().await;
        prepared
    }

    async fn prepare(&self, statements: Arc<[String]>) -> Result<(), StoreError> {
        self.transact_unbound(Begin::ToWrite, move |connection| {
            let statements = Arc::clone(&statements);
            Box::pin(async move {
                for statement in statements.iter() {
                    sqlx::query(sqlx::AssertSqlSafe(statement.clone()))
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    async fn connect(
        pool: AnyPoolOptions,
        url: &str,
        kind: Kind,
        name: &str,
    ) -> Result<Self, StoreError> {
        install_default_drivers();
        let pool = pool
            .connect(url)
            .await
            .map_err(|error| failure::classify(name, &error))?;
        Ok(Self {
            pool,
            kind,
            name: name.into(),
        })
    }

    /// Whether this is PostgreSQL, which other nodes may write to as well.
    pub fn is_shared(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// The store of one mailbox.
    pub fn mailbox(&self, space: Space) -> MailboxStore {
        MailboxStore::new(self.clone(), space)
    }

    /// Forgets all records of an organization whose last day is before
    /// `today`, and says how many those were (SR-61).
    pub async fn expire(&self, organization: OpaqueId, today: Day) -> Result<u64, StoreError> {
        self.transact(organization, Begin::ToWrite, move |connection| {
            Box::pin(statements::expire(connection, organization, today))
        })
        .await
    }

    /// Gives deleted bytes back to the disk. PostgreSQL does that by itself.
    pub async fn compact(&self) -> Result<(), StoreError> {
        if self.kind == Kind::Postgres {
            return Ok(());
        }
        let mut connection = self.pool.acquire().await.map_err(|e| self.failure(&e))?;
        // Whoever reads the file from outside keeps the log as it is; the next
        // time it is emptied, and nobody else waits for that.
        for pragma in [
            "PRAGMA incremental_vacuum",
            "PRAGMA busy_timeout = 500",
            "PRAGMA wal_checkpoint(TRUNCATE)",
            schema::PATIENCE,
        ] {
            if let Err(error) = sqlx::query(pragma).fetch_all(&mut *connection).await {
                connection.close_on_drop();
                return Err(self.failure(&error));
            }
        }
        Ok(())
    }

    /// Lets go of the database.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Does all of the work or nothing, as `organization`. The work may run
    /// several times; only the last run counts.
    pub async fn transact<T: Send + 'static>(
        &self,
        organization: OpaqueId,
        begin: Begin,
        work: impl for<'c> Fn(&'c mut AnyConnection) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.whole(Some(organization), begin, work).await
    }

    /// The same as nobody: rows of organizations are out of reach.
    pub async fn transact_unbound<T: Send + 'static>(
        &self,
        begin: Begin,
        work: impl for<'c> Fn(&'c mut AnyConnection) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.whole(None, begin, work).await
    }

    async fn whole<T: Send + 'static>(
        &self,
        organization: Option<OpaqueId>,
        begin: Begin,
        work: impl for<'c> Fn(&'c mut AnyConnection) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let mut attempts = 0;
        loop {
            match self.once(organization, begin, &work).await {
                Err(undone) if goes_on(&mut attempts, &undone) => tokio::task::yield_now().await,
                outcome => return outcome.map_err(|undone| self.failure(undone.error())),
            }
        }
    }

    async fn once<T>(
        &self,
        organization: Option<OpaqueId>,
        begin: Begin,
        work: &(impl for<'c> Fn(&'c mut AnyConnection) -> Work<'c, T> + Sync),
    ) -> Result<T, Undone> {
        let begun = self.begun(organization, begin).await;
        let mut open = begun.map_err(Undone::Unbegun)?;
        let connection = &mut *open.connection;
        let result = match work(connection).await {
            Ok(value) => match sqlx::raw_sql("COMMIT").execute(&mut *connection).await {
                Ok(_) => Ok(value),
                Err(error) if begin == Begin::ToRead => Err(Undone::Certainly(error)),
                Err(error) => Err(Undone::Perhaps(error)),
            },
            Err(error) => Err(Undone::Certainly(error)),
        };
        open.ended = match &result {
            Ok(_) => true,
            // It fails where SQLite has ended it already, or the server is gone.
            Err(_) => sqlx::query("ROLLBACK").execute(connection).await.is_ok(),
        };
        result
    }

    /// A connection whose transaction has begun. That it begins is what shows
    /// that the connection is alive: asking before would be a way to the
    /// server more for each transaction.
    async fn begun(&self, organization: Option<OpaqueId>, begin: Begin) -> Result<Open, Error> {
        let mut lost = 0;
        loop {
            let mut open = self.taken().await?;
            let connection = &mut open.connection;
            let begun = match self.kind {
                Kind::Sqlite => statements::begin_in_sqlite(connection, begin).await,
                Kind::Postgres => {
                    statements::begin_in_postgres(connection, begin, organization).await
                }
            };
            match begun {
                Err(error) if self.is_one_more_lost(&mut lost, &error) => {}
                begun => return begun.map(|()| open),
            }
        }
    }

    /// A connection on which nothing has been said.
    async fn taken(&self) -> Result<Open, Error> {
        let connection = self.pool.acquire().await?;
        Ok(Open {
            connection,
            ended: false,
        })
    }

    /// Whether the first words on a connection have shown that it is of no
    /// use, and another one may be. All those in the pool may be of before the
    /// server was started anew.
    fn is_one_more_lost(&self, lost: &mut u32, error: &Error) -> bool {
        *lost += 1;
        failure::is_of_a_lost_connection(error)
            && *lost <= self.pool.options().get_max_connections()
    }

    /// What an error of the database means to a caller.
    pub fn failure(&self, error: &Error) -> StoreError {
        failure::classify(&self.name, error)
    }
}

/// Whether a unit that came to no good end is tried once more.
fn goes_on(attempts: &mut usize, undone: &Undone) -> bool {
    *attempts += 1;
    *attempts < ATTEMPTS && undone.is_to_be_tried_again()
}

/// A connection within a transaction. It is closed, which undoes the
/// transaction, where nothing has ended that: a caller may give up waiting at
/// any point.
struct Open {
    connection: PoolConnection<Any>,
    ended: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

/// The host of a URL, without user and password.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    format!("PostgreSQL at {host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_host_and_no_password() {
        let name =
            host_of("postgres://joinbell:hunter2@db.example.org:5432/joinbell?sslmode=require");
        assert_eq!(name, "PostgreSQL at db.example.org:5432");
    }
}
