//! Which fields an answer shall hold.

use crate::personality::Personality;
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;
use crate::world::property::PropertyKey;

/// `DefaultShapeNamesType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    IdOnly,
    Default,
    AllProperties,
}

/// The form of body that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyShape {
    Best,
    Html,
    Text,
}

/// A request's shape.
pub(crate) struct Shape {
    pub(crate) personality: Personality,
    pub(crate) base: Base,
    pub(crate) body: BodyShape,
    /// Whether the item's iCalendar text is wanted.
    pub(crate) mime: bool,
    pub(crate) most_body: Option<usize>,
    fields: Vec<String>,
    /// Extended properties, each with its `ExtendedFieldURI` as it is written back.
    pub(crate) extended: Vec<(PropertyKey, Element)>,
}

impl Shape {
    /// Reads an `ItemShape` or a `FolderShape`.
    pub(crate) fn of(node: Option<&Node>, personality: Personality) -> Self {
        let mut shape = Self {
            personality,
            base: Base::IdOnly,
            body: BodyShape::Best,
            mime: false,
            most_body: None,
            fields: Vec::new(),
            extended: Vec::new(),
        };
        let Some(node) = node else { return shape };
        shape.base = match node.text_of("BaseShape") {
            Some("Default") => Base::Default,
            Some("AllProperties") => Base::AllProperties,
            _ => Base::IdOnly,
        };
        shape.body = match node.text_of("BodyType") {
            Some("HTML") => BodyShape::Html,
            Some("Text") => BodyShape::Text,
            _ => BodyShape::Best,
        };
        shape.mime = matches!(node.text_of("IncludeMimeContent"), Some("true" | "1"));
        shape.most_body = node
            .text_of("MaximumBodySize")
            .and_then(|size| size.parse().ok());
        for path in node
            .child("AdditionalProperties")
            .map(|all| all.children.as_slice())
            .unwrap_or_default()
        {
            if path.name == "FieldURI" {
                shape
                    .fields
                    .extend(path.attribute("FieldURI").map(str::to_owned));
            } else if path.name == "ExtendedFieldURI"
                && let Some(key) = PropertyKey::read(|name| path.attribute(name))
            {
                shape.extended.push((key, write_back(path)));
            }
        }
        shape
    }

    /// Whether a field is asked for by name.
    pub(crate) fn wants(&self, uri: &str) -> bool {
        self.fields.iter().any(|field| field == uri)
    }
}

/// The URI as Exchange repeats it: tags come back in lower case.
pub(crate) fn write_back(path: &Node) -> Element {
    const NAMES: [&str; 6] = [
        "DistinguishedPropertySetId",
        "PropertySetId",
        "PropertyTag",
        "PropertyName",
        "PropertyId",
        "PropertyType",
    ];
    NAMES
        .into_iter()
        .fold(element("t:ExtendedFieldURI"), |out, name| {
            match path.attribute(name) {
                Some(value) if name == "PropertyTag" || name == "PropertySetId" => {
                    out.with(name, value.to_ascii_lowercase())
                }
                Some(value) => out.with(name, value),
                None => out,
            }
        })
}
