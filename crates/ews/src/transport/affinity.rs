//! Which mailbox server behind a front end a request goes to. Subscriptions
//! are known to the server alone that they were made on, so that everything
//! about those of one stream has to reach the same one.
//! Reference: "How to: Maintain affinity between a group of subscriptions and
//! the Mailbox server in Exchange".

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cookies::Cookies;
use crate::{Class, ResponseCode, item::Smtp};

/// The cookie that names the server of a group.
const OVERRIDE: &str = "X-BackEndOverrideCookie";

/// Cookies that several holders share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jar(Arc<Mutex<Cookies>>);

impl Jar {
    pub(crate) fn cookies(&self) -> MutexGuard<'_, Cookies> {
        // Each holder leaves whole cookies behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the group's server when the answer says that the subscriptions
    /// are not there any more: the next one that is made names the new server.
    pub(crate) fn learn(&self, code: &ResponseCode) {
        if code.class() == Class::SubscriptionLost
            || *code == ResponseCode::ErrorProxyRequestProcessingFailed
        {
            self.cookies().forget(OVERRIDE);
        }
    }
}

/// Mailboxes with one stream for all their subscriptions. Clones are the same
/// group.
///
/// The order of calls: `Subscribe` for the anchor, whose answer names the
/// group's server; `Subscribe` for every other member; one stream with all the
/// ids, by a client of the anchor. When the subscriptions are lost, because a
/// database has moved, the same again.
#[derive(Debug, Clone)]
pub struct Group {
    members: Vec<Smtp>,
    anchor: Smtp,
    pub(super) cookies: Jar,
}

impl Group {
    /// Mailboxes of one group: more ids than that no stream takes.
    pub const MEMBERS_MAX: usize = 200;

    /// Puts mailboxes which Autodiscover gives the same `GroupingInformation`
    /// and `ExternalEwsUrl` into groups; each mailbox once.
    pub fn of(mailboxes: impl IntoIterator<Item = Smtp>) -> Vec<Self> {
        let mut sorted: Vec<Smtp> = mailboxes.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut sorted = sorted.into_iter();
        std::iter::from_fn(|| {
            let members: Vec<Smtp> = sorted.by_ref().take(Self::MEMBERS_MAX).collect();
            Some(Self {
                anchor: members.first()?.clone(),
                members,
                cookies: Jar::default(),
            })
        })
        .collect()
    }

    /// The mailbox that leads all others to its server.
    pub fn anchor(&self) -> &Smtp {
        &self.anchor
    }

    /// All mailboxes, the anchor first.
    pub fn members(&self) -> &[Smtp] {
        &self.members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_at_most_200_mailboxes_and_the_first_is_its_anchor() {
        let addresses = (0..450).rev().map(|n| Smtp(format!("{n:03}@example.org")));
        let twice: Vec<Smtp> = addresses.clone().chain(addresses).collect();
        let groups = Group::of(twice);
        let sizes: Vec<usize> = groups.iter().map(|group| group.members().len()).collect();
        assert_eq!(sizes, [200, 200, 50]);
        assert_eq!(groups[1].anchor().0, "200@example.org");
        assert_eq!(groups[1].anchor(), &groups[1].members()[0]);
        assert!(Group::of([]).is_empty());
    }
}
