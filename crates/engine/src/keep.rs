//! The agenda at rest: one sealed record a meeting, and a head with the
//! cursor and the age. On the own disk the invitation's text is sealed by
//! itself beside its record, so that an agenda is opened without the texts
//! (`docs/decisions/0019`); records that leave the machine have it in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use calendar::{
    Agenda, Meeting, Span, Window,
    meeting::{MeetingId, Notes},
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use vault::{Batch, Beside, Integrity, Loaded, RecordId, Series, VaultError, store::Day};

use crate::{
    backend::{Cursor, Known, Listing, Pull, Read, Version},
    record::{Form, Opened, Record, RecordOf},
    snapshot::{Health, Snapshot},
    texts::Texts,
};

/// All that is known of one mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// Shared with whoever has a snapshot of it.
    pub(crate) agenda: Arc<Agenda>,
    /// Shared with the pull that is under way.
    pub(crate) versions: Arc<BTreeMap<MeetingId, Version>>,
    /// Texts that the agenda's meetings do not have with them.
    pub(crate) texts: Texts,
    pub(crate) cursor: Option<Cursor>,
    /// What was listed last; `None` when it has to be listed again, whatever
    /// the server says has changed.
    pub(crate) window: Option<Window>,
    pub(crate) as_of: Option<DateTime<Utc>>,
    pub(crate) read: Read,
    /// Records that have to be sealed anew, because their key will be no more
    /// before they expire.
    pub(crate) aging: BTreeSet<MeetingId>,
    /// Records in the store that this version cannot read.
    pub(crate) unread: BTreeSet<MeetingId>,
}

