//! How long this run has been awake, whatever the clock was set to meanwhile.

use chrono::{DateTime, Duration, Utc};

/// Counts the time by looks. The session looks every thirty seconds at least,
/// so that what is between two looks and longer than that was a sleep, or the
/// clock was set: it does not count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Awake {
    time: Duration,
    looked_at: Option<DateTime<Utc>>,
}

impl Awake {
    /// The longest time between two looks of a run that is awake, with what a
    /// busy machine adds to it.
    const LOOKS_WITHIN: Duration = Duration::seconds(45);

    /// Counts from `now` on, and not from the first look.
    pub(crate) fn since(now: DateTime<Utc>) -> Self {
        Self {
            looked_at: Some(now),
            ..Self::default()
        }
    }

    /// Looks at the clock. Says how long it has been since the first look.
    pub(crate) fn look(&mut self, now: DateTime<Utc>) -> Duration {
        let before = self.looked_at.replace(now).unwrap_or(now);
        let passed = now - before;
        if passed > Duration::zero() && passed <= Self::LOOKS_WITHIN {
            self.time += passed;
        }
        self.time
    }

    /// The same as the last look said.
    pub(crate) fn time(self) -> Duration {
        self.time
    }

    /// When the last look was.
    pub(crate) fn looked_at(self) -> Option<DateTime<Utc>> {
        self.looked_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
    }

    /// What looks at these seconds come to.
    fn looked(seconds: &[i64]) -> i64 {
        let mut awake = Awake::default();
        for second in seconds {
            awake.look(at(*second));
        }
        awake.time().num_seconds()
    }

    #[test]
    fn what_is_between_looks_counts_and_the_first_begins() {
        assert_eq!(looked(&[]), 0);
        assert_eq!(looked(&[500]), 0);
        assert_eq!(looked(&[500, 501, 531, 531, 576]), 76);
    }

    #[test]
    fn neither_a_sleep_nor_a_clock_that_is_set_is_time_that_has_passed() {
        assert_eq!(looked(&[0, 30, 30 + 86_400, 60 + 86_400]), 60);
        assert_eq!(looked(&[0, 30, -86_400, -86_370]), 60);
        assert_eq!(looked(&[0, 46]), 0);
    }
}
