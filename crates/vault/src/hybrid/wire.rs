//! The messages of the service and the key service. In JSON (RFC 8259) bytes
//! are base64url without padding (RFC 4648); in CBOR ([`super::cbor`]) bytes.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, Visitor},
};

use super::enrolment::{Attestation, PublicKeys};
use crate::{
    opaque::{OpaqueId, bytes_of_hex},
    store::{BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, SealedSeries, Tag},
};

/// Bytes in a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&BASE64.encode(&self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return deserializer.deserialize_byte_buf(AsBytes).map(Self);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        BASE64
            .decode(text.as_bytes())
            .map(Self)
            .map_err(|_| D::Error::custom("this is not base64url"))
    }
}

struct AsBytes;

impl Visitor<'_> for AsBytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

/// 32 bytes in a message.
pub(crate) mod thirty_two {
    use super::{Bytes, Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        bytes: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Bytes(bytes.to_vec()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let bytes = Bytes::deserialize(deserializer)?;
        <[u8; 32]>::try_from(bytes.0)
            .map_err(|_| serde::de::Error::custom("there must be 32 bytes"))
    }
}

impl BlindId {
    /// Its hexadecimal digits.
    pub fn to_hex(self) -> String {
        OpaqueId(self.0).to_string()
    }

    /// From hexadecimal digits.
    pub fn of_hex(text: &str) -> Option<Self> {
        bytes_of_hex(text).map(Self)
    }
}

/// One sealed record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowMessage {
    /// Its blind id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub record: OpaqueId,
    /// The last day it is of use, in days since 1970-01-01 (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u32>,
    /// A COSE_Encrypt0 message.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sealed: Bytes,
}

impl From<SealedRow> for RowMessage {
    fn from(row: SealedRow) -> Self {
        Self {
            record: OpaqueId(row.record.0),
            expires: row.expires.map(|day| day.0),
            sealed: Bytes(row.blob),
        }
    }
}

impl From<RowMessage> for SealedRow {
    fn from(row: RowMessage) -> Self {
        Self {
            record: BlindId(row.record.0),
            expires: row.expires.map(Day),
            blob: row.sealed.0,
        }
    }
}

/// All of a series at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesMessage {
    /// The sealed head with the manifest.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub head: Option<Bytes>,
    /// Records in the order of their ids.
    pub rows: Vec<RowMessage>,
}

impl From<SealedSeries> for SeriesMessage {
    fn from(series: SealedSeries) -> Self {
        Self {
            head: series.head.map(Bytes),
            rows: series.rows.into_iter().map(RowMessage::from).collect(),
        }
    }
}

impl From<SeriesMessage> for SealedSeries {
    fn from(series: SeriesMessage) -> Self {
        Self {
            head: series.head.map(|head| head.0),
            rows: series.rows.into_iter().map(SealedRow::from).collect(),
        }
    }
}

/// What one transaction changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommitMessage {
    /// SHA-256 of the key box it was sealed with.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub keys: Option<Bytes>,
    /// SHA-256 of the head it follows.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub after: Option<Bytes>,
    /// Whether all older records of the series go first.
    pub replace: bool,
    /// New and changed records.
    pub put: Vec<RowMessage>,
    /// Records that go.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub delete: Vec<OpaqueId>,
    /// The new head.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub head: Bytes,
}

/// What should be a SHA-256 has another length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A tag has 32 bytes")]
pub struct NotATag;

fn tag(bytes: Option<Bytes>) -> Result<Option<Tag>, NotATag> {
    bytes
        .map(|bytes| bytes.0.try_into().map(Tag).map_err(|_| NotATag))
        .transpose()
}

impl From<SealedBatch> for CommitMessage {
    /// A vault keeps nothing beside records that leave the machine.
    fn from(batch: SealedBatch) -> Self {
        Self {
            keys: batch.keys.map(|tag| Bytes(tag.0.to_vec())),
            after: batch.after.map(|tag| Bytes(tag.0.to_vec())),
            replace: batch.replace == Replace::Everything,
            put: batch.put.into_iter().map(RowMessage::from).collect(),
            delete: batch.delete.into_iter().map(|id| OpaqueId(id.0)).collect(),
            head: Bytes(batch.head),
        }
    }
}

