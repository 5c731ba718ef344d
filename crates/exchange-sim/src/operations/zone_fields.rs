//! `StartTimeZone` and `EndTimeZone` with their full definition.

use chrono::{Datelike, Weekday};

use crate::wire::element::{Element, element, text};
use crate::world::details::Details;
use crate::world::zone::{self, Change};

/// The zone id an item carries.
pub(super) fn id(details: &Details) -> String {
    details
        .zone_id
        .clone()
        .unwrap_or_else(|| zone::to_windows(details.zone).to_owned())
}

/// A zone with the rules of the item's year.
pub(super) fn definition(name: &'static str, details: &Details) -> Element {
    let display = details
        .zone_id
        .as_deref()
        .unwrap_or_else(|| zone::display_name(details.zone));
    define(
        name,
        &id(details),
        display,
        details.zone,
        details.start.year(),
    )
}

/// `TimeZoneDefinitionType`.
pub(crate) fn define(
    name: &'static str,
    id: &str,
    display: &str,
    zone: chrono_tz::Tz,
    year: i32,
) -> Element {
    let rules = zone::rules(zone, year);
    let standard = format!("trule:Microsoft/Registry/{id}/1-Standard");
    let daylight = format!("trule:Microsoft/Registry/{id}/1-Daylight");
    let mut periods = element("t:Periods").child(period(&standard, "Standard", rules.standard));
    let mut group = element("t:TransitionsGroup").with("Id", "0");
    match rules.daylight {
        Some((to_daylight, to_standard)) => {
            periods = periods.child(period(&daylight, "Daylight", to_daylight.offset));
            let mut changes = [(&daylight, to_daylight), (&standard, to_standard)];
            changes.sort_by_key(|(_, change)| change.month);
            group = group.children(changes.map(|(to, change)| transition(to, change)));
        }
        None => {
            group = group.child(
                element("t:Transition").child(text("t:To", standard).with("Kind", "Period")),
            );
        }
    }
    element(name)
        .with("Id", id)
        .with("Name", display)
        .child(periods)
        .child(element("t:TransitionsGroups").child(group))
        .child(
            element("t:Transitions")
                .child(element("t:Transition").child(text("t:To", "0").with("Kind", "Group"))),
        )
}

fn period(id: &str, name: &str, offset: i32) -> Element {
    // A bias is what is added to local time to get UTC.
    let bias = -offset;
    let sign = if bias < 0 { "-" } else { "" };
    let (hours, minutes) = (bias.abs() / 60, bias.abs() % 60);
    let length = match (hours, minutes) {
        (hours, 0) => format!("{sign}PT{hours}H"),
        (0, minutes) => format!("{sign}PT{minutes}M"),
        (hours, minutes) => format!("{sign}PT{hours}H{minutes}M"),
    };
    element("t:Period")
        .with("Bias", length)
        .with("Name", name)
        .with("Id", id)
}

fn transition(to: &str, change: Change) -> Element {
    let occurrence = if change.week == 5 {
        "-1".to_owned()
    } else {
        change.week.to_string()
    };
    let offset = match (change.minute / 60, change.minute % 60) {
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    };
    element("t:RecurringDayTransition")
        .child(text("t:To", to).with("Kind", "Period"))
        .child(text("t:TimeOffset", offset))
        .child(text("t:Month", change.month.to_string()))
        .child(text("t:DayOfWeek", day_name(change.weekday)))
        .child(text("t:Occurrence", occurrence))
}

/// A weekday's name in `DayOfWeekType`.
pub(crate) fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
