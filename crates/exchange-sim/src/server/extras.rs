//! What a server of tomorrow may add to an answer: elements that nobody knows
//! yet, and new words where an enumeration grew. Where they stand is drawn.

use std::fmt::Write as _;

use fastrand::Rng;

/// Enumerations that have grown with a version of Exchange, or may.
const GROWING: &[&str] = &[
    "LegacyFreeBusyStatus",
    "BusyType",
    "Importance",
    "ResponseType",
    "MailboxType",
];

/// One place in so many between elements gets something new.
const RARE: usize = 6;
/// One enumeration in so many has a new word.
const RENAMED: usize = 3;

/// Adds what nobody knows to a document, at places drawn from a seed. At
/// least one element is added where the document has any of the types
/// namespace.
pub(super) fn add(document: &str, seed: u64) -> String {
    let mut draw = Rng::with_seed(seed);
    let places = document.matches("</t:").count();
    let Some(surely) = (places > 0).then(|| draw.usize(..places)) else {
        return document.to_owned();
    };
    let mut out = String::with_capacity(document.len() * 2);
    let mut parts = document.split("</t:");
    out.push_str(parts.next().unwrap_or_default());
    for (place, part) in parts.enumerate() {
        let (name, rest) = part.split_once('>').unwrap_or((part, ""));
        if GROWING.contains(&name) && draw.usize(..RENAMED) == 0 {
            rename(&mut out, &mut draw);
        }
        out.push_str("</t:");
        out.push_str(name);
        out.push('>');
        if place == surely || draw.usize(..RARE) == 0 {
            unknown(&mut out, &mut draw);
        }
        out.push_str(rest);
    }
    out
}

/// Puts a new word in place of the text that the document ends with.
fn rename(out: &mut String, draw: &mut Rng) {
    if let Some(start) = out.rfind('>') {
        out.truncate(start + 1);
        out.push_str("New");
        out.extend((0..draw.usize(1..8)).map(|_| draw.lowercase()));
    }
}

fn unknown(out: &mut String, draw: &mut Rng) {
    let name: String = (0..draw.usize(1..8)).map(|_| draw.lowercase()).collect();
    let name = format!("t:New{name}");
    // Writing to a string cannot fail.
    let _ = match draw.u8(..4) {
        0 => write!(out, "<{name}/>"),
        1 => write!(out, "<{name}>{}</{name}>", draw.u32(..)),
        2 => write!(
            out,
            "<{name} Kind=\"{}\"><t:Id>1</t:Id></{name}>",
            draw.u8(..)
        ),
        _ => write!(
            out,
            "<{name}><t:Subject>not yours</t:Subject><t:Start/></{name}>"
        ),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<m:Items><t:CalendarItem><t:Subject>a</t:Subject>\
        <t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus></t:CalendarItem></m:Items>";

    #[test]
    fn what_is_added_is_drawn_and_the_document_stays_well_formed() {
        let drawn: std::collections::BTreeSet<String> =
            (0..50).map(|seed| add(ANSWER, seed)).collect();
        assert!(drawn.len() > 40, "{}", drawn.len());
        for document in &drawn {
            assert!(document.contains("<t:New"), "{document}");
            let named = document.replace("<m:Items>", "<m:Items xmlns:m=\"m\" xmlns:t=\"t\">");
            crate::wire::tree::parse(&named).unwrap();
        }
        assert!(drawn.iter().any(|one| one.contains(">New")));
        assert_eq!(add(ANSWER, 7), add(ANSWER, 7));
    }
}
