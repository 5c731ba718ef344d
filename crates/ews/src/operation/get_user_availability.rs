//! GetUserAvailability: how the time of people and rooms is taken, and when
//! they work. Reference: "GetUserAvailability operation" (MS-OXWAVLS).
//!
//! Everything is asked and answered in UTC, which is stated as a zone without
//! daylight time. Suggestions are not asked for: not all servers make them,
//! and `calendar::availability` makes explained ones.

use chrono::{DateTime, Duration, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use super::Operation;
use crate::{
    Class,
    code::ResponseCode,
    error::ItemError,
    item::Smtp,
    soap::{Fault, Outcome},
    time,
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// As what somebody is asked (`MeetingAttendeeType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttendeeType {
    /// Whoever asks.
    Organizer,
    /// Has to be there.
    Required,
    /// May be there.
    Optional,
    /// A room.
    Room,
}

impl AttendeeType {
    fn word(self) -> &'static str {
        match self {
            Self::Organizer => "Organizer",
            Self::Required => "Required",
            Self::Optional => "Optional",
            Self::Room => "Room",
        }
    }
}

/// Asks for the time of several mailboxes in one stretch. Answer `i` belongs
/// to mailbox `i`.
#[derive(Debug, Clone)]
pub struct GetUserAvailability {
    /// Whose; at most [`GetUserAvailability::MAILBOXES_MAX`], members of lists
    /// counted.
    pub mailboxes: Vec<(Smtp, AttendeeType)>,
    /// From; a full slot.
    pub start: DateTime<Utc>,
    /// Until; at most [`GetUserAvailability::longest`] later.
    pub end: DateTime<Utc>,
}

impl GetUserAvailability {
    /// Mailboxes in one request.
    pub const MAILBOXES_MAX: usize = 100;
    const SLOT: Duration = Duration::minutes(30);

    /// The longest stretch: 42 days are documented, some servers count the
    /// days of daylight time differently.
    pub fn longest() -> Duration {
        Duration::days(35)
    }

    /// One request for each part of a longer stretch and a longer list.
    pub fn parts(
        mailboxes: &[(Smtp, AttendeeType)],
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Vec<Self> {
        let mut parts = Vec::new();
        for some in mailboxes.chunks(Self::MAILBOXES_MAX) {
            let mut from = start;
            while from < end {
                let until = end.min(from + Self::longest());
                parts.push(Self {
                    mailboxes: some.to_vec(),
                    start: from,
                    end: until,
                });
                from = until;
            }
        }
        parts
    }
}

/// `LegacyFreeBusyType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusyType {
    /// Free.
    Free,
    /// Perhaps.
    Tentative,
    /// Busy.
    Busy,
    /// Out of office.
    OutOfOffice,
    /// Working elsewhere.
    Elsewhere,
    /// The server does not know.
    NoData,
}

impl BusyType {
    fn read(word: &str) -> Self {
        match word.trim() {
            "Free" => Self::Free,
            "Tentative" => Self::Tentative,
            "OOF" => Self::OutOfOffice,
            "WorkingElsewhere" => Self::Elsewhere,
            "NoData" => Self::NoData,
            // What is not known takes the time.
            _ => Self::Busy,
        }
    }

    /// A digit of `MergedFreeBusy`. Working elsewhere is 0 there, so that the
    /// digits say less than events do.
    fn digit(digit: char) -> Self {
        match digit {
            '0' => Self::Free,
            '1' => Self::Tentative,
            '3' => Self::OutOfOffice,
            '4' | '5' => Self::NoData,
            _ => Self::Busy,
        }
    }
}

/// A stretch of somebody's time. Subjects and places are not read: nobody
/// needs them to find a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyTime {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant after it.
    pub end: DateTime<Utc>,
    /// How it is taken.
    pub busy: BusyType,
}

