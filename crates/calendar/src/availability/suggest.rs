//! Times to suggest.

use chrono::{DateTime, Duration, DurationRound, Utc};

use super::{Part, Party, Reason, Suggestion, Taken, Wish};

/// How good a time is: what counts more stands first, less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    required_away: usize,
    required_outside_hours: usize,
    no_room: bool,
    required_tentative: usize,
    required_unknown: usize,
    optional_away: usize,
    optional_outside_hours: usize,
    optional_tentative: usize,
    back_to_back: usize,
    start: DateTime<Utc>,
}

/// The best times for a meeting, the best first; equally good ones by time.
/// Those who have to be there come before those who may, a room before what
/// is only perhaps taken. Nothing before `now` is suggested. When no time is
/// without somebody missing, the ones that miss the fewest are given, with
/// who that is.
pub fn suggest(parties: &[Party], wish: &Wish, now: DateTime<Utc>) -> Vec<Suggestion> {
    let step = wish.step.max(Duration::minutes(1));
    let from = wish.within.start.max(now);
    // A moment that cannot be rounded is beyond all calendars.
    let Ok(mut start) = from.duration_trunc(step) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    while start + wish.length <= wish.within.end {
        if start >= from {
            found.push(look(parties, wish, start));
        }
        start += step;
    }
    let best = found.iter().map(|(cost, _)| cost.required_away).min();
    found.retain(|(cost, _)| Some(cost.required_away) == best);
    found.sort_unstable_by_key(|(cost, _)| *cost);
    found.truncate(wish.most);
    found
        .into_iter()
        .map(|(cost, marks)| Suggestion {
            start: cost.start,
            end: cost.start + wish.length,
            reasons: marks.reasons(parties),
        })
        .collect()
}

/// Who has what against a time.
#[derive(Debug, Default)]
struct Marks {
    away: Vec<usize>,
    tentative: Vec<usize>,
    unknown: Vec<usize>,
    outside_hours: Vec<usize>,
    back_to_back: Vec<usize>,
    rooms_free: Vec<usize>,
    people: usize,
    required: usize,
    rooms: usize,
}

fn look(parties: &[Party], wish: &Wish, start: DateTime<Utc>) -> (Cost, Marks) {
    let end = start + wish.length;
    let mut marks = Marks::default();
    for (place, party) in parties.iter().enumerate() {
        let taken = match &party.time {
            Some(time) => time.strongest(start, end),
            None => Some(Taken::Unknown),
        };
        match party.part {
            Part::Room => {
                marks.rooms += 1;
                if taken.is_none() {
                    marks.rooms_free.push(place);
                }
                continue;
            }
            Part::Required => marks.required += 1,
            Part::Optional => {}
        }
        marks.people += 1;
        match taken {
            Some(Taken::Busy | Taken::OutOfOffice) => marks.away.push(place),
            Some(Taken::Tentative) => marks.tentative.push(place),
            Some(Taken::Unknown) => marks.unknown.push(place),
            Some(Taken::Elsewhere) | None => {}
        }
        if party.hours.is_some_and(|hours| !hours.hold(start, end)) {
            marks.outside_hours.push(place);
        }
        let tight = |time: &super::Stretches| {
            [(start - wish.buffer, start), (end, end + wish.buffer)]
                .into_iter()
                .filter_map(|(from, to)| time.strongest(from, to))
                .any(Taken::is_away)
        };
        if !wish.buffer.is_zero() && party.time.as_ref().is_some_and(tight) {
            marks.back_to_back.push(place);
        }
    }
    let count = |places: &[usize], part: Part| {
        let of_part = |place: &&usize| parties.get(**place).is_some_and(|one| one.part == part);
        places.iter().filter(of_part).count()
    };
    let cost = Cost {
        required_away: count(&marks.away, Part::Required),
        required_outside_hours: count(&marks.outside_hours, Part::Required),
        no_room: marks.rooms > 0 && marks.rooms_free.is_empty(),
        required_tentative: count(&marks.tentative, Part::Required),
        required_unknown: count(&marks.unknown, Part::Required),
        optional_away: count(&marks.away, Part::Optional),
        optional_outside_hours: count(&marks.outside_hours, Part::Optional),
        optional_tentative: count(&marks.tentative, Part::Optional)
            + count(&marks.unknown, Part::Optional),
        back_to_back: marks.back_to_back.len(),
        start,
    };
    (cost, marks)
}

impl Marks {
    fn reasons(self, parties: &[Party]) -> Vec<Reason> {
        let required = |places: &[usize]| {
            let of = |place: &usize| parties.get(*place).map(|party| party.part);
            places.iter().any(|place| of(place) == Some(Part::Required))
        };
        let doubt = [&self.away, &self.tentative, &self.unknown];
        let mut reasons = Vec::new();
        if doubt.iter().all(|places| places.is_empty()) {
            reasons.push(Reason::AllFree(self.people));
        } else if !doubt.iter().any(|places| required(places)) {
            reasons.push(Reason::RequiredFree(self.required));
        }
        let named = [
            (self.away, Reason::Away as fn(Vec<usize>) -> Reason),
            (self.outside_hours, Reason::OutsideHours),
            (self.tentative, Reason::Tentative),
            (self.unknown, Reason::Unknown),
        ];
        for (places, reason) in named {
            if !places.is_empty() {
                reasons.push(reason(places));
            }
        }
        if self.rooms > 0 {
            reasons.push(if self.rooms_free.is_empty() {
                Reason::NoRoomFree
            } else {
                Reason::RoomsFree(self.rooms_free)
            });
        }
        if !self.back_to_back.is_empty() {
            reasons.push(Reason::BackToBack(self.back_to_back));
        }
        reasons
    }
}
