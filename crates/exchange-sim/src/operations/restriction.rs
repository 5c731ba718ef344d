//! `Restriction` of `FindItem`: which items of a folder are wanted.
//!
//! Microsoft: "Restriction", "SearchExpressionType". A comparison with a
//! property that the item lacks is false, whatever the comparison.

use std::cmp::Ordering;

use chrono_tz::Tz;

use super::Refusal;
use crate::wire::text::read_instant;
use crate::wire::tree::Node;
use crate::world::Item;
use crate::world::details::Sensitivity;
use crate::world::property::{PropertyKey, PropertyValue};

/// `PidLidRecurring`: whether the item is a series.
const RECURRING: (&str, i32) = ("Appointment", 0x8223);

/// Orders items as a `SortOrder` wants them; items without the property come
/// first.
///
/// # Errors
/// `ErrorUnsupportedPathForSortGroup` when a property cannot be sorted by.
pub(super) fn sort(order: &Node, items: &mut [&Item]) -> Result<(), Refusal> {
    // Every sort is stable, so the last field goes first.
    for field in order.children.iter().rev() {
        let path = path(field)?;
        let mut keyed = Vec::with_capacity(items.len());
        for item in items.iter() {
            let key = value(path, item).map_err(|_| {
                Refusal::new(
                    "ErrorUnsupportedPathForSortGroup",
                    "The specified property cannot be sorted by.",
                )
            })?;
            keyed.push((key.map(Value::folded), *item));
        }
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
        if field.attribute("Order") == Some("Descending") {
            keyed.reverse();
        }
        for (place, (_, item)) in items.iter_mut().zip(keyed) {
            *place = item;
        }
    }
    Ok(())
}

/// A property's value, to be compared with another of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    Moment(chrono::DateTime<chrono::Utc>),
    Boolean(bool),
    Number(i64),
}

impl Value {
    /// Texts without regard to case, as MAPI compares them.
    fn folded(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(text.to_lowercase()),
            other => other,
        }
    }
}

/// Whether an item meets every expression of a `Restriction`.
///
/// # Errors
/// `ErrorUnsupportedPathForQuery` or `ErrorUnsupportedQueryFilter` when an
/// expression is of a kind this server does not know.
pub(super) fn admits(restriction: &Node, item: &Item, zone: Tz) -> Result<bool, Refusal> {
    every(&restriction.children, item, zone)
}

