//! Zones by the names that Exchange uses: Windows ids, with the odd ones that
//! are met in invitations.

mod definition;

use chrono_tz::Tz;
pub use definition::Definition;
use localzone::{iana_to_win_zone, win_zone_to_iana};

/// The zone of a Windows id, or of another id that is met in its place: IANA
/// ids, `tzone://Microsoft/Utc`, ids with spaces around. `None` when it is
/// not known; then the instants are right and only the dates of all-day items
/// have to be found in another way.
pub fn zone(id: &str) -> Option<Tz> {
    let id = id.trim();
    match id {
        "" => None,
        "tzone://Microsoft/Utc" | "UTC" | "Coordinated Universal Time" => Some(Tz::UTC),
        _ => win_zone_to_iana(id, Some("001")).unwrap_or(id).parse().ok(),
    }
}

/// The Windows id of a zone, as Exchange wants it written; `None` for the few
/// that have none.
pub fn windows_id(zone: Tz) -> Option<&'static str> {
    if zone == Tz::UTC {
        return Some("UTC");
    }
    let known = |name| iana_to_win_zone(name).map(|(id, _)| id);
    known(zone.name()).or_else(|| {
        let older = RENAMED.iter().find(|(name, _)| *name == zone.name());
        older.and_then(|(_, name)| known(name))
    })
}

/// Zones that were renamed; CLDR's table of Windows ids has the older names.
const RENAMED: [(&str, &str); 10] = [
    ("America/Argentina/Buenos_Aires", "America/Buenos_Aires"),
    ("America/Indiana/Indianapolis", "America/Indianapolis"),
    ("America/Nuuk", "America/Godthab"),
    ("Asia/Ho_Chi_Minh", "Asia/Saigon"),
    ("Asia/Kathmandu", "Asia/Katmandu"),
    ("Asia/Kolkata", "Asia/Calcutta"),
    ("Asia/Yangon", "Asia/Rangoon"),
    ("Atlantic/Faroe", "Atlantic/Faeroe"),
    ("Europe/Kyiv", "Europe/Kiev"),
    ("Pacific/Kanton", "Pacific/Enderbury"),
];

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Tz::Europe__Stockholm, Some("W. Europe Standard Time"))]
    #[case(Tz::Asia__Kolkata, Some("India Standard Time"))]
    #[case(Tz::Asia__Calcutta, Some("India Standard Time"))]
    #[case(Tz::Australia__Lord_Howe, Some("Lord Howe Standard Time"))]
    #[case(Tz::Europe__Kyiv, Some("FLE Standard Time"))]
    #[case(Tz::America__Argentina__Buenos_Aires, Some("Argentina Standard Time"))]
    #[case(Tz::UTC, Some("UTC"))]
    fn a_zone_is_written_with_the_id_that_exchange_knows(
        #[case] zone: Tz,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(windows_id(zone), expected);
    }

    #[rstest]
    #[case("W. Europe Standard Time", Some(Tz::Europe__Berlin))]
    #[case(" W. Europe Standard Time", Some(Tz::Europe__Berlin))]
    #[case("Pacific Standard Time", Some(Tz::America__Los_Angeles))]
    #[case("Europe/Stockholm", Some(Tz::Europe__Stockholm))]
    #[case("tzone://Microsoft/Utc", Some(Tz::UTC))]
    #[case("Customized Time Zone", None)]
    #[case("", None)]
    fn quirk_33_and_34_a_zone_is_found_by_the_names_that_are_met(
        #[case] id: &str,
        #[case] expected: Option<Tz>,
    ) {
        assert_eq!(zone(id), expected);
    }
}
