//! The key box: the data keys of a vault, wrapped by the key-encryption key,
//! with what must be known of them (SR-03 to SR-05).

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use zeroize::Zeroizing;

use crate::{
    envelope::{self, KeyId, Outside, Revision},
    key::{KEY_BYTES, Key},
    store::Tag,
};

/// Seals that one data key may make (SR-04): with random 96-bit nonces the
/// chance of a repeated one stays below 2^-56.
pub const SEALS_PER_KEY_MAX: u64 = 1 << 20;

/// How long a data key is in use before [`crate::Vault::tend`] takes another.
pub const KEY_AGE_MAX: Duration = Duration::from_hours(30 * 24);

/// Seals reserved at once. They count as made before the first of them is, so
/// a program that dies in between can only have made fewer.
const RESERVED_AT_ONCE: u64 = 4096;

const FORMAT: u8 = 1;
const PLACE: &[u8] = b"joinbell vault 1 key box";

/// Counts how often a store was opened to be written. It only grows, so a
/// smaller one than before is an old copy of the store (SR-08).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u64);

struct DataKey {
    key: Key,
    /// Seals that may have been made with it.
    reserved: u64,
    /// When it was first seen by `tend`, in seconds since 1970.
    born: Option<u64>,
}

/// The data keys, opened.
#[derive(Default)]
pub(crate) struct KeyBox {
    pub(crate) generation: Generation,
    /// Heads of an older generation are of a store that was rolled back.
    pub(crate) floor: Generation,
    keys: BTreeMap<KeyId, DataKey>,
    /// Seals that this program may still make with the newest key.
    left: u64,
    /// The sealed box as it rests in the store.
    pub(crate) tag: Option<Tag>,
}

/// A batch with more records than one key may seal.
pub(crate) struct TooMany;

impl KeyBox {
    pub(crate) fn newest(&self) -> Option<KeyId> {
        self.keys.keys().next_back().copied()
    }

    pub(crate) fn get(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(&id).map(|data| &data.key)
    }

    /// Keys that somebody else keeps: nothing of them is stored. Each may make
    /// its share of seals.
    pub(crate) fn released(keys: impl Iterator<Item = (KeyId, Key)>) -> Self {
        let data = |key| DataKey {
            key,
            reserved: SEALS_PER_KEY_MAX,
            born: None,
        };
        Self {
            keys: keys.map(|(id, key)| (id, data(key))).collect(),
            left: SEALS_PER_KEY_MAX,
            ..Self::default()
        }
    }

