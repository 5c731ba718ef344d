//! Checks a request against ordered tables, as strictly as Exchange does.

use super::fault::Fault;
use super::tree::{Node, Space};

/// What may stand inside an element.
pub(crate) enum Content {
    /// Not checked further.
    Open,
    /// Text without child elements.
    Text,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number within these bounds, both included.
    Number(i64, i64),
    /// `true`, `false`, `1` or `0`.
    Boolean,
    /// `xs:dateTime`.
    Instant,
    /// Children in this order.
    Sequence(&'static [Part]),
    /// At least one child, each one of these, in any order.
    Choice(&'static [Part]),
}

/// An attribute and its rule.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) words: &'static [&'static str],
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
    Attribute {
        name,
        required: true,
        words,
    }
}

/// An attribute that may be absent.
pub(crate) const fn optional(name: &'static str, words: &'static [&'static str]) -> Attribute {
    Attribute {
        name,
        required: false,
        words,
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
        Content::Sequence(parts) => return check_sequence(node, parts),
        Content::Choice(parts) => return check_choice(node, parts),
        Content::Text => true,
        Content::Words(words) => words.contains(&value),
        Content::Number(least, most) => value
            .parse::<i64>()
            .is_ok_and(|number| (*least..=*most).contains(&number)),
        Content::Instant => super::text::read_instant(value, chrono_tz::Tz::UTC).is_some(),
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
        if !rule.words.is_empty() && !rule.words.contains(&value.as_str()) {
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

fn check_sequence(node: &Node, parts: &[Part]) -> Result<(), Fault> {
    let mut places = parts.iter();
    let mut place = places.next();
    let mut met = 0;
    for child in &node.children {
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
