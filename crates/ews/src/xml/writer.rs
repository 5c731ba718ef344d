//! Writes elements in the order in which they are given: the order matters,
//! because every EWS type is a sequence.

use quick_xml::escape::escape;

/// Builds one document.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    pub(crate) fn finish(self) -> String {
        self.out
    }

    pub(crate) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// An element with attributes and what `content` writes.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        let begin = self.out.len();
        self.out.push('>');
        content(self);
        if self.out.len() == begin + 1 {
            self.out.truncate(begin);
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.element(name, attributes, |_| {});
    }

    /// An element with a text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.element(name, &[], |w| w.characters(text));
    }

    /// Text content; characters which XML 1.0 forbids are left out.
    pub(crate) fn characters(&mut self, text: &str) {
        let clean: String = text.chars().filter(|c| allowed(*c)).collect();
        self.out.push_str(&escape(&clean));
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.characters(value);
            self.out.push('"');
        }
    }
}

/// XML 1.0, production 2.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::reader::Reader;

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back_without_its_forbidden_characters(text in "\\PC{0,60}") {
            let mut writer = Writer::default();
            writer.text("a", &text);
            let document = writer.finish();
            let mut reader = Reader::new(&document);
            reader.child().unwrap();
            let allowed: String = text.chars().filter(|c| allowed(*c)).collect();
            proptest::prop_assert_eq!(reader.text().unwrap(), allowed);
        }
    }
}
