//! When the user works.

use calendar::{availability::Hours, recurrence::Weekdays};
use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The days of a week, as the settings list them.
pub const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// When the user works, by the clocks of the zone they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkSettings {
    /// On these days, in the file as `["Mon", "Tue"]`.
    #[serde(serialize_with = "write_days", deserialize_with = "read_days")]
    pub days: Weekdays,
    /// From this time of day, in the file as `"08:00"`.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub from: NaiveTime,
    /// Until this time of day; `"00:00"` is the midnight that ends the day.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub to: NaiveTime,
    /// Whether what begins at another time rings as well.
    pub ring_outside: bool,
}

impl Default for WorkSettings {
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self {
            days: Weekdays::WORKING,
            from: hour(8),
            to: hour(17),
            ring_outside: true,
        }
    }
}

impl WorkSettings {
    /// Whether there is such a time at all.
    pub(crate) fn is_some_time(&self) -> bool {
        !self.days.is_empty() && self.from < self.end()
    }

    /// The hours in the user's zone.
    pub fn hours(&self, zone: Tz) -> Hours {
        Hours {
            days: self.days,
            from: self.from,
            to: self.end(),
            zone,
        }
    }

    /// Puts a day in, or takes it out.
    pub(super) fn set_day(&mut self, day: Weekday, on: bool) {
        let kept = |one: &Weekday| {
            if *one == day {
                on
            } else {
                self.days.contains(*one)
            }
        };
        self.days = WEEK.into_iter().filter(kept).collect();
    }

    /// A day that lasts until midnight has no later moment than this one.
    fn end(&self) -> NaiveTime {
        if self.to == NaiveTime::MIN {
            NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default()
        } else {
            self.to
        }
    }
}

/// Reads a time of day such as `08:30`.
pub(super) fn time_of(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

/// A time of day as it stands in the file.
pub(crate) fn text_of(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

// `serialize_with` hands over references.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn write_time<S: Serializer>(time: &NaiveTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text_of(*time))
}

fn read_time<'de, D: Deserializer<'de>>(source: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(source)?;
    time_of(&text).ok_or_else(|| D::Error::custom("a time of day is written as 08:30"))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn write_days<S: Serializer>(days: &Weekdays, to: S) -> Result<S::Ok, S::Error> {
    let listed = WEEK.into_iter().filter(|day| days.contains(*day));
    to.collect_seq(listed.map(|day| day.to_string()))
}

fn read_days<'de, D: Deserializer<'de>>(source: D) -> Result<Weekdays, D::Error> {
    let names = Vec::<String>::deserialize(source)?;
    let days = names.iter().map(|name| name.parse::<Weekday>());
    days.collect::<Result<Weekdays, _>>()
        .map_err(|_| D::Error::custom("days are written as Mon, Tue, Wed, Thu, Fri, Sat, Sun"))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use rstest::rstest;

    use super::*;
    use crate::settings::Settings;

    #[test]
    fn hours_are_written_as_people_write_them() {
        let text = "[work]\ndays = ['Mon', 'Sat']\nfrom = '07:30'\nto = '00:00'\n";
        let settings = Settings::read(text).unwrap();
        let days: Vec<Weekday> = WEEK
            .into_iter()
            .filter(|day| settings.work.days.contains(*day))
            .collect();
        assert_eq!(days, [Weekday::Mon, Weekday::Sat]);
        let written = settings.write().unwrap();
        assert!(written.contains("from = \"07:30\""), "{written}");
        assert_eq!(Settings::read(&written).unwrap(), settings);
    }

    #[rstest]
    #[case::backwards("from = '17:00'\nto = '08:00'")]
    #[case::never("days = []")]
    #[case::no_time("from = 'early'")]
    #[case::no_day("days = ['Someday']")]
    fn hours_that_are_none_are_refused_in_one_sentence(#[case] lines: &str) {
        let refused = Settings::read(&format!("[work]\n{lines}\n")).unwrap_err();
        assert!(!refused.to_string().contains('\n'), "{refused}");
    }

    #[rstest]
    #[case("2026-11-23T07:00:00Z", true)]
    #[case("2026-11-23T06:59:00Z", false)]
    #[case("2026-11-23T22:59:00Z", true)]
    #[case("2026-11-22T10:00:00Z", false)]
    fn a_day_may_last_until_midnight(#[case] start: DateTime<Utc>, #[case] works: bool) {
        let work = WorkSettings {
            to: NaiveTime::MIN,
            ..WorkSettings::default()
        };
        assert_eq!(work.hours(Tz::Europe__Stockholm).hold(start, start), works);
    }
}
