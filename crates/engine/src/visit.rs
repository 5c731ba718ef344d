//! One look at a mailbox by a program that looks after many: what is held is
//! taken out of the store, brought in step with the server, and sealed again.
//! Between two visits nothing of a mailbox is in memory.
//!
//! Nothing waits in a queue: what could not be stored is still on the server,
//! behind the cursor that was stored last, and the next visit fetches it.

use std::collections::BTreeSet;

use calendar::{Keyword, Meeting, Window, meeting::MeetingId};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use thiserror::Error;
use vault::{Series, VaultError};

use crate::{
    backend::{Backend, Failure, Read, Version},
    clock::Clock,
    keep::{self, Held, Step},
};

/// How old what is stored may be before a visit that found nothing new says
/// so in the store: the age is what a reader of the store goes by.
const SAID_AGAIN: Duration = Duration::minutes(10);

/// Which meetings are looked at for a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// New and changed ones.
    AtNews,
    /// All: something may have been left undone before.
    AtAll,
}

/// How a visit goes.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The zone of the mailbox's user.
    pub zone: Tz,
    /// Everything anew, without the cursor.
    pub from_scratch: bool,
    /// Which meetings are looked at for a keyword.
    pub look: Look,
}

/// What a visit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visited {
    /// Whether all could be read.
    pub read: Read,
    /// Meetings in the window.
    pub meetings: usize,
    /// New and changed ones.
    pub put: usize,
    /// Ones that are gone.
    pub gone: usize,
    /// Meetings that join details were written into by themselves.
    pub written: usize,
    /// How the keywords fared.
    pub keywords: Keywords,
    /// Whether it found changes in a window that was known before: a stream
    /// that was open should have told of them.
    pub of_the_stream: bool,
}

/// How the keywords of a visit fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keywords {
    /// All were looked at.
    Done,
    /// The server failed meanwhile, or somebody else was changing a meeting:
    /// the next visit has to look at all.
    Left,
}

/// Why a visit came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unvisited {
    /// The server failed.
    #[error(transparent)]
    Server(Failure),
    /// The store failed, or its keys are away: nothing was asked of the
    /// server, or what it said is forgotten and will be asked for again.
    #[error(transparent)]
    Store(VaultError),
}

/// Brings what `series` holds of a mailbox in step with the server.
pub async fn visit(
    backend: &dyn Backend,
    series: &Series,
    clock: &dyn Clock,
    plan: Plan,
) -> Result<Visited, Unvisited> {
    let today = keep::day_of_service(clock.now());
    let loaded = keep::load_on(series, today).await;
    let mut held = keep::read(loaded.map_err(Unvisited::Store)?);
    let window = Window::around(clock.now(), plan.zone);
    let before = held.as_of;
    let cursor = held.cursor.clone().filter(|_| !plan.from_scratch);
    let known = held.known(window, cursor.as_ref());
    let known_before = known.same_window && cursor.is_some();
    let pull = match backend.pull(window, plan.zone, known).await {
        Ok(pull) => pull,
        Err(failure) => {
            expire(series, &mut held, window, plan.zone).await?;
            return Err(Unvisited::Server(failure));
        }
    };
    let now = clock.now();
    let moved = held.window != Some(window) || held.cursor.as_ref() != Some(&pull.cursor);
    let mut step = held.merge(window, pull, now);
    let aging = std::mem::take(&mut held.aging).into_iter();
    let aging: Vec<_> = aging.filter(|id| held.versions.contains_key(id)).collect();
    let mut visited = Visited {
        read: held.read,
        meetings: held.versions.len(),
        put: step.put.len(),
        gone: step.gone.len(),
        written: 0,
        keywords: Keywords::Done,
        of_the_stream: known_before && !(step.put.is_empty() && step.gone.is_empty()),
    };
    if backend.writes_back() {
        let asking = asking(&held, &step.put, plan, now);
        if !asking.is_empty() {
            match backend.write_back(asking, plan.zone, now).await {
                Ok(written) => {
                    visited.written = written.known.len();
                    if !written.contested.is_empty() {
                        visited.keywords = Keywords::Left;
                    }
                    for (meeting, version) in written.known {
                        step.put.insert(meeting.id.clone());
                        held.put(meeting, version);
                    }
                }
                Err(failure) => {
                    tracing::info!(kind = ?failure.kind, "join details are not written");
                    visited.keywords = Keywords::Left;
                }
            }
        }
    }
    step.put.extend(aging);
    let aged = before.is_none_or(|before| now - before >= SAID_AGAIN || before > now);
    if moved || aged || !step.put.is_empty() || !step.gone.is_empty() {
        let saved = keep::save(series, &held, plan.zone, &step).await;
        saved.map_err(Unvisited::Store)?;
    }
    Ok(visited)
}

/// The meetings whose keyword asks for join details at `now`.
fn asking(
    held: &Held,
    news: &BTreeSet<MeetingId>,
    plan: Plan,
    now: DateTime<Utc>,
) -> Vec<(Meeting, Version)> {
    held.agenda
        .iter()
        .filter(|meeting| plan.look == Look::AtAll || news.contains(&meeting.id))
        .filter(|meeting| Keyword::asked_for(meeting, now, plan.zone).is_ok())
        .filter_map(|meeting| {
            let version = held.versions.get(&meeting.id)?.clone();
            Some((Meeting::clone(meeting), version))
        })
        .collect()
}

/// What has left the window goes, also while no server answers: that a time
/// is over is evidence enough. Where records are missing nothing is committed
/// before the server was asked: a manifest over what is left would hide it.
async fn expire(
    series: &Series,
    held: &mut Held,
    window: Window,
    zone: Tz,
) -> Result<(), Unvisited> {
    let gone = held.expired(window, zone);
    if gone.is_empty() || held.cursor.is_none() {
        return Ok(());
    }
    held.let_go(&gone);
    let saved = keep::save(series, held, zone, &Step::without(gone)).await;
    saved.map_err(Unvisited::Store)
}
