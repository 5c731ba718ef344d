//! Where the search has been, so that it ends: no place is asked the same
//! question twice, and redirects are counted.

use std::collections::BTreeSet;

use super::policy::{Distrust, Policy, Trusted};
use url::Url;

/// Redirects in all, of addresses and of mailboxes.
pub(super) const REDIRECTS_MAX: usize = 10;
/// Places outside the domain that are remembered, to be named to a person.
const FOREIGN_MAX: usize = 8;

/// The path of one search.
#[derive(Debug)]
pub(super) struct Trail {
    policy: Policy,
    asked: BTreeSet<(Protocol, Trusted, String)>,
    addresses: BTreeSet<String>,
    redirects: usize,
    /// Places outside the domain, in the order in which they were named.
    foreign: Vec<String>,
    /// A host of Exchange Online that was named.
    online: Option<String>,
}

/// A way of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// JSON, without a sign-in.
    V2,
    /// A service record in the DNS.
    Srv,
    /// SOAP, signed in.
    Soap,
    /// Plain XML, signed in.
    Pox,
}

impl Trail {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            policy,
            asked: BTreeSet::new(),
            addresses: BTreeSet::new(),
            redirects: 0,
            foreign: Vec::new(),
            online: None,
        }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Lets an address through the policy; one that is not let through is
    /// remembered for the report.
    pub(super) fn admit(&mut self, url: &Url) -> Option<Trusted> {
        match self.policy.admit(url) {
            Ok(trusted) => return Some(trusted),
            Err(Distrust::Unsafe) => {}
            Err(Distrust::Foreign { place }) => {
                if !self.foreign.contains(&place) && self.foreign.len() < FOREIGN_MAX {
                    self.foreign.push(place);
                }
            }
            Err(Distrust::ExchangeOnline { host }) => {
                self.online.get_or_insert(host);
            }
        }
        None
    }

    /// Whether this question is new; it counts as asked from now on.
    pub(super) fn is_new(&mut self, protocol: Protocol, place: &Trusted, address: &str) -> bool {
        let question = (protocol, place.clone(), address.to_lowercase());
        self.asked.insert(question)
    }

    /// Whether one more redirect may be followed.
    pub(super) fn may_redirect(&mut self) -> bool {
        self.redirects += 1;
        self.redirects <= REDIRECTS_MAX
    }

    /// Whether the search may go on, or begin, with this address.
    pub(super) fn may_turn_to(&mut self, address: &str) -> bool {
        self.addresses.insert(address.trim().to_lowercase())
    }

    pub(super) fn foreign(&self) -> Option<&str> {
        self.foreign.first().map(String::as_str)
    }

    pub(super) fn online(&self) -> Option<&str> {
        self.online.as_deref()
    }
}
