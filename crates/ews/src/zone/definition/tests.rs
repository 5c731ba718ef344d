use std::fmt::Write as _;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn read(inner: &str) -> Option<Definition> {
    let document = format!("<z>{inner}</z>");
    let mut reader = Reader::new(&document);
    reader.find("z").unwrap().unwrap();
    Definition::read(&mut reader).unwrap()
}

fn yearly_change(to: &str, month: u32, number: i32, hour: u32) -> String {
    format!(
        "<RecurringDayTransition><To Kind='Period'>{to}</To><TimeOffset>PT{hour}H</TimeOffset><Month>{month}</Month>\
         <DayOfWeek>Sunday</DayOfWeek><Occurrence>{number}</Occurrence></RecurringDayTransition>"
    )
}

fn group(id: &str, inner: &str) -> String {
    format!("<TransitionsGroup Id='{id}'>{inner}</TransitionsGroup>")
}

/// Western Europe's rules under nobody's name.
fn europe() -> String {
    format!(
        "<Periods><Period Bias='-PT60M' Name='Standard' Id='s'/><Period Bias='-PT2H' Name='Daylight' Id='d'/></Periods>\
         <TransitionsGroups>{}</TransitionsGroups><Transitions><Transition><To Kind='Group'>0</To></Transition></Transitions>",
        group(
            "0",
            &(yearly_change("d", 3, -1, 2) + &yearly_change("s", 10, -1, 3))
        )
    )
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[rstest]
#[case("2026-01-15T12:00:00Z", 1)]
#[case("2026-03-29T00:59:59Z", 1)]
#[case("2026-03-29T01:00:00Z", 2)]
#[case("2026-10-25T00:59:59Z", 2)]
#[case("2026-10-25T01:00:00Z", 1)]
#[case("2026-12-31T23:30:00Z", 1)]
#[case("0001-01-01T00:00:00Z", 1)]
#[case("4501-07-01T00:00:00Z", 2)]
fn the_clock_of_a_definition_changes_when_its_rules_say(#[case] moment: &str, #[case] hours: i32) {
    let definition = read(&europe()).unwrap();
    assert_eq!(
        definition.offset(at(moment)).local_minus_utc(),
        hours * 3600
    );
}

#[test]
fn a_zone_on_earth_with_the_same_clock_is_found() {
    let found = read(&europe()).unwrap().like(2026).unwrap();
    for month in 1..=12 {
        let moment = Utc.with_ymd_and_hms(2026, month, 20, 12, 0, 0).unwrap();
        let stockholm = moment.with_timezone(&Tz::Europe__Stockholm);
        assert_eq!(
            moment.with_timezone(&found).naive_local(),
            stockholm.naive_local()
        );
    }
    let nowhere = europe().replace("-PT60M", "-PT67M");
    assert_eq!(read(&nowhere).unwrap().like(2026), None);
}

#[test]
fn eras_follow_each_other() {
    let eras = europe().replace(
        "</Transitions>",
        "<AbsoluteDateTransition><To Kind='Period'>d</To><DateTime>2027-01-01T00:00:00</DateTime></AbsoluteDateTransition></Transitions>",
    );
    let definition = read(&eras).unwrap();
    let hours = |moment| definition.offset(at(moment)).local_minus_utc() / 3600;
    assert_eq!(hours("2026-12-31T12:00:00Z"), 1);
    assert_eq!(hours("2027-01-15T12:00:00Z"), 2);
    assert_eq!(hours("2030-12-15T12:00:00Z"), 2);
}

#[rstest]
#[case("")]
#[case("<Periods/>")]
#[case(
    "<Periods><Period Bias='-PT1H' Id='s'/></Periods><Transitions><Transition><To>none</To></Transition></Transitions>"
)]
#[case("<Periods><Period Bias='-PT30H' Id='s'/></Periods>")]
fn what_makes_no_sense_is_no_definition(#[case] inner: &str) {
    assert_eq!(read(inner), None);
}

#[rstest]
#[case("-PT1H", Some(-3600))]
#[case("PT5H45M", Some(20_700))]
#[case("-PT60M", Some(-3600))]
#[case("PT0S", Some(0))]
#[case("P0DT2H0M0.0S", Some(7200))]
#[case("P1D", Some(86_400))]
#[case("PT99999999999H", None)]
#[case("1H", None)]
#[case("PT1", None)]
fn durations_of_hours_and_minutes_are_read(#[case] text: &str, #[case] seconds: Option<i64>) {
    assert_eq!(length(text).map(|length| length.num_seconds()), seconds);
}

