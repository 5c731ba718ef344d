//! What the model knows of a silence that the user has asked for.

use chrono::{DateTime, Duration, Utc};

/// How long one lasts, and the most that one may still last by any clock.
pub const HOUR: Duration = Duration::hours(1);

/// Nothing rings until it is over.
#[derive(Debug, Clone, Copy)]
pub struct Silence {
    /// By the machine's clock.
    until: DateTime<Utc>,
    asked_at: DateTime<Utc>,
    /// The clock stood beyond it at one look at least: a client that looked in
    /// that moment has ended it.
    may_be_over: bool,
    /// For how long it has been so without a break.
    over_for: Duration,
}

impl Silence {
    /// One that was asked for at `asked_at`, until the machine's clock says
    /// `until`.
    pub fn new(until: DateTime<Utc>, asked_at: DateTime<Utc>) -> Self {
        Self {
            until,
            asked_at,
            may_be_over: false,
            over_for: Duration::zero(),
        }
    }

    /// Whether it is over by this clock. One that was set back makes no hour
    /// longer than an hour.
    pub fn is_over(&self, wall: DateTime<Utc>) -> bool {
        self.until <= wall || wall + HOUR < self.until
    }

    /// Whether a ring at this moment breaks it.
    pub fn forbids(&self, wall: DateTime<Utc>, at: DateTime<Utc>) -> bool {
        self.asked_at < at && !self.may_be_over && !self.is_over(wall)
    }

    /// Looks at the clock once more; whether a client that looks within `late`
    /// must know that it is over.
    pub fn has_ended(&mut self, wall: DateTime<Utc>, passed: Duration, late: Duration) -> bool {
        if !self.is_over(wall) {
            self.over_for = Duration::zero();
            return false;
        }
        self.may_be_over = true;
        // Asleep nobody could look.
        self.over_for += passed.min(Duration::seconds(5));
        self.over_for > late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}Z").parse().expect("a time")
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_moment_leaves_it_open_whether_it_is_over() {
        let (tick, late) = (Duration::seconds(5), Duration::seconds(10));
        let mut silence = Silence::new(at("10:00:00"), at("09:00:00"));
        assert!(!silence.forbids(at("09:00:00"), at("09:00:00")));
        assert!(silence.forbids(at("09:59:59"), at("09:59:59")));
        assert!(!silence.forbids(at("10:00:00"), at("10:00:00")));
        assert!(!silence.has_ended(at("11:00:00"), tick, late));
        assert!(!silence.has_ended(at("09:30:00"), tick, late));
        assert!(!silence.forbids(at("09:30:00"), at("09:30:00")));
        assert!(!silence.has_ended(at("10:00:00"), tick, late));
        assert!(!silence.has_ended(at("10:00:05"), tick, late));
        assert!(silence.has_ended(at("10:00:10"), tick, late));
    }

    #[test]
    fn a_clock_that_was_set_back_far_ends_it() {
        let silence = Silence::new(at("10:00:00"), at("09:00:00"));
        assert!(!silence.is_over(at("09:00:00")));
        assert!(silence.is_over(at("08:59:59")));
    }
}
