//! How a series repeats, as its master says it.
//! Reference: "Recurrence", "OccurrenceInfoType" (MS-OXWSCAL).

use chrono::{DateTime, NaiveDate, Utc, Weekday};

use super::{ItemRef, item_ref, moment};
use crate::xml::reader::{Reader, XmlError};

/// What a master says of its series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Its days; `None` for patterns that name none, such as those of tasks.
    pub recurrence: Option<Recurrence>,
    /// Occurrences that were changed by themselves.
    pub changed: Vec<ChangedOccurrence>,
    /// Original starts of those that were deleted.
    pub deleted: Vec<DateTime<Utc>>,
}

/// The days of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// How it repeats.
    pub pattern: Pattern,
    /// The day from which on it does, in the zone of the item.
    pub first: NaiveDate,
    /// How far it goes.
    pub range: Range,
}

/// `RecurrencePatternTypes`. Days are those of the item's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Every so many days.
    Daily {
        /// At least 1.
        every: u32,
    },
    /// On days of every so many weeks.
    Weekly {
        /// At least 1.
        every: u32,
        /// The days, at least one.
        days: Vec<Weekday>,
        /// The day with which weeks begin; Sunday where it is not said.
        week_begins: Weekday,
    },
    /// On a day of every so many months.
    MonthlyOn {
        /// At least 1.
        every: u32,
        /// 1 to 31; the last day where a month is shorter.
        day: u32,
    },
    /// On the first, … or last of some days of every so many months.
    MonthlyThe {
        /// At least 1.
        every: u32,
        /// Which of them.
        which: Which,
        /// The days that count, at least one.
        days: Vec<Weekday>,
    },
    /// On a day of the year.
    YearlyOn {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
    /// On the first, … or last of some days in a month of the year.
    YearlyThe {
        /// 1 to 12.
        month: u32,
        /// Which of them.
        which: Which,
        /// The days that count, at least one.
        days: Vec<Weekday>,
    },
}

/// `DayOfWeekIndexType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Microsoft's")]
pub enum Which {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

/// `RecurrenceRangeTypes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Without end.
    Endless,
    /// Up to and including this day.
    Until(NaiveDate),
    /// So many occurrences, deleted ones counted.
    Count(u32),
}

/// An occurrence that was changed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedOccurrence {
    /// Its own id.
    pub item: ItemRef,
    /// When it is now.
    pub start: DateTime<Utc>,
    /// When it ends now.
    pub end: DateTime<Utc>,
    /// When the pattern has it begin. On grommunio that is the midnight with
    /// which its day begins (its quirk 11).
    pub original_start: DateTime<Utc>,
}

impl Series {
    pub(super) fn has(name: &str) -> bool {
        matches!(
            name,
            "Recurrence" | "ModifiedOccurrences" | "DeletedOccurrences"
        )
    }

