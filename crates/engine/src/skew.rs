//! By how much a server's clock and this one differ (F06). Nothing is decided
//! by the server's clock; its user is told.

use chrono::{DateTime, Duration, Utc};

/// Clocks that differ by less are right enough for meetings, and for whoever
/// proves something by the time.
pub const DIFFER: Duration = Duration::minutes(2);

/// By how much the server is ahead, where it is so by two minutes or more;
/// negative where it is behind. It said what time it `was` at some moment
/// between `began` and `ended`. The machine may have slept in between, or its
/// clock may have been set, so that much is allowed for.
pub(crate) fn ahead(
    was: DateTime<Utc>,
    began: DateTime<Utc>,
    ended: DateTime<Utc>,
) -> Option<Duration> {
    let (first, last) = (began.min(ended), began.max(ended));
    let ahead = was - was.clamp(first, last);
    (ahead.abs() >= DIFFER).then_some(ahead)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    #[rstest]
    #[case::the_same("09:00:00", "09:00:01", "09:00:00", 0)]
    #[case::ahead("09:00:00", "09:00:01", "09:10:01", 600)]
    #[case::behind("09:00:00", "09:00:01", "08:50:00", -600)]
    #[case::a_little("09:00:00", "09:00:00", "09:01:59", 0)]
    #[case::two_minutes("09:00:00", "09:00:00", "09:02:00", 120)]
    #[case::asleep_after_the_answer("09:00:00", "13:00:00", "09:00:00", 0)]
    #[case::asleep_before_it("09:00:00", "13:00:00", "13:00:00", 0)]
    #[case::set_back_meanwhile("11:00:00", "09:00:01", "11:00:00", 0)]
    fn f06_clocks_differ_where_nothing_else_explains_what_the_server_says(
        #[case] began: &str,
        #[case] ended: &str,
        #[case] was: &str,
        #[case] seconds: i64,
    ) {
        let found = ahead(at(was), at(began), at(ended));
        let expected = (seconds != 0).then(|| Duration::seconds(seconds));
        assert_eq!(found, expected);
    }
}
