//! GetUserAvailability for suggestions: times that a server finds good for a
//! meeting. Not every server makes them (grommunio does not).
//! Reference: "SuggestionsViewOptions", "Suggestion" (MS-OXWAVLS).

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{
    Operation,
    get_user_availability::{AttendeeType, BusyType, GetUserAvailability},
};
use crate::{
    item::Smtp,
    soap::{Fault, Outcome},
    time,
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for times at which mailboxes can meet. Days are those of UTC. A server
/// that makes no suggestions leaves them out, or refuses.
#[derive(Debug, Clone)]
pub struct SuggestTimes {
    /// Whose; at most [`GetUserAvailability::MAILBOXES_MAX`].
    pub mailboxes: Vec<(Smtp, AttendeeType)>,
    /// The first day.
    pub first: NaiveDate,
    /// How many days; at least 1, at most 35 are asked for.
    pub days: u8,
    /// How long the meeting is, 30 to 1440 minutes; others are asked for as
    /// the nearest of these.
    pub minutes: u16,
    /// The worst that is wanted.
    pub least: Quality,
}

/// `SuggestionQuality`, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Everybody is free.
    Excellent,
    /// Less than a quarter are not.
    Good,
    /// Less than half are not.
    Fair,
    /// More are not.
    Poor,
}

impl Quality {
    fn word(self) -> &'static str {
        match self {
            Self::Excellent => "Excellent",
            Self::Good => "Good",
            Self::Fair => "Fair",
            Self::Poor => "Poor",
        }
    }

    fn read(word: &str) -> Option<Self> {
        let all = [Self::Excellent, Self::Good, Self::Fair, Self::Poor];
        all.into_iter().find(|one| one.word() == word.trim())
    }
}

/// A time that the server suggests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// When the meeting would begin.
    pub start: DateTime<Utc>,
    /// How good it is.
    pub quality: Quality,
    /// Whether it is within the working hours of whoever asks.
    pub work_time: bool,
    /// How the time of each mailbox is taken, in the order of the request;
    /// `None` where it is not known, and for lists of people.
    pub people: Vec<Option<BusyType>>,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for SuggestTimes {
    /// `None` when the server makes no suggestions.
    type Response = Option<Vec<Suggestion>>;
    const NAME: &'static str = "GetUserAvailability";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        let days = u64::from(self.days.clamp(1, 35));
        let end = self.first + Days::new(days);
        w.element("m:GetUserAvailabilityRequest", &[], |w| {
            GetUserAvailability::write_zone(w);
            GetUserAvailability::write_mailboxes(w, &self.mailboxes);
            w.element("t:SuggestionsViewOptions", &[], |w| {
                w.text("t:GoodThreshold", "25");
                w.text("t:MaximumResultsByDay", "10");
                w.text("t:MaximumNonWorkHourResultsByDay", "0");
                let minutes = self.minutes.clamp(30, 1440);
                w.text("t:MeetingDurationInMinutes", &minutes.to_string());
                w.text("t:MinimumSuggestionQuality", self.least.word());
                w.element("t:DetailedSuggestionsWindow", &[], |w| {
                    w.text("t:StartTime", &format!("{}T00:00:00", self.first));
                    w.text("t:EndTime", &format!("{end}T00:00:00"));
                });
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Self::Response, Fault>, XmlError> {
        let mut found = None;
        while let Some(part) = reader.child()? {
            if part.name() != "SuggestionsResponse" {
                reader.skip()?;
                continue;
            }
            let mut outcome = Outcome::of(None);
            let mut all = Vec::new();
            while let Some(child) = reader.child()? {
                match child.name() {
                    "ResponseMessage" => {
                        outcome = Outcome::of(child.attribute("ResponseClass").as_deref());
                        while let Some(field) = reader.child()? {
                            if !outcome.take(field.name(), reader)? {
                                reader.skip()?;
                            }
                        }
                    }
                    "SuggestionDayResultArray" => {
                        while reader.child()?.is_some() {
                            read_day(&mut all, reader)?;
                        }
                    }
                    _ => reader.skip()?,
                }
            }
            if let Some(fault) = outcome.fault() {
                return Ok(Err(fault));
            }
            found = Some(all);
        }
        Ok(Ok(found))
    }
}

fn read_day(all: &mut Vec<Suggestion>, reader: &mut Reader<'_>) -> Result<(), XmlError> {
    while let Some(field) = reader.child()? {
        if field.name() == "SuggestionArray" {
            while reader.child()?.is_some() {
                all.extend(read_suggestion(reader)?);
            }
        } else {
            reader.skip()?;
        }
    }
    Ok(())
}

fn read_suggestion(reader: &mut Reader<'_>) -> Result<Option<Suggestion>, XmlError> {
    let (mut start, mut quality, mut work_time, mut people) = (None, None, false, Vec::new());
    while let Some(field) = reader.child()? {
        match field.name() {
            // Without an offset it is in the zone of the request.
            "MeetingTime" => start = time::instant(&reader.text()?, Tz::UTC),
            "IsWorkTime" => work_time = reader.text()?.trim() == "true",
            "SuggestionQuality" => quality = Quality::read(&reader.text()?),
            "AttendeeConflictDataArray" => {
                while reader.child()?.is_some() {
                    people.push(read_person(reader)?);
                }
            }
            _ => reader.skip()?,
        }
    }
    Ok(start.zip(quality).map(|(start, quality)| Suggestion {
        start,
        quality,
        work_time,
        people,
    }))
}

fn read_person(reader: &mut Reader<'_>) -> Result<Option<BusyType>, XmlError> {
    let mut busy = None;
    while let Some(field) = reader.child()? {
        match field.name() {
            "BusyType" => busy = Some(BusyType::read(&reader.text()?)),
            _ => reader.skip()?,
        }
    }
    Ok(busy)
}
