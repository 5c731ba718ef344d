//! Where the people of an opened meeting are, as their server tells it.

use std::collections::BTreeMap;

use calendar::{
    Meeting,
    availability::{Stretches, Taken},
    presence::Away,
};
use chrono::{DateTime, Duration, Utc};

use super::scene::Scene;

/// What was told counts for so long.
const HOLDS_FOR: Duration = Duration::minutes(10);

/// What was told of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// By their calendar.
    pub time: Stretches,
    /// By their automatic replies, where these are on or planned.
    pub away: Option<Away>,
}

/// When people are busy or away, by address in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts(BTreeMap<String, (Told, DateTime<Utc>)>);

impl Whereabouts {
    /// Takes in what was told at `now`, and forgets what is old.
    pub fn put(&mut self, told: impl IntoIterator<Item = (String, Told)>, now: DateTime<Utc>) {
        self.0.retain(|_, (_, at)| holds(*at, now));
        let told = told.into_iter();
        self.0
            .extend(told.map(|(who, told)| (who.to_lowercase(), (told, now))));
    }

    /// How somebody is, seen from a meeting: whether they are away then, or
    /// how they are now. `None` when that is not known, and when being busy
    /// only means that they are in the meeting.
    pub(super) fn text(
        &self,
        address: &str,
        meeting: &Meeting,
        scene: &Scene<'_>,
    ) -> Option<String> {
        let now = scene.now;
        let (Told { time, away }, at) = self.0.get(&address.to_lowercase())?;
        if !holds(*at, now) {
            return None;
        }
        let (start, end) = (meeting.span.start(scene.zone), meeting.span.end(scene.zone));
        let then = time.strongest(start, end) == Some(Taken::OutOfOffice)
            || away.is_some_and(|away| away.covers_some_of(start, end));
        if now < start && then {
            return Some(scene.words.text("whereabouts-away-then"));
        }
        if let Some(away) = away.filter(|away| away.holds(now)) {
            return Some(state(scene, "presence-out-of-office", away.until));
        }
        let (key, holding) = match time.strongest(now, now + Duration::minutes(1)) {
            Some(Taken::OutOfOffice) => ("presence-out-of-office", true),
            Some(Taken::Busy) if start <= now && now < end => return None,
            Some(Taken::Busy) => ("presence-busy", true),
            Some(Taken::Elsewhere) => ("presence-elsewhere", true),
            Some(Taken::Unknown) => return None,
            Some(Taken::Tentative) | None => ("presence-free", false),
        };
        let holds_now = |one: &&calendar::availability::Stretch| one.start <= now && now < one.end;
        let until = time.iter().find(holds_now).filter(|_| holding);
        Some(state(scene, key, until.map(|one| one.end)))
    }
}

/// For example "Out of office until 18:00".
fn state(scene: &Scene<'_>, key: &str, until: Option<DateTime<Utc>>) -> String {
    let state = scene.words.text(key);
    let Some(until) = until else {
        return state;
    };
    format!("{state} {}", scene.until(until))
}

fn holds(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at <= now && now < at + HOLDS_FOR
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::sample::{at, meeting, with_scene},
        *,
    };
    use crate::{settings::Settings, words::Language};

    const BO: &str = "bo@example.org";

    #[rstest]
    #[case::free("09:00", &[], Some("Free"))]
    #[case::perhaps_busy("09:00", &[("08:00", "10:00", Taken::Tentative)], Some("Free"))]
    #[case::busy_now("09:00", &[("08:30", "09:20", Taken::Busy)], Some("Busy until 09:20"))]
    #[case::elsewhere("09:00", &[("08:00", "17:00", Taken::Elsewhere)],
        Some("Working elsewhere until 17:00"))]
    #[case::away_now("09:00", &[("08:00", "09:30", Taken::OutOfOffice)],
        Some("Out of office until 09:30"))]
    #[case::away_then("09:00", &[("09:30", "18:00", Taken::OutOfOffice)],
        Some("Out of office then"))]
    #[case::in_the_meeting("10:30", &[("10:00", "11:00", Taken::Busy)], None)]
    #[case::away_from_the_meeting("10:30", &[("10:00", "18:00", Taken::OutOfOffice)],
        Some("Out of office until 18:00"))]
    #[case::not_told("09:00", &[("08:00", "18:00", Taken::Unknown)], None)]
    fn somebody_is_where_their_calendar_says(
        #[case] now: &str,
        #[case] taken: &[(&str, &str, Taken)],
        #[case] expected: Option<&str>,
    ) {
        let all = taken
            .iter()
            .map(|(start, end, taken)| (at(start), at(end), *taken));
        let mut known = Whereabouts::default();
        let told = Told {
            time: Stretches::merged(all),
            away: None,
        };
        known.put([(BO.to_owned(), told)], at(now));
        let review = meeting("Review", "10:00", "11:00");
        let text = with_scene(now, Language::ENGLISH, &Settings::default(), |scene| {
            known.text(&BO.to_uppercase(), &review, scene)
        });
        assert_eq!(text.as_deref(), expected);
    }

    #[rstest]
    #[case::switched_on("09:00", None, None, Some("Out of office"))]
    #[case::in_the_meeting("10:30", None, None, Some("Out of office"))]
    #[case::now_and_then("09:00", None, Some("18:00"), Some("Out of office then"))]
    #[case::now(
        "09:00",
        Some("08:00"),
        Some("09:30"),
        Some("Out of office until 09:30")
    )]
    #[case::then("09:00", Some("10:30"), Some("18:00"), Some("Out of office then"))]
    #[case::later("09:00", Some("11:00"), Some("18:00"), Some("Busy until 09:20"))]
    #[case::over("09:00", Some("07:00"), Some("09:00"), Some("Busy until 09:20"))]
    #[case::for_days("10:30", None, Some("25T00:00"), Some("Out of office until Wednesday"))]
    #[case::for_today("10:30", None, Some("24T00:00"), Some("Out of office until midnight"))]
    fn automatic_replies_outrank_the_calendar(
        #[case] now: &str,
        #[case] from: Option<&str>,
        #[case] until: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let told = Told {
            time: Stretches::merged([(at("08:30"), at("09:20"), Taken::Busy)]),
            away: Some(Away {
                from: from.map(at),
                until: until.map(at),
            }),
        };
        let mut known = Whereabouts::default();
        known.put([(BO.to_owned(), told)], at(now));
        let review = meeting("Review", "10:00", "11:00");
        let text = with_scene(now, Language::ENGLISH, &Settings::default(), |scene| {
            known.text(BO, &review, scene)
        });
        assert_eq!(text.as_deref(), expected);
    }

    #[test]
    fn what_is_old_is_not_shown_and_not_kept() {
        let mut known = Whereabouts::default();
        known.put([(BO.to_owned(), Told::default())], at("09:00"));
        let review = meeting("Review", "10:00", "11:00");
        let text = |known: &Whereabouts, now| {
            with_scene(now, Language::ENGLISH, &Settings::default(), |scene| {
                known.text(BO, &review, scene)
            })
        };
        assert!(text(&known, "09:09").is_some());
        assert_eq!(text(&known, "09:10"), None);
        known.put([], at("09:10"));
        assert_eq!(known, Whereabouts::default());
    }
}
