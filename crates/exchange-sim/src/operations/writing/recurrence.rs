//! Reads a `Recurrence` that a client wrote.

use chrono::{NaiveDate, Weekday};

use crate::operations::Refusal;
use crate::operations::series_fields::month_number;
use crate::wire::tree::Node;
use crate::world::series::{Pattern, Range, Series};

/// A series by its pattern and range.
pub(super) fn read(node: &Node) -> Result<Series, Refusal> {
    let invalid = || {
        Refusal::new(
            "ErrorCalendarInvalidRecurrence",
            "The recurrence is invalid.",
        )
    };
    let [pattern, range] = node.children.as_slice() else {
        return Err(invalid());
    };
    let number =
        |node: &Node, name: &str| node.text_of(name).and_then(|text| text.parse::<u32>().ok());
    let every = number(pattern, "Interval").unwrap_or(1);
    if every == 0 {
        return Err(invalid());
    }
    let named_days = || days(pattern.text_of("DaysOfWeek").unwrap_or_default()).ok_or_else(invalid);
    let day = || {
        number(pattern, "DayOfMonth")
            .filter(|day| (1..=31).contains(day))
            .ok_or_else(invalid)
    };
    let month = || {
        pattern
            .text_of("Month")
            .and_then(month_number)
            .ok_or_else(invalid)
    };
    let week = || match pattern.text_of("DayOfWeekIndex") {
        Some("First") => Ok(1),
        Some("Second") => Ok(2),
        Some("Third") => Ok(3),
        Some("Fourth") => Ok(4),
        Some("Last") => Ok(5),
        _ => Err(invalid()),
    };
    let pattern = match pattern.name.as_str() {
        "DailyRecurrence" => Pattern::Daily { every },
        "WeeklyRecurrence" => Pattern::Weekly {
            every,
            days: named_days()?,
            week_begins: pattern
                .text_of("FirstDayOfWeek")
                .and_then(day_of)
                .unwrap_or(Weekday::Mon),
        },
        "AbsoluteMonthlyRecurrence" => Pattern::MonthlyOn { every, day: day()? },
        "RelativeMonthlyRecurrence" => Pattern::MonthlyThe {
            every,
            week: week()?,
            days: named_days()?,
        },
        "AbsoluteYearlyRecurrence" => Pattern::YearlyOn {
            month: month()?,
            day: day()?,
        },
        "RelativeYearlyRecurrence" => Pattern::YearlyThe {
            month: month()?,
            week: week()?,
            days: named_days()?,
        },
        _ => return Err(invalid()),
    };
    let first = range
        .text_of("StartDate")
        .and_then(date)
        .ok_or_else(invalid)?;
    let end = match range.name.as_str() {
        "NoEndRecurrence" => Range::Endless,
        "EndDateRecurrence" => Range::Until(
            range
                .text_of("EndDate")
                .and_then(date)
                .ok_or_else(invalid)?,
        ),
        "NumberedRecurrence" => {
            Range::Count(number(range, "NumberOfOccurrences").ok_or_else(invalid)?)
        }
        _ => return Err(invalid()),
    };
    let series = Series::new(pattern, first, end);
    if series.days().next().is_none() {
        return Err(Refusal::new(
            "ErrorRecurrenceHasNoOccurrence",
            "The recurrence has no occurrences.",
        ));
    }
    Ok(series)
}

/// The date of an `xs:date`; an offset behind it changes nothing.
fn date(text: &str) -> Option<NaiveDate> {
    text.get(..10)?.parse().ok()
}

fn day_of(name: &str) -> Option<Weekday> {
    Some(match name {
        "Monday" => Weekday::Mon,
        "Tuesday" => Weekday::Tue,
        "Wednesday" => Weekday::Wed,
        "Thursday" => Weekday::Thu,
        "Friday" => Weekday::Fri,
        "Saturday" => Weekday::Sat,
        "Sunday" => Weekday::Sun,
        _ => return None,
    })
}

fn days(names: &str) -> Option<Vec<Weekday>> {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match names {
        "Day" => Some(vec![Mon, Tue, Wed, Thu, Fri, Sat, Sun]),
        "Weekday" => Some(vec![Mon, Tue, Wed, Thu, Fri]),
        "WeekendDay" => Some(vec![Sat, Sun]),
        _ => names
            .split_whitespace()
            .map(day_of)
            .collect::<Option<Vec<_>>>()
            .filter(|days| !days.is_empty()),
    }
}
