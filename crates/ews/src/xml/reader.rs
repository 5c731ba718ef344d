//! A pull reader over one whole document.
//!
//! Tolerant where servers are odd (unknown elements, bad character
//! references), strict where an attacker could gain by it: no DOCTYPE, and
//! limits on depth, attributes, namespaces and text (SR-26, SR-27). The size of
//! a whole answer is limited where it is received.

use quick_xml::{
    NsReader,
    events::{BytesStart, Event},
    name::{Namespace, NamespaceError, ResolveResult},
};
use thiserror::Error;

/// Elements inside each other.
const DEPTH_MAX: usize = 64;
/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 256;
/// Bytes of a start tag that cannot hold more attributes than that, as each
/// takes at least five (` a=''`). Real tags are shorter, and are not counted.
const TAG_BYTES_SAFE: usize = ATTRIBUTES_MAX * 5;
/// Namespace declarations in force at a time.
const NAMESPACES_MAX: usize = 128;
/// Bytes of one text.
const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlError {
    /// Not well-formed, or cut.
    #[error("it is not well-formed XML")]
    Malformed,
    /// A document type declaration; EWS has none.
    #[error("it carries a document type declaration")]
    Doctype,
    /// Beyond a limit.
    #[error("it exceeds a limit ({0})")]
    Limit(&'static str),
    /// Well-formed, but what has to be there is not.
    #[error("it lacks {0}")]
    Missing(&'static str),
}

/// Whether a document's first name belongs to the envelope. Names inside it
/// are not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ns {
    Soap,
    Other,
}

fn namespace(resolved: &ResolveResult<'_>) -> Ns {
    match resolved {
        ResolveResult::Bound(Namespace("http://schemas.xmlsoap.org/soap/envelope/")) => Ns::Soap,
        _ => Ns::Other,
    }
}

/// A start tag. Its content has to be read by [`Reader::child`],
/// [`Reader::text`] or [`Reader::skip`] before the reader goes on.
pub(crate) struct Element<'i> {
    pub(crate) ns: Ns,
    start: BytesStart<'i>,
}

impl Element<'_> {
    /// Local name. Outside the envelope the namespace is not looked at:
    /// servers mix the two of EWS up, or leave them out (quirk 20).
    pub(crate) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(false);
        attributes
            .filter_map(Result::ok)
            .find(|a| a.key.local_name().into_inner() == name)
            .map(
                |a| match a.normalized_value(quick_xml::XmlVersion::Implicit1_0) {
                    Ok(value) => value.into_owned(),
                    Err(_) => a.value.into_owned(),
                },
            )
    }
}

/// Reads a document top down.
pub(crate) struct Reader<'i> {
    document: &'i str,
    inner: NsReader<&'i [u8]>,
    depth: usize,
}

impl<'i> Reader<'i> {
    pub(crate) fn new(document: &'i str) -> Self {
        let mut inner = NsReader::from_str(document);
        let config = inner.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = false;
        config.allow_dangling_amp = true;
        inner
            .resolver_mut()
            .set_max_namespace_bindings(NAMESPACES_MAX);
        Self {
            document,
            inner,
            depth: 0,
        }
    }

