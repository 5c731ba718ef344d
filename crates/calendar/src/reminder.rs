//! Which meetings ring, and when.
//!
//! [`plan`] only says what the calendar wants. What has rung already, and what
//! the user did about it, the reconciler in `desktop` knows.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{
    Meeting,
    availability::Hours,
    meeting::{MeetingId, Response, ShowAs},
};

/// What a meeting may be that a filter leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// The user has declined.
    Declined,
    /// It was called off.
    Cancelled,
    /// It lasts whole days.
    AllDay,
    /// The user has accepted with reservation.
    Tentative,
    /// The user has not answered.
    NotAnswered,
    /// Its time is shown as free.
    Free,
    /// Its owner wants no reminder, and there is nothing to join.
    NoReminder,
    /// It begins outside of the user's working hours.
    OutsideHours,
    /// It is private.
    Private,
}

/// Leaves meetings out by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filter {
    without: BTreeSet<Trait>,
}

impl Filter {
    /// Leaves these out.
    pub fn without(traits: impl IntoIterator<Item = Trait>) -> Self {
        Self {
            without: traits.into_iter().collect(),
        }
    }

    /// What rings unless the user says otherwise: what stands, has a time of
    /// day, and either a link or its owner's reminder.
    pub fn ringing() -> Self {
        Self::without([
            Trait::Declined,
            Trait::Cancelled,
            Trait::AllDay,
            Trait::NoReminder,
        ])
    }

    /// Leaves out one more.
    #[must_use]
    pub fn and_without(mut self, one: Trait) -> Self {
        self.without.insert(one);
        self
    }

    /// What is listed unless the user says otherwise.
    pub fn listing() -> Self {
        Self::without([Trait::Declined])
    }

    /// Whether a meeting passes.
    pub fn takes(&self, meeting: &Meeting, hours: Option<&Hours>, zone: Tz) -> bool {
        !self
            .without
            .iter()
            .any(|one| one.is_of(meeting, hours, zone))
    }
}

impl Trait {
    fn is_of(self, meeting: &Meeting, hours: Option<&Hours>, zone: Tz) -> bool {
        match self {
            Self::Declined => meeting.response == Response::Declined,
            Self::Cancelled => meeting.cancelled,
            Self::AllDay => meeting.span.is_all_day(),
            Self::Tentative => meeting.response == Response::Tentative,
            Self::NotAnswered => meeting.response == Response::NotAnswered,
            Self::Free => meeting.show_as == ShowAs::Free,
            Self::NoReminder => !meeting.reminder_is_set && meeting.join.0.is_empty(),
            Self::OutsideHours => hours.is_some_and(|hours| {
                let start = meeting.span.start(zone);
                !hours.hold(start, start)
            }),
            Self::Private => meeting.is_private(),
        }
    }
}

/// How the user wants to be reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long before the start; each rings by itself.
    pub leads: BTreeSet<Duration>,
    /// What rings.
    pub ringing: Filter,
    /// When the user works, for [`Trait::OutsideHours`].
    pub hours: Option<Hours>,
    /// The user's zone.
    pub zone: Tz,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Of which meeting.
    pub meeting: MeetingId,
    /// How long before the start.
    pub lead: Duration,
    /// When it comes due; it rings from then on, as long as the meeting lasts.
    pub due: DateTime<Utc>,
    /// When the meeting begins: one that is moved gets another reminder, one
    /// that is renamed keeps its own.
    pub start: DateTime<Utc>,
    /// When the meeting ends.
    pub end: DateTime<Utc>,
}

