//! A transaction. What is said in it without waiting for an answer between
//! goes to PostgreSQL in one way there and back, with how it begins and ends.

use futures_util::TryStreamExt as _;
use sqlx::{AnyConnection, AssertSqlSafe, Either, Error, any::AnyRow};

use super::{
    Begin, Kind,
    failure::Undone,
    hand::Held,
    prepared::{Said, Text},
    statements,
};
use crate::opaque::OpaqueId;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unbegun,
    Open,
    /// It was to be ended, and there is no answer.
    Ending,
    Ended,
}

/// A transaction. It begins with the first words in it.
pub struct Unit {
    held: Held,
    kind: Kind,
    organization: Option<OpaqueId>,
    begin: Begin,
    stage: Stage,
    /// Whether words failed that were to prepare statements: which of those
    /// are prepared is not known.
    is_doubtful: bool,
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Unit").field(&self.stage).finish()
    }
}

impl Unit {
    pub(super) fn on(held: Held, kind: Kind, organization: Option<OpaqueId>, begin: Begin) -> Self {
        Self {
            held,
            kind,
            organization,
            begin,
            stage: Stage::Unbegun,
            is_doubtful: false,
        }
    }

    /// The connection, for statements that are said one by one.
    pub async fn connection(&mut self) -> Result<&mut AnyConnection, Error> {
        if self.stage == Stage::Unbegun {
            self.go_on(&[], None).await?;
        }
        self.held.connection()
    }

    /// Says all of these, and gives the rows of each.
    pub async fn say(&mut self, said: &[Said<'_>]) -> Result<Vec<Vec<AnyRow>>, Error> {
        self.go_on(said, None).await
    }

    /// Says all of these as the last words: what was done is committed.
    pub async fn end(&mut self, said: &[Said<'_>]) -> Result<Vec<Vec<AnyRow>>, Error> {
        self.go_on(said, Some("COMMIT")).await
    }

    async fn go_on(
        &mut self,
        said: &[Said<'_>],
        last: Option<&str>,
    ) -> Result<Vec<Vec<AnyRow>>, Error> {
        let is_first = self.stage == Stage::Unbegun;
        self.stage = if last.is_some() {
            Stage::Ending
        } else {
            Stage::Open
        };
        let rows = match self.kind {
            Kind::Sqlite => self.one_by_one(is_first, said, last).await?,
            Kind::Postgres => self.together(is_first, said, last).await?,
        };
        if last.is_some() {
            self.stage = Stage::Ended;
        }
        Ok(rows)
    }

    async fn one_by_one(
        &mut self,
        is_first: bool,
        said: &[Said<'_>],
        last: Option<&str>,
    ) -> Result<Vec<Vec<AnyRow>>, Error> {
        let connection = self.held.connection()?;
        if is_first {
            sqlx::query(statements::beginning_in_sqlite(self.begin))
                .execute(&mut *connection)
                .await?;
        }
        let mut rows = Vec::with_capacity(said.len());
        for one in said {
            rows.push(one.bound().fetch_all(&mut *connection).await?);
        }
        if last.is_some() {
            sqlx::query("COMMIT").execute(connection).await?;
        }
        Ok(rows)
    }

    async fn together(
        &mut self,
        is_first: bool,
        said: &[Said<'_>],
        last: Option<&str>,
    ) -> Result<Vec<Vec<AnyRow>>, Error> {
        let (connection, prepared) = self.held.parts()?;
        let Text {
            mut preparing,
            executing,
        } = Text::of(said, prepared);
        self.is_doubtful = !preparing.is_empty();
        if is_first {
            let beginning = statements::beginning(self.begin, self.organization);
            preparing.splice(0..0, beginning);
        }
        // Those before have no rows, nor has the last word.
        let before = preparing.len();
        let mut text = preparing.join(";");
        if before > 0 {
            text.push(';');
        }
        text.push_str(&executing);
        text.push_str(last.unwrap_or_default());
        let mut all = vec![Vec::new()];
        let mut answers = sqlx::raw_sql(AssertSqlSafe(text)).fetch_many(connection);
        while let Some(answer) = answers.try_next().await? {
            match (answer, all.last_mut()) {
                (Either::Left(_), _) => all.push(Vec::new()),
                (Either::Right(row), Some(rows)) => rows.push(row),
                (Either::Right(_), None) => {}
            }
        }
        drop(answers);
        self.is_doubtful = false;
        Ok(all.into_iter().skip(before).take(said.len()).collect())
    }

    /// Ends it where nothing has: with what `outcome` says that was done, or
    /// with nothing of it.
    pub(super) async fn over<T>(mut self, outcome: Result<T, Error>) -> Result<T, Undone> {
        let outcome = match outcome {
            Ok(value) if matches!(self.stage, Stage::Unbegun | Stage::Ended) => Ok(value),
            Ok(value) => self.end(&[]).await.map(|_| value),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(value) => {
                self.held.is_whole = true;
                Ok(value)
            }
            Err(error) => {
                let is_unsure = self.stage == Stage::Ending && self.begin == Begin::ToWrite;
                self.roll_back().await;
                Err(if is_unsure {
                    Undone::Perhaps(error)
                } else {
                    Undone::Certainly(error)
                })
            }
        }
    }

    async fn roll_back(&mut self) {
        let Ok(connection) = self.held.connection() else {
            return;
        };
        // It fails where SQLite has ended it already, or the server is gone.
        let back = sqlx::query("ROLLBACK").execute(connection).await;
        self.held.is_whole = back.is_ok() && !self.is_doubtful;
    }
}
