//! Messages with sealed records on the way: CBOR (RFC 8949), in which bytes
//! are bytes. In JSON they are a third longer, and each is looked at twice.

use serde::{Serialize, de::DeserializeOwned};

/// What such a body is called (RFC 8949, section 9.5).
pub const MEDIA_TYPE: &str = "application/cbor";

/// Writes a message.
pub fn encode(message: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Messages are texts, numbers, bytes and lists of them, and memory takes
    // what is written to it.
    let _written = ciborium::into_writer(message, &mut bytes);
    bytes
}

/// Reads a message; `None` when it is another, or something follows it.
pub fn decode<T: DeserializeOwned>(mut bytes: &[u8]) -> Option<T> {
    let message = ciborium::from_reader(&mut bytes).ok()?;
    bytes.is_empty().then_some(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hybrid::wire::{Bytes, SeriesMessage};

    #[test]
    fn bytes_are_bytes() {
        let message = SeriesMessage {
            head: Some(Bytes(vec![7; 10_000])),
            rows: Vec::new(),
        };
        let written = encode(&message);
        assert!(written.len() < 10_030, "{}", written.len());
        assert_eq!(decode(&written), Some(message));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let mut written = encode(&SeriesMessage::default());
        assert!(decode::<SeriesMessage>(&written[1..]).is_none());
        written.push(0);
        assert!(decode::<SeriesMessage>(&written).is_none());
        // A text that says it has 2⁶³ bytes.
        let long = [0x7b, 0x80, 0, 0, 0, 0, 0, 0, 0];
        assert!(decode::<String>(&long).is_none());
        let deep = vec![0x81; 100_000];
        assert!(decode::<SeriesMessage>(&deep).is_none());
    }
}
