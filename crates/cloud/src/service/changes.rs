//! The feed of changes: server-sent events which say that a mailbox changed,
//! and never what (SR-63).
//!
//! Whoever writes on the same node tells the followers at once. What another
//! node wrote is found by one look every two seconds at how all of an
//! organization's mailboxes stand: a feed on which nothing happens asks the
//! database nothing.
//!
//! Each holder has a few feeds of a mailbox at a node, and beyond that the
//! eldest ends: a device whose connection died unseen comes again at once, and
//! is not kept out by what is left of it (SR-64).

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Extension,
    extract::{Path, State},
    response::{
        Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{Stream, stream};
use tokio::sync::{oneshot, watch};
use vault::{
    StoreError,
    hybrid::{passport::Holder, wire::ChangeMessage},
    opaque::{OpaqueId, Space},
};

use super::Shared;
use crate::{
    clock::wait,
    directory::{self, Standing},
    gate::Caller,
    refusal::Refusal,
    server::ended,
};

/// How often other nodes' changes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether followers still may, where there are no other
/// nodes; and how often a feed says something.
const ASK_EVERY: Duration = Duration::from_secs(15);

/// Feeds of one holder and mailbox at a time: as many programs may run with the
/// keys of one device, such as the client and lines of a status bar.
pub const FEEDS_OF_ONE: usize = 8;

/// A mailbox that is followed.
#[derive(Default)]
struct Followed {
    bell: watch::Sender<()>,
    /// How often it had changed at the last look.
    seen: Option<u64>,
    /// What ends each feed when it is dropped, the eldest first.
    feeds: BTreeMap<Holder, VecDeque<oneshot::Sender<Infallible>>>,
}

/// Who follows which mailbox.
#[derive(Default)]
pub(super) struct Changes {
    followed: Mutex<BTreeMap<Space, Followed>>,
}

impl Changes {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<Space, Followed>) -> T) -> T {
        f(&mut self.followed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn follow(&self, space: Space, holder: Holder) -> Following {
        self.with(|followed| {
            let followed = followed.entry(space).or_default();
            let feeds = followed.feeds.entry(holder).or_default();
            feeds.retain(|feed| !feed.is_closed());
            while feeds.len() >= FEEDS_OF_ONE {
                feeds.pop_front();
            }
            let (stays, replaced) = oneshot::channel();
            feeds.push_back(stays);
            Following {
                told: followed.bell.subscribe(),
                replaced,
            }
        })
    }

    /// A feed of a holder has ended.
    fn leave(&self, space: Space, holder: Holder) {
        self.with(|followed| {
            let Some(one) = followed.get_mut(&space) else {
                return;
            };
            if let Some(feeds) = one.feeds.get_mut(&holder) {
                feeds.retain(|feed| !feed.is_closed());
                if feeds.is_empty() {
                    one.feeds.remove(&holder);
                }
            }
            if one.feeds.is_empty() {
                followed.remove(&space);
            }
        });
    }

    /// Lets the followers of a mailbox look.
    pub(super) fn tell(&self, space: Space) {
        self.with(|followed| {
            if let Some(followed) = followed.get(&space) {
                followed.bell.send_replace(());
            }
        });
    }

    /// Looks at how each organization stands that somebody follows.
    async fn look<F>(&self, stands: impl Fn(OpaqueId) -> F)
    where
        F: Future<Output = Result<Standing, StoreError>>,
    {
        let of = |space: &Space| space.organization;
        let organizations: BTreeSet<OpaqueId> =
            self.with(|followed| followed.keys().map(of).collect());
        for organization in organizations {
            // Where it cannot be found out each follower looks for itself, and
            // ends.
            let found = stands(organization).await.unwrap_or_default();
            self.with(|followed| {
                for (space, one) in followed.iter_mut() {
                    if space.organization == organization {
                        one.compare(space.mailbox, &found);
                    }
                }
            });
        }
    }
}

impl Followed {
    /// Lets the followers look where something has changed, or one of them may
    /// follow no more.
    fn compare(&mut self, mailbox: OpaqueId, found: &Standing) {
        let revision = found.revisions.get(&mailbox).copied();
        let may = |holder: &Holder| match holder {
            Holder::Connector => true,
            Holder::Device(device) => found.devices.contains(device),
        };
        let is_as_seen = revision.is_some() && revision == self.seen;
        if !is_as_seen || !self.feeds.keys().all(may) {
            self.bell.send_replace(());
        }
        self.seen = revision;
    }
}

/// Looks for all followers until the program ends.
pub(super) async fn look(state: Shared) {
    let every = if state.database.is_shared() {
        LOOK_EVERY
    } else {
        ASK_EVERY
    };
    loop {
        tokio::select! {
            () = wait(every) => {}
            () = ended(state.ending.clone()) => return,
        }
        let stands = |organization| directory::standing(&state.database, organization);
        state.changes.look(stands).await;
    }
}

/// What a feed is told.
struct Following {
    told: watch::Receiver<()>,
    /// Ends when a later feed has taken the place of this one.
    replaced: oneshot::Receiver<Infallible>,
}

struct Follower {
    state: Shared,
    caller: Caller,
    space: Space,
    following: Following,
    last: Option<u64>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.following.replaced.close();
        self.state.changes.leave(self.space, self.caller.holder);
    }
}

