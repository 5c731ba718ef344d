//! What the window holds: FindItem for the occurrences, GetItem for those
//! whose version is new.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
};

use calendar::{Meeting, Window, join::Services, keyword::rooms::Rooms, meeting::MeetingId};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use ews::{
    Class, Client, Error, ItemError,
    item::{ItemId, ItemKind, Property},
    operation::{Bodies, Detail, FindCalendarItems, GetItem},
};
use futures_util::{
    future::{BoxFuture, FutureExt as _},
    stream::{self, StreamExt as _},
};

use super::{meeting, series};
use crate::backend::{Failure, Known, Listing, Read, Version};

/// What items are read with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) services: &'a Services,
    /// The rooms that keywords stand for, where nothing is written for them.
    pub(super) rooms: Option<&'a Rooms>,
    /// The user's zone.
    pub(super) zone: Tz,
}

/// Items in one GetItem: a request has to be done within a minute.
pub(super) const BATCH: usize = 20;
/// Batches on their way at a time; the governor of the account may let fewer.
const AT_ONCE: usize = 4;
/// The shortest stretch that is halved again.
const SHORTEST: Duration = Duration::hours(1);

/// Properties beside the usual fields.
pub(super) fn properties() -> Vec<Property> {
    vec![
        Property::clean_global_object_id(),
        Property::global_object_id(),
        Property::public("SkypeTeamsMeetingUrl"),
        Property::public("OnlineMeetingExternalLink"),
        meeting::dialled_property(),
        meeting::join_property(),
    ]
}

pub(super) async fn list(
    client: &Client,
    reading: Reading<'_>,
    window: Window,
    known: Known<'_>,
    server: &Server,
) -> Result<Listing, Failure> {
    let (found, with_occurrences) = find(client, window.start, window.end).await?;
    if with_occurrences {
        server.expands.store(true, Ordering::Relaxed);
    }
    let mut at_hand: BTreeMap<&Version, &MeetingId> = BTreeMap::new();
    for (id, version) in known.versions {
        at_hand.insert(version, id);
    }
    let (mut kept, mut wanted) = (Vec::new(), Vec::new());
    for version in found {
        match at_hand.get(&version) {
            Some(id) => kept.push((*id).clone()),
            None => wanted.push(version),
        }
    }
    let mut put: Vec<(Meeting, Version)> = Vec::new();
    let mut read = Read::All;
    // Several on their way at a time: far from the server the way is what
    // takes long.
    let batches: Vec<_> = wanted
        .chunks(BATCH)
        .map(|batch| get(client, reading, known, batch).boxed())
        .collect();
    let mut batches = stream::iter(batches).buffered(AT_ONCE);
    while let Some(of_batch) = batches.next().await {
        let of_batch = of_batch?;
        put.extend(of_batch.put);
        kept.extend(of_batch.kept);
        if of_batch.read == Read::Partly {
            read = Read::Partly;
        }
    }
    drop(batches);
    if !server.expands.load(Ordering::Relaxed) {
        let expanded = series::expand(client, reading, window, known).await?;
        if expanded.read() == Read::Partly {
            read = Read::Partly;
        }
        kept.extend(expanded.kept);
        put.extend(expanded.put);
    }
    Ok(Listing::Complete { kept, put, read })
}

/// What is known of a server's ways.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// Whether it has given an occurrence of a series: then it expands them.
    expands: AtomicBool,
}

