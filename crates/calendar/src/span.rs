//! Spans of time: the timed span and the all-day span, which is made of
//! dates and becomes instants only when a zone is named.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// When a meeting is.
///
/// An all-day meeting is a row of dates, not of instants: somebody who looks
/// at it from another zone still sees the same dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// From `start` up to, but not including, `end`.
    Timed {
        /// First instant.
        start: DateTime<Utc>,
        /// First instant after the meeting.
        end: DateTime<Utc>,
    },
    /// From the start of `first` up to, but not including, the start of `end`.
    AllDay {
        /// First day.
        first: NaiveDate,
        /// First day after the meeting.
        end: NaiveDate,
    },
}

impl Span {
    /// The first instant, where all-day dates are read in `zone`.
    pub fn start(&self, zone: Tz) -> DateTime<Utc> {
        match *self {
            Self::Timed { start, .. } => start,
            Self::AllDay { first, .. } => local_midnight(first, zone),
        }
    }

    /// The first instant after the span, where all-day dates are read in `zone`.
    pub fn end(&self, zone: Tz) -> DateTime<Utc> {
        match *self {
            Self::Timed { end, .. } => end,
            Self::AllDay { end, .. } => local_midnight(end, zone),
        }
    }

    /// Whether the span is made of whole days.
    pub fn is_all_day(&self) -> bool {
        matches!(self, Self::AllDay { .. })
    }

    /// Whether the span and `[from, to)` share an instant. An empty span
    /// counts as the instant at its start.
    pub fn overlaps(&self, from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> bool {
        let (start, end) = (self.start(zone), self.end(zone));
        start < to && (end > from || (start == end && start >= from))
    }
}

/// The first instant of `date` in `zone`. Where the clock jumps over
/// midnight, the first instant after the gap; where midnight comes twice,
/// the first of them.
pub fn local_midnight(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let mut naive = date.and_time(NaiveTime::MIN);
    // No zone of the tz database has a gap longer than a day.
    for _ in 0..=96 {
        if let Some(local) = zone.from_local_datetime(&naive).earliest() {
            return local.with_timezone(&Utc);
        }
        naive += Duration::minutes(15);
    }
    naive.and_utc()
}

/// The stretch of days that is kept: whole local days, `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Local midnight of the first day kept.
    pub start: DateTime<Utc>,
    /// Local midnight after the last day kept.
    pub end: DateTime<Utc>,
}

impl Window {
    /// Days kept before today.
    pub const DAYS_BACK: i64 = 7;
    /// Days kept after today.
    pub const DAYS_AHEAD: i64 = 31;

    /// The window around `now`: from 7 days back to 31 days ahead, cut at the
    /// midnights of `zone`.
    pub fn around(now: DateTime<Utc>, zone: Tz) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        Self {
            start: local_midnight(today - Duration::days(Self::DAYS_BACK), zone),
            end: local_midnight(today + Duration::days(Self::DAYS_AHEAD + 1), zone),
        }
    }

    /// From when on a meeting is behind the window: a midnight of `zone`.
    pub fn left_at(span: &Span, zone: Tz) -> DateTime<Utc> {
        let end = span.end(zone);
        let mut day = end.with_timezone(&zone).date_naive();
        if local_midnight(day, zone) < end {
            day += Duration::days(1);
        }
        local_midnight(day + Duration::days(Self::DAYS_BACK), zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn a_meeting_leaves_the_window_at_the_midnight_at_which_the_window_begins_after_it() {
        let second = Duration::seconds(1);
        let zones = [
            Tz::Europe__Stockholm,
            Tz::America__New_York,
            Tz::Pacific__Honolulu,
            Tz::Pacific__Auckland,
        ];
        for zone in zones {
            let midnight = local_midnight(day(2026, 11, 2), zone);
            let ends = [-1, 0, 1, 36_000].map(|by| midnight + Duration::seconds(by));
            let timed = ends.map(|end| Span::Timed {
                start: end - Duration::minutes(30),
                end,
            });
            let all_day = Span::AllDay {
                first: day(2026, 10, 30),
                end: day(2026, 11, 2),
            };
            for span in timed.into_iter().chain([all_day]) {
                let (left, end) = (Window::left_at(&span, zone), span.end(zone));
                assert!(Window::around(left, zone).start >= end, "{zone} {span:?}");
                assert!(
                    Window::around(left - second, zone).start < end,
                    "{zone} {span:?}"
                );
            }
        }
    }

    #[test]
    fn a_window_is_cut_at_local_midnights() {
        let now = "2026-11-23T22:30:00Z".parse().unwrap();
        let window = Window::around(now, Tz::Europe__Stockholm);
        assert_eq!(
            window.start,
            "2026-11-15T23:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
        assert_eq!(
            window.end,
            "2026-12-24T23:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
    }

    #[test]
    fn a_midnight_that_does_not_exist_moves_to_the_first_instant_after_the_gap() {
        // Beirut's clocks jumped from 00:00 to 01:00 on 2025-03-30.
        let start = local_midnight(day(2025, 3, 30), Tz::Asia__Beirut);
        assert_eq!(
            start,
            "2025-03-29T22:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
    }

    #[test]
    fn an_all_day_span_keeps_its_dates_in_every_zone() {
        let span = Span::AllDay {
            first: day(2026, 12, 12),
            end: day(2026, 12, 13),
        };
        for zone in [
            Tz::Europe__Stockholm,
            Tz::America__Los_Angeles,
            Tz::Pacific__Auckland,
        ] {
            assert_eq!(
                span.start(zone).with_timezone(&zone).date_naive(),
                day(2026, 12, 12)
            );
            assert_eq!(
                span.end(zone).with_timezone(&zone).date_naive(),
                day(2026, 12, 13)
            );
        }
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        let at = |h: u32| day(2026, 11, 23).and_hms_opt(h, 0, 0).unwrap().and_utc();
        let span = Span::Timed {
            start: at(9),
            end: at(10),
        };
        assert!(!span.overlaps(at(10), at(11), Tz::UTC));
        assert!(!span.overlaps(at(8), at(9), Tz::UTC));
        assert!(span.overlaps(at(9), at(10), Tz::UTC));
    }
}
