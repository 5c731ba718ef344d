//! What SQLite's result codes mean to a caller.

use sqlx::Error;

use crate::store::StoreError;

/// Primary result codes (sqlite.org/rescode.html); the extended ones hold
/// them in their low byte.
pub(super) fn classify(path: &str, error: &Error) -> StoreError {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const READ_ONLY: i32 = 8;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANNOT_OPEN: i32 = 14;
    const NOT_A_DATABASE: i32 = 26;
    let path = path.to_owned();
    let code = match error {
        Error::Database(database) => database.code().and_then(|c| c.parse::<i32>().ok()),
        // Tables of these columns hold nothing else, unless they are damaged.
        Error::Decode(_) | Error::ColumnDecode { .. } => Some(CORRUPT),
        _ => None,
    };
    match code.map(|c| c & 0xff) {
        Some(BUSY | LOCKED) => StoreError::Busy(path),
        Some(FULL) => StoreError::Full(path),
        Some(READ_ONLY | CANNOT_OPEN) => StoreError::ReadOnly(path),
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Damaged(path),
        _ => StoreError::Failed(path, error.to_string()),
    }
}
