//! The ordered tables of a time zone of one's own (types.xsd,
//! `TimeZoneDefinitionType`).

use super::schema::{
    Content, Kind, Part, Value, maybe, must, needed, optional, optional_as, plain, some,
};
use super::tables::pieces::{INSTANT, INT};
use super::tables_people::DAYS;

/// `StartTimeZone`, `EndTimeZone`, and the zone of the header.
pub(super) static ZONE_DEFINITION: Kind = Kind {
    attributes: &[optional("Id", &[]), optional("Name", &[])],
    content: Content::Whole(&[
        must("Periods", &PERIODS),
        maybe("TransitionsGroups", &GROUPS),
        maybe("Transitions", &TRANSITIONS),
    ]),
};
static PERIODS: Kind = plain(Content::Sequence(&[some("Period", &PERIOD)]));
static PERIOD: Kind = Kind {
    attributes: &[
        optional_as("Bias", Value::Duration),
        optional("Name", &[]),
        optional("Id", &[]),
    ],
    content: Content::Empty,
};
static GROUPS: Kind = plain(Content::Sequence(&[some("TransitionsGroup", &TRANSITIONS)]));
static TRANSITIONS: Kind = Kind {
    attributes: &[optional("Id", &[])],
    content: Content::Choice(&[
        some("Transition", &TRANSITION),
        some("AbsoluteDateTransition", &ABSOLUTE),
        some("RecurringDayTransition", &BY_DAY),
        some("RecurringDateTransition", &BY_DATE),
    ]),
};
static TRANSITION: Kind = plain(Content::Sequence(TO));
const TO: &[Part] = &[must("To", &TARGET)];
static TARGET: Kind = Kind {
    attributes: &[needed("Kind", &["Period", "Group"])],
    content: Content::Text,
};
static ABSOLUTE: Kind = plain(Content::Extension(&[TO, &[must("DateTime", INSTANT)]]));
const YEARLY: &[Part] = &[must("TimeOffset", &LENGTH), must("Month", INT)];
static LENGTH: Kind = plain(Content::Duration);
static BY_DAY: Kind = plain(Content::Extension(&[
    TO,
    YEARLY,
    &[must("DayOfWeek", &DAY), must("Occurrence", INT)],
]));
static DAY: Kind = plain(Content::Words(DAYS));
static BY_DATE: Kind = plain(Content::Extension(&[TO, YEARLY, &[must("Day", INT)]]));
