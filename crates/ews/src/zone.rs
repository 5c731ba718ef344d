//! Zones by the names that Exchange uses: Windows ids, with the odd ones that
//! are met in invitations.

use chrono_tz::Tz;
use localzone::win_zone_to_iana;

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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