/// A zone's rules of one year, written as Exchange writes them.
fn written(zone: Tz, year: i32) -> Option<String> {
    let start = Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single()?;
    let offset = |moment: DateTime<Utc>| zone.offset_from_utc_datetime(&moment.naive_utc()).fix();
    let hours: Vec<DateTime<Utc>> = (1..8760)
        .map(|hour| start + Duration::hours(hour))
        .collect();
    let changes: Vec<(NaiveDateTime, FixedOffset)> = hours
        .iter()
        .filter(|moment| offset(**moment) != offset(**moment - Duration::hours(1)))
        .map(|moment| {
            let before = offset(*moment - Duration::hours(1));
            (moment.with_timezone(&before).naive_local(), offset(*moment))
        })
        .collect();
    let bias = |offset: FixedOffset| {
        let minutes = -offset.local_minus_utc() / 60;
        let sign = if minutes < 0 { "-" } else { "" };
        format!("{sign}PT{}M", minutes.abs())
    };
    let mut periods = String::new();
    let mut group = String::new();
    for (at, (wall, after)) in changes.iter().enumerate() {
        let time = wall
            .time()
            .signed_duration_since(NaiveTime::MIN)
            .num_minutes();
        let _ = write!(periods, "<Period Bias='{}' Id='{at}'/>", bias(*after));
        let _ = write!(
            group,
            "<RecurringDateTransition><To Kind='Period'>{at}</To><TimeOffset>PT{time}M</TimeOffset><Month>{}</Month>\
             <Day>{}</Day></RecurringDateTransition>",
            wall.month(),
            wall.day()
        );
    }
    match changes.len() {
        0 => Some(format!(
            "<Periods><Period Bias='{}' Id='s'/></Periods>",
            bias(offset(start))
        )),
        2 => Some(format!(
            "<Periods>{periods}</Periods><TransitionsGroups><TransitionsGroup Id='g'>{group}</TransitionsGroup>\
             </TransitionsGroups><Transitions><Transition><To Kind='Group'>g</To></Transition></Transitions>"
        )),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_rules_of_any_zone_give_its_clock_at_any_hour_of_the_year(
        zone in 0..TZ_VARIANTS.len(),
        year in 2015..2036_i32,
        hours in proptest::collection::vec(48_i64..8700, 40),
    ) {
        let zone = TZ_VARIANTS[zone];
        let Some(inner) = written(zone, year) else { return Ok(()) };
        let definition = read(&inner).unwrap();
        let start = Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap();
        for hour in hours {
            let moment = start + Duration::hours(hour);
            let expected = moment.with_timezone(&zone).naive_local();
            prop_assert_eq!(definition.local(moment), expected, "{} {}", zone, moment);
        }
    }

    #[test]
    fn no_definition_makes_the_reader_panic(
        bias in "-?P?T?[0-9]{0,12}[HMSD]?",
        month in -1..15_i32,
        number in -9..9_i32,
        offset in "P?T?[0-9]{0,6}[HMSDY.]{0,2}",
        moment in -62_135_596_800_i64..253_402_300_799,
    ) {
        let inner = format!(
            "<Periods><Period Bias='{bias}' Id='s'/><Period Bias='PT0S' Id='d'/></Periods><TransitionsGroups>\
             <TransitionsGroup Id='0'><RecurringDayTransition><To>s</To><TimeOffset>{offset}</TimeOffset>\
             <Month>{month}</Month><DayOfWeek>Sunday</DayOfWeek><Occurrence>{number}</Occurrence></RecurringDayTransition>\
             <RecurringDateTransition><To>d</To><TimeOffset>PT2H</TimeOffset><Month>2</Month><Day>30</Day>\
             </RecurringDateTransition></TransitionsGroup></TransitionsGroups><Transitions><Transition><To>0</To>\
             </Transition></Transitions>"
        );
        if let Some(definition) = read(&inner) {
            let moment = DateTime::from_timestamp(moment, 0).unwrap();
            let _clock = definition.local(moment);
            let _zone = definition.like(moment.year());
        }
    }
}
