//! Times that suit, and why, in words.

use calendar::availability::{self, Party, Reason, Suggestion, Wish, suggest};
use chrono::{DateTime, Duration, Utc};

use crate::{screen::Scene, view::Part};

/// Somebody with a name, for the lines of the grid and the reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Address; empty for the user.
    pub(crate) address: String,
    /// Name as it is shown.
    pub(crate) name: String,
    /// What is asked of them.
    pub(crate) part: Part,
    /// What is known of their time.
    pub(crate) party: Party,
}

/// How many times are shown.
pub(super) const SHOWN: usize = 3;
/// Two suggestions begin at least so far apart.
const APART: i64 = 60;

/// The times that suit, best first and not on top of each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Suggested {
    /// Best first.
    pub(super) best: Vec<Suggestion>,
    /// How many there are.
    pub(super) of: usize,
    /// Whether at each of them somebody who has to be there is missing.
    pub(super) short: bool,
}

/// Looks for times.
pub(super) fn look(
    people: &[Named],
    minutes: u16,
    within: std::ops::Range<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Suggested {
    let parties: Vec<Party> = people.iter().map(|one| one.party.clone()).collect();
    let length = Duration::minutes(i64::from(minutes));
    let wish = Wish {
        length,
        within,
        step: Duration::minutes(15),
        buffer: Duration::zero(),
        most: usize::MAX,
    };
    let all = suggest(&parties, &wish, now);
    let required = |places: &[usize]| {
        let of = |place: &usize| parties.get(*place).map(|one| one.part);
        let required = Some(availability::Part::Required);
        places.iter().any(|place| of(place) == required)
    };
    let suits = |one: &&Suggestion| {
        !one.reasons.iter().any(|reason| match reason {
            Reason::Away(who) | Reason::OutsideHours(who) => required(who),
            _ => false,
        })
    };
    let good: Vec<&Suggestion> = all.iter().filter(suits).collect();
    let short = good.is_empty();
    let good = if short { all.iter().collect() } else { good };
    let apart = length.max(Duration::minutes(APART));
    let mut best: Vec<Suggestion> = Vec::new();
    let mut of = 0;
    let mut taken: Vec<DateTime<Utc>> = Vec::new();
    for one in good {
        if taken
            .iter()
            .all(|start| (*start - one.start).abs() >= apart)
        {
            taken.push(one.start);
            of += 1;
            if best.len() < SHOWN {
                best.push(one.clone());
            }
        }
    }
    Suggested { best, of, short }
}

/// Why, for example "All 4 free · Öresund 2 free".
pub(super) fn reasons(suggestion: &Suggestion, people: &[Named], scene: &Scene<'_>) -> String {
    let texts = suggestion
        .reasons
        .iter()
        .map(|reason| word(reason, people, scene));
    texts.collect::<Vec<_>>().join(" · ")
}

fn word(reason: &Reason, people: &[Named], scene: &Scene<'_>) -> String {
    let words = scene.words;
    let counted = |key: &str, count: usize| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        words.with(key, [("count", count.into())])
    };
    let named = |key: &str, places: &[usize]| {
        let names = names(places, people, scene);
        words.with(key, [("names", names.into())])
    };
    match reason {
        Reason::AllFree(count) => counted("reason-all-free", *count),
        Reason::RequiredFree(count) => counted("reason-required-free", *count),
        Reason::Away(who) => named("reason-away", who),
        Reason::Tentative(who) => named("reason-tentative", who),
        Reason::Unknown(who) => named("reason-unknown", who),
        Reason::OutsideHours(who) => named("reason-outside-hours", who),
        Reason::BackToBack(who) => named("reason-back-to-back", who),
        Reason::RoomsFree(rooms) => named("reason-room-free", rooms),
        Reason::NoRoomFree => words.text("reason-no-room-free"),
    }
}

/// The first of them, and how many there are beside.
fn names(places: &[usize], people: &[Named], scene: &Scene<'_>) -> String {
    let name = |place: &usize| {
        let one = people.get(*place)?;
        Some(match one.part {
            // Rooms have names of several words, people mostly a first one.
            Part::Room => one.name.clone(),
            _ if one.address.is_empty() => scene.words.text("you-inside"),
            _ => one.name.split_whitespace().next()?.to_owned(),
        })
    };
    let first = places.first().and_then(name).unwrap_or_default();
    match places.len() {
        0 | 1 => first,
        more => {
            let others = i64::try_from(more - 1).unwrap_or(i64::MAX);
            scene.words.with(
                "person-and-others",
                [("name", first.into()), ("count", others.into())],
            )
        }
    }
}
