//! Checks a request against ordered tables, as strictly as Exchange does.

use super::fault::Fault;
use super::tree::{Node, Space};

/// What may stand inside an element.
pub(crate) enum Content {
    /// Not checked further.
    Open,
    /// Neither text nor child elements.
    Empty,
    /// Text without child elements.
    Text,
    /// The same, at least one character.
    Filled,
    /// One of these words.
    Words(&'static [&'static str]),
    /// Any of these words, with blanks between them.
    List(&'static [&'static str]),
    /// A whole number within these bounds, both included.
    Number(i64, i64),
    /// `true`, `false`, `1` or `0`.
    Boolean,
    /// `xs:dateTime`.
    Instant,
    /// `xs:date`.
    Date,
    /// `xs:duration`.
    Duration,
    /// `xs:base64Binary`.
    Bytes,
    /// Children in this order.
    Sequence(&'static [Part]),
    /// Children in this order, or none at all.
    Whole(&'static [Part]),
    /// Those of a type, then those of its extension, in this order.
    Extension(&'static [&'static [Part]]),
    /// At least one child, each one of these, in any order.
    Choice(&'static [Part]),
    /// One child out of each of these, in this order.
    Each(&'static [&'static [Part]]),
    /// One child out of the first, then a sequence.
    Headed(&'static [Part], &'static [Part]),
}

/// What an attribute may say.
pub(crate) enum Value {
    /// Anything.
    Any,
    /// One of these words.
    Words(&'static [&'static str]),
    /// One of the names of which this is true.
    Names(fn(&str) -> bool),
    /// `xs:dateTime`.
    Instant,
    /// `xs:duration`.
    Duration,
    /// A whole number within these bounds, both included.
    Number(i64, i64),
}

/// An attribute and its rule.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) value: Value,
}

/// The rule of one element type.
pub(crate) struct Kind {
    pub(crate) attributes: &'static [Attribute],
    pub(crate) content: Content,
}

/// A place in a sequence or choice.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) space: Space,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static Kind,
    pub(crate) least: usize,
    pub(crate) most: usize,
}

/// A child in the types namespace that may be absent.
pub(crate) const fn maybe(name: &'static str, kind: &'static Kind) -> Part {
    Part {
        space: Space::Types,
        name,
        kind,
        least: 0,
        most: 1,
    }
}

/// A child in the types namespace that must be there.
pub(crate) const fn must(name: &'static str, kind: &'static Kind) -> Part {
    Part {
        space: Space::Types,
        name,
        kind,
        least: 1,
        most: 1,
    }
}

/// A child in the types namespace that may stand any number of times.
pub(crate) const fn many(name: &'static str, kind: &'static Kind) -> Part {
    Part {
        space: Space::Types,
        name,
        kind,
        least: 0,
        most: usize::MAX,
    }
}

/// A child in the types namespace that stands once or more.
pub(crate) const fn some(name: &'static str, kind: &'static Kind) -> Part {
    Part {
        space: Space::Types,
        name,
        kind,
        least: 1,
        most: usize::MAX,
    }
}

/// The same place, in the messages namespace.
pub(crate) const fn message(part: Part) -> Part {
    Part {
        space: Space::Messages,
        ..part
    }
}

/// An element type without attributes.
pub(crate) const fn plain(content: Content) -> Kind {
    Kind {
        attributes: &[],
        content,
    }
}