impl Default for Held {
    /// Nothing, and nothing says that this is all.
    fn default() -> Self {
        Self {
            agenda: Arc::default(),
            versions: Arc::default(),
            texts: Texts::default(),
            cursor: None,
            window: None,
            as_of: None,
            read: Read::Partly,
            aging: BTreeSet::new(),
            unread: BTreeSet::new(),
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
            if read == Read::All {
                // Whatever they were of, the server has it no more.
                let unread = std::mem::take(&mut self.unread);
                step.gone.extend(unread.difference(&stays).cloned());
            }
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

    pub(crate) fn put(&mut self, mut meeting: Meeting, version: Version) {
        self.texts.take(&meeting.id, &mut meeting.notes);
        Arc::make_mut(&mut self.versions).insert(meeting.id.clone(), version);
        Arc::make_mut(&mut self.agenda).put(meeting);
    }

    pub(crate) fn forget(&mut self, gone: &BTreeSet<MeetingId>) {
        if gone.is_empty() {
            return;
        }
        self.texts.forget(gone);
        let agenda = Arc::make_mut(&mut self.agenda);
        let versions = Arc::make_mut(&mut self.versions);
        for id in gone {
            agenda.remove(id);
            versions.remove(id);
        }
    }

    /// Takes out what is over by the present clock. Clocks are wrong at times,
    /// so the next pull lists the window, and brings back what is not over.
    pub(crate) fn let_go(&mut self, over: &BTreeSet<MeetingId>) {
        self.forget(over);
        self.window = None;
    }

    /// The meeting with its text, where that is in memory.
    pub(crate) fn whole(&self, meeting: &Meeting) -> Meeting {
        let mut whole = meeting.clone();
        if let Some(text) = self.texts.get(&meeting.id) {
            whole.notes = Notes::Here((*text).into());
        }
        whole
    }

    /// The text of a meeting is lost: its version counts as unknown, so that
    /// the next pull asks for the meeting again.
    pub(crate) fn ask_again(&mut self, id: &MeetingId) {
        if let Some(version) = Arc::make_mut(&mut self.versions).get_mut(id) {
            version.change_key = Box::default();
            self.read = Read::Partly;
        }
    }

    /// What rests is not what was stored: everything counts as unknown, so that
    /// the next pull asks for all of it. What is listed stays.
    pub(crate) fn ask_for_all(&mut self) {
        for version in Arc::make_mut(&mut self.versions).values_mut() {
            version.change_key = Box::default();
        }
        (self.cursor, self.window, self.read) = (None, None, Read::Partly);
    }

    /// As an earlier run has left it.
    pub(crate) fn left(self) -> Snapshot {
        Snapshot {
            agenda: self.agenda,
            health: Health::Starting,
            as_of: self.as_of,
            oof: None,
            ahead: None,
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

/// A store that is not whole has a head without cursor and window until
/// everything was pulled anew.
#[derive(Serialize, Deserialize)]
struct Head {
    cursor: Option<String>,
    window: Option<Window>,
    as_of: Option<DateTime<Utc>>,
    /// Whether all that was found could be read.
    #[serde(default)]
    whole: bool,
}

/// Reads what was held when the last run ended. Records which this version
/// cannot read count as unknown: the server has them still.
pub(crate) async fn load(series: &Series) -> Result<Held, VaultError> {
    Ok(read(load_on(series, Day(0)).await?))
}

/// The same without what is over before `window` begins: that goes, here and
/// in the store.
pub(crate) async fn load_within(
    series: &Series,
    window: Window,
    zone: Tz,
) -> Result<Held, VaultError> {
    let mut held = load(series).await?;
    let gone = held.expired(window, zone);
    if !gone.is_empty() {
        held.let_go(&gone);
        save(series, &held, zone, &Step::without(gone)).await?;
    }
    Ok(held)
}

/// A record in the form of this version, or none.
pub(crate) type Found = Option<Opened>;

/// Opens the records, each into what it says.
pub(crate) async fn load_on(series: &Series, today: Day) -> Result<Loaded<Found>, VaultError> {
    let opened = |bytes: Vec<u8>| Record::of(&bytes).map(Opened::from);
    series.load_each(today, opened).await
}

/// What the records say.
pub(crate) fn read(loaded: Loaded<Found>) -> Held {
    let mut held = Held::default();
    let mut whole = loaded.integrity == Integrity::Whole;
    let mut meetings = Vec::with_capacity(loaded.records.len());
    let mut versions = Vec::with_capacity(loaded.records.len());
    for (record, opened) in loaded.records {
        let Some(opened) = opened else {
            whole = false;
            held.unread.insert(MeetingId(record.0.into()));
            continue;
        };
        let id = &opened.meeting.id;
        if let Some(text) = opened.text {
            held.texts.put(id, text.into());
        }
        if loaded.aging.contains(&record) {
            held.aging.insert(id.clone());
        }
        versions.push((id.clone(), opened.version));
        meetings.push(opened.meeting);
    }
    held.versions = Arc::new(versions.into_iter().collect());
    held.agenda = Arc::new(meetings.into_iter().collect());
    let head = loaded
        .head
        .and_then(|h| serde_json::from_slice::<Head>(&h).ok());
    if let Some(head) = head {
        held.as_of = head.as_of;
        // Without the cursor everything is pulled: what is missing comes back.
        if whole {
            held.cursor = head.cursor.map(Cursor);
            held.window = head.window;
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

/// By how much a service's clock may be ahead of this one.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// Records whose last day is before this one may have been forgotten by a
/// service.
pub(crate) fn day_of_service(now: DateTime<Utc>) -> Day {
    day(now + CLOCKS_DIFFER)
}

/// The last day of UTC on which a meeting is in the window: a service forgets
/// it afterwards.
fn last_day(span: &Span, zone: Tz) -> Day {
    day(Window::left_at(span, zone) - Duration::seconds(1))
}

fn day(moment: DateTime<Utc>) -> Day {
    Day::of_seconds(u64::try_from(moment.timestamp()).unwrap_or(0))
}

/// What is to be changed at rest.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) put: BTreeSet<MeetingId>,
    pub(crate) gone: BTreeSet<MeetingId>,
    /// `put` is everything: what else is at rest goes.
    pub(crate) whole: bool,
}

impl Step {
    /// Takes these out.
    pub(crate) fn without(gone: BTreeSet<MeetingId>) -> Self {
        Self {
            gone,
            ..Self::default()
        }
    }

    /// Adds a later step to this one.
    pub(crate) fn add(&mut self, later: Self) {
        self.put.retain(|id| !later.gone.contains(id));
        self.gone.retain(|id| !later.put.contains(id));
        self.put.extend(later.put);
        self.gone.extend(later.gone);
        self.whole |= later.whole;
    }
}

/// Commits a step: records and cursor in one transaction.
pub(crate) async fn save(
    series: &Series,
    held: &Held,
    zone: Tz,
    step: &Step,
) -> Result<(), VaultError> {
    let form = if series.keeps_beside() {
        Form::Compact
    } else {
        Form::Open
    };
    let mut put = Vec::with_capacity(step.put.len());
    let mut long = Vec::new();
    for id in &step.put {
        let (Some(version), Some(meeting)) = (held.versions.get(id), held.agenda.get(id)) else {
            continue;
        };
        let text = held.texts.get(id);
        let whole;
        let meeting = match text {
            Some(text) if series.keeps_beside() => {
                long.push((RecordId(id.to_string()), text.as_bytes().to_vec()));
                meeting.as_ref()
            }
            Some(_) => {
                whole = held.whole(meeting);
                &whole
            }
            // It rests in the store already, with its text beside it.
            None if meeting.notes == Notes::Aside => continue,
            None => meeting.as_ref(),
        };
        let record = RecordOf {
            meeting,
            item: &version.item,
            change_key: &version.change_key,
        };
        let Some(bytes) = record.written(form) else {
            continue;
        };
        put.push((RecordId(id.to_string()), bytes));
    }
    let head = Head {
        cursor: held.cursor.as_ref().map(|cursor| cursor.0.clone()),
        window: held.window,
        as_of: held.as_of,
        whole: held.read == Read::All,
    };
    let last_day_of = |id: &MeetingId| Some(last_day(&held.agenda.get(id)?.span, zone));
    let expires = step
        .put
        .iter()
        .filter_map(|id| Some((RecordId(id.to_string()), last_day_of(id)?)))
        .collect();
    let batch = Batch {
        put,
        delete: step
            .gone
            .iter()
            .map(|id| RecordId(id.to_string()))
            .collect(),
        // Texts, numbers and times always have a JSON form.
        head: serde_json::to_vec(&head).unwrap_or_default(),
        replace: step.whole,
    };
    series.commit_with(batch, Beside { expires, long }).await?;
    if series.keeps_beside() {
        held.texts.forget(&step.put);
    }
    Ok(())
}

#[cfg(test)]
mod unread_tests;
