//! Where sealed records rest. A store sees blind ids and ciphertext.

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// A keyed hash of an id: the same id gives the same one in one vault and
/// another in every other vault (SR-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindId(pub [u8; 16]);

/// SHA-256 of something at rest: says "as I have seen it" in few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag(pub(crate) [u8; 32]);

impl Tag {
    /// The tag of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// A day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// The day of so many seconds after 1970-01-01T00:00Z.
    pub fn of_seconds(seconds: u64) -> Self {
        Self(u32::try_from(seconds / 86_400).unwrap_or(u32::MAX))
    }
}

/// One sealed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// Its blind id within the series.
    pub record: BlindId,
    /// The last day it is of use. Only records that leave the machine have
    /// one: what rests on the own disk says nothing about its times (SR-07).
    pub expires: Option<Day>,
    /// A COSE_Encrypt0 message.
    pub blob: Vec<u8>,
}

/// A series as the store has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedSeries {
    /// Records in the order of their blind ids.
    pub rows: Vec<SealedRow>,
    /// The sealed head with the manifest; `None` when nothing was committed.
    pub head: Option<Vec<u8>>,
}

impl SealedSeries {
    /// The tag of the head.
    pub fn tag(&self) -> Option<Tag> {
        self.head.as_deref().map(Tag::of)
    }
}

/// What one transaction changes.
#[derive(Debug, Clone)]
pub struct SealedBatch {
    /// Which series.
    pub series: BlindId,
    /// The key box it was sealed with. A store which has another one takes
    /// nothing, so that no record rests under a key that was forgotten.
    pub keys: Option<Tag>,
    /// The head it follows. A store which has another one takes nothing, so
    /// that two programs do not undo each other's work.
    pub after: Option<Tag>,
    /// Whether all older records of the series go first.
    pub replace: Replace,
    /// New and changed records.
    pub put: Vec<SealedRow>,
    /// What is kept beside records of `put`, sealed by itself. It goes with
    /// its record: when that is deleted, and when that is put again.
    pub beside: Vec<(BlindId, Vec<u8>)>,
    /// Records that go.
    pub delete: Vec<BlindId>,
    /// The new head.
    pub head: Vec<u8>,
}

/// What became of a change that names what it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It is in the store.
    Done,
    /// Another program was faster; nothing was changed.
    Overtaken,
}

/// Whether a batch changes a series or stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Older records stay.
    Nothing,
    /// Older records go.
    Everything,
}

/// Why a store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The disk is full.
    #[error("The disk with {0} is full; free some space, the agenda stays in memory until then")]
    Full(String),
    /// The folder or file cannot be written.
    #[error("{0} cannot be written; check its owner and rights, the agenda stays in memory")]
    ReadOnly(String),
    /// The file is no store or is damaged.
    #[error("{0} is damaged; it is set aside and the agenda is fetched again")]
    Damaged(String),
    /// A newer version wrote it.
    #[error("{0} was written by a newer Joinbell; install that version again or remove the file")]
    Newer(String),
    /// Another program holds it.
    #[error("{0} is in use by another program; close that, it is tried again")]
    Busy(String),
    /// It does not take so much at once. That is of the series, and says
    /// nothing of others.
    #[error("{0} does not take so much at once; whoever runs it can let it take more")]
    TooLong(String),
    /// It does not know the mailbox. That is of the mailbox alone.
    #[error("{0} has no such mailbox; it is made there again")]
    Absent(String),
    /// It is asked for more than it lets through.
    #[error("{0} is asked too often; it is asked again in a while")]
    TooOften(String),
    /// Anything else; the second text is the database's own.
    #[error("{0} cannot be used ({1}); the agenda stays in memory")]
    Failed(String, String),
}

/// Keeps sealed series. Every implementation passes `conformance::suite`.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The sealed key box.
    async fn keys(&self) -> Result<Option<Vec<u8>>, StoreError>;
    /// Puts a key box in the place of the one with the tag `before`.
    async fn replace_keys(
        &self,
        before: Option<Tag>,
        sealed: Vec<u8>,
    ) -> Result<Outcome, StoreError>;
    /// All series that have a head.
    async fn series(&self) -> Result<Vec<BlindId>, StoreError>;
    /// All of one series, as it stood at one moment, without what is beside
    /// its records.
    async fn read(&self, series: BlindId) -> Result<SealedSeries, StoreError>;
    /// The same, a part of the rows after the other: never are all of them in
    /// memory. The parts of a read that fails are worth nothing. Answers with
    /// the head.
    async fn read_in_parts(
        &self,
        series: BlindId,
        take: &mut (dyn FnMut(Vec<SealedRow>) + Send),
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let SealedSeries { rows, head } = self.read(series).await?;
        take(rows);
        Ok(head)
    }
    /// The head of a series alone.
    async fn head(&self, series: BlindId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read_in_parts(series, &mut drop).await
    }
    /// What is kept beside a record. Stores outside of this machine keep
    /// nothing there, and are given nothing.
    async fn beside(&self, series: BlindId, record: BlindId)
    -> Result<Option<Vec<u8>>, StoreError>;
    /// All of a batch or nothing of it. Done means that it survives a power
    /// cut, where the store survives the program at all.
    async fn commit(&self, batch: SealedBatch) -> Result<Outcome, StoreError>;
    /// Forgets a series.
    async fn forget(&self, series: BlindId) -> Result<(), StoreError>;
    /// Gives deleted bytes back to the disk, overwritten.
    async fn compact(&self) -> Result<(), StoreError>;
    /// Writes everything out and lets go of what holds it. Nothing is asked of
    /// the store afterwards.
    async fn close(&self) {}
}
