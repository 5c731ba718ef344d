//! What others may know of the user's time right now.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{
    Meeting,
    meeting::{Response, ShowAs},
};

/// A state, the strongest first: the order in which Webex ranks those that a
/// calendar can tell. Do-not-disturb, which no calendar tells, would stand
/// between busy and a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Out of office: automatic replies are on, or the calendar says so.
    OutOfOffice,
    /// Busy alone.
    Busy,
    /// In a meeting with others.
    InMeeting,
    /// Working elsewhere.
    Elsewhere,
    /// Nothing is on.
    Free,
}

/// A time of automatic replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// Since when; `None` where that does not matter any more.
    pub from: Option<DateTime<Utc>>,
    /// Until when, where the server said so.
    pub until: Option<DateTime<Utc>>,
}

impl Away {
    /// Whether it holds at `now`.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Whether it is known to hold at some moment of `[start, end)`: where
    /// nobody said until when it lasts, nothing is known of later times.
    pub fn covers_some_of(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from < end) && self.until.is_some_and(|until| start < until)
    }
}

/// The state at `now`, and until when it lasts; `None` when nobody knows, or
/// when nothing ends it. Of automatic replies the longest counts. Meetings
/// that follow each other without a gap are one stretch, so that nothing
/// flickers where one ends and the next begins.
pub fn at<'a>(
    now: DateTime<Utc>,
    meetings: impl Iterator<Item = &'a Meeting>,
    away: &[Away],
    zone: Tz,
) -> (Presence, Option<DateTime<Utc>>) {
    let holding = away.iter().filter(|away| away.holds(now));
    if let Some(away) = holding.max_by_key(|away| (away.until.is_none(), away.until)) {
        return (Presence::OutOfOffice, away.until);
    }
    let mut stretches: Vec<(Presence, DateTime<Utc>, DateTime<Utc>)> = meetings
        .filter_map(|meeting| {
            let span = meeting.span;
            Some((of(meeting)?, span.start(zone), span.end(zone)))
        })
        .collect();
    stretches.sort_by_key(|(_, start, _)| *start);
    let on =
        |(_, start, end): &&(Presence, DateTime<Utc>, DateTime<Utc>)| *start <= now && now < *end;
    let Some(strongest) = stretches.iter().filter(on).map(|(is, _, _)| *is).min() else {
        return (Presence::Free, None);
    };
    let same = stretches.iter().filter(|(is, _, _)| *is == strongest);
    let until = same.fold(now, |until, (_, start, end)| {
        if *start <= until {
            until.max(*end)
        } else {
            until
        }
    });
    // Something stronger may begin before that.
    let overtaken = stretches
        .iter()
        .filter(|(is, start, end)| *is < strongest && now < *start && start < end)
        .map(|(_, start, _)| *start)
        .min();
    (strongest, Some(overtaken.map_or(until, |at| until.min(at))))
}