/// An attribute that must be there.
pub(crate) const fn needed(name: &'static str, words: &'static [&'static str]) -> Attribute {
    needed_as(name, words_or_any(words))
}

/// An attribute that may be absent.
pub(crate) const fn optional(name: &'static str, words: &'static [&'static str]) -> Attribute {
    optional_as(name, words_or_any(words))
}

const fn words_or_any(words: &'static [&'static str]) -> Value {
    if words.is_empty() {
        Value::Any
    } else {
        Value::Words(words)
    }
}

/// An attribute of a type that must be there.
pub(crate) const fn needed_as(name: &'static str, value: Value) -> Attribute {
    Attribute {
        name,
        required: true,
        value,
    }
}

/// An attribute of a type that may be absent.
pub(crate) const fn optional_as(name: &'static str, value: Value) -> Attribute {
    Attribute {
        name,
        required: false,
        value,
    }
}

/// Checks an element and all below it.
pub(crate) fn check(node: &Node, kind: &Kind) -> Result<(), Fault> {
    let broken = |violation: String| Err(Fault::schema(node.position, violation));
    if !matches!(kind.content, Content::Open) {
        check_attributes(node, kind)?;
    }
    let value = node.text.trim();
    let simple = match &kind.content {
        Content::Open => return Ok(()),
        Content::Sequence(_)
        | Content::Whole(_)
        | Content::Extension(_)
        | Content::Choice(_)
        | Content::Each(_)
        | Content::Headed(..)
            if !value.is_empty() =>
        {
            return broken(format!("The element '{}' cannot contain text.", node.name));
        }
        Content::Whole(_) if node.children.is_empty() => return Ok(()),
        Content::Sequence(parts) | Content::Whole(parts) => {
            return check_sequence(node, &node.children, parts.iter());
        }
        Content::Extension(types) => {
            let parts = types.iter().copied().flatten();
            return check_sequence(node, &node.children, parts);
        }
        Content::Choice(parts) => return check_choice(node, parts),
        Content::Each(places) => return check_each(node, &node.children, places),
        Content::Headed(heads, parts) => {
            let (head, rest) = node.children.split_at(node.children.len().min(1));
            check_each(node, head, &[heads])?;
            return check_sequence(node, rest, parts.iter());
        }
        Content::Empty if node.text.is_empty() && node.children.is_empty() => return Ok(()),
        Content::Empty => {
            return broken(format!(
                "The element '{}' cannot contain text or child elements. Content model is empty.",
                node.name
            ));
        }
        Content::Text => true,
        Content::Filled => !node.text.is_empty(),
        Content::Words(words) => words.contains(&value),
        Content::List(words) => value.split_whitespace().all(|word| words.contains(&word)),
        Content::Number(least, most) => is_number(value, *least, *most),
        Content::Instant => is_instant(value),
        Content::Date => is_date(value),
        Content::Duration => is_duration(value),
        Content::Bytes => is_base64(value),
        Content::Boolean => ["true", "false", "0", "1"].contains(&value),
    };
    if !node.children.is_empty() {
        return broken(format!(
            "The element '{}' cannot contain child elements.",
            node.name
        ));
    }
    if simple {
        return Ok(());
    }
    broken(format!(
        "The '{}' element is invalid - The value '{value}' is invalid according to its datatype.",
        node.name
    ))
}

fn check_attributes(node: &Node, kind: &Kind) -> Result<(), Fault> {
    for (name, value) in &node.attributes {
        let Some(rule) = kind.attributes.iter().find(|rule| rule.name == name) else {
            return Err(Fault::schema(
                node.position,
                format!("The '{name}' attribute is not declared."),
            ));
        };
        let right = match rule.value {
            Value::Any => true,
            Value::Words(words) => words.contains(&value.as_str()),
            Value::Names(is_one) => is_one(value),
            Value::Instant => is_instant(value.trim()),
            Value::Duration => is_duration(value.trim()),
            Value::Number(least, most) => is_number(value.trim(), least, most),
        };
        if !right {
            return Err(Fault::schema(
                node.position,
                format!(
                    "The '{name}' attribute is invalid - The value '{value}' is invalid according to its datatype."
                ),
            ));
        }
    }
    match kind
        .attributes
        .iter()
        .find(|rule| rule.required && node.attribute(rule.name).is_none())
    {
        Some(missing) => Err(Fault::schema(
            node.position,
            format!("The required attribute '{}' is missing.", missing.name),
        )),
        None => Ok(()),
    }
}

fn is_number(value: &str, least: i64, most: i64) -> bool {
    value
        .parse::<i64>()
        .is_ok_and(|number| (least..=most).contains(&number))
}

fn is_instant(value: &str) -> bool {
    super::text::read_instant(value, chrono_tz::Tz::UTC).is_some()
}

/// A date, which may have an offset behind it.
fn is_date(value: &str) -> bool {
    let Some((date, offset)) = value.split_at_checked(10) else {
        return false;
    };
    date.parse::<chrono::NaiveDate>().is_ok() && is_instant(&format!("{date}T00:00:00{offset}"))
}

/// `-P1DT2H`: at least one part, each a number and its letter, in order.
fn is_duration(value: &str) -> bool {
    let value = value.strip_prefix('-').unwrap_or(value);
    let Some(value) = value.strip_prefix('P') else {
        return false;
    };
    let (date, time) = match value.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (value, None),
    };
    let right = |text: &str, letters: &str| {
        let mut letters = letters.chars();
        let parts = text.split_inclusive(|one: char| one.is_ascii_alphabetic());
        parts.fold(true, |right, part| {
            let Some((at, letter)) = part.char_indices().next_back() else {
                return false;
            };
            let (whole, rest) = part[..at].split_once('.').unwrap_or((&part[..at], "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let broken = part[..at].contains('.') && letter != 'S';
            right && letters.any(|one| one == letter) && digits(whole) && digits(rest) && !broken
        })
    };
    let some = !date.is_empty() || time.is_some();
    some && right(date, "YMD") && time.is_none_or(|time| !time.is_empty() && right(time, "HMS"))
}

fn is_base64(value: &str) -> bool {
    use base64::Engine as _;
    let packed: String = value.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(packed)
        .is_ok()
}

fn check_each(node: &Node, children: &[Node], places: &[&[Part]]) -> Result<(), Fault> {
    let mut children = children.iter();
    for parts in places {
        let Some(child) = children.next() else {
            return Err(Fault::schema(
                node.position,
                format!("The element '{}' has incomplete content.", node.name),
            ));
        };
        match parts.iter().find(|part| fits(child, part)) {
            Some(part) => check(child, part.kind)?,
            None => return Err(unexpected(node, child)),
        }
    }
    children
        .next()
        .map_or(Ok(()), |child| Err(unexpected(node, child)))
}

fn check_sequence<'a>(
    node: &Node,
    children: &[Node],
    mut places: impl Iterator<Item = &'a Part>,
) -> Result<(), Fault> {
    let mut place = places.next();
    let mut met = 0;
    for child in children {
        loop {
            let Some(part) = place else {
                return Err(unexpected(node, child));
            };
            if fits(child, part) && met < part.most {
                met += 1;
                check(child, part.kind)?;
                break;
            }
            if met < part.least {
                return Err(unexpected(node, child));
            }
            place = places.next();
            met = 0;
        }
    }
    while let Some(part) = place {
        if met < part.least {
            return Err(Fault::schema(
                node.position,
                format!(
                    "The element '{}' has incomplete content. List of possible elements expected: '{}'.",
                    node.name, part.name
                ),
            ));
        }
        place = places.next();
        met = 0;
    }
    Ok(())
}

fn check_choice(node: &Node, parts: &[Part]) -> Result<(), Fault> {
    if node.children.is_empty() {
        return Err(Fault::schema(
            node.position,
            format!("The element '{}' has incomplete content.", node.name),
        ));
    }
    for child in &node.children {
        match parts.iter().find(|part| fits(child, part)) {
            Some(part) => check(child, part.kind)?,
            None => return Err(unexpected(node, child)),
        }
    }
    Ok(())
}

fn fits(child: &Node, part: &Part) -> bool {
    child.name == part.name && child.space == part.space
}

fn unexpected(node: &Node, child: &Node) -> Fault {
    Fault::schema(
        child.position,
        format!(
            "The element '{}' has invalid child element '{}'.",
            node.name, child.name
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    static TEXT: Kind = plain(Content::Text);
    static PAIR: Kind = plain(Content::Sequence(&[
        must("First", &TEXT),
        maybe("Second", &TEXT),
        many("Third", &TEXT),
    ]));

    fn verdict(inner: &str) -> bool {
        let document = format!(
            "<Pair xmlns=\"http://schemas.microsoft.com/exchange/services/2006/types\">{inner}</Pair>"
        );
        check(&super::super::tree::parse(&document).unwrap(), &PAIR).is_ok()
    }

    #[test]
    fn durations_and_bytes_are_told_from_other_texts() {
        for right in ["PT1H", "-PT60M", "P1D", "P1Y2M3DT4H5M6.5S", "PT0S"] {
            assert!(is_duration(right), "{right}");
        }
        for wrong in [
            "", "P", "PT", "P1H", "PT1D", "PT1M1H", "1H", "PT.5S", "PT1.5M", "P1",
        ] {
            assert!(!is_duration(wrong), "{wrong}");
        }
        assert!(is_base64("SGVq\n aGVq") && is_base64("") && !is_base64("-1"));
    }

    #[test]
    fn order_and_number_of_children_matter() {
        assert!(verdict("<First/><Second/><Third/><Third/>"));
        assert!(verdict("<First/><Third/>"));
        assert!(!verdict("<Second/><First/>"));
        assert!(!verdict("<Second/>"));
        assert!(!verdict("<First/><First/>"));
        assert!(!verdict("<First/><Fourth/>"));
        assert!(!verdict("<First xmlns=\"https://elsewhere\"/>"));
    }
}
