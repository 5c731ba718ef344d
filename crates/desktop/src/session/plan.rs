//! What the calendar wants to ring, over all accounts.

use std::collections::BTreeSet;

use calendar::{
    reminder::{self, Filter, Policy, Trait},
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
/// that it is the same one whichever account's view is listed. The usual lead
/// is not in it: whoever changes it after the ring is not rung at again. The
/// leads beside it are, because each of them rings by itself.
pub(super) fn planned(
    board: &Board,
    surroundings: &Surroundings,
    now: DateTime<Utc>,
) -> Vec<Planned> {
    let (settings, zone) = (&surroundings.settings, surroundings.zone);
    let lead = |minutes: u16| Duration::minutes(i64::from(minutes));
    let usual = lead(settings.reminders.minutes_before);
    let again = settings.reminders.again_before.iter();
    let mut leads: BTreeSet<Duration> = again.map(|minutes| lead(*minutes)).collect();
    leads.insert(usual);
    let ringing = if settings.reminders.outside_hours {
        Filter::ringing()
    } else {
        Filter::ringing().and_without(Trait::OutsideHours)
    };
    let policy = Policy {
        leads,
        ringing,
        hours: Some(settings.work.hours(zone)),
        zone,
    };
    let of_entry = |entry: &crate::board::Entry| {
        let name = entry.id().to_owned();
        let shared = views::shared_name(&entry.meeting, zone);
        let shared = shared.unwrap_or_else(|| name.clone());
        let planned = reminder::plan([entry.meeting.as_ref()], &policy, now);
        planned.into_iter().map(move |reminder| {
            let first = format!("{shared}@{}", reminder.start.timestamp());
            let id = if reminder.lead == usual {
                first
            } else {
                format!("{first}-{}", reminder.lead.num_minutes())
            };
            Planned {
                id: ReminderId(id),
                meeting: name.clone(),
                due: reminder.due,
                start: reminder.start,
                end: reminder.end,
            }
        })
    };
    board.entries.iter().flat_map(of_entry).collect()
}
