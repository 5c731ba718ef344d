//! Times on the wire.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;

/// Reads an `xs:dateTime`. A value without an offset is local time in
/// `if_naive`: which zone that is depends on the operation (docs of EWS,
/// "Time zones and EWS"). Offsets without a colon are taken too (grommunio).
/// `None` for what is no time; years such as 0001 and 4501 are times.
pub fn instant(text: &str, if_naive: Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    if let Ok(time) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(time.with_timezone(&Utc));
    }
    let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    // A time in a gap is read an hour later, a doubled one as the first.
    if_naive
        .from_local_datetime(&naive)
        .earliest()
        .or_else(|| {
            if_naive
                .from_local_datetime(&(naive + chrono::Duration::hours(1)))
                .earliest()
        })
        .map(|time| time.with_timezone(&Utc))
}

/// Writes an instant with `Z`.
pub fn zulu(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2026-11-27T09:00:00Z", "2026-11-27T09:00:00Z")]
    #[case("2026-11-27T09:00:00+01:00", "2026-11-27T08:00:00Z")]
    #[case("2026-11-24T12:00:00+0100", "2026-11-24T11:00:00Z")]
    #[case("2026-11-27T09:00:00.123456789Z", "2026-11-27T09:00:00Z")]
    #[case("2026-11-27T09:00:00", "2026-11-27T08:00:00Z")]
    #[case("2026-03-29T02:30:00", "2026-03-29T01:30:00Z")]
    #[case("2026-10-25T02:30:00", "2026-10-25T00:30:00Z")]
    #[case("4501-01-01T00:00:00Z", "4501-01-01T00:00:00Z")]
    #[case("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    fn a_time_without_an_offset_is_read_in_the_zone_that_is_given(
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        let read = instant(text, Tz::Europe__Stockholm).unwrap();
        assert_eq!(zulu(read), expected);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "tomorrow", "2026-13-01T00:00:00Z", "2026-11-27"] {
            assert_eq!(instant(text, Tz::UTC), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _read = instant(&text, Tz::Europe__Stockholm);
        }
    }
}
