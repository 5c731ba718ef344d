//! `GetUserAvailability`: free and busy times of up to a hundred people.

use chrono::{DateTime, Datelike, Duration, NaiveDateTime, Utc};

use super::folder::may_open;
use super::serial_zone::{self, SerialZone};
use super::target::Target;
use super::zone_fields::day_name;
use super::{Call, Refusal, failure, find_item, success, suggestions};
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
use crate::wire::fault::Fault;
use crate::wire::tree::Node;
use crate::world::details::{Busy, Details, Reminder, Sensitivity};
use crate::world::id;
use crate::world::mailbox::{FreeBusyRights, Mailbox};

const MOST_MAILBOXES: usize = 100;
const LONGEST_DAYS: i64 = 62;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Result<Element, Fault> {
    let zone = request
        .child("TimeZone")
        .and_then(SerialZone::read)
        .ok_or_else(|| Fault::new("ErrorTimeZone", "The request must specify a time zone."))?;
    let people = request
        .child("MailboxDataArray")
        .map(|all| all.children.as_slice())
        .unwrap_or_default();
    if people.len() > MOST_MAILBOXES {
        return Err(Fault::new(
            "ErrorMailboxDataArrayTooBig",
            "The number of identities in the request is above the limit of 100.",
        ));
    }
    let view = request.child("FreeBusyViewOptions");
    // grommunio has no suggestions and says nothing about it.
    let suggestions = request
        .child("SuggestionsViewOptions")
        .filter(|_| call.personality == Personality::ExchangeSe);
    if view.is_none() && suggestions.is_none() {
        return Err(Fault::new(
            "ErrorMissingArgument",
            "FreeBusyViewOptions or SuggestionsViewOptions is required.",
        ));
    }
    let times = match view {
        Some(options) => {
            let view = View::read(options, zone, call.personality)?;
            let answers = people.iter().map(|person| one(call, person, &view));
            Some(element("m:FreeBusyResponseArray").children(answers))
        }
        None => None,
    };
    let suggestions = match suggestions {
        Some(options) => Some(suggestions::answer(call, people, options, zone)?),
        None => None,
    };
    Ok(element("m:GetUserAvailabilityResponse")
        .child_if(times)
        .child_if(suggestions))
}

/// What is asked about everybody.
struct View {
    zone: SerialZone,
    from: NaiveDateTime,
    to: NaiveDateTime,
    interval: i64,
    wanted: String,
    personality: Personality,
}

impl View {
    fn read(options: &Node, zone: SerialZone, personality: Personality) -> Result<Self, Fault> {
        let invalid = || Fault::new("ErrorInvalidTimeInterval", "The time window is invalid.");
        let window = options.child("TimeWindow").ok_or_else(invalid)?;
        // An offset here is ignored: the times are wall times of the zone.
        let wall = |name: &str| {
            window
                .text_of(name)
                .and_then(|text| text.get(..19)?.parse().ok())
        };
        let from: NaiveDateTime = wall("StartTime").ok_or_else(invalid)?;
        let to: NaiveDateTime = wall("EndTime").ok_or_else(invalid)?;
        let interval = options
            .text_of("MergedFreeBusyIntervalInMinutes")
            .and_then(|text| text.parse().ok())
            .unwrap_or(30);
        if from >= to {
            return Err(invalid());
        }
        if to - from > Duration::days(LONGEST_DAYS) {
            return Err(Fault::new(
                "ErrorTimeIntervalTooBig",
                "The requested time duration is too long.",
            ));
        }
        if !(5..=1440).contains(&interval) || Duration::minutes(interval) > to - from {
            return Err(Fault::new(
                "ErrorInvalidMergedFreeBusyInterval",
                "The interval is out of range.",
            ));
        }
        let wanted = options
            .text_of("RequestedView")
            .unwrap_or("FreeBusy")
            .to_owned();
        Ok(Self {
            zone,
            from,
            to,
            interval,
            wanted,
            personality,
        })
    }
}

