//! The agenda at rest: one sealed record a meeting, and a head with the
//! cursor and the age.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use calendar::{Agenda, Meeting, Span, Window, meeting::MeetingId};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use vault::{Batch, Integrity, Loaded, RecordId, Series, VaultError, store::Day};

use crate::backend::{Cursor, Known, Listing, Pull, Read, Version};

/// All that is known of one mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// Shared with whoever has a snapshot of it.
    pub(crate) agenda: Arc<Agenda>,
    /// Shared with the pull that is under way.
    pub(crate) versions: Arc<BTreeMap<MeetingId, Version>>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) window: Option<Window>,
    pub(crate) as_of: Option<DateTime<Utc>>,
    pub(crate) read: Read,
}

impl Default for Held {
    /// Nothing, and nothing says that this is all.
    fn default() -> Self {
        Self {
            agenda: Arc::default(),
            versions: Arc::default(),
            cursor: None,
            window: None,
            as_of: None,
            read: Read::Partly,
        }
    }
}

impl Held {
    /// What a pull of `window` builds upon, beside the cursor.
    pub(crate) fn known<'a>(&'a self, window: Window, cursor: Option<&'a Cursor>) -> Known<'a> {
        Known {
            cursor,
            versions: &self.versions,
            same_window: self.window == Some(window) && self.read == Read::All,
        }
    }

    /// Takes a pull in, and says what is to be changed at rest.
    pub(crate) fn merge(&mut self, window: Window, pull: Pull, now: DateTime<Utc>) -> Step {
        let mut step = Step::default();
        if let Listing::Complete { kept, put, read } = pull.listing {
            self.read = read;
            let stays: BTreeSet<_> = kept
                .iter()
                .chain(put.iter().map(|(meeting, _)| &meeting.id))
                .cloned()
                .collect();
            step.gone = self
                .versions
                .keys()
                .filter(|id| !stays.contains(*id))
                .cloned()
                .collect();
            self.forget(&step.gone);
            for (meeting, version) in put {
                step.put.insert(meeting.id.clone());
                self.put(meeting, version);
            }
        }
        self.cursor = Some(pull.cursor);
        self.window = Some(window);
        self.as_of = Some(now);
        step
    }

    pub(crate) fn put(&mut self, meeting: Meeting, version: Version) {
        Arc::make_mut(&mut self.versions).insert(meeting.id.clone(), version);
        Arc::make_mut(&mut self.agenda).put(meeting);
    }

    pub(crate) fn forget(&mut self, gone: &BTreeSet<MeetingId>) {
        if gone.is_empty() {
            return;
        }
        let agenda = Arc::make_mut(&mut self.agenda);
        let versions = Arc::make_mut(&mut self.versions);
        for id in gone {
            agenda.remove(id);
            versions.remove(id);
        }
    }

    /// What is over before the window begins.
    pub(crate) fn expired(&self, window: Window, zone: Tz) -> BTreeSet<MeetingId> {
        self.agenda
            .iter()
            .filter(|meeting| meeting.span.end(zone) <= window.start)
            .map(|meeting| meeting.id.clone())
            .collect()
    }
}

#[derive(Deserialize)]
pub(crate) struct Record {
    meeting: Meeting,
    item: String,
    change_key: String,
}

/// The same to be written.
#[derive(Serialize)]
struct RecordOf<'a> {
    meeting: &'a Meeting,
    item: &'a str,
    change_key: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Head {
    cursor: String,
    window: Window,
    as_of: DateTime<Utc>,
    /// Whether all that was found could be read.
    #[serde(default)]
    whole: bool,
}

/// Reads what was held when the last run ended. Records which this version
/// cannot read count as unknown: the server has them still.
pub(crate) async fn load(series: &Series) -> Result<Held, VaultError> {
    Ok(read(load_on(series, Day(0)).await?))
}

/// A record in the form of this version, or none.
pub(crate) type Found = Option<Record>;

/// Opens the records, each into what it says.
pub(crate) async fn load_on(series: &Series, today: Day) -> Result<Loaded<Found>, VaultError> {
    let record = |bytes: Vec<u8>| serde_json::from_slice::<Record>(&bytes).ok();
    series.load_each(today, record).await
}

/// What the records say.
pub(crate) fn read(loaded: Loaded<Found>) -> Held {
    let mut held = Held::default();
    let mut whole = loaded.integrity == Integrity::Whole;
    for (_, record) in loaded.records {
        let Some(record) = record else {
            whole = false;
            continue;
        };
        let version = Version {
            item: record.item,
            change_key: record.change_key,
        };
        held.put(record.meeting, version);
    }
    let head = loaded
        .head
        .and_then(|h| serde_json::from_slice::<Head>(&h).ok());
    if let Some(head) = head {
        held.as_of = Some(head.as_of);
        // Without the cursor everything is pulled: what is missing comes back.
        if whole {
            held.cursor = Some(Cursor(head.cursor));
            held.window = Some(head.window);
            if head.whole {
                held.read = Read::All;
            }
        }
    }
    if !whole {
        tracing::warn!(
            quarantined = loaded.quarantined,
            "the store is not whole; everything is fetched again"
        );
    }
    held
}

/// The last day of the window in which a meeting is: a service forgets it
/// then.
fn last_day(span: &Span) -> Day {
    let end = match *span {
        Span::Timed { end, .. } => end,
        Span::AllDay { end, .. } => end.and_time(chrono::NaiveTime::MIN).and_utc(),
    };
    let last = end + chrono::Duration::days(7);
    Day::of_seconds(u64::try_from(last.timestamp()).unwrap_or(0))
}

/// What is to be changed at rest.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) put: BTreeSet<MeetingId>,
    pub(crate) gone: BTreeSet<MeetingId>,
}

impl Step {
    /// Adds a later step to this one.
    pub(crate) fn add(&mut self, later: Self) {
        self.put.retain(|id| !later.gone.contains(id));
        self.gone.retain(|id| !later.put.contains(id));
        self.put.extend(later.put);
        self.gone.extend(later.gone);
    }
}

/// Commits a step: records and cursor in one transaction.
pub(crate) async fn save(series: &Series, held: &Held, step: &Step) -> Result<(), VaultError> {
    let (Some(cursor), Some(window), Some(as_of)) = (&held.cursor, held.window, held.as_of) else {
        return Ok(());
    };
    let put: Vec<_> = step
        .put
        .iter()
        .filter_map(|id| {
            let version = held.versions.get(id)?;
            let record = RecordOf {
                meeting: held.agenda.get(id)?,
                item: &version.item,
                change_key: &version.change_key,
            };
            let bytes = serde_json::to_vec(&record).ok()?;
            Some((RecordId(id.0.clone()), bytes))
        })
        .collect();
    let head = Head {
        cursor: cursor.0.clone(),
        window,
        as_of,
        whole: held.read == Read::All,
    };
    let last_day_of = |id: &MeetingId| Some(last_day(&held.agenda.get(id)?.span));
    let expires = step
        .put
        .iter()
        .filter_map(|id| Some((RecordId(id.0.clone()), last_day_of(id)?)))
        .collect();
    let batch = Batch {
        put,
        delete: step.gone.iter().map(|id| RecordId(id.0.clone())).collect(),
        // Texts, numbers and times always have a JSON form.
        head: serde_json::to_vec(&head).unwrap_or_default(),
        replace: false,
    };
    series.commit_until(batch, &expires).await
}
