//! What the commands print for people.

use std::{collections::HashMap, fmt::Write};

use calendar::span::local_midnight;
use chrono::NaiveDate;
use desktop::{
    board::{Board, Entry},
    screen::{self, Scene},
    view::{DayView, RowView, SyncState},
};

/// Text of others as it may go to a terminal: what would steer the terminal,
/// or turn the reading direction around, is left out.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !turns_direction(*c))
        .collect()
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The list of days.
pub(crate) fn agenda(board: &Board, days: u16, scene: &Scene<'_>) -> String {
    let board = &of_days(board, days, scene);
    let view = screen::agenda(board, None, scene);
    let entries: HashMap<String, &Entry> = board.entries.iter().map(|e| (e.id(), e)).collect();
    let last = scene.today() + chrono::Duration::days(i64::from(days) - 1);
    let days: Vec<&DayView> = view
        .days
        .iter()
        .filter(|day| day.id.parse::<NaiveDate>().is_ok_and(|date| date <= last))
        .collect();
    let width = days
        .iter()
        .flat_map(|day| {
            day.rows
                .iter()
                .map(|row| times(&entries, day, row, scene).chars().count())
        })
        .max()
        .unwrap_or_default();
    let mut text = freshness(board, &view.sync.text);
    for (index, day) in days.iter().enumerate() {
        if index > 0 || !text.is_empty() {
            text.push('\n');
        }
        let heading = [day.heading.as_str(), day.date.as_str()].join("  ");
        let _infallible = writeln!(text, "{}", heading.trim());
        if day.rows.is_empty() {
            let _infallible = writeln!(text, "  {}", day.empty_text);
        }
        for row in &day.rows {
            let times = times(&entries, day, row, scene);
            let host = entries.get(row.id.as_str()).copied().map(best_host);
            let below = [
                row.subtitle.as_str(),
                host.as_deref().unwrap_or_default(),
                row.tag.as_str(),
            ];
            line(&mut text, width, &times, &row.title, &below);
        }
    }
    text
}

/// What the list of days is made of: a month of rows is not made to show a
/// day of them. A day more on each side holds whatever reaches into it.
fn of_days(board: &Board, days: u16, scene: &Scene<'_>) -> Board {
    let day = chrono::Duration::days(1);
    let from = local_midnight(scene.today() - day, scene.zone);
    let after = scene.today() + day * (i32::from(days) + 1);
    let to = local_midnight(after, scene.zone);
    let near = |entry: &&Entry| entry.meeting.span.overlaps(from, to, scene.zone);
    Board {
        entries: board.entries.iter().filter(near).cloned().collect(),
        freshness: board.freshness,
        has_account: board.has_account,
        away: board.away.clone(),
    }
}

/// The meetings of the card.
pub(crate) fn next(board: &Board, scene: &Scene<'_>) -> String {
    let view = screen::agenda(board, None, scene);
    let mut text = freshness(board, &view.sync.text);
    if view.heroes.is_empty() {
        text.push_str(&scene.words.text("next-none"));
        text.push('\n');
    }
    let width = view
        .heroes
        .iter()
        .map(|hero| hero.when.chars().count())
        .max()
        .unwrap_or_default();
    for hero in &view.heroes {
        let host = hero
            .joins
            .first()
            .map(|join| join.host.clone())
            .unwrap_or_default();
        let below = [hero.times.as_str(), &hero.subtitle, &host];
        line(&mut text, width, &hero.when, &hero.title, &below);
    }
    text
}

/// One meeting in one line, for the changes of `watch`.
pub(crate) fn one_line(entry: &Entry, scene: &Scene<'_>) -> String {
    let meeting = &entry.meeting;
    let date = scene.date_of(meeting.span.start(scene.zone));
    let host = best_host(entry);
    let state = if meeting.cancelled {
        scene.words.text("cancelled")
    } else {
        String::new()
    };
    let parts = [
        scene.day(date),
        scene.times(meeting.span),
        scene.title(meeting),
        state,
        host,
    ];
    parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| plain(part))
        .collect::<Vec<_>>()
        .join("  ")
}

/// Said only when the list is not in step with the server.
fn freshness(board: &Board, text: &str) -> String {
    match board.freshness.state {
        SyncState::UpToDate => String::new(),
        _ => format!("{}\n", plain(text)),
    }
}

fn times(
    entries: &HashMap<String, &Entry>,
    day: &DayView,
    row: &RowView,
    scene: &Scene<'_>,
) -> String {
    match (entries.get(row.id.as_str()), day.id.parse::<NaiveDate>()) {
        (Some(entry), Ok(date)) => scene.times_on(entry.meeting.span, date),
        _ => row.start.clone(),
    }
}

/// Where the best of a meeting's links leads.
fn best_host(entry: &Entry) -> String {
    let best = entry.meeting.join.best();
    best.map(|link| link.host.clone()).unwrap_or_default()
}

/// Title behind the time, the rest below it.
fn line(text: &mut String, width: usize, time: &str, title: &str, below: &[&str]) {
    let _infallible = writeln!(text, "  {time:<width$}  {}", plain(title));
    let mut shown: Vec<String> = Vec::new();
    for part in below {
        let part = plain(part);
        if !part.is_empty() && !shown.contains(&part) {
            shown.push(part);
        }
    }
    if !shown.is_empty() {
        let _infallible = writeln!(text, "  {:width$}  {}", "", shown.join(" · "));
    }
}
