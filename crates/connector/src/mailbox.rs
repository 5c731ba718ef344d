//! What is kept in memory of one mailbox: when something is due, and nothing
//! of what is in it.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use engine::{Sync, visit::Look};

use crate::{list::Entry, oof};

/// Failed visits in a row after which a mailbox's server is looked for again.
const SEARCHED_AFTER: [u16; 4] = [3, 10, 30, 100];

/// Names a mailbox in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BoxId(pub(crate) u32);

/// Names a server and grouping in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PlaceId(pub(crate) u16);

/// A mailbox's seat in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) group: u64,
    pub(crate) member: usize,
}

/// How a mailbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is looked after.
    Tended,
    /// The account may not act for it, or it does not exist; looked at again
    /// at the next search.
    Aside,
    /// It has left the list.
    Leaving,
}

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and there are thousands of mailboxes"
)]
pub(crate) struct Mailbox {
    pub(crate) address: Arc<str>,
    pub(crate) zone: Tz,
    pub(crate) line: u32,
    pub(crate) sync: Sync,
    pub(crate) standing: Standing,
    pub(crate) place: Option<PlaceId>,
    pub(crate) seat: Option<Seat>,
    pub(crate) look: Look,
    pub(crate) from_scratch: bool,
    /// It waits for a visit, or has one.
    pub(crate) visiting: bool,
    /// The last visit succeeded.
    pub(crate) in_step: bool,
    /// It is heard of by an open stream.
    pub(crate) listened: bool,
    /// A word of its stream, or a fresh one, accounts for what the next visit
    /// finds.
    pub(crate) announced: bool,
    /// Its stream told of a change since the last visit.
    pub(crate) urgent: bool,
    /// The visit under way was announced, or no stream is listened to.
    pub(crate) expected: bool,
    /// It wants to be heard of, and nobody has answered yet.
    pub(crate) wishes: bool,
    pub(crate) failed: u16,
    pub(crate) oof: oof::Known,
    pub(crate) oof_at: DateTime<Utc>,
    /// When its presence was sealed last.
    pub(crate) sealed_at: DateTime<Utc>,
    pub(crate) asking: bool,
    pub(crate) search_at: DateTime<Utc>,
    pub(crate) searching: bool,
    /// Where it stands among the timers.
    pub(crate) due: Option<DateTime<Utc>>,
}

impl Mailbox {
    /// A mailbox of the list that is visited at once. `place` is known where
    /// the settings name the server.
    pub(crate) fn new(entry: &Entry, place: Option<PlaceId>, now: DateTime<Utc>) -> Self {
        let spread = spread(&entry.address);
        let mailbox = Self {
            address: Arc::clone(&entry.address),
            zone: entry.zone,
            line: entry.line,
            sync: Sync::new(now, entry.zone, spread).gathering(),
            standing: Standing::Tended,
            place,
            seat: None,
            look: Look::AtAll,
            from_scratch: false,
            visiting: false,
            in_step: false,
            listened: false,
            announced: true,
            urgent: false,
            expected: true,
            wishes: false,
            failed: 0,
            oof: oof::Known {
                presence: None,
                changed: None,
            },
            oof_at: now,
            sealed_at: now,
            asking: false,
            search_at: now,
            searching: false,
            due: None,
        };
        match place {
            Some(_) => Self {
                search_at: mailbox.tomorrow(now),
                ..mailbox
            },
            None => mailbox,
        }
    }

    /// When its server is looked for the next time: in a day, each mailbox at
    /// an hour of its own.
    pub(crate) fn tomorrow(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let early = i64::try_from(spread(&self.address) % 7200).unwrap_or(0);
        now + Duration::days(1) - Duration::seconds(early)
    }

    /// Between 0 and 1000.
    pub(crate) fn spread(&self) -> i32 {
        i32::try_from(spread(&self.address) / 7 % 1001).unwrap_or(0)
    }

    /// One more visit has failed; whether its server should be looked for.
    pub(crate) fn has_failed(&mut self) -> bool {
        self.in_step = false;
        self.failed = self.failed.saturating_add(1);
        SEARCHED_AFTER.contains(&self.failed)
    }

    /// When something is due for it, if nothing happens before.
    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        let tended = self.standing == Standing::Tended && self.place.is_some();
        let sync = self.sync.poll_timeout().map(|(at, _why)| at);
        let sync = sync.filter(|_| tended && !self.visiting);
        let oof = (tended && !self.asking && self.in_step).then_some(self.oof_at);
        let search =
            (!self.searching && self.standing != Standing::Leaving).then_some(self.search_at);
        [sync, oof, search].into_iter().flatten().min()
    }
}

/// FNV-1a: the same address always comes at the same time.
fn spread(address: &str) -> u64 {
    address.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_needs_less_than_a_kilobyte_beside_its_address() {
        let size = size_of::<Mailbox>();
        assert!(size < 512, "{size} bytes");
    }

    #[test]
    fn a_server_is_looked_for_again_after_failures_and_not_after_each() {
        let entry = Entry {
            address: "anna@example.org".into(),
            zone: Tz::UTC,
            line: 1,
        };
        let now = "2026-11-23T09:00:00Z".parse().unwrap();
        let mut mailbox = Mailbox::new(&entry, Some(PlaceId(0)), now);
        let searches = (0..200).filter(|_| mailbox.has_failed()).count();
        assert_eq!(searches, 4);
    }
}