    /// Goes one element down, within the limits.
    fn enter(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(XmlError::Limit("depth"));
        }
        if start.len() > TAG_BYTES_SAFE {
            let mut attributes = start.attributes();
            attributes.with_checks(false);
            if attributes.nth(ATTRIBUTES_MAX).is_some() {
                return Err(XmlError::Limit("attributes"));
            }
        }
        Ok(())
    }

    /// The next child of the element that is being read; `None` at its end.
    pub(crate) fn child(&mut self) -> Result<Option<Element<'i>>, XmlError> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let ns = if self.depth == 0 {
                        let (resolved, _) = self.inner.resolver().resolve_element(start.name());
                        namespace(&resolved)
                    } else {
                        Ns::Other
                    };
                    self.enter(&start)?;
                    return Ok(Some(Element { ns, start }));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(None);
                }
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Eof if self.depth == 0 => return Ok(None),
                Event::Eof => return Err(XmlError::Malformed),
                _ => {}
            }
        }
    }

    /// The text of the element that was just begun, to its end. Elements
    /// inside are passed over; a bad character reference becomes U+FFFD.
    pub(crate) fn text(&mut self) -> Result<String, XmlError> {
        if let Some(raw) = self.leaf()
            && let Some(text) = unescape(raw)
        {
            self.leave_leaf(raw)?;
            return Ok(text);
        }
        self.text_by_events()
    }

    /// What stands between the tags of an element that has no elements inside,
    /// as it is written; `None` where it is not so simple.
    fn leaf(&self) -> Option<&'i str> {
        let rest: &'i [u8] = self.inner.get_ref();
        let end = memchr::memchr(b'<', rest)?;
        if rest.get(end + 1) != Some(&b'/') || end > TEXT_BYTES_MAX {
            return None;
        }
        let begin = self.document.len().checked_sub(rest.len())?;
        self.document.get(begin..begin + end)
    }

    /// Goes past what [`Reader::leaf`] gave, and reads the end tag.
    fn leave_leaf(&mut self, raw: &str) -> Result<(), XmlError> {
        let rest: &'i [u8] = self.inner.get_ref();
        *self.inner.get_mut() = rest.get(raw.len()..).unwrap_or_default();
        match self.event()? {
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            _ => Err(XmlError::Malformed),
        }
    }

    fn text_by_events(&mut self) -> Result<String, XmlError> {
        let mut text = String::new();
        let bottom = self.depth;
        loop {
            match self.event()? {
                Event::Text(piece) if self.depth == bottom => {
                    text.push_str(&piece.xml10_content());
                }
                Event::CData(piece) if self.depth == bottom => {
                    text.push_str(&piece.xml10_content());
                }
                Event::GeneralRef(reference) if self.depth == bottom => {
                    text.push(character(&reference));
                }
                Event::Start(start) => self.enter(&start)?,
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth < bottom {
                        return Ok(text);
                    }
                }
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Eof => return Err(XmlError::Malformed),
                _ => {}
            }
            if text.len() > TEXT_BYTES_MAX {
                return Err(XmlError::Limit("text"));
            }
        }
    }

    /// Passes over the element that was just begun.
    pub(crate) fn skip(&mut self) -> Result<(), XmlError> {
        if let Some(raw) = self.leaf() {
            return self.leave_leaf(raw);
        }
        let bottom = self.depth;
        while self.depth >= bottom {
            match self.event()? {
                Event::Start(start) => self.enter(&start)?,
                Event::End(_) => self.depth = self.depth.saturating_sub(1),
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Eof => return Err(XmlError::Malformed),
                _ => {}
            }
        }
        Ok(())
    }

    fn event(&mut self) -> Result<Event<'i>, XmlError> {
        self.inner.read_event().map_err(|error| unreadable(&error))
    }

    /// Walks down to the first child of this name, passing over others.
    pub(crate) fn find(&mut self, name: &str) -> Result<Option<Element<'i>>, XmlError> {
        while let Some(child) = self.child()? {
            if child.name() == name {
                return Ok(Some(child));
            }
            self.skip()?;
        }
        Ok(None)
    }
}

fn unreadable(error: &quick_xml::Error) -> XmlError {
    match error {
        quick_xml::Error::Namespace(NamespaceError::TooManyBindings(_)) => {
            XmlError::Limit("namespaces")
        }
        _ => XmlError::Malformed,
    }
}

/// The text of what is written without markup: references resolved, ends of
/// lines as XML has them (§2.11). `None` for references that are not the usual
/// ones, which [`character`] reads.
fn unescape(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr2(b'&', b'\r', rest.as_bytes()) {
        let (before, special) = rest.split_at(at);
        text.push_str(before);
        rest = if let Some(after) = special.strip_prefix('\r') {
            text.push('\n');
            after.strip_prefix('\n').unwrap_or(after)
        } else {
            let (name, after) = special.get(1..)?.split_once(';')?;
            text.push(usual(name)?);
            after
        };
    }
    text.push_str(rest);
    Some(text)
}

fn usual(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "#xD" => '\r',
        "#xA" => '\n',
        _ => return None,
    })
}

