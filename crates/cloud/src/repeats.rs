//! Requests that were seen before. Whoever stands between a device and the key
//! service can repeat what the device has signed, for as long as it is good;
//! that must not use up what the device may ask (SR-53).

use std::collections::{HashMap, VecDeque};

use vault::{
    hybrid::passport::{GOOD_FOR, Holder},
    opaque::OpaqueId,
};

/// Requests of one holder that are remembered: more than a device may make
/// that count, and of one that makes more the oldest are forgotten first.
const OF_ONE: usize = 512;

/// Who asks.
pub(crate) type Who = (OpaqueId, Holder);
/// The first half of a signature, which is another one for each request.
pub(crate) type Mark = [u8; 32];

/// What is remembered, until it is good no more.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    by: HashMap<Who, VecDeque<(u64, Mark)>>,
    /// When all of them were looked at, in seconds since 1970.
    swept: u64,
}

impl Seen {
    /// Whether a request of `who` that is good until `end` comes for the first
    /// time.
    pub(crate) fn is_first(&mut self, who: Who, mark: Mark, end: u64, now: u64) -> bool {
        if now.abs_diff(self.swept) > GOOD_FOR {
            self.swept = now;
            self.by.retain(|_, seen| {
                seen.retain(|(end, _)| *end >= now);
                !seen.is_empty()
            });
        }
        let seen = self.by.entry(who).or_default();
        if seen.iter().any(|(_, one)| *one == mark) {
            return false;
        }
        if seen.len() == OF_ONE {
            seen.pop_front();
        }
        seen.push_back((end, mark));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn device(number: u8) -> Who {
        let id = |number| OpaqueId([number; 16]);
        (id(1), Holder::Device(id(number)))
    }

    fn mark(number: usize) -> Mark {
        let mut mark = [0; 32];
        mark[..8].copy_from_slice(&number.to_be_bytes());
        mark
    }

    #[test]
    fn sr_53_a_request_is_new_once_for_as_long_as_it_is_good() {
        let mut seen = Seen::default();
        let end = NOW + 2 * GOOD_FOR;
        assert!(seen.is_first(device(1), mark(1), end, NOW));
        for later in [0, 1, GOOD_FOR + 1, 2 * GOOD_FOR] {
            let is_first = seen.is_first(device(1), mark(1), end, NOW + later);
            assert!(!is_first, "after {later} seconds");
        }
        assert!(seen.is_first(device(1), mark(2), end, NOW));
        assert!(seen.is_first(device(2), mark(1), end, NOW), "another's");
    }

    #[test]
    fn sr_64_what_is_remembered_has_an_end() {
        let mut seen = Seen::default();
        let end = NOW + GOOD_FOR;
        for number in 0..10 * OF_ONE {
            assert!(seen.is_first(device(1), mark(number), end, NOW));
        }
        let kept = |seen: &Seen| seen.by.values().map(VecDeque::len).sum::<usize>();
        assert_eq!(kept(&seen), OF_ONE);
        let later = end + GOOD_FOR + 1;
        assert!(seen.is_first(device(2), mark(0), later + GOOD_FOR, later));
        assert_eq!(kept(&seen), 1, "those that are good no more are forgotten");
    }
}
