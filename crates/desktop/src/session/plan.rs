//! What the calendar wants to ring, over all accounts.

use calendar::{
    reminder::{self, Filter, Policy},
    views,
};
use chrono::{DateTime, Duration, Utc};

use crate::{
    board::Board,
    reminders::{Planned, ReminderId},
    screen::Surroundings,
};

/// The reminders of all accounts' meetings. The id holds the start, so that a
/// moved meeting rings anew, and the meeting's name in everybody's calendar, so
/// that it is the same one whichever account's view is listed.
pub(super) fn planned(
    board: &Board,
    surroundings: &Surroundings,
    now: DateTime<Utc>,
) -> Vec<Planned> {
    let lead = Duration::minutes(i64::from(surroundings.settings.reminders.minutes_before));
    let policy = Policy {
        leads: [lead].into(),
        ringing: Filter::ringing(),
        hours: None,
        zone: surroundings.zone,
    };
    let of_entry = |entry: &crate::board::Entry| {
        let name = entry.id().to_owned();
        let shared = views::shared_name(&entry.meeting, surroundings.zone);
        let shared = shared.unwrap_or_else(|| name.clone());
        let planned = reminder::plan([entry.meeting.as_ref()], &policy, now);
        planned.into_iter().map(move |reminder| Planned {
            id: ReminderId(format!("{shared}@{}", reminder.start.timestamp())),
            meeting: name.clone(),
            due: reminder.due,
            start: reminder.start,
            end: reminder.end,
        })
    };
    board.entries.iter().flat_map(of_entry).collect()
}
