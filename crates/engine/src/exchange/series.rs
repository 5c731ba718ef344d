//! Series on a server that does not expand them (grommunio): the client reads
//! how they repeat, and makes the occurrences of the window itself.
//!
//! Such a server tells of a series only while its first instance is in the
//! window, so that all items are listed to find them; and it tells of changed
//! occurrences by no change key, so that the changed ones are always read.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{
    Meeting, Span, Window,
    meeting::{MeetingId, Series},
    recurrence::{self, Occurrence, Pattern, Range, Recurrence, Weekdays, Which},
};
use chrono::{DateTime, NaiveDate, Utc};
use ews::{
    Class, Client,
    item::{self as wire, CalendarItem, ChangedOccurrence, ItemId, ItemKind},
    operation::{Bodies, Detail, FindAllItems, GetItem},
};

use super::{
    listing::{BATCH, Reading, properties},
    meeting,
};
use crate::backend::{Failure, Known, Read, Version};

/// Pages that are listed: 1000 items each, far beyond any calendar.
const PAGES_MAX: u32 = 100;

/// The occurrences of all series in a window.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    /// Those that are known already.
    pub(super) kept: Vec<MeetingId>,
    /// The others.
    pub(super) put: Vec<(Meeting, Version)>,
    /// Whether all series could be read.
    pub(super) partly: bool,
}

/// Expands all series of the calendar within the window.
pub(super) async fn expand(
    client: &Client,
    reading: Reading<'_>,
    window: Window,
    known: Known<'_>,
) -> Result<Expanded, Failure> {
    let mut expanded = Expanded::default();
    let Found { masters, unclear } = masters(client).await?;
    for id in &unclear {
        if is_expanded_here(known, id) {
            expanded.stays(known, id, &masters);
        }
    }
    for batch in masters.chunks(BATCH) {
        let operation = asked_for(batch, Detail::Series);
        let answers = client.call(&operation).await?;
        let mut answers = answers.into_iter();
        for id in batch {
            match answers.next() {
                Some(Ok(item)) => {
                    let read = one(client, reading, window, known, item, &mut expanded).await?;
                    if read == Read::Partly {
                        expanded.stays(known, id, &masters);
                    }
                }
                Some(Err(error)) if error.code.class() == Class::Gone => {}
                unread => {
                    tracing::warn!(?unread, "a series cannot be read");
                    expanded.stays(known, id, &masters);
                }
            }
        }
    }
    Ok(expanded)
}

/// Mark of a version whose occurrence was made here.
const MADE_HERE: &str = "series ";

/// Whether occurrences that are known were made here.
pub(super) fn are_expanded_here(known: Known<'_>) -> bool {
    known.versions.values().any(is_made_here)
}

fn is_expanded_here(known: Known<'_>, series: &ItemId) -> bool {
    let mut versions = known.versions.values();
    versions.any(|version| is_made_here(version) && *version.item == *series.0)
}

/// Whether the server gives the occurrence no item of its own: what is done to
/// its item would be done to the whole series, or to a part of it that no
/// change key guards.
pub(super) fn is_made_here(version: &Version) -> bool {
    version.change_key.starts_with(MADE_HERE)
}

impl Expanded {
    /// A series that cannot be read stays as it was known, with its changed
    /// occurrences, which are items of their own and have its name. Where none
    /// but such are known, they are those that no series of `masters` names.
    fn stays(&mut self, known: Known<'_>, series: &ItemId, masters: &[ItemId]) {
        let made_here = || known.versions.iter().filter(|(_, v)| is_made_here(v));
        let names = |is: &dyn Fn(&str) -> bool| -> BTreeSet<&str> {
            let of_series = made_here().filter(|(_, version)| is(&version.item));
            of_series.map(|(id, _)| meeting::series_name(id)).collect()
        };
        let own = names(&|item| item == series.0);
        let others = names(&|item| masters.iter().any(|one| one.0 == item && one != series));
        let is_of_it = |id: &MeetingId| {
            let name = meeting::series_name(id);
            if own.is_empty() {
                !others.contains(name)
            } else {
                own.contains(name)
            }
        };
        let of_series = made_here().filter(|(id, _)| is_of_it(id));
        self.kept.extend(of_series.map(|(id, _)| id.clone()));
        self.partly = true;
    }

    /// A changed occurrence that cannot be read stays as it was known: as an
    /// item of its own, or, where it has been changed since, as its series
    /// `named` it.
    fn occurrence_stays(&mut self, known: Known<'_>, item: &ItemId, named: Option<MeetingId>) {
        let of_item = known.versions.iter().filter(|(_, v)| *v.item == *item.0);
        self.kept.extend(of_item.map(|(id, _)| id.clone()));
        let named = named.filter(|id| known.versions.contains_key(id));
        self.kept.extend(named);
        self.partly = true;
    }

    pub(super) fn read(&self) -> Read {
        if self.partly { Read::Partly } else { Read::All }
    }
}

/// What a list of all items names.
#[derive(Debug, Default)]
struct Found {
    masters: Vec<ItemId>,
    /// Items of a kind that nobody knows.
    unclear: Vec<ItemId>,
}