impl Follower {
    /// The next revision; `None` at the end.
    async fn next(&mut self) -> Option<u64> {
        loop {
            let database = &self.state.database;
            let known = directory::holder(database, self.caller.organization, self.caller.holder);
            // A revoked device follows no more.
            known.await.ok()??;
            let revision = directory::revision(database, self.space).await.ok()??;
            if self.last != Some(revision) {
                self.last = Some(revision);
                return Some(revision);
            }
            tokio::select! {
                told = self.following.told.changed() => told.ok()?,
                _replaced = &mut self.following.replaced => return None,
                () = ended(self.state.ending.clone()) => return None,
            }
        }
    }
}

/// Says at once how often the mailbox has changed, and again with each change.
#[utoipa::path(get, path = "/v1/mailboxes/{mailbox}/changes",
    params(("mailbox" = String, Path)),
    responses((status = 200, body = ChangeMessage, content_type = "text/event-stream")))]
pub(super) async fn follow(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let space = caller.space(mailbox);
    directory::revision(&state.database, space)
        .await?
        .ok_or(Refusal::NotThere)?;
    let follower = Follower {
        following: state.changes.follow(space, caller.holder),
        state: Arc::clone(&state),
        caller,
        space,
        last: None,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let revision = follower.next().await?;
        let message = ChangeMessage {
            mailbox: follower.space.mailbox,
            revision,
        };
        // Two numbers always have a JSON form.
        let event = Event::default().json_data(message).unwrap_or_default();
        Some((Ok(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(ASK_EVERY)))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_util::FutureExt as _;

    use super::*;

    fn id(kind: u8, number: u16) -> OpaqueId {
        let mut id = [kind; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        OpaqueId(id)
    }

    #[test]
    fn a_look_asks_once_for_all_followers_and_lets_those_look_who_have_to() {
        const EACH: u16 = 500;
        let (changes, organizations) = (Changes::default(), [id(1, 1), id(1, 2)]);
        let standing = || Standing {
            revisions: (0..EACH).map(|number| (id(2, number), 7)).collect(),
            devices: (0..EACH).map(|number| id(3, number)).collect(),
        };
        let mut feeds = Vec::new();
        for organization in organizations {
            for number in 0..EACH {
                let mailbox = id(2, number);
                let space = Space {
                    organization,
                    mailbox,
                };
                feeds.push(changes.follow(space, Holder::Device(id(3, number))));
            }
        }
        let asked = RefCell::new(Vec::new());
        let look = |found: [Option<Standing>; 2]| {
            asked.borrow_mut().clear();
            let found = RefCell::new(found);
            let looked = changes.look(|organization| {
                asked.borrow_mut().push(organization);
                let at = organizations.iter().position(|one| *one == organization);
                let found = found.borrow_mut()[at.unwrap()].take();
                let away = StoreError::Failed(String::new(), String::new());
                std::future::ready(found.ok_or(away))
            });
            looked.now_or_never().unwrap();
            assert_eq!(*asked.borrow(), organizations, "one question for each");
        };
        let rung = |feeds: &mut Vec<Following>| -> Vec<usize> {
            let mut rung = Vec::new();
            for (number, feed) in feeds.iter_mut().enumerate() {
                if feed.told.has_changed().unwrap() {
                    feed.told.mark_unchanged();
                    rung.push(number);
                }
            }
            rung
        };
        let all: Vec<usize> = (0..usize::from(2 * EACH)).collect();
        look([Some(standing()), Some(standing())]);
        assert_eq!(rung(&mut feeds), all, "what was before the first look");
        look([Some(standing()), Some(standing())]);
        assert_eq!(rung(&mut feeds), Vec::<usize>::new(), "nothing happens");

        let (mut one, mut other) = (standing(), standing());
        one.revisions.insert(id(2, 3), 8);
        other.devices.remove(&id(3, 4));
        other.revisions.remove(&id(2, 5));
        look([Some(one), Some(other)]);
        let second = usize::from(EACH);
        assert_eq!(rung(&mut feeds), [3, second + 4, second + 5]);

        // Who cannot be told how it stands has to find that out.
        look([Some(standing()), None]);
        let mut found: Vec<usize> = vec![3];
        found.extend(second..2 * second);
        assert_eq!(rung(&mut feeds), found);
    }
}
