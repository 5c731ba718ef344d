//! Time zones by their Windows ids, as a Windows server names them.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Offset, TimeZone, Weekday};
use chrono_tz::Tz;

/// Windows id, IANA zone, display name.
const ZONES: &[(&str, Tz, &str)] = &[
    ("UTC", Tz::UTC, "(UTC) Coordinated Universal Time"),
    (
        "W. Europe Standard Time",
        Tz::Europe__Berlin,
        "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    ),
    (
        "Romance Standard Time",
        Tz::Europe__Paris,
        "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
    ),
    (
        "Central Europe Standard Time",
        Tz::Europe__Budapest,
        "(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague",
    ),
    (
        "Central European Standard Time",
        Tz::Europe__Warsaw,
        "(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb",
    ),
    (
        "GMT Standard Time",
        Tz::Europe__London,
        "(UTC+00:00) Dublin, Edinburgh, Lisbon, London",
    ),
    (
        "Greenwich Standard Time",
        Tz::Atlantic__Reykjavik,
        "(UTC+00:00) Monrovia, Reykjavik",
    ),
    (
        "FLE Standard Time",
        Tz::Europe__Kyiv,
        "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
    ),
    (
        "GTB Standard Time",
        Tz::Europe__Bucharest,
        "(UTC+02:00) Athens, Bucharest",
    ),
    (
        "E. Europe Standard Time",
        Tz::Europe__Chisinau,
        "(UTC+02:00) Chisinau",
    ),
    (
        "Israel Standard Time",
        Tz::Asia__Jerusalem,
        "(UTC+02:00) Jerusalem",
    ),
    (
        "Egypt Standard Time",
        Tz::Africa__Cairo,
        "(UTC+02:00) Cairo",
    ),
    (
        "South Africa Standard Time",
        Tz::Africa__Johannesburg,
        "(UTC+02:00) Harare, Pretoria",
    ),
    (
        "Turkey Standard Time",
        Tz::Europe__Istanbul,
        "(UTC+03:00) Istanbul",
    ),
    (
        "Russian Standard Time",
        Tz::Europe__Moscow,
        "(UTC+03:00) Moscow, St. Petersburg",
    ),
    (
        "Arab Standard Time",
        Tz::Asia__Riyadh,
        "(UTC+03:00) Kuwait, Riyadh",
    ),
    ("Iran Standard Time", Tz::Asia__Tehran, "(UTC+03:30) Tehran"),
    (
        "Arabian Standard Time",
        Tz::Asia__Dubai,
        "(UTC+04:00) Abu Dhabi, Muscat",
    ),
    (
        "India Standard Time",
        Tz::Asia__Kolkata,
        "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi",
    ),
    (
        "Nepal Standard Time",
        Tz::Asia__Kathmandu,
        "(UTC+05:45) Kathmandu",
    ),
    (
        "SE Asia Standard Time",
        Tz::Asia__Bangkok,
        "(UTC+07:00) Bangkok, Hanoi, Jakarta",
    ),
    (
        "China Standard Time",
        Tz::Asia__Shanghai,
        "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi",
    ),
    (
        "Singapore Standard Time",
        Tz::Asia__Singapore,
        "(UTC+08:00) Kuala Lumpur, Singapore",
    ),
    (
        "Tokyo Standard Time",
        Tz::Asia__Tokyo,
        "(UTC+09:00) Osaka, Sapporo, Tokyo",
    ),
    ("Korea Standard Time", Tz::Asia__Seoul, "(UTC+09:00) Seoul"),
    (
        "AUS Eastern Standard Time",
        Tz::Australia__Sydney,
        "(UTC+10:00) Canberra, Melbourne, Sydney",
    ),
    (
        "Lord Howe Standard Time",
        Tz::Australia__Lord_Howe,
        "(UTC+10:30) Lord Howe Island",
    ),
    (
        "New Zealand Standard Time",
        Tz::Pacific__Auckland,
        "(UTC+12:00) Auckland, Wellington",
    ),
    (
        "Azores Standard Time",
        Tz::Atlantic__Azores,
        "(UTC-01:00) Azores",
    ),
    (
        "E. South America Standard Time",
        Tz::America__Sao_Paulo,
        "(UTC-03:00) Brasilia",
    ),
    (
        "Newfoundland Standard Time",
        Tz::America__St_Johns,
        "(UTC-03:30) Newfoundland",
    ),
    (
        "Atlantic Standard Time",
        Tz::America__Halifax,
        "(UTC-04:00) Atlantic Time (Canada)",
    ),
    (
        "Eastern Standard Time",
        Tz::America__New_York,
        "(UTC-05:00) Eastern Time (US & Canada)",
    ),
    (
        "Central Standard Time",
        Tz::America__Chicago,
        "(UTC-06:00) Central Time (US & Canada)",
    ),
    (
        "Mountain Standard Time",
        Tz::America__Denver,
        "(UTC-07:00) Mountain Time (US & Canada)",
    ),
    (
        "US Mountain Standard Time",
        Tz::America__Phoenix,
        "(UTC-07:00) Arizona",
    ),
    (
        "Pacific Standard Time",
        Tz::America__Los_Angeles,
        "(UTC-08:00) Pacific Time (US & Canada)",
    ),
    (
        "Alaskan Standard Time",
        Tz::America__Anchorage,
        "(UTC-09:00) Alaska",
    ),
    (
        "Hawaiian Standard Time",
        Tz::Pacific__Honolulu,
        "(UTC-10:00) Hawaii",
    ),
];

/// Zones that share the rules of one in the table, by the Windows id.
const ALIASES: &[(Tz, &str)] = &[
    (Tz::Europe__Stockholm, "W. Europe Standard Time"),
    (Tz::Europe__Oslo, "W. Europe Standard Time"),
    (Tz::Europe__Amsterdam, "W. Europe Standard Time"),
    (Tz::Europe__Rome, "W. Europe Standard Time"),
    (Tz::Europe__Vienna, "W. Europe Standard Time"),
    (Tz::Europe__Zurich, "W. Europe Standard Time"),
    (Tz::Europe__Copenhagen, "Romance Standard Time"),
    (Tz::Europe__Brussels, "Romance Standard Time"),
    (Tz::Europe__Madrid, "Romance Standard Time"),
    (Tz::Europe__Prague, "Central Europe Standard Time"),
    (Tz::Europe__Helsinki, "FLE Standard Time"),
    (Tz::Europe__Tallinn, "FLE Standard Time"),
    (Tz::Europe__Riga, "FLE Standard Time"),
    (Tz::Europe__Vilnius, "FLE Standard Time"),
    (Tz::Europe__Kiev, "FLE Standard Time"),
    (Tz::Europe__Athens, "GTB Standard Time"),
    (Tz::Europe__Dublin, "GMT Standard Time"),
    (Tz::Europe__Lisbon, "GMT Standard Time"),
    (Tz::America__Toronto, "Eastern Standard Time"),
    (Tz::Asia__Hong_Kong, "China Standard Time"),
    (Tz::Australia__Melbourne, "AUS Eastern Standard Time"),
    (Tz::Etc__UTC, "UTC"),
    (Tz::Etc__GMT, "UTC"),
    (Tz::GMT, "UTC"),
];

/// The zone of a Windows id. Leading and trailing spaces do not matter.
pub fn from_windows(id: &str) -> Option<Tz> {
    ZONES
        .iter()
        .find(|(windows, ..)| windows.eq_ignore_ascii_case(id.trim()))
        .map(|(_, zone, _)| *zone)
}

/// The Windows id of a zone; a zone without one goes by its IANA name, as
/// items born in other products do.
pub fn to_windows(zone: Tz) -> &'static str {
    ZONES
        .iter()
        .find(|(_, known, _)| *known == zone)
        .map(|(windows, ..)| *windows)
        .or_else(|| {
            ALIASES
                .iter()
                .find(|(known, _)| *known == zone)
                .map(|(_, windows)| *windows)
        })
        .unwrap_or_else(|| zone.name())
}