    /// Takes the place of an older box of released keys. Seals that the same
    /// newest key has made stay counted (SR-04).
    pub(crate) fn after(mut self, older: &Self) -> Self {
        if self.newest() == older.newest() {
            self.left = older.left;
        }
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Spends `seals` of what is reserved; `None` when that is too little.
    pub(crate) fn spend(&mut self, seals: u64) -> Option<KeyId> {
        let newest = self.newest()?;
        self.left = self.left.checked_sub(seals)?;
        Some(newest)
    }

    /// Reserves room for `seals`, with a fresh key when the newest has made
    /// its share. The box must be stored before any of it is spent.
    pub(crate) fn reserve(&mut self, seals: u64) -> Result<(), TooMany> {
        if seals > SEALS_PER_KEY_MAX {
            return Err(TooMany);
        }
        let wanted = seals.max(RESERVED_AT_ONCE);
        if let Some(mut newest) = self.keys.last_entry() {
            let data = newest.get_mut();
            let room = SEALS_PER_KEY_MAX.saturating_sub(data.reserved);
            if room >= seals {
                self.left = wanted.min(room);
                data.reserved += self.left;
                return Ok(());
            }
        }
        self.add_key();
        self.left = wanted;
        if let Some(mut newest) = self.keys.last_entry() {
            newest.get_mut().reserved = wanted;
        }
        Ok(())
    }

    fn add_key(&mut self) {
        let id = KeyId(self.newest().map_or(1, |last| last.0 + 1));
        let data = DataKey {
            key: Key::generate(),
            reserved: 0,
            born: None,
        };
        self.keys.insert(id, data);
        self.left = 0;
    }

    /// Notes when the newest key was first seen and adds another when that is
    /// [`KEY_AGE_MAX`] ago. True when the box changed.
    pub(crate) fn age(&mut self, now: SystemTime) -> bool {
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let Some(mut newest) = self.keys.last_entry() else {
            return false;
        };
        match newest.get().born {
            // A clock that was ahead for a while must not keep a key for ever.
            Some(born) if born <= now => {
                let old = now - born >= KEY_AGE_MAX.as_secs();
                if old {
                    self.add_key();
                    self.age_newest(now);
                }
                old
            }
            _ => {
                newest.get_mut().born = Some(now);
                true
            }
        }
    }

    fn age_newest(&mut self, now: u64) {
        if let Some(mut newest) = self.keys.last_entry() {
            newest.get_mut().born = Some(now);
        }
    }

    /// This box is not the stored one: nothing is sealed with it, and the next
    /// use reads that. What can be opened meanwhile is opened.
    pub(crate) fn distrust(&mut self) {
        self.left = 0;
        self.tag = None;
    }

    /// Forgets the keys before this one, where it is here; whether there were
    /// any.
    pub(crate) fn forget_before(&mut self, key: KeyId) -> bool {
        if self.get(key).is_none() {
            // Nothing is sealed with a key that was never stored.
            return false;
        }
        let before = self.keys.len();
        self.keys.retain(|id, _| *id >= key);
        self.keys.len() < before
    }

    /// The box as it rests.
    pub(crate) fn seal(&self, wrap: &Key) -> Vec<u8> {
        // Room for everything at once: growing would leave copies behind.
        let mut plain = Zeroizing::new(Vec::with_capacity(64 + self.keys.len() * 64));
        plain.push(FORMAT);
        plain.extend_from_slice(&self.generation.0.to_be_bytes());
        plain.extend_from_slice(&self.floor.0.to_be_bytes());
        for (id, data) in &self.keys {
            plain.extend_from_slice(&id.0.to_be_bytes());
            plain.extend_from_slice(&data.born.unwrap_or(u64::MAX).to_be_bytes());
            plain.extend_from_slice(&data.reserved.to_be_bytes());
            plain.extend_from_slice(data.key.expose());
        }
        let outside = Outside {
            key: KeyId(0),
            revision: Revision(0),
        };
        envelope::seal(wrap, outside, PLACE, &plain)
    }

    /// Opens a box; `None` when another key sealed it. Nothing is reserved.
    pub(crate) fn open(wrap: &Key, sealed: &[u8]) -> Option<Self> {
        let (_, plain) = envelope::open(|_| Some(wrap), PLACE, sealed).ok()?;
        let plain = Zeroizing::new(plain);
        let (format, rest) = plain.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let (generation, rest) = rest.split_first_chunk()?;
        let (floor, mut rest) = rest.split_first_chunk()?;
        let mut keys = BTreeMap::new();
        while !rest.is_empty() {
            let (id, after) = rest.split_first_chunk()?;
            let (born, after) = after.split_first_chunk()?;
            let (reserved, after) = after.split_first_chunk()?;
            let (key, after) = after.split_at_checked(KEY_BYTES)?;
            let born = Some(u64::from_be_bytes(*born)).filter(|born| *born != u64::MAX);
            let data = DataKey {
                key: Key::from_bytes(key)?,
                reserved: u64::from_be_bytes(*reserved),
                born,
            };
            keys.insert(KeyId(u32::from_be_bytes(*id)), data);
            rest = after;
        }
        Some(Self {
            generation: Generation(u64::from_be_bytes(*generation)),
            floor: Generation(u64::from_be_bytes(*floor)),
            keys,
            left: 0,
            tag: Some(Tag::of(sealed)),
        })
    }
}

#[cfg(test)]
mod tests {
    use coset::CborSerializable as _;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn reserved(key_box: &KeyBox) -> Vec<(u32, u64)> {
        let each = |(id, data): (&KeyId, &DataKey)| (id.0, data.reserved);
        key_box.keys.iter().map(each).collect()
    }

