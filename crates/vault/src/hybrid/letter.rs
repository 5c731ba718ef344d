//! A device's question to its organization's connector, and the answer: sealed
//! from end to end, whatever they say. The service between them sees which
//! device writes about which mailbox, when, and a size in classes of 256 bytes.
//!
//! Both are sealed by HPKE in its authenticated mode, so that each end knows
//! whom it hears, in the context of one letter:
//!
//! ```text
//! info = "joinbell letter 1" | "ask" or "answer" | organization | mailbox | device | letter
//! ```
//!
//! where each part has its length in front. A letter's id is random and used
//! once; neither the service nor anybody else can give a question another id,
//! or an answer to another question.

use zeroize::Zeroizing;

use super::{
    joined,
    sealing::{self, From, NotForUs, OpenKey},
};
use crate::{mailbox, opaque::OpaqueId};

/// Seconds before and after its own time in which a question is answered.
pub const GOOD_FOR: u64 = 120;

/// One letter between two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between {
    /// The organization.
    pub organization: OpaqueId,
    /// The mailbox.
    pub mailbox: OpaqueId,
    /// The device that asks.
    pub device: OpaqueId,
    /// The letter's id.
    pub letter: OpaqueId,
}

/// Which way a letter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the device to the connector.
    Ask,
    /// Back.
    Answer,
}

impl Between {
    fn info(&self, way: Way) -> Vec<u8> {
        let way: &[u8] = match way {
            Way::Ask => b"ask",
            Way::Answer => b"answer",
        };
        joined(&[
            b"joinbell letter 1",
            way,
            &self.organization.0,
            &self.mailbox.0,
            &self.device.0,
            &self.letter.0,
        ])
    }

    /// Seals to the holder of `to`.
    pub fn seal(
        &self,
        way: Way,
        own: &OpenKey,
        to: &[u8; 32],
        plain: &[u8],
    ) -> Result<Vec<u8>, NotForUs> {
        sealing::seal(to, Some(own), &self.info(way), &mailbox::pad(plain))
    }

    /// Opens what the holder of `from` has sealed.
    pub fn open(
        &self,
        way: Way,
        own: &OpenKey,
        from: &[u8; 32],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotForUs> {
        let mut padded = sealing::open(own, From::Holder(from), &self.info(way), sealed)?;
        let plain = mailbox::unpad(std::mem::take(&mut padded)).ok_or(NotForUs)?;
        Ok(Zeroizing::new(plain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between() -> Between {
        Between {
            organization: OpaqueId([1; 16]),
            mailbox: OpaqueId([2; 16]),
            device: OpaqueId([3; 16]),
            letter: OpaqueId([4; 16]),
        }
    }

    #[test]
    fn a_letter_opens_for_its_other_end_and_in_its_own_place_alone() {
        let (device, connector, other) = (
            OpenKey::generate(),
            OpenKey::generate(),
            OpenKey::generate(),
        );
        let (from, to) = (device.public(), connector.public());
        let letter = between();
        let sealed = letter.seal(Way::Ask, &device, &to, b"a meeting").unwrap();
        let opened = letter.open(Way::Ask, &connector, &from, &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"a meeting");

        let elsewhere = OpaqueId([9; 16]);
        let places = [
            Between {
                organization: elsewhere,
                ..letter
            },
            Between {
                mailbox: elsewhere,
                ..letter
            },
            Between {
                device: elsewhere,
                ..letter
            },
            Between {
                letter: elsewhere,
                ..letter
            },
        ];
        for place in places {
            assert!(place.open(Way::Ask, &connector, &from, &sealed).is_err());
        }
        // A question sent back is no answer, and another device no sender.
        assert!(
            letter
                .open(Way::Answer, &connector, &from, &sealed)
                .is_err()
        );
        let foreign = other.public();
        assert!(
            letter
                .open(Way::Ask, &connector, &foreign, &sealed)
                .is_err()
        );
        assert!(letter.open(Way::Ask, &other, &from, &sealed).is_err());
    }

    #[test]
    fn a_size_says_no_more_than_its_class() {
        let (device, connector) = (OpenKey::generate(), OpenKey::generate());
        let to = connector.public();
        let size = |length: usize| {
            let plain = vec![b'x'; length];
            between()
                .seal(Way::Ask, &device, &to, &plain)
                .unwrap()
                .len()
        };
        assert_eq!(size(1), size(255));
        assert_eq!(size(256), size(257));
        assert_ne!(size(255), size(256));
    }
}