/// The text Windows shows for a zone.
pub(crate) fn display_name(zone: Tz) -> &'static str {
    let id = to_windows(zone);
    ZONES
        .iter()
        .find(|(windows, ..)| *windows == id)
        .map_or(id, |(_, _, name)| *name)
}

/// All zones the server knows: Windows id, zone, display name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, Tz, &'static str)> {
    ZONES.iter().copied()
}

/// A change between standard and daylight time that comes back each year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Minutes east of UTC after the change.
    pub(crate) offset: i32,
    /// Minutes after midnight, on the clock before the change.
    pub(crate) minute: u32,
    /// 1 to 12.
    pub(crate) month: u32,
    /// The weekday it falls on.
    pub(crate) weekday: Weekday,
    /// 1 to 4, or 5 for the last one of the month.
    pub(crate) week: u32,
}

/// How a zone behaves in one year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Minutes east of UTC in standard time.
    pub(crate) standard: i32,
    /// The change to daylight and the change back, when there are any.
    pub(crate) daylight: Option<(Change, Change)>,
}

/// The rules of a zone in a year.
pub(crate) fn rules(zone: Tz, year: i32) -> Rules {
    let midnight = |month, day| {
        NaiveDate::from_ymd_opt(year, month, day)
            .unwrap_or_default()
            .and_time(chrono::NaiveTime::MIN)
    };
    let offset =
        |at: NaiveDateTime| zone.offset_from_utc_datetime(&at).fix().local_minus_utc() / 60;
    let first = midnight(1, 1);
    let mut changes = Vec::new();
    let mut at = first;
    while at.year() == year {
        let next = at + Duration::days(1);
        if offset(at) != offset(next) {
            let mut moment = at;
            while moment < next && offset(moment) == offset(at) {
                moment += Duration::minutes(15);
            }
            changes.push(change(moment, offset(at), offset(next)));
        }
        at = next;
    }
    let lowest = changes
        .iter()
        .map(|change| change.offset)
        .chain([offset(first)])
        .min()
        .unwrap_or_default();
    let daylight = match changes.as_slice() {
        [one, two] if one.offset > two.offset => Some((*one, *two)),
        [one, two] if one.offset < two.offset => Some((*two, *one)),
        _ => None,
    };
    Rules {
        standard: if daylight.is_some() {
            lowest
        } else {
            offset(first)
        },
        daylight,
    }
}