/// The five predefined entities and character references; everything else,
/// and characters which XML forbids, is U+FFFD.
fn character(reference: &quick_xml::events::BytesRef<'_>) -> char {
    if reference.is_char_ref() {
        return match reference.resolve_char_ref() {
            Ok(Some(c)) if c >= ' ' || matches!(c, '\t' | '\n' | '\r') => c,
            _ => char::REPLACEMENT_CHARACTER,
        };
    }
    match &*reference.xml10_content() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn text_of(document: &str) -> Result<String, XmlError> {
        let mut reader = Reader::new(document);
        reader.child()?.ok_or(XmlError::Missing("root"))?;
        reader.text()
    }

    #[test]
    fn quirk_25_a_forbidden_character_becomes_a_replacement() {
        assert_eq!(
            text_of("<a>x&#x0;&#xB;y &amp; z</a>").unwrap(),
            "x\u{fffd}\u{fffd}y & z"
        );
    }

    #[test]
    fn sr_26_a_document_type_is_refused_and_no_entity_is_expanded() {
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>"#;
        assert_eq!(text_of(bomb), Err(XmlError::Doctype));
        assert_eq!(text_of("<a>&b;</a>").unwrap(), "\u{fffd}");
    }

    #[rstest]
    #[case::file(r#"<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"#)]
    #[case::external(r#"<!DOCTYPE a [<!ENTITY b SYSTEM "https://example.org/x">]><a>&b;</a>"#)]
    #[case::parameter(r#"<!DOCTYPE a [<!ENTITY % b SYSTEM "x"> %b;]><a/>"#)]
    #[case::laughs(r#"<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>"#)]
    #[case::inside("<a><!DOCTYPE a><b/></a>")]
    fn sr_26_every_form_of_a_document_type_is_refused(#[case] document: &str) {
        assert_eq!(text_of(document), Err(XmlError::Doctype));
        let mut reader = Reader::new(document);
        let skipped = reader.child().and_then(|_| reader.skip());
        assert_eq!(skipped, Err(XmlError::Doctype));
    }

    #[test]
    fn sr_27_a_document_that_is_too_deep_is_refused() {
        let deep = "<a>".repeat(200_000);
        let mut reader = Reader::new(&deep);
        reader.child().unwrap();
        assert_eq!(reader.skip(), Err(XmlError::Limit("depth")));
    }

    #[test]
    fn sr_27_text_and_skipped_elements_keep_the_depth_limit_too() {
        let deep = format!("<a>{}", "<b>".repeat(DEPTH_MAX));
        assert_eq!(text_of(&deep), Err(XmlError::Limit("depth")));
        let flat = format!("<a>{}</a>", "<b/>".repeat(10_000));
        assert_eq!(text_of(&flat).unwrap(), "");
    }

    #[test]
    fn sr_27_a_text_that_is_too_long_is_refused() {
        let fits = format!("<a>{}</a>", "x".repeat(TEXT_BYTES_MAX));
        assert_eq!(text_of(&fits).unwrap().len(), TEXT_BYTES_MAX);
        let too_long = format!("<a>{}</a>", "x".repeat(TEXT_BYTES_MAX + 1));
        assert_eq!(text_of(&too_long), Err(XmlError::Limit("text")));
    }

    fn with_attributes(count: usize, name: &str) -> String {
        let attributes: Vec<_> = (0..count)
            .map(|number| format!("{name}{number}='v'"))
            .collect();
        format!("<a {}/>", attributes.join(" "))
    }

    #[test]
    fn sr_27_an_element_with_too_many_attributes_is_refused() {
        let fits = with_attributes(ATTRIBUTES_MAX, "n");
        let element = Reader::new(&fits).child().unwrap().unwrap();
        let last = format!("n{}", ATTRIBUTES_MAX - 1);
        assert_eq!(element.attribute(&last).as_deref(), Some("v"));
        let too_many = with_attributes(ATTRIBUTES_MAX + 1, "n");
        let read = Reader::new(&too_many).child().map(|_| ());
        assert_eq!(read, Err(XmlError::Limit("attributes")));
        // The shortest that one can be, and inside what is passed over.
        let shortest = format!("<r><a{}/></r>", " a=''".repeat(ATTRIBUTES_MAX + 1));
        assert_eq!(text_of(&shortest), Err(XmlError::Limit("attributes")));
        let mut reader = Reader::new(&shortest);
        reader.child().unwrap();
        assert_eq!(reader.skip(), Err(XmlError::Limit("attributes")));
    }

    #[test]
    fn sr_27_too_many_namespaces_are_refused() {
        let fits = with_attributes(NAMESPACES_MAX, "xmlns:n");
        assert!(Reader::new(&fits).child().is_ok());
        let too_many = with_attributes(NAMESPACES_MAX + 1, "xmlns:n");
        let read = Reader::new(&too_many).child().map(|_| ());
        assert_eq!(read, Err(XmlError::Limit("namespaces")));
    }

    #[test]
    fn a_cut_document_is_malformed() {
        assert_eq!(text_of("<a>half"), Err(XmlError::Malformed));
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_reads_what_the_long_way_reads(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "a", "ö✓", "&amp;", "&lt;", "&#xD;", "&#x41;", "&#0;", "&", "&;", "&amp", ";",
                    "\r\n", "\r", "\n", "\r&#xA;", "<b/>", "<b>x</b>", "<!-- c -->",
                    "<![CDATA[<x>]]>", "<?p?>", "&nbsp;", "]]>", "</a", ">",
                ]),
                0..12,
            ),
        ) {
            let document = format!("<r><a>{}</a><z/></r>", pieces.concat());
            let read = |long: bool| -> Result<(String, bool), XmlError> {
                let mut reader = Reader::new(&document);
                reader.child()?;
                reader.child()?;
                let text = if long { reader.text_by_events() } else { reader.text() }?;
                Ok((text, reader.child()?.is_some_and(|next| next.name() == "z")))
            };
            proptest::prop_assert_eq!(read(false), read(true));
        }

        #[test]
        fn no_input_makes_the_reader_panic(input in ".{0,200}") {
            let mut reader = Reader::new(&input);
            while let Ok(Some(_)) = reader.child() {}
        }
    }
}
