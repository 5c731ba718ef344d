//! One stream for up to 200 mailboxes of an impersonating account.
//! Reference: "How to: Maintain affinity between a group of subscriptions and
//! the Mailbox server in Exchange".

use std::sync::Arc;

use ews::{
    Class, Client, StreamReader,
    item::Smtp,
    operation::{Connection, GetStreamingEvents, Subscribe, SubscriptionId, Unsubscribe},
    transport::Group,
};

use super::impersonation::ServiceAccount;
use crate::backend::{Failure, FailureKind};

/// A subscription for each of up to 200 mailboxes, all on one mailbox server.
/// Members are named by their place in the group; the anchor, which leads the
/// others to its server, has place 0.
#[derive(Debug)]
pub struct WatchGroup {
    client: Client,
    group: Group,
    /// By place; its open stream has them as well.
    subscriptions: Arc<Vec<Option<SubscriptionId>>>,
}

/// What a stream tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The server is there.
    Alive,
    /// Something changed in these members' calendars, each named once.
    Changed(Vec<usize>),
    /// These members' subscriptions are no good any more, and the stream has
    /// ended. Those of all others still stand.
    Lost(Vec<usize>),
}

/// An open stream of a group.
#[derive(Debug)]
pub struct GroupStream {
    reader: StreamReader,
    host: String,
    subscriptions: Arc<Vec<Option<SubscriptionId>>>,
    /// The places in the order of their ids: there are thousands, and ids are
    /// long.
    places: Vec<u16>,
    closing: bool,
}

impl WatchGroup {
    /// Mailboxes of one group.
    pub const MEMBERS_MAX: usize = Group::MEMBERS_MAX;

    /// Puts mailboxes of one server and one `GroupingInformation` into groups.
    pub fn of(account: &ServiceAccount, addresses: impl IntoIterator<Item = String>) -> Vec<Self> {
        Group::of(addresses.into_iter().map(Smtp))
            .into_iter()
            .map(|group| Self {
                // The stream is charged to the anchor, so that an account may
                // have as many groups as it needs.
                client: account
                    .client
                    .for_mailbox(group.anchor().clone())
                    .in_group(&group),
                subscriptions: Arc::new(vec![None; group.members().len()]),
                group,
            })
            .collect()
    }

    /// The members' addresses, the anchor's first.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &str> {
        self.group.members().iter().map(|member| member.0.as_str())
    }

    /// Members without a subscription.
    pub fn unsubscribed(&self) -> Vec<usize> {
        let each = self.subscriptions.iter().enumerate();
        each.filter(|(_, id)| id.is_none())
            .map(|(at, _)| at)
            .collect()
    }

    /// Members with one.
    pub fn subscribed(&self) -> Vec<usize> {
        let each = self.subscriptions.iter().enumerate();
        each.filter(|(_, id)| id.is_some())
            .map(|(at, _)| at)
            .collect()
    }

    /// Makes a subscription for a member; to be kept by [`Self::keep`]. The
    /// anchor's has to be the first: its answer names the group's server.
    pub async fn subscribe(&self, member: usize) -> Result<SubscriptionId, Failure> {
        let Some(address) = self.group.members().get(member) else {
            return Err(super::failure::garbled(&self.client.host()));
        };
        let client = self
            .client
            .for_mailbox(address.clone())
            .in_group(&self.group);
        Ok(client.call(&Subscribe).await?)
    }

    fn place(&mut self, member: usize) -> Option<&mut Option<SubscriptionId>> {
        Arc::make_mut(&mut self.subscriptions).get_mut(member)
    }

    /// Notes a subscription.
    pub fn keep(&mut self, member: usize, id: SubscriptionId) {
        if let Some(place) = self.place(member) {
            *place = Some(id);
        }
    }

    /// Forgets the subscription of a member.
    pub fn drop_of(&mut self, member: usize) {
        if let Some(place) = self.place(member) {
            *place = None;
        }
    }

    /// Forgets all subscriptions: the group's server is another one now.
    pub fn drop_all(&mut self) {
        Arc::make_mut(&mut self.subscriptions).fill(None);
    }

    /// Opens one stream with all subscriptions.
    pub async fn open(&self) -> Result<GroupStream, Failure> {
        let subscriptions = Arc::clone(&self.subscriptions);
        let operation = GetStreamingEvents {
            ids: self.subscriptions.iter().flatten().cloned().collect(),
            minutes: GetStreamingEvents::MINUTES,
        };
        Ok(GroupStream {
            reader: self.client.stream(operation).await?,
            host: self.client.host(),
            places: by_id(&subscriptions),
            subscriptions,
            closing: false,
        })
    }

    /// Ends the subscriptions, as far as the server listens.
    pub async fn leave(&mut self) {
        let left = std::mem::take(&mut self.subscriptions);
        for id in left.iter().flatten().cloned() {
            // The server forgets it by itself in half an hour.
            if self.client.call(&Unsubscribe { id }).await.is_err() {
                return;
            }
        }
    }
}

/// The places with a subscription, in the order of the ids.
fn by_id(subscriptions: &[Option<SubscriptionId>]) -> Vec<u16> {
    let each = subscriptions.iter().enumerate();
    let held = each.filter(|(_, id)| id.is_some());
    // A group has two hundred members.
    let mut places: Vec<u16> = held.filter_map(|(at, _)| u16::try_from(at).ok()).collect();
    places.sort_unstable_by_key(|at| subscriptions.get(usize::from(*at)));
    places
}

impl GroupStream {
    fn place_of(&self, id: &SubscriptionId) -> Option<usize> {
        let of = |at: &u16| self.subscriptions.get(usize::from(*at))?.as_ref();
        let found = self.places.binary_search_by(|at| of(at).cmp(&Some(id)));
        let at = self.places.get(found.ok()?)?;
        Some(usize::from(*at))
    }

    /// The places of these, each once.
    fn places_of(&self, ids: &[SubscriptionId]) -> Vec<usize> {
        let mut places: Vec<usize> = ids.iter().filter_map(|id| self.place_of(id)).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The next news; `None` when the stream has ended as streams do. May be
    /// given up and called again.
    pub async fn next(&mut self) -> Result<Option<News>, Failure> {
        if self.closing {
            return Ok(None);
        }
        let Some(envelope) = self.reader.next().await? else {
            return Ok(None);
        };
        self.closing = envelope.connection == Some(Connection::Closed);
        // The error class counts, whatever the connection is said to be.
        if let Some(fault) = envelope.fault {
            if fault.code.class() == Class::SubscriptionLost {
                self.closing = true;
                let mut lost = self.places_of(&envelope.bad_ids);
                if lost.is_empty() {
                    // Whichever it is: all of them can be made again, and a
                    // lost one that is kept ends each stream that follows.
                    lost = self.places.iter().copied().map(usize::from).collect();
                    lost.sort_unstable();
                }
                return Ok(Some(News::Lost(lost)));
            }
            return Err(Failure {
                kind: FailureKind::Refused,
                sentence: format!("{} ended its notifications ({})", self.host, fault.code),
            });
        }
        let changed = self.places_of(&envelope.changed);
        Ok(Some(if changed.is_empty() {
            News::Alive
        } else {
            News::Changed(changed)
        }))
    }
}
