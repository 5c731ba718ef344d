//! The ordered tables of `Restriction` and `SortOrder` (types.xsd,
//! `SearchExpressionType`).

use super::schema::{Content, Kind, Part, many, needed, optional, plain};
use super::tables::pieces::PATH;

/// `Restriction`.
pub(super) static RESTRICTION: Kind = plain(Content::Each(&[&EXPRESSIONS]));
static EXPRESSIONS: [Part; 12] = [
    many("And", &ALL),
    many("Or", &ALL),
    many("Not", &RESTRICTION),
    many("Exists", &EXISTS),
    many("Excludes", &EXCLUDES),
    many("Contains", &CONTAINS),
    many("IsEqualTo", &COMPARISON),
    many("IsNotEqualTo", &COMPARISON),
    many("IsGreaterThan", &COMPARISON),
    many("IsGreaterThanOrEqualTo", &COMPARISON),
    many("IsLessThan", &COMPARISON),
    many("IsLessThanOrEqualTo", &COMPARISON),
];
static ALL: Kind = plain(Content::Choice(&EXPRESSIONS));
static EXISTS: Kind = plain(Content::Each(&[PATH]));
static EXCLUDES: Kind = plain(Content::Each(&[PATH, &[many("Bitmask", &VALUE)]]));
static CONTAINS: Kind = Kind {
    attributes: &[
        optional(
            "ContainmentMode",
            &[
                "FullString",
                "Prefixed",
                "Substring",
                "PrefixOnWords",
                "ExactPhrase",
            ],
        ),
        optional(
            "ContainmentComparison",
            &[
                "Exact",
                "IgnoreCase",
                "IgnoreNonSpacingCharacters",
                "Loose",
                "IgnoreCaseAndNonSpacingCharacters",
                "LooseAndIgnoreCase",
                "LooseAndIgnoreNonSpace",
                "LooseAndIgnoreCaseAndIgnoreNonSpace",
            ],
        ),
    ],
    content: Content::Each(&[PATH, &[many("Constant", &VALUE)]]),
};
static COMPARISON: Kind = plain(Content::Each(&[
    PATH,
    &[many("FieldURIOrConstant", &OTHER)],
]));
static OTHER: Kind = plain(Content::Each(&[&OTHERS]));
static OTHERS: [Part; 5] = [PATH[0], PATH[1], PATH[2], PATH[3], many("Constant", &VALUE)];
static VALUE: Kind = Kind {
    attributes: &[needed("Value", &[])],
    content: Content::Empty,
};

/// `SortOrder`.
pub(super) static SORT_ORDER: Kind = plain(Content::Choice(&[many("FieldOrder", &FIELD_ORDER)]));
static FIELD_ORDER: Kind = Kind {
    attributes: &[needed("Order", &["Ascending", "Descending"])],
    content: Content::Each(&[PATH]),
};
