//! One row by its ids, in a transaction of its own.

use sqlx::{AnyConnection, AssertSqlSafe, Error, any::AnyRow};

use super::{Begin, Database, Kind, failure::Undone, goes_on, statements};
use crate::{opaque::OpaqueId, store::StoreError};

/// What is looked up. Whoever asks the service is looked up before each
/// request, so it is one way to the server and not one for each of its
/// statements.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// A statement that gives at most one row, with `$1` and so on in place of
    /// the ids.
    pub statement: &'static str,
    /// The ids, at most nine.
    pub ids: Vec<OpaqueId>,
}

impl Lookup {
    /// The statement with its ids, which are written in hexadecimal digits
    /// alone.
    fn text(&self) -> String {
        let mut text = self.statement.to_owned();
        for (at, id) in self.ids.iter().enumerate() {
            text = text.replace(&format!("${}", at + 1), &format!("'{id}'"));
        }
        text
    }
}

impl Database {
    /// The row that `organization` finds there.
    pub async fn look_up(
        &self,
        organization: OpaqueId,
        lookup: Lookup,
    ) -> Result<Option<AnyRow>, StoreError> {
        match self.kind {
            Kind::Sqlite => {
                self.transact(organization, Begin::ToRead, move |connection| {
                    let lookup = lookup.clone();
                    Box::pin(async move { by_itself(connection, &lookup).await })
                })
                .await
            }
            Kind::Postgres => {
                let text = format!(
                    "{}; {}; COMMIT",
                    statements::beginning(Begin::ToRead, Some(organization)),
                    lookup.text()
                );
                let mut attempts = 0;
                loop {
                    match self.at_once(&text).await {
                        Err(undone) if goes_on(&mut attempts, &undone) => {
                            tokio::task::yield_now().await;
                        }
                        outcome => return outcome.map_err(|undone| self.failure(undone.error())),
                    }
                }
            }
        }
    }

    /// A whole transaction in one way there and back. Its first row is that of
    /// whose rows are to be seen.
    async fn at_once(&self, text: &str) -> Result<Option<AnyRow>, Undone> {
        let mut lost = 0;
        loop {
            let mut open = self.taken().await.map_err(Undone::Unbegun)?;
            let asked = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(&mut *open.connection);
            match asked.await {
                Err(error) if self.is_one_more_lost(&mut lost, &error) => {}
                Err(error) => return Err(Undone::Unbegun(error)),
                Ok(rows) => {
                    open.ended = true;
                    return Ok(rows.into_iter().nth(1));
                }
            }
        }
    }
}

async fn by_itself(
    connection: &mut AnyConnection,
    lookup: &Lookup,
) -> Result<Option<AnyRow>, Error> {
    let mut query = sqlx::query(lookup.statement);
    for id in &lookup.ids {
        query = query.bind(id.to_string());
    }
    query.fetch_optional(connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stands_where_its_number_stood() {
        let lookup = Lookup {
            statement: "SELECT a FROM b WHERE c = $1 AND d = $2",
            ids: vec![OpaqueId([1; 16]), OpaqueId([0xfe; 16])],
        };
        let (first, second) = ("01".repeat(16), "fe".repeat(16));
        assert_eq!(
            lookup.text(),
            format!("SELECT a FROM b WHERE c = '{first}' AND d = '{second}'")
        );
    }
}
