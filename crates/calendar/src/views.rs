//! One meeting seen in several calendars: each is listed once, and rings once.
//!
//! The clean global object id names the meeting in everybody's calendar. A
//! UID does not: clients and imports give the same one to different meetings,
//! so that nothing is ever hidden because of it.

use std::collections::HashMap;

use chrono_tz::Tz;

use crate::{
    Meeting, Span,
    meeting::{GlobalId, Response},
};

/// Leaves one view of each meeting, in the order of the first ones.
///
/// Two views are of one meeting when they have the same clean global object
/// id, the same occurrence and the same time. Who is invited to a single
/// occurrence has it as a meeting without a series; there the time alone says
/// which one it is. Views that differ in time all stay: nobody can tell which
/// is outdated, and one more is better than a missed meeting.
///
/// The view which takes the user's time is preferred to one that is declined
/// or cancelled, then one with a way to join, then the first. `meeting` gives
/// the meeting of a view.
pub fn one_of_each<T>(
    views: impl IntoIterator<Item = T>,
    meeting: impl Fn(&T) -> &Meeting,
) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    // By time first: few meetings share one, and it is cheap to look up.
    let mut places: HashMap<Span, Vec<usize>> = HashMap::new();
    for view in views {
        let this = meeting(&view);
        let Some(id) = this.global_id.as_ref().filter(|id| !id.object.is_empty()) else {
            kept.push(view);
            continue;
        };
        let same_time = places.entry(this.span).or_default();
        let other = same_time.iter().find_map(|place| {
            let other = kept.get(*place)?;
            let other_id = meeting(other).global_id.as_ref()?;
            let same = other_id.object == id.object && same_occurrence(id, other_id);
            same.then(|| (*place, worth(meeting(other))))
        });
        match other {
            None => {
                same_time.push(kept.len());
                kept.push(view);
            }
            Some((place, worth_of_other)) if worth(this) > worth_of_other => {
                if let Some(other) = kept.get_mut(place) {
                    *other = view;
                }
            }
            Some(_) => {}
        }
    }
    kept
}

/// A name that all views of a meeting have which [`one_of_each`] takes for
/// one, as far as they know of the same occurrence; `None` where no server has
/// told one. Together with the start it is a meeting's own: an occurrence that
/// was moved has its original start in it, because another one may be there.
pub fn shared_name(meeting: &Meeting, zone: Tz) -> Option<String> {
    let id = meeting.global_id.as_ref()?;
    if id.object.is_empty() {
        return None;
    }
    let start = meeting.span.start(zone);
    let moved = id.original_start.filter(|original| *original != start);
    Some(match moved {
        Some(original) => format!("{}/{}", id.object, original.timestamp()),
        None => id.object.to_string(),
    })
}

