//! The outline of a document: what a schema can say about it, without what
//! it happens to tell. Of documents with one outline, one is kept.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::wire::tree::{self, Node};

/// Values longer than this are told apart by being long alone.
const LONGEST: usize = 64;

/// A number for the outline; documents that are not well-formed each have
/// their own.
pub(super) fn of(document: &str) -> u64 {
    let outline = tree::parse(document).map_or_else(|_| document.to_owned(), |root| node(&root));
    let mut hasher = DefaultHasher::new();
    outline.hash(&mut hasher);
    hasher.finish()
}

/// Values up to this length count as they are.
const SHORT: usize = 4;

/// Names, and the kinds of values. Of like neighbours one counts.
fn node(node: &Node) -> String {
    let mut out = format!("<{:?}:{}", node.space, node.name);
    for (name, text) in &node.attributes {
        let _ = write!(out, " {name}={}", value(text));
    }
    let _ = write!(out, ">{}", value(node.text.trim()));
    let mut last = String::new();
    for child in &node.children {
        let child = self::node(child);
        if child != last {
            out.push_str(&child);
            last = child;
        }
    }
    out.push('/');
    out
}

/// Words and short numbers as they are, since they may be of an enumeration or
/// out of bounds; of anything else the kinds of its characters.
fn value(text: &str) -> String {
    if text.len() > LONGEST {
        return "long".to_owned();
    }
    let word = |byte: u8| byte.is_ascii_alphabetic() || b":._".contains(&byte);
    if text.len() <= SHORT || text.bytes().all(word) {
        return text.to_owned();
    }
    let mut out = String::new();
    for one in text.chars() {
        let kind = match one {
            '0'..='9' => '0',
            one if one.is_alphabetic() => 'a',
            one => one,
        };
        if !out.ends_with(kind) {
            out.push(kind);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(inner: &str) -> String {
        format!(
            "<t:Items xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">{inner}</t:Items>"
        )
    }

    #[test]
    fn texts_and_numbers_do_not_matter_and_words_and_order_do() {
        let like = |one: &str, two: &str| of(&items(one)) == of(&items(two));
        assert!(like(
            "<t:Id>AAMk1</t:Id>",
            "<t:Id>AAMk12</t:Id><t:Id>BAMk3</t:Id>"
        ));
        assert!(like(
            "<t:Start>2026-11-27T20:00:00Z</t:Start>",
            "<t:Start>2031-01-02T03:04:05Z</t:Start>"
        ));
        assert!(!like("<t:Type>Room</t:Type>", "<t:Type>Raum</t:Type>"));
        assert!(!like("<t:A/><t:B/>", "<t:B/><t:A/>"));
        assert!(!like("<t:A Id=\"1\"/>", "<t:A/>"));
        assert!(!like("<t:A>20261</t:A>", "<t:A>-20261</t:A>"));
        assert!(!like("<t:A>512</t:A>", "<t:A>513</t:A>"));
        assert_ne!(of("no document"), of("none either"));
    }
}
