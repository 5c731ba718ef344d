//! Who has let the account in, by the domains of mailboxes.
//!
//! As long as nobody has, the password may be wrong, and all refusals count
//! together: domains may have one directory, which locks accounts (SR-25). Once
//! somebody has, a domain that never did is asked by one search at a time, and
//! its refusals are its own: an organization that knows no such account keeps
//! nobody else waiting.

use std::collections::{BTreeMap, BTreeSet};

use crate::mailbox::BoxId;

/// What is known of domains by this password.
#[derive(Debug, Default)]
pub(super) struct Trust {
    good: BTreeSet<Box<str>>,
    refusals: BTreeMap<Box<str>, u32>,
    /// The search under way at a domain that has not let the account in.
    asking: Option<BoxId>,
}

/// Who refused the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// One that has let it in before, or may be the account's own.
    ByKnown,
    /// Another one than those that let it in, so often.
    ByStranger { times: u32 },
}

/// The domain of an address in lower case.
pub(super) fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

impl Trust {
    /// Whether a search at a domain may begin.
    pub(super) fn may_ask(&self, domain: &str) -> bool {
        self.asking.is_none() || self.good.contains(domain)
    }

    pub(super) fn begin(&mut self, id: BoxId, address: &str) {
        if !self.good.contains(domain_of(address)) {
            self.asking = Some(id);
        }
    }

    pub(super) fn end(&mut self, id: BoxId) {
        self.asking = self.asking.filter(|asking| *asking != id);
    }

    pub(super) fn let_in(&mut self, address: &str) {
        let domain = domain_of(address);
        self.refusals.remove(domain);
        if !self.good.contains(domain) {
            self.good.insert(domain.into());
        }
    }

    /// A search for a mailbox was refused.
    pub(super) fn refused(&mut self, address: &str) -> Refused {
        let domain = domain_of(address);
        let times = self.refusals.entry(domain.into()).or_default();
        *times += 1;
        if self.good.is_empty() || self.good.contains(domain) {
            Refused::ByKnown
        } else {
            Refused::ByStranger { times: *times }
        }
    }

    pub(super) fn refusals(&self, domain: &str) -> u32 {
        self.refusals.get(domain).copied().unwrap_or(0)
    }

    /// What was wrong may have been put right.
    pub(super) fn forgive(&mut self) {
        self.refusals.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "anna@example.org";
    const FOREIGN: &str = "ben@example.net";

    #[test]
    fn sr_25_until_somebody_lets_it_in_each_refusal_counts_for_all() {
        let mut trust = Trust::default();
        for address in [FOREIGN, OWN, FOREIGN] {
            assert_eq!(trust.refused(address), Refused::ByKnown);
        }
        trust.let_in(OWN);
        assert_eq!(trust.refused(OWN), Refused::ByKnown, "its own has changed");
        let stranger = trust.refused(FOREIGN);
        assert_eq!(stranger, Refused::ByStranger { times: 3 });
        trust.let_in(FOREIGN);
        assert_eq!(trust.refused(FOREIGN), Refused::ByKnown);
    }

    #[test]
    fn sr_25_who_has_not_let_it_in_is_asked_by_one_search_at_a_time() {
        let mut trust = Trust::default();
        assert!(trust.may_ask("example.org"));
        trust.begin(BoxId(1), OWN);
        assert!(!trust.may_ask("example.org") && !trust.may_ask("example.net"));
        trust.end(BoxId(2));
        assert!(!trust.may_ask("example.org"), "that was another one");
        trust.end(BoxId(1));
        trust.let_in(OWN);
        trust.begin(BoxId(2), FOREIGN);
        assert!(trust.may_ask("example.org") && !trust.may_ask("example.net"));
    }
}
