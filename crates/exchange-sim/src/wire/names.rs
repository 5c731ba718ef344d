//! Names that requests may use, as types.xsd lists them.

use std::collections::HashSet;
use std::sync::LazyLock;

/// `UnindexedFieldURIType`: a line each for a few of one kind of item.
static FIELDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    include_str!("field_uris.txt")
        .lines()
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(kind, names)| names.split(' ').map(move |name| format!("{kind}:{name}")))
        .collect()
});

/// `DistinguishedFolderIdNameType`.
static FOLDERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("folder_names.txt")
        .split_whitespace()
        .collect()
});

/// Whether a property has this name.
pub(crate) fn is_field(name: &str) -> bool {
    FIELDS.contains(name)
}

/// Whether a folder of every mailbox has this name.
pub(crate) fn is_folder(name: &str) -> bool {
    FOLDERS.contains(name)
}

/// Properties that have parts (`DictionaryURIType`).
pub(super) const INDEXED_FIELDS: &[&str] = &[
    "item:InternetMessageHeader",
    "contacts:ImAddress",
    "contacts:PhysicalAddress:Street",
    "contacts:PhysicalAddress:City",
    "contacts:PhysicalAddress:State",
    "contacts:PhysicalAddress:CountryOrRegion",
    "contacts:PhysicalAddress:PostalCode",
    "contacts:PhoneNumber",
    "contacts:EmailAddress",
    "distributionlist:Members:Member",
];

/// Properties of occurrences that differ (`ExceptionPropertyURIType`).
pub(super) const EXCEPTION_FIELDS: &[&str] = &[
    "attachment:Name",
    "attachment:ContentType",
    "attachment:Content",
    "recurrence:Month",
    "recurrence:DayOfWeekIndex",
    "recurrence:DaysOfWeek",
    "recurrence:DayOfMonth",
    "recurrence:Interval",
    "recurrence:NumberOfOccurrences",
    "timezone:Offset",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_those_of_the_schema() {
        assert_eq!((FIELDS.len(), FOLDERS.len()), (369, 67));
        assert!(is_field("calendar:Start") && is_field("item:Subject"));
        assert!(!is_field("calendar:Subject") && !is_field("") && !is_field("calendar:"));
        assert!(is_folder("calendar") && !is_folder("Calendar"));
    }
}
