//! The feed of changes: server-sent events which say that a mailbox changed,
//! and never what (SR-63).
//!
//! Whoever writes on the same node tells the followers at once; what another
//! node wrote is found by looking at the count of changes every two seconds.

use std::{
    collections::BTreeMap,
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
use tokio::sync::watch;
use vault::{
    hybrid::wire::ChangeMessage,
    opaque::{OpaqueId, Space},
};

use super::Shared;
use crate::{clock::wait, directory, gate::Caller, refusal::Refusal, server::ended};

/// How often other nodes' changes are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a follower is asked again whether it still may, at least.
const ASK_EVERY: Duration = Duration::from_secs(15);

/// Who follows which mailbox.
#[derive(Default)]
pub(super) struct Changes {
    followed: Mutex<BTreeMap<Space, watch::Sender<()>>>,
}

impl Changes {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<Space, watch::Sender<()>>) -> T) -> T {
        f(&mut self.followed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn follow(&self, space: Space) -> watch::Receiver<()> {
        self.with(|followed| {
            followed.retain(|_, sender| sender.receiver_count() > 0);
            followed.entry(space).or_default().subscribe()
        })
    }

    /// Lets the followers of a mailbox look.
    pub(super) fn tell(&self, space: Space) {
        self.with(|followed| {
            if let Some(sender) = followed.get(&space) {
                sender.send_replace(());
            }
        });
    }
}

struct Follower {
    state: Shared,
    caller: Caller,
    space: Space,
    told: watch::Receiver<()>,
    last: Option<u64>,
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
                told = self.told.changed() => told.ok()?,
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
        told: state.changes.follow(space),
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