fn change(at: NaiveDateTime, before: i32, after: i32) -> Change {
    let local = at + Duration::minutes(i64::from(before));
    Change {
        offset: after,
        minute: u32::try_from(
            (local - local.date().and_time(chrono::NaiveTime::MIN)).num_minutes(),
        )
        .unwrap_or_default(),
        month: local.month(),
        weekday: local.weekday(),
        week: week_of(local.date()),
    }
}

/// Which one of its weekdays in the month a date is: 1 to 4, or 5 for the last.
pub(crate) fn week_of(date: NaiveDate) -> u32 {
    if (date + Duration::days(7)).month() == date.month() {
        date.day0() / 7 + 1
    } else {
        5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stockholm_goes_by_the_windows_id_of_western_europe() {
        assert_eq!(to_windows(Tz::Europe__Stockholm), "W. Europe Standard Time");
        assert_eq!(
            from_windows(" w. europe standard time"),
            Some(Tz::Europe__Berlin)
        );
    }

    #[test]
    fn summer_time_begins_on_the_last_sunday_of_march_at_two() {
        let rules = rules(Tz::Europe__Berlin, 2026);
        assert_eq!(rules.standard, 60);
        let (to_daylight, to_standard) = rules.daylight.unwrap();
        assert_eq!(
            (
                to_daylight.month,
                to_daylight.week,
                to_daylight.minute,
                to_daylight.offset
            ),
            (3, 5, 120, 120)
        );
        assert_eq!(
            (
                to_standard.month,
                to_standard.week,
                to_standard.minute,
                to_standard.weekday
            ),
            (10, 5, 180, Weekday::Sun)
        );
    }

    #[test]
    fn the_southern_hemisphere_has_summer_in_january() {
        let rules = rules(Tz::Australia__Sydney, 2026);
        assert_eq!(rules.standard, 600);
        assert_eq!(
            rules.daylight.map(|(to_daylight, _)| to_daylight.month),
            Some(10)
        );
    }
}
