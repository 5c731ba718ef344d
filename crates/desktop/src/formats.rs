//! How times and dates are written, by locale.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use pure_rust_locales::{Locale, locale_match};
use serde::{Deserialize, Serialize};

use crate::words::{Language, Words, identifier};

/// Twelve or twenty-four hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HourCycle {
    /// 2:30 PM.
    #[serde(rename = "12")]
    Twelve,
    /// 14:30.
    #[serde(rename = "24")]
    TwentyFour,
}

/// The locale's habits, taken from glibc's locale data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    locale: Locale,
    hours: HourCycle,
}

impl Formats {
    /// The habits of the locale called `name` (`sv-SE`, `en_US.UTF-8`) for
    /// texts in `language`. A locale of another language lends only its
    /// hours; names of days come in the language of the text.
    pub fn new(language: Language, name: &str, hours: Option<HourCycle>) -> Self {
        let named = parse(name);
        let own = parse(language.locale()).unwrap_or(Locale::en_GB);
        let locale = match named {
            Some(locale) if Language::spoken_in(name) == Some(language) => locale,
            _ => own,
        };
        Self {
            locale,
            hours: hours.unwrap_or_else(|| hours_of(named.unwrap_or(own))),
        }
    }

    /// A time of day, for example `14:30` or `2:30 PM`.
    pub fn time(self, time: NaiveTime, words: &Words) -> String {
        self.clock(time, words, ["clock-24", "clock-12"])
    }

    /// A full hour, for example `08` or `8 AM`.
    pub fn hour(self, time: NaiveTime, words: &Words) -> String {
        self.clock(time, words, ["hour-24", "hour-12"])
    }

    /// The time by the words for twenty-four or those for twelve hours.
    fn clock(self, time: NaiveTime, words: &Words, [full, half]: [&str; 2]) -> String {
        let (key, hour) = match self.hours {
            HourCycle::TwentyFour => (full, format!("{:02}", time.hour())),
            HourCycle::Twelve => (half, time.hour12().1.to_string()),
        };
        words.with(
            key,
            [
                ("hour", hour.into()),
                ("minute", format!("{:02}", time.minute()).into()),
                ("half", if time.hour12().0 { "pm" } else { "am" }.into()),
            ],
        )
    }

    /// Name of the weekday, for example `Monday` or `måndag`.
    pub fn weekday(self, date: NaiveDate) -> &'static str {
        self.weekday_name(date.weekday())
    }

    /// Name of a day of the week.
    pub fn weekday_name(self, day: Weekday) -> &'static str {
        let names = locale_match!(self.locale => LC_TIME::DAY);
        let index = day.num_days_from_sunday();
        usize::try_from(index)
            .ok()
            .and_then(|index| names.get(index))
            .copied()
            .unwrap_or_default()
    }

    /// The days of a week, from the one with which weeks begin here.
    pub fn week(self) -> [Weekday; 7] {
        let mut day = self.first_weekday();
        [(); 7].map(|()| {
            let one = day;
            day = day.succ();
            one
        })
    }

    /// The day with which weeks begin, as calendars of the windows count: 0
    /// is Sunday.
    pub fn week_begins(self) -> u8 {
        u8::try_from(self.first_weekday().num_days_from_sunday()).unwrap_or_default()
    }

    /// The day with which weeks begin: glibc counts from Sunday, which is 1.
    fn first_weekday(self) -> Weekday {
        match locale_match!(self.locale => LC_TIME::FIRST_WEEKDAY) {
            Some(2) => Weekday::Mon,
            Some(6) => Weekday::Fri,
            Some(7) => Weekday::Sat,
            _ => Weekday::Sun,
        }
    }

    /// Name of the month, for example `November` or `november`.
    pub fn month(self, date: NaiveDate) -> &'static str {
        let names = locale_match!(self.locale => LC_TIME::MON);
        usize::try_from(date.month0())
            .ok()
            .and_then(|index| names.get(index))
            .copied()
            .unwrap_or_default()
    }

    /// A date with its weekday, for example `Monday 23 November`.
    pub fn date(self, date: NaiveDate, words: &Words) -> String {
        words.with(
            "day-date",
            [
                ("order", self.order().into()),
                ("weekday", self.weekday(date).into()),
                ("day", date.day().into()),
                ("month", self.month(date).into()),
            ],
        )
    }

    /// The same above what belongs to it. Names of days are written small in
    /// many languages; a heading begins with a capital all the same.
    pub fn heading(self, date: NaiveDate, words: &Words) -> String {
        let text = self.date(date, words);
        let mut letters = text.chars();
        match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => text,
        }
    }

    /// A date without its weekday, for example `23 November`.
    pub fn short_date(self, date: NaiveDate, words: &Words) -> String {
        words.with(
            "short-date",
            [
                ("order", self.order().into()),
                ("day", date.day().into()),
                ("month", self.month(date).into()),
            ],
        )
    }

    /// A date with its year, for example `1 March 2027`.
    pub fn year_date(self, date: NaiveDate, words: &Words) -> String {
        words.with(
            "year-date",
            [
                ("order", self.order().into()),
                ("day", date.day().into()),
                ("month", self.month(date).into()),
                // A number would be grouped by thousands.
                ("year", date.year().to_string().into()),
            ],
        )
    }

    /// A date with its weekday, both names short, for example `Mon 23 Nov`.
    pub fn brief_date(self, date: NaiveDate, words: &Words) -> String {
        let names = locale_match!(self.locale => LC_TIME::ABDAY);
        let index = usize::try_from(date.weekday().num_days_from_sunday());
        let weekday = index.ok().and_then(|index| names.get(index));
        words.with(
            "day-date",
            [
                ("order", self.order().into()),
                ("weekday", weekday.copied().unwrap_or_default().into()),
                ("day", date.day().into()),
                ("month", self.brief_month(date).into()),
            ],
        )
    }

    /// A date without its weekday, its month's name short, for example
    /// `23 Nov`.
    pub fn briefest_date(self, date: NaiveDate, words: &Words) -> String {
        words.with(
            "short-date",
            [
                ("order", self.order().into()),
                ("day", date.day().into()),
                ("month", self.brief_month(date).into()),
            ],
        )
    }

    /// Whether the locale writes the day before the month.
    pub fn day_is_first(self) -> bool {
        self.order() == "day-first"
    }

    fn brief_month(self, date: NaiveDate) -> &'static str {
        let names = locale_match!(self.locale => LC_TIME::ABMON);
        let index = usize::try_from(date.month0());
        let name = index.ok().and_then(|index| names.get(index));
        name.copied().unwrap_or_default().trim_end()
    }

    /// Which of day and month the locale writes first.
    fn order(self) -> &'static str {
        let format = locale_match!(self.locale => LC_TIME::D_FMT);
        let day = format.find("%d").or_else(|| format.find("%e"));
        match (day, format.find("%m")) {
            // A date that begins with the year (sv: 2026-11-23) says nothing
            // about how one with the month's name is written.
            _ if format.starts_with("%Y") || format.starts_with("%F") => "day-first",
            (Some(day), Some(month)) if month < day => "month-first",
            _ => "day-first",
        }
    }
}