    #[test]
    fn sr_04_what_is_reserved_counts_as_made_before_it_is_used() {
        let wrap = Key::generate();
        let mut key_box = KeyBox::default();
        assert!(key_box.reserve(1).is_ok());
        let stored = key_box.seal(&wrap);
        assert_eq!(key_box.spend(4096), Some(KeyId(1)));
        assert_eq!(key_box.spend(1), None, "nothing is spent unreserved");
        let mut after_a_crash = KeyBox::open(&wrap, &stored).unwrap();
        assert_eq!(after_a_crash.spend(1), None);
        assert!(after_a_crash.reserve(1).is_ok());
        assert_eq!(reserved(&after_a_crash), [(1, 8192)]);
    }

    /// The nonce of a sealed blob.
    fn nonce(blob: &[u8]) -> [u8; 12] {
        let sealed = coset::CoseEncrypt0::from_slice(blob).unwrap();
        sealed.unprotected.iv.try_into().unwrap()
    }

    /// Makes so many seals and dies now and then: what was reserved and not
    /// spent is lost with the program, the stored box is not.
    fn seal_over_crashes(seals: usize) {
        const BATCH: u64 = 1000;
        let wrap = Key::generate();
        let outside = |key| Outside {
            key,
            revision: Revision(1),
        };
        let mut key_box = KeyBox::default();
        let mut stored = key_box.seal(&wrap);
        let mut keys = BTreeMap::<KeyId, [u8; KEY_BYTES]>::new();
        let (mut pairs, mut crashes) = (Vec::with_capacity(seals), 0);
        while pairs.len() < seals {
            let id = key_box.spend(BATCH).unwrap_or_else(|| {
                assert!(key_box.reserve(BATCH).is_ok());
                stored = key_box.seal(&wrap);
                key_box.spend(BATCH).unwrap()
            });
            let key = key_box.get(id).unwrap();
            let first = keys.entry(id).or_insert(*key.expose());
            assert_eq!(first, key.expose(), "one key for each id, over all crashes");
            for _ in 0..BATCH {
                let blob = envelope::seal(key, outside(id), PLACE, b"");
                let mut pair = [0; 16];
                pair[..4].copy_from_slice(&id.0.to_be_bytes());
                pair[4..].copy_from_slice(&nonce(&blob));
                pairs.push(u128::from_be_bytes(pair));
            }
            if pairs.len() % 17_000 == 0 {
                key_box = KeyBox::open(&wrap, &stored).unwrap();
                crashes += 1;
            }
        }
        assert_eq!(crashes, seals / 17_000);
        assert!(keys.len() > seals >> 20, "{} keys", keys.len());
        pairs.sort_unstable();
        let of_one_key = pairs.chunk_by(|a, b| a >> 96 == b >> 96);
        assert!(of_one_key.map(<[u128]>::len).max() <= Some(1 << 20));
        assert!(pairs.is_sorted_by(|a, b| a < b), "no pair twice");
        let mut counted = reserved(&key_box).into_iter();
        assert!(counted.all(|(_, seals)| seals <= SEALS_PER_KEY_MAX));
    }

    #[test]
    fn sr_04_seals_beyond_the_limit_of_a_key_and_over_crashes_share_no_key_and_nonce() {
        seal_over_crashes(1_200_000);
    }

    #[test]
    #[ignore = "a minute and a half; by hand, as docs/RELIABILITY.md says"]
    fn sr_04_ten_million_seals_over_crashes_share_no_key_and_nonce() {
        seal_over_crashes(10_000_000);
    }

    #[test]
    fn sr_04_more_than_one_key_may_seal_is_refused() {
        let mut key_box = KeyBox::default();
        assert!(key_box.reserve(SEALS_PER_KEY_MAX + 1).is_err());
        assert_eq!(key_box.len(), 0);
    }

