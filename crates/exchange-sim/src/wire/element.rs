//! Elements of an answer.

use std::fmt::Write as _;

/// An element with its prefix as Exchange writes it (`t:Subject`).
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
    children: Vec<Element>,
}

/// An element without content.
pub(crate) fn element(name: &'static str) -> Element {
    Element {
        name,
        attributes: Vec::new(),
        text: String::new(),
        children: Vec::new(),
    }
}

/// An element that holds text only.
pub(crate) fn text(name: &'static str, content: impl Into<String>) -> Element {
    Element {
        name,
        attributes: Vec::new(),
        text: content.into(),
        children: Vec::new(),
    }
}

impl Element {
    /// Adds an attribute.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds a child.
    pub(crate) fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// Adds a child when there is one.
    pub(crate) fn child_if(mut self, child: Option<Self>) -> Self {
        self.children.extend(child);
        self
    }

    /// Adds children.
    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Writes the element as XML text.
    pub(crate) fn write(&self, out: &mut String) {
        let _ = write!(out, "<{}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            escape(value, out);
            out.push('"');
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        escape(&self.text, out);
        for child in &self.children {
            child.write(out);
        }
        let _ = write!(out, "</{}>", self.name);
    }
}

/// Exchange writes control characters as references that XML 1.0 forbids
/// (`&#x0;`); clients must live with it, so this does not drop them.
fn escape(content: &str, out: &mut String) {
    for character in content.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\n' | '\t' => out.push(character),
            control if u32::from(control) < 0x20 => {
                let _ = write!(out, "&#x{:X};", u32::from(control));
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_goes_out_as_the_reference_that_xml_forbids() {
        let mut out = String::new();
        text("t:Subject", "a\u{0}b\u{b}<").write(&mut out);
        assert_eq!(out, "<t:Subject>a&#x0;b&#xB;&lt;</t:Subject>");
    }
}
