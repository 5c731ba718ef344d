//! The moment and the place a screen is made for, and how they are worded.

use calendar::{JoinLinks, Meeting, Span};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use super::whereabouts::Whereabouts;
use crate::{
    formats::Formats,
    reminders::Missed,
    settings::Settings,
    view::{JoinView, Stage},
    words::{Language, Words},
};

/// What the texts depend on beside the meetings and the moment.
#[derive(Debug)]
pub struct Surroundings {
    /// The user's zone.
    pub zone: Tz,
    /// The user's settings.
    pub settings: Settings,
    /// The language.
    pub words: Words,
    /// The locale's habits.
    pub formats: Formats,
}

impl Surroundings {
    /// What `settings` say, and `locale` where they say nothing.
    pub fn new(settings: Settings, locale: &str, zone: Tz) -> Self {
        let language = settings
            .appearance
            .language
            .unwrap_or_else(|| Language::of_locale(locale));
        Self {
            zone,
            words: Words::new(language),
            formats: Formats::new(language, locale, settings.appearance.hours),
            settings,
        }
    }

    /// The scene at `now`.
    pub fn scene(&self, now: DateTime<Utc>) -> Scene<'_> {
        Scene {
            now,
            zone: self.zone,
            settings: &self.settings,
            words: &self.words,
            formats: &self.formats,
            whereabouts: None,
            missed: None,
        }
    }
}

/// Everything a text depends on beside the meetings.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The user's zone.
    pub zone: Tz,
    /// The user's settings.
    pub settings: &'a Settings,
    /// The language.
    pub words: &'a Words,
    /// The locale's habits.
    pub formats: &'a Formats,
    /// Where people are, as far as it was asked.
    pub whereabouts: Option<&'a Whereabouts>,
    /// What rang for nobody, as far as this run knows.
    pub missed: Option<&'a Missed>,
}

/// Up to this far away a time is told in minutes rather than by the clock.
const RELATIVE_MINUTES_MAX: i64 = 60;

impl Scene<'_> {
    /// Today in the user's zone.
    pub fn today(&self) -> NaiveDate {
        self.date_of(self.now)
    }

    /// The local date of a moment.
    pub fn date_of(&self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.zone).date_naive()
    }

    /// The time of day, for example `10:00`.
    pub fn time(&self, moment: DateTime<Utc>) -> String {
        let local = moment.with_timezone(&self.zone);
        self.formats.time(local.time(), self.words)
    }

    /// The time of day within a sentence, with the day in front when that is
    /// not today.
    pub fn moment(&self, moment: DateTime<Utc>) -> String {
        let date = self.date_of(moment);
        if date == self.today() {
            return self.time(moment);
        }
        self.words.with(
            "day-and-time",
            [
                ("day", self.day_within(date).into()),
                ("time", self.time(moment).into()),
            ],
        )
    }

    /// The day as it is written within a sentence.
    fn day_within(&self, date: NaiveDate) -> String {
        match (date - self.today()).num_days() {
            1 => self.words.text("tomorrow-within"),
            -1 => self.words.text("yesterday-within"),
            _ => self.day(date),
        }
    }

    /// "Today", "Tomorrow", the weekday within the next six days, the date
    /// otherwise.
    pub fn day(&self, date: NaiveDate) -> String {
        let heading = self.heading(date);
        if !heading.is_empty() {
            return heading;
        }
        match (date - self.today()).num_days() {
            2..=6 => self.formats.weekday(date).to_owned(),
            -1 => self.words.text("yesterday"),
            _ => self.formats.short_date(date, self.words),
        }
    }

    /// "Today", "Tomorrow" or nothing.
    pub fn heading(&self, date: NaiveDate) -> String {
        match (date - self.today()).num_days() {
            0 => self.words.text("today"),
            1 => self.words.text("tomorrow"),
            _ => String::new(),
        }
    }

    /// From when to when, for example `10:00 – 10:45`; "All day" for days.
    pub fn times(&self, span: Span) -> String {
        match span {
            Span::AllDay { .. } => self.words.text("all-day"),
            Span::Timed { start, end } if start == end => self.time(start),
            Span::Timed { start, end } => self.words.with(
                "time-range",
                [
                    ("start", self.time(start).into()),
                    ("end", self.time(end).into()),
                ],
            ),
        }
    }

    /// Where now is relative to `start`.
    pub fn stage(&self, start: DateTime<Utc>) -> Stage {
        if self.now < start {
            Stage::Before
        } else if self.now < start + Duration::minutes(1) {
            Stage::Now
        } else {
            Stage::Late
        }
    }

    /// When a meeting begins or began, seen from now: in minutes within the
    /// hour, by the clock beyond it.
    pub fn when(&self, start: DateTime<Utc>) -> String {
        match self.stage(start) {
            Stage::Before => {
                let minutes = self.minutes_until(start);
                if minutes <= RELATIVE_MINUTES_MAX {
                    return self.words.with("in-minutes", [("minutes", minutes.into())]);
                }
                self.words.with(
                    "day-and-time",
                    [
                        ("day", self.day(self.date_of(start)).into()),
                        ("time", self.time(start).into()),
                    ],
                )
            }
            Stage::Now => self.words.text("now"),
            Stage::Late => {
                let minutes = (self.now - start).num_minutes();
                if minutes <= RELATIVE_MINUTES_MAX {
                    return self
                        .words
                        .with("started-minutes-ago", [("minutes", minutes.into())]);
                }
                self.words
                    .with("started-at", [("time", self.moment(start).into())])
            }
        }
    }

    /// Minutes until a coming moment, begun minutes counted whole: what is 30
    /// seconds away is "in 1 min", never "in 0 min".
    pub fn minutes_until(&self, moment: DateTime<Utc>) -> i64 {
        let seconds = (moment - self.now).num_milliseconds();
        seconds.div_euclid(60_000) + i64::from(seconds.rem_euclid(60_000) > 0)
    }

    /// The title as the user's own window shows it.
    pub fn title(&self, meeting: &Meeting) -> String {
        if meeting.title.trim().is_empty() {
            self.words.text("untitled")
        } else {
            meeting.title.clone()
        }
    }

    /// The title as it may appear on a screen that others see: the tray, the
    /// ring and notifications.
    pub fn public_title(&self, meeting: &Meeting) -> String {
        if self.settings.privacy.hide_titles {
            self.words.text("private-title")
        } else {
            self.title(meeting)
        }
    }

    /// The ways to join that are offered, each service and host once. Where
    /// two remain, or the host is of no known service, the user has to look.
    pub fn joins(&self, links: &JoinLinks) -> Vec<JoinView> {
        let mut views: Vec<JoinView> = Vec::new();
        for (place, link) in links.choices() {
            let Ok(index) = u32::try_from(place) else {
                continue;
            };
            let known = link.is_known();
            let view = JoinView {
                index,
                provider: if known {
                    link.provider.clone()
                } else {
                    String::new()
                },
                host: link.host.clone(),
                known,
            };
            let repeated = views
                .iter()
                .any(|other| other.provider == view.provider && other.host == view.host);
            if !repeated {
                views.push(view);
            }
        }
        views
    }
}

/// Puts what is not empty side by side.
pub(super) fn side_by_side(parts: impl IntoIterator<Item = String>) -> String {
    let mut line = String::new();
    for part in parts {
        if part.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push_str(" · ");
        }
        line.push_str(&part);
    }
    line
}
