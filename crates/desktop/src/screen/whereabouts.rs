//! Where the people of an opened meeting are, as their server tells it.

use std::collections::BTreeMap;

use calendar::{
    Meeting,
    availability::{Stretches, Taken},
};
use chrono::{DateTime, Duration, Utc};

use super::scene::Scene;

/// What was told counts for so long.
const HOLDS_FOR: Duration = Duration::minutes(10);

/// When people are busy or away, by address in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts(BTreeMap<String, (Stretches, DateTime<Utc>)>);

impl Whereabouts {
    /// Takes in what was told at `now`, and forgets what is old.
    pub fn put(&mut self, told: impl IntoIterator<Item = (String, Stretches)>, now: DateTime<Utc>) {
        self.0.retain(|_, (_, at)| holds(*at, now));
        let told = told.into_iter();
        self.0
            .extend(told.map(|(who, time)| (who.to_lowercase(), (time, now))));
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
        let (time, at) = self.0.get(&address.to_lowercase())?;
        if !holds(*at, now) {
            return None;
        }
        let (start, end) = (meeting.span.start(scene.zone), meeting.span.end(scene.zone));
        let away = Some(Taken::OutOfOffice);
        if now < start && time.strongest(start, end) == away {
            return Some(scene.words.text("whereabouts-away-then"));
        }
        let (key, holding) = match time.strongest(now, now + Duration::minutes(1)) {
            Some(Taken::OutOfOffice) => ("presence-out-of-office", true),
            Some(Taken::Busy) if start <= now && now < end => return None,
            Some(Taken::Busy) => ("presence-busy", true),
            Some(Taken::Elsewhere) => ("presence-elsewhere", true),
            Some(Taken::Unknown) => return None,
            Some(Taken::Tentative) | None => ("presence-free", false),
        };
        let state = scene.words.text(key);
        let holds_now = |one: &&calendar::availability::Stretch| one.start <= now && now < one.end;
        let until = time.iter().find(holds_now).filter(|_| holding);
        Some(match until {
            Some(one) => {
                let time = [("time", scene.moment(one.end).into())];
                format!("{state} {}", scene.words.with("presence-until", time))
            }
            None => state,
        })
    }
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
        known.put([(BO.to_owned(), Stretches::merged(all))], at(now));
        let review = meeting("Review", "10:00", "11:00");
        let text = with_scene(now, Language::ENGLISH, &Settings::default(), |scene| {
            known.text(&BO.to_uppercase(), &review, scene)
        });
        assert_eq!(text.as_deref(), expected);
    }

    #[test]
    fn what_is_old_is_not_shown_and_not_kept() {
        let mut known = Whereabouts::default();
        known.put([(BO.to_owned(), Stretches::default())], at("09:00"));
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
