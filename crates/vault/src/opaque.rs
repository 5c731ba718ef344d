//! Ids that say nothing: 128 bits, in hexadecimal digits.

use std::{fmt, str::FromStr};

use crate::key::Key;

/// An id of 128 bits without an order or a meaning (SR-59).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpaqueId(pub [u8; 16]);

/// One mailbox of one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space {
    /// The organization.
    pub organization: OpaqueId,
    /// The mailbox.
    pub mailbox: OpaqueId,
}

impl Space {
    /// What all devices of an organization may read and its connector alone
    /// writes: it has the organization's own id.
    pub fn of_all(organization: OpaqueId) -> Self {
        Self {
            organization,
            mailbox: organization,
        }
    }
}

impl OpaqueId {
    /// A fresh id from the operating system's generator.
    pub fn random() -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&Key::generate().expose()[..16]);
        Self(id)
    }
}

impl fmt::Display for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What should be an id of 32 hexadecimal digits is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("An id has 32 hexadecimal digits in lower case")]
pub struct NotAnId;

impl FromStr for OpaqueId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        bytes_of_hex(text).map(Self).ok_or(NotAnId)
    }
}

/// Bytes of lower-case hexadecimal digits; `None` when there are others, or
/// another number of them.
pub(crate) fn bytes_of_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(feature = "hybrid")]
impl serde::Serialize for OpaqueId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "hybrid")]
impl<'de> serde::Deserialize<'de> for OpaqueId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_59_ids_are_random_and_come_back_from_their_text() {
        let (one, other) = (OpaqueId::random(), OpaqueId::random());
        assert_ne!(one, other);
        assert_eq!(one.to_string().parse(), Ok(one));
        for bad in ["", "12", &"A".repeat(32), &"0".repeat(33), &"g".repeat(32)] {
            assert_eq!(bad.parse::<OpaqueId>(), Err(NotAnId), "{bad}");
        }
    }
}
