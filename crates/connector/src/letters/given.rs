//! How many codes a mailbox is given. Anybody can ask for one, and each is an
//! entry in somebody's calendar (SR-64).

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

/// Codes for one mailbox within ten minutes, and within a day.
const LATELY: (usize, Duration) = (3, Duration::minutes(10));
const A_DAY: (usize, Duration) = (20, Duration::days(1));

/// When codes were given, by address.
#[derive(Default)]
pub(super) struct Given(BTreeMap<String, Vec<DateTime<Utc>>>);

impl Given {
    /// Whether a mailbox is given another code now; it counts as given then.
    pub(super) fn another(&mut self, address: &str, now: DateTime<Utc>) -> bool {
        self.0.retain(|_, times| {
            times.retain(|at| *at <= now && now - *at < A_DAY.1);
            !times.is_empty()
        });
        let times = self.0.entry(address.to_owned()).or_default();
        let may = [LATELY, A_DAY].into_iter().all(|(most, within)| {
            let counted = times.iter().filter(|at| now - **at < within);
            counted.count() < most
        });
        if may {
            times.push(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_64_a_mailbox_is_given_three_codes_in_ten_minutes_and_twenty_in_a_day() {
        let start = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let mut given = Given::default();
        let mut of_a_day = 0;
        // Somebody asks each minute, for a day.
        for minute in 0..24 * 60 {
            let now = start + Duration::minutes(minute);
            of_a_day += usize::from(given.another("anna@example.org", now));
            if minute == 9 {
                assert_eq!(of_a_day, 3);
            }
            if minute == 10 {
                assert_eq!(of_a_day, 4, "the first is ten minutes ago");
            }
        }
        assert_eq!(of_a_day, 20);
        let tomorrow = start + Duration::days(1);
        assert!(given.another("anna@example.org", tomorrow));
        assert!(given.another("ben@example.org", tomorrow), "each by itself");
        // A clock that was set back keeps nobody waiting for ever.
        assert!(given.another("anna@example.org", start));
    }
}