fn every(expressions: &[Node], item: &Item, zone: Tz) -> Result<bool, Refusal> {
    for expression in expressions {
        if !holds(expression, item, zone)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(expression: &Node, item: &Item, zone: Tz) -> Result<bool, Refusal> {
    let orders: &[Ordering] = match expression.name.as_str() {
        "And" => return every(&expression.children, item, zone),
        "Or" => {
            for one in &expression.children {
                if holds(one, item, zone)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        "Not" => return Ok(!every(&expression.children, item, zone)?),
        "Exists" => return Ok(value(path(expression)?, item)?.is_some()),
        "Contains" => return contains(expression, item),
        "IsEqualTo" => &[Ordering::Equal],
        "IsNotEqualTo" => &[Ordering::Less, Ordering::Greater],
        "IsGreaterThan" => &[Ordering::Greater],
        "IsGreaterThanOrEqualTo" => &[Ordering::Greater, Ordering::Equal],
        "IsLessThan" => &[Ordering::Less],
        "IsLessThanOrEqualTo" => &[Ordering::Less, Ordering::Equal],
        _ => return Err(unsupported()),
    };
    let Some(left) = value(path(expression)?, item)? else {
        return Ok(false);
    };
    let other = expression
        .child("FieldURIOrConstant")
        .and_then(|other| other.children.first())
        .ok_or_else(unsupported)?;
    let order = match other.attribute("Value") {
        Some(constant) if other.name == "Constant" => compare(&left, constant, zone),
        _ => match value(other, item)? {
            Some(Value::Text(right)) => compare(&left, &right, zone),
            Some(Value::Moment(right)) => compare(&left, &right.to_rfc3339(), zone),
            Some(Value::Boolean(right)) => compare(&left, &right.to_string(), zone),
            Some(Value::Number(right)) => compare(&left, &right.to_string(), zone),
            None => None,
        },
    };
    Ok(order.is_some_and(|order| orders.contains(&order)))
}

/// The first child names the property.
fn path(expression: &Node) -> Result<&Node, Refusal> {
    expression.children.first().ok_or_else(unsupported)
}

fn contains(expression: &Node, item: &Item) -> Result<bool, Refusal> {
    let wanted = expression
        .child("Constant")
        .and_then(|constant| constant.attribute("Value"))
        .ok_or_else(unsupported)?;
    let Some(Value::Text(text)) = value(path(expression)?, item)? else {
        return Ok(false);
    };
    let (text, wanted) = match expression.attribute("ContainmentComparison") {
        None | Some("Exact") => (text, wanted.to_owned()),
        _ => (text.to_lowercase(), wanted.to_lowercase()),
    };
    Ok(match expression.attribute("ContainmentMode") {
        Some("FullString") => text == wanted,
        Some("Prefixed" | "PrefixOnWords") => text.starts_with(&wanted),
        _ => text.contains(&wanted),
    })
}

fn compare(left: &Value, right: &str, zone: Tz) -> Option<Ordering> {
    match left {
        // MAPI compares strings without regard to case.
        Value::Text(left) => Some(left.to_lowercase().cmp(&right.to_lowercase())),
        Value::Moment(left) => read_instant(right, zone).map(|right| left.cmp(&right)),
        Value::Number(left) => right.parse().ok().map(|right| left.cmp(&right)),
        Value::Boolean(left) => match right {
            "true" | "1" => Some(left.cmp(&true)),
            "false" | "0" => Some(left.cmp(&false)),
            _ => None,
        },
    }
}

fn value(path: &Node, item: &Item) -> Result<Option<Value>, Refusal> {
    let details = &item.details;
    if path.name == "ExtendedFieldURI" {
        let key = PropertyKey::read(|name| path.attribute(name)).ok_or_else(unsupported)?;
        if key == PropertyKey::numbered(RECURRING.0, RECURRING.1) {
            return Ok(Some(Value::Boolean(item.series.is_some())));
        }
        // MS-OXPROPS: PidTagSensitivity, PidTagInternetArticleNumber, PidTagSubject.
        match key {
            PropertyKey::Tag(0x0036) => {
                return Ok(Some(Value::Number(match details.sensitivity {
                    Sensitivity::Normal => 0,
                    Sensitivity::Personal => 1,
                    Sensitivity::Private => 2,
                    Sensitivity::Confidential => 3,
                })));
            }
            PropertyKey::Tag(0x0e23) => {
                let number = item.number.0 & 0x7fff_ffff;
                return Ok(i64::try_from(number).ok().map(Value::Number));
            }
            PropertyKey::Tag(0x0037) => return Ok(Some(Value::Text(details.subject.clone()))),
            _ => {}
        }
        return Ok(match details.extended.get(&key) {
            Some(PropertyValue::One(text)) => Some(Value::Text(text.clone())),
            Some(PropertyValue::Many(_)) | None => None,
        });
    }
    let text = |text: &str| (!text.is_empty()).then(|| Value::Text(text.to_owned()));
    Ok(match path.attribute("FieldURI") {
        Some("calendar:Start") => Some(Value::Moment(details.start)),
        Some("calendar:End") => Some(Value::Moment(details.end)),
        Some("item:DateTimeCreated") => Some(Value::Moment(item.created)),
        Some("calendar:IsCancelled") => Some(Value::Boolean(details.cancelled)),
        Some("calendar:IsAllDayEvent") => Some(Value::Boolean(details.all_day)),
        Some("calendar:UID") => text(&item.uid),
        Some("item:Subject") => text(&details.subject),
        Some("calendar:Location") => text(&details.location),
        _ => {
            return Err(Refusal::new(
                "ErrorUnsupportedPathForQuery",
                "The specified property cannot be used in a restriction.",
            ));
        }
    })
}

fn unsupported() -> Refusal {
    Refusal::new(
        "ErrorUnsupportedQueryFilter",
        "The query filter is not supported.",
    )
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone as _, Utc};
    use rstest::rstest;

    use super::*;
    use crate::wire::tree::parse;
    use crate::world::World;
    use crate::world::details::Details;

    const SUBJECT: &str = "<t:FieldURI FieldURI=\"item:Subject\"/>";
    const START: &str = "<t:FieldURI FieldURI=\"calendar:Start\"/>";
    const RECURS: &str = "<t:ExtendedFieldURI DistinguishedPropertySetId=\"Appointment\" PropertyId=\"33315\" PropertyType=\"Boolean\"/>";
    const NAME: &str = "<t:ExtendedFieldURI PropertyTag=\"0x10F3\" PropertyType=\"String\"/>";
    const ABSENT: &str = "<t:ExtendedFieldURI PropertyTag=\"0x6633\" PropertyType=\"Integer\"/>";

    /// Whether "Planning" at 09:00 UTC of 23 November 2026, with the URL name
    /// `one.ics`, meets a restriction.
    fn verdict(expression: &str) -> Result<bool, Refusal> {
        let start = Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap();
        let mut world = World::empty(start);
        world.add_mailbox("anna@example.org", "Anna Berg", Tz::Europe__Stockholm, "x");
        let details = Details::new(
            "Planning",
            start,
            start + Duration::hours(1),
            Tz::Europe__Stockholm,
        )
        .property(PropertyKey::Tag(0x10f3), "one.ics".into());
        world.add("anna@example.org", details).unwrap();
        let calendar = &world.mailbox("anna@example.org").unwrap().calendar;
        let document = format!(
            "<m:Restriction xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
             xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">{expression}</m:Restriction>"
        );
        admits(
            &parse(&document).unwrap(),
            calendar.items().next().unwrap(),
            Tz::UTC,
        )
    }

    fn comparison(name: &str, path: &str, constant: &str) -> String {
        format!(
            "<t:{name}>{path}<t:FieldURIOrConstant><t:Constant Value=\"{constant}\"/></t:FieldURIOrConstant></t:{name}>"
        )
    }

    #[rstest]
    #[case::text_without_case("IsEqualTo", SUBJECT, "PLANNING", true)]
    #[case::other_text("IsEqualTo", SUBJECT, "Plan", false)]
    #[case::unequal("IsNotEqualTo", SUBJECT, "Plan", true)]
    #[case::tagged_property("IsEqualTo", NAME, "one.ics", true)]
    #[case::later("IsGreaterThan", START, "2026-11-23T08:59:59Z", true)]
    #[case::not_later_than_itself("IsGreaterThan", START, "2026-11-23T09:00:00Z", false)]
    #[case::at_least_itself("IsGreaterThanOrEqualTo", START, "2026-11-23T10:00:00+01:00", true)]
    #[case::earlier("IsLessThan", START, "2026-11-23T09:00:01Z", true)]
    #[case::at_most("IsLessThanOrEqualTo", START, "2026-11-23T08:00:00Z", false)]
    #[case::no_series("IsEqualTo", RECURS, "true", false)]
    #[case::single("IsEqualTo", RECURS, "false", true)]
    #[case::absent_is_not_equal("IsEqualTo", ABSENT, "1", false)]
    #[case::absent_is_not_unequal_either("IsNotEqualTo", ABSENT, "1", false)]
    fn a_comparison_is_decided_by_the_kind_of_the_property(
        #[case] name: &str,
        #[case] path: &str,
        #[case] constant: &str,
        #[case] admitted: bool,
    ) {
        assert_eq!(verdict(&comparison(name, path, constant)), Ok(admitted));
    }

    #[test]
    fn expressions_combine() {
        let yes = comparison("IsEqualTo", SUBJECT, "Planning");
        let no = comparison("IsEqualTo", SUBJECT, "Other");
        assert_eq!(verdict(&format!("<t:And>{yes}{no}</t:And>")), Ok(false));
        assert_eq!(verdict(&format!("<t:Or>{no}{yes}</t:Or>")), Ok(true));
        assert_eq!(verdict(&format!("<t:Not>{no}</t:Not>")), Ok(true));
        assert_eq!(
            verdict(&format!("<t:Exists>{ABSENT}</t:Exists>")),
            Ok(false)
        );
        assert_eq!(verdict(&format!("<t:Exists>{NAME}</t:Exists>")), Ok(true));
    }

    #[rstest]
    #[case("Substring", "IgnoreCase", "LANN", true)]
    #[case("Substring", "Exact", "LANN", false)]
    #[case("Prefixed", "Exact", "Plan", true)]
    #[case("Prefixed", "Exact", "lan", false)]
    #[case("FullString", "IgnoreCase", "planning", true)]
    #[case("FullString", "IgnoreCase", "plan", false)]
    fn a_part_of_a_text_is_found_by_mode_and_case(
        #[case] mode: &str,
        #[case] comparison: &str,
        #[case] wanted: &str,
        #[case] admitted: bool,
    ) {
        let expression = format!(
            "<t:Contains ContainmentMode=\"{mode}\" ContainmentComparison=\"{comparison}\">{SUBJECT}\
             <t:Constant Value=\"{wanted}\"/></t:Contains>"
        );
        assert_eq!(verdict(&expression), Ok(admitted));
    }

    #[test]
    fn what_is_not_known_is_refused_and_never_guessed() {
        let path = "<t:FieldURI FieldURI=\"item:Size\"/>";
        let refused = verdict(&comparison("IsEqualTo", path, "1")).unwrap_err();
        assert_eq!(refused.code, "ErrorUnsupportedPathForQuery");
        let refused = verdict("<t:Near/>").unwrap_err();
        assert_eq!(refused.code, "ErrorUnsupportedQueryFilter");
    }
}
