//! What the window holds: FindItem for the occurrences, GetItem for those
//! whose version is new.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use calendar::{Meeting, Window, join::Services, keyword::rooms::Rooms, meeting::MeetingId};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use ews::{
    Class, Client, Error, ItemError,
    item::{ItemId, ItemKind, ItemRef, Property},
    operation::{Bodies, Detail, FindCalendarItems, GetItem},
    soap::ServerVersion,
};
use futures_util::{
    future::{self, BoxFuture, FutureExt as _},
    stream::{self, BoxStream, StreamExt as _},
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
/// Items where the server is prompt, and where it takes its time.
const BATCH_LARGE: usize = 50;
const BATCH_SMALL: usize = 10;
/// An answer within this time is prompt: two and a half times the items stay
/// below what counts as a server that is held back.
const PROMPT_WITHIN: std::time::Duration = std::time::Duration::from_millis(200);
/// An answer beyond this time is a slow one.
const SLOW_BEYOND: std::time::Duration = std::time::Duration::from_secs(5);
/// Batches on their way at a time; the governor of the account may let fewer.
const AT_ONCE: usize = 4;
/// The first version that none but Exchange says of itself.
const EXCHANGE_2016: ServerVersion = ServerVersion {
    major: 15,
    minor: 1,
};
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
    mut heard: Vec<Version>,
) -> Result<Listing, Failure> {
    let mut at_hand: BTreeMap<&Version, &MeetingId> = BTreeMap::new();
    for (id, version) in known.versions {
        at_hand.insert(version, id);
    }
    heard.retain(|version| !at_hand.contains_key(version));
    let (found, mut at_once) = future::join(
        find(client, window.start, window.end),
        at_once(client, reading, &heard),
    )
    .await;
    let (found, series) = found?;
    server.learn(series, client.server_version());
    let (mut kept, mut wanted) = (Vec::new(), Vec::new());
    let mut put: Vec<(Meeting, Version)> = Vec::new();
    for version in found {
        match (at_hand.get(&version), at_once.remove(&version)) {
            (Some(id), _) => kept.push((*id).clone()),
            (None, Some(meeting)) => put.push((meeting, version)),
            (None, None) => wanted.push(version),
        }
    }
    let mut read = Read::All;
    // Several on their way at a time: far from the server the way is what
    // takes long.
    let mut batches = batches(client, reading, known, &wanted).buffered(AT_ONCE);
    while let Some(of_batch) = batches.next().await {
        let of_batch = of_batch?;
        put.extend(of_batch.put);
        kept.extend(of_batch.kept);
        if of_batch.read == Read::Partly {
            read = Read::Partly;
        }
    }
    if !server.expands() {
        let expanded = series::expand(client, reading, window, known).await?;
        if expanded.read() == Read::Partly {
            read = Read::Partly;
        }
        kept.extend(expanded.kept);
        put.extend(expanded.put);
    }
    Ok(Listing::Complete { kept, put, read })
}

/// How many items are asked for after a GetItem that took so long.
fn batch_after(took: Option<std::time::Duration>) -> usize {
    match took {
        Some(took) if took <= PROMPT_WITHIN => BATCH_LARGE,
        Some(took) if took > SLOW_BEYOND => BATCH_SMALL,
        _ => BATCH,
    }
}

/// What is known of a server's ways.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// Whether it expands series: it has given an occurrence of one, or says
    /// that it is an Exchange.
    expands: AtomicBool,
    /// The items that events have named since the last pull; nothing when there
    /// was no event of a change.
    heard: Mutex<Option<Vec<Version>>>,
}

impl Server {
    /// Whether it is known to expand series.
    pub(super) fn expands(&self) -> bool {
        self.expands.load(Ordering::Relaxed)
    }

    /// Takes in what a list and the server's version tell of its family.
    /// grommunio says that it is Exchange 2013 (15.0.847.4040), so that this
    /// version alone tells nothing.
    fn learn(&self, series: SeriesGiven, version: Option<ServerVersion>) {
        let is_exchange = version.is_some_and(|version| version >= EXCHANGE_2016);
        match series {
            SeriesGiven::Expanded => self.expands.store(true, Ordering::Relaxed),
            SeriesGiven::Unexpanded => self.expands.store(false, Ordering::Relaxed),
            SeriesGiven::None if is_exchange => self.expands.store(true, Ordering::Relaxed),
            SeriesGiven::None => {}
        }
    }