    pub(super) fn take(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<(), XmlError> {
        match name {
            "Recurrence" => self.recurrence = recurrence(reader)?,
            "ModifiedOccurrences" => {
                while reader.child()?.is_some() {
                    self.changed.extend(changed(reader)?);
                }
            }
            _ => {
                while reader.child()?.is_some() {
                    while let Some(field) = reader.child()? {
                        match field.name() {
                            "Start" => self.deleted.extend(moment(reader)?),
                            _ => reader.skip()?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// The fields of the pattern and the range; which there are depends on both.
#[derive(Debug, Default)]
struct Fields {
    every: Option<u32>,
    days: Vec<Weekday>,
    week_begins: Option<Weekday>,
    which: Option<Which>,
    day: Option<u32>,
    month: Option<u32>,
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
    count: Option<u32>,
}

fn recurrence(reader: &mut Reader<'_>) -> Result<Option<Recurrence>, XmlError> {
    let mut fields = Fields::default();
    let (mut pattern_name, mut range_name) = (None, None);
    while let Some(part) = reader.child()? {
        let name = part.name().to_owned();
        while let Some(field) = reader.child()? {
            let field = field.name().to_owned();
            fields.take(&field, &reader.text()?);
        }
        match name.as_str() {
            "NoEndRecurrence" | "EndDateRecurrence" | "NumberedRecurrence" => {
                range_name = Some(name);
            }
            pattern if pattern.ends_with("Recurrence") || pattern.ends_with("Regeneration") => {
                pattern_name = Some(name);
            }
            // A later server may put more beside the two.
            _ => {}
        }
    }
    Ok(fields.put_together(pattern_name.as_deref(), range_name.as_deref()))
}

impl Fields {
    fn take(&mut self, name: &str, text: &str) {
        let text = text.trim();
        let number = || text.parse().ok();
        match name {
            "Interval" => self.every = number(),
            "DaysOfWeek" => self.days = text.split_whitespace().flat_map(weekdays).collect(),
            "FirstDayOfWeek" => self.week_begins = weekdays(text).into_iter().next(),
            "DayOfWeekIndex" => self.which = which(text),
            "DayOfMonth" => self.day = number(),
            "Month" => self.month = month(text),
            "StartDate" => self.first = date(text),
            "EndDate" => self.last = date(text),
            "NumberOfOccurrences" => self.count = number(),
            _ => {}
        }
    }

    fn put_together(self, pattern: Option<&str>, range: Option<&str>) -> Option<Recurrence> {
        let every = self.every.unwrap_or(1).max(1);
        let days = Some(self.days).filter(|days| !days.is_empty());
        let day = self.day.filter(|day| (1..=31).contains(day));
        let pattern = match pattern? {
            "DailyRecurrence" => Pattern::Daily { every },
            "WeeklyRecurrence" => Pattern::Weekly {
                every,
                days: days?,
                week_begins: self.week_begins.unwrap_or(Weekday::Sun),
            },
            "AbsoluteMonthlyRecurrence" => Pattern::MonthlyOn { every, day: day? },
            "RelativeMonthlyRecurrence" => Pattern::MonthlyThe {
                every,
                which: self.which?,
                days: days?,
            },
            "AbsoluteYearlyRecurrence" => Pattern::YearlyOn {
                month: self.month?,
                day: day?,
            },
            "RelativeYearlyRecurrence" => Pattern::YearlyThe {
                month: self.month?,
                which: self.which?,
                days: days?,
            },
            _ => return None,
        };
        let range = match range? {
            "EndDateRecurrence" => Range::Until(self.last?),
            "NumberedRecurrence" => Range::Count(self.count?),
            _ => Range::Endless,
        };
        Some(Recurrence {
            pattern,
            first: self.first?,
            range,
        })
    }
}

fn changed(reader: &mut Reader<'_>) -> Result<Option<ChangedOccurrence>, XmlError> {
    let (mut item, mut start, mut end, mut original) = (None, None, None, None);
    while let Some(field) = reader.child()? {
        match field.name() {
            "ItemId" => {
                item = item_ref(&field);
                reader.skip()?;
            }
            "Start" => start = moment(reader)?,
            "End" => end = moment(reader)?,
            "OriginalStart" => original = moment(reader)?,
            _ => reader.skip()?,
        }
    }
    let parts = item.zip(start.zip(end)).zip(original);
    Ok(
        parts.map(|((item, (start, end)), original_start)| ChangedOccurrence {
            item,
            start,
            end,
            original_start,
        }),
    )
}

/// An `xs:date`, of which the offset says nothing (quirk 30), or, on
/// grommunio, a moment of which the date counts (its quirk 10).
fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

/// The days of one word of `DayOfWeekType`; none for a word that is not known.
fn weekdays(word: &str) -> Vec<Weekday> {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match word {
        "Monday" => vec![Mon],
        "Tuesday" => vec![Tue],
        "Wednesday" => vec![Wed],
        "Thursday" => vec![Thu],
        "Friday" => vec![Fri],
        "Saturday" => vec![Sat],
        "Sunday" => vec![Sun],
        "Weekday" => vec![Mon, Tue, Wed, Thu, Fri],
        "WeekendDay" => vec![Sat, Sun],
        "Day" => vec![Mon, Tue, Wed, Thu, Fri, Sat, Sun],
        _ => vec![],
    }
}

fn which(word: &str) -> Option<Which> {
    match word {
        "First" => Some(Which::First),
        "Second" => Some(Which::Second),
        "Third" => Some(Which::Third),
        "Fourth" => Some(Which::Fourth),
        "Last" => Some(Which::Last),
        _ => None,
    }
}

fn month(word: &str) -> Option<u32> {
    let month: chrono::Month = word.parse().ok()?;
    Some(month.number_from_month())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(inside: &str) -> Option<Recurrence> {
        let document = format!("<t:Recurrence xmlns:t='t'>{inside}</t:Recurrence>");
        let mut reader = Reader::new(&document);
        reader.child().unwrap();
        recurrence(&mut reader).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const ENDLESS: &str = "<t:NoEndRecurrence><t:StartDate>2026-11-23+01:00</t:StartDate>\
                           </t:NoEndRecurrence>";

    #[rstest]
    #[case(
        "<t:DailyRecurrence><t:Interval>3</t:Interval></t:DailyRecurrence>",
        Pattern::Daily { every: 3 }
    )]
    #[case(
        "<t:WeeklyRecurrence><t:Interval>2</t:Interval><t:DaysOfWeek>Monday Wednesday</t:DaysOfWeek>\
         <t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence>",
        Pattern::Weekly { every: 2, days: vec![Weekday::Mon, Weekday::Wed], week_begins: Weekday::Mon }
    )]
    #[case(
        "<t:WeeklyRecurrence><t:Interval>0</t:Interval><t:DaysOfWeek>WeekendDay Someday</t:DaysOfWeek>\
         </t:WeeklyRecurrence>",
        Pattern::Weekly { every: 1, days: vec![Weekday::Sat, Weekday::Sun], week_begins: Weekday::Sun }
    )]
    #[case(
        "<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>31</t:DayOfMonth>\
         </t:AbsoluteMonthlyRecurrence>",
        Pattern::MonthlyOn { every: 1, day: 31 }
    )]
    #[case(
        "<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Tuesday</t:DaysOfWeek>\
         <t:DayOfWeekIndex>Last</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
        Pattern::MonthlyThe { every: 1, which: Which::Last, days: vec![Weekday::Tue] }
    )]
    #[case(
        "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month>\
         </t:AbsoluteYearlyRecurrence>",
        Pattern::YearlyOn { month: 2, day: 29 }
    )]
    #[case(
        "<t:RelativeYearlyRecurrence><t:DaysOfWeek>Friday</t:DaysOfWeek><t:DayOfWeekIndex>Fourth\
         </t:DayOfWeekIndex><t:Month>November</t:Month></t:RelativeYearlyRecurrence>",
        Pattern::YearlyThe { month: 11, which: Which::Fourth, days: vec![Weekday::Fri] }
    )]
    fn every_pattern_is_read(#[case] written: &str, #[case] pattern: Pattern) {
        let expected = Recurrence {
            pattern,
            first: day("2026-11-23"),
            range: Range::Endless,
        };
        assert_eq!(read(&format!("{written}{ENDLESS}")), Some(expected));
    }

    #[rstest]
    #[case(
        "<t:EndDateRecurrence><t:StartDate>2026-11-23+01:00</t:StartDate>\
         <t:EndDate>2026-12-24+01:00</t:EndDate></t:EndDateRecurrence>",
        Range::Until(day("2026-12-24"))
    )]
    #[case(
        "<t:EndDateRecurrence><t:StartDate>2026-11-23-11:00</t:StartDate>\
         <t:EndDate>2026-12-24-11:00</t:EndDate></t:EndDateRecurrence>",
        Range::Until(day("2026-12-24"))
    )]
    #[case(
        "<t:NumberedRecurrence><t:StartDate>2026-11-23Z</t:StartDate>\
         <t:NumberOfOccurrences>10</t:NumberOfOccurrences></t:NumberedRecurrence>",
        Range::Count(10)
    )]
    fn quirk_30_of_a_date_the_offset_says_nothing(#[case] written: &str, #[case] range: Range) {
        let daily = "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>";
        let read = read(&format!("{daily}{written}")).unwrap();
        assert_eq!((read.first, read.range), (day("2026-11-23"), range));
    }

    #[test]
    fn grommunio_quirk_10_a_moment_stands_where_a_date_should() {
        let written = "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>\
            <t:NoEndRecurrence><t:StartDate>2026-11-23T00:00:00.000000Z</t:StartDate>\
            </t:NoEndRecurrence>";
        assert_eq!(read(written).unwrap().first, day("2026-11-23"));
    }

    #[rstest]
    #[case::of_a_task("<t:DailyRegeneration><t:Interval>1</t:Interval></t:DailyRegeneration>")]
    #[case::without_days("<t:WeeklyRecurrence><t:Interval>1</t:Interval></t:WeeklyRecurrence>")]
    #[case::of_no_month(
        "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>1</t:DayOfMonth><t:Month>Smarch</t:Month></t:AbsoluteYearlyRecurrence>"
    )]
    #[case::of_no_day(
        "<t:AbsoluteMonthlyRecurrence><t:DayOfMonth>32</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>"
    )]
    #[case::nothing("")]
    fn what_names_no_days_is_no_recurrence(#[case] written: &str) {
        assert_eq!(read(&format!("{written}{ENDLESS}")), None);
    }

    #[test]
    fn what_a_later_server_puts_beside_the_pattern_is_passed_over() {
        let daily = "<t:DailyRecurrence><t:Interval>2</t:Interval></t:DailyRecurrence>";
        let known = read(&format!("{daily}{ENDLESS}"));
        assert!(known.is_some());
        for new in ["<t:NewThing/>", "<t:NewThing><t:Id>1</t:Id></t:NewThing>"] {
            for written in [
                format!("{new}{daily}{ENDLESS}"),
                format!("{daily}{new}{ENDLESS}"),
                format!("{daily}{ENDLESS}{new}"),
            ] {
                assert_eq!(read(&written), known, "{written}");
            }
        }
    }
}