/// When somebody works, in minutes of their own day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingHours {
    /// Minutes to add to their local time to get UTC, outside of daylight
    /// time.
    pub bias: i32,
    /// Minutes to add besides during daylight time; 0 without it.
    pub daylight_bias: i32,
    /// Days with begin and end.
    pub periods: Vec<(Vec<Weekday>, NaiveTime, NaiveTime)>,
}

/// What is known of one mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Availability {
    /// How the time is taken; what is not in it is free. `None` when the
    /// server told nothing.
    pub busy: Option<Vec<BusyTime>>,
    /// When they work, where the server told.
    pub hours: Option<WorkingHours>,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetUserAvailability {
    type Response = Vec<Result<Availability, ItemError>>;
    const NAME: &'static str = "GetUserAvailability";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:GetUserAvailabilityRequest", &[], |w| {
            w.element("t:TimeZone", &[], |w| {
                w.text("t:Bias", "0");
                // Some servers refuse a zone without both transitions.
                for (transition, order, month, day) in [
                    ("t:StandardTime", "1", "1", "Monday"),
                    ("t:DaylightTime", "5", "12", "Sunday"),
                ] {
                    w.element(transition, &[], |w| {
                        w.text("t:Bias", "0");
                        w.text("t:Time", "00:00:00");
                        w.text("t:DayOrder", order);
                        w.text("t:Month", month);
                        w.text("t:DayOfWeek", day);
                    });
                }
            });
            w.element("m:MailboxDataArray", &[], |w| {
                for (mailbox, kind) in &self.mailboxes {
                    w.element("t:MailboxData", &[], |w| {
                        w.element("t:Email", &[], |w| w.text("t:Address", &mailbox.0));
                        w.text("t:AttendeeType", kind.word());
                        w.text("t:ExcludeConflicts", "false");
                    });
                }
            });
            w.element("t:FreeBusyViewOptions", &[], |w| {
                w.element("t:TimeWindow", &[], |w| {
                    let naive = |moment: DateTime<Utc>| {
                        moment.naive_utc().format("%Y-%m-%dT%H:%M:%S").to_string()
                    };
                    w.text("t:StartTime", &naive(self.start));
                    w.text("t:EndTime", &naive(self.end));
                });
                let slot = Self::SLOT.num_minutes().to_string();
                w.text("t:MergedFreeBusyIntervalInMinutes", &slot);
                w.text("t:RequestedView", "DetailedMerged");
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Self::Response, Fault>, XmlError> {
        let mut found = Vec::new();
        while let Some(part) = reader.child()? {
            if part.name() != "FreeBusyResponseArray" {
                reader.skip()?;
                continue;
            }
            while let Some(response) = reader.child()? {
                if response.name() == "FreeBusyResponse" {
                    match self.read_one(reader)? {
                        Err(fault) if fault.code.class() == Class::Throttled => {
                            return Ok(Err(fault));
                        }
                        one => found.push(one.map_err(|fault| ItemError { code: fault.code })),
                    }
                } else {
                    reader.skip()?;
                }
            }
        }
        Ok(Ok(found))
    }
}

impl GetUserAvailability {
    fn read_one(&self, reader: &mut Reader<'_>) -> Result<Result<Availability, Fault>, XmlError> {
        let mut outcome = Outcome::of(None);
        let mut found = Availability::default();
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
                "FreeBusyView" => found = self.read_view(reader)?,
                _ => reader.skip()?,
            }
        }
        let failed = outcome.code != ResponseCode::NoError;
        Ok(match outcome.fault() {
            Some(fault) if failed => Err(fault),
            _ => Ok(found),
        })
    }

    fn read_view(&self, reader: &mut Reader<'_>) -> Result<Availability, XmlError> {
        let (mut events, mut digits, mut hours) = (None, None, None);
        while let Some(child) = reader.child()? {
            match child.name() {
                "CalendarEventArray" => events = Some(read_events(reader)?),
                "MergedFreeBusy" => digits = Some(reader.text()?),
                "WorkingHours" => hours = read_hours(reader)?,
                _ => reader.skip()?,
            }
        }
        // An absent array beside digits of zeros means that nothing is on; one
        // beside other digits, that the caller may see no more than those.
        let busy = events.or_else(|| digits.map(|digits| self.read_digits(&digits)));
        Ok(Availability { busy, hours })
    }

    fn read_digits(&self, digits: &str) -> Vec<BusyTime> {
        let mut start = self.start;
        let mut found = Vec::new();
        for digit in digits.trim().chars() {
            let end = start + Self::SLOT;
            let busy = BusyType::digit(digit);
            if busy != BusyType::Free {
                found.push(BusyTime { start, end, busy });
            }
            start = end;
        }
        found
    }
}

