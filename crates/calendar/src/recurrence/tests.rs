use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{Span, Window};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn week(days: &[Weekday]) -> Weekdays {
    days.iter().copied().collect()
}

fn days(pattern: Pattern, first: &str, range: Range, from: &str, until: &str) -> Vec<String> {
    let recurrence = Recurrence {
        pattern,
        first: day(first),
        range,
    };
    let found = recurrence.days(day(from), day(until));
    found.iter().map(ToString::to_string).collect()
}

const DAILY: Pattern = Pattern::Daily { every: 1 };

#[rstest]
#[case::each_day(DAILY, Range::Endless, &["2026-11-23", "2026-11-24", "2026-11-25"])]
#[case::each_second_day(Pattern::Daily { every: 2 }, Range::Endless, &["2026-11-23", "2026-11-25"])]
#[case::an_interval_of_nothing_is_one(Pattern::Daily { every: 0 }, Range::Count(1), &[])]
#[case::until_a_day_that_is_in(DAILY, Range::Until(day("2026-11-24")), &["2026-11-23", "2026-11-24"])]
fn days_of_a_series_that_began_on_the_twenty_first(
    #[case] pattern: Pattern,
    #[case] range: Range,
    #[case] expected: &[&str],
) {
    let found = days(pattern, "2026-11-21", range, "2026-11-23", "2026-11-26");
    assert_eq!(found, expected);
}

#[test]
fn a_counted_series_counts_from_its_begin() {
    let found = days(
        DAILY,
        "2026-11-20",
        Range::Count(5),
        "2026-11-23",
        "2026-12-01",
    );
    assert_eq!(found, ["2026-11-23", "2026-11-24"]);
}

#[rstest]
#[case::weeks_that_begin_on_monday(Weekday::Mon, &["2026-11-24", "2026-11-29", "2026-12-08", "2026-12-13"])]
#[case::weeks_that_begin_on_sunday(Weekday::Sun, &["2026-11-24", "2026-12-06", "2026-12-08"])]
fn every_second_week_on_tuesday_and_sunday_depends_on_where_weeks_begin(
    #[case] week_begins: Weekday,
    #[case] expected: &[&str],
) {
    let pattern = Pattern::Weekly {
        every: 2,
        days: week(&[Weekday::Tue, Weekday::Sun]),
        week_begins,
    };
    let found = days(
        pattern,
        "2026-11-24",
        Range::Endless,
        "2026-11-20",
        "2026-12-14",
    );
    assert_eq!(found, expected);
}

#[rstest]
#[case::the_31st_is_the_last_of_a_short_month(Pattern::MonthlyOn { every: 1, day: 31 }, &["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"])]
#[case::every_third_month(Pattern::MonthlyOn { every: 3, day: 10 }, &["2027-01-10", "2027-04-10"])]
#[case::the_last_friday(Pattern::MonthlyThe { every: 1, which: Which::Last, days: week(&[Weekday::Fri]) }, &["2027-01-29", "2027-02-26", "2027-03-26", "2027-04-30"])]
#[case::the_first_working_day(Pattern::MonthlyThe { every: 2, which: Which::First, days: Weekdays::WORKING }, &["2027-01-01", "2027-03-01"])]
#[case::the_second_weekend_day(Pattern::YearlyThe { month: 3, which: Which::Second, days: Weekdays::WEEKEND }, &["2027-03-07"])]
#[case::a_leap_day_in_other_years(Pattern::YearlyOn { month: 2, day: 29 }, &["2027-02-28"])]
fn months_and_years(#[case] pattern: Pattern, #[case] expected: &[&str]) {
    let found = days(
        pattern,
        "2026-01-01",
        Range::Endless,
        "2027-01-01",
        "2027-05-01",
    );
    assert_eq!(found, expected);
}

#[rstest]
#[case::without_days(Pattern::Weekly { every: 1, days: Weekdays::default(), week_begins: Weekday::Mon })]
#[case::in_a_month_there_is_not(Pattern::YearlyOn { month: 13, day: 1 })]
#[case::once_in_a_very_long_while(Pattern::Daily { every: u32::MAX })]
fn a_pattern_that_names_nothing_ends(#[case] pattern: Pattern) {
    let range = Range::Count(u32::MAX);
    let found = days(pattern, "1601-01-01", range, "2026-11-23", "2026-12-24");
    assert_eq!(found, Vec::<String>::new());
}

fn stand_up(first: &str, time: &str, zone: Tz) -> Series {
    Series {
        recurrence: Recurrence {
            pattern: DAILY,
            first: day(first),
            range: Range::Endless,
        },
        zone,
        starts: NaiveTime::parse_from_str(time, "%H:%M").unwrap(),
        length: Duration::minutes(15),
        all_day: false,
        left_out: std::collections::BTreeSet::new(),
    }
}