impl CommitMessage {
    /// The batch for a series.
    pub fn into_batch(self, series: BlindId) -> Result<SealedBatch, NotATag> {
        Ok(SealedBatch {
            series,
            keys: tag(self.keys)?,
            after: tag(self.after)?,
            replace: if self.replace {
                Replace::Everything
            } else {
                Replace::Nothing
            },
            put: self.put.into_iter().map(SealedRow::from).collect(),
            beside: Vec::new(),
            delete: self.delete.into_iter().map(|id| BlindId(id.0)).collect(),
            head: self.head.0,
        })
    }
}

/// A key box in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyBoxMessage {
    /// SHA-256 of the one it follows.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub before: Option<Bytes>,
    /// The box.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sealed: Bytes,
}

impl KeyBoxMessage {
    /// A box that follows `before`.
    pub fn after(before: Option<Tag>, sealed: Vec<u8>) -> Self {
        Self {
            before: before.map(|tag| Bytes(tag.0.to_vec())),
            sealed: Bytes(sealed),
        }
    }

    /// What it follows.
    pub fn before(&self) -> Result<Option<Tag>, NotATag> {
        tag(self.before.clone())
    }
}

/// The box as it is; `sealed` is absent where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysMessage {
    /// The box.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub sealed: Option<Bytes>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeMessage {
    /// False when another program was faster; nothing was changed.
    pub done: bool,
}

impl From<Outcome> for OutcomeMessage {
    fn from(outcome: Outcome) -> Self {
        Self {
            done: outcome == Outcome::Done,
        }
    }
}

impl From<OutcomeMessage> for Outcome {
    fn from(message: OutcomeMessage) -> Self {
        if message.done {
            Self::Done
        } else {
            Self::Overtaken
        }
    }
}

/// The blind ids of a mailbox's series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesListMessage {
    /// In their order.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub series: Vec<OpaqueId>,
}

/// One event of the change feed. It says that something changed, never what
/// (SR-63).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeMessage {
    /// The mailbox.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub mailbox: OpaqueId,
    /// Counts the mailbox's changes.
    pub revision: u64,
}

/// A sealed ask, answer or enrolment message on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LetterMessage {
    /// Sealed by its sender.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sealed: Bytes,
}

/// A letter that waits for the connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingMessage {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub letter: OpaqueId,
    /// The mailbox whose device asks; absent for an enrolment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub mailbox: Option<OpaqueId>,
    /// The device that asks; absent for an enrolment. The letter is sealed so
    /// that it opens as this device's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub device: Option<OpaqueId>,
    /// Sealed by its sender.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sealed: Bytes,
}

/// What waits for the connector, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingListMessage {
    /// Letters.
    pub waiting: Vec<WaitingMessage>,
}

/// The only organization of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationMessage {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub organization: OpaqueId,
}

/// The public keys of an organization's connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectorMessage {
    /// Signing and sealing.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub keys: PublicKeys,
}

/// A device as its connector attests it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceMessage {
    /// The connector's word.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attestation: Attestation,
}

/// Asks for the keys of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseMessage {
    /// Random; the answer is good for this question alone.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub nonce: OpaqueId,
}

/// The keys of a mailbox, by HPKE for who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleasedMessage {
    /// The encapsulated key and the ciphertext.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sealed: Bytes,
}

/// The context in which keys are released (HPKE's `info`).
pub fn release_context(
    organization: OpaqueId,
    mailbox: OpaqueId,
    holder: super::passport::Holder,
    nonce: OpaqueId,
) -> Vec<u8> {
    super::joined(&[
        b"joinbell release 1",
        &organization.0,
        &mailbox.0,
        holder.to_string().as_bytes(),
        &nonce.0,
    ])
}
