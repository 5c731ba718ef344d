//! Content lines: folding, parameters, escaped text (RFC 5545 section 3.1).

/// The longest line in octets, without its break.
const LONGEST: usize = 75;

/// One content line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Property name in upper case.
    pub(super) name: String,
    /// Parameter names in upper case, with their values.
    pub(super) parameters: Vec<(String, String)>,
    /// The value as it stands.
    pub(super) value: String,
}

impl Line {
    /// Reads an unfolded line; nothing when it has no value.
    fn read(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.char_indices().find_map(|(at, character)| {
            if character == '"' {
                quoted = !quoted;
            }
            (character == ':' && !quoted).then_some(at)
        })?;
        let (head, value) = line.split_at(colon);
        let mut parts = split(head, ';').into_iter();
        let name = parts.next()?.to_ascii_uppercase();
        let parameters = parts.filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((
                name.to_ascii_uppercase(),
                value.trim_matches('"').to_owned(),
            ))
        });
        Some(Self {
            name,
            parameters: parameters.collect(),
            value: value.strip_prefix(':').unwrap_or_default().to_owned(),
        })
    }

    /// A parameter's value.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value with its escapes undone.
    pub(super) fn text(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut escaped = false;
        for character in self.value.chars() {
            match (escaped, character) {
                (false, '\\') => escaped = true,
                (true, 'n' | 'N') => {
                    out.push_str("\r\n");
                    escaped = false;
                }
                (_, character) => {
                    out.push(character);
                    escaped = false;
                }
            }
        }
        out
    }
}

/// Splits at a character outside quotes.
fn split(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        if character == '"' {
            quoted = !quoted;
        }
        character == at && !quoted
    })
    .collect()
}

/// The content lines of a text, unfolded; what is none is left out.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut whole: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), whole.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => whole.push(line.to_owned()),
        }
    }
    whole.iter().filter_map(|line| Line::read(line)).collect()
}

/// Escapes a text value.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => {}
            other => out.push(other),
        }
    }
    out
}

/// Writes a line, folded between characters.
pub(super) fn put(out: &mut String, line: &str) {
    let mut length = 0;
    for character in line.chars() {
        if length + character.len_utf8() > LONGEST {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(character);
        length += character.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quoted_parameter_may_hold_the_signs_that_part_others() {
        let [line] = lines("ATTENDEE;CN=\"Berg; Anna: Lead\";RSVP=TRUE:mailto:anna@example.org")
            .try_into()
            .unwrap();
        assert_eq!(line.parameter("CN"), Some("Berg; Anna: Lead"));
        assert_eq!(line.parameter("RSVP"), Some("TRUE"));
        assert_eq!(line.value, "mailto:anna@example.org");
    }

    proptest! {
        #[test]
        fn a_text_comes_back_from_its_folded_line(text in "[^\\r\\n\\p{C}]{0,200}") {
            let mut out = String::new();
            put(&mut out, &format!("SUMMARY:{}", escape(&text)));
            prop_assert!(out.split("\r\n").all(|line| line.len() <= LONGEST));
            let [line] = lines(&out).try_into().unwrap();
            prop_assert_eq!(line.text(), text);
        }

        #[test]
        fn no_text_makes_the_reader_fail(text in "\\PC{0,200}") {
            lines(&text);
        }
    }
}
