//! A request as a tree of named elements.

use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

/// The namespaces an Exchange request may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// SOAP 1.1 envelope.
    Soap,
    /// EWS messages.
    Messages,
    /// EWS types.
    Types,
    /// The namespace of SOAP Autodiscover.
    Autodiscover,
    /// Any other, or none.
    Other,
}

impl Space {
    fn of(uri: &str) -> Self {
        match uri {
            "http://schemas.xmlsoap.org/soap/envelope/" => Self::Soap,
            "http://schemas.microsoft.com/exchange/services/2006/messages" => Self::Messages,
            "http://schemas.microsoft.com/exchange/services/2006/types" => Self::Types,
            "http://schemas.microsoft.com/exchange/2010/Autodiscover" => Self::Autodiscover,
            _ => Self::Other,
        }
    }
}

/// One element of a request.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Its namespace.
    pub(crate) space: Space,
    /// Its local name.
    pub(crate) name: String,
    /// Attributes without a prefix, in the order written.
    pub(crate) attributes: Vec<(String, String)>,
    /// Child elements in document order.
    pub(crate) children: Vec<Node>,
    /// Character data directly inside, entities resolved.
    pub(crate) text: String,
    /// Bytes from the start of the document to the element's end tag.
    pub(crate) position: u64,
}

impl Node {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The trimmed text of the first child of that name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}

/// Why a document is no request.
#[derive(Debug, thiserror::Error)]
#[error("the request is not well-formed XML: {0}")]
pub(crate) struct Malformed(String);

/// Elements nested deeper than this are refused.
const DEEPEST: usize = 64;

/// Reads a whole document.
///
/// # Errors
/// When it is not well-formed, has a DOCTYPE, or nests deeper than [`DEEPEST`].
pub(crate) fn parse(document: &str) -> Result<Node, Malformed> {
    let bad = |error: &dyn std::fmt::Display| Malformed(error.to_string());
    let mut reader = NsReader::from_str(document);
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    loop {
        let (resolved, event) = reader.read_resolved_event().map_err(|error| bad(&error))?;
        match event {
            Event::Start(_) | Event::Empty(_) if root.is_some() => {
                return Err(Malformed("there is a second root element".to_owned()));
            }
            Event::Start(ref start) | Event::Empty(ref start) => {
                let space = match resolved {
                    ResolveResult::Bound(uri) => Space::of(uri.as_ref()),
                    ResolveResult::Unbound => Space::Other,
                    ResolveResult::Unknown(_) => {
                        return Err(Malformed("an undeclared prefix".to_owned()));
                    }
                };
                let mut attributes = Vec::new();
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|error| bad(&error))?;
                    let key: &str = attribute.key.as_ref();
                    if key == "xmlns" || key.contains(':') {
                        continue;
                    }
                    let value = attribute
                        .normalized_value(XmlVersion::Implicit1_0)
                        .map_err(|error| bad(&error))?;
                    attributes.push((key.to_owned(), value.into_owned()));
                }
                let node = Node {
                    space,
                    name: start.local_name().as_ref().to_owned(),
                    attributes,
                    children: Vec::new(),
                    text: String::new(),
                    position: 0,
                };
                if open.len() >= DEEPEST {
                    return Err(Malformed("too deep".to_owned()));
                }
                open.push(node);
                if matches!(event, Event::Empty(_)) {
                    let at = reader.buffer_position();
                    root = close(&mut open, at);
                }
            }
            Event::End(_) => {
                let at = reader.buffer_position();
                root = close(&mut open, at);
            }
            Event::Text(text) if open.is_empty() => {
                if !text
                    .xml10_content()
                    .trim_start_matches('\u{feff}')
                    .trim()
                    .is_empty()
                {
                    return Err(Malformed(
                        "there is text outside the root element".to_owned(),
                    ));
                }
            }
            Event::CData(_) | Event::GeneralRef(_) if open.is_empty() => {
                return Err(Malformed(
                    "there is text outside the root element".to_owned(),
                ));
            }
            Event::Text(text) => push_text(&mut open, &text.xml10_content()),
            Event::CData(text) => push_text(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref().map_err(|error| bad(&error))? {
                    Some(character) => character.to_string(),
                    None => match quick_xml::escape::resolve_xml_entity(&reference.xml10_content())
                    {
                        Some(text) => text.to_owned(),
                        None => return Err(Malformed("an unknown entity".to_owned())),
                    },
                };
                push_text(&mut open, &resolved);
            }
            Event::DocType(_) => return Err(Malformed("a document type declaration".to_owned())),
            Event::Eof => {
                return root.ok_or_else(|| Malformed("it ends too early".to_owned()));
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

fn push_text(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn close(open: &mut Vec<Node>, at: u64) -> Option<Node> {
    let mut node = open.pop()?;
    node.position = at;
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(node);
            None
        }
        None => Some(node),
    }
}