    #[test]
    fn a_key_is_replaced_after_thirty_days() {
        let mut key_box = KeyBox::default();
        assert!(key_box.reserve(1).is_ok());
        let start = UNIX_EPOCH + 20_000 * DAY;
        assert!(key_box.age(start), "the first look notes the day");
        assert!(!key_box.age(start + 29 * DAY));
        assert_eq!(key_box.newest(), Some(KeyId(1)));
        assert!(key_box.age(start + 30 * DAY));
        assert_eq!(key_box.newest(), Some(KeyId(2)));
        assert!(!key_box.age(start + 31 * DAY));
    }

    #[test]
    fn sr_05_a_key_that_is_not_in_the_box_lets_none_be_forgotten() {
        let mut key_box = KeyBox::default();
        assert!(key_box.reserve(1).is_ok());
        assert!(!key_box.forget_before(KeyId(2)));
        assert_eq!(key_box.newest(), Some(KeyId(1)));
        key_box.add_key();
        assert!(key_box.forget_before(KeyId(2)));
        assert_eq!((key_box.newest(), key_box.len()), (Some(KeyId(2)), 1));
    }

    #[test]
    fn a_clock_that_was_ahead_does_not_keep_a_key_for_ever() {
        let mut key_box = KeyBox::default();
        assert!(key_box.reserve(1).is_ok());
        let start = UNIX_EPOCH + 20_000 * DAY;
        key_box.age(start + 10_000 * DAY);
        assert!(key_box.age(start), "noted again");
        assert!(key_box.age(start + 30 * DAY));
        assert_eq!(key_box.newest(), Some(KeyId(2)));
    }

    /// Everything that a box says.
    fn said(key_box: &KeyBox) -> Vec<(u32, u64, Option<u64>, [u8; KEY_BYTES])> {
        let each =
            |(id, data): (&KeyId, &DataKey)| (id.0, data.reserved, data.born, *data.key.expose());
        key_box.keys.iter().map(each).collect()
    }

    #[test]
    fn sr_12_no_flipped_bit_and_no_cut_opens_another_box() {
        let wrap = Key::generate();
        let mut key_box = KeyBox {
            generation: Generation(7),
            floor: Generation(3),
            ..KeyBox::default()
        };
        assert!(key_box.reserve(1).is_ok());
        key_box.add_key();
        let sealed = key_box.seal(&wrap);
        let mut refused = 0;
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            // A flip in CBOR's framing may read as the same header; what opens
            // must then be the same box.
            match KeyBox::open(&wrap, &bad) {
                None => refused += 1,
                Some(opened) => {
                    assert_eq!(said(&opened), said(&key_box), "bit {bit}");
                    assert_eq!(
                        (opened.generation, opened.floor),
                        (key_box.generation, key_box.floor)
                    );
                }
            }
        }
        assert!(
            refused > sealed.len() * 7,
            "{refused} of {}",
            sealed.len() * 8
        );
        for length in 0..sealed.len() {
            let cut = KeyBox::open(&wrap, &sealed[..length]);
            assert!(cut.is_none(), "the first {length} bytes");
        }
    }

    #[test]
    fn a_box_opens_as_it_was_sealed_and_not_with_another_key() {
        let wrap = Key::generate();
        let mut key_box = KeyBox {
            generation: Generation(7),
            floor: Generation(3),
            ..KeyBox::default()
        };
        assert!(key_box.reserve(1).is_ok());
        key_box.add_key();
        let sealed = key_box.seal(&wrap);
        let opened = KeyBox::open(&wrap, &sealed).unwrap();
        assert_eq!(
            (opened.generation, opened.floor),
            (Generation(7), Generation(3))
        );
        assert_eq!(reserved(&opened), [(1, 4096), (2, 0)]);
        for id in [KeyId(1), KeyId(2)] {
            assert_eq!(
                opened.get(id).unwrap().expose(),
                key_box.get(id).unwrap().expose()
            );
        }
        assert!(KeyBox::open(&Key::generate(), &sealed).is_none());
    }
}
