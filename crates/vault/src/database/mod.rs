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
mod hand;
mod prepared;
pub mod schema;
mod statements;
mod store;
mod unit;

use std::{path::Path, pin::Pin, str::FromStr as _, sync::Arc};

use sqlx::{
    AnyConnection, ConnectOptions as _, Error,
    any::{AnyConnectOptions, AnyPoolOptions, AnyRow, install_default_drivers},
};

pub use prepared::{Said, Statement, Value};
pub use statements::{Alongside, commit, go_on_as, read};
pub use store::MailboxStore;
pub use unit::Unit;

use failure::Undone;
use hand::{Hand, PATIENCE};
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
    hand: Arc<Hand>,
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
            .acquire_timeout(PATIENCE)
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
            .acquire_timeout(PATIENCE);
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
        let failed = |error: Error| failure::classify(name, &error);
        // sqlx would write slow statements into the log, and ids stand in them.
        let options = AnyConnectOptions::from_str(url).map_err(failed)?;
        let options = options.disable_statement_logging();
        let pool = pool.connect_with(options).await.map_err(failed)?;
        Ok(Self {
            hand: Arc::new(Hand::of(pool)),
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
        let mut held = self.hand.take().await.map_err(|e| self.failure(&e))?;
        let connection = held.connection().map_err(|e| self.failure(&e))?;
        // Whoever reads the file from outside keeps the log as it is; the next
        // time it is emptied, and nobody else waits for that.
        for pragma in [
            "PRAGMA incremental_vacuum",
            "PRAGMA busy_timeout = 500",
            "PRAGMA wal_checkpoint(TRUNCATE)",
            schema::PATIENCE,
        ] {
            let done = sqlx::query(pragma).fetch_all(&mut *connection).await;
            done.map_err(|error| self.failure(&error))?;
        }
        held.is_whole = true;
        Ok(())
    }

    /// Closes connections that nobody has used since the last time. A program
    /// does so each minute: what stands between it and the server may forget
    /// those on which nothing is said.
    pub fn tidy(&self) {
        if self.kind == Kind::Postgres {
            self.hand.tidy();
        }
    }

    /// Lets go of the database.
    pub async fn close(&self) {
        self.hand.close().await;
    }

    /// Does all of the work or nothing, as `organization`. The work may run
    /// several times; only the last run counts.
    pub async fn transact<T: Send + 'static>(
        &self,
        organization: OpaqueId,
        begin: Begin,
        work: impl for<'c> Fn(&'c mut AnyConnection) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.whole(Some(organization), begin, in_connection(work))
            .await
    }

    /// The same as nobody: rows of organizations are out of reach.
    pub async fn transact_unbound<T: Send + 'static>(
        &self,
        begin: Begin,
        work: impl for<'c> Fn(&'c mut AnyConnection) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.whole(None, begin, in_connection(work)).await
    }

    /// The same as `organization`, with statements that are said together.
    pub async fn unite<T: Send + 'static>(
        &self,
        organization: OpaqueId,
        begin: Begin,
        work: impl for<'c> Fn(&'c mut Unit) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.whole(Some(organization), begin, work).await
    }

    /// The row that `organization` finds by a statement which gives one at
    /// most, in one way to the server: whoever asks the service is looked up
    /// before each request.
    pub async fn look_up(
        &self,
        organization: OpaqueId,
        said: Said<'static>,
    ) -> Result<Option<AnyRow>, StoreError> {
        self.unite(organization, Begin::ToRead, move |unit| {
            let said = said.clone();
            Box::pin(async move {
                let rows = unit.end(&[said]).await?;
                Ok(rows.into_iter().flatten().next())
            })
        })
        .await
    }

    async fn whole<T: Send + 'static>(
        &self,
        organization: Option<OpaqueId>,
        begin: Begin,
        work: impl for<'c> Fn(&'c mut Unit) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let mut attempts = 0;
        loop {
            match self.once(organization, begin, &work).await {
                Err(undone) if self.goes_on(&mut attempts, &undone) => {
                    tokio::task::yield_now().await;
                }
                outcome => return outcome.map_err(|undone| self.failure(undone.error())),
            }
        }
    }

    /// That a transaction begins is what shows that its connection is alive:
    /// asking before would be a way to the server more for each.
    async fn once<T>(
        &self,
        organization: Option<OpaqueId>,
        begin: Begin,
        work: &(impl for<'c> Fn(&'c mut Unit) -> Work<'c, T> + Sync),
    ) -> Result<T, Undone> {
        let held = self.hand.take().await.map_err(Undone::Unbegun)?;
        let mut unit = Unit::on(held, self.kind, organization, begin);
        let outcome = work(&mut unit).await;
        unit.over(outcome).await
    }

    /// Whether a unit that came to no good end is tried once more.
    fn goes_on(&self, attempts: &mut usize, undone: &Undone) -> bool {
        if failure::is_of_a_lost_connection(undone.error()) {
            self.hand.drop_all();
        }
        *attempts += 1;
        *attempts < ATTEMPTS && undone.is_to_be_tried_again()
    }

    /// What an error of the database means to a caller.
    pub fn failure(&self, error: &Error) -> StoreError {
        failure::classify(&self.name, error)
    }
}

/// Work whose statements are said one by one.
fn in_connection<T: Send + 'static>(
    work: impl for<'c> Fn(&'c mut AnyConnection) -> Work<'c, T> + Send + Sync + 'static,
) -> impl for<'c> Fn(&'c mut Unit) -> Work<'c, T> + Send + Sync + 'static {
    let work = Arc::new(work);
    move |unit| {
        let work = Arc::clone(&work);
        Box::pin(async move { work(unit.connection().await?).await })
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
