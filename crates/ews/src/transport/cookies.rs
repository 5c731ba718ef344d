//! The cookies of one account: Exchange and load balancers keep a client at
//! its backend by them.

use std::collections::BTreeMap;

use hyper::header::{HeaderMap, SET_COOKIE};

/// Cookies by name. All requests of a client go to one host and path, so
/// domains and paths make no difference; lifetimes are short enough to be
/// ended by the server alone.
#[derive(Debug, Default)]
pub(crate) struct Cookies(BTreeMap<String, String>);

/// More than any server sets; a hostile one gets no further.
const COUNT_MAX: usize = 50;

impl Cookies {
    pub(crate) fn keep(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            let Some((name, rest)) = value.to_str().ok().and_then(|v| v.split_once('=')) else {
                continue;
            };
            let value = rest.split(';').next().unwrap_or_default();
            let ended = rest.to_ascii_lowercase().contains("max-age=0") || value.is_empty();
            if ended {
                self.0.remove(name.trim());
            } else if self.0.len() < COUNT_MAX || self.0.contains_key(name.trim()) {
                self.0
                    .insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }

    /// The `Cookie` header's value.
    pub(crate) fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(n, v)| format!("{n}={v}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