/// The reminders of all meetings that ring and are not over, by the moment
/// they come due.
pub fn plan<'a>(
    meetings: impl IntoIterator<Item = &'a Meeting>,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Vec<Reminder> {
    let mut planned: Vec<Reminder> = meetings
        .into_iter()
        .filter(|meeting| now < meeting.span.end(policy.zone))
        .filter(|meeting| {
            let hours = policy.hours.as_ref();
            policy.ringing.takes(meeting, hours, policy.zone)
        })
        .flat_map(|meeting| {
            let (start, end) = (
                meeting.span.start(policy.zone),
                meeting.span.end(policy.zone),
            );
            policy.leads.iter().map(move |lead| Reminder {
                meeting: meeting.id.clone(),
                lead: *lead,
                due: start - *lead,
                start,
                end,
            })
        })
        .collect();
    planned.sort_by(|a, b| (a.due, a.start, &a.meeting).cmp(&(b.due, b.start, &b.meeting)));
    planned
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::{JoinLink, JoinLinks, Span, meeting::Sensitivity, recurrence::Weekdays};

    const ZONE: Tz = Tz::Europe__Stockholm;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}:00Z").parse().unwrap()
    }

    fn meeting(start: &str, end: &str) -> Meeting {
        Meeting {
            id: MeetingId(format!("at {start}").into()),
            ..Meeting::sample("Review", at(start), at(end))
        }
    }

    fn policy(leads: &[i64]) -> Policy {
        Policy {
            leads: leads.iter().copied().map(Duration::minutes).collect(),
            ringing: Filter::ringing(),
            hours: None,
            zone: ZONE,
        }
    }

    fn due(meetings: &[Meeting], policy: &Policy, now: &str) -> Vec<String> {
        let planned = plan(meetings, policy, at(now));
        planned
            .iter()
            .map(|one| format!("{} {}", one.due.format("%H:%M"), one.meeting))
            .collect()
    }

    #[test]
    fn a_meeting_rings_five_minutes_before_and_until_its_end() {
        let all = [meeting("10:00", "10:30")];
        assert_eq!(due(&all, &policy(&[5]), "08:00"), ["09:55 at 10:00"]);
        assert_eq!(due(&all, &policy(&[5]), "10:29"), ["09:55 at 10:00"]);
        assert!(due(&all, &policy(&[5]), "10:30").is_empty());
    }

    #[test]
    fn several_leads_ring_each_by_itself() {
        let all = [meeting("10:00", "10:30")];
        let expected = ["09:45 at 10:00", "09:55 at 10:00", "10:00 at 10:00"];
        assert_eq!(due(&all, &policy(&[0, 5, 15]), "08:00"), expected);
    }

    #[test]
    fn back_to_back_and_overlapping_meetings_ring_each() {
        let all = [
            meeting("10:00", "10:30"),
            meeting("10:30", "11:00"),
            meeting("10:15", "11:00"),
        ];
        let expected = ["09:55 at 10:00", "10:10 at 10:15", "10:25 at 10:30"];
        assert_eq!(due(&all, &policy(&[5]), "08:00"), expected);
    }

    #[test]
    fn thirty_at_one_minute_make_thirty_reminders() {
        let mut all: Vec<Meeting> = (0..30).map(|_| meeting("10:00", "10:30")).collect();
        for (number, meeting) in all.iter_mut().enumerate() {
            meeting.id = MeetingId(format!("{number}").into());
        }
        assert_eq!(plan(&all, &policy(&[5]), at("08:00")).len(), 30);
    }

    #[test]
    fn a_moved_meeting_has_another_reminder_and_a_renamed_one_the_same() {
        let before = plan(&[meeting("10:00", "10:30")], &policy(&[5]), at("08:00"));
        let mut renamed = meeting("10:00", "10:30");
        renamed.title = "Review of the review".to_owned();
        assert_eq!(plan(&[renamed], &policy(&[5]), at("08:00")), before);
        let mut moved = meeting("10:15", "10:45");
        moved.id = MeetingId("at 10:00".into());
        assert_ne!(plan(&[moved], &policy(&[5]), at("08:00")), before);
    }

    fn link() -> JoinLinks {
        JoinLinks(vec![JoinLink {
            url: "https://acme.webex.com/meet/ana".parse().unwrap(),
            provider: "Webex".to_owned(),
            host: "acme.webex.com".to_owned(),
            app: None,
        }])
    }

    #[rstest]
    #[case::as_it_is(|_: &mut Meeting| {}, true)]
    #[case::declined(|m: &mut Meeting| m.response = Response::Declined, false)]
    #[case::tentative(|m: &mut Meeting| m.response = Response::Tentative, true)]
    #[case::cancelled(|m: &mut Meeting| m.cancelled = true, false)]
    #[case::shown_as_free(|m: &mut Meeting| m.show_as = ShowAs::Free, true)]
    #[case::without_reminder_and_link(|m: &mut Meeting| m.reminder_is_set = false, false)]
    #[case::without_reminder_with_a_link(
        |m: &mut Meeting| { m.reminder_is_set = false; m.join = link(); },
        true
    )]
    #[case::private(|m: &mut Meeting| m.sensitivity = Sensitivity::Private, true)]
    #[case::all_day(
        |m: &mut Meeting| {
            let day = at("10:00").date_naive();
            m.span = Span::AllDay { first: day, end: day + Duration::days(1) };
        },
        false
    )]
    fn what_rings_unless_the_user_says_otherwise(
        #[case] change: fn(&mut Meeting),
        #[case] rings: bool,
    ) {
        let mut one = meeting("10:00", "10:30");
        change(&mut one);
        assert_eq!(
            plan(&[one], &policy(&[5]), at("08:00")).len(),
            usize::from(rings)
        );
    }

    #[rstest]
    #[case::free(Trait::Free, |m: &mut Meeting| m.show_as = ShowAs::Free)]
    #[case::tentative(Trait::Tentative, |m: &mut Meeting| m.response = Response::Tentative)]
    #[case::not_answered(Trait::NotAnswered, |m: &mut Meeting| m.response = Response::NotAnswered)]
    #[case::private(Trait::Private, |m: &mut Meeting| m.sensitivity = Sensitivity::Private)]
    #[case::at_night(Trait::OutsideHours, |m: &mut Meeting| m.span = meeting("02:00", "11:00").span)]
    fn what_the_user_leaves_out_does_not_ring_and_is_listed_still(
        #[case] left_out: Trait,
        #[case] change: fn(&mut Meeting),
    ) {
        let mut policy = policy(&[5]);
        policy.ringing = Filter::without([left_out]);
        policy.hours = Some(Hours {
            days: Weekdays::WORKING,
            from: NaiveTime::from_hms_opt(8, 0, 0).unwrap(),
            to: NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
            zone: ZONE,
        });
        let mut one = meeting("10:00", "11:00");
        assert_eq!(plan([&one], &policy, at("00:00")).len(), 1);
        change(&mut one);
        assert!(plan([&one], &policy, at("00:00")).is_empty());
        assert!(Filter::listing().takes(&one, policy.hours.as_ref(), ZONE));
    }

    #[rstest]
    #[case::as_it_is(|_: &mut Meeting| {}, true)]
    #[case::declined(|m: &mut Meeting| m.response = Response::Declined, false)]
    #[case::cancelled(|m: &mut Meeting| m.cancelled = true, true)]
    #[case::shown_as_free(|m: &mut Meeting| m.show_as = ShowAs::Free, true)]
    #[case::without_reminder_and_link(|m: &mut Meeting| m.reminder_is_set = false, true)]
    #[case::private(|m: &mut Meeting| m.sensitivity = Sensitivity::Private, true)]
    fn what_is_listed_unless_the_user_says_otherwise(
        #[case] change: fn(&mut Meeting),
        #[case] is_listed: bool,
    ) {
        let mut one = meeting("10:00", "10:30");
        change(&mut one);
        assert_eq!(Filter::listing().takes(&one, None, ZONE), is_listed);
    }

    proptest! {
        #[test]
        fn every_meeting_that_is_not_over_rings_once_for_each_lead(
            starts in prop::collection::btree_set(0..600_i64, 0..20),
            leads in prop::collection::btree_set(0..120_i64, 0..4),
            minute in 0..700_i64,
        ) {
            let moment = |minute| at("08:00") + Duration::minutes(minute);
            let meetings: Vec<Meeting> = starts
                .iter()
                .map(|start| {
                    let mut one = meeting("10:00", "10:30");
                    one.id = MeetingId(start.to_string().into());
                    one.span = Span::Timed { start: moment(*start), end: moment(*start + 30) };
                    one
                })
                .collect();
            let leads: Vec<i64> = leads.into_iter().collect();
            let planned = plan(&meetings, &policy(&leads), moment(minute));
            prop_assert!(planned.is_sorted_by_key(|one| one.due));
            let mut found: Vec<_> = planned.iter().map(|one| (one.start, one.lead)).collect();
            found.sort();
            let running = starts.iter().filter(|start| *start + 30 > minute);
            let expected: Vec<_> = running
                .flat_map(|start| leads.iter().map(|lead| (moment(*start), Duration::minutes(*lead))))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
