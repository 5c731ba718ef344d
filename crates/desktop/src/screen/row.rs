//! One meeting in the list.

use calendar::{
    Meeting, Span,
    meeting::{Response, ShowAs},
};
use chrono::{Duration, NaiveDate};

use super::{
    people,
    scene::{Scene, side_by_side},
};
use crate::{
    board::Entry,
    view::{Bar, Mark, RowView},
};

/// So many names of a meeting are searched.
const NAMES_MAX: usize = 100;
/// A meeting after midnight can be joined from its row this long before.
const JOIN_AHEAD: Duration = Duration::hours(1);

impl Scene<'_> {
    /// The row of a meeting under the heading of `date`.
    pub(super) fn row(&self, entry: &Entry, date: NaiveDate, overlaps: bool) -> RowView {
        let meeting = &entry.meeting;
        let (start, end) = (meeting.span.start(self.zone), meeting.span.end(self.zone));
        let over = end <= self.now;
        let soon = self.date_of(start) == self.today() || start <= self.now + JOIN_AHEAD;
        let missed = self.missed.filter(|_| over && entry.stands());
        let missed = missed.is_some_and(|missed| missed.has(&entry.id(), start));
        let (start, end) = self.columns(meeting.span, date);
        RowView {
            id: entry.id(),
            start,
            end,
            title: self.title(meeting),
            subtitle: self.row_subtitle(meeting),
            place: place(meeting),
            people: names(meeting),
            bar: bar(entry),
            over,
            struck: !entry.stands(),
            marks: marks(meeting),
            tag: match (missed, overlaps) {
                (true, _) => self.words.text("missed"),
                (false, true) => self.words.text("overlaps"),
                (false, false) => String::new(),
            },
            joins: self.joins(&meeting.join),
            can_join: entry.stands() && !over && soon,
            part: self.part(meeting),
        }
    }

    /// What stands in the two lines of the time column on `date`. A meeting
    /// over midnight has its start on the first day, its end on the last, and
    /// takes the days between as a whole.
    fn columns(&self, span: Span, date: NaiveDate) -> (String, String) {
        let Span::Timed { start, end } = span else {
            return (self.words.text("all-day"), String::new());
        };
        let last = self.date_of((end - Duration::milliseconds(1)).max(start));
        match (self.date_of(start) == date, last == date) {
            (true, _) if start == end => (self.time(start), String::new()),
            (true, _) => (self.time(start), self.time(end)),
            (false, true) => (self.words.text("row-until"), self.time(end)),
            (false, false) => (self.words.text("all-day"), String::new()),
        }
    }

    /// From when to when under the heading of `date`, in one line.
    pub fn times_on(&self, span: Span, date: NaiveDate) -> String {
        if span.is_all_day() || self.date_of(span.start(self.zone)) == date {
            return self.times(span);
        }
        let (until, end) = self.columns(span, date);
        if end.is_empty() {
            until
        } else {
            format!("{until} {end}")
        }
    }

    fn row_subtitle(&self, meeting: &Meeting) -> String {
        if meeting.cancelled {
            let organizer = people::organizer(meeting);
            return if organizer.is_empty() {
                self.words.text("cancelled")
            } else {
                self.words
                    .with("cancelled-by", [("name", organizer.into())])
            };
        }
        let answer = match meeting.response {
            Response::Declined => self.words.text("declined"),
            Response::Tentative => self.words.text("tentative"),
            Response::NotAnswered => self.words.text("not-answered"),
            _ if meeting.show_as == ShowAs::Tentative => self.words.text("tentative"),
            _ => String::new(),
        };
        let place = place(meeting);
        let people = if place.is_empty() {
            self.people_count(meeting)
        } else {
            String::new()
        };
        let elsewhere = self.start_elsewhere(meeting);
        side_by_side([elsewhere, answer, provider(meeting), place, people])
    }
}

/// The names of everybody who was asked, for the search; a meeting of a whole
/// company is found by its first hundred.
fn names(meeting: &Meeting) -> String {
    let people = people::people(meeting).into_iter().take(NAMES_MAX);
    let names: Vec<String> = people.map(|(person, _)| people::name(person)).collect();
    names.join("\n")
}

/// Service of the best link; empty when there is none.
pub(super) fn provider(meeting: &Meeting) -> String {
    meeting
        .join
        .best()
        .map(|link| link.provider.clone())
        .unwrap_or_default()
}

/// The place as written, when it is a place: links are shown by their host,
/// services write their own name there, and keywords (`@webex`) ask for a link
/// that has come meanwhile.
pub(super) fn place(meeting: &Meeting) -> String {
    let place = meeting
        .location
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let written = place.to_lowercase();
    let named_by_link = meeting.join.0.iter().any(|link| {
        written.starts_with(&link.provider.to_lowercase()) || written.contains(&link.host)
    });
    let keyword = !meeting.join.0.is_empty() && written.starts_with('@') && !written.contains(' ');
    if named_by_link || keyword || written.contains("://") {
        String::new()
    } else {
        place
    }
}

fn bar(entry: &Entry) -> Bar {
    if !entry.stands() {
        return Bar::Faint;
    }
    match entry.meeting.show_as {
        ShowAs::Busy => Bar::Solid,
        ShowAs::Tentative => Bar::Dashed,
        ShowAs::Free => Bar::Hollow,
        ShowAs::OutOfOffice => Bar::Away,
        ShowAs::Elsewhere => Bar::Dotted,
    }
}

fn marks(meeting: &Meeting) -> Vec<Mark> {
    let recurring = meeting.is_recurring().then_some(Mark::Recurring);
    let private = meeting.is_private().then_some(Mark::Private);
    let attachment = meeting.has_attachments.then_some(Mark::Attachment);
    [recurring, private, attachment]
        .into_iter()
        .flatten()
        .collect()
}