/// The ids of all series of the calendar.
async fn masters(client: &Client) -> Result<Found, Failure> {
    let mut found = Found::default();
    for page in 0..PAGES_MAX {
        let operation = FindAllItems {
            offset: page * FindAllItems::PAGE,
        };
        let answer = client.call(&operation).await?;
        let is_last = answer.complete || answer.items.is_empty();
        for item in answer.items {
            let place = match item.kind {
                Some(ItemKind::RecurringMaster) => &mut found.masters,
                None => &mut found.unclear,
                Some(_) => continue,
            };
            place.extend(item.id.map(|id| id.id));
        }
        if is_last {
            break;
        }
    }
    Ok(found)
}

async fn one(
    client: &Client,
    reading: Reading<'_>,
    window: Window,
    known: Known<'_>,
    mut item: CalendarItem,
    expanded: &mut Expanded,
) -> Result<Read, Failure> {
    let told = item.series.take().unwrap_or_default();
    if told.recurrence.is_none() {
        if let Some((meeting, version)) = unfollowed(item, reading, window) {
            expanded.put.push((meeting, version));
        }
        return Ok(Read::All);
    }
    let Some(mut series) = series_of(&item, told.recurrence.as_ref(), reading) else {
        return Ok(Read::Partly);
    };
    let Some(id) = item.id.clone() else {
        return Ok(Read::Partly);
    };
    let day_of = |moment: DateTime<Utc>| moment.with_timezone(&series.zone).date_naive();
    let deleted: Vec<NaiveDate> = told.deleted.into_iter().map(day_of).collect();
    let changed: BTreeMap<NaiveDate, ChangedOccurrence> = told
        .changed
        .into_iter()
        .map(|one| (day_of(one.original_start), one))
        .collect();
    for day in deleted.iter().chain(changed.keys()) {
        series.leave_out(*day);
    }
    let version = Version {
        item: id.id.0.into(),
        change_key: format!(
            "{MADE_HERE}{}",
            id.change_key.map(|key| key.0).unwrap_or_default()
        )
        .into(),
    };
    // One reading of the text will do for all.
    item.kind = Some(ItemKind::Occurrence);
    item.recurrence_id = None;
    let template = meeting::from_item(&item, reading.services, reading.rooms, reading.zone);
    if let Some(template) = &template {
        for occurrence in series.within(window) {
            let meeting = at(template, occurrence);
            if known.versions.get(&meeting.id) == Some(&version) {
                expanded.kept.push(meeting.id);
            } else {
                expanded.put.push((meeting, version.clone()));
            }
        }
    }
    let name = template.map(|template| meeting::series_name(&template.id).to_owned());
    let originals: BTreeMap<ItemId, DateTime<Utc>> = changed
        .into_iter()
        .filter_map(|(day, one)| Some((one.item.id, series.on(day)?.original_start)))
        .collect();
    let originals = (name.as_deref(), &originals);
    exceptions(client, reading, window, known, originals, expanded).await?;
    Ok(Read::All)
}

/// What is known of a series that names no days, such as one that
/// regenerates: the one that its item has, marked for the user.
fn unfollowed(
    mut item: CalendarItem,
    reading: Reading<'_>,
    window: Window,
) -> Option<(Meeting, Version)> {
    item.kind = Some(ItemKind::Single);
    let id = item.id.clone()?;
    let mut meeting = meeting::from_item(&item, reading.services, reading.rooms, reading.zone)?;
    meeting.series = Series::Unfollowed;
    let version = Version {
        item: id.id.0.into(),
        change_key: format!(
            "{MADE_HERE}{}",
            id.change_key.map(|key| key.0).unwrap_or_default()
        )
        .into(),
    };
    let inside = meeting
        .span
        .overlaps(window.start, window.end, reading.zone);
    inside.then_some((meeting, version))
}

/// The occurrences that were changed by themselves, of a series with a name.
async fn exceptions(
    client: &Client,
    reading: Reading<'_>,
    window: Window,
    known: Known<'_>,
    (name, originals): (Option<&str>, &BTreeMap<ItemId, DateTime<Utc>>),
    expanded: &mut Expanded,
) -> Result<(), Failure> {
    let ids: Vec<ItemId> = originals.keys().cloned().collect();
    for batch in ids.chunks(BATCH) {
        let operation = asked_for(batch, Detail::Meeting);
        let answers = client.call(&operation).await?;
        let mut answers = answers.into_iter();
        for id in batch {
            let Some(Ok(mut item)) = answers.next() else {
                let original = name.zip(originals.get(id));
                let named = original.map(|(name, at)| meeting::occurrence_id(name, *at));
                expanded.occurrence_stays(known, id, named);
                continue;
            };
            item.kind = Some(ItemKind::Exception);
            // The name comes from the start that the pattern gives: servers
            // name the midnight of that day.
            item.recurrence_id = originals.get(id).copied();
            let meeting = meeting::from_item(&item, reading.services, reading.rooms, reading.zone);
            let inside =
                meeting.filter(|one| one.span.overlaps(window.start, window.end, reading.zone));
            let version = Version {
                item: id.0.as_str().into(),
                change_key: format!(
                    "{MADE_HERE}{}",
                    item.id
                        .and_then(|id| id.change_key)
                        .map(|key| key.0)
                        .unwrap_or_default()
                )
                .into(),
            };
            expanded.put.extend(inside.map(|one| (one, version)));
        }
    }
    Ok(())
}

