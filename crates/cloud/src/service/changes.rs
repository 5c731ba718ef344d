//! The feed of changes: server-sent events which say that a mailbox changed,
//! and never what (SR-63).
//!
//! Whoever writes on the same node tells the followers at once; what another
//! node wrote is found by looking at the count of changes every two seconds.
//!
//! Each holder has a few feeds of a mailbox at a node, and beyond that the
//! eldest ends: a device whose connection died unseen comes again at once, and
//! is not kept out by what is left of it (SR-64).

use std::{
    collections::{BTreeMap, VecDeque},
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
    hybrid::{passport::Holder, wire::ChangeMessage},
    opaque::{OpaqueId, Space},
};

use super::Shared;
use crate::{clock::wait, directory, gate::Caller, refusal::Refusal, server::ended};

/// How often other nodes' changes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a follower is asked again whether it still may, at least.
const ASK_EVERY: Duration = Duration::from_secs(15);

/// Feeds of one holder and mailbox at a time: as many programs may run with the
/// keys of one device, such as the client and lines of a status bar.
pub const FEEDS_OF_ONE: usize = 8;

/// A mailbox that is followed.
#[derive(Default)]
struct Followed {
    bell: watch::Sender<()>,
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
            let look = if database.is_shared() {
                LOOK_EVERY
            } else {
                ASK_EVERY
            };
            tokio::select! {
                told = self.following.told.changed() => told.ok()?,
                _replaced = &mut self.following.replaced => return None,
                () = wait(look) => {}
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