fn of(meeting: &Meeting) -> Option<Presence> {
    if meeting.cancelled || meeting.response == Response::Declined {
        return None;
    }
    let alone = meeting.attendees.is_empty() && meeting.join.0.is_empty();
    match meeting.show_as {
        ShowAs::OutOfOffice => Some(Presence::OutOfOffice),
        ShowAs::Elsewhere => Some(Presence::Elsewhere),
        ShowAs::Busy if alone => Some(Presence::Busy),
        ShowAs::Busy => Some(Presence::InMeeting),
        ShowAs::Tentative | ShowAs::Free => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Duration};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::{
        Span,
        meeting::{Attendee, MeetingId, Person, Role},
    };

    const ZONE: Tz = Tz::Europe__Stockholm;

    fn moment(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}:00Z").parse().unwrap()
    }

    fn meeting(start: &str, end: &str, show_as: ShowAs, with_others: bool) -> Meeting {
        let other = Attendee {
            person: Person {
                name: "Bo Ekman".to_owned(),
                address: None,
            },
            role: Role::Required,
            response: Response::Accepted,
        };
        Meeting {
            id: MeetingId(start.into()),
            attendees: with_others.then_some(other).into_iter().collect(),
            show_as,
            ..Meeting::sample("", moment(start), moment(end))
        }
    }

    fn day() -> Vec<Meeting> {
        vec![
            meeting("09:00", "10:00", ShowAs::Busy, true),
            meeting("10:00", "10:30", ShowAs::Busy, true),
            meeting("09:30", "12:00", ShowAs::Elsewhere, false),
            meeting("13:00", "14:00", ShowAs::Busy, false),
            meeting("13:30", "15:00", ShowAs::OutOfOffice, false),
            meeting("16:00", "17:00", ShowAs::Tentative, true),
            meeting("17:00", "18:00", ShowAs::Free, true),
        ]
    }

    #[rstest]
    #[case::before_all("08:00", Presence::Free, None)]
    #[case::one_that_is_followed_by_another("09:00", Presence::InMeeting, Some("10:30"))]
    #[case::on_the_border("10:00", Presence::InMeeting, Some("10:30"))]
    #[case::the_weaker_one_is_left("10:30", Presence::Elsewhere, Some("12:00"))]
    #[case::until_something_stronger_begins("13:00", Presence::Busy, Some("13:30"))]
    #[case::out_of_office_by_the_calendar("13:30", Presence::OutOfOffice, Some("15:00"))]
    #[case::tentative_is_free("16:30", Presence::Free, None)]
    #[case::shown_as_free("17:30", Presence::Free, None)]
    fn the_strongest_of_what_is_on_counts(
        #[case] now: &str,
        #[case] expected: Presence,
        #[case] until: Option<&str>,
    ) {
        let found = at(moment(now), day().iter(), &[], ZONE);
        assert_eq!(found, (expected, until.map(moment)));
    }

    /// Each state with what makes it, the strongest first.
    const ORDER: [(Presence, ShowAs, bool); 5] = [
        (Presence::OutOfOffice, ShowAs::OutOfOffice, false),
        (Presence::Busy, ShowAs::Busy, false),
        (Presence::InMeeting, ShowAs::Busy, true),
        (Presence::Elsewhere, ShowAs::Elsewhere, false),
        (Presence::Free, ShowAs::Free, true),
    ];

    #[test]
    fn out_of_office_outranks_busy_then_a_meeting_then_elsewhere_then_free() {
        for (place, (expected, _, _)) in ORDER.into_iter().enumerate() {
            let weaker: Vec<Meeting> = ORDER[place..]
                .iter()
                .map(|(_, show_as, others)| meeting("09:00", "10:00", *show_as, *others))
                .collect();
            let (found, until) = at(moment("09:30"), weaker.iter(), &[], ZONE);
            assert_eq!(found, expected);
            let ends = (expected != Presence::Free).then(|| moment("10:00"));
            assert_eq!(until, ends, "{expected:?}");
            let away = [Away {
                from: None,
                until: Some(moment("09:45")),
            }];
            let found = at(moment("09:30"), weaker.iter(), &away, ZONE);
            assert_eq!(found, (Presence::OutOfOffice, Some(moment("09:45"))));
        }
    }

    #[rstest]
    #[case::switched_on(None, None, "09:00", Presence::OutOfOffice, None)]
    #[case::planned_and_not_yet(
        Some("12:00"),
        Some("20:00"),
        "10:15",
        Presence::InMeeting,
        Some("10:30")
    )]
    #[case::planned_and_on(
        Some("08:00"),
        Some("20:00"),
        "09:00",
        Presence::OutOfOffice,
        Some("20:00")
    )]
    #[case::over(
        Some("06:00"),
        Some("09:00"),
        "09:00",
        Presence::InMeeting,
        Some("10:30")
    )]
    fn automatic_replies_outrank_everything_while_they_hold(
        #[case] from: Option<&str>,
        #[case] to: Option<&str>,
        #[case] now: &str,
        #[case] expected: Presence,
        #[case] until: Option<&str>,
    ) {
        let away = [Away {
            from: from.map(moment),
            until: to.map(moment),
        }];
        let found = at(moment(now), day().iter(), &away, ZONE);
        assert_eq!(found, (expected, until.map(moment)));
    }

    #[test]
    fn of_two_times_of_automatic_replies_the_longer_one_tells_until_when() {
        let away = ["12:00", "18:00"].map(|until| Away {
            from: None,
            until: Some(moment(until)),
        });
        let found = at(moment("09:00"), day().iter(), &away, ZONE);
        assert_eq!(found, (Presence::OutOfOffice, Some(moment("18:00"))));
    }

    #[test]
    fn what_was_declined_or_called_off_takes_no_time() {
        let mut all = day();
        all[0].cancelled = true;
        let found = at(moment("09:15"), all.iter(), &[], ZONE);
        assert_eq!(found.0, Presence::Free);
    }

    #[test]
    fn a_whole_day_is_one_of_the_user_s_own_zone_also_when_clocks_change() {
        let day = moment("09:00")
            .date_naive()
            .with_month(10)
            .unwrap()
            .with_day(25)
            .unwrap();
        let mut leave = meeting("09:00", "10:00", ShowAs::OutOfOffice, false);
        leave.span = Span::AllDay {
            first: day,
            end: day.succ_opt().unwrap(),
        };
        let late: DateTime<Utc> = "2026-10-25T22:59:00Z".parse().unwrap();
        let end: DateTime<Utc> = "2026-10-25T23:00:00Z".parse().unwrap();
        assert_eq!(
            at(late, [&leave].into_iter(), &[], ZONE),
            (Presence::OutOfOffice, Some(end))
        );
        assert_eq!(
            at(end, [&leave].into_iter(), &[], ZONE),
            (Presence::Free, None)
        );
    }

    fn any_meeting() -> impl Strategy<Value = Meeting> {
        let shown = prop::sample::select(vec![
            ShowAs::Free,
            ShowAs::Elsewhere,
            ShowAs::Tentative,
            ShowAs::Busy,
            ShowAs::OutOfOffice,
        ]);
        (0..60_i64, 1..30_i64, shown, any::<bool>()).prop_map(|(start, length, shown, others)| {
            let mut one = meeting("09:00", "09:00", shown, others);
            let start = moment("09:00") + Duration::minutes(start);
            let end = start + Duration::minutes(length);
            one.span = Span::Timed { start, end };
            one
        })
    }

    proptest! {
        #[test]
        fn until_then_no_minute_is_weaker_and_that_one_is_another(
            meetings in prop::collection::vec(any_meeting(), 0..8),
            minute in 0..90_i64,
        ) {
            let now = moment("09:00") + Duration::minutes(minute);
            let state = |now| at(now, meetings.iter(), &[], ZONE);
            let on = meetings.iter().filter(|one| one.span.start(ZONE) <= now && now < one.span.end(ZONE));
            let strongest = on.filter_map(of).min().unwrap_or(Presence::Free);
            let (found, until) = state(now);
            prop_assert_eq!(found, strongest);
            prop_assert_eq!(until.is_none(), found == Presence::Free);
            if let Some(until) = until {
                let mut then = now;
                while then < until {
                    prop_assert!(state(then).0 <= found);
                    then += Duration::minutes(1);
                }
                prop_assert_ne!(state(until).0, found);
            }
        }
    }
}
