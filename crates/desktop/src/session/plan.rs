//! What the calendar wants to ring, over all accounts.

use chrono::Duration;

use crate::{
    board::{Board, Entry},
    reminders::{Planned, ReminderId},
    screen::Surroundings,
};

/// One reminder for each meeting the user is expected in: it stands, has a
/// time of day, and either something to join or a reminder set by its owner.
/// The id holds the start, so that a moved meeting rings anew.
pub(super) fn planned(board: &Board, surroundings: &Surroundings) -> Vec<Planned> {
    let lead = Duration::minutes(i64::from(surroundings.settings.reminders.minutes_before));
    board
        .entries
        .iter()
        .filter(|entry| rings(entry))
        .map(|entry| {
            let start = entry.meeting.span.start(surroundings.zone);
            Planned {
                id: ReminderId(format!("{}@{}", entry.id(), start.timestamp())),
                meeting: entry.id().to_owned(),
                due: start - lead,
                start,
                end: entry.meeting.span.end(surroundings.zone),
            }
        })
        .collect()
}

fn rings(entry: &Entry) -> bool {
    let meeting = &entry.meeting;
    entry.stands()
        && !meeting.span.is_all_day()
        && (meeting.reminder_is_set || !meeting.join.0.is_empty())
}
