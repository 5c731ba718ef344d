//! The agenda window.

use std::collections::{BTreeMap, HashSet};

use calendar::{
    Window,
    meeting::{Response, ShowAs},
    presence::{self, Presence},
};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::scene::Scene;
use crate::{
    board::{Board, Entry, Freshness, Key},
    view::{
        AgendaView, BannerView, DayView, PresenceChip, PresenceKind, RowView, SyncChip, SyncState,
    },
};

/// The agenda window as it is at the scene's moment. `banner` is what needs
/// the user's hand.
pub fn agenda(board: &Board, banner: Option<BannerView>, scene: &Scene<'_>) -> AgendaView {
    let overlapping = overlapping(&board.entries, scene);
    let today = scene.today();
    let first = today - Duration::days(Window::DAYS_BACK);
    let last = today + Duration::days(Window::DAYS_AHEAD);
    let mut rows: BTreeMap<NaiveDate, Vec<RowView>> = BTreeMap::new();
    rows.insert(today, Vec::new());
    rows.insert(today + Duration::days(1), Vec::new());
    let mut foreign = false;
    for entry in &board.entries {
        if entry.meeting.response == Response::Declined && !scene.settings.agenda.show_declined {
            continue;
        }
        foreign = foreign || !scene.start_elsewhere(&entry.meeting).is_empty();
        let overlaps = overlapping.contains(&entry.key());
        for date in dates(entry, scene).filter(|date| (first..=last).contains(date)) {
            rows.entry(date)
                .or_default()
                .push(scene.row(entry, date, overlaps));
        }
    }
    let ahead = rows.split_off(&today);
    AgendaView {
        presence: presence_of(board, scene),
        sync: scene.sync(board.freshness),
        banner,
        heroes: scene.heroes(&board.entries),
        days: ahead
            .into_iter()
            .map(|(date, rows)| day(date, rows, scene))
            .collect(),
        past_days: rows
            .into_iter()
            .map(|(date, rows)| day(date, rows, scene))
            .collect(),
        zone: if foreign {
            scene.own_zone()
        } else {
            String::new()
        },
        loading: board.freshness.loading,
        has_account: board.has_account,
    }
}

fn day(date: NaiveDate, rows: Vec<RowView>, scene: &Scene<'_>) -> DayView {
    DayView {
        id: date.to_string(),
        heading: scene.heading(date),
        date: scene.formats.heading(date, scene.words),
        rows,
        empty_text: scene.words.text("day-empty"),
    }
}

/// Every local date the meeting touches; its first date when it is empty.
fn dates(entry: &Entry, scene: &Scene<'_>) -> impl Iterator<Item = NaiveDate> + use<> {
    let (start, end) = (
        entry.meeting.span.start(scene.zone),
        entry.meeting.span.end(scene.zone),
    );
    let first = scene.date_of(start);
    // The window is 39 days; a meeting that lasts for years is cut there.
    let last = scene.date_of((end - Duration::milliseconds(1)).max(start));
    let last = last.min(scene.today() + Duration::days(Window::DAYS_AHEAD));
    let first = first.max((scene.today() - Duration::days(Window::DAYS_BACK)).min(last));
    first.iter_days().take_while(move |date| *date <= last)
}

/// Meetings which begin while an earlier one still takes the user's time.
fn overlapping<'e>(entries: &'e [Entry], scene: &Scene<'_>) -> HashSet<Key<'e>> {
    let mut found = HashSet::new();
    let mut taken_until: Option<DateTime<Utc>> = None;
    for entry in entries {
        let meeting = &entry.meeting;
        if meeting.span.is_all_day() || !entry.stands() || meeting.show_as == ShowAs::Free {
            continue;
        }
        let (start, end) = (meeting.span.start(scene.zone), meeting.span.end(scene.zone));
        if taken_until.is_some_and(|until| start < until) {
            found.insert(entry.key());
        }
        taken_until = taken_until.max(Some(end));
    }
    found
}

/// The user's presence; `None` while it is not known.
pub(super) fn presence_of(board: &Board, scene: &Scene<'_>) -> Option<PresenceChip> {
    if !board.has_account || board.freshness.loading {
        return None;
    }
    let meetings = board.entries.iter().map(|entry| entry.meeting.as_ref());
    let (presence, until) = presence::at(scene.now, meetings, &board.away, scene.zone);
    let kind = match presence {
        Presence::OutOfOffice => PresenceKind::OutOfOffice,
        Presence::InMeeting => PresenceKind::InMeeting,
        Presence::Busy => PresenceKind::Busy,
        Presence::Elsewhere => PresenceKind::Elsewhere,
        Presence::Free => PresenceKind::Free,
    };
    Some(chip(kind, until, scene))
}

fn chip(kind: PresenceKind, until: Option<DateTime<Utc>>, scene: &Scene<'_>) -> PresenceChip {
    let words = scene.words;
    let text = match kind {
        PresenceKind::OutOfOffice => words.text("presence-out-of-office"),
        PresenceKind::Busy => words.text("presence-busy"),
        PresenceKind::InMeeting => words.text("presence-in-meeting"),
        PresenceKind::Elsewhere => words.text("presence-elsewhere"),
        PresenceKind::Free => words.text("presence-free"),
    };
    let until = until.map_or_else(String::new, |until| scene.until(until));
    PresenceChip { kind, text, until }
}

impl Scene<'_> {
    /// Until when something lasts. What ends with a day is told by the day, as
    /// people do who are away until Wednesday.
    pub(super) fn until(&self, end: DateTime<Utc>) -> String {
        let date = self.date_of(end);
        let midnight = end.with_timezone(&self.zone).time() == NaiveTime::MIN;
        let time = match (date - self.today()).num_days() {
            1 if midnight => return self.words.text("presence-until-midnight"),
            2.. if midnight => self.day(date),
            _ => self.moment(end),
        };
        self.words.with("presence-until", [("time", time.into())])
    }

    /// How fresh a list is, in words.
    pub fn sync(&self, freshness: Freshness) -> SyncChip {
        let words = self.words;
        let as_of = freshness.as_of.map(|moment| self.moment(moment));
        let state = freshness.state;
        let text = match (state, as_of) {
            (SyncState::UpToDate, _) => words.text("sync-up-to-date"),
            (SyncState::Updating, _) => words.text("sync-updating"),
            (SyncState::Offline, None) => words.text("sync-offline"),
            (SyncState::Offline, Some(time)) => {
                words.with("sync-offline-as-of", [("time", time.into())])
            }
            (SyncState::NeedsSignIn, _) => words.text("sync-needs-sign-in"),
            (SyncState::Failed, None) => words.text("sync-failed"),
            (SyncState::Failed, Some(time)) => {
                words.with("sync-failed-as-of", [("time", time.into())])
            }
        };
        SyncChip { state, text }
    }
}
