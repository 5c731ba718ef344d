//! `SerializableTimeZone`: a zone by two biases and two yearly changes.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use super::zone_fields::day_name;
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;
use crate::world::zone::{self, Change};

/// A zone as an availability request states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SerialZone {
    /// Minutes east of UTC in standard and in daylight time.
    standard: i64,
    daylight: i64,
    to_standard: Yearly,
    to_daylight: Yearly,
}

/// A change that comes back each year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Yearly {
    month: u32,
    /// 1 to 5; 5 is the last.
    order: u32,
    weekday: Weekday,
    time: NaiveTime,
}

impl Yearly {
    fn read(node: &Node) -> Option<Self> {
        let number = |name: &str| node.text_of(name)?.parse::<u32>().ok();
        let weekday = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ]
        .into_iter()
        .find(|day| Some(day_name(*day)) == node.text_of("DayOfWeek"))?;
        Some(Self {
            month: number("Month").filter(|month| (1..=12).contains(month))?,
            order: number("DayOrder").filter(|order| (1..=5).contains(order))?,
            weekday,
            time: node.text_of("Time")?.parse().ok()?,
        })
    }

    fn in_year(self, year: i32) -> Option<NaiveDateTime> {
        let first = NaiveDate::from_ymd_opt(year, self.month, 1)?;
        let offset =
            (7 + self.weekday.num_days_from_monday() - first.weekday().num_days_from_monday()) % 7;
        let mut day = first + Duration::days(i64::from(offset + 7 * (self.order - 1)));
        while day.month() != self.month {
            day -= Duration::days(7);
        }
        Some(day.and_time(self.time))
    }
}

impl SerialZone {
    /// Reads a `t:TimeZone`; nothing when a part is missing or impossible.
    pub(super) fn read(node: &Node) -> Option<Self> {
        let bias = |node: &Node| node.text_of("Bias")?.parse::<i64>().ok();
        let (standard, daylight) = (node.child("StandardTime")?, node.child("DaylightTime")?);
        let base = bias(node)?;
        Some(Self {
            standard: -(base + bias(standard)?),
            daylight: -(base + bias(daylight)?),
            to_standard: Yearly::read(standard)?,
            to_daylight: Yearly::read(daylight)?,
        })
    }

    fn offset(&self, utc: NaiveDateTime) -> i64 {
        if self.standard == self.daylight {
            return self.standard;
        }
        let year = (utc + Duration::minutes(self.standard)).year();
        let (Some(to_daylight), Some(to_standard)) = (
            self.to_daylight.in_year(year),
            self.to_standard.in_year(year),
        ) else {
            return self.standard;
        };
        let begins = to_daylight - Duration::minutes(self.standard);
        let ends = to_standard - Duration::minutes(self.daylight);
        let summer = if begins < ends {
            begins <= utc && utc < ends
        } else {
            utc < ends || begins <= utc
        };
        if summer { self.daylight } else { self.standard }
    }

    /// The wall time of an instant.
    pub(super) fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        at.naive_utc() + Duration::minutes(self.offset(at.naive_utc()))
    }

    /// The instant of a wall time.
    pub(super) fn instant(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let guess = local - Duration::minutes(self.standard);
        (local - Duration::minutes(self.offset(guess))).and_utc()
    }
}

/// Writes a zone with its rules of a year.
pub(super) fn write(zone: Tz, year: i32) -> Element {
    let rules = zone::rules(zone, year);
    let flat = |month: u32, week: u32| Change {
        offset: rules.standard,
        minute: 0,
        month,
        weekday: Weekday::Sun,
        week,
    };
    let (to_daylight, to_standard) = rules.daylight.unwrap_or((flat(12, 5), flat(1, 1)));
    let time = |name: &'static str, change: Change| {
        element(name)
            .child(text("t:Bias", (rules.standard - change.offset).to_string()))
            .child(text(
                "t:Time",
                format!("{:02}:{:02}:00", change.minute / 60, change.minute % 60),
            ))
            .child(text("t:DayOrder", change.week.to_string()))
            .child(text("t:Month", change.month.to_string()))
            .child(text("t:DayOfWeek", day_name(change.weekday)))
    };
    element("t:TimeZone")
        .child(text("t:Bias", (-rules.standard).to_string()))
        .child(time("t:StandardTime", to_standard))
        .child(time("t:DaylightTime", to_daylight))
}
