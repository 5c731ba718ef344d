//! When to ask for out-of-office settings. They have no events, so they are
//! asked for: often where they are about to change, rarely otherwise.

use chrono::{DateTime, Duration, Utc};
use engine::remote::presence::Presence;

/// Nothing is known to happen.
const RARELY: Duration = Duration::minutes(20);
/// Somebody has just changed it, and may do so again.
const LATELY_EVERY: Duration = Duration::minutes(5);
const LATELY: Duration = Duration::minutes(60);
/// Around the beginning and the end of a planned absence, when people switch
/// it off early or make it longer.
const BORDER_EVERY: Duration = Duration::minutes(2);
const BORDER: Duration = Duration::minutes(10);

/// What is known of one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The settings; `None` before the first answer.
    pub presence: Option<Presence>,
    /// When they were last seen to change.
    pub changed: Option<DateTime<Utc>>,
}

/// When to ask next. `spread`, between 0 and 1000, keeps mailboxes that were
/// asked at the same moment apart by up to a fifth.
pub fn next(known: Known, now: DateTime<Utc>, spread: i32) -> DateTime<Utc> {
    let lately = known.changed.is_some_and(|at| (now - at).abs() < LATELY);
    let usual = if lately { LATELY_EVERY } else { RARELY };
    let usual = usual - usual / 5000 * spread.clamp(0, 1000);
    let borders = match known.presence {
        Some(Presence::Planned { start, end }) => vec![start, end],
        _ => Vec::new(),
    };
    let at_borders = borders.into_iter().filter_map(|border| {
        let (from, until) = (border - BORDER, border + BORDER);
        if now < from {
            Some(from)
        } else if now < until {
            Some(now + BORDER_EVERY)
        } else {
            None
        }
    });
    at_borders.fold(now + usual, DateTime::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn asked(known: Known, from: &str, until: &str) -> usize {
        let (mut now, mut asked) = (at(from), 0);
        while now < at(until) {
            now = next(known, now, 0);
            asked += 1;
        }
        asked
    }

    #[test]
    fn who_is_in_office_is_asked_about_three_times_an_hour() {
        let known = Known {
            presence: Some(Presence::InOffice),
            changed: None,
        };
        let day = asked(known, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
        assert_eq!(day, 72);
    }

    #[test]
    fn around_a_known_border_it_is_every_other_minute() {
        let known = Known {
            presence: Some(Presence::Planned {
                start: at("2026-11-23T12:00:00Z"),
                end: at("2026-11-30T07:00:00Z"),
            }),
            changed: None,
        };
        let before = at("2026-11-23T11:49:00Z");
        assert_eq!(next(known, before, 0), at("2026-11-23T11:50:00Z"));
        let around = asked(known, "2026-11-23T11:50:00Z", "2026-11-23T12:10:00Z");
        assert_eq!(around, 10);
        let between = asked(known, "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");
        assert_eq!(between, 72);
    }

    #[test]
    fn for_an_hour_after_a_change_it_is_every_five_minutes() {
        let known = Known {
            presence: Some(Presence::OutOfOffice),
            changed: Some(at("2026-11-23T09:00:00Z")),
        };
        assert_eq!(
            asked(known, "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
            12
        );
        let later = asked(known, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
        assert_eq!(later, 3);
    }

    #[test]
    fn mailboxes_asked_at_once_do_not_come_back_at_once() {
        let known = Known {
            presence: Some(Presence::InOffice),
            changed: None,
        };
        let now = at("2026-11-23T09:00:00Z");
        let (soonest, latest) = (next(known, now, 1000), next(known, now, 0));
        assert_eq!(latest - soonest, Duration::minutes(4));
    }
}
