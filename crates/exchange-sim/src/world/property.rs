//! Extended (MAPI) properties by their three ways of naming.

/// The set a named property belongs to, as lower-case GUID text.
const SETS: &[(&str, &str)] = &[
    ("Meeting", "6ed8da90-450b-101b-98da-00aa003f1305"),
    ("Appointment", "00062002-0000-0000-c000-000000000046"),
    ("Common", "00062008-0000-0000-c000-000000000046"),
    ("PublicStrings", "00020329-0000-0000-c000-000000000046"),
    ("Address", "00062004-0000-0000-c000-000000000046"),
    ("InternetHeaders", "00020386-0000-0000-c000-000000000046"),
    ("CalendarAssistant", "11000e07-b51b-40d6-af21-caa85edab1d0"),
    ("UnifiedMessaging", "4442858e-a9e3-4e80-b900-317a210cc15b"),
    ("Task", "00062003-0000-0000-c000-000000000046"),
    ("Sharing", "00062040-0000-0000-c000-000000000046"),
];

/// Names a property independent of how a request spells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PropertyKey {
    /// By 16-bit property id, such as `0x670a`.
    Tag(u16),
    /// By set (GUID, lower case) and number.
    Id(String, i32),
    /// By set (GUID, lower case) and name.
    Name(String, String),
}

impl PropertyKey {
    /// A string-named property of Outlook's public set (`PublicStrings`).
    pub fn public(name: &str) -> Self {
        Self::Name(set_guid("PublicStrings"), name.to_owned())
    }

    /// A numbered property of a well-known set such as `Meeting`.
    pub fn numbered(set: &str, number: i32) -> Self {
        Self::Id(set_guid(set), number)
    }

    /// A string-named property of an own set.
    pub fn named(set: &str, name: &str) -> Self {
        Self::Name(set.to_ascii_lowercase(), name.to_owned())
    }

    /// Reads an `ExtendedFieldURI` by its attributes.
    pub(crate) fn read<'a>(attribute: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        if let Some(tag) = attribute("PropertyTag") {
            let digits = tag.strip_prefix("0x").or_else(|| tag.strip_prefix("0X"));
            return match digits {
                Some(hex) => u16::from_str_radix(hex, 16).ok().map(Self::Tag),
                None => tag.parse().ok().map(Self::Tag),
            };
        }
        let set = match attribute("DistinguishedPropertySetId") {
            Some(name) => set_guid(name),
            None => attribute("PropertySetId")?.to_ascii_lowercase(),
        };
        match (attribute("PropertyId"), attribute("PropertyName")) {
            (Some(id), None) => Some(Self::Id(set, id.parse().ok()?)),
            (None, Some(name)) => Some(Self::Name(set, name.to_owned())),
            _ => None,
        }
    }

    /// The global object id of a meeting (`Meeting`/3).
    pub(crate) fn is_global_object_id(&self) -> bool {
        *self == Self::numbered("Meeting", 3)
    }

    /// The clean global object id (`Meeting`/35).
    pub(crate) fn is_clean_global_object_id(&self) -> bool {
        *self == Self::numbered("Meeting", 35)
    }
}

fn set_guid(name: &str) -> String {
    SETS.iter()
        .find(|(known, _)| *known == name)
        .map_or_else(|| name.to_ascii_lowercase(), |(_, guid)| (*guid).to_owned())
}

/// A property's value as the wire writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyValue {
    /// One value.
    One(String),
    /// A multi-valued property.
    Many(Vec<String>),
}

impl From<&str> for PropertyValue {
    fn from(value: &str) -> Self {
        Self::One(value.to_owned())
    }
}