/// `sv-SE`, `sv_SE.UTF-8`, `sr-Latn-RS` and `sr_RS@latin` to the locale's data.
fn parse(name: &str) -> Option<Locale> {
    let asked = identifier(name)?;
    let Some(region) = asked.region else {
        // A language without a country has the locale that its file names.
        let own = Language::of_code(asked.language.as_str())?.locale();
        return Locale::try_from(own).ok();
    };
    let plain = format!("{}_{region}", asked.language);
    let modified = name.split_once('@').map(|(_, modifier)| modifier);
    modified
        .and_then(|modifier| Locale::try_from(&*format!("{plain}@{modifier}")).ok())
        .or_else(|| Locale::try_from(&*plain).ok())
}

fn hours_of(locale: Locale) -> HourCycle {
    let format = locale_match!(locale => LC_TIME::T_FMT);
    if ["%r", "%I", "%l", "%p"]
        .iter()
        .any(|mark| format.contains(mark))
    {
        HourCycle::Twelve
    } else {
        HourCycle::TwentyFour
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Language::ENGLISH, "en_GB.UTF-8", "14:05", "Monday 23 November")]
    #[case(Language::ENGLISH, "en-US", "2:05 PM", "Monday, November 23")]
    #[case(Language::SWEDISH, "sv_SE", "14:05", "måndag 23 november")]
    #[case(Language::ENGLISH, "de_DE.UTF-8", "14:05", "Monday 23 November")]
    #[case(Language::SWEDISH, "en-US", "2:05 em", "måndag 23 november")]
    #[case(Language::ENGLISH, "en-Latn-US", "2:05 PM", "Monday, November 23")]
    #[case(Language::ENGLISH, "en", "14:05", "Monday 23 November")]
    #[case(Language::ENGLISH, "C", "14:05", "Monday 23 November")]
    #[case(Language::ENGLISH, "", "14:05", "Monday 23 November")]
    fn times_and_dates_follow_the_locale(
        #[case] language: Language,
        #[case] name: &str,
        #[case] time: &str,
        #[case] date: &str,
    ) {
        let formats = Formats::new(language, name, None);
        let words = Words::new(language);
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(
            formats.time(NaiveTime::from_hms_opt(14, 5, 0).unwrap(), &words),
            time
        );
        assert_eq!(formats.date(monday, &words), date);
    }

    #[rstest]
    #[case("en_GB", "Monday", "Sunday")]
    #[case("en_US", "Sunday", "Saturday")]
    #[case("sv_SE", "måndag", "söndag")]
    fn a_week_begins_as_it_does_there(#[case] name: &str, #[case] first: &str, #[case] last: &str) {
        let formats = Formats::new(Language::of_locale(name), name, None);
        let week = formats.week().map(|day| formats.weekday_name(day));
        assert_eq!((week[0], week[6]), (first, last));
    }

    #[test]
    fn the_user_can_ask_for_the_other_clock() {
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
        let midnight = NaiveTime::from_hms_opt(0, 30, 0).unwrap();
        let swedish = Words::new(Language::SWEDISH);
        let twelve = Formats::new(Language::SWEDISH, "sv-SE", Some(HourCycle::Twelve));
        assert_eq!(twelve.time(noon, &swedish), "12:00 em");
        assert_eq!(twelve.time(midnight, &swedish), "12:30 fm");
        assert_eq!(twelve.hour(noon, &swedish), "12 em");
        let english = Words::new(Language::ENGLISH);
        let full = Formats::new(Language::ENGLISH, "en-US", Some(HourCycle::TwentyFour));
        assert_eq!(full.time(midnight, &english), "00:30");
        assert_eq!(full.hour(midnight, &english), "00");
    }
}
