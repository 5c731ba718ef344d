//! From days to occurrences.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::Recurrence;
use crate::{Span, Window, span::local_midnight};

/// A series with all that its occurrences have in common. Occurrences that
/// were changed are meetings of their own: only their original starts are
/// known here, so that they are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its days.
    pub recurrence: Recurrence,
    /// Zone of the item: its wall clock is the one that stands still.
    pub zone: Tz,
    /// Time of day at which each begins; midnight for whole days.
    pub starts: NaiveTime,
    /// How long each lasts.
    pub length: Duration,
    /// Whether each is a row of whole days.
    pub all_day: bool,
    /// Original starts of the changed and the deleted ones.
    pub left_out: BTreeSet<DateTime<Utc>>,
}

/// One occurrence as the series has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// Its day in the zone of the item.
    pub day: NaiveDate,
    /// When the pattern has it begin.
    pub original_start: DateTime<Utc>,
    /// When it is.
    pub span: Span,
}

impl Series {
    /// The occurrences that touch the window, in order.
    pub fn within(&self, window: Window) -> Vec<Occurrence> {
        let days_long = self.length.num_days().clamp(0, 366) + 2;
        let local = |moment: DateTime<Utc>| moment.with_timezone(&self.zone).date_naive();
        // A day more on both sides: whole days are those of the user's zone.
        let from = local(window.start) - Duration::days(days_long);
        let until = local(window.end) + Duration::days(2);
        let days = self.recurrence.days(from, until);
        let occurrences = days.into_iter().filter_map(|day| self.on(day));
        occurrences
            .filter(|one| !self.left_out.contains(&one.original_start))
            .filter(|one| one.span.overlaps(window.start, window.end, self.zone))
            .collect()
    }

    /// Leaves out the occurrence of a day: it was deleted, or changed by
    /// itself.
    pub fn leave_out(&mut self, day: NaiveDate) {
        let found = self.on(day).map(|one| one.original_start);
        self.left_out.extend(found);
    }

    /// The occurrence of a day, whether or not the pattern names the day.
    pub fn on(&self, day: NaiveDate) -> Option<Occurrence> {
        if self.all_day {
            let end = day.checked_add_signed(Duration::days(self.length.num_days().max(1)))?;
            return Some(Occurrence {
                day,
                original_start: local_midnight(day, self.zone),
                span: Span::AllDay { first: day, end },
            });
        }
        let start = moment(day, self.starts, self.zone)?;
        Some(Occurrence {
            day,
            original_start: start,
            span: Span::Timed {
                start,
                end: start.checked_add_signed(self.length)?,
            },
        })
    }
}

/// The moment at which a wall clock shows this. A time that is skipped in
/// spring is later by what is skipped, of a double one in autumn it is the
/// first.
fn moment(day: NaiveDate, time: NaiveTime, zone: Tz) -> Option<DateTime<Utc>> {
    let local = day.and_time(time);
    let found = zone.from_local_datetime(&local).earliest();
    if let Some(found) = found {
        return Some(found.with_timezone(&Utc));
    }
    // The offset that held before the gap reads the time beyond it.
    let before = zone.offset_from_utc_datetime(&local.checked_sub_signed(Duration::days(1))?);
    local
        .and_utc()
        .checked_sub_signed(Duration::seconds(i64::from(before.fix().local_minus_utc())))
}
