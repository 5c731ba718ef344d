//! Suggested meeting times in `GetUserAvailability`.
//!
//! Microsoft, "SuggestionsViewOptions" and "SuggestionQuality": excellent is a
//! time at which everybody is free, good and fair ones have conflicts for less
//! than the good threshold or half of the attendees.

use chrono::{
    DateTime, Datelike as _, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc,
};

use super::serial_zone::SerialZone;
use super::{Call, find_item, success};
use crate::wire::element::{Element, element, text};
use crate::wire::fault::Fault;
use crate::wire::tree::Node;
use crate::world::details::Busy;
use crate::world::mailbox::Mailbox;

/// Minutes from one candidate to the next.
const STEP: i64 = 30;
const LONGEST_DAYS: i64 = 62;

/// How good a time is, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Quality {
    Excellent,
    Good,
    Fair,
    Poor,
}

impl Quality {
    const ALL: [Self; 4] = [Self::Excellent, Self::Good, Self::Fair, Self::Poor];

    fn word(self) -> &'static str {
        match self {
            Self::Excellent => "Excellent",
            Self::Good => "Good",
            Self::Fair => "Fair",
            Self::Poor => "Poor",
        }
    }

    /// The quality of a share of conflicts in percent.
    fn of(conflicts: usize, people: usize, threshold: usize) -> Self {
        match 100 * conflicts / people.max(1) {
            _ if conflicts == 0 => Self::Excellent,
            share if share < threshold => Self::Good,
            share if share < 50 => Self::Fair,
            _ => Self::Poor,
        }
    }
}

/// What is wanted.
struct Wanted {
    threshold: usize,
    most: usize,
    most_outside: usize,
    length: Duration,
    least: Quality,
    from: NaiveDate,
    to: NaiveDate,
}

/// A time that is taken.
struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    busy: Busy,
}

/// A person asked about: nothing when unknown here.
struct Attendee {
    busy: Option<Vec<Span>>,
    must_be_free: bool,
}

struct Suggestion {
    at: NaiveDateTime,
    works: bool,
    quality: Quality,
    people: Vec<Option<Busy>>,
}

/// `SuggestionsResponse`.
pub(super) fn answer(
    call: &Call<'_>,
    people: &[Node],
    options: &Node,
    zone: SerialZone,
) -> Result<Element, Fault> {
    let wanted = Wanted::read(options)?;
    let attendees: Vec<Attendee> = people
        .iter()
        .map(|person| Attendee::read(call, person, &wanted, zone))
        .collect();
    let organizer = people
        .iter()
        .find(|person| person.text_of("AttendeeType") == Some("Organizer"))
        .or(people.first())
        .and_then(|person| mailbox(call, person));
    let mut days = Vec::new();
    let mut day = wanted.from;
    while day < wanted.to {
        days.push(of_day(day, &wanted, &attendees, organizer, zone));
        day += Duration::days(1);
    }
    Ok(element("m:SuggestionsResponse")
        .child(success("m:ResponseMessage"))
        .child(element("m:SuggestionDayResultArray").children(days)))
}

fn mailbox<'a>(call: &'a Call<'_>, person: &Node) -> Option<&'a Mailbox> {
    call.world
        .mailbox(person.child("Email")?.text_of("Address")?)
}

impl Wanted {
    fn read(options: &Node) -> Result<Self, Fault> {
        let invalid =
            |name: &str| Fault::new("ErrorInvalidArgument", &format!("{name} is out of range."));
        let number = |name: &str, other: usize, least: usize, most: usize| {
            let value = match options.text_of(name) {
                Some(text) => text.parse().map_err(|_| invalid(name))?,
                None => other,
            };
            if (least..=most).contains(&value) {
                Ok(value)
            } else {
                Err(invalid(name))
            }
        };
        let day = |name: &str| {
            options
                .child("DetailedSuggestionsWindow")
                .and_then(|window| window.text_of(name)?.get(..10)?.parse::<NaiveDate>().ok())
                .ok_or_else(|| invalid("DetailedSuggestionsWindow"))
        };
        let (from, to) = (day("StartTime")?, day("EndTime")?);
        if from >= to || to - from > Duration::days(LONGEST_DAYS) {
            return Err(invalid("DetailedSuggestionsWindow"));
        }
        let least = options.text_of("MinimumSuggestionQuality");
        Ok(Self {
            threshold: number("GoodThreshold", 25, 1, 49)?,
            most: number("MaximumResultsByDay", 10, 0, 48)?,
            most_outside: number("MaximumNonWorkHourResultsByDay", 0, 0, 48)?,
            length: Duration::minutes(
                i64::try_from(number("MeetingDurationInMinutes", 60, 30, 1440)?)
                    .unwrap_or_default(),
            ),
            least: Quality::ALL
                .into_iter()
                .find(|one| Some(one.word()) == least)
                .unwrap_or(Quality::Fair),
            from,
            to,
        })
    }
}