/// The meeting of one occurrence.
fn at(template: &Meeting, occurrence: Occurrence) -> Meeting {
    let mut meeting = template.clone();
    meeting.id = meeting::occurrence_id(
        meeting::series_name(&template.id),
        occurrence.original_start,
    );
    if let Some(id) = &mut meeting.global_id {
        id.original_start = Some(occurrence.original_start);
    }
    meeting.span = occurrence.span;
    meeting
}

/// How an item repeats; `None` where it names no days.
fn series_of(
    item: &CalendarItem,
    recurrence: Option<&wire::Recurrence>,
    reading: Reading<'_>,
) -> Option<recurrence::Series> {
    let (start, end) = (item.start?, item.end?);
    let recurrence = recurrence?;
    let zone = meeting::called_in(item, start);
    let all_day = item.is_all_day == Some(true);
    let span = meeting::span(item, start, end, reading.zone);
    let zone = zone.unwrap_or(reading.zone);
    let length = match span {
        Span::AllDay { first, end } => end - first,
        Span::Timed { start, end } => end - start,
    };
    Some(recurrence::Series {
        recurrence: Recurrence {
            pattern: pattern(&recurrence.pattern),
            first: recurrence.first,
            range: match recurrence.range {
                wire::Range::Endless => Range::Endless,
                wire::Range::Until(day) => Range::Until(day),
                wire::Range::Count(count) => Range::Count(count),
            },
        },
        zone,
        starts: start.with_timezone(&zone).time(),
        length,
        all_day,
        left_out: BTreeSet::new(),
    })
}

fn pattern(pattern: &wire::Pattern) -> Pattern {
    let set = |days: &[chrono::Weekday]| days.iter().copied().collect::<Weekdays>();
    match *pattern {
        wire::Pattern::Daily { every } => Pattern::Daily { every },
        wire::Pattern::Weekly {
            every,
            ref days,
            week_begins,
        } => Pattern::Weekly {
            every,
            days: set(days),
            week_begins,
        },
        wire::Pattern::MonthlyOn { every, day } => Pattern::MonthlyOn { every, day },
        wire::Pattern::MonthlyThe {
            every,
            which: of_days,
            ref days,
        } => Pattern::MonthlyThe {
            every,
            which: which(of_days),
            days: set(days),
        },
        wire::Pattern::YearlyOn { month, day } => Pattern::YearlyOn { month, day },
        wire::Pattern::YearlyThe {
            month,
            which: of_days,
            ref days,
        } => Pattern::YearlyThe {
            month,
            which: which(of_days),
            days: set(days),
        },
    }
}

fn which(which: wire::Which) -> Which {
    match which {
        wire::Which::First => Which::First,
        wire::Which::Second => Which::Second,
        wire::Which::Third => Which::Third,
        wire::Which::Fourth => Which::Fourth,
        wire::Which::Last => Which::Last,
    }
}

fn asked_for(ids: &[ItemId], detail: Detail) -> GetItem {
    GetItem {
        ids: ids.iter().cloned().map(Into::into).collect(),
        bodies: Bodies::Stored,
        detail,
        extended: properties(),
    }
}

#[cfg(test)]
mod tests {
    use calendar::join::Services;
    use chrono_tz::Tz;
    use ews::item::{ChangeKey, ItemRef};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::in_the_window("2026-11-24T08:00:00Z", true)]
    #[case::long_ago("2026-09-01T08:00:00Z", false)]
    fn a_series_that_names_no_days_is_the_one_that_is_known_and_marked(
        #[case] start: &str,
        #[case] is_listed: bool,
    ) {
        let start: DateTime<Utc> = start.parse().unwrap();
        let item = CalendarItem {
            id: Some(ItemRef {
                id: ItemId("AAA=".to_owned()),
                change_key: Some(ChangeKey("1".to_owned())),
            }),
            uid: Some("0400".to_owned()),
            kind: Some(ItemKind::RecurringMaster),
            start: Some(start),
            end: Some(start + chrono::Duration::minutes(30)),
            ..CalendarItem::default()
        };
        let zone = Tz::Europe__Stockholm;
        let reading = Reading {
            services: Services::built_in(),
            rooms: None,
            zone,
        };
        let window = Window::around("2026-11-23T12:00:00Z".parse().unwrap(), zone);
        let known = unfollowed(item, reading, window).map(|(meeting, _)| meeting);
        let series = known.map(|meeting| (meeting.series, meeting.span.start(zone)));
        let expected = is_listed.then_some((Series::Unfollowed, start));
        assert_eq!(series, expected);
    }
}