fn same_occurrence(one: &GlobalId, other: &GlobalId) -> bool {
    match (one.original_start, other.original_start) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn worth(meeting: &Meeting) -> (bool, bool) {
    let stands = !meeting.cancelled && meeting.response != Response::Declined;
    (stands, meeting.join.best().is_some())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::meeting::MeetingId;

    fn hour(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::hours(hour)
    }

    /// A view of `object`, at `start`; `original` is the occurrence.
    fn view(object: &str, start: i64, original: Option<i64>) -> Meeting {
        Meeting {
            id: MeetingId("the same UID".into()),
            global_id: (object != "none").then(|| GlobalId {
                object: object.into(),
                original_start: original.map(hour),
            }),
            ..Meeting::sample("", hour(start), hour(start + 1))
        }
    }

    #[rstest]
    #[case::the_same_single_meeting(("0A", 9, None), ("0A", 9, None), 1)]
    #[case::another_meeting_with_the_same_uid(("0A", 9, None), ("0B", 9, None), 2)]
    #[case::the_same_uid_without_a_global_id(("none", 9, None), ("none", 9, None), 2)]
    #[case::an_empty_global_id(("", 9, None), ("", 9, None), 2)]
    #[case::the_same_occurrence(("0A", 9, Some(9)), ("0A", 9, Some(9)), 1)]
    #[case::two_occurrences(("0A", 9, Some(9)), ("0A", 33, Some(33)), 2)]
    #[case::an_occurrence_moved_upon_another(("0A", 9, Some(9)), ("0A", 9, Some(8)), 2)]
    #[case::invited_to_one_occurrence_only(("0A", 9, Some(9)), ("0A", 9, None), 1)]
    #[case::moved_in_one_calendar_only(("0A", 9, Some(9)), ("0A", 11, Some(9)), 2)]
    fn a_meeting_is_listed_once(
        #[case] one: (&str, i64, Option<i64>),
        #[case] other: (&str, i64, Option<i64>),
        #[case] listed: usize,
    ) {
        let views = [view(one.0, one.1, one.2), view(other.0, other.1, other.2)];
        assert_eq!(one_of_each(&views, |view| view).len(), listed);
    }

    #[rstest]
    #[case::in_two_calendars(("0A", 9, None), ("0A", 9, None), true)]
    #[case::invited_to_one_occurrence_only(("0A", 9, Some(9)), ("0A", 9, None), true)]
    #[case::another_meeting(("0A", 9, None), ("0B", 9, None), false)]
    #[case::an_occurrence_moved_upon_another(("0A", 9, Some(9)), ("0A", 9, Some(8)), false)]
    #[case::a_moved_occurrence_in_two_calendars(("0A", 9, Some(8)), ("0A", 9, Some(8)), true)]
    fn views_of_one_meeting_share_a_name(
        #[case] one: (&str, i64, Option<i64>),
        #[case] other: (&str, i64, Option<i64>),
        #[case] shared: bool,
    ) {
        let name =
            |v: (&str, i64, Option<i64>)| shared_name(&view(v.0, v.1, v.2), chrono_tz::Tz::UTC);
        assert_eq!(name(one) == name(other), shared);
        assert_eq!(
            shared_name(&view("none", 9, None), chrono_tz::Tz::UTC),
            None
        );
    }

    #[rstest]
    #[case::alike(Response::Accepted, false, Response::Accepted, 0)]
    #[case::declined_in_the_first(Response::Declined, false, Response::NotAnswered, 1)]
    #[case::cancelled_in_the_first(Response::Accepted, true, Response::Tentative, 1)]
    #[case::declined_in_the_second(Response::Tentative, false, Response::Declined, 0)]
    #[case::declined_in_both(Response::Declined, false, Response::Declined, 0)]
    fn the_view_that_takes_the_users_time_is_kept(
        #[case] first: Response,
        #[case] first_is_cancelled: bool,
        #[case] second: Response,
        #[case] kept: usize,
    ) {
        let (mut one, mut other) = (view("0A", 9, None), view("0A", 9, None));
        (one.response, one.cancelled, other.response) = (first, first_is_cancelled, second);
        let views = [(0, one), (1, other)];
        let left = one_of_each(&views, |view| &view.1);
        assert_eq!(left.iter().map(|v| v.0).collect::<Vec<_>>(), [kept]);
    }

    fn any_view() -> impl Strategy<Value = Meeting> {
        let object = prop::sample::select(vec!["0A", "0B", "none", ""]);
        (object, 0..3_i64, prop::option::of(0..3_i64), any::<bool>()).prop_map(
            |(object, start, original, declined)| {
                let mut view = view(object, start, original);
                if declined {
                    view.response = Response::Declined;
                }
                view
            },
        )
    }

    proptest! {
        #[test]
        fn no_meeting_that_takes_the_users_time_is_lost(
            views in prop::collection::vec(any_view(), 0..24),
        ) {
            let left = one_of_each(&views, |view| view);
            for view in views.iter().filter(|v| v.response != Response::Declined) {
                let shown = left.iter().any(|l| {
                    l.response != Response::Declined
                        && l.span == view.span
                        && l.global_id.as_ref().map(|id| &id.object)
                            == view.global_id.as_ref().map(|id| &id.object)
                });
                prop_assert!(shown, "{view:?} is lost");
            }
        }

        #[test]
        fn the_same_calendar_again_adds_nothing_but_what_has_no_global_id(
            views in prop::collection::vec(any_view(), 0..24),
        ) {
            // Each with its occurrence: only then equality is transitive.
            let named: Vec<Meeting> = views
                .into_iter()
                .filter(|v| v.global_id.as_ref().is_some_and(|id| {
                    !id.object.is_empty() && id.original_start.is_some()
                }))
                .collect();
            let once = one_of_each(&named, |view| view).len();
            let twice = one_of_each(named.iter().chain(&named), |view| view).len();
            prop_assert_eq!(once, twice);
        }
    }
}
