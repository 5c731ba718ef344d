//! Extended properties: what items hold beside the fields of the schema.

use crate::xml::{
    reader::{Reader, XmlError},
    writer::Writer,
};

/// An extended property that is asked for or was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Property {
    /// By a distinguished set and a name, type String.
    Named {
        /// For example `PublicStrings`.
        set: String,
        /// For example `SkypeTeamsMeetingUrl`.
        name: String,
    },
    /// By a distinguished set and a number, type Binary.
    Numbered {
        /// For example `Meeting`.
        set: String,
        /// For example 35.
        id: u32,
    },
    /// By the GUID of a set and a name, type String.
    Own {
        /// GUID in lower case.
        set: String,
        /// Name.
        name: String,
    },
}

impl Property {
    /// Global object id (MS-OXOCAL, 2.2.1.27).
    pub fn global_object_id() -> Self {
        Self::Numbered {
            set: "Meeting".to_owned(),
            id: 3,
        }
    }

    /// Clean global object id: the same for every occurrence and attendee
    /// (MS-OXOCAL, 2.2.1.28).
    pub fn clean_global_object_id() -> Self {
        Self::Numbered {
            set: "Meeting".to_owned(),
            id: 35,
        }
    }

    /// A string among the public ones.
    pub fn public(name: &str) -> Self {
        Self::Named {
            set: "PublicStrings".to_owned(),
            name: name.to_owned(),
        }
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        match self {
            Self::Named { set, name } => w.empty(
                "t:ExtendedFieldURI",
                &[
                    ("DistinguishedPropertySetId", set),
                    ("PropertyName", name),
                    ("PropertyType", "String"),
                ],
            ),
            Self::Numbered { set, id } => w.empty(
                "t:ExtendedFieldURI",
                &[
                    ("DistinguishedPropertySetId", set),
                    ("PropertyId", &id.to_string()),
                    ("PropertyType", "Binary"),
                ],
            ),
            Self::Own { set, name } => w.empty(
                "t:ExtendedFieldURI",
                &[
                    ("PropertySetId", set),
                    ("PropertyName", name),
                    ("PropertyType", "String"),
                ],
            ),
        }
    }

    /// The GUID of Joinbell's own properties.
    pub const OWN_SET: &'static str = "7f6ef0f5-6b3c-4d6e-9c0b-3b7a5b6f2a11";

    /// The property with a value, as a field of an item.
    pub(crate) fn write_with(&self, w: &mut Writer, value: &str) {
        w.element("t:ExtendedProperty", &[], |w| {
            self.write(w);
            w.text("t:Value", value);
        });
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<(Self, String)>, XmlError> {
        let (mut property, mut value) = (None, None);
        while let Some(child) = reader.child()? {
            match child.name() {
                "ExtendedFieldURI" => {
                    let set = child.attribute("DistinguishedPropertySetId");
                    let own = child.attribute("PropertySetId");
                    let name = child.attribute("PropertyName");
                    let id = child.attribute("PropertyId").and_then(|id| id.parse().ok());
                    property = match (set, own, name, id) {
                        (Some(set), _, Some(name), _) => Some(Self::Named { set, name }),
                        (Some(set), _, None, Some(id)) => Some(Self::Numbered { set, id }),
                        (None, Some(set), Some(name), _) => Some(Self::Own {
                            set: set.to_ascii_lowercase(),
                            name,
                        }),
                        _ => None,
                    };
                    reader.skip()?;
                }
                "Value" => value = Some(reader.text()?),
                _ => reader.skip()?,
            }
        }
        Ok(property.zip(value))
    }
}