    /// Events have told of changes and named items: a hint of what the next
    /// list will ask for, and no more.
    pub(super) fn heard_of(&self, items: Vec<ItemRef>) {
        let mut heard = self.heard();
        let heard = heard.get_or_insert_default();
        for version in items.into_iter().map(version) {
            if heard.len() < BATCH && !heard.contains(&version) {
                heard.push(version);
            }
        }
    }

    pub(super) fn take_heard(&self) -> Option<Vec<Version>> {
        self.heard().take()
    }

    fn heard(&self) -> MutexGuard<'_, Option<Vec<Version>>> {
        // A list of finished values is whole even when a holder panicked.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn version(item: ItemRef) -> Version {
    Version {
        item: item.id.0.into(),
        change_key: item
            .change_key
            .map_or_else(Box::default, |key| key.0.into()),
    }
}

/// What is likely to be asked for, while the list that says so is on its way.
/// What does not come of it is asked for after the list.
async fn at_once(
    client: &Client,
    reading: Reading<'_>,
    heard: &[Version],
) -> BTreeMap<Version, Meeting> {
    if heard.is_empty() {
        return BTreeMap::new();
    }
    let heard: Vec<&Version> = heard.iter().collect();
    let answers = ask(client, reading, &heard, Bodies::Stored).await;
    let read = answers.unwrap_or_default().into_iter();
    read.filter_map(|answer| answer.ok()?)
        .map(|(meeting, version)| (version, meeting))
        .collect()
}

/// How a list of occurrences gave the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeriesGiven {
    /// There was none.
    None,
    /// As they are, which Exchange never does.
    Unexpanded,
    /// As occurrences.
    Expanded,
}

/// The occurrences in `[start, end)`, each once, and how series were given. A
/// cut answer has no offset to go on from; the stretch is halved instead. A
/// series as it is, which some servers give, is no meeting.
async fn find(
    client: &Client,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<(BTreeSet<Version>, SeriesGiven), Failure> {
    let mut series = SeriesGiven::None;
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
                Some(ItemKind::RecurringMaster) => {
                    if series == SeriesGiven::None {
                        series = SeriesGiven::Unexpanded;
                    }
                    return None;
                }
                Some(ItemKind::Occurrence | ItemKind::Exception) => series = SeriesGiven::Expanded,
                Some(ItemKind::Single) | None => {}
            }
            item.id.map(version)
        }));
    }
    Ok((found, series))
}

/// What came of one batch.
struct Batch {
    put: Vec<(Meeting, Version)>,
    /// What stays as it was known.
    kept: Vec<MeetingId>,
    read: Read,
}

/// The items in batches, each as large as the answers so far allow.
fn batches<'a>(
    client: &'a Client,
    reading: Reading<'a>,
    known: Known<'a>,
    wanted: &'a [Version],
) -> BoxStream<'a, BoxFuture<'a, Result<Batch, Failure>>> {
    stream::unfold(wanted, move |open: &'a [Version]| {
        let size = batch_after(client.last_took::<GetItem>()).min(open.len());
        let (batch, rest) = open.split_at(size);
        let next = (size > 0).then(|| (get(client, reading, known, batch).boxed(), rest));
        future::ready(next)
    })
    .boxed()
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
                Ok(read) => put.extend(read.map(|(meeting, _)| (meeting, (*version).clone()))),
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

/// Meetings, each in the version that was read.
type Answers = Vec<Result<Option<(Meeting, Version)>, ItemError>>;

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
                .map(|v| ItemId(v.item.to_string()).into())
                .collect(),
            bodies,
            detail: Detail::Meeting,
            extended: properties(),
        };
        let mut answers = Vec::new();
        let each = client.each(&operation, |answer| {
            answers.push(answer.map(|item| {
                let meeting =
                    meeting::from_item(&item, reading.services, reading.rooms, reading.zone)?;
                Some((meeting, item.id.map(version).unwrap_or_default()))
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
