//! What the window holds: FindItem for the occurrences, GetItem for those
//! whose version is new.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{Meeting, Window, join::Services, meeting::MeetingId};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use ews::{
    Class, Client, Error,
    item::{ItemId, Property},
    operation::{Bodies, Detail, FindCalendarItems, GetItem},
};

use super::meeting;
use crate::backend::{Failure, Known, Listing, Read, Version};

/// Items in one GetItem: a request has to be done within a minute.
const BATCH: usize = 20;
/// The shortest stretch that is halved again.
const SHORTEST: Duration = Duration::hours(1);

pub(super) async fn list(
    client: &Client,
    services: &Services,
    window: Window,
    zone: Tz,
    known: Known<'_>,
) -> Result<Listing, Failure> {
    let found = find(client, window.start, window.end).await?;
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
    for batch in wanted.chunks(BATCH) {
        let of_batch = get(client, services, zone, known, batch, &mut put, &mut kept).await?;
        if of_batch == Read::Partly {
            read = Read::Partly;
        }
    }
    Ok(Listing::Complete { kept, put, read })
}

/// The occurrences in `[start, end)`, each once. A cut answer has no offset
/// to go on from; the stretch is halved instead.
async fn find(
    client: &Client,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<BTreeSet<Version>, Failure> {
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
            let id = item.id?;
            Some(Version {
                item: id.id.0,
                change_key: id.change_key.map(|key| key.0).unwrap_or_default(),
            })
        }));
    }
    Ok(found)
}

async fn get(
    client: &Client,
    services: &Services,
    zone: Tz,
    known: Known<'_>,
    batch: &[Version],
    put: &mut Vec<(Meeting, Version)>,
    kept: &mut Vec<MeetingId>,
) -> Result<Read, Failure> {
    let mut read = Read::All;
    let mut open: Vec<&Version> = batch.iter().collect();
    while !open.is_empty() {
        let operation = GetItem {
            ids: open.iter().map(|v| ItemId(v.item.clone()).into()).collect(),
            bodies: Bodies::Stored,
            detail: Detail::Meeting,
            extended: vec![
                Property::clean_global_object_id(),
                Property::global_object_id(),
                Property::public("SkypeTeamsMeetingUrl"),
                Property::public("OnlineMeetingExternalLink"),
            ],
        };
        let answers = client.call(&operation).await?;
        let mut stopped = Vec::new();
        // An answer that is too short says nothing about the rest.
        for version in open.iter().skip(answers.len()) {
            kept.extend(older(known, version));
            read = Read::Partly;
        }
        for (version, answer) in open.iter().zip(answers) {
            match answer {
                // A series itself, or an item without a time, is no meeting.
                Ok(item) => put.extend(
                    meeting::from_item(&item, services, zone)
                        .map(|meeting| (meeting, (*version).clone())),
                ),
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
            return Ok(Read::Partly);
        }
        open = stopped;
    }
    Ok(read)
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