impl Attendee {
    fn read(call: &Call<'_>, person: &Node, wanted: &Wanted, zone: SerialZone) -> Self {
        let from = zone.instant(wanted.from.and_time(NaiveTime::MIN));
        let to = zone.instant(wanted.to.and_time(NaiveTime::MIN)) + wanted.length;
        let busy = mailbox(call, person).map(|mailbox| {
            find_item::expand(mailbox, from, to)
                .into_iter()
                .map(|target| {
                    let own = target
                        .day
                        .and_then(|day| target.item.occurrence_details(day));
                    let details = own.as_ref().unwrap_or(&target.item.details);
                    Span {
                        start: details.start,
                        end: details.end,
                        busy: details.busy,
                    }
                })
                .collect()
        });
        let must_be_free = matches!(person.text_of("ExcludeConflicts"), Some("true" | "1"));
        Self { busy, must_be_free }
    }

    /// How busy one is in a span; nothing when nobody knows.
    fn at(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Busy> {
        let weight = |busy: Busy| match busy {
            Busy::Free => 0,
            Busy::WorkingElsewhere => 1,
            Busy::Tentative => 2,
            Busy::Busy => 3,
            Busy::OutOfOffice => 4,
        };
        let strongest = self
            .busy
            .as_ref()?
            .iter()
            .filter(|span| span.start < to && span.end > from)
            .map(|span| span.busy)
            .max_by_key(|busy| weight(*busy));
        Some(strongest.unwrap_or(Busy::Free))
    }
}

fn conflicts(busy: Option<Busy>) -> bool {
    matches!(busy, Some(Busy::Busy | Busy::OutOfOffice | Busy::Tentative))
}

fn of_day(
    day: NaiveDate,
    wanted: &Wanted,
    attendees: &[Attendee],
    organizer: Option<&Mailbox>,
    zone: SerialZone,
) -> Element {
    let mut found: Vec<Suggestion> = (0..24 * 60 / STEP)
        .map(|step| day.and_time(NaiveTime::MIN) + Duration::minutes(step * STEP))
        .filter_map(|at| {
            let from = zone.instant(at);
            let to = from + wanted.length;
            let people: Vec<_> = attendees.iter().map(|one| one.at(from, to)).collect();
            let excluded = attendees
                .iter()
                .zip(&people)
                .any(|(one, busy)| one.must_be_free && conflicts(*busy));
            let many = people.iter().filter(|busy| conflicts(**busy)).count();
            let quality = Quality::of(many, people.len(), wanted.threshold);
            (!excluded && quality <= wanted.least).then(|| Suggestion {
                at,
                works: organizer.is_some_and(|owner| works(owner, from, to)),
                quality,
                people,
            })
        })
        .collect();
    found.sort_by_key(|one| (one.quality, one.at));
    let (mut inside, mut outside) = (0, 0);
    found.retain(|one| {
        let (count, most) = if one.works {
            (&mut inside, wanted.most)
        } else {
            (&mut outside, wanted.most_outside)
        };
        *count += 1;
        *count <= most
    });
    let quality = found.first().map_or(Quality::Poor, |best| best.quality);
    let suggestions = found.iter().map(suggestion);
    element("t:SuggestionDayResult")
        .child(text("t:Date", format!("{day}T00:00:00")))
        .child(text("t:DayQuality", quality.word()))
        .child(element("t:SuggestionArray").children(suggestions))
}

fn works(owner: &Mailbox, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    let local = |at: DateTime<Utc>| at.with_timezone(&owner.zone).naive_local();
    let (from, to) = (local(from), local(to));
    let minute = |at: NaiveDateTime| at.hour() * 60 + at.minute();
    owner.hours.days.contains(&from.weekday())
        && from.date() == to.date()
        && minute(from) >= owner.hours.from
        && minute(to) <= owner.hours.to
}

fn suggestion(one: &Suggestion) -> Element {
    let people = one.people.iter().map(|busy| match busy {
        Some(busy) => {
            element("t:IndividualAttendeeConflictData").child(text("t:BusyType", busy.word()))
        }
        None => element("t:UnknownAttendeeConflictData"),
    });
    element("t:Suggestion")
        .child(text(
            "t:MeetingTime",
            one.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
        ))
        .child(text("t:IsWorkTime", one.works.to_string()))
        .child(text("t:SuggestionQuality", one.quality.word()))
        .child(element("t:AttendeeConflictDataArray").children(people))
}
