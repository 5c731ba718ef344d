//! The samples of `../shared/ews-samples`, and answers put together without
//! sense.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::said::Said;

/// A sample; `None`, with a word about it, where the folder is not here.
pub(super) fn sample(name: &str) -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("JOINBELL_SHARED").map_or(beside, Into::into);
    let text = fs::read_to_string(shared.join("ews-samples").join(name)).ok();
    if text.is_none() {
        println!("skipped: the sample {name} is not here");
    }
    text
}

/// The addresses of settings, in order.
pub(super) fn servers_of(said: &Said) -> Vec<&str> {
    match said {
        Said::Settings(settings) => settings.servers.iter().map(url::Url::as_str).collect(),
        _ => Vec::new(),
    }
}

const NAMES: &[&str] = &[
    "Account",
    "Action",
    "Error",
    "ErrorCode",
    "EwsUrl",
    "Name",
    "Protocol",
    "RedirectAddr",
    "RedirectTarget",
    "RedirectUrl",
    "Type",
    "UserSetting",
    "UserSettings",
    "Value",
];

const TEXTS: &[&str] = &[
    "",
    "500",
    "EXPR",
    "ExternalEwsUrl",
    "RedirectUrl",
    "redirectAddr",
    "settings",
    "https://mail.example.org/EWS/Exchange.asmx",
    "https://[::1",
    "&#x0;",
    "<![CDATA[x]]>",
    "</Account>",
];

/// Elements of these protocols, inside each other without sense.
pub(super) fn structured() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(NAMES);
    let leaf = (name(), prop::sample::select(TEXTS))
        .prop_map(|(name, text)| format!("<{name}>{text}</{name}>"));
    leaf.prop_recursive(6, 48, 5, move |inner| {
        (name(), prop::collection::vec(inner, 0..5))
            .prop_map(|(name, inner)| format!("<{name}>{}</{name}>", inner.concat()))
    })
}
