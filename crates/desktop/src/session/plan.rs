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
    settings::Silent,
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
    let silent = settings.reminders.silent.iter().map(|one| match one {
        Silent::Tentative => Trait::Tentative,
        Silent::NotAnswered => Trait::NotAnswered,
        Silent::Free => Trait::Free,
    });
    let outside = (!settings.work.ring_outside).then_some(Trait::OutsideHours);
    let ringing = silent
        .chain(outside)
        .fold(Filter::ringing(), Filter::and_without);
    let policy = Policy {
        leads,
        ringing,
        hours: Some(settings.work.hours(zone)),
        zone,
    };
    let of_entry = |entry: &crate::board::Entry| {
        let (name, reminded) = (entry.id(), entry.meeting.reminder_is_set);
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
                reminded,
            }
        })
    };
    board.entries.iter().flat_map(of_entry).collect()
}

#[cfg(test)]
mod tests {
    use calendar::{
        Meeting,
        meeting::{Response, ShowAs},
    };
    use chrono_tz::Tz;
    use rstest::rstest;

    use super::*;
    use crate::{account::AccountId, board::Entry, settings::Settings};

    /// A moment of Monday, 23 November 2026, in Stockholm.
    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}:00+01:00").parse().unwrap()
    }

    fn board(start: &str, end: &str) -> Board {
        let stored = serde_json::json!({
            "id": "review",
            "title": "Review",
            "span": { "timed": { "start": at(start), "end": at(end) } },
            "attendees": [],
            "location": "",
            "response": "accepted",
            "show_as": "busy",
            "cancelled": false,
            "series": "single",
            "sensitivity": "normal",
            "reminder_is_set": true,
            "notes": "",
            "join": [],
        });
        let meeting: Meeting = serde_json::from_value(stored).unwrap();
        Board {
            entries: vec![Entry::new(AccountId("a".into()), meeting)],
            ..Board::empty()
        }
    }

    fn due(board: &Board, set: impl FnOnce(&mut Settings)) -> Vec<(DateTime<Utc>, String)> {
        let mut settings = Settings::default();
        set(&mut settings);
        let surroundings = Surroundings::new(settings, "en_GB", Tz::Europe__Stockholm);
        let planned = planned(board, &surroundings, at("00:00"));
        planned.into_iter().map(|one| (one.due, one.id.0)).collect()
    }

    #[test]
    fn each_further_lead_is_a_reminder_and_the_usual_one_keeps_its_id() {
        let board = board("10:00", "11:00");
        let (_, usual) = due(&board, |_| ()).remove(0);
        let all = due(&board, |settings| {
            settings.reminders.again_before = [0, 5, 15].into();
        });
        let expected = [
            (at("09:45"), format!("{usual}-15")),
            (at("09:55"), usual.clone()),
            (at("10:00"), format!("{usual}-0")),
        ];
        assert_eq!(all, expected);
        // Whoever rings earlier from now on is not rung at again.
        let earlier = due(&board, |settings| settings.reminders.minutes_before = 20);
        assert_eq!(earlier, [(at("09:40"), usual)]);
    }

    #[rstest]
    #[case(Silent::Tentative, Response::Tentative, ShowAs::Busy)]
    #[case(Silent::NotAnswered, Response::NotAnswered, ShowAs::Busy)]
    #[case(Silent::Free, Response::Accepted, ShowAs::Free)]
    fn what_the_user_wants_silent_does_not_ring(
        #[case] kind: Silent,
        #[case] response: Response,
        #[case] show_as: ShowAs,
    ) {
        let silent =
            |one: Silent| move |settings: &mut Settings| settings.reminders.silent = [one].into();
        let mut board = board("10:00", "11:00");
        assert_eq!(due(&board, silent(kind)).len(), 1, "it is not of that kind");
        let mut meeting = board.entries[0].meeting.as_ref().clone();
        (meeting.response, meeting.show_as) = (response, show_as);
        board.entries[0] = Entry::new(AccountId("a".into()), meeting);
        assert_eq!(due(&board, |_| ()).len(), 1);
        for other in Silent::ALL {
            let rings = usize::from(other != kind);
            assert_eq!(due(&board, silent(other)).len(), rings, "{other:?}");
        }
    }

    #[test]
    fn outside_of_the_working_hours_nothing_rings_where_the_user_wants_that() {
        let quiet = |settings: &mut Settings| settings.work.ring_outside = false;
        assert_eq!(due(&board("07:00", "07:30"), |_| ()).len(), 1);
        assert_eq!(due(&board("07:00", "07:30"), quiet), []);
        assert_eq!(due(&board("08:00", "08:30"), quiet).len(), 1);
        assert_eq!(due(&board("18:00", "18:30"), quiet), []);
    }
}
