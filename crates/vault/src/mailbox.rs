//! Vaults whose keys come from a key service: one for each mailbox and week,
//! and nothing of them rests in the store.
//!
//! Such a vault differs from one on the own disk in three ways: the key box in
//! the store is not looked at; records carry the day on which they expire,
//! because a service has to know when to forget them; and what is sealed is
//! filled up to classes of 256 bytes, because a service sees the lengths.

use std::{collections::BTreeMap, sync::Arc};

use zeroize::Zeroizing;

use crate::{
    Vault,
    envelope::KeyId,
    key::{KEY_BYTES, Key},
    key_box::KeyBox,
    store::{Day, Store},
};

/// Days of an epoch.
pub const EPOCH_DAYS: u32 = 7;

/// Days after the end of an epoch on which its key is destroyed: a record is
/// sealed at most 31 days before its meeting and kept 7 days after it.
pub const KEPT_DAYS: u32 = 38;

/// Seven days, counted from 1970-01-01 (a Thursday).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

impl Epoch {
    /// The epoch of a day.
    pub fn of(day: Day) -> Self {
        Self(day.0 / EPOCH_DAYS)
    }

    /// Its first day.
    pub fn first_day(self) -> Day {
        Day(self.0.saturating_mul(EPOCH_DAYS))
    }

    /// The first day on which its key is no more (SR-55).
    pub fn destroyed_on(self) -> Day {
        Day(Self(self.0.saturating_add(1))
            .first_day()
            .0
            .saturating_add(KEPT_DAYS))
    }
}

/// The keys of one mailbox as a key service releases them.
#[derive(Debug)]
pub struct MailboxKeys {
    /// Makes blind ids; the same as long as the mailbox is there.
    index: Key,
    /// Seal and open.
    epochs: BTreeMap<Epoch, Key>,
}

impl MailboxKeys {
    /// Keys by epoch, and the one for blind ids.
    pub fn new(index: Key, epochs: BTreeMap<Epoch, Key>) -> Self {
        Self { index, epochs }
    }

    /// The epochs whose keys are here.
    pub fn epochs(&self) -> impl Iterator<Item = Epoch> {
        self.epochs.keys().copied()
    }

    /// The plain bytes, for a sealed message.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Room for everything at once: growing would leave copies behind.
        let room = KEY_BYTES + self.epochs.len() * (4 + KEY_BYTES);
        let mut plain = Zeroizing::new(Vec::with_capacity(room));
        plain.extend_from_slice(self.index.expose());
        for (epoch, key) in &self.epochs {
            plain.extend_from_slice(&epoch.0.to_be_bytes());
            plain.extend_from_slice(key.expose());
        }
        plain
    }

    /// The keys from their plain bytes.
    pub fn decode(plain: &[u8]) -> Option<Self> {
        let (index, mut rest) = plain.split_at_checked(KEY_BYTES)?;
        let mut epochs = BTreeMap::new();
        while !rest.is_empty() {
            let (epoch, after) = rest.split_first_chunk()?;
            let (key, after) = after.split_at_checked(KEY_BYTES)?;
            epochs.insert(Epoch(u32::from_be_bytes(*epoch)), Key::from_bytes(key)?);
            rest = after;
        }
        Some(Self {
            index: Key::from_bytes(index)?,
            epochs,
        })
    }
}

impl Vault {
    /// A vault on the store of one mailbox. It seals with the key of the
    /// newest epoch; other programs know the other keys.
    pub fn of_mailbox(store: Arc<dyn Store>, keys: MailboxKeys) -> Self {
        let key_box = key_box(keys.epochs);
        Self::released(store, &keys.index, key_box)
    }

    /// Takes the keys of a later week. Those that are left out are forgotten.
    pub fn take_keys(&self, keys: MailboxKeys) {
        self.replace_released(key_box(keys.epochs));
    }
}

fn key_box(epochs: BTreeMap<Epoch, Key>) -> KeyBox {
    KeyBox::released(epochs.into_iter().map(|(epoch, key)| (KeyId(epoch.0), key)))
}

/// Bytes of a size class.
const CLASS: usize = 256;

/// Fills up to the size class (ISO/IEC 7816-4: one byte 0x80, then zeros).
pub(crate) fn pad(plain: &[u8]) -> Zeroizing<Vec<u8>> {
    let full = (plain.len() + 1).next_multiple_of(CLASS);
    let mut padded = Zeroizing::new(Vec::with_capacity(full));
    padded.extend_from_slice(plain);
    padded.push(0x80);
    padded.resize(full, 0);
    padded
}

/// The plain bytes without what fills them up.
pub(crate) fn unpad(mut padded: Vec<u8>) -> Option<Vec<u8>> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    (padded.get(end) == Some(&0x80)).then(|| {
        padded.truncate(end);
        padded
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sr_55_a_key_outlives_the_last_record_that_it_may_have_sealed() {
        let last_day = Day(20_000 / 7 * 7 + 6);
        let epoch = Epoch::of(last_day);
        assert_eq!(epoch, Epoch::of(epoch.first_day()));
        assert_ne!(epoch, Epoch::of(Day(last_day.0 + 1)));
        assert_eq!(epoch.destroyed_on(), Day(last_day.0 + 1 + 31 + 7));
    }

    #[test]
    fn keys_come_back_from_their_bytes_and_not_from_cut_ones() {
        let epochs = [3, 4].map(|number| (Epoch(number), Key::generate()));
        let keys = MailboxKeys::new(Key::generate(), epochs.into_iter().collect());
        let plain = keys.encode();
        let read = MailboxKeys::decode(&plain).unwrap();
        assert_eq!(read.encode(), plain);
        assert!(read.epochs().eq([Epoch(3), Epoch(4)]));
        assert!(MailboxKeys::decode(&plain[..plain.len() - 1]).is_none());
        assert!(MailboxKeys::decode(b"").is_none());
    }

    proptest! {
        #[test]
        fn what_is_filled_up_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..1000)) {
            let padded = pad(&plain);
            prop_assert_eq!(padded.len() % CLASS, 0);
            prop_assert!(padded.len() - plain.len() <= CLASS);
            prop_assert_eq!(unpad(padded.to_vec()), Some(plain));
        }

        #[test]
        fn what_was_not_filled_up_is_refused_or_shorter(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let length = bytes.len();
            prop_assert!(unpad(bytes).is_none_or(|plain| plain.len() < length));
        }
    }
}