fn starts(series: &Series, start: &str, end: &str) -> Vec<String> {
    let window = Window {
        start: at(start),
        end: at(end),
    };
    let found = series.within(window);
    found
        .iter()
        .map(|one| one.original_start.to_rfc3339())
        .collect()
}

#[test]
fn nine_o_clock_stays_nine_o_clock_when_clocks_change() {
    let series = stand_up("2026-03-01", "09:00", Tz::Europe__Stockholm);
    let found = starts(&series, "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z");
    assert_eq!(
        found,
        ["2026-03-28T08:00:00+00:00", "2026-03-29T07:00:00+00:00"]
    );
}

#[rstest]
#[case::skipped_by_an_hour(
    "02:30",
    Tz::Europe__Stockholm,
    "2026-03-29",
    "2026-03-29T01:30:00+00:00"
)]
#[case::double_in_autumn(
    "02:30",
    Tz::Europe__Stockholm,
    "2026-10-25",
    "2026-10-25T00:30:00+00:00"
)]
#[case::skipped_by_half_an_hour(
    "02:10",
    Tz::Australia__Lord_Howe,
    "2026-10-04",
    "2026-10-03T15:40:00+00:00"
)]
fn a_wall_time_that_is_skipped_or_double(
    #[case] time: &str,
    #[case] zone: Tz,
    #[case] on: &str,
    #[case] expected: &str,
) {
    let series = stand_up(on, time, zone);
    let window = Window {
        start: at(expected) - Duration::hours(1),
        end: at(expected) + Duration::hours(1),
    };
    let found = series.within(window);
    assert_eq!(found.first().unwrap().original_start, at(expected));
}

#[test]
fn changed_and_deleted_occurrences_are_left_out() {
    let mut series = stand_up("2026-11-20", "09:00", Tz::Europe__Stockholm);
    series.left_out = [at("2026-11-24T08:00:00Z")].into();
    let found = starts(&series, "2026-11-23T00:00:00Z", "2026-11-26T00:00:00Z");
    assert_eq!(
        found,
        ["2026-11-23T08:00:00+00:00", "2026-11-25T08:00:00+00:00"]
    );
}

#[test]
fn whole_days_are_dates() {
    let series = Series {
        all_day: true,
        length: Duration::days(2),
        ..stand_up("2026-11-23", "00:00", Tz::Europe__Stockholm)
    };
    let window = Window {
        start: at("2026-11-23T23:00:00Z"),
        end: at("2026-11-24T12:00:00Z"),
    };
    let found: Vec<Span> = series.within(window).iter().map(|one| one.span).collect();
    let expected = |first: &str, end: &str| Span::AllDay {
        first: day(first),
        end: day(end),
    };
    assert_eq!(
        found,
        [
            expected("2026-11-23", "2026-11-25"),
            expected("2026-11-24", "2026-11-26")
        ]
    );
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    let days = (0_u8..128).prop_map(Weekdays);
    let which = prop_oneof![
        Just(Which::First),
        Just(Which::Second),
        Just(Which::Third),
        Just(Which::Fourth),
        Just(Which::Last)
    ];
    let every = prop_oneof![0_u32..5, any::<u32>()];
    prop_oneof![
        every.clone().prop_map(|every| Pattern::Daily { every }),
        (every.clone(), days.clone()).prop_map(|(every, days)| Pattern::Weekly {
            every,
            days,
            week_begins: Weekday::Sun
        }),
        (every.clone(), any::<u32>()).prop_map(|(every, day)| Pattern::MonthlyOn { every, day }),
        (every, which.clone(), days.clone()).prop_map(|(every, which, days)| Pattern::MonthlyThe {
            every,
            which,
            days
        }),
        (any::<u32>(), any::<u32>()).prop_map(|(month, day)| Pattern::YearlyOn { month, day }),
        (1_u32..13, which, days).prop_map(|(month, which, days)| Pattern::YearlyThe {
            month,
            which,
            days
        }),
    ]
}

proptest! {
    #[test]
    fn whatever_the_pattern_days_are_in_order_within_bounds_and_the_same_in_pieces(
        pattern in any_pattern(),
        count in prop_oneof![Just(None), (0_u32..400).prop_map(Some)],
        began in 0_i64..3000,
        length in 0_i64..200,
        cut in 0_i64..200,
    ) {
        let from = day("2026-11-23");
        let recurrence = Recurrence {
            pattern,
            first: from - Duration::days(began),
            range: count.map_or(Range::Endless, Range::Count),
        };
        let until = from + Duration::days(length);
        let whole = recurrence.days(from, until);
        prop_assert!(whole.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(whole.iter().all(|day| from <= *day && *day < until));
        let middle = from + Duration::days(cut.min(length));
        let mut pieces = recurrence.days(from, middle);
        pieces.extend(recurrence.days(middle, until));
        prop_assert_eq!(whole, pieces);
    }
}