fn one(call: &Call<'_>, person: &Node, view: &View) -> Element {
    let address = person
        .child("Email")
        .and_then(|email| email.text_of("Address"))
        .unwrap_or_default();
    let Some(mailbox) = call.world.mailbox(address) else {
        let refusal = Refusal::new(
            "ErrorMailRecipientNotFound",
            &format!("Unable to resolve e-mail address {address} to an Active Directory object."),
        );
        let nothing = element("m:FreeBusyView").child(text("t:FreeBusyViewType", "None"));
        return element("m:FreeBusyResponse")
            .child(failure("m:ResponseMessage", &refusal))
            .child(nothing);
    };
    let default = mailbox.default_rights;
    let known = may_open(mailbox, &call.mailbox);
    if !known && default == FreeBusyRights::None {
        let refusal = Refusal::new(
            "ErrorNoFreeBusyAccess",
            "The caller has no access to free/busy data.",
        );
        return element("m:FreeBusyResponse")
            .child(failure("m:ResponseMessage", &refusal))
            .child(element("m:FreeBusyView").child(text("t:FreeBusyViewType", "None")));
    }
    // Without rights to the calendar only free and busy times are given.
    let grommunio = call.personality == Personality::Grommunio;
    let detailed = known || default == FreeBusyRights::Details;
    let kind = match view.wanted.as_str() {
        // grommunio ignores the view asked for, and gives owners less than delegates.
        _ if grommunio && (!detailed || mailbox.address == call.mailbox) => "FreeBusy",
        _ if grommunio => "Detailed",
        "Detailed" if !detailed => "FreeBusy",
        "DetailedMerged" if !detailed => "FreeBusyMerged",
        wanted => wanted,
    };
    let mut out = element("m:FreeBusyView").child(text("t:FreeBusyViewType", kind));
    let found = find_item::expand(
        mailbox,
        view.zone.instant(view.from),
        view.zone.instant(view.to),
    );
    let events: Vec<(Target<'_>, Details)> = found
        .into_iter()
        .map(|target| {
            let details = target
                .day
                .and_then(|day| target.item.occurrence_details(day));
            (
                target,
                details.unwrap_or_else(|| target.item.details.clone()),
            )
        })
        .collect();
    if matches!(kind, "MergedOnly" | "FreeBusyMerged" | "DetailedMerged") {
        out = out.child(text("t:MergedFreeBusy", merged(&events, view)));
    }
    if !matches!(kind, "None" | "MergedOnly") && !events.is_empty() {
        let details = kind.starts_with("Detailed");
        let events = events
            .iter()
            .map(|(target, event)| calendar_event(*target, event, view, details));
        out = out.child(element("t:CalendarEventArray").children(events));
    }
    if kind != "None" && !grommunio {
        out = out.child(working_hours(mailbox, view.from.year()));
    }
    element("m:FreeBusyResponse")
        .child(success("m:ResponseMessage"))
        .child(out)
}

/// A digit per interval; of several items in one the strongest shows.
fn merged(events: &[(Target<'_>, Details)], view: &View) -> String {
    let step = Duration::minutes(view.interval);
    let mut out = String::new();
    let mut at = view.from;
    while at < view.to {
        let (from, to) = (view.zone.instant(at), view.zone.instant(at + step));
        let strongest = events
            .iter()
            .filter(|(_, event)| event.start < to && event.end > from)
            .map(|(_, event)| digit(event.busy))
            .max();
        out.push(strongest.unwrap_or('0'));
        at += step;
    }
    out
}

fn digit(busy: Busy) -> char {
    match busy {
        Busy::Free | Busy::WorkingElsewhere => '0',
        Busy::Tentative => '1',
        Busy::Busy => '2',
        Busy::OutOfOffice => '3',
    }
}

fn calendar_event(target: Target<'_>, event: &Details, view: &View, details: bool) -> Element {
    let wall = |at: DateTime<Utc>| {
        let local = view.zone.local(at);
        let plain = local.format("%Y-%m-%dT%H:%M:%S").to_string();
        match view.personality {
            Personality::ExchangeSe => plain,
            Personality::Grommunio => {
                let minutes = (local - at.naive_utc()).num_minutes();
                let sign = if minutes < 0 { '-' } else { '+' };
                format!(
                    "{plain}{sign}{:02}{:02}",
                    minutes.abs() / 60,
                    minutes.abs() % 60
                )
            }
        }
    };
    let out = element("t:CalendarEvent")
        .child(text("t:StartTime", wall(event.start)))
        .child(text("t:EndTime", wall(event.end)))
        .child(text("t:BusyType", event.busy.word()));
    if !details {
        return out;
    }
    let private = event.sensitivity != Sensitivity::Normal;
    let changed = target
        .item
        .series
        .as_ref()
        .zip(target.day)
        .is_some_and(|(series, day)| series.changed.contains_key(&day));
    let mut more = element("t:CalendarEventDetails");
    if !private {
        more = more
            .child(text(
                "t:ID",
                id::hex_entry(&target.mailbox.guid, target.item.number),
            ))
            .child(text("t:Subject", event.subject.clone()))
            .child(text("t:Location", event.location.clone()));
    }
    out.child(
        more.child(text("t:IsMeeting", event.is_meeting().to_string()))
            .child(text("t:IsRecurring", target.day.is_some().to_string()))
            .child(text("t:IsException", changed.to_string()))
            .child(text(
                "t:IsReminderSet",
                (event.reminder != Reminder::Off).to_string(),
            ))
            .child(text("t:IsPrivate", private.to_string())),
    )
}

fn working_hours(mailbox: &Mailbox, year: i32) -> Element {
    let hours = &mailbox.hours;
    let days = hours
        .days
        .iter()
        .map(|day| day_name(*day))
        .collect::<Vec<_>>()
        .join(" ");
    let period = element("t:WorkingPeriod")
        .child(text("t:DayOfWeek", days))
        .child(text("t:StartTimeInMinutes", hours.from.to_string()))
        .child(text("t:EndTimeInMinutes", hours.to.to_string()));
    element("t:WorkingHours")
        .child(serial_zone::write(mailbox.zone, year))
        .child(element("t:WorkingPeriodArray").child(period))
}
