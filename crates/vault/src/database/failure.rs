//! What a database's codes mean to a caller.

use sqlx::Error;

use crate::store::StoreError;

/// SQLSTATEs (postgresql.org, appendix A) after which a unit is done again as
/// a whole: serialization failure and deadlock; and a unique key that another
/// transaction has just taken, which the next look at the rows sees.
const AGAIN: [&str; 3] = ["40001", "40P01", "23505"];

/// A unit that came to no good end.
pub(super) enum Undone {
    /// There was no connection to be had on which it could begin.
    Unbegun(Error),
    /// It had begun, and nothing of it is in the database.
    Certainly(Error),
    /// It was to be committed when the error came: it may be there.
    Perhaps(Error),
}

impl Undone {
    pub(super) fn error(&self) -> &Error {
        let (Self::Unbegun(error) | Self::Certainly(error) | Self::Perhaps(error)) = self;
        error
    }

    /// Whether doing it once more may help and does nothing twice. A server
    /// which ends a connection often does so in the middle of a unit.
    pub(super) fn is_to_be_tried_again(&self) -> bool {
        match self {
            Self::Certainly(error) => is_of_a_race(error) || is_of_a_lost_connection(error),
            Self::Unbegun(error) | Self::Perhaps(error) => is_of_a_race(error),
        }
    }
}

fn is_of_a_race(error: &Error) -> bool {
    let Error::Database(database) = error else {
        return false;
    };
    database
        .code()
        .is_some_and(|code| AGAIN.contains(&code.as_ref()))
}

/// Whether the connection is of no use any more: the server has ended it, or
/// says that it is about to (class 57P, an administrator's doing).
pub(super) fn is_of_a_lost_connection(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
        Error::Database(database) => database.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

pub(super) fn classify(name: &str, error: &Error) -> StoreError {
    let name = name.to_owned();
    let code = match error {
        Error::Database(database) => database.code().map(std::borrow::Cow::into_owned),
        Error::PoolTimedOut => return StoreError::Busy(name),
        _ => None,
    };
    match code.as_deref() {
        // SQLite's primary result codes, then PostgreSQL's classes.
        Some("5" | "6" | "40001" | "40P01" | "53300") => StoreError::Busy(name),
        Some("13" | "53100") => StoreError::Full(name),
        Some("8" | "14" | "25006" | "42501") => StoreError::ReadOnly(name),
        Some("11" | "26") => StoreError::Damaged(name),
        Some(code) => StoreError::Failed(name, format!("code {code}")),
        // The texts of connection errors hold no value of a row.
        None => StoreError::Failed(name, error.to_string()),
    }
}
