//! Zones in words.

use calendar::{Meeting, Span};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::scene::Scene;

/// Whether two zones show different clocks at a moment.
pub(crate) fn differs(one: Tz, other: Tz, at: DateTime<Utc>) -> bool {
    at.with_timezone(&one).naive_local() != at.with_timezone(&other).naive_local()
}

/// A zone by its distance, for example `UTC+7` or `UTC+5:30`.
pub(crate) fn distance(zone: Tz, at: DateTime<Utc>) -> String {
    let minutes = (at.with_timezone(&zone).naive_local() - at.naive_utc()).num_minutes();
    let sign = if minutes < 0 { '\u{2212}' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    match (hours, rest) {
        (0, 0) => "UTC".to_owned(),
        (_, 0) => format!("UTC{sign}{hours}"),
        _ => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

/// The place that a zone is named after; `None` for those that are named by
/// their distance, as `UTC` and `Etc/GMT+5`.
fn city(zone: Tz) -> Option<String> {
    let (region, place) = zone.name().rsplit_once('/')?;
    (region != "Etc").then(|| place.replace('_', " "))
}

impl Scene<'_> {
    /// Whose clocks the times on the screen follow, for example "Times in
    /// Stockholm (UTC+1)".
    pub(crate) fn own_zone(&self) -> String {
        let distance = distance(self.zone, self.now);
        match city(self.zone) {
            Some(city) => self.words.with(
                "times-in",
                [("city", city.into()), ("distance", distance.into())],
            ),
            None => self.words.with("times-by", [("distance", distance.into())]),
        }
    }

    /// The start of a meeting by the clocks of the zone it was called in, for
    /// example "17:00 in Tokyo"; empty where those show what the user's show.
    pub(crate) fn start_elsewhere(&self, meeting: &Meeting) -> String {
        let (Span::Timed { start, .. }, Some(zone)) = (meeting.span, meeting.zone) else {
            return String::new();
        };
        if !differs(zone, self.zone, start) {
            return String::new();
        }
        let there = start.with_timezone(&zone).naive_local();
        let mut time = self.formats.time(there.time(), self.words);
        if there.date() != self.date_of(start) {
            let day = self.formats.weekday(there.date());
            let args = [("day", day.into()), ("time", time.into())];
            time = self.words.with("day-and-time", args);
        }
        match city(zone) {
            Some(city) => self
                .words
                .with("time-in", [("time", time.into()), ("city", city.into())]),
            None => self.words.with(
                "time-by",
                [
                    ("time", time.into()),
                    ("distance", distance(zone, start).into()),
                ],
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::sample::{meeting, with_scene},
        *,
    };
    use crate::{settings::Settings, words::Language};

    #[rstest]
    #[case::the_users(Tz::Europe__Stockholm, "")]
    #[case::with_the_same_clocks(Tz::Europe__Berlin, "")]
    #[case::west(Tz::America__New_York, "04:00 in New York")]
    #[case::deep(Tz::America__Argentina__Buenos_Aires, "06:00 in Buenos Aires")]
    #[case::of_no_place(Tz::UTC, "09:00 UTC")]
    #[case::by_its_distance(Tz::Etc__GMTPlus5, "04:00 UTC\u{2212}5")]
    #[case::on_another_day(Tz::Pacific__Kiritimati, "23:00 in Kiritimati")]
    fn the_zone_a_meeting_was_called_in_is_named_where_its_clocks_differ(
        #[case] zone: Tz,
        #[case] said: &str,
    ) {
        let mut review = meeting("Review", "10:00", "11:00");
        review.zone = Some(zone);
        with_scene("09:00", Language::ENGLISH, &Settings::default(), |scene| {
            assert_eq!(scene.start_elsewhere(&review), said);
        });
    }

    #[test]
    fn another_day_there_is_named() {
        let mut late = meeting("Late", "22:00", "23:00");
        late.zone = Some(Tz::Asia__Tokyo);
        with_scene("09:00", Language::SWEDISH, &Settings::default(), |scene| {
            assert_eq!(scene.start_elsewhere(&late), "tisdag 06:00 i Tokyo");
        });
    }

    #[rstest]
    #[case(Tz::Europe__Stockholm, "Times in Stockholm (UTC+1)")]
    #[case(Tz::Asia__Kolkata, "Times in Kolkata (UTC+5:30)")]
    #[case(Tz::UTC, "Times in UTC")]
    #[case(Tz::Etc__GMTMinus3, "Times in UTC+3")]
    fn the_users_own_zone_is_named_once(#[case] zone: Tz, #[case] said: &str) {
        with_scene("09:00", Language::ENGLISH, &Settings::default(), |scene| {
            assert_eq!(Scene { zone, ..*scene }.own_zone(), said);
        });
    }
}