/// The occurrences in `[start, end)`, each once, and whether any belongs to a
/// series. A cut answer has no offset to go on from; the stretch is halved
/// instead. A series as it is, which some servers give, is no meeting.
async fn find(
    client: &Client,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<(BTreeSet<Version>, bool), Failure> {
    let mut with_occurrences = false;
    let mut stretches = vec![(start, end)];
    let mut found = BTreeSet::new();
    while let Some((start, end)) = stretches.pop() {
        let half = start + (end - start) / 2;
        let answer = match client.call(&FindCalendarItems { start, end }).await {
            Ok(answer) => answer,
            // One broken series fails the whole answer on some servers: what
            // is beside it is still found (quirk 44).
            Err(Error::Refused { code, .. })
                if matches!(code.class(), Class::Gone | Class::Broken | Class::Range)
                    && end - start > SHORTEST =>
            {
                stretches.extend([(start, half), (half, end)]);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if !answer.complete && end - start > SHORTEST {
            stretches.extend([(start, half), (half, end)]);
            continue;
        }
        found.extend(answer.items.into_iter().filter_map(|item| {
            match item.kind {
                Some(ItemKind::RecurringMaster) => return None,
                Some(ItemKind::Occurrence | ItemKind::Exception) => with_occurrences = true,
                Some(ItemKind::Single) | None => {}
            }
            let id = item.id?;
            Some(Version {
                item: id.id.0,
                change_key: id.change_key.map(|key| key.0).unwrap_or_default(),
            })
        }));
    }
    Ok((found, with_occurrences))
}

/// What came of one batch.
struct Batch {
    put: Vec<(Meeting, Version)>,
    /// What stays as it was known.
    kept: Vec<MeetingId>,
    read: Read,
}

async fn get(
    client: &Client,
    reading: Reading<'_>,
    known: Known<'_>,
    batch: &[Version],
) -> Result<Batch, Failure> {
    let (mut put, mut kept) = (Vec::new(), Vec::new());
    let mut read = Read::All;
    let mut open: Vec<&Version> = batch.iter().collect();
    while !open.is_empty() {
        let answers = ask(client, reading, &open, Bodies::Stored).await?;
        let mut stopped = Vec::new();
        // An answer that is too short says nothing about the rest.
        for version in open.iter().skip(answers.len()) {
            kept.extend(older(known, version));
            read = Read::Partly;
        }
        for (version, answer) in open.iter().zip(answers) {
            match answer {
                // A series itself, or an item without a time, is no meeting.
                Ok(meeting) => put.extend(meeting.map(|meeting| (meeting, (*version).clone()))),
                Err(error) => match error.code.class() {
                    // Named a second ago and gone now: that is normal.
                    Class::Gone => {}
                    Class::BatchStopped => stopped.push(*version),
                    class => {
                        tracing::warn!(code = %error.code, ?class, "an item cannot be read");
                        kept.extend(older(known, version));
                        read = Read::Partly;
                    }
                },
            }
        }
        // The rest of a stopped batch is done by itself, as long as that
        // gets on.
        if stopped.len() == open.len() {
            kept.extend(stopped.iter().filter_map(|version| older(known, version)));
            read = Read::Partly;
            break;
        }
        open = stopped;
    }
    Ok(Batch { put, kept, read })
}

type Answers = Vec<Result<Option<Meeting>, ItemError>>;

/// Asks for items; each is a meeting before the next one is here, as bodies can
/// be large. What cannot be read as a whole is asked for in halves, and at last
/// without its body: one monstrous invitation must not hide the others.
fn ask<'a>(
    client: &'a Client,
    reading: Reading<'a>,
    versions: &'a [&'a Version],
    bodies: Bodies,
) -> BoxFuture<'a, Result<Answers, Error>> {
    async move {
        let operation = GetItem {
            ids: versions
                .iter()
                .map(|v| ItemId(v.item.clone()).into())
                .collect(),
            bodies,
            detail: Detail::Meeting,
            extended: properties(),
        };
        let mut answers = Vec::new();
        let each = client.each(&operation, |answer| {
            answers.push(answer.map(|item| {
                meeting::from_item(&item, reading.services, reading.rooms, reading.zone)
            }));
        });
        let failed = match each.await {
            Ok(()) => return Ok(answers),
            Err(error) if matches!(error.class(), Class::Garbled | Class::Range) => error,
            Err(error) => return Err(error),
        };
        if let [_only] = versions {
            if bodies == Bodies::Left {
                return Err(failed);
            }
            tracing::warn!("an item is asked for without its body");
            return ask(client, reading, versions, Bodies::Left).await;
        }
        let (first, second) = versions.split_at(versions.len() / 2);
        let mut answers = ask(client, reading, first, bodies).await?;
        // A half that is too short must not shift the other one.
        answers.truncate(first.len());
        if answers.len() == first.len() {
            answers.extend(ask(client, reading, second, bodies).await?);
        }
        Ok(answers)
    }
    .boxed()
}

/// The meeting of the same item in an older version: what cannot be read
/// stays as it was known.
fn older(known: Known<'_>, version: &Version) -> Option<MeetingId> {
    known
        .versions
        .iter()
        .find(|(_, other)| other.item == version.item)
        .map(|(id, _)| id.clone())
}