fn read_events(reader: &mut Reader<'_>) -> Result<Vec<BusyTime>, XmlError> {
    let mut events = Vec::new();
    while reader.child()?.is_some() {
        let (mut start, mut end, mut busy) = (None, None, BusyType::Busy);
        while let Some(field) = reader.child()? {
            match field.name() {
                // Without an offset they are in the zone of the request.
                "StartTime" => start = time::instant(&reader.text()?, Tz::UTC),
                "EndTime" => end = time::instant(&reader.text()?, Tz::UTC),
                "BusyType" => busy = BusyType::read(&reader.text()?),
                _ => reader.skip()?,
            }
        }
        if let (Some(start), Some(end)) = (start, end) {
            events.push(BusyTime { start, end, busy });
        }
    }
    Ok(events)
}

fn read_hours(reader: &mut Reader<'_>) -> Result<Option<WorkingHours>, XmlError> {
    let (mut bias, mut daylight_bias, mut periods) = (None, 0, Vec::new());
    while let Some(child) = reader.child()? {
        match child.name() {
            "TimeZone" => {
                while let Some(field) = reader.child()? {
                    match field.name() {
                        "Bias" => bias = reader.text()?.trim().parse().ok(),
                        "DaylightTime" => daylight_bias = read_bias(reader)?,
                        _ => reader.skip()?,
                    }
                }
            }
            "WorkingPeriodArray" => {
                while reader.child()?.is_some() {
                    periods.extend(read_period(reader)?);
                }
            }
            _ => reader.skip()?,
        }
    }
    Ok(bias.map(|bias| WorkingHours {
        bias,
        daylight_bias,
        periods,
    }))
}

fn read_bias(reader: &mut Reader<'_>) -> Result<i32, XmlError> {
    let mut bias = 0;
    while let Some(field) = reader.child()? {
        if field.name() == "Bias" {
            bias = reader.text()?.trim().parse().unwrap_or(0);
        } else {
            reader.skip()?;
        }
    }
    Ok(bias)
}

type Period = (Vec<Weekday>, NaiveTime, NaiveTime);

fn read_period(reader: &mut Reader<'_>) -> Result<Option<Period>, XmlError> {
    let (mut days, mut from, mut to) = (Vec::new(), None, None);
    while let Some(field) = reader.child()? {
        match field.name() {
            "DayOfWeek" => {
                let words = reader.text()?;
                days = words
                    .split_whitespace()
                    .filter_map(|day| day.parse().ok())
                    .collect();
            }
            "StartTimeInMinutes" => from = minutes(&reader.text()?),
            "EndTimeInMinutes" => to = minutes(&reader.text()?),
            _ => reader.skip()?,
        }
    }
    Ok(from.zip(to).map(|(from, to)| (days, from, to)))
}

/// Minutes after midnight; 1440 is the midnight that ends the day.
fn minutes(text: &str) -> Option<NaiveTime> {
    let minutes: u32 = text.trim().parse().ok()?;
    (minutes <= 1440)
        .then(|| NaiveTime::from_num_seconds_from_midnight_opt(minutes % 1440 * 60, 0))
        .flatten()
}
