use chrono::{DateTime, Duration, NaiveTime, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;
use crate::recurrence::Weekdays;

/// A moment of Monday, 23 November 2026, in UTC.
fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-23T{time}:00Z").parse().unwrap()
}

fn party(part: Part, taken: &[(&str, &str, Taken)]) -> Party {
    let all = taken.iter().map(|(from, to, how)| (at(from), at(to), *how));
    Party {
        part,
        time: Some(Stretches::merged(all)),
        hours: None,
    }
}

fn office(zone: Tz) -> Hours {
    Hours {
        days: Weekdays::WORKING,
        from: NaiveTime::from_hms_opt(8, 0, 0).unwrap(),
        to: NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
        zone,
    }
}

fn wish(from: &str, to: &str) -> Wish {
    Wish {
        length: Duration::minutes(30),
        within: at(from)..at(to),
        step: Duration::minutes(30),
        buffer: Duration::zero(),
        most: 20,
    }
}

/// Begins of the suggestions, as `HH:MM`.
fn times(parties: &[Party], wish: &Wish) -> Vec<String> {
    let found = suggest(parties, wish, at("00:00"));
    found
        .iter()
        .map(|one| one.start.format("%H:%M").to_string())
        .collect()
}

#[test]
fn where_meetings_overlap_the_strongest_counts() {
    let merged = Stretches::merged([
        (at("09:00"), at("11:00"), Taken::Tentative),
        (at("10:00"), at("10:30"), Taken::Busy),
        (at("10:30"), at("12:00"), Taken::OutOfOffice),
        (at("13:00"), at("13:00"), Taken::Busy),
    ]);
    let rows: Vec<_> = merged
        .iter()
        .map(|one| (one.start, one.end, one.taken))
        .collect();
    let expected = [
        (at("09:00"), at("10:00"), Taken::Tentative),
        (at("10:00"), at("10:30"), Taken::Busy),
        (at("10:30"), at("12:00"), Taken::OutOfOffice),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn the_first_time_at_which_all_are_free_comes_first() {
    let parties = [
        party(Part::Required, &[("09:00", "10:00", Taken::Busy)]),
        party(Part::Required, &[("10:30", "11:00", Taken::Busy)]),
    ];
    assert_eq!(
        times(&parties, &wish("09:00", "12:00")),
        ["10:00", "11:00", "11:30"]
    );
    let best = suggest(&parties, &wish("09:00", "12:00"), at("00:00"));
    assert_eq!(best[0].reasons, [Reason::AllFree(2)]);
}

#[test]
fn who_has_to_be_there_counts_before_who_may() {
    let parties = [
        party(Part::Required, &[("09:00", "09:30", Taken::Tentative)]),
        party(Part::Optional, &[("09:30", "10:00", Taken::Busy)]),
    ];
    assert_eq!(times(&parties, &wish("09:00", "10:00")), ["09:30", "09:00"]);
    let best = suggest(&parties, &wish("09:00", "10:00"), at("00:00"));
    let reasons = [Reason::RequiredFree(1), Reason::Away(vec![1])];
    assert_eq!(best[0].reasons, reasons);
}

#[test]
fn a_free_room_counts_before_what_is_only_perhaps_taken() {
    let parties = [
        party(Part::Required, &[("09:30", "10:00", Taken::Tentative)]),
        party(Part::Room, &[("09:00", "09:30", Taken::Busy)]),
        party(Part::Room, &[("09:00", "09:30", Taken::Busy)]),
    ];
    let found = suggest(&parties, &wish("09:00", "10:00"), at("00:00"));
    assert_eq!(found[0].start, at("09:30"));
    assert_eq!(
        found[0].reasons,
        [Reason::Tentative(vec![0]), Reason::RoomsFree(vec![1, 2])]
    );
    assert!(found[1].reasons.contains(&Reason::NoRoomFree));
}

#[test]
fn everybody_s_own_working_hours_count() {
    // In November Stockholm is an hour ahead of UTC, New York five behind.
    let mut parties = [party(Part::Required, &[]), party(Part::Required, &[])];
    parties[0].hours = Some(office(Tz::Europe__Stockholm));
    parties[1].hours = Some(office(Tz::America__New_York));
    let found = suggest(&parties, &wish("07:00", "23:00"), at("00:00"));
    let good: Vec<_> = found
        .iter()
        .take_while(|one| {
            !one.reasons
                .iter()
                .any(|r| matches!(r, Reason::OutsideHours(_)))
        })
        .map(|one| one.start)
        .collect();
    let expected = ["13:00", "13:30", "14:00", "14:30", "15:00", "15:30"];
    assert_eq!(good, expected.map(at));
}

#[test]
fn when_nobody_can_be_spared_the_fewest_are_missed_and_named() {
    let parties = [
        party(Part::Required, &[("09:00", "10:00", Taken::Busy)]),
        party(Part::Required, &[("09:00", "09:30", Taken::OutOfOffice)]),
    ];
    let found = suggest(&parties, &wish("09:00", "10:00"), at("00:00"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].start, at("09:30"));
    assert_eq!(found[0].reasons, [Reason::Away(vec![0])]);
}

#[test]
fn of_whom_nothing_is_known_that_is_said() {
    let unknown = Party {
        part: Part::Required,
        time: None,
        hours: None,
    };
    let found = suggest(&[unknown], &wish("09:00", "09:30"), at("00:00"));
    assert_eq!(found[0].reasons, [Reason::Unknown(vec![0])]);
}

#[test]
fn air_before_and_after_is_better_and_nothing_in_the_past_is_suggested() {
    let parties = [party(Part::Required, &[("09:00", "09:30", Taken::Busy)])];
    let wish = Wish {
        buffer: Duration::minutes(15),
        ..wish("09:00", "10:30")
    };
    assert_eq!(times(&parties, &wish), ["10:00", "09:30"]);
    let later = suggest(&parties, &wish, at("09:45"));
    assert_eq!(later.len(), 1);
    assert_eq!(later[0].start, at("10:00"));
}

fn any_taken() -> impl Strategy<Value = Taken> {
    prop_oneof![
        Just(Taken::Elsewhere),
        Just(Taken::Tentative),
        Just(Taken::Unknown),
        Just(Taken::Busy),
        Just(Taken::OutOfOffice)
    ]
}

proptest! {
    /// Against a model that looks at every minute of everybody.
    #[test]
    fn the_strongest_of_a_stretch_is_the_strongest_of_its_minutes(
        taken in prop::collection::vec((0_i64..300, 1_i64..90, any_taken()), 0..12),
        start in 0_i64..300,
        length in 1_i64..120,
    ) {
        let base = at("00:00");
        let minute = |number: i64| base + Duration::minutes(number);
        let merged = Stretches::merged(
            taken.iter().map(|(from, long, how)| (minute(*from), minute(from + long), *how)),
        );
        let by_minutes = (start..start + length)
            .flat_map(|at| taken.iter().filter(move |(from, long, _)| *from <= at && at < from + long))
            .map(|(_, _, how)| *how)
            .max();
        prop_assert_eq!(merged.strongest(minute(start), minute(start + length)), by_minutes);
        let apart = merged.iter().zip(merged.iter().skip(1)).all(|(a, b)| a.end <= b.start);
        prop_assert!(apart);
    }

    #[test]
    fn no_time_is_suggested_at_which_more_are_missed_than_at_another(
        calendars in prop::collection::vec(
            prop::collection::vec((0_i64..40, 1_i64..6, any_taken()), 0..8),
            1..5,
        ),
    ) {
        let base = at("08:00");
        let quarter = |number: i64| base + Duration::minutes(15 * number);
        let parties: Vec<Party> = calendars
            .iter()
            .map(|taken| Party {
                part: Part::Required,
                time: Some(Stretches::merged(
                    taken.iter().map(|(from, long, how)| (quarter(*from), quarter(from + long), *how)),
                )),
                hours: None,
            })
            .collect();
        let wish = Wish {
            length: Duration::minutes(30),
            within: base..quarter(40),
            step: Duration::minutes(15),
            buffer: Duration::zero(),
            most: 1000,
        };
        let missed = |slot: i64| {
            calendars
                .iter()
                .filter(|taken| {
                    taken.iter().any(|(from, long, how)| {
                        how.is_away() && *from < slot + 2 && slot < from + long
                    })
                })
                .count()
        };
        let best = (0..=38).map(missed).min().unwrap();
        let expected: Vec<_> = (0..=38).filter(|slot| missed(*slot) == best).map(quarter).collect();
        let mut found: Vec<_> =
            suggest(&parties, &wish, base).iter().map(|one| one.start).collect();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}
